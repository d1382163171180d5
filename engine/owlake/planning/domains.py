"""Domains: what a condition lets one column be, as values or ranges that a partition can be tested against."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from owlake.ir import expressions as ir
from owlake.lake.domains import intersect, union
from owlake.lake.model import Domain, Range, Value
from owlake.types.model import DATE, Timestamp, TimestampWithTimeZone


def domain_of(conjuncts: Iterable[ir.Expression], field: ir.Field) -> Domain | None:
    """The domain of a field under conditions that must all hold, or None if they say nothing of it."""
    found: Domain | None = None
    for conjunct in conjuncts:
        one = _domain(conjunct, field)
        if one is not None:
            found = one if found is None else intersect(found, one)
    return found


def is_exact(conjunct: ir.Expression, field: ir.Field) -> bool:
    """Whether the condition says no more than its domain."""
    if isinstance(conjunct, ir.Logical):
        return all(is_exact(term, field) for term in conjunct.terms)
    return _domain(conjunct, field) is not None


def _domain(conjunct: ir.Expression, field: ir.Field) -> Domain | None:
    match conjunct:
        case ir.Comparison():
            with suppress(OverflowError):
                # Partitions are not chosen by years that Python does not have.
                return _comparison(conjunct, field)
            return None
        case ir.Between():
            low = _domain(ir.Comparison(conjunct.type, ">=", conjunct.value, conjunct.low), field)
            high = _domain(ir.Comparison(conjunct.type, "<=", conjunct.value, conjunct.high), field)
            return None if low is None or high is None else intersect(low, high)
        case ir.InList() if _is(_instant(conjunct.value), field):
            with suppress(OverflowError):
                return _in_list(conjunct)
            return None
        case ir.IsNull() if _is(conjunct.value, field):
            return Domain(values=frozenset(), null_allowed=True)
        case ir.Not(value=ir.IsNull() as inner) if _is(inner.value, field):
            return Domain(ranges=(Range(),))
        case ir.Logical(operator="OR"):
            return union([_domain(term, field) for term in conjunct.terms])
        case ir.Logical(operator="AND"):
            return domain_of(conjunct.terms, field)
        case _:
            return None


def _is(value: ir.Expression, field: ir.Field) -> bool:
    return isinstance(value, ir.Reference) and value.field is field


def _instant(value: ir.Expression) -> ir.Expression:
    """A moment without the casts that only give it another zone, or more digits: it compares the same."""
    while isinstance(value, ir.Cast):
        before, after = value.value.type, value.type
        if not (isinstance(before, TimestampWithTimeZone) and isinstance(after, TimestampWithTimeZone)):
            return value
        if after.precision < before.precision:
            return value
        value = value.value
    return value


_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _comparison(conjunct: ir.Comparison, field: ir.Field) -> Domain | None:
    operator, value, other = conjunct.operator, _instant(conjunct.left), _instant(conjunct.right)
    if _is(other, field):
        value, other = other, value
        operator = _MIRRORED.get(operator, operator)
    if not _is(value, field) or not isinstance(other, ir.Constant) or operator not in _MIRRORED:
        return None
    if other.value is None:
        return Domain(values=frozenset())
    bound = partition_value(other)
    if bound is None:
        return None
    match operator:
        case "=":
            return Domain(values=frozenset({bound}))
        case "<" | "<=":
            return Domain(ranges=(Range(high=bound, high_inclusive=operator == "<="),))
        case _:
            return Domain(ranges=(Range(low=bound, low_inclusive=operator == ">="),))


def _in_list(conjunct: ir.InList) -> Domain | None:
    values = set()
    for item in map(_instant, conjunct.items):
        if not isinstance(item, ir.Constant):
            return None
        if item.value is not None:
            value = partition_value(item)
            if value is None:
                return None
            values.add(value)
    return Domain(values=frozenset(values))


def partition_value(constant: ir.Constant) -> Value | None:
    """A constant that is not NULL as domains compare values; None for types that they know nothing of."""
    value: Any = constant.value
    if constant.type == DATE:
        return date(1970, 1, 1) + timedelta(days=value)
    if isinstance(constant.type, Timestamp):
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)).replace(tzinfo=None)
    if isinstance(constant.type, TimestampWithTimeZone):
        instant = value[0] if isinstance(value, tuple) else value
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return value if isinstance(value, Value) else None
