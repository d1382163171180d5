"""Comparison of arrays, maps and rows, and the forms of values that DataFusion groups and joins by.

See ``owlake.functions.equality``; which comparison is done by which kernel is said in ``owlake.planning.comparisons``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.equality import UNKNOWN, YES, Answers, alike, equal, identical, joinable, order
from owlake.functions.lists import columns, elements_of, entries_of
from owlake.functions.registry import Family
from owlake.functions.segments import Flags, valid_flags
from owlake.ir.expressions import Expression, constant_value
from owlake.types.model import Row, Type

FAMILY = Family("comparison")


def _equals(left: Any, right: Any) -> pa.Array:
    (one, other), _ = columns(left, right)
    return _booleans(equal(one, other))


def _differs(left: Any, right: Any) -> pa.Array:
    (one, other), _ = columns(left, right)
    return _booleans(YES - equal(one, other))


def _booleans(answers: Answers) -> pa.Array:
    return pa.array(answers == YES, pa.bool_(), mask=answers == UNKNOWN)


def _is_distinct(left: Any, right: Any) -> pa.Array:
    (one, other), _ = columns(left, right)
    return pa.array(~identical(one, other), pa.bool_())


def _ordered(holds: Callable[[Answers], Any]) -> Callable[..., pa.Array]:
    def kernel(left: Any, right: Any) -> pa.Array:
        (one, other), nulls = columns(left, right)
        return pa.array(np.asarray(holds(order(one, other))), pa.bool_(), mask=nulls)

    kernel.__name__ = "ordered"
    return kernel


KERNELS: dict[str, Callable[..., pa.Array]] = {
    "=": _equals,
    "<>": _differs,
    "IS DISTINCT FROM": _is_distinct,
    "<": _ordered(lambda found: found < 0),
    "<=": _ordered(lambda found: found <= 0),
    ">": _ordered(lambda found: found > 0),
    ">=": _ordered(lambda found: found >= 0),
}
"""Each operator over arrays, maps and rows."""


@FAMILY.kernel("$alike(T) -> T", hidden=True, null_call=True)
def _alike(values: Any) -> pa.Array:
    """Values that DataFusion takes for one where they are not distinct."""
    (given,), _ = columns(values)
    return alike(given)


def _field_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    row, index = arguments
    assert isinstance(row.type, Row)
    return row.type.fields[constant_value(index)].type


@FAMILY.kernel("$joinable(T) -> T", hidden=True, null_call=True)
def _joinable(values: Any) -> pa.Array:
    """Values that DataFusion takes for one where they are equal; NULL for what is equal to nothing."""
    (given,), _ = columns(values)
    return joinable(given)


@FAMILY.kernel("$field(T:row, bigint) -> T", returns=_field_type, hidden=True, null_call=True)
def _field(rows: Any, index: pa.Scalar) -> pa.Array:
    """The field of a row, at a place counted from 0."""
    return rows.flatten()[index.as_py()]


FAMILY.native("$same(T, T) -> boolean", "({0} = {1})", "Whether forms of values to join by are the same", hidden=True)


def whole_or_null(before: Any, after: Any) -> pa.Array:
    """The values behind a conversion; NULL where a part of one has become NULL."""
    (one, other), _ = columns(before, after)
    kept = pa.array(np.arange(len(other)), mask=_lost(one, other))
    return other.take(kept)


def _lost(before: pa.Array, after: pa.Array) -> Flags:
    """Where something that was there is NULL now."""
    there, still = valid_flags(before), valid_flags(after)
    lost: Flags = there & ~still
    rows = np.flatnonzero(there & still)
    one, other = before.take(pa.array(rows)), after.take(pa.array(rows))
    if pa.types.is_map(after.type):
        parts = zip(entries_of(one).columns, entries_of(other).columns, strict=True)
        owners = entries_of(one).owners
    elif pa.types.is_list(after.type):
        parts = zip(elements_of(one).columns, elements_of(other).columns, strict=True)
        owners = elements_of(one).owners
    elif pa.types.is_struct(after.type) and pa.types.is_struct(before.type):
        parts = zip(one.flatten(), other.flatten(), strict=False)
        owners = np.arange(len(one))
    else:
        return lost
    for part, converted in parts:
        lost[rows[owners[_lost(part, converted)]]] = True
    return lost
