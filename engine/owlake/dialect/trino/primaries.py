"""Primary expressions of the Trino side: literals, names, calls, CASE, CAST, constructors, and what binds to them."""

from __future__ import annotations

from collections.abc import Callable

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.base import Expression
from owlake.dialect.nodes.expressions import (
    Array,
    BooleanLiteral,
    Cast,
    CurrentName,
    CurrentTime,
    Dereference,
    Exists,
    Lambda,
    MeasureOver,
    NullLiteral,
    Parameter,
    Row,
    ScalarSubquery,
    SearchedCase,
    SimpleCase,
    Subscript,
    WhenClause,
)
from owlake.dialect.tokens import BINARY, DECIMAL, DOUBLE, INTEGER, NAME, STRING, UNICODE_STRING
from owlake.dialect.trino import calls, expressions, json_functions, queries, windows
from owlake.dialect.trino.literals import STRINGS, binary, interval, is_interval, number, string, typed, whole_number
from owlake.dialect.trino.names import identifier
from owlake.dialect.trino.parentheses import name_list_end, opens_query
from owlake.dialect.trino.types import data_type


def primary(cursor: Cursor) -> Expression:
    """A primary expression with the fields and subscripts behind it."""
    if cursor.recording:
        cursor.rule("<expression>")
    start = cursor.index
    kind = cursor.kind
    read = named if kind == NAME else _PRIMARIES.get(kind)
    if read is None:
        if kind not in NAMES:
            cursor.fail("<expression>")
        read = named
    return suffixed(cursor, start, read(cursor))


def suffixed(cursor: Cursor, start: int, base: Expression) -> Expression:
    """``base.field`` and ``base[index]``, any number of them."""
    while True:
        kind = cursor.kind
        if kind == ".":
            if start == cursor.star and cursor.peek() == "*":
                return base
            cursor.advance()
            if start == cursor.star:
                cursor.note("*")
            base = Dereference(cursor.tokens.position(start), base, identifier(cursor))
        elif kind == "[":
            cursor.advance()
            index = expressions.value_expression(cursor)
            cursor.expect("]")
            base = Subscript(cursor.tokens.position(start), base, index)
        else:
            if cursor.recording:
                cursor.note(".", "[")
            return base


def named(cursor: Cursor) -> Expression:
    """What begins with a name: a column, a call, a lambda of one parameter, a typed literal, a measure."""
    following = cursor.peek()
    if following in (".", "("):
        if calls.is_call(cursor, cursor.index):
            return calls.call(cursor)
    elif following == "->":
        position = cursor.position
        parameter = identifier(cursor)
        cursor.expect("->")
        return Lambda(position, (parameter,), expressions.expression(cursor))
    elif following in STRINGS:
        return typed(cursor)
    elif following == "OVER" and windows.begins_window(cursor, cursor.index + 1):
        position = cursor.position
        name = identifier(cursor)
        return MeasureOver(position, name, windows.over(cursor))
    name = identifier(cursor)
    if cursor.recording and cursor.undecided:
        cursor.note("(", "->", "OVER", "<string>")
    return name


def _parenthesized(cursor: Cursor) -> Expression:
    index = cursor.index
    position = cursor.position
    if opens_query(cursor, index):
        return ScalarSubquery(position, queries.parenthesized_query(cursor))
    if _opens_lambda(cursor, index):
        return _lambda(cursor)
    cursor.advance()
    cursor.note(")", "<identifier>", "<query>")
    cursor.undecided += 1
    items = [expressions.expression(cursor)]
    cursor.undecided -= 1
    while cursor.accept(","):
        items.append(expressions.expression(cursor))
    cursor.expect(")")
    if cursor.recording and cursor.undecided and name_list_end(cursor, index) >= 0:
        cursor.note("->")
    return items[0] if len(items) == 1 else Row(position, tuple(items))


def _opens_lambda(cursor: Cursor, index: int) -> bool:
    kinds = cursor.kinds
    end = index + 1 if kinds[index + 1] == ")" else name_list_end(cursor, index)
    return end >= 0 and kinds[end + 1] == "->"


def _lambda(cursor: Cursor) -> Lambda:
    position = cursor.position
    cursor.expect("(")
    parameters = [identifier(cursor)] if cursor.kind != ")" else []
    while cursor.accept(","):
        parameters.append(identifier(cursor))
    cursor.expect(")", "->")
    return Lambda(position, tuple(parameters), expressions.expression(cursor))


def _null(cursor: Cursor) -> NullLiteral:
    return NullLiteral(cursor.tokens.position(cursor.advance()))


def _true(cursor: Cursor) -> BooleanLiteral:
    return BooleanLiteral(cursor.tokens.position(cursor.advance()), value=True)


def _false(cursor: Cursor) -> BooleanLiteral:
    return BooleanLiteral(cursor.tokens.position(cursor.advance()), value=False)


def parameter(cursor: Cursor) -> Parameter:
    """The ``?`` here."""
    index = cursor.expect("?")
    cursor.parameters += 1
    return Parameter(cursor.tokens.position(index), cursor.parameters - 1)


def _interval(cursor: Cursor) -> Expression:
    return interval(cursor) if is_interval(cursor) else named(cursor)


def _double(cursor: Cursor) -> Expression:
    if cursor.peek() == "PRECISION" and cursor.peek(2) in STRINGS:
        return typed(cursor)
    result = named(cursor)
    if cursor.undecided:
        cursor.note("PRECISION")
    return result


def _row(cursor: Cursor) -> Expression:
    if cursor.peek() != "(" or cursor.peek(2) in (")", "*", "DISTINCT"):
        return named(cursor)
    position = cursor.position
    cursor.expect("ROW", "(")
    # A function may be called `row`, so until the end Trino keeps both readings.
    cursor.note(")", "*", "ALL", "DISTINCT", "ORDER")
    cursor.undecided += 1
    items = expressions.expressions(cursor)
    cursor.note("ORDER")
    cursor.undecided -= 1
    cursor.expect(")")
    return Row(position, items)


def _array(cursor: Cursor) -> Expression:
    if cursor.peek() != "[":
        return named(cursor)
    position = cursor.position
    cursor.expect("ARRAY", "[")
    if cursor.accept("]"):
        return Array(position, ())
    items = expressions.expressions(cursor)
    cursor.expect("]")
    return Array(position, items)


def _exists(cursor: Cursor) -> Exists:
    position = cursor.position
    cursor.expect("EXISTS")
    return Exists(position, queries.parenthesized_query(cursor))


def _case(cursor: Cursor) -> Expression:
    position = cursor.position
    cursor.expect("CASE")
    cursor.note("WHEN")
    operand = None if cursor.kind == "WHEN" else expressions.expression(cursor)
    whens = [_when(cursor)]
    while cursor.kind == "WHEN":
        whens.append(_when(cursor))
    cursor.note("WHEN")
    default = expressions.expression(cursor) if cursor.accept("ELSE") else None
    cursor.expect("END")
    if operand is None:
        return SearchedCase(position, tuple(whens), default)
    return SimpleCase(position, operand, tuple(whens), default)


def _when(cursor: Cursor) -> WhenClause:
    position = cursor.position
    cursor.expect("WHEN")
    condition = expressions.expression(cursor)
    cursor.expect("THEN")
    return WhenClause(position, condition, expressions.expression(cursor))


def _cast(cursor: Cursor) -> Expression:
    if cursor.peek() != "(" and cursor.kind == "TRY_CAST":
        return named(cursor)
    position = cursor.position
    safe = cursor.kind == "TRY_CAST"
    cursor.advance()
    cursor.expect("(")
    value = expressions.expression(cursor)
    cursor.expect("AS")
    type_ = data_type(cursor)
    cursor.expect(")")
    return Cast(position, value, type_, safe)


def _current_time(cursor: Cursor) -> CurrentTime:
    position = cursor.position
    function = cursor.kind
    cursor.advance()
    precision = None
    if function != "CURRENT_DATE" and cursor.accept("("):
        precision = whole_number(cursor)
        cursor.expect(")")
    return CurrentTime(position, function, precision)


def _current_name(cursor: Cursor) -> CurrentName:
    position = cursor.position
    function = cursor.kind
    cursor.advance()
    return CurrentName(position, function)


_PRIMARIES: dict[str, Callable[[Cursor], Expression]] = {
    "(": _parenthesized,
    INTEGER: number,
    DECIMAL: number,
    DOUBLE: number,
    STRING: string,
    UNICODE_STRING: string,
    BINARY: binary,
    "?": parameter,
    "NULL": _null,
    "TRUE": _true,
    "FALSE": _false,
    "INTERVAL": _interval,
    "DOUBLE": _double,
    "ROW": _row,
    "ARRAY": _array,
    "EXISTS": _exists,
    "CASE": _case,
    "CAST": _cast,
    "TRY_CAST": _cast,
    "CURRENT_DATE": _current_time,
    "CURRENT_TIME": _current_time,
    "CURRENT_TIMESTAMP": _current_time,
    "LOCALTIME": _current_time,
    "LOCALTIMESTAMP": _current_time,
    "CURRENT_USER": _current_name,
    "CURRENT_CATALOG": _current_name,
    "CURRENT_SCHEMA": _current_name,
    "CURRENT_PATH": _current_name,
    "POSITION": calls.position_call,
    "SUBSTRING": calls.substring_call,
    "TRIM": calls.trim,
    "NORMALIZE": calls.normalize_call,
    "EXTRACT": calls.extract,
    "GROUPING": calls.grouping,
    "LISTAGG": calls.listagg,
    "RUNNING": calls.processed_call,
    "FINAL": calls.processed_call,
    "JSON_EXISTS": json_functions.json_exists,
    "JSON_VALUE": json_functions.json_value,
    "JSON_QUERY": json_functions.json_query,
    "JSON_OBJECT": json_functions.json_object,
    "JSON_ARRAY": json_functions.json_array,
}

EXPRESSION_STARTS: frozenset[str] = NAMES | frozenset(_PRIMARIES) | {"NOT", "+", "-"}
