"""Partition values: text in the catalog and in paths, a value of the key's type in predicates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal as PythonDecimal
from decimal import InvalidOperation

from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.lake.model import Domain, Range, Value
from owlake.types.model import BOOLEAN, DATE, DOUBLE, INTEGER_BITS, REAL, Char, Decimal, Timestamp, Type, Varchar

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class InvalidValue(ValueError):  # noqa: N818  (a fact about the text, as InvalidText is)
    """The text is not a value of the key's type."""


def typed_value(text: str, type_: Type) -> Value | None:
    """The value of a partition's text; None for Hive's default partition.

    Errors: InvalidValue.
    """
    if text == DEFAULT_PARTITION:
        return None
    try:
        return _convert(text, type_)
    except (ValueError, InvalidOperation) as problem:
        raise InvalidValue(text) from problem


def _convert(text: str, type_: Type) -> Value:
    bits = INTEGER_BITS.get(type_)
    if bits is not None:
        return _integer(text, bits)
    if type_ == DATE:
        return _date(text)
    if type_ == BOOLEAN:
        return _boolean(text)
    if type_ in (DOUBLE, REAL):
        return float(text)
    match type_:
        case Varchar(length):
            return text if length is None else text[:length]
        case Char(length):
            return text[:length].rstrip(" ")
        case Decimal():
            return PythonDecimal(text.strip())
        case Timestamp():
            return datetime.fromisoformat(text.strip())
    return text


def _integer(text: str, bits: int) -> int:
    if not _INTEGER.fullmatch(text):
        raise InvalidValue(text)
    value = int(text)
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise InvalidValue(text)
    return value


def _date(text: str) -> date:
    found = _DATE.fullmatch(text)
    if not found:
        raise InvalidValue(text)
    return date(int(found[1]), int(found[2]), int(found[3]))


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise InvalidValue(text)
    return text.lower() == "true"


def indexed_value(text: str, type_: Type) -> int | str:
    """The value as the catalog's index orders it: whole numbers for integers, dates and booleans, else text."""
    if not is_indexed_as_integer(type_):
        return text
    try:
        value = typed_value(text, type_)
    except InvalidValue:
        return text
    return text if value is None else as_indexed(value)


def as_indexed(value: Value) -> int | str:
    """A predicate's constant as the index orders it."""
    if isinstance(value, date):
        return value.toordinal() - _EPOCH_DAY
    return int(value) if isinstance(value, bool | int) else str(value)


def is_constant_of(value: Value, type_: Type) -> bool:
    """Whether a predicate's constant is held as the type's values are; else the index cannot compare them."""
    if type_ == DATE:
        return isinstance(value, date) and not isinstance(value, datetime)
    if type_ == BOOLEAN:
        return isinstance(value, bool)
    if type_ in INTEGER_BITS:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)


def is_indexed_as_integer(type_: Type) -> bool:
    """Whether the index holds numbers for this type."""
    return type_ in INTEGER_BITS or type_ in (DATE, BOOLEAN)


def is_indexed(type_: Type) -> bool:
    """Whether the index orders the values as the type does: then equality and ranges are its own to answer.

    Text is ordered by code point on both sides. Bounded text is not: values are cut when compared.
    """
    return is_indexed_as_integer(type_) or type_ == Varchar(None)


def matcher(domain: Domain, type_: Type) -> Callable[[str], bool]:
    """A test of texts against the domain.

    What does not convert, or does not compare, passes: dropping it would hide a broken partition.
    """

    def matches(text: str) -> bool:
        try:
            value = typed_value(text, type_)
            return domain.null_allowed if value is None else contains(domain, value)
        except (InvalidValue, TypeError):
            return True

    return matches


def contains(domain: Domain, value: Value) -> bool:
    """Whether the domain lets the value through."""
    value = _comparable(value)
    if domain.values is not None:
        return any(_comparable(allowed) == value for allowed in domain.values)
    return any(_in_range(range_, value) for range_ in domain.ranges or ())


def _in_range(range_: Range, value: Value) -> bool:
    if range_.low is not None:
        low = _comparable(range_.low)
        if value < low or (value == low and not range_.low_inclusive):  # type: ignore[operator]
            return False
    if range_.high is not None:
        high = _comparable(range_.high)
        if value > high or (value == high and not range_.high_inclusive):  # type: ignore[operator]
            return False
    return True


def _comparable(value: Value) -> Value:
    """Timestamps without a zone are UTC's, so that both spellings of one instant are equal."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
