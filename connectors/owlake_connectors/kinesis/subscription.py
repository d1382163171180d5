"""A subscription of a consumer to a shard: what enhanced fan-out pushes, as events.

An event is made when it is asked for; who asks waits until there are records, or for an empty event, which says how far
the shard was read. Waiting goes by the home's clock. A virtual clock stands still meanwhile: there it takes a glance
instead, and counts as time that passed for the subscription alone. So one thread can read a stream to its end.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from owlake.spi import Columns, OwlakeError, check_stopped, to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.limits import READ_BYTES
from owlake_connectors.kinesis.model import Consumer, Shard, Stream
from owlake_connectors.kinesis.operations.shapes import (
    ChildShard,
    Record,
    SequenceNumberText,
    child_shards,
)
from owlake_connectors.kinesis.reading import Found, Most, read_shard
from owlake_connectors.kinesis.sequence_numbers import SequenceNumber
from owlake_connectors.kinesis.store import StreamStore

LIFETIME = timedelta(minutes=5)
PROTECTED = timedelta(seconds=5)
"""For so long no other one takes a subscription over."""
HEARTBEAT = timedelta(seconds=5)
"""An event comes at least that often."""
_MOST = Most(10_000, 1 << 20)
_GLANCE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class SubscribeToShardEvent:
    """Records of a shard, and the number to subscribe with after them; none where the shard was read to its end."""

    records: Columns[Record]
    continuation_sequence_number: SequenceNumberText | None
    millis_behind_latest: int
    child_shards: list[ChildShard] | None


@dataclass(slots=True)
class Subscription:
    """A subscription while it lives. ``position``: the ordinal to go on from; ``began``: by the home's clock."""

    store: StreamStore
    stream: Stream
    consumer: Consumer
    shard: Shard
    position: int
    began: datetime
    _token: str = field(default_factory=lambda: str(uuid.uuid4()), init=False)
    _ended: threading.Event = field(default_factory=threading.Event, init=False)
    _waited: timedelta = field(default=timedelta(), init=False)
    _room: float = field(default=READ_BYTES, init=False)
    _filled: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._filled = self.began

    def begin(self) -> None:
        """Be the one subscription of the consumer to the shard. Errors: ResourceInUseException."""
        key, now = self._key, to_microseconds(self.began)
        with self.store.writing() as connection:
            query = "SELECT began FROM subscriptions WHERE stream_id = ? AND consumer = ? AND shard = ?"
            row = connection.execute(query, key).fetchone()
            if row is not None and 0 <= now - row[0] < PROTECTED / timedelta(microseconds=1):
                raise self._taken()
            values = (*key, now, self._token)
            connection.execute("INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, ?, ?)", values)

    def end(self) -> None:
        """There are no more events."""
        self._ended.set()

    def events(self) -> Iterator[SubscribeToShardEvent]:
        """The events, until five minutes are over or the shard is at its end.

        Errors: ResourceInUseException once another subscription has taken its place; ResourceNotFoundException.
        """
        latest, seen = self.began, None
        while not (self._ended.is_set() or self.store.is_closed):
            check_stopped()
            moment = self._moment()
            if moment - self.began >= LIFETIME:
                return
            self._check()
            head = self.store.log(self.stream).head
            state = head.committed, head.generation
            is_due = moment - latest >= HEARTBEAT
            if not self._has_room(moment) or (state == seen and not is_due):
                self._wait()
                continue
            now = self.store.now()
            found = read_shard(self.store, self.stream, self.shard, self.position, _MOST, now)
            seen = None if len(found.records) else state
            if len(found.records) or found.is_over or is_due:
                latest = moment
                yield self._event(found, now)
            if found.is_over:
                return

    @property
    def _key(self) -> tuple[int, str, int]:
        return self.stream.id, self.consumer.name, self.shard.number

    def _moment(self) -> datetime:
        """The time as it is for the subscription."""
        return self.store.now() + self._waited

    def _wait(self) -> None:
        before = self.store.now()
        self._ended.wait(_GLANCE_SECONDS)
        if self.store.clock.is_virtual and self.store.now() == before:
            self._waited += HEARTBEAT

    def _check(self) -> None:
        """See how the stream and the consumer are now. Errors: see ``events``."""
        stream = self.store.stream(self.stream.name)
        if stream.id != self.stream.id:
            raise errors.stream_not_found(stream.name)
        self.stream, self.shard = stream, stream.by_number[self.shard.number]
        query = "SELECT token FROM subscriptions WHERE stream_id = ? AND consumer = ? AND shard = ?"
        with self.store.database.read() as connection:
            row = connection.execute(query, self._key).fetchone()
        if row is None:
            raise errors.consumer_not_found(self.consumer.name)
        if row[0] != self._token:
            raise self._taken()

    def _taken(self) -> OwlakeError:
        return errors.subscribed(self.stream.name, self.shard.id, self.consumer.name)

    def _has_room(self, moment: datetime) -> bool:
        """Whether the consumer's own throughput of the shard has anything left."""
        scale = self.stream.settings.rates
        if scale is None:
            return True
        most = READ_BYTES * scale
        passed = max((moment - self._filled).total_seconds(), 0)
        self._room, self._filled = min(most, self._room + passed * most), moment
        return self._room > 0

    def _event(self, found: Found, now: datetime) -> SubscribeToShardEvent:
        self.position = found.position
        self._room -= found.bytes
        values = {
            "SubscribeToShardEvent.Bytes": float(found.bytes),
            "SubscribeToShardEvent.Records": float(len(found.records)),
            "SubscribeToShardEvent.MillisBehindLatest": float(found.millis_behind_latest),
        }
        self.store.metrics.add(self.stream.id, "", values, to_microseconds(now))
        if found.is_over:
            return SubscribeToShardEvent(
                found.records, None, found.millis_behind_latest, child_shards(self.stream, self.shard.number)
            )
        return SubscribeToShardEvent(found.records, self._continuation(found, now), found.millis_behind_latest, None)

    def _continuation(self, found: Found, now: datetime) -> str:
        """The last record's number, or one behind which nothing was missed."""
        if len(found.records):
            numbers: list[str] = list(found.records.get("sequence_number"))
            return numbers[-1]
        index = max(found.position - 1, 0)
        return str(SequenceNumber(self.shard.epoch, self.shard.number, index, int(now.timestamp())))
