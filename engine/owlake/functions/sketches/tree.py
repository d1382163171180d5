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
Levels = npt.NDArray[np.uint8]

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
    levels: Levels
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


def _mask(levels: Levels) -> Words:
    """As many low bits as each level says."""
    wide = levels.astype(np.uint64)
    return np.where(wide >= _BITS, ~np.uint64(0), (np.uint64(1) << (wide % np.uint64(_BITS))) - np.uint64(1))


def compressed(nodes: Nodes, max_errors: Doubles) -> Nodes:
    """Neighbours under one branch as one node, where they are so few that the error stays as small as was asked for."""
    groups = len(max_errors)
    totals = np.bincount(nodes.owners, nodes.counts, groups)
    heights = np.zeros(groups, np.int64)
    ends = offsets_from(np.bincount(nodes.owners, minlength=groups))
    present = np.flatnonzero(np.diff(ends))
    # The highest branch is the one between the least and the greatest value.
    heights[present] = _bits(nodes.values[ends[present]] ^ nodes.values[ends[present + 1] - 1])
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


def _levels_between(nodes: Nodes) -> Levels:
    """The level of the branch between each node and the next one: how many low bits differ; 65 between digests."""
    bits = _bits(nodes.values[1:] ^ nodes.values[:-1])
    bits[nodes.owners[1:] != nodes.owners[:-1]] = _BITS + 1
    return bits


def _bits(words: Words) -> Levels:
    """How many bits each number has, 0 for 0."""
    # Without the bit below the highest one none is rounded up to a number of more bits.
    return np.frexp((words & ~(words >> np.uint64(1))).astype(np.float64))[1].astype(np.uint8)


def written(nodes: Nodes, heads: list[tuple[float, int, int]], absent: npt.NDArray[np.bool_]) -> pa.Array:
    """The bytes of each digest, of which ``heads`` gives error, minimum and maximum; NULL where ``absent``."""
    counts, stored = _in_post_order(nodes, len(heads))
    ends = np.cumsum(counts * _NODE.itemsize).tolist()
    data = stored.view(np.uint8).data
    parts: list[bytes | memoryview] = []
    for (max_error, minimum, maximum), count, start, end in zip(heads, counts.tolist(), [0, *ends], ends, strict=False):
        parts += [_HEAD.pack(0, max_error, 0.0, 0, minimum, maximum, count), data[start:end]]
    offsets = offsets_from(counts * _NODE.itemsize + _HEAD.size).astype(np.int32)
    bitmap = pa.py_buffer(np.packbits(~absent, bitorder="little"))
    content = pa.py_buffer(b"".join(parts))
    return pa.Array.from_buffers(pa.binary(), len(heads), [bitmap, pa.py_buffer(offsets), content])


def _in_post_order(nodes: Nodes, digests: int) -> tuple[Integers, npt.NDArray[np.void]]:
    """All nodes with the branches between them, as they are written, and how many each digest has.

    A branch comes behind the last leaf that it spans: the one before the next branch of a higher level.
    """
    count = len(nodes.owners)
    ends, starts, levels, ranks = _spans(_levels_between(nodes))
    # Behind a leaf come the branches that end with it, lower ones first.
    of_leaves = np.arange(count) + offsets_from(np.bincount(ends, minlength=count))[:-1]
    of_branches = of_leaves[ends] + 1 + ranks
    stored = np.zeros(count + len(ends), _NODE)
    stored["structure"][of_leaves] = np.maximum(nodes.levels, 1) - np.uint8(1) << np.uint8(2)
    stored["structure"][of_branches] = ((levels - np.uint8(1)) << np.uint8(2)) | np.uint8(_HAS_LEFT | _HAS_RIGHT)
    stored["count"][of_leaves] = nodes.counts
    stored["value"][of_leaves], stored["value"][of_branches] = nodes.values, nodes.values[starts]
    leaves = np.bincount(nodes.owners, minlength=digests)
    return np.maximum(2 * leaves - 1, 0), stored


def _spans(between: Levels) -> tuple[Integers, Integers, Levels, Integers]:
    """The last and the first leaf of each branch, its level, and how many lower ones have the same last leaf.

    Once the lower branches are taken away, those beside a branch are higher ones, or digests' ends: two of the same
    level have a higher one between them.
    """
    around = np.array([_BITS + 1], np.uint8)
    heights = np.concatenate((around, between, around))
    left = np.arange(len(heights))
    behind = np.zeros(len(heights), np.int64)
    ends, starts, ranks = ([np.zeros(0, np.int64)] for _ in range(3))
    levels = [np.zeros(0, np.uint8)]
    for level in np.flatnonzero(np.bincount(between)[: _BITS + 1]).tolist():
        here = heights == level
        at = np.flatnonzero(here)
        ends.append(left[at + 1] - 1)
        starts.append(left[at - 1])
        levels.append(np.full(len(at), level, np.uint8))
        ranks.append(behind[ends[-1]])
        behind[ends[-1]] += 1
        others = np.flatnonzero(~here)
        heights, left = heights[others], left[others]
    return np.concatenate(ends), np.concatenate(starts), np.concatenate(levels), np.concatenate(ranks)
