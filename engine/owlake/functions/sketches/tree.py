"""The tree of a quantile digest: its nodes as columns, of many digests at once.

A node stands for the values with a common prefix: ``value >> level``. Values are unsigned, in the order of the digest's
numbers. Here no node lies above another one that counts, so that a digest is a list of nodes in order; the branches
between them follow from it, and are only written down.

Format: https://github.com/airlift/airlift/blob/master/stats/docs/qdigest.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.segments import Integers, offsets_from

Words = npt.NDArray[np.uint64]
Doubles = npt.NDArray[np.float64]

_HEAD = struct.Struct("<Bddqqqi")
_NODE = np.dtype([("structure", "u1"), ("count", "<f8"), ("value", "<u8")])
_HAS_LEFT, _HAS_RIGHT = 1, 2
_BITS = 64
SIGN = np.uint64(1 << 63)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes of digests, digest by digest and in order of their values."""

    owners: Integers
    values: Words
    levels: npt.NDArray[np.uint8]
    counts: Doubles

    @property
    def upper_bounds(self) -> Words:
        """The greatest value that each node stands for."""
        return self.values | _mask(self.levels)


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest: its nodes, its extremes as signed integers, and the error that it was made with."""

    max_error: float
    minimum: int
    maximum: int
    nodes: Nodes

    @classmethod
    def read(cls, data: bytes) -> Digest:
        """The digest of its bytes. Errors: INVALID_CAST_ARGUMENT for bytes that are none."""
        try:
            form, max_error, _, _, minimum, maximum, count = _HEAD.unpack_from(data)
            stored = np.frombuffer(data, _NODE, count, _HEAD.size)
        except (struct.error, ValueError):
            form = -1
        if form != 0:
            raise error("INVALID_CAST_ARGUMENT", "Cannot deserialize quantile digest")
        return cls(max_error, minimum, maximum, _counting(stored))


def _counting(stored: npt.NDArray[np.void]) -> Nodes:
    """The nodes that count. One above others counts as its greatest value, which is where it is met in order."""
    branch = (stored["structure"] & (_HAS_LEFT | _HAS_RIGHT)) != 0
    levels = (stored["structure"] >> 2) + branch
    values = np.where(branch, stored["value"] | _mask(levels), stored["value"] & ~_mask(levels))
    kept = np.flatnonzero(stored["count"] > 0)
    kept = kept[np.argsort(values[kept], kind="stable")]
    flat = np.where(branch, 0, levels).astype(np.uint8)
    return Nodes(np.zeros(len(kept), np.int64), values[kept], flat[kept], stored["count"][kept])


def _mask(levels: npt.NDArray[np.uint8]) -> Words:
    """As many low bits as each level says."""
    wide = levels.astype(np.uint64)
    return np.where(wide >= _BITS, ~np.uint64(0), (np.uint64(1) << (wide % np.uint64(_BITS))) - np.uint64(1))


def compressed(nodes: Nodes, max_errors: Doubles) -> Nodes:
    """Neighbours under one branch as one node, where they are so few that the error stays as small as was asked for."""
    groups = len(max_errors)
    totals = np.bincount(nodes.owners, nodes.counts, groups)
    heights = np.zeros(groups, np.int64)
    between = _levels_between(nodes)
    inner = between <= _BITS
    np.maximum.at(heights, nodes.owners[:-1][inner], between[inner])
    factors = np.maximum(((heights + 1) / max_errors).astype(np.int64), 1)
    bounds = np.floor(totals / factors)
    if not (bounds > 1).any():
        return nodes
    # What has grown too heavy at a level stays as it is at the higher ones.
    done = np.zeros(len(nodes.owners), bool)
    for level in range(1, int(heights.max()) + 1):
        nodes, done = _raised(nodes, done, level, bounds)
    return nodes


def _raised(
    nodes: Nodes, done: npt.NDArray[np.bool_], level: int, bounds: Doubles
) -> tuple[Nodes, npt.NDArray[np.bool_]]:
    prefixes = nodes.values >> np.uint64(level) if level < _BITS else np.zeros_like(nodes.values)
    begins = np.ones(len(prefixes), bool)
    begins[1:] = (prefixes[1:] != prefixes[:-1]) | (nodes.owners[1:] != nodes.owners[:-1])
    starts = np.flatnonzero(begins)
    sums = np.add.reduceat(nodes.counts, starts)
    sizes = np.diff(np.append(starts, len(prefixes)))
    open_ = ~np.logical_or.reduceat(done, starts) & (sums < bounds[nodes.owners[starts]])
    together = open_ & (sizes > 1)
    done = done | ~np.repeat(open_, sizes)
    joined = np.repeat(together, sizes)
    kept = np.flatnonzero(~joined | begins)
    counts = np.where(joined, np.repeat(sums, sizes), nodes.counts)[kept]
    levels = np.where(joined, level, nodes.levels).astype(np.uint8)[kept]
    return Nodes(nodes.owners[kept], nodes.values[kept] & ~_mask(levels), levels, counts), done[kept]


def _levels_between(nodes: Nodes) -> Integers:
    """The level of the branch between each node and the next one: how many low bits differ; 65 between digests."""
    differences = nodes.values[1:] ^ nodes.values[:-1]
    high = (differences >> np.uint64(32)).astype(np.float64)
    low = (differences & np.uint64(0xFFFFFFFF)).astype(np.float64)
    bits = np.where(high > 0, np.frexp(high)[1] + 32, np.frexp(low)[1]).astype(np.int64)
    return np.where(nodes.owners[1:] != nodes.owners[:-1], _BITS + 1, bits)


def written(nodes: Nodes, heads: list[tuple[float, int, int]], absent: npt.NDArray[np.bool_]) -> pa.Array:
    """The bytes of each digest, of which ``heads`` gives error, minimum and maximum; NULL where ``absent``."""
    places, stored = _in_post_order(nodes)
    counts = np.bincount(nodes.owners[places], minlength=len(heads))
    ends = np.cumsum(counts * _NODE.itemsize).tolist()
    data = memoryview(stored.tobytes())
    parts: list[bytes | memoryview] = []
    for (max_error, minimum, maximum), count, start, end in zip(heads, counts.tolist(), [0, *ends], ends, strict=False):
        parts += [_HEAD.pack(0, max_error, 0.0, 0, minimum, maximum, count), data[start:end]]
    offsets = offsets_from(counts * _NODE.itemsize + _HEAD.size).astype(np.int32)
    bitmap = pa.py_buffer(np.packbits(~absent, bitorder="little"))
    content = pa.py_buffer(b"".join(parts))
    return pa.Array.from_buffers(pa.binary(), len(heads), [bitmap, pa.py_buffer(offsets), content])


def _in_post_order(nodes: Nodes) -> tuple[Integers, npt.NDArray[np.void]]:
    """All nodes with the branches between them: the leaf behind which each is written, and itself.

    A branch comes behind the last leaf that it spans: the one before the next branch of a higher level.
    """
    count = len(nodes.owners)
    between = _levels_between(nodes)
    ends, starts, levels = _spans(between)
    # Behind a leaf come the branches that end with it, lower ones first.
    order = np.argsort(ends * (_BITS + 1) + levels)
    ends, starts, levels = ends[order], starts[order], levels[order]
    of_leaves = np.arange(count) + offsets_from(np.bincount(ends, minlength=count))[:-1]
    of_branches = np.arange(len(ends)) + ends + 1
    total = count + len(ends)
    structures, counts = np.empty(total, np.uint8), np.zeros(total)
    values, places = np.empty(total, np.uint64), np.empty(total, np.int64)
    structures[of_leaves] = np.maximum(nodes.levels, 1) - np.uint8(1) << np.uint8(2)
    structures[of_branches] = ((levels - 1) << 2) | _HAS_LEFT | _HAS_RIGHT
    counts[of_leaves] = nodes.counts
    values[of_leaves], values[of_branches] = nodes.values, nodes.values[starts]
    places[of_leaves], places[of_branches] = np.arange(count), ends
    stored = np.empty(total, _NODE)
    stored["structure"], stored["count"], stored["value"] = structures, counts, values
    return places, stored


def _spans(between: Integers) -> tuple[Integers, Integers, Integers]:
    """The last and the first leaf of each branch, and its level, lower ones first.

    Once the lower branches are taken away, those beside a branch are higher ones, or digests' ends: two of the same
    level have a higher one between them.
    """
    heights = np.concatenate(([_BITS + 1], between, [_BITS + 1]))
    left = np.arange(len(heights))
    ends, starts, levels = ([np.zeros(0, np.int64)] for _ in range(3))
    for level in np.flatnonzero(np.bincount(between)[: _BITS + 1]).tolist():
        here = heights == level
        at = np.flatnonzero(here)
        ends.append(left[at + 1] - 1)
        starts.append(left[at - 1])
        levels.append(np.full(len(at), level))
        others = np.flatnonzero(~here)
        heights, left = heights[others], left[others]
    return np.concatenate(ends), np.concatenate(starts), np.concatenate(levels)
