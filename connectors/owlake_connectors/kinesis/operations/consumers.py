"""Operations on consumers with enhanced fan-out: registered for a stream, each with throughput of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import ACCOUNT, EventStream, Name, operation, to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.model import Consumer
from owlake_connectors.kinesis.operations.base import OfStreams, named, readable_shard, refuse_dry_run
from owlake_connectors.kinesis.operations.pages import read_page_token, write_page_token
from owlake_connectors.kinesis.operations.shapes import (
    ConsumerArn,
    ConsumerName,
    IteratorType,
    NextToken,
    Page,
    SequenceNumberText,
    ShardId,
    StreamArn,
    StreamId,
    Tags,
)
from owlake_connectors.kinesis.reading import Position, starting_ordinal
from owlake_connectors.kinesis.subscription import SubscribeToShardEvent, Subscription

MOST_CONSUMERS = 20
"""Of a stream."""
MOST_CREATING = 5
_PAGE = 100


@dataclass(frozen=True, slots=True)
class StartingPosition:
    """Where in a shard to begin."""

    type: IteratorType
    sequence_number: SequenceNumberText | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsumerSummary:
    """A consumer in a list."""

    consumer_name: ConsumerName
    consumer_arn: ConsumerArn
    consumer_status: Literal["CREATING", "DELETING", "ACTIVE"]
    consumer_creation_timestamp: datetime


@dataclass(frozen=True, slots=True)
class ConsumerDescription:
    """A consumer."""

    consumer_name: ConsumerName
    consumer_arn: ConsumerArn
    consumer_status: Literal["CREATING", "DELETING", "ACTIVE"]
    consumer_creation_timestamp: datetime
    stream_arn: StreamArn


@dataclass(frozen=True, slots=True)
class RegisterStreamConsumerOutput:
    """The consumer."""

    consumer: ConsumerSummary


@dataclass(frozen=True, slots=True)
class DescribeStreamConsumerOutput:
    """The consumer."""

    consumer_description: ConsumerDescription


@dataclass(frozen=True, slots=True)
class ListStreamConsumersOutput:
    """A page of consumers."""

    consumers: list[ConsumerSummary]
    next_token: NextToken | None


class Consumers(OfStreams):
    """Operations on consumers."""

    @operation
    def register_stream_consumer(
        self,
        stream_arn: StreamArn,
        consumer_name: ConsumerName,
        stream_id: StreamId | None = None,
        tags: Tags | None = None,
    ) -> RegisterStreamConsumerOutput:
        """Register a consumer."""
        name = named(None, stream_arn)
        settings, settles = self._store.settings, self._store.settles()
        with self._store.changing(name) as change:
            known = self._store.consumers_of(change.connection, change.stream)
            if any(one.name == consumer_name for one in known):
                raise errors.in_use(
                    f"Consumer {consumer_name} under stream {name} already exists for account {ACCOUNT}."
                )
            most, creating = settings.sized(MOST_CONSUMERS), settings.sized(MOST_CREATING)
            if most is not None and len(known) >= most:
                raise errors.limit_exceeded(
                    f"Stream {name} under account {ACCOUNT} has {most} consumers, which is the limit."
                )
            if creating is not None and sum(one.status == "CREATING" for one in known) >= creating:
                raise errors.limit_exceeded(f"More than {creating} consumers of stream {name} are being created.")
            consumer = Consumer(
                consumer_name, change.stream.arn, change.now, "ACTIVE" if settles is None else "CREATING"
            )
            change.connection.execute(
                "INSERT INTO consumers (stream_id, name, created, status, settles) VALUES (?, ?, ?, ?, ?)",
                (
                    change.stream.id,
                    consumer_name,
                    to_microseconds(change.now),
                    consumer.status,
                    None if settles is None else to_microseconds(settles),
                ),
            )
            change.tag(consumer.arn, tags or {})
        return RegisterStreamConsumerOutput(_summary(consumer))

    @operation
    def deregister_stream_consumer(
        self,
        stream_arn: StreamArn | None = None,
        consumer_name: ConsumerName | None = None,
        consumer_arn: ConsumerArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Forget a consumer."""
        stream, consumer = self._consumer(stream_arn, consumer_name, consumer_arn)
        with self._store.changing(stream) as change:
            change.delete_consumer(consumer)

    @operation
    def describe_stream_consumer(
        self,
        stream_arn: StreamArn | None = None,
        consumer_name: ConsumerName | None = None,
        consumer_arn: ConsumerArn | None = None,
        stream_id: StreamId | None = None,
    ) -> DescribeStreamConsumerOutput:
        """A consumer, by its ARN, or by its name and its stream's ARN."""
        _, one = self._consumer(stream_arn, consumer_name, consumer_arn)
        return DescribeStreamConsumerOutput(
            ConsumerDescription(one.name, one.arn, one.status, one.created, one.stream_arn)
        )

    @operation
    def list_stream_consumers(
        self,
        stream_arn: StreamArn,
        next_token: NextToken | None = None,
        max_results: Page | None = None,
        stream_creation_timestamp: datetime | None = None,
        stream_id: StreamId | None = None,
    ) -> ListStreamConsumersOutput:
        """The consumers of a stream by name, a page at a time."""
        now = self._store.now()
        stream = self._stream(None, stream_arn)
        after = "" if next_token is None else read_page_token(next_token, now).after
        found = [one for one in self._store.consumers(stream) if one.name > after]
        most = min(max_results or _PAGE, _PAGE)
        token = write_page_token(stream.name, found[most - 1].name, now) if len(found) > most else None
        return ListStreamConsumersOutput(list(map(_summary, found[:most])), token)

    @operation
    def subscribe_to_shard(
        self,
        consumer_arn: ConsumerArn,
        shard_id: ShardId,
        starting_position: StartingPosition,
        stream_id: StreamId | None = None,
        dry_run: bool | None = None,
    ) -> Annotated[EventStream[SubscribeToShardEvent], Name("EventStream")]:
        """Have the records of a shard pushed to a consumer for five minutes."""
        name, consumer = self._consumer(None, None, consumer_arn)
        stream = self._store.stream(name)
        shard = readable_shard(stream, shard_id)
        if consumer.status != "ACTIVE":
            raise errors.consumer_not_active(consumer.name, int(consumer.created.timestamp()), name)
        now = self._store.now()
        start = Position(starting_position.type, starting_position.sequence_number, starting_position.timestamp)
        ordinal = starting_ordinal(self._store, stream, shard, start, now)
        refuse_dry_run(dry_run)
        subscription = Subscription(self._store, stream, consumer, shard, ordinal, now)
        subscription.begin()
        return EventStream(subscription.events(), subscription.end)

    def _consumer(self, stream_arn: str | None, name: str | None, arn: str | None) -> tuple[str, Consumer]:
        """The stream's name and the consumer that a request means.

        Errors: InvalidArgumentException, ResourceNotFoundException.
        """
        if arn is None and (stream_arn is None or name is None):
            raise errors.invalid_argument("Either ConsumerARN, or StreamARN and ConsumerName must be specified.")
        stream = self._stream(None, stream_arn or arn)
        for one in self._store.consumers(stream):
            if (arn is None or one.arn == arn) and (name is None or one.name == name):
                return stream.name, one
        raise errors.consumer_not_found(name or arn or "")


def _summary(one: Consumer) -> ConsumerSummary:
    return ConsumerSummary(one.name, one.arn, one.status, one.created)
