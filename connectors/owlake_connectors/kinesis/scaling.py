"""Scaling streams on demand, as the service does it by what is put into them.

A shard that takes more than 500 KB a second is split within a quarter of an hour. A stream has room for twice the most
that it took in the last 30 days; shards beyond that are merged with their neighbours, once both have been there and
taken little for a day: a shard that is hot because of one key would be split again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from owlake.spi import LogSpan, to_microseconds
from owlake_connectors.kinesis.model import Shard, Stream
from owlake_connectors.kinesis.resharding import Lineage
from owlake_connectors.kinesis.store import StreamStore

HOT_BYTES, SHARD_BYTES = 500_000, 1 << 20
"""A second: what a shard may take before it is split, and what it can take."""
LEAST_SHARDS = 4
WINDOW, COLD_WINDOW, PEAK_WINDOW = timedelta(minutes=15), timedelta(days=1), timedelta(days=30)
_MINUTE = 60_000_000


def scale_on_demand(store: StreamStore) -> None:
    """Split the hot shards of every stream on demand, and merge those that are not needed any more."""
    now = store.now()
    for name in store.names():
        stream = store.find(name)
        if stream is None or stream.mode != "ON_DEMAND" or stream.status != "ACTIVE":
            continue
        hot = {one for one, rate in busiest(store, stream, now - WINDOW).items() if rate > HOT_BYTES}
        spare = len(stream.open_shards) - needed_shards(store, stream, now)
        pairs = cold_pairs(store, stream, now)[:spare] if spare > 0 and not hot else []
        if not hot and not pairs:
            continue
        with store.changing(name) as change:
            open_ = {one.number: one for one in change.stream.open_shards}
            lineage = Lineage(change.stream.shards, change.now, change.head.ordinal)
            for number in sorted(hot & open_.keys()):
                shard = open_[number]
                if shard.start + 1 < (shard.start + shard.end) // 2:
                    lineage.split(shard, (shard.start + shard.end) // 2)
            for first, second in pairs:
                if first in open_ and second in open_:
                    lineage.merge(open_[first], open_[second])
            change.reshard(lineage)


def busiest(store: StreamStore, stream: Stream, since: datetime) -> dict[int, float]:
    """The most that shards took since a time, in bytes a second over a minute; those without records are left out."""
    taken: dict[tuple[int, int], int] = {}
    for _, runs in store.log(stream).reader.runs(LogSpan(since=to_microseconds(since))):
        minutes = runs["arrival"] // _MINUTE
        found, places = np.unique(np.stack([runs["shard"].astype(np.int64), minutes]), axis=1, return_inverse=True)
        sums = np.bincount(places.ravel(), weights=runs["bytes"])
        for (shard, minute), total in zip(found.T.tolist(), sums.tolist(), strict=True):
            taken[shard, minute] = taken.get((shard, minute), 0) + int(total)
    most: dict[int, float] = {}
    for (shard, _), total in taken.items():
        most[shard] = max(most.get(shard, 0), total / 60)
    return most


def needed_shards(store: StreamStore, stream: Stream, now: datetime) -> int:
    """How many shards have room for twice the most that a stream took in 30 days, and for what it is warm for."""
    store.metrics.flush()
    with store.database.read() as connection:
        (most,) = connection.execute(
            "SELECT coalesce(max(total), 0) FROM metrics"
            " WHERE stream_id = ? AND shard_id = '' AND metric = 'IncomingBytes' AND minute >= ?",
            (stream.id, to_microseconds(now - PEAK_WINDOW)),
        ).fetchone()
    return max(LEAST_SHARDS, int(-(-2 * most / 60 // SHARD_BYTES)), stream.warm_throughput_mibps or 0)


def cold_pairs(store: StreamStore, stream: Stream, now: datetime) -> list[tuple[int, int]]:
    """Neighbours that would not be hot as one shard, the coldest first and of these the narrowest; each shard once."""
    rates = busiest(store, stream, now - COLD_WINDOW)
    pairs = [
        (first, second)
        for first, second in pairwise(stream.open_shards)
        if max(first.opened, second.opened) <= now - COLD_WINDOW and _rate(rates, (first, second)) <= HOT_BYTES
    ]
    found: list[tuple[int, int]] = []
    for first, second in sorted(pairs, key=lambda pair: (_rate(rates, pair), pair[1].end - pair[0].start)):
        if not {first.number, second.number}.intersection(number for pair in found for number in pair):
            found.append((first.number, second.number))
    return found


def _rate(rates: Mapping[int, float], shards: Iterable[Shard]) -> float:
    return sum(rates.get(one.number, 0) for one in shards)
