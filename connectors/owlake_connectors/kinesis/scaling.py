"""Scaling streams on demand: a shard that takes more than 500 KB a second is split, within a quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from owlake.spi import LogSpan, to_microseconds
from owlake_connectors.kinesis.model import Stream
from owlake_connectors.kinesis.resharding import Lineage
from owlake_connectors.kinesis.store import StreamStore

HOT_BYTES = 500_000
"""A second, of a shard."""
WINDOW = timedelta(minutes=15)
_MINUTE = 60_000_000


def scale_on_demand(store: StreamStore) -> None:
    """Split the hot shards of every stream on demand."""
    for name in store.names():
        stream = store.find(name)
        if stream is None or stream.mode != "ON_DEMAND" or stream.status != "ACTIVE":
            continue
        hot = hot_shards(store, stream, store.now())
        if not hot:
            continue
        with store.changing(name) as change:
            lineage = Lineage(change.stream.shards, change.now, change.head.ordinal)
            for shard in change.stream.open_shards:
                if shard.number in hot and shard.start + 1 < (shard.start + shard.end) // 2:
                    lineage.split(shard, (shard.start + shard.end) // 2)
            change.reshard(lineage)


def hot_shards(store: StreamStore, stream: Stream, now: datetime) -> set[int]:
    """The open shards that took more than they should in any minute of the last quarter of an hour."""
    since = to_microseconds(now - WINDOW)
    taken: dict[tuple[int, int], int] = {}
    for _, runs in store.log(stream).reader.runs(LogSpan(since=since)):
        minutes = runs["arrival"] // _MINUTE
        found, places = np.unique(np.stack([runs["shard"].astype(np.int64), minutes]), axis=1, return_inverse=True)
        sums = np.bincount(places.ravel(), weights=runs["bytes"])
        for (shard, minute), total in zip(found.T.tolist(), sums.tolist(), strict=True):
            taken[shard, minute] = taken.get((shard, minute), 0) + int(total)
    still_open = {one.number for one in stream.open_shards}
    return {shard for (shard, _), total in taken.items() if shard in still_open and total > HOT_BYTES * 60}
