"""The SQL/JSON functions (https://trino.io/docs/current/functions/json.html)."""

from __future__ import annotations

from collections.abc import Callable

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.json import (
    JsonArgument,
    JsonArray,
    JsonBehavior,
    JsonExists,
    JsonObject,
    JsonObjectMember,
    JsonPathInvocation,
    JsonQuery,
    JsonValue,
)
from owlake.dialect.nodes.types import DataType
from owlake.dialect.trino import expressions, primaries
from owlake.dialect.trino.literals import string
from owlake.dialect.trino.names import identifier
from owlake.dialect.trino.types import data_type

_EXISTS_BEHAVIORS = ("TRUE", "FALSE", "UNKNOWN", "ERROR")
_ENCODINGS = ("UTF8", "UTF16", "UTF32")


def json_exists(cursor: Cursor) -> JsonExists:
    """``JSON_EXISTS(input, path [PASSING ...] [... ON ERROR])``."""
    position = cursor.position
    cursor.expect("JSON_EXISTS", "(")
    path = path_invocation(cursor)
    on_error = None
    if cursor.kind in _EXISTS_BEHAVIORS:
        on_error = JsonBehavior(cursor.position, cursor.kind)
        cursor.advance()
        cursor.expect("ON", "ERROR")
    cursor.note(*_EXISTS_BEHAVIORS)
    cursor.expect(")")
    return JsonExists(position, path, on_error)


def json_value(cursor: Cursor) -> JsonValue:
    """``JSON_VALUE(input, path [RETURNING type] [... ON EMPTY] [... ON ERROR])``."""
    position = cursor.position
    cursor.expect("JSON_VALUE", "(")
    path = path_invocation(cursor)
    returning = data_type(cursor) if cursor.accept("RETURNING") else None
    on_empty, on_error = behaviors(cursor, value_behavior)
    cursor.expect(")")
    return JsonValue(position, path, returning, on_empty, on_error)


def json_query(cursor: Cursor) -> JsonQuery:
    """``JSON_QUERY(input, path [RETURNING type] [WRAPPER] [QUOTES] [... ON EMPTY] [... ON ERROR])``."""
    position = cursor.position
    cursor.expect("JSON_QUERY", "(")
    path = path_invocation(cursor)
    returning, output_format = _returning(cursor)
    array_wrapper = wrapper(cursor)
    text_quotes = quotes(cursor)
    on_empty, on_error = behaviors(cursor, query_behavior)
    cursor.expect(")")
    return JsonQuery(position, path, returning, output_format, array_wrapper, text_quotes, on_empty, on_error)


def json_object(cursor: Cursor) -> JsonObject:
    """``JSON_OBJECT(key : value, ... [NULL | ABSENT ON NULL] [UNIQUE KEYS] [RETURNING type])``."""
    position = cursor.position
    cursor.expect("JSON_OBJECT", "(")
    members = []
    null_on_null, unique_keys = True, False
    cursor.note(")", "RETURNING", "KEY")
    if cursor.kind != ")" and not _returns(cursor):
        members.append(_member(cursor))
        while cursor.accept(","):
            members.append(_member(cursor))
        null_on_null = _null_on_null(cursor, default=True)
        unique_keys = _unique_keys(cursor)
    returning, output_format = _returning(cursor)
    cursor.expect(")")
    return JsonObject(position, tuple(members), null_on_null, unique_keys, returning, output_format)


def json_array(cursor: Cursor) -> JsonArray:
    """``JSON_ARRAY(value, ... [NULL | ABSENT ON NULL] [RETURNING type])``."""
    position = cursor.position
    cursor.expect("JSON_ARRAY", "(")
    items = []
    null_on_null = False
    cursor.note(")", "RETURNING")
    if cursor.kind != ")" and not _returns(cursor):
        items.append(argument(cursor))
        while cursor.accept(","):
            items.append(argument(cursor))
        null_on_null = _null_on_null(cursor, default=False)
    returning, output_format = _returning(cursor)
    cursor.expect(")")
    return JsonArray(position, tuple(items), null_on_null, returning, output_format)


def _returns(cursor: Cursor) -> bool:
    """Whether the word RETURNING begins the clause: a type follows."""
    following = cursor.peek()
    return cursor.kind == "RETURNING" and following in NAMES and following not in ("VALUE", "FORMAT", "ABSENT")


def _member(cursor: Cursor) -> JsonObjectMember:
    position = cursor.position
    if cursor.kind == "KEY" and _key_begins_member(cursor):
        cursor.advance()
    key = expressions.expression(cursor)
    if not cursor.accept(":"):
        cursor.expect("VALUE")
    return JsonObjectMember(position, key, argument(cursor))


def _key_begins_member(cursor: Cursor) -> bool:
    """Whether the word KEY is no column of that name; VALUE behind it may be one as well."""
    if cursor.peek() == "VALUE":
        return cursor.peek(2) == "VALUE" and cursor.peek(3) in primaries.EXPRESSION_STARTS
    return cursor.peek() in primaries.EXPRESSION_STARTS


def _null_on_null(cursor: Cursor, *, default: bool) -> bool:
    for kind, value in (("NULL", True), ("ABSENT", False)):
        if cursor.accept(kind):
            cursor.expect("ON", "NULL")
            return value
    return default


def _unique_keys(cursor: Cursor) -> bool:
    for kind, value in (("WITH", True), ("WITHOUT", False)):
        if cursor.accept(kind):
            cursor.expect("UNIQUE")
            cursor.accept("KEYS")
            return value
    return False


def path_invocation(cursor: Cursor) -> JsonPathInvocation:
    """``input, 'path' [AS name] [PASSING value AS name, ...]``."""
    position = cursor.position
    input_ = argument(cursor)
    cursor.expect(",")
    path = string(cursor)
    name = identifier(cursor) if cursor.accept("AS") else None
    arguments = []
    if cursor.accept("PASSING"):
        arguments.append(_passed(cursor))
        while cursor.accept(","):
            arguments.append(_passed(cursor))
    return JsonPathInvocation(position, input_, path, name, tuple(arguments))


def argument(cursor: Cursor) -> JsonArgument:
    """``value [FORMAT JSON [ENCODING UTF8]]``."""
    position = cursor.position
    value = expressions.expression(cursor)
    return JsonArgument(position, value, json_format(cursor))


def _passed(cursor: Cursor) -> JsonArgument:
    value = argument(cursor)
    cursor.expect("AS")
    return JsonArgument(value.position, value.value, value.format, identifier(cursor))


def json_format(cursor: Cursor) -> str | None:
    """``FORMAT JSON [ENCODING UTF8]``: JSON or the encoding; None where nothing is written."""
    if not cursor.accept("FORMAT"):
        return None
    cursor.expect("JSON")
    return cursor.expect_one_of(*_ENCODINGS) if cursor.accept("ENCODING") else "JSON"


def _returning(cursor: Cursor) -> tuple[DataType | None, str | None]:
    if not cursor.accept("RETURNING"):
        return None, None
    return data_type(cursor), json_format(cursor)


def wrapper(cursor: Cursor) -> str:
    """``{WITHOUT | WITH [CONDITIONAL | UNCONDITIONAL]} [ARRAY] WRAPPER``; WITHOUT where nothing is written."""
    if cursor.accept("WITHOUT"):
        kind = "WITHOUT"
    elif cursor.accept("WITH"):
        kind = "CONDITIONAL" if cursor.accept("CONDITIONAL") else "UNCONDITIONAL"
        if kind == "UNCONDITIONAL":
            cursor.accept("UNCONDITIONAL")
    else:
        return "WITHOUT"
    cursor.accept("ARRAY")
    cursor.expect("WRAPPER")
    return kind


def quotes(cursor: Cursor) -> str | None:
    """``{KEEP | OMIT} QUOTES [ON SCALAR STRING]``."""
    for kind in ("KEEP", "OMIT"):
        if cursor.accept(kind):
            cursor.expect("QUOTES")
            if cursor.accept("ON"):
                cursor.expect("SCALAR", "STRING")
            return kind
    return None


def behaviors(
    cursor: Cursor, read: Callable[[Cursor], JsonBehavior | None]
) -> tuple[JsonBehavior | None, JsonBehavior | None]:
    """``[... ON EMPTY] [... ON ERROR]``."""
    behavior = read(cursor)
    if behavior is None:
        return None, None
    cursor.expect("ON")
    if cursor.expect_one_of("EMPTY", "ERROR") == "ERROR":
        return None, behavior
    on_error = read(cursor)
    if on_error is not None:
        cursor.expect("ON", "ERROR")
    return behavior, on_error


def value_behavior(cursor: Cursor) -> JsonBehavior | None:
    """``ERROR``, ``NULL`` or ``DEFAULT value``."""
    position = cursor.position
    for kind in ("ERROR", "NULL"):
        if cursor.accept(kind):
            return JsonBehavior(position, kind)
    if cursor.accept("DEFAULT"):
        return JsonBehavior(position, "DEFAULT", expressions.expression(cursor))
    return None


def query_behavior(cursor: Cursor) -> JsonBehavior | None:
    """``ERROR``, ``NULL``, ``EMPTY ARRAY`` or ``EMPTY OBJECT``."""
    position = cursor.position
    for kind in ("ERROR", "NULL"):
        if cursor.accept(kind):
            return JsonBehavior(position, kind)
    if cursor.accept("EMPTY"):
        return JsonBehavior(position, f"EMPTY {cursor.expect_one_of('ARRAY', 'OBJECT')}")
    return None
