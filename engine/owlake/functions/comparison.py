"""Comparison of arrays, maps and rows, and the forms of values that DataFusion groups and joins by.

See ``owlake.functions.equality``; which comparison is done by which kernel is said in ``owlake.planning.comparisons``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.equality import UNKNOWN, YES, Answers, alike, equal, identical, joinable, order
from owlake.functions.lists import columns
from owlake.functions.registry import Family

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


@FAMILY.kernel("$joinable(T) -> T", hidden=True, null_call=True)
def _joinable(values: Any) -> pa.Array:
    """Values that DataFusion takes for one where they are equal; NULL for what is equal to nothing."""
    (given,), _ = columns(values)
    return joinable(given)


FAMILY.native("$same(T, T) -> boolean", "({0} = {1})", "Whether forms of values to join by are the same", hidden=True)
