"""A stream that is being changed: nobody else writes to it, and its rows are in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from owlake.spi import LogHead, to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.model import Consumer, MetricName, Stream, StreamStatus
from owlake_connectors.kinesis.resharding import Lineage
from owlake_connectors.kinesis.rows import insert_shard, read_tags, update_stream, write_tags

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a stream.

    Attributes:
        stream: As it was before.
        head: Of its log.
        settles: When a transition that begins now is over; None: at once.
    """

    connection: sqlite3.Connection
    stream: Stream
    head: LogHead
    now: datetime
    settles: datetime | None

    def set(self, **columns: object) -> None:
        """Let columns of the stream's row have these values."""
        update_stream(self.connection, self.stream.id, columns)

    def set_metrics(self, metrics: Sequence[MetricName]) -> None:
        """Keep these metrics of each shard."""
        self.set(shard_level_metrics=json.dumps(metrics))

    def begin(self, status: StreamStatus) -> None:
        """Let the stream be on its way to another state, for as long as that takes."""
        if self.settles is not None:
            self.set(status=status, settles=to_microseconds(self.settles))

    def reshard(self, lineage: Lineage) -> None:
        """Let the stream have the shards that it was split and merged to."""
        for shard in lineage.changed.values():
            insert_shard(self.connection, self.stream.id, shard)
        if lineage.changed:
            self.begin("UPDATING")

    def count(self, kind: str, most: int | None, refusal: str) -> None:
        """Count what may be done so often in 24 hours. Errors: LimitExceededException."""
        id_, since = self.stream.id, to_microseconds(self.now - _DAY)
        self.connection.execute("DELETE FROM changes WHERE stream_id = ? AND made <= ?", (id_, since))
        query = "SELECT count(*) FROM changes WHERE stream_id = ? AND kind = ?"
        made = self.connection.execute(query, (id_, kind)).fetchone()[0]
        if most is not None and made >= most:
            raise errors.limit_exceeded(refusal)
        self.connection.execute("INSERT INTO changes VALUES (?, ?, ?)", (id_, kind, to_microseconds(self.now)))

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a resource."""
        return read_tags(self.connection, arn)

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags to a resource, or overwrite them."""
        write_tags(self.connection, arn, tags)

    def delete_consumer(self, consumer: Consumer) -> None:
        """Forget a consumer, or begin to."""
        key = (self.stream.id, consumer.name)
        if self.settles is not None:
            self.connection.execute(
                "UPDATE consumers SET status = 'DELETING', settles = ? WHERE stream_id = ? AND name = ?",
                (to_microseconds(self.settles), *key),
            )
            return
        self.connection.execute("DELETE FROM consumers WHERE stream_id = ? AND name = ?", key)
        self.connection.execute("DELETE FROM tags WHERE resource_arn = ?", (consumer.arn,))
