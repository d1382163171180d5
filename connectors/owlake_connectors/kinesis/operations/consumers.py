"""Operations on consumers with enhanced fan-out: registered for a stream, each with throughput of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from owlake.spi import ACCOUNT, operation, to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.model import Consumer
from owlake_connectors.kinesis.operations.base import OfStreams, named
from owlake_connectors.kinesis.operations.pages import read_page_token, write_page_token
from owlake_connectors.kinesis.operations.shapes import (
    ConsumerArn,
    ConsumerName,
    NextToken,
    Page,
    StreamArn,
    StreamId,
    Tags,
)

MOST_CONSUMERS = 20
"""Of a stream."""
MOST_CREATING = 5
_PAGE = 100


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
        raise errors.not_found(f"Consumer {name or arn}, account {ACCOUNT} not found.")


def _summary(one: Consumer) -> ConsumerSummary:
    return ConsumerSummary(one.name, one.arn, one.status, one.created)
