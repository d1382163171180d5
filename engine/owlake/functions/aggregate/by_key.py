"""Values at the extremes of a key, and the several greatest and least."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.aggregate import frames
from owlake.functions.aggregate.family import FAMILY
from owlake.functions.registry import AggregateCallSite, Collected
from owlake.functions.segment_order import order_of
from owlake.functions.segments import Integers, Segments, list_array, offsets_from
from owlake.types.arrow import arrow_type
from owlake.types.comparison import is_orderable
from owlake.types.model import DOUBLE, REAL, Row, RowField

_MOST = 10_000


def _at_greatest(segments: Segments) -> pa.Array:
    return _at_extreme(segments, ascending=False)


def _at_least(segments: Segments) -> pa.Array:
    return _at_extreme(segments, ascending=True)


def _at_extreme(segments: Segments, *, ascending: bool) -> pa.Array:
    order = _by_key(segments, segments.columns[1], ascending=ascending)
    return frames.first(segments.with_columns(segments.columns[0].take(pa.array(order))))


def _by_key(segments: Segments, key: pa.Array, *, ascending: bool) -> Integers:
    """The rows from the extreme on; NaN is neither the greatest nor the least."""
    if not pa.types.is_floating(key.type):
        return order_of(segments, [(key, (ascending, False))])
    nan = pa.array(np.isnan(key.fill_null(0).to_numpy()))
    return order_of(segments, [(nan, (True, False)), (key, (ascending, False))])


def _by(name: str, *, ascending: bool, kernel: Any) -> None:
    extreme, direction = ("least", "ASC") if ascending else ("greatest", "DESC")

    def implementation(site: AggregateCallSite) -> str:
        value, key = site.sql(0), site.sql(1)
        where = f"{key} IS NOT NULL"
        if site.over:
            return _over_window(site, "min" if ascending else "max", kernel)
        if pa.types.is_nested(arrow_type(site.arguments[1].type)):
            return site.collected(kernel, [(value, site.type), (key, site.arguments[1].type)], where=where)
        order = f"{key} {direction}"
        if site.arguments[1].type in (DOUBLE, REAL) and not ascending:
            order = f"isnan({key}) ASC, {order}"
        return site.first(value, order, where)

    implementation.__doc__ = f"The value at the {extreme} key"
    FAMILY.aggregate(f"{name}(V, K:orderable) -> V", collected=Collected(kernel, (0, 1), nulls=True))(implementation)


def _over_window(site: AggregateCallSite, extreme: str, kernel: Any) -> str:
    """The extreme of key and value together: of values at the same key one is as good as another."""
    (value, key), (type_, key_type) = (site.sql(0), site.sql(1)), (argument.type for argument in site.arguments)
    where = f"{key} IS NOT NULL"
    nested = pa.types.is_nested(arrow_type(type_)) or pa.types.is_nested(arrow_type(key_type))
    if nested or not is_orderable(type_) or key_type in (DOUBLE, REAL):
        return site.collected(kernel, [(value, type_), (key, key_type)], where=where)
    both = Row((RowField("k", key_type), RowField("v", type_)))
    found = site.aggregate(extreme, f"named_struct('k', {key}, 'v', {value})", where=where, distinct=False)
    return site.kernel(_second, [(found, both)], site.type)


def _second(pairs: pa.StructArray) -> pa.Array:
    return pairs.flatten()[1]


_by("max_by", ascending=False, kernel=_at_greatest)
_by("min_by", ascending=True, kernel=_at_least)


# Several ------------------------------------------------------------------------------------------------


def _counts(wanted: Any, segments: Segments, most: str, positive: str) -> Integers:
    """How many values each segment gives: the argument checked, and no more than there are.

    Errors: INVALID_FUNCTION_ARGUMENT.
    """
    given = np.full(len(segments), wanted.as_py()) if isinstance(wanted, pa.Scalar) else wanted.fill_null(1).to_numpy()
    asked = given[segments.lengths > 0]
    if len(asked) and asked.min() <= 0:
        raise error("INVALID_FUNCTION_ARGUMENT", positive)
    if len(asked) and asked.max() > _MOST:
        text = f"{most} must be less than or equal to {_MOST}; found {asked.max()}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    return np.minimum(segments.lengths, np.maximum(given, 0))


def _leading(segments: Segments, order: Integers, column: pa.Array, counts: Integers) -> pa.Array:
    place = np.arange(segments.rows) - segments.offsets[:-1][segments.owners]
    taken = order[place < counts[segments.owners]]
    return list_array(offsets_from(counts), column.take(pa.array(taken)), segments.lengths == 0)


def _several(segments: Segments, wanted: Any, *, ascending: bool) -> pa.Array:
    text = "second argument of max_n/min_n"
    counts = _counts(wanted, segments, text, f"{text} must be positive")
    order = _by_key(segments, segments.columns[0], ascending=ascending)
    return _leading(segments, order, segments.columns[0], counts)


def _several_by(segments: Segments, wanted: Any, *, ascending: bool) -> pa.Array:
    text = "third argument of max_by/min_by"
    rows = segments.without_null(1)
    counts = _counts(wanted, rows, text, f"{text} must be a positive integer")
    order = _by_key(rows, rows.columns[1], ascending=ascending)
    return _leading(rows, order, rows.columns[0], counts)


@FAMILY.collected("max(T:orderable, bigint) -> array(T)", raises=True)
def _max_n(segments: Segments, wanted: Any) -> pa.Array:
    """The greatest values, from the greatest on."""
    return _several(segments, wanted, ascending=False)


@FAMILY.collected("min(T:orderable, bigint) -> array(T)", raises=True)
def _min_n(segments: Segments, wanted: Any) -> pa.Array:
    """The least values, from the least on."""
    return _several(segments, wanted, ascending=True)


@FAMILY.collected("max_by(V, K:orderable, bigint) -> array(V)", rows=(0, 1), nulls=True, raises=True)
def _max_by_n(segments: Segments, wanted: Any) -> pa.Array:
    """The values at the greatest keys, from the greatest on."""
    return _several_by(segments, wanted, ascending=False)


@FAMILY.collected("min_by(V, K:orderable, bigint) -> array(V)", rows=(0, 1), nulls=True, raises=True)
def _min_by_n(segments: Segments, wanted: Any) -> pa.Array:
    """The values at the least keys, from the least on."""
    return _several_by(segments, wanted, ascending=True)
