"""SpookyHash, version 2, of whole arrays.

The algorithm is Bob Jenkins's (https://burtleburtle.net/bob/hash/spooky.html, public domain): 32 bytes at a time in
four words of state for values shorter than 192 bytes, 96 bytes at a time in twelve for the others. Here each step is
done for all values that still have bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.functions.arrays import Integers
from owlake.functions.octets import Bytes, octets

Words = npt.NDArray[np.uint64]

_CONSTANT = np.uint64(0xDEADBEEFDEADBEEF)
_LONG = 192
_BLOCK = 96
_SHORT_MIX = (50, 52, 30, 41, 54, 48, 38, 37, 62, 34, 5, 36)
_SHORT_END = (15, 52, 26, 51, 28, 9, 47, 54, 32, 25, 63)
_LONG_MIX = (11, 32, 43, 31, 17, 28, 39, 57, 55, 54, 22, 46)
_LONG_END = (44, 15, 34, 21, 38, 33, 10, 13, 38, 53, 42, 54)


def spooky_hash(values: pa.Array) -> Words:
    """The 64-bit hash with seed 0 of each value; of a NULL that of no bytes."""
    source = octets(values)
    message = _Message(source.data, source.starts, source.lengths)
    result = np.empty(len(source), np.uint64)
    short = source.lengths < _LONG
    with np.errstate(over="ignore"):
        for rows, hashed in ((np.flatnonzero(short), _short), (np.flatnonzero(~short), _long)):
            if len(rows):
                result[rows] = hashed(message.of(rows))
    return result


class _Message:
    """Values whose words can be read at any place, the lowest byte first; behind their end are zeros."""

    def __init__(self, data: Bytes, starts: Integers, lengths: Integers) -> None:
        self._data = data
        self._starts = starts
        self.lengths = lengths
        padded = np.concatenate((data, np.zeros(16, np.uint8)))
        self._words: Words = np.ndarray((len(padded) - 7,), "<u8", padded, 0, (1,))

    def __len__(self) -> int:
        return len(self.lengths)

    def of(self, rows: npt.NDArray[np.intp]) -> _Message:
        """Some of the values."""
        return _Message(self._data, self._starts[rows], self.lengths[rows])

    def word(self, at: Integers | int, rows: npt.NDArray[np.intp] | slice = slice(None)) -> Words:
        """The word at a place of each of these rows, as far as the value goes."""
        places = np.minimum(self._starts[rows] + at, len(self._words) - 1)
        left = np.clip(self.lengths[rows] - at, 0, 8)
        return self._words[places] & _MASKS[left]


_MASKS = np.array([(1 << (8 * count)) - 1 for count in range(9)], np.uint64)


def _rotated(words: Words, bits: int) -> Words:
    return (words << np.uint64(bits)) | (words >> np.uint64(64 - bits))


def _short(message: _Message) -> Words:
    state = [np.zeros(len(message), np.uint64) for _ in range(2)]
    state += [np.full(len(message), _CONSTANT) for _ in range(2)]
    blocks = message.lengths // 32
    for block in range(int(blocks.max())):
        rows = np.flatnonzero(blocks > block)
        a, b, c, d = (words[rows] for words in state)
        c, d = c + message.word(block * 32, rows), d + message.word(block * 32 + 8, rows)
        a, b, c, d = _short_mix([a, b, c, d])
        a, b = a + message.word(block * 32 + 16, rows), b + message.word(block * 32 + 24, rows)
        for words, part in zip(state, (a, b, c, d), strict=True):
            words[rows] = part
    return _short_rest(message, state, blocks * 32)


def _short_rest(message: _Message, state: list[Words], at: Integers) -> Words:
    """What follows the whole blocks: perhaps 16 bytes, then up to 15, then the length."""
    rows = np.flatnonzero(message.lengths - at >= 16)
    a, b, c, d = (words[rows] for words in state)
    c, d = c + message.word(at[rows], rows), d + message.word(at[rows] + 8, rows)
    for words, part in zip(state, _short_mix([a, b, c, d]), strict=True):
        words[rows] = part
    at[rows] += 16
    a, b, c, d = state
    empty = message.lengths == at
    d = d + (message.lengths.astype(np.uint64) << np.uint64(56))
    c = c + np.where(empty, _CONSTANT, message.word(at))
    d = d + np.where(empty, _CONSTANT, message.word(at + 8))
    return _short_end([a, b, c, d])[0]


def _short_mix(state: Sequence[Words]) -> list[Words]:
    words = list(state)
    for step, bits in enumerate(_SHORT_MIX):
        one, next_, far = (step + 2) % 4, (step + 3) % 4, step % 4
        words[one] = _rotated(words[one], bits) + words[next_]
        words[far] = words[far] ^ words[one]
    return words


def _short_end(state: Sequence[Words]) -> list[Words]:
    words = list(state)
    for step, bits in enumerate(_SHORT_END):
        one, next_ = (step + 2) % 4, (step + 3) % 4
        words[next_] = words[next_] ^ words[one]
        words[one] = _rotated(words[one], bits)
        words[next_] = words[next_] + words[one]
    return words


def _long(message: _Message) -> Words:
    state = [np.zeros(len(message), np.uint64) for _ in range(12)]
    for index in (2, 5, 8, 11):
        state[index] += _CONSTANT
    blocks = message.lengths // _BLOCK
    for block in range(int(blocks.max())):
        rows = np.flatnonzero(blocks > block)
        words = [one[rows] for one in state]
        _long_mix(words, [message.word(block * _BLOCK + 8 * index, rows) for index in range(12)])
        for one, part in zip(state, words, strict=True):
            one[rows] = part
    at = blocks * _BLOCK
    last = [message.word(at + 8 * index) for index in range(12)]
    last[11] = last[11] | ((message.lengths - at).astype(np.uint64) << np.uint64(56))
    state = [one + part for one, part in zip(state, last, strict=True)]
    for _ in range(3):
        _long_end(state)
    return state[0]


def _long_mix(words: list[Words], data: Sequence[Words]) -> None:
    for step, bits in enumerate(_LONG_MIX):
        words[step] = words[step] + data[step]
        words[(step + 2) % 12] = words[(step + 2) % 12] ^ words[(step + 10) % 12]
        words[(step + 11) % 12] = words[(step + 11) % 12] ^ words[step]
        words[step] = _rotated(words[step], bits)
        words[(step + 11) % 12] = words[(step + 11) % 12] + words[(step + 1) % 12]


def _long_end(words: list[Words]) -> None:
    for step, bits in enumerate(_LONG_END):
        words[(step + 11) % 12] = words[(step + 11) % 12] + words[(step + 1) % 12]
        words[(step + 2) % 12] = words[(step + 2) % 12] ^ words[(step + 11) % 12]
        words[(step + 1) % 12] = _rotated(words[(step + 1) % 12], bits)
