"""Types as they are written on the Trino side."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.types import (
    DataType,
    DateTimeDataType,
    GenericDataType,
    IntervalDataType,
    RowDataType,
    RowFieldType,
)
from owlake.dialect.tokens import INTEGER
from owlake.dialect.trino.literals import INTERVAL_FIELDS, whole_number
from owlake.dialect.trino.names import identifier
from owlake.errors import refusal


def data_type(cursor: Cursor) -> DataType:
    """A type, with any ``ARRAY`` behind it (``bigint array``)."""
    if cursor.kind not in NAMES:
        cursor.rule("<type>")
        cursor.fail()
    type_ = _base(cursor)
    while cursor.accept("ARRAY"):
        if cursor.kind == "[":
            raise refusal("Explicit array size not supported", cursor.position)
        type_ = GenericDataType(type_.position, "array", (type_,), spelling="ARRAY")
    return type_


def _base(cursor: Cursor) -> DataType:
    kind = cursor.kind
    following = cursor.peek()
    if kind == "ROW" and following == "(":
        return _row(cursor)
    if kind in ("TIMESTAMP", "TIME"):
        return _date_time(cursor)
    if kind == "INTERVAL" and following in INTERVAL_FIELDS:
        return _interval(cursor)
    if kind == "DOUBLE" and following == "PRECISION":
        position = cursor.position
        spelling = cursor.spelling()
        cursor.expect("DOUBLE", "PRECISION")
        return GenericDataType(position, "double", spelling=spelling)
    if kind in ("ARRAY", "MAP") and following == "<":
        return _legacy(cursor)
    return _generic(cursor)


def _generic(cursor: Cursor) -> GenericDataType:
    position = cursor.position
    name = identifier(cursor)
    arguments: list[int | DataType] = []
    if cursor.accept("("):
        arguments.append(_argument(cursor))
        while cursor.accept(","):
            arguments.append(_argument(cursor))
        cursor.expect(")")
    return GenericDataType(position, name.name, tuple(arguments), spelling=name.value)


def _argument(cursor: Cursor) -> int | DataType:
    if cursor.kind == INTEGER:
        return whole_number(cursor)
    cursor.note(INTEGER)
    return data_type(cursor)


def _legacy(cursor: Cursor) -> GenericDataType:
    position = cursor.position
    name = identifier(cursor)
    cursor.expect("<")
    arguments = [data_type(cursor)]
    if name.name == "map":
        cursor.expect(",")
        arguments.append(data_type(cursor))
    cursor.expect(">")
    return GenericDataType(position, name.name, tuple(arguments), spelling=name.value)


def _date_time(cursor: Cursor) -> DateTimeDataType:
    position = cursor.position
    name = cursor.kind.lower()
    cursor.advance()
    precision = None
    if cursor.accept("("):
        precision = whole_number(cursor)
        cursor.expect(")")
    with_time_zone = False
    if cursor.kind in ("WITH", "WITHOUT") and cursor.peek() == "TIME":
        with_time_zone = cursor.kind == "WITH"
        cursor.advance()
        cursor.expect("TIME", "ZONE")
    else:
        cursor.note("WITH", "WITHOUT")
    return DateTimeDataType(position, name, precision, with_time_zone)


def _interval(cursor: Cursor) -> IntervalDataType:
    position = cursor.position
    cursor.expect("INTERVAL")
    start = cursor.expect_one_of(*INTERVAL_FIELDS).lower()
    end = cursor.expect_one_of(*INTERVAL_FIELDS).lower() if cursor.accept("TO") else start
    return IntervalDataType(position, start, end)


def _row(cursor: Cursor) -> RowDataType:
    position = cursor.position
    cursor.expect("ROW", "(")
    fields = [_row_field(cursor)]
    while cursor.accept(","):
        fields.append(_row_field(cursor))
    cursor.expect(")")
    return RowDataType(position, tuple(fields))


def _row_field(cursor: Cursor) -> RowFieldType:
    position = cursor.position
    if cursor.kind in NAMES and _has_name(cursor):
        name = identifier(cursor)
        return RowFieldType(position, name, data_type(cursor))
    if cursor.kind not in NAMES:
        cursor.note("<identifier>")
    return RowFieldType(position, None, data_type(cursor))


def _has_name(cursor: Cursor) -> bool:
    """Whether a row's field begins with its name: ``row(x bigint)`` against ``row(double precision)``.

    Where both readings are possible, Trino takes the words for a type.
    """
    kind, following, third = cursor.kind, cursor.peek(), cursor.peek(2)
    if following not in NAMES:
        return False
    ends = third in (",", ")", "ARRAY")
    if following == "ARRAY" and ends:
        return False
    if kind == "DOUBLE" and following == "PRECISION":
        return not ends
    if kind == "INTERVAL" and following in INTERVAL_FIELDS:
        return not (ends or third == "TO")
    return not (kind in ("TIME", "TIMESTAMP") and following == "WITHOUT" and third == "TIME")
