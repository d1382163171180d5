"""Splitting and merging shards: what becomes of a stream's shards, and which came from which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from owlake_connectors.kinesis.model import Shard


class Lineage:
    """The shards of a stream while they are split and merged. ``ordinal`` is that of the next record of its log."""

    def __init__(self, shards: Iterable[Shard], now: datetime, ordinal: int) -> None:
        self._shards = {one.number: one for one in shards}
        self._now = now
        self._ordinal = ordinal
        self.changed: dict[int, Shard] = {}

    def open_shards(self) -> list[Shard]:
        """Those that take records, in the order of their ranges."""
        return sorted((one for one in self._shards.values() if one.is_open), key=lambda one: one.start)

    def split(self, shard: Shard, key: int) -> None:
        """Two shards in place of one: up to a hash key, and from it on."""
        self._close(shard)
        self._add(shard.start, key - 1, (shard,))
        self._add(key, shard.end, (shard,))

    def merge(self, first: Shard, second: Shard) -> None:
        """One shard in place of two."""
        self._close(first)
        self._close(second)
        self._add(first.start, second.end, (first, second))

    def scale(self, target: int) -> None:
        """So many open shards: all are halved where there are too few, then neighbours merged while there are too many.

        That is what the service can be seen to do; the ranges are as even as that makes them.
        """
        shards = self.open_shards()
        if len(shards) < target:
            while len(shards) < target:
                for shard in shards:
                    self.split(shard, (shard.start + shard.end) // 2)
                shards = self.open_shards()
        while len(shards) > target:
            pairs = zip(shards[::2], shards[1::2], strict=False)
            for first, second in islice(pairs, len(shards) - target):
                self.merge(first, second)
            shards = self.open_shards()

    def _close(self, shard: Shard) -> None:
        self._put(replace(shard, closed=self._now, ended=self._ordinal))

    def _add(self, start: int, end: int, parents: tuple[Shard, ...]) -> None:
        # Later than its parents, also where they are of this very second.
        epoch = max(int(self._now.timestamp()), *(one.epoch for one in parents)) + 1
        first, second = (*parents, None)[:2]
        adjacent = None if second is None else second.number
        assert first is not None
        number = max(self._shards) + 1
        self._put(Shard(number, start, end, epoch, self._now, parent=first.number, adjacent_parent=adjacent))

    def _put(self, shard: Shard) -> None:
        self._shards[shard.number] = self.changed[shard.number] = shard
