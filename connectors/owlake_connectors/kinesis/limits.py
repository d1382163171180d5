"""Rates of shards: buckets of tokens that fill with the home's time, shared by all processes of the home.

A shard takes 1 MiB and 1,000 records a second, and gives 2 MiB and answers 5 calls. Writers are refused record by
record; a reader who took more than a second's worth waits until that is made up for.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from owlake.spi import FileLock

MIB = 1 << 20
WRITE_BYTES, WRITE_RECORDS = MIB, 1000
READ_BYTES, READ_CALLS, ITERATOR_CALLS = 2 * MIB, 5, 5
"""Of one shard, in a second."""

_WRITE_BYTES, _WRITE_RECORDS, _READ_BYTES, _READ_CALLS, _ITERATOR_CALLS = range(5)
_BUCKETS = 8
"""Of a shard; each is its tokens and when they were counted."""
_SHARDS = 256
"""By so many the file grows."""


class ShardRates:
    """The buckets of a stream's shards. ``scale``: what the service's rates are multiplied by."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "rates"
        self._lock = FileLock(directory / "rates.lock")
        self._map: mmap.mmap | None = None

    def admit(
        self, shard: int, sizes: Sequence[int], now: int, *, scale: float, burst: int = WRITE_BYTES
    ) -> list[bool]:
        """Which of the records (of these sizes, in this order) a shard takes at a time."""
        with self._of(shard) as buckets:
            room = _filled(buckets[_WRITE_BYTES], now, WRITE_BYTES * scale, max(WRITE_BYTES * scale, burst))
            count = _filled(buckets[_WRITE_RECORDS], now, WRITE_RECORDS * scale, WRITE_RECORDS * scale)
            admitted = []
            for size in sizes:
                fits = size <= room and count >= 1
                admitted.append(fits)
                if fits:
                    room -= size
                    count -= 1
            buckets[_WRITE_BYTES, 0], buckets[_WRITE_RECORDS, 0] = room, count
        return admitted

    def admit_read(self, shard: int, now: int, *, scale: float) -> bool:
        """Whether a shard answers another GetRecords."""
        with self._of(shard) as buckets:
            if _filled(buckets[_READ_BYTES], now, READ_BYTES * scale, READ_BYTES * scale) < 0:
                return False
            return _take(buckets[_READ_CALLS], now, READ_CALLS * scale)

    def note_read(self, shard: int, size: int, now: int, *, scale: float) -> None:
        """A reader got so many bytes; more than a second's worth have to be waited for in full."""
        with self._of(shard) as buckets:
            most = READ_BYTES * scale
            left = _filled(buckets[_READ_BYTES], now, most, most)
            buckets[_READ_BYTES, 0] = (left if size <= most else min(left, 0)) - size

    def admit_iterator(self, shard: int, now: int, *, scale: float) -> bool:
        """Whether a shard answers another GetShardIterator."""
        with self._of(shard) as buckets:
            return _take(buckets[_ITERATOR_CALLS], now, ITERATOR_CALLS * scale)

    def close(self) -> None:
        """Let go of the files."""
        self._lock.close()
        if self._map is not None:
            self._map.close()

    @contextmanager
    def _of(self, shard: int) -> Iterator[NDArray[np.float64]]:
        """The buckets of a shard, which nobody else looks at meanwhile."""
        with self._lock:
            size = 16 * _BUCKETS
            needed = (shard // _SHARDS + 1) * _SHARDS * size
            if self._map is None or len(self._map) < needed:
                self._map = _grown(self._path, needed)
            yield np.frombuffer(self._map, np.float64, 2 * _BUCKETS, shard * size).reshape(_BUCKETS, 2)


def _grown(path: Path, size: int) -> mmap.mmap:
    """The file as memory, with at least this size; new buckets are empty as of time 0: full by now."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        missing = size - os.fstat(descriptor).st_size
        if missing > 0:
            # Written, not only made longer: a mapped page without a place on the disk kills.
            os.pwrite(descriptor, b"\0" * missing, size - missing)
        return mmap.mmap(descriptor, 0)
    finally:
        os.close(descriptor)


def _filled(bucket: NDArray[np.float64], now: int, rate: float, most: float) -> float:
    """The tokens of a bucket by now. A clock that was put back fills nothing."""
    tokens, counted = bucket
    tokens = min(most, tokens + max(now - counted, 0) / 1e6 * rate)
    bucket[:] = tokens, now
    return float(tokens)


def _take(bucket: NDArray[np.float64], now: int, rate: float) -> bool:
    if _filled(bucket, now, rate, rate) < 1:
        return False
    bucket[0] -= 1
    return True
