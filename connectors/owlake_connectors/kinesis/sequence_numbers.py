"""Sequence numbers, in the service's own layout.

47 hexadecimal digits, written as a decimal of 56:

    2 | shard's second (9) | low digit of the shard | index (16) | 00 | second of writing (9) | shard (8) | 2

So numbers of one shard are ordered by their index, and those of a child, which has a later second, come after those of
its parents. The index of a record is its ordinal in the log of its stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, islice, repeat

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

STEP = 1 << 80
"""From a record's number to that of the next one written in the same second."""
LAST_INDEX = (1 << 63) - 1
"""What a closed shard ends with."""
DIGITS = 56

_LEAST, _BEYOND = 1 << 185, 3 << 184
_LIMB = 10**9
_LIMBS = 7
_STEP_LIMBS = [STEP // _LIMB**place % _LIMB for place in range(_LIMBS)]
_TRIPLES = np.array([b"%03d" % number for number in range(1000)], "S3")


@dataclass(frozen=True, slots=True)
class SequenceNumber:
    """What a sequence number says: its shard's second and number, the index, and the second of writing."""

    epoch: int
    shard: int
    index: int
    second: int

    def __int__(self) -> int:
        return compose(self.epoch, self.shard, self.index, self.second)

    def __str__(self) -> str:
        return str(int(self))


def compose(epoch: int, shard: int, index: int, second: int) -> int:
    """The number of these parts."""
    high = (2 << 36 | epoch) << 4 | shard & 0xF
    return (((high << 64 | index) << 8 << 36 | second) << 32 | shard) << 4 | 2


def parse(text: str) -> SequenceNumber | None:
    """What a number says; None for one that is none."""
    number = int(text) if text.isdecimal() and len(text) <= 60 else 0
    if not _LEAST <= number < _BEYOND or number & 0xF != 2:
        return None
    shard = number >> 4 & 0xFFFFFFFF
    found = SequenceNumber(
        epoch=number >> 148 & (1 << 36) - 1,
        shard=shard,
        index=number >> 80 & (1 << 64) - 1,
        second=number >> 36 & (1 << 36) - 1,
    )
    return found if int(found) == number else None


def texts(first: int, count: int) -> list[str]:
    """The numbers of records that were written one after the other, from that of the first on."""
    # Of numbers the same text as str's, a tenth sooner.
    return list(map(repr, islice(accumulate(repeat(STEP), initial=first), count)))


def text_array(firsts: list[int], counts: NDArray[np.int64]) -> pa.StringArray:
    """The numbers of several runs of records, each from that of its first on: the same texts, as whole arrays."""
    total = int(counts.sum())
    starts = np.cumsum(counts) - counts
    within = np.arange(total, dtype=np.uint64) - np.repeat(starts.astype(np.uint64), counts)
    digits = np.empty((total, 3 * _LIMBS), _TRIPLES.dtype)
    carry = np.zeros(total, np.uint64)
    for place in range(_LIMBS):
        limbs = np.array([first // _LIMB**place % _LIMB for first in firsts], np.uint64)
        carry += np.repeat(limbs, counts)
        if _STEP_LIMBS[place]:
            carry += within * np.uint64(_STEP_LIMBS[place])
        following = carry // np.uint64(_LIMB)
        limb = (carry - following * np.uint64(_LIMB)).astype(np.uint32)
        carry = following
        at = 3 * (_LIMBS - place) - 1
        for triple in (at, at - 1, at - 2):
            above = limb // np.uint32(1000)
            digits[:, triple] = _TRIPLES[limb - above * np.uint32(1000)]
            limb = above
    content = np.ascontiguousarray(digits.view(np.uint8).reshape(total, 9 * _LIMBS)[:, -DIGITS:])
    offsets = np.arange(total + 1, dtype=np.int32) * np.int32(DIGITS)
    return pa.Array.from_buffers(pa.string(), total, [None, pa.py_buffer(offsets), pa.py_buffer(content)])
