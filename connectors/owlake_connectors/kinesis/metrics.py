"""Metrics of streams and shards: added up by the minute, and written down now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from owlake.spi import OwlakeError

if TYPE_CHECKING:
    from owlake_connectors.kinesis.model import Stream
    from owlake_connectors.kinesis.store import StreamStore

_MINUTE = 60_000_000
_PAUSE = 5.0
"""Seconds between two writes."""

Key = tuple[int, str, str, int]
"""The stream's id, the shard's ("" for all of them), the metric, the minute."""


class Metrics:
    """What this process has counted and not yet written. Safe for threads."""

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._counted: dict[Key, tuple[int, float, float, float]] = {}
        self._written = time.monotonic()

    def add(self, stream: int, shard: str, values: Mapping[str, float], now: int) -> None:
        """Count values of metrics, one of each, at a time in microseconds."""
        minute = now // _MINUTE * _MINUTE
        with self._guard:
            for metric, value in values.items():
                key = (stream, shard, metric, minute)
                samples, total, least, greatest = self._counted.get(key, (0, 0.0, value, value))
                self._counted[key] = samples + 1, total + value, min(least, value), max(greatest, value)
        if time.monotonic() - self._written > _PAUSE:
            self.flush()

    def add_of_shard(self, stream: Stream, shard: str, values: Mapping[str, float], now: int) -> None:
        """Count those values that are kept of each shard."""
        if stream.shard_level_metrics:
            kept: dict[str, float] = {
                name: value for name, value in values.items() if name in stream.shard_level_metrics
            }
            self.add(stream.id, shard, kept, now)

    def flush(self) -> None:
        """Write down what was counted."""
        with self._guard:
            counted, self._counted = self._counted, {}
            self._written = time.monotonic()
        if not counted:
            return
        try:
            self._write(counted)
        except OwlakeError:
            # The disk is full, or the database busy: metrics are not worth a put.
            return

    def _write(self, counted: dict[Key, tuple[int, float, float, float]]) -> None:
        with self._store.database.write() as connection:
            there = {id_ for (id_,) in connection.execute("SELECT id FROM streams")}
            connection.executemany(
                "INSERT INTO metrics (stream_id, shard_id, metric, minute, samples, total, least, greatest)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET samples = samples + excluded.samples,"
                " total = total + excluded.total, least = min(least, excluded.least),"
                " greatest = max(greatest, excluded.greatest)",
                [(*key, *values) for key, values in counted.items() if key[0] in there],
            )
