"""HyperLogLog's two forms, read, written, merged and counted.

A sketch of few values is sparse: for each prefix of 26 bits of the values' hashes that occurred, how many zeros
follow it. Beyond a number of entries it is dense: for each bucket, which is the prefix of ``p`` bits, the greatest
number of zeros plus one; four bits a bucket above the least of all, what does not fit behind them.

Format: https://github.com/airlift/airlift/blob/master/stats/docs/hll.md.
Estimate of dense sketches: O. Ertl, New cardinality estimation algorithms for HyperLogLog sketches, 2017, algorithm 6.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from owlake.errors import error

_SPARSE, _DENSE_V1, _DENSE = 2, 1, 3
_PREFIX_BITS = 26
_ZERO_BITS = 6
_MAX_DELTA = 15
_LINEAR_COUNTING_EMPTY = 0.4

Entries = npt.NDArray[np.uint32]
Registers = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class HyperLogLog:
    """A sketch with ``2 ** bits`` buckets: sparse ``entries`` in order, or a register for each bucket."""

    bits: int
    entries: Entries | None = None
    registers: Registers | None = None

    @classmethod
    def read(cls, data: bytes) -> HyperLogLog:
        """The sketch of its bytes. Errors: INVALID_CAST_ARGUMENT for bytes that are none."""
        try:
            if data[0] == _SPARSE:
                bits, count = struct.unpack_from("<Bh", data, 1)
                return cls(bits, entries=np.frombuffer(data, "<u4", count, 4))
            if data[0] in (_DENSE, _DENSE_V1):
                return cls(data[1], registers=_dense_registers(data))
        except (IndexError, struct.error, ValueError):
            pass
        raise error("INVALID_CAST_ARGUMENT", "Cannot deserialize HyperLogLog")

    def write(self) -> bytes:
        """The sketch's bytes."""
        if self.entries is not None:
            return struct.pack("<BBh", _SPARSE, self.bits, len(self.entries)) + self.entries.astype("<u4").tobytes()
        assert self.registers is not None
        return _dense_bytes(self.bits, self.registers)

    def dense(self) -> Registers:
        """A register for each bucket."""
        if self.registers is not None:
            return self.registers
        assert self.entries is not None
        registers = np.zeros(1 << self.bits, np.uint8)
        buckets, values = _buckets_of(self.entries, self.bits)
        np.maximum.at(registers, buckets, values)
        return registers

    @property
    def cardinality(self) -> int:
        """About how many different values were seen."""
        if self.entries is not None:
            buckets = 1 << _PREFIX_BITS
            return _rounded(buckets * math.log(buckets / (buckets - len(self.entries))))
        assert self.registers is not None
        return _estimate(self.registers, self.bits)


def of_hashes(owners: npt.NDArray[np.int64], hashes: npt.NDArray[np.uint64], groups: int, bits: int) -> list[bytes]:
    """The sketches of the hashes of each group's values."""
    return _of_entries(owners, _entries_of(hashes), groups, bits)


def merged(sketches: Sequence[HyperLogLog], owners: npt.NDArray[np.int64], groups: int) -> list[bytes]:
    """The sketches of each group as one; they must have the same number of buckets."""
    kinds = sorted({1 << sketch.bits for sketch in sketches})
    if len(kinds) > 1:
        text = f"Cannot merge HLLs with different number of buckets: {kinds[0]} vs {kinds[1]}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    bits = sketches[0].bits if sketches else 12
    sparse = [sketch.entries for sketch in sketches if sketch.entries is not None]
    lengths = [0 if sketch.entries is None else len(sketch.entries) for sketch in sketches]
    entries = np.concatenate(sparse) if sparse else np.zeros(0, np.uint32)
    found = _of_entries(np.repeat(owners, lengths), entries, groups, bits)
    dense: dict[int, Registers] = {}
    for owner, sketch in zip(owners.tolist(), sketches, strict=True):
        if sketch.registers is not None:
            known = dense.get(owner)
            dense[owner] = sketch.registers if known is None else np.maximum(known, sketch.registers)
    for owner, registers in dense.items():
        together = np.maximum(registers, HyperLogLog.read(found[owner]).dense())
        found[owner] = _dense_bytes(bits, together)
    return found


def _entries_of(hashes: npt.NDArray[np.uint64]) -> Entries:
    prefixes = hashes >> np.uint64(64 - _PREFIX_BITS)
    rest = (hashes << np.uint64(_PREFIX_BITS)) | np.uint64(1 << (_PREFIX_BITS - 1))
    # Of the upper 53 bits, which a double holds exactly, the exponent is the place of the first one.
    zeros = (53 - np.frexp((rest >> np.uint64(11)).astype(np.float64))[1]).astype(np.uint64)
    return ((prefixes << np.uint64(_ZERO_BITS)) | zeros).astype(np.uint32)


def _of_entries(owners: npt.NDArray[np.int64], entries: Entries, groups: int, bits: int) -> list[bytes]:
    # The greatest number of zeros first of each prefix.
    mask = np.uint64((1 << _ZERO_BITS) - 1)
    keys = np.sort((owners.astype(np.uint64) << np.uint64(32)) | (entries.astype(np.uint64) ^ mask))
    first = np.ones(len(keys), bool)
    first[1:] = (keys[1:] >> np.uint64(_ZERO_BITS)) != (keys[:-1] >> np.uint64(_ZERO_BITS))
    kept = keys[first]
    counts = np.bincount((kept >> np.uint64(32)).astype(np.int64), minlength=groups)
    ends = np.cumsum(counts)
    unique = ((kept & np.uint64(0xFFFFFFFF)) ^ mask).astype(np.uint32)
    most = _most_entries(bits)
    found = []
    for count, end in zip(counts.tolist(), ends.tolist(), strict=True):
        sketch = HyperLogLog(bits, entries=unique[end - count : end])
        found.append(_dense_bytes(bits, sketch.dense()) if count > most else sketch.write())
    return found


def _most_entries(bits: int) -> int:
    """So many entries take less memory than the dense form; room for them is made ten by ten."""
    return ((1 << bits) // 8 + 3) // 10 * 10 + 1


def _buckets_of(entries: Entries, bits: int) -> tuple[npt.NDArray[np.int64], Registers]:
    buckets = (entries >> np.uint32(32 - bits)).astype(np.int64)
    rest = (entries.astype(np.uint64) << np.uint64(bits)) & np.uint64(0xFFFFFFFF)
    zeros = 32 - np.frexp(rest.astype(np.float64))[1]
    between = _PREFIX_BITS - bits
    behind = (entries & np.uint32((1 << _ZERO_BITS) - 1)).astype(np.int64)
    return buckets, (np.where(zeros >= between, between + behind, zeros) + 1).astype(np.uint8)


def _dense_bytes(bits: int, registers: Registers) -> bytes:
    baseline = int(registers.min())
    deltas = registers - np.uint8(baseline)
    over = np.flatnonzero(deltas > _MAX_DELTA)
    small = np.minimum(deltas, _MAX_DELTA)
    slots = ((small[0::2] << 4) | small[1::2]).astype(np.uint8)
    head = struct.pack("<BBB", _DENSE, bits, baseline)
    tail = over.astype("<u2").tobytes() + (deltas[over] - _MAX_DELTA).astype(np.uint8).tobytes()
    return head + slots.tobytes() + struct.pack("<H", len(over)) + tail


def _dense_registers(data: bytes) -> Registers:
    bits, baseline = data[1], data[2]
    half = 1 << (bits - 1)
    slots = np.frombuffer(data, np.uint8, half, 3)
    registers = np.empty(half * 2, np.uint8)
    registers[0::2], registers[1::2] = slots >> 4, slots & _MAX_DELTA
    registers += np.uint8(baseline)
    at = 3 + half
    if data[0] == _DENSE_V1:
        bucket, value = struct.unpack_from("<hb", data, at)
        if bucket >= 0 and value > 0:
            registers[bucket] += value
        return registers
    (count,) = struct.unpack_from("<H", data, at)
    over = np.frombuffer(data, "<u2", count, at + 2)
    registers[over] += np.frombuffer(data, np.uint8, count, at + 2 + 2 * count)
    return registers


def _estimate(registers: Registers, bits: int) -> int:
    buckets = 1 << bits
    highest = 64 - bits
    counts: Any = np.bincount(registers, minlength=highest + 2)
    if counts[0] > _LINEAR_COUNTING_EMPTY * buckets:
        return _rounded(buckets * math.log(buckets / counts[0]))
    total = buckets * _tau(1 - counts[highest + 1] / buckets)
    for value in range(highest, 0, -1):
        total = 0.5 * (total + counts[value])
    total += buckets * _sigma(counts[0] / buckets)
    return _rounded(buckets * buckets / (2 * math.log(2) * total))


def _sigma(share: float) -> float:
    if share == 1:
        return math.inf
    total, weight, last = share, 1.0, -1.0
    while total != last:
        share *= share
        last = total
        total += share * weight
        weight += weight
    return total


def _tau(share: float) -> float:
    if share in (0, 1):
        return 0.0
    total, weight, last = 1 - share, 1.0, -1.0
    while total != last:
        share = math.sqrt(share)
        last = total
        weight *= 0.5
        total -= (1 - share) ** 2 * weight
    return total / 3


def _rounded(number: float) -> int:
    return math.floor(number + 0.5)
