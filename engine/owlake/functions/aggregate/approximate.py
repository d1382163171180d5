"""Aggregates whose answers Trino only promises to be about right; most are exact here."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.aggregate.family import FAMILY
from owlake.functions.hashing import hash_values
from owlake.functions.registry import AggregateCallSite, Collected, once
from owlake.functions.segment_order import order_of, smallest, sorted_floats
from owlake.functions.segments import Flags, Integers, Segments, distinct, list_array, map_array, offsets_from
from owlake.ir.expressions import Constant, Expression, MakeArray, constant_value
from owlake.types.arrow import arrow_type
from owlake.types.model import BIGINT, Array, Type

Doubles = npt.NDArray[np.float64]

# Distinct values ----------------------------------------------------------------------------------------

_LEAST_ERROR, _GREATEST_ERROR = 0.0040625, 0.26


def _count_distinct(segments: Segments) -> pa.Array:
    return pa.array(np.diff(segments.offsets_of(distinct(segments).first)))


@FAMILY.aggregate(
    "approx_distinct(T:comparable) -> bigint",
    "approx_distinct(T:comparable, double) -> bigint",
    collected=Collected(_count_distinct, (0,)),
)
def _approx_distinct(site: AggregateCallSite) -> str:
    """About how many different values there are; the standard error is below the one asked for (2.3 %)."""
    value, type_ = site.sql(0), site.arguments[0].type
    if site.slides:
        lists = site.collected(_count_distinct, [(value, type_)], where=f"{value} IS NOT NULL")
        return f"coalesce({lists}, 0)"
    if not _is_counted_natively(type_):
        value = site.kernel(hash_values, [site.arguments[0]], BIGINT)
    counted = f"CAST({site.aggregate('approx_distinct', value, distinct=False)} AS BIGINT)"
    if len(site.arguments) == 1:
        return counted
    return site.kernel(_with_error, [(counted, BIGINT), once(site, 1)], BIGINT)


def _with_error(counted: pa.Array, wanted: Any) -> pa.Array:
    """The counts, the standard error that was asked for checked where there are rows."""
    given = wanted if isinstance(wanted, pa.Array) else pa.repeat(wanted, len(counted))
    for one in given.filter(pc.greater(counted, 0)).unique().to_pylist():
        if one is None or not _LEAST_ERROR <= one <= _GREATEST_ERROR:
            text = f"Standard error must be between {_LEAST_ERROR} and {_GREATEST_ERROR}: {one}"
            raise error("INVALID_FUNCTION_ARGUMENT", text)
    return counted


def _is_counted_natively(type_: Type) -> bool:
    """Whether DataFusion's own count tells the type's values apart: it takes neither floats nor nested types."""
    held = arrow_type(type_)
    return not (pa.types.is_nested(held) or pa.types.is_floating(held) or pa.types.is_decimal(held))


# Percentiles --------------------------------------------------------------------------------------------


def _percentiles(segments: Segments, shares: list[float]) -> list[Integers]:
    """For each share the row of each sorted segment below which it lies; the last for what lies behind all."""
    last = np.maximum(segments.lengths - 1, 0)
    return [
        segments.offsets[:-1] + np.minimum(np.floor(segments.lengths * share).astype(np.int64), last)
        for share in shares
    ]


def _weighted_percentiles(segments: Segments, weights: Doubles, shares: list[float]) -> list[Integers]:
    """As ``_percentiles``, each row counting as often as its weight says."""
    sums = np.concatenate(([0.0], np.cumsum(weights)))
    before, total = sums[segments.offsets[:-1]], np.diff(sums[segments.offsets])
    found = []
    for share in shares:
        places = np.searchsorted(sums[1:], before + total * share, side="right")
        found.append(np.clip(places, segments.offsets[:-1], np.maximum(segments.offsets[1:] - 1, 0)))
    return found


def _at_shares(segments: Segments, wanted: Any, weights: Doubles | None) -> pa.Array:
    """The values at the shares: one a segment, or a list of them."""
    order = order_of(segments, [(segments.columns[0], (True, False))])
    values = segments.columns[0].take(pa.array(order))
    shares = _one_value(wanted)
    if shares is None or (isinstance(shares, list) and None in shares):
        return pa.nulls(len(segments))
    if segments.rows and not all(0 <= share <= 1 for share in np.atleast_1d(shares)):
        raise error("INVALID_FUNCTION_ARGUMENT", "Percentile must be between 0 and 1")
    many = isinstance(shares, list)
    shares = shares if many else [shares]
    found = (
        _percentiles(segments, shares) if weights is None else _weighted_percentiles(segments, weights[order], shares)
    )
    empty = segments.lengths == 0
    if not many:
        return values.take(pa.array(found[0], mask=empty))
    taken = np.stack(found, axis=1)[~empty].ravel() if shares else np.zeros(0, np.int64)
    return list_array(offsets_from(np.where(empty, 0, len(shares))), values.take(pa.array(taken)), empty)


def _one_value(wanted: Any) -> Any:
    """An argument that must be the same for all rows."""
    if isinstance(wanted, pa.Scalar):
        return wanted.as_py()
    given = [value for value in wanted.to_pylist() if value is not None]
    if any(value != given[0] for value in given):
        raise error("INVALID_FUNCTION_ARGUMENT", "Percentile must be constant for all rows")
    return given[0] if given else None


def _percentile(segments: Segments, shares: Any) -> pa.Array:
    return _at_shares(segments, shares, None)


def _weighted_percentile(segments: Segments, shares: Any, *_: Any) -> pa.Array:
    rows = segments.without_null(1)
    weights = rows.columns[1].to_numpy()
    if len(weights) and weights.min() < 1:
        raise error("INVALID_FUNCTION_ARGUMENT", "percentile weight must be >= 1")
    return _at_shares(rows, shares, weights)


def _percentile_sql(site: AggregateCallSite, kernel: Any, rows: int) -> str:
    given = site.arguments[rows]
    items = given.items if isinstance(given, MakeArray) else (given,)
    constant: Expression | tuple[str, Type]
    if all(isinstance(item, Constant) for item in items):
        shares = [constant_value(item) for item in items]
        constant = Constant(given.type, tuple(shares) if isinstance(site.type, Array) else shares[0])
    else:
        constant = once(site, rows)
    columns = [(site.sql(index), site.arguments[index].type) for index in range(rows)]
    return site.collected(kernel, columns, [constant], where=f"{columns[0][0]} IS NOT NULL")


for _type in ("bigint", "double", "real"):
    for _given, _result in (("double", _type), ("array(double)", f"array({_type})")):

        @FAMILY.aggregate(
            f"approx_percentile({_type}, {_given}) -> {_result}", collected=Collected(_percentile, (0,)), raises=True
        )
        def _approx_percentile(site: AggregateCallSite) -> str:
            """The value below which the given share of the values lies."""
            return _percentile_sql(site, _percentile, 1)

        @FAMILY.aggregate(
            f"approx_percentile({_type}, double, {_given}) -> {_result}",
            f"approx_percentile({_type}, double, {_given}, double) -> {_result}",
            collected=Collected(_weighted_percentile, (0, 1)),
            raises=True,
        )
        def _approx_weighted_percentile(site: AggregateCallSite) -> str:
            """The value below which the given share of the values' weights lies."""
            return _percentile_sql(site, _weighted_percentile, 2)


# Histograms ---------------------------------------------------------------------------------------------


@FAMILY.collected(
    "approx_most_frequent(bigint, bigint, bigint) -> map(bigint,bigint)",
    "approx_most_frequent(bigint, varchar, bigint) -> map(varchar,bigint)",
    rows=(1,),
    raises=True,
)
def _approx_most_frequent(segments: Segments, buckets: Any, capacity: Any) -> pa.Array:
    """The most frequent values and how often they occur, the most frequent first."""
    if pc.min(capacity).as_py() is not None and pc.min(capacity).as_py() <= 0:
        raise error("INVALID_FUNCTION_ARGUMENT", "approx_most_frequent capacity must be greater than zero")
    wanted = np.broadcast_to(np.asarray(buckets.as_py() if isinstance(buckets, pa.Scalar) else buckets), len(segments))
    if segments.rows and wanted[segments.lengths > 0].min() < 1:
        raise error("INVALID_FUNCTION_ARGUMENT", "approx_most_frequent bucket count must be greater than one")
    found = distinct(segments)
    owners = segments.owners[found.first]
    order = np.lexsort((-found.counts, owners))
    offsets = segments.offsets_of(found.first)
    kept = order[np.arange(len(order)) - offsets[:-1][owners] < wanted[owners]]
    keys = segments.columns[0].take(pa.array(found.first[kept]))
    return map_array(
        segments.offsets_of(found.first[kept]), keys, pa.array(found.counts[kept]), absent=segments.lengths == 0
    )


@FAMILY.collected(
    "numeric_histogram(bigint, double) -> map(double,double)",
    "numeric_histogram(bigint, real) -> map(real,real)",
    rows=(1,),
    raises=True,
)
def _numeric_histogram(segments: Segments, buckets: Any) -> pa.Array:
    """Buckets of values close to each other: their mean and how many there are."""
    return _buckets(segments, None, buckets)


@FAMILY.collected(
    "numeric_histogram(bigint, double, double) -> map(double,double)",
    "numeric_histogram(bigint, real, double) -> map(real,real)",
    rows=(1, 2),
    raises=True,
)
def _weighted_histogram(segments: Segments, buckets: Any) -> pa.Array:
    """Buckets of values close to each other: their weighted mean and their weight."""
    rows = segments.without_null(1)
    return _buckets(rows, rows.columns[1].to_numpy(), buckets)


def _buckets(segments: Segments, weights: Doubles | None, buckets: Any) -> pa.Array:
    wanted = np.broadcast_to(np.asarray(buckets.as_py() if isinstance(buckets, pa.Scalar) else buckets), len(segments))
    if segments.rows and wanted[segments.lengths > 0].min() < 2:
        raise error("INVALID_FUNCTION_ARGUMENT", "numeric_histogram bucket count must be greater than one")
    owners, values, weights = _same_merged(segments.owners, *_in_order(segments, weights))
    excess = np.bincount(owners, minlength=len(segments)) - wanted
    while excess.max(initial=0) > 0:
        owners, values, weights = _cheapest_merged(owners, values, weights, excess)
        excess = np.bincount(owners, minlength=len(segments)) - wanted
    type_ = segments.columns[0].type
    keys, items = (pa.array(column, pa.float64()).cast(type_) for column in (values, weights))
    return map_array(offsets_from(excess + wanted), keys, items, absent=segments.lengths == 0)


def _in_order(segments: Segments, weights: Doubles | None) -> tuple[Doubles, Doubles]:
    """Each segment's numbers in their order, and their weights."""
    values = segments.columns[0].to_numpy().astype(np.float64)
    if weights is None:
        return sorted_floats(values, segments.offsets), np.ones(len(values))
    order = order_of(segments, [(segments.columns[0], (True, False))])
    return values[order], weights[order]


def _same_merged(owners: Integers, values: Doubles, weights: Doubles) -> tuple[Integers, Doubles, Doubles]:
    """Sorted values, equal ones made one."""
    begins = np.ones(len(values), bool)
    begins[1:] = (values[1:] != values[:-1]) | (owners[1:] != owners[:-1])
    if begins.all():
        return owners, values, weights
    starts = np.flatnonzero(begins)
    return owners[starts], values[starts], np.add.reduceat(weights, starts) if len(starts) else weights


def _cheapest_merged(
    owners: Integers, values: Doubles, weights: Doubles, excess: Integers
) -> tuple[Integers, Doubles, Doubles]:
    """Neighbours merged where that costs least: some of the pairs that have to go, at least one a segment.

    The cost of a pair only grows when a neighbour is merged. So of the pairs that are among the ``excess`` cheapest
    now, all that stay cheaper than the others are merged sooner or later, and each at once when it costs less than
    both of its neighbours: the result is the same as merging the cheapest pair time and again.
    """
    # What is infinite, or no number, is merged last.
    costs = np.full(len(values), np.inf)
    np.fmin(_costs(values[:-1], values[1:], weights[:-1], weights[1:]), _DEAREST, out=costs[:-1])
    costs[:-1][owners[1:] != owners[:-1]] = np.inf
    offsets = offsets_from(np.bincount(owners, minlength=len(excess)))
    over = np.flatnonzero(excess > 0)
    limits = np.zeros(len(excess))
    limits[over] = smallest(costs, offsets[over], np.diff(offsets)[over], excess[over])
    limit = limits[owners]
    open_, equal = costs < limit, costs == limit
    if np.count_nonzero(equal) > len(over):
        # Of those that cost as much as the limit the first ones go, as many as are left.
        left = excess - np.bincount(owners, open_, len(excess)).astype(np.int64)
        before = np.cumsum(equal) - equal
        first = np.append(before, 0)[offsets[:-1]]
        open_ |= equal & (before - first[owners] < left[owners])
    costs[~open_] = np.inf
    chosen = np.flatnonzero(_least(costs))
    while len(chosen):
        values[chosen], weights[chosen] = _mean(values, weights, chosen)
        kept, costs = _others(len(values), chosen + 1), costs[_others(len(costs), chosen)]
        values, weights, owners = values[kept], weights[kept], owners[kept]
        merged = chosen - np.arange(len(chosen))
        changed = np.concatenate((merged, merged[1 - np.sign(merged[0]) :] - 1))
        pairs = changed[np.isfinite(costs[changed])]
        grown = _costs(values[pairs], values[pairs + 1], weights[pairs], weights[pairs + 1])
        costs[pairs] = np.where(grown < limits[owners[pairs]], grown, np.inf)
        if len(chosen) * _FEW < len(costs):
            # The others wait for the next limits, which cost about as much as another round.
            break
        chosen = np.flatnonzero(_least(costs))
    return owners, values, weights


_FEW = 32


def _others(rows: int, left_out: Integers) -> Integers:
    kept = np.ones(rows, np.bool_)
    kept[left_out] = False
    return np.flatnonzero(kept)


_DEAREST = np.finfo(np.float64).max


def _costs(left: Doubles, right: Doubles, left_weights: Doubles, right_weights: Doubles) -> Doubles:
    with np.errstate(all="ignore"):
        costs: Doubles = left_weights * right_weights / (left_weights + right_weights) * np.square(right - left)
    return costs


def _mean(values: Doubles, weights: Doubles, left: Integers) -> tuple[Doubles, Doubles]:
    """The mean of the pairs that begin here, and their weight."""
    weight, other = weights[left], weights[left + 1]
    joint = weight + other
    with np.errstate(all="ignore"):
        return (values[left] * weight + values[left + 1] * other) / joint, joint


def _least(costs: Doubles) -> Flags:
    """The pairs that cost less than both of their neighbours; of equal neighbours every other one, from the first."""
    least = np.isfinite(costs)
    least[1:] &= costs[1:] < costs[:-1]
    least[:-1] &= costs[:-1] <= costs[1:]
    equal = np.zeros(len(costs), np.bool_)
    equal[1:] = (costs[1:] == costs[:-1]) & np.isfinite(costs[1:])
    if equal.any():
        places = np.arange(len(costs))
        starts = np.maximum.accumulate(np.where(equal, 0, places))
        # A run of equal ones that begins behind a cheaper one waits for that.
        behind = np.append(costs[1:], np.inf)
        first = np.append(np.inf, costs[:-1]) > costs
        least |= equal & (costs <= behind) & ((places - starts) % 2 == 0) & first[starts]
    return least
