"""What a path's sequences hold: values of JSON as they are, and values of SQL with their type.

A value of JSON is None, bool, str, list, dict, a whole number, or a ``Double``; a value of SQL is ``Typed``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from owlake.functions.json.documents import Double, ExactNumber, Value
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    VARCHAR,
    Char,
    Decimal,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
    is_integer,
    is_numeric,
)

_INTEGERS = range(-(2**31), 2**31)
BIGINTS = range(-(2**63), 2**63)


class PathError(ValueError):
    """A path that cannot be evaluated over these items."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A value of SQL; a date, time or timestamp as ``pyarrow.Scalar``."""

    type: Type
    value: Any


Item = Any
"""A ``Typed`` or a value of JSON."""


def item_type_error(expected: str, item: Item) -> PathError:
    """An item of a kind that is not wanted."""
    return PathError(f"invalid item type. Expected: {expected}, actual: {kind_of(item)}")


def kind_of(item: Item) -> str:
    """Jackson's name of a kind of value, or the type."""
    match item:
        case Typed():
            return str(item.type)
        case None:
            return "NULL"
        case bool():
            return "BOOLEAN"
        case str():
            return "STRING"
        case list():
            return "ARRAY"
        case dict():
            return "OBJECT"
        case _:
            return "NUMBER"


def number_of(item: Item) -> Typed | None:
    """A number with its type; None for anything else.

    Errors: PathError for a whole number beyond bigint.
    """
    match item:
        case Typed():
            return item if is_numeric(item.type) else None
        case Double():
            return Typed(DOUBLE, float(item))
        case bool():
            return None
        case int():
            if item in _INTEGERS:
                return Typed(INTEGER, item)
            if item in BIGINTS:
                return Typed(BIGINT, item)
            raise PathError(f"cannot convert {item} to Trino value (value too big)")
        case _:
            return None


def text_of(item: Item) -> str | None:
    """A string, a char with its padding; None for anything else."""
    match item:
        case str():
            return item
        case Typed(type=Varchar(), value=str() as text):
            return text
        case Typed(type=Char() as type_, value=str() as text):
            return text.ljust(type_.length)
        case _:
            return None


def scalar_of(item: Item) -> Typed | None:
    """A boolean, string or number with its type; None for anything else.

    Errors: PathError for a whole number beyond bigint.
    """
    match item:
        case Typed():
            return item
        case bool():
            return Typed(BOOLEAN, item)
        case str():
            return Typed(VARCHAR, item)
        case _:
            return number_of(item)


def json_of(item: Item) -> Value:
    """The item as a value of JSON.

    Errors: ValueError for a value of SQL that has no form in JSON.
    """
    if not isinstance(item, Typed):
        return item
    match item.type:
        case Char() | Varchar():
            return text_of(item)
        case Decimal():
            return ExactNumber(str(item.value))
        case _ if item.type == BOOLEAN or is_integer(item.type):
            return item.value
        case _ if item.type == DOUBLE:
            return Double(item.value)
        case _ if item.type == REAL:
            from owlake.types.rendering import real_text  # noqa: PLC0415  (rare)

            return ExactNumber(real_text(item.value))
        case _:
            raise ValueError(item.type)


def type_name(item: Item) -> str:
    """What ``type()`` says of an item."""
    if not isinstance(item, Typed):
        return kind_of(item).lower()
    match item.type:
        case Varchar() | Char():
            return "string"
        case Time():
            return "time without time zone"
        case Timestamp():
            return "timestamp without time zone"
        case TimeWithTimeZone() | TimestampWithTimeZone():
            return item.type.base
        case _ if item.type in (BOOLEAN, DATE):
            return item.type.base
        case _:
            return "number"
