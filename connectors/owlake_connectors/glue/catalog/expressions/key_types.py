"""The types of partition keys as expressions compare them: the texts of values and literals, read."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from owlake.spi import InvalidPartitionValue, error, partition_value, types

Comparable = Any
"""A value of Python's; those of one type compare with each other."""

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?", re.ASCII)
_LONGS = range(-(1 << 63), 1 << 63)


class CastProblem(ValueError):  # noqa: N818  (a literal and a stored value have different exceptions)
    """The text is no value of the type; says why in Glue's words."""


class KeyType(ABC):
    """How a key's values compare.

    Attributes:
        likes: Whether LIKE has a meaning for it; else what Glue calls such types.
        is_indexed: Whether the catalog's index orders values as this type does.
    """

    likes: bool = False
    called: str = ""
    is_indexed: bool = False

    @abstractmethod
    def read(self, text: str) -> Comparable:
        """The value that the text is. Errors: CastProblem."""

    def is_bound(self, value: Comparable) -> bool:  # noqa: ARG002
        """Whether the index can be asked for the value."""
        return self.is_indexed


class _Text(KeyType):
    likes = True

    def __init__(self, *, is_indexed: bool) -> None:
        self.is_indexed = is_indexed

    def read(self, text: str) -> Comparable:
        return text


class _Integer(KeyType):
    called = "Integral"

    def __init__(self, *, is_indexed: bool) -> None:
        self.is_indexed = is_indexed

    def read(self, text: str) -> Comparable:
        if not _INTEGER.fullmatch(text):
            raise CastProblem(f'For input string: "{text}" is not an integer.')
        return int(text)

    def is_bound(self, value: Comparable) -> bool:
        return self.is_indexed and value in _LONGS


class _Decimal(KeyType):
    called = "Decimal"

    def read(self, text: str) -> Comparable:
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise CastProblem(f"{text} is not a decimal.")
        return value


class _Date(KeyType):
    called = "Date"
    is_indexed = True

    def read(self, text: str) -> Comparable:
        try:
            value = partition_value(text, types.DATE)
        except InvalidPartitionValue:
            value = None
        if not isinstance(value, date):
            raise CastProblem(f"{text} is not a date.")
        return value


class _Timestamp(KeyType):
    called = "Timestamp"

    def read(self, text: str) -> Comparable:
        found = _TIMESTAMP.fullmatch(text)
        if found is not None:
            try:
                return datetime.fromisoformat(found[1]), (found[2] or "").ljust(9, "0")
            except ValueError:
                pass
        raise CastProblem(f"Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff] {text} is not a timestamp.")


_INTEGRAL = _Integer(is_indexed=True)
_TYPES: dict[str, KeyType] = {
    "string": _Text(is_indexed=True),
    # The index compares these by what their length leaves of them, and does not know the name of the last.
    "char": _Text(is_indexed=False),
    "varchar": _Text(is_indexed=False),
    "long": _Integer(is_indexed=False),
    "tinyint": _INTEGRAL,
    "smallint": _INTEGRAL,
    "int": _INTEGRAL,
    "integer": _INTEGRAL,
    "bigint": _INTEGRAL,
    "decimal": _Decimal(),
    "date": _Date(),
    "timestamp": _Timestamp(),
}


def key_type(declared: str) -> KeyType:
    """The type of a key by its declaration. Errors: InvalidInputException for one that expressions do not know."""
    found = _TYPES.get(declared.partition("(")[0].strip().lower())
    if found is None:
        raise error("InvalidInputException", f"Unknown type : '{declared}'")
    return found
