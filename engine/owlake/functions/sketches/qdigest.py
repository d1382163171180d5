"""Quantile digests: quantiles within an error that is asked for (https://trino.io/docs/current/functions/qdigest.html)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.segments import Integers, Segments
from owlake.functions.sketches.family import FAMILY
from owlake.functions.sketches.tree import SIGN, Digest, Doubles, Nodes, Words, compressed, written

_DEFAULT_ERROR = 0.01
_TYPES = ("bigint", "double", "real")


# Numbers and the order of bits ---------------------------------------------------------------------------


def _signed(column: pa.Array) -> Integers:
    """Numbers as integers of the same order."""
    values = column.to_numpy()
    if values.dtype == np.float32:
        bits = values.view(np.int32)
        return (bits ^ ((bits >> np.int32(31)) & np.int32(0x7FFFFFFF))).astype(np.int64)
    if values.dtype == np.float64:
        bits = values.view(np.int64)
        return bits ^ ((bits >> np.int64(63)) & np.int64(0x7FFFFFFFFFFFFFFF))
    return values.astype(np.int64)


def _numbers(integers: Integers, type_: pa.DataType) -> npt.NDArray[Any]:
    """The numbers that the integers stand for."""
    if pa.types.is_float32(type_):
        bits = integers.astype(np.int32)
        return (bits ^ ((bits >> np.int32(31)) & np.int32(0x7FFFFFFF))).view(np.float32)
    if pa.types.is_float64(type_):
        return (integers ^ ((integers >> np.int64(63)) & np.int64(0x7FFFFFFFFFFFFFFF))).view(np.float64)
    return integers


def _unsigned(integers: Integers) -> Words:
    return integers.view(np.uint64) ^ SIGN


# Aggregates ----------------------------------------------------------------------------------------------


def _aggregated(segments: Segments, weights: Doubles | None, accuracy: Any = None) -> pa.Array:
    errors = _max_errors(accuracy, len(segments))
    if weights is not None and len(weights) and not weights.min() > 0:
        raise error("INVALID_FUNCTION_ARGUMENT", "weight must be > 0")
    ordered, heavy = _in_order(segments, _signed(segments.columns[0]), weights)
    nodes = Nodes(segments.owners, _unsigned(ordered), np.zeros(len(ordered), np.uint8), heavy)
    present = segments.lengths > 0
    lows, highs = np.zeros(len(segments), np.int64), np.full(len(segments), -1, np.int64)
    if len(ordered):
        lows[present] = ordered[segments.offsets[:-1][present]]
        highs[present] = ordered[segments.offsets[1:][present] - 1]
    return _packed(_summed(nodes), errors, lows, highs, ~present)


def _in_order(segments: Segments, integers: Integers, weights: Doubles | None) -> tuple[Integers, Doubles]:
    """The integers of each segment in their order, and their weights.

    One number stands for segment and integer together: to sort those costs much less than to sort by two keys.
    """
    low = int(integers.min(initial=0))
    width = int(integers.max(initial=0)) - low + 1
    if width * max(1, len(segments)) < _LARGEST:
        table, codes = None, integers - low
    else:
        table, codes = np.unique(integers, return_inverse=True)
        width = max(1, len(table))
    keys = segments.owners * width + codes
    if weights is None:
        keys.sort()
        heavy = np.ones(len(keys))
    else:
        order = np.argsort(keys)
        keys, heavy = keys[order], weights[order]
    codes = keys - segments.owners * width
    return codes + low if table is None else table[codes], heavy


_LARGEST = 2**62


def _summed(nodes: Nodes) -> Nodes:
    """Equal nodes, which stand beside each other, as one."""
    if not len(nodes.owners):
        return nodes
    begins = np.ones(len(nodes.owners), bool)
    begins[1:] = (
        (nodes.values[1:] != nodes.values[:-1])
        | (nodes.owners[1:] != nodes.owners[:-1])
        | (nodes.levels[1:] != nodes.levels[:-1])
    )
    starts = np.flatnonzero(begins)
    counts = np.add.reduceat(nodes.counts, starts)
    return Nodes(nodes.owners[starts], nodes.values[starts], nodes.levels[starts], counts)


def _packed(nodes: Nodes, errors: Doubles, lows: Integers, highs: Integers, absent: npt.NDArray[np.bool_]) -> pa.Array:
    heads = list(zip(errors.tolist(), lows.tolist(), highs.tolist(), strict=True))
    return written(compressed(nodes, errors), heads, absent)


def _max_errors(given: Any, groups: int) -> Doubles:
    if given is None:
        return np.full(groups, _DEFAULT_ERROR)
    column = pa.repeat(given, groups) if isinstance(given, pa.Scalar) else given
    wanted = np.asarray(column.fill_null(_DEFAULT_ERROR), np.float64)
    wrong = wanted[~((wanted > 0) & (wanted < 1))]
    if len(wrong):
        text = f"Percentile accuracy must be exclusively between 0 and 1, was {wrong[0]}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    return wanted


for _type in _TYPES:

    @FAMILY.collected(f"qdigest_agg({_type}) -> qdigest({_type})")
    def _qdigest_agg(segments: Segments) -> pa.Array:
        """A digest of the numbers, its error 1 %."""
        return _aggregated(segments, None)

    @FAMILY.collected(f"qdigest_agg({_type}, bigint) -> qdigest({_type})", rows=(0, 1), raises=True)
    def _weighted_qdigest_agg(segments: Segments) -> pa.Array:
        """A digest of the numbers, each counting as often as its weight says."""
        rows = segments.without_null(1)
        return _aggregated(rows, rows.columns[1].to_numpy().astype(np.float64))

    @FAMILY.collected(f"qdigest_agg({_type}, bigint, double) -> qdigest({_type})", rows=(0, 1), raises=True)
    def _accurate_qdigest_agg(segments: Segments, accuracy: Any) -> pa.Array:
        """A digest of the numbers with weights, within the error asked for."""
        rows = segments.without_null(1)
        return _aggregated(rows, rows.columns[1].to_numpy().astype(np.float64), accuracy)

    @FAMILY.collected(f"merge(qdigest({_type})) -> qdigest({_type})", raises=True)
    def _merge(segments: Segments) -> pa.Array:
        """The digest of all the digests' numbers together."""
        return merged(segments)


def merged(segments: Segments) -> pa.Array:
    """Each segment's digests as one."""
    digests = [Digest.read(data) for data in segments.columns[0].to_pylist()]
    owners = np.repeat(segments.owners, [len(digest.nodes.values) for digest in digests])
    values, levels, counts = (
        np.concatenate([getattr(digest.nodes, name) for digest in digests] or [np.zeros(0, kind)])
        for name, kind in (("values", np.uint64), ("levels", np.uint8), ("counts", np.float64))
    )
    nodes = _flat(Nodes(owners, values, levels, counts))
    errors = np.full(len(segments), _DEFAULT_ERROR)
    lows = np.full(len(segments), np.iinfo(np.int64).max)
    highs = np.full(len(segments), np.iinfo(np.int64).min)
    if digests:
        # The first digest's error, as the others are merged into it.
        errors[segments.owners[::-1]] = [digest.max_error for digest in digests[::-1]]
        np.minimum.at(lows, segments.owners, [digest.minimum for digest in digests])
        np.maximum.at(highs, segments.owners, [digest.maximum for digest in digests])
    return _packed(nodes, errors, lows, highs, segments.lengths == 0)


def _flat(nodes: Nodes) -> Nodes:
    """Nodes of several digests in one order, none above another: one above others counts as its greatest value."""
    order = np.lexsort((nodes.levels, nodes.upper_bounds, nodes.owners))
    nodes = _summed(Nodes(nodes.owners[order], nodes.values[order], nodes.levels[order], nodes.counts[order]))
    bounds = nodes.upper_bounds
    above = np.zeros(len(bounds), bool)
    above[1:] = (nodes.owners[1:] == nodes.owners[:-1]) & (bounds[:-1] >= nodes.values[1:])
    values = np.where(above, bounds, nodes.values)
    levels = np.where(above, 0, nodes.levels).astype(np.uint8)
    order = np.lexsort((values, nodes.owners))
    return _summed(Nodes(nodes.owners[order], values[order], levels[order], nodes.counts[order]))


# Questions -----------------------------------------------------------------------------------------------


def _quantiles(data: bytes, quantiles: list[float]) -> Integers:
    digest = Digest.read(data)
    for one in quantiles:
        if not 0 <= one <= 1:
            raise error("INVALID_FUNCTION_ARGUMENT", f"Quantile should be within bounds [0, 1], was: {one}")
    sums = np.cumsum(digest.nodes.counts)
    total = sums[-1] if len(sums) else 0.0
    at = np.searchsorted(sums, np.array(quantiles, np.float64) * total, side="right")
    bounds = (digest.nodes.upper_bounds ^ SIGN).view(np.int64)
    return np.minimum(np.append(bounds, digest.maximum)[at], digest.maximum)


for _type, _held in zip(_TYPES, (pa.int64(), pa.float64(), pa.float32()), strict=True):

    @FAMILY.per_value(f"value_at_quantile(qdigest({_type}), double) -> {_type}", raises=True)
    def _value_at_quantile(data: bytes, quantile: float, held: pa.DataType = _held) -> Any:
        """The number below which the share of the numbers lies, within the digest's error."""
        return _numbers(_quantiles(data, [quantile]), held)[0].item()

    @FAMILY.per_value(f"values_at_quantiles(qdigest({_type}), array(double)) -> array({_type})", raises=True)
    def _values_at_quantiles(data: bytes, quantiles: list[float], held: pa.DataType = _held) -> list[Any]:
        """The numbers below which the shares of the numbers lie, within the digest's error."""
        if any(later < one for one, later in pairwise(quantiles)):
            raise error("INVALID_FUNCTION_ARGUMENT", "quantiles must be sorted in increasing order")
        return list(_numbers(_quantiles(data, quantiles), held).tolist())

    @FAMILY.per_value(f"quantile_at_value(qdigest({_type}), {_type}) -> double")
    def _quantile_at_value(data: bytes, value: Any, held: pa.DataType = _held) -> float | None:
        """The share of the numbers that lie below the number; NULL outside of them."""
        digest = Digest.read(data)
        place = int(_signed(pa.array([value], held))[0])
        total = float(digest.nodes.counts.sum())
        if not total or not digest.minimum <= place <= digest.maximum:
            return None
        bounds = (digest.nodes.upper_bounds ^ SIGN).view(np.int64)
        return float(digest.nodes.counts[bounds < place].sum()) / total
