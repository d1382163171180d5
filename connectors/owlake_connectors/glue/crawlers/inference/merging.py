"""What a column is whose files, or rows, do not agree: the table of merging, as docs/crawlers.md prints it.

AWS does not publish its own. The rule here: a wider type where there is one that holds every value, else text.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, reduce

from owlake_connectors.glue.crawlers.inference.types import (
    BIGINT,
    DOUBLE,
    FLOAT,
    INT,
    NULL,
    SMALLINT,
    STRING,
    TINYINT,
    Array,
    Decimal,
    Field,
    FoundType,
    Map,
    Struct,
)

_INTEGERS = (TINYINT, SMALLINT, INT, BIGINT)
_DIGITS = {TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 19}
_NUMBERS = (*_INTEGERS, FLOAT, DOUBLE)
MOST_DIGITS = 38
"""Of a decimal."""


@lru_cache(maxsize=65_536)
def merged(first: FoundType, second: FoundType) -> FoundType:
    """The type that has the values of both."""
    if second in {first, NULL}:
        return first
    if first == NULL:
        return second
    match first, second:
        case Struct(), Struct():
            return Struct(merged_fields([first.fields, second.fields]))
        case Array(), Array():
            return Array(merged(first.element, second.element))
        case Map(), Map():
            return Map(merged(first.key, second.key), merged(first.value, second.value))
    return _number(first, second)


def merged_fields(all_fields: Iterable[tuple[Field, ...]]) -> tuple[Field, ...]:
    """The columns of all, in the order in which they first appear."""
    return reduce(_union, all_fields)


@lru_cache(maxsize=65_536)
def _union(first: tuple[Field, ...], second: tuple[Field, ...]) -> tuple[Field, ...]:
    if first == second:
        return first
    types = {one.name: one.type for one in first}
    for one in second:
        types[one.name] = merged(types.get(one.name, NULL), one.type)
    return tuple(Field(name, type_) for name, type_ in types.items())


def _number(first: FoundType, second: FoundType) -> FoundType:
    if first in _INTEGERS and second in _INTEGERS:
        return max(first, second, key=_INTEGERS.index)
    if first in _NUMBERS and second in _NUMBERS:
        return DOUBLE
    one, other = _as_decimal(first), _as_decimal(second)
    if one is None or other is None:
        return STRING
    scale = max(one.scale, other.scale)
    precision = max(one.precision - one.scale, other.precision - other.scale) + scale
    return Decimal(precision, scale) if precision <= MOST_DIGITS else STRING


def _as_decimal(type_: FoundType) -> Decimal | None:
    if isinstance(type_, Decimal):
        return type_
    return Decimal(_DIGITS[type_], 0) if type_ in _INTEGERS else None
