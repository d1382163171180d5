"""Column types of the Hive side, brought into Glue's form: lower case, no blanks."""

from __future__ import annotations

from owlake.dialect import refusals
from owlake.dialect.cursor import Cursor
from owlake.dialect.hive.names import identifier, is_word, string, whole_number
from owlake.dialect.tokens import END, QUOTED_NAME, Tokens
from owlake.errors import OwlakeError, error, refusal

# (https://docs.aws.amazon.com/athena/latest/ug/data-types.html)
_PRIMITIVES = {
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "int": "int",
    "integer": "int",
    "bigint": "bigint",
    "float": "float",
    "double": "double",
    "string": "string",
    "binary": "binary",
    "date": "date",
    "timestamp": "timestamp",
}
_LENGTHS = {"char": 255, "varchar": 65535}
_MAX_PRECISION = 38


def data_type(cursor: Cursor, unknown: list[OwlakeError]) -> str:
    """A type in Glue's form; a word that is no type is added to ``unknown`` as the error that it will be.

    Athena reads any word here and looks at what it means only after all else.
    """
    kind = cursor.kind
    if not is_word(kind):
        cursor.fail("<type>")
    index = cursor.advance()
    name = kind.lower()
    if name in ("array", "map", "struct") and cursor.kind == "<":
        return _nested(cursor, name, unknown)
    arguments = _arguments(cursor) if cursor.accept("(") else ()
    if not arguments and name in _PRIMITIVES:
        return _PRIMITIVES[name]
    if name == "decimal" and len(arguments) <= 2:
        return _decimal(cursor.tokens, index, arguments)
    if name in _LENGTHS and len(arguments) <= 1:
        return _characters(cursor.tokens, index, name, arguments)
    unknown.append(_no_type(cursor.tokens, index))
    return name


def _arguments(cursor: Cursor) -> tuple[int, ...]:
    items = [whole_number(cursor)]
    while cursor.accept(","):
        items.append(whole_number(cursor))
    cursor.expect(")")
    return tuple(items)


def _nested(cursor: Cursor, name: str, unknown: list[OwlakeError]) -> str:
    cursor.expect("<")
    if name == "array":
        inner = data_type(cursor, unknown)
    elif name == "map":
        key = data_type(cursor, unknown)
        cursor.expect(",")
        inner = f"{key},{data_type(cursor, unknown)}"
    else:
        if cursor.strict and cursor.kind == QUOTED_NAME:
            raise refusals.trino_mismatched(cursor.tokens, cursor.index - 1, ")", ",")
        fields = [_field(cursor, unknown)]
        while cursor.accept(","):
            fields.append(_field(cursor, unknown))
        inner = ",".join(fields)
    cursor.expect(">")
    return f"{name}<{inner}>"


def _field(cursor: Cursor, unknown: list[OwlakeError]) -> str:
    name = identifier(cursor, any_word=True).name
    cursor.expect(":")
    type_ = data_type(cursor, unknown)
    if not cursor.accept("COMMENT"):
        return f"{name}:{type_}"
    comment = string(cursor).replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}:{type_} comment '{comment}'"


def _decimal(tokens: Tokens, index: int, arguments: tuple[int, ...]) -> str:
    precision, scale = (*arguments, 10, 0)[:2] if not arguments else (*arguments, 0)[:2]
    position = tokens.position(index)
    if not 1 <= precision <= _MAX_PRECISION:
        raise refusal(f"Decimal precision out of allowed range [1,{_MAX_PRECISION}]", position)
    if scale > precision:
        raise refusal("Decimal scale must be less than or equal to precision", position)
    return f"decimal({precision},{scale})"


def _characters(tokens: Tokens, index: int, name: str, arguments: tuple[int, ...]) -> str:
    if not arguments:
        raise refusal(f"{name} type is specified without length", tokens.position(index))
    length = arguments[0]
    if not 1 <= length <= _LENGTHS[name]:
        raise refusal(f"{name} length {length} out of allowed range [1, {_LENGTHS[name]}]", tokens.position(index))
    return f"{name}({length})"


def _no_type(tokens: Tokens, index: int) -> OwlakeError:
    near = " ".join(f"'{tokens.spelling(min(index + ahead, tokens.count)) or END}'" for ahead in range(3))
    position = tokens.position(index)
    text = f"FAILED: ParseException line {position.line}:{position.column - 1} cannot recognize input near {near}"
    return error("HIVE_DDL", f"{text} in column type", bare=True)
