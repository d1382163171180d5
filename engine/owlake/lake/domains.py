"""Domains put together: what several conditions let one column be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from owlake.lake.model import Domain, Range, Value


def intersect(one: Domain, other: Domain) -> Domain:
    """What both let through."""
    null_allowed = one.null_allowed and other.null_allowed
    if one.values is not None:
        return Domain(frozenset(value for value in one.values if admits(other, value)), None, null_allowed)
    if other.values is not None:
        return intersect(other, one)
    ranges = [_overlap(a, b) for a in one.ranges or () for b in other.ranges or ()]
    return Domain(None, tuple(found for found in ranges if found is not None), null_allowed)


def union(domains: Sequence[Domain | None]) -> Domain | None:
    """What any of them lets through; nothing is known if one of them says nothing."""
    known = [one for one in domains if one is not None]
    if len(known) < len(domains) or not known:
        return None
    null_allowed = any(one.null_allowed for one in known)
    if all(one.values is not None for one in known):
        return Domain(frozenset(value for one in known for value in one.values or ()), None, null_allowed)
    ranges = [found for one in known for found in _as_ranges(one)]
    return Domain(None, tuple(ranges), null_allowed)


def _as_ranges(domain: Domain) -> tuple[Range, ...]:
    if domain.ranges is not None:
        return domain.ranges
    return tuple(Range(value, value) for value in domain.values or ())


def admits(domain: Domain, value: Value) -> bool:
    """Whether the domain lets a value through."""
    if domain.values is not None:
        return value in domain.values
    return any(_within(one, value) for one in domain.ranges or ())


def _within(range_: Range, value: Any) -> bool:
    low: Any = range_.low
    high: Any = range_.high
    if low is not None and (value < low or (value == low and not range_.low_inclusive)):
        return False
    return not (high is not None and (value > high or (value == high and not range_.high_inclusive)))


def _overlap(one: Range, other: Range) -> Range | None:
    low, low_inclusive = _tighter((one.low, one.low_inclusive), (other.low, other.low_inclusive), greatest=True)
    high, high_inclusive = _tighter((one.high, one.high_inclusive), (other.high, other.high_inclusive), greatest=False)
    if (
        low is not None
        and high is not None
        and (low > high or (low == high and not (low_inclusive and high_inclusive)))
    ):
        return None
    return Range(low, high, low_inclusive, high_inclusive)


def _tighter(one: tuple[Any, bool], other: tuple[Any, bool], *, greatest: bool) -> tuple[Any, bool]:
    if one[0] is None:
        return other
    if other[0] is None:
        return one
    if one[0] == other[0]:
        return one[0], one[1] and other[1]
    return max(one, other, key=lambda bound: bound[0]) if greatest else min(one, other, key=lambda bound: bound[0])
