"""``format``: Java's format strings over values of any type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import pyarrow as pa

from owlake.errors import error
from owlake.functions.conversion.family import FAMILY
from owlake.functions.conversion.java_formatter import FormatError, format_java
from owlake.functions.conversion.java_values import JavaValue
from owlake.functions.registry import CallSite, Execution
from owlake.functions.texts import padded
from owlake.ir.expressions import Expression, MakeRow
from owlake.types.model import (
    BOOLEAN,
    DATE,
    DOUBLE,
    JSON,
    REAL,
    UNKNOWN,
    VARCHAR,
    Char,
    Decimal,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    Type,
    Varchar,
    is_integer,
)
from owlake.types.python_values import python_values


@FAMILY.sql("$format(varchar, T:row) -> varchar", hidden=True, null_call=True, raises=True, execution=Execution.VALUE)
def _format(site: CallSite) -> str:
    """A format string of Java's filled in with values."""
    row = site.arguments[1]
    assert isinstance(row, MakeRow)
    given = [_argument(site, item) for item in row.items]
    types = tuple(type_ for _, type_ in given)
    return site.kernel(_formatter(types), [(site.sql(0), VARCHAR), *given], site.type)


def _argument(site: CallSite, item: Expression) -> tuple[str, Type]:
    """The value as the formatter wants it: as text, where Java has no class for its type."""
    sql = site.render(item)
    if isinstance(item.type, Char):
        return padded(sql, item), VARCHAR
    if _java_class(item.type) is not None or item.type == UNKNOWN:
        return sql, item.type
    if item.type == JSON:
        # The document's text, of which a cast makes a value.
        return sql, VARCHAR
    return site.cast(sql, item.type, VARCHAR), VARCHAR


def _java_class(type_: Type) -> str | None:
    match type_:
        case _ if is_integer(type_):
            return "java.lang.Long"
        case Decimal():
            return "java.math.BigDecimal"
        case Varchar():
            return "java.lang.String"
        case Time():
            return "java.time.LocalTime"
        case Timestamp():
            return "java.time.LocalDateTime"
        case TimestampWithTimeZone():
            return "java.time.ZonedDateTime"
        case _:
            return _PRIMITIVES.get(type_)


_PRIMITIVES: dict[Type, str] = {
    BOOLEAN: "java.lang.Boolean",
    REAL: "java.lang.Float",
    DOUBLE: "java.lang.Double",
    DATE: "java.time.LocalDate",
}


@cache
def _formatter(types: tuple[Type, ...]) -> Callable[..., list[str | None]]:
    """The kernel that formats values of these types."""

    def format_values(formats: pa.Array, *columns: pa.Array) -> list[str | None]:
        values = [_java_values(column, type_) for column, type_ in zip(columns, types, strict=True)]
        rows = zip(*values, strict=True) if values else iter([()] * len(formats))
        return [
            None if text is None else _formatted(text, row) for text, row in zip(formats.to_pylist(), rows, strict=True)
        ]

    return format_values


def _formatted(text: str, row: tuple[JavaValue | None, ...]) -> str:
    try:
        return format_java(text, row)
    except FormatError as problem:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Invalid format string: {text} ({problem})") from None


def _java_values(column: pa.Array, type_: Type) -> list[JavaValue | None]:
    name = _java_class(type_) or ""
    return [None if value is None else _java_value(value, name) for value in python_values(column, type_)]


def _java_value(value: Any, name: str) -> JavaValue:
    zone = ""
    if isinstance(value, datetime) and value.tzinfo is not None:
        zone = getattr(value.tzinfo, "key", None) or str(value.tzinfo).removeprefix("UTC") or "UTC"
    return JavaValue(value, name, zone)
