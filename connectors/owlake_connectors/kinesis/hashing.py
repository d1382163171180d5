"""Which shard a record belongs to: MD5 of its partition key, as an unsigned number of 128 bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:  # CPython's own: half the time of OpenSSL's for so few bytes.
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:  # pragma: no cover  (builds that leave it to OpenSSL)
    from hashlib import md5

MAX_HASH_KEY = (1 << 128) - 1

_WORD = np.dtype(">u8")
_BYTE = 256
_KNOWN = 16_384
"""Of so many keys the place is kept."""


def hash_key(partition_key: str) -> int:
    """The hash key of a partition key."""
    return int.from_bytes(md5(partition_key.encode()).digest())


def even_ranges(count: int) -> list[tuple[int, int]]:
    """The hash space in so many ranges of one width; the last has what is left over."""
    width = (MAX_HASH_KEY + 1) // count
    starts = [number * width for number in range(count)]
    return list(zip(starts, [start - 1 for start in starts[1:]] + [MAX_HASH_KEY], strict=True))


class Ring:
    """The open shards of a stream by their ranges, which tile the hash space."""

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = list(starts)
        self._first_words = np.array([start >> 64 for start in self._starts], np.uint64)
        self._last_words = [start & ((1 << 64) - 1) for start in self._starts]
        # A start whose last word is zero is decided by the first word alone.
        self._plain = not any(self._last_words)
        # Keys come again and again: most streams have fewer of them than a batch has records.
        self._known: dict[str, int] = {}

    def place(self, key: int) -> int:
        """The place of the range that a hash key is in."""
        words = np.array([[key >> 64, key & ((1 << 64) - 1)]], np.uint64)
        return int(self._places(words)[0])

    def places(self, partition_keys: Sequence[str]) -> NDArray[Any]:
        """The place of each partition key's range."""
        if len(self._starts) == 1:
            return np.zeros(len(partition_keys), np.int64)
        known = self._known
        try:
            places = list(map(known.__getitem__, partition_keys))
        except KeyError:
            unknown = [key for key in partition_keys if key not in known]
            found = dict(zip(unknown, self._hashed(unknown).tolist(), strict=True))
            if len(known) + len(found) > _KNOWN:
                found = {key: known[key] for key in partition_keys if key in known} | found
                known.clear()
            known.update(found)
            places = list(map(known.__getitem__, partition_keys))
        if len(self._starts) <= _BYTE:
            # Made and sorted in a fraction of the time that wide numbers take.
            return np.frombuffer(bytearray(places), np.uint8)
        return np.array(places, np.int64)

    def _hashed(self, partition_keys: Sequence[str]) -> NDArray[np.int64]:
        digests = b"".join([md5(key.encode()).digest() for key in partition_keys])
        return self._places(np.frombuffer(digests, _WORD).reshape(-1, 2).astype(np.uint64))

    def _places(self, words: NDArray[np.uint64]) -> NDArray[np.int64]:
        first = words[:, 0]
        found = np.searchsorted(self._first_words, first, side="right").astype(np.int64) - 1
        if self._plain:
            return found
        for row in np.flatnonzero(self._first_words[found] == first):
            # The first words are equal: as good as never, and then the last ones decide.
            while self._first_words[found[row]] == first[row] and self._last_words[found[row]] > int(words[row, 1]):
                found[row] -= 1
        return found
