"""Operations on streams: making, describing, listing and deleting them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from owlake.spi import ACCOUNT, Bounds, operation
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.hashing import even_ranges
from owlake_connectors.kinesis.model import Distribution, Stream
from owlake_connectors.kinesis.operations.base import OfStreams, shard_number
from owlake_connectors.kinesis.operations.shapes import (
    MaxRecordSize,
    NextToken,
    Page,
    ShardId,
    StreamArn,
    StreamDescription,
    StreamDescriptionSummary,
    StreamId,
    StreamModeDetails,
    StreamName,
    StreamSummary,
    Tags,
    WarmThroughput,
    WarmThroughputObject,
    enhanced_monitoring,
    shard_description,
)
from owlake_connectors.kinesis.rows import write_tags
from owlake_connectors.kinesis.store import StreamStore, shards_of

ON_DEMAND_SHARDS = 4
"""What an on-demand stream begins with."""
_PAGE = 100
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DescribeStreamOutput:
    """A stream with a page of its shards."""

    stream_description: StreamDescription


@dataclass(frozen=True, slots=True)
class DescribeStreamSummaryOutput:
    """A stream."""

    stream_description_summary: StreamDescriptionSummary


@dataclass(frozen=True, slots=True)
class ListStreamsOutput:
    """A page of streams."""

    stream_names: list[StreamName]
    has_more_streams: bool
    next_token: NextToken | None
    stream_summaries: list[StreamSummary]


class Streams(OfStreams):
    """Operations on streams."""

    @operation
    def create_stream(
        self,
        stream_name: StreamName,
        shard_count: Annotated[int, Bounds(1)] | None = None,
        stream_mode_details: StreamModeDetails | None = None,
        tags: Tags | None = None,
        warm_throughput_mibps: WarmThroughput | None = None,
        max_record_size_in_kib: MaxRecordSize | None = None,
        record_distribution_strategy: Distribution | None = None,
    ) -> None:
        """Create a stream."""
        stream = new_stream(
            self._store,
            stream_name,
            shard_count,
            stream_mode_details,
            warm_throughput_mibps,
            max_record_size_in_kib,
            record_distribution_strategy,
        )
        self._store.create(stream, lambda connection, _: write_tags(connection, stream.arn, tags or {}))

    @operation
    def delete_stream(
        self,
        stream_name: StreamName | None = None,
        enforce_consumer_deletion: bool | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Delete a stream and its records."""
        stream = self._stream(stream_name, stream_arn)
        if not enforce_consumer_deletion and self._store.consumers(stream):
            raise errors.in_use(
                f"Stream {stream.name} under account {ACCOUNT} has consumers registered; either deregister them, or set"
                " EnforceConsumerDeletion."
            )
        self._store.begin_deletion(stream.name)

    @operation
    def describe_stream(
        self,
        stream_name: StreamName | None = None,
        limit: Page | None = None,
        exclusive_start_shard_id: ShardId | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> DescribeStreamOutput:
        """A stream with its shards, a hundred at a time."""
        stream = self._stream(stream_name, stream_arn)
        after = -1 if exclusive_start_shard_id is None else shard_number(exclusive_start_shard_id)
        listed = stream.listed(self._store.now())
        found = [one for one in listed if after is not None and one.number > after]
        most = min(limit or _PAGE, _PAGE)
        return DescribeStreamOutput(
            StreamDescription(
                stream_name=stream.name,
                stream_arn=stream.arn,
                stream_status=stream.status,
                stream_mode_details=StreamModeDetails(stream.mode),
                shards=[shard_description(one) for one in found[:most]],
                has_more_shards=len(found) > most,
                retention_period_hours=stream.retention_hours,
                stream_creation_timestamp=stream.created,
                enhanced_monitoring=enhanced_monitoring(stream),
                encryption_type=stream.encryption_type,
                key_id=stream.key_id,
            )
        )

    @operation
    def describe_stream_summary(
        self,
        stream_name: StreamName | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> DescribeStreamSummaryOutput:
        """A stream without its shards."""
        stream = self._stream(stream_name, stream_arn)
        warm = stream.warm_throughput_mibps
        return DescribeStreamSummaryOutput(
            StreamDescriptionSummary(
                stream_name=stream.name,
                stream_arn=stream.arn,
                stream_status=stream.status,
                stream_mode_details=StreamModeDetails(stream.mode),
                retention_period_hours=stream.retention_hours,
                stream_creation_timestamp=stream.created,
                enhanced_monitoring=enhanced_monitoring(stream),
                encryption_type=stream.encryption_type,
                key_id=stream.key_id,
                open_shard_count=len(stream.open_shards),
                consumer_count=len(self._store.consumers(stream)),
                warm_throughput=None if warm is None else WarmThroughputObject(warm, warm),
                max_record_size_in_ki_b=stream.max_record_size_kib,
                record_distribution_strategy=stream.distribution,
            )
        )

    @operation
    def list_streams(
        self,
        limit: Page | None = None,
        exclusive_start_stream_name: StreamName | None = None,
        next_token: NextToken | None = None,
    ) -> ListStreamsOutput:
        """The streams by name, a page at a time."""
        after = next_token or exclusive_start_stream_name or ""
        names = [name for name in self._store.names() if name > after]
        most = min(limit or _PAGE, _PAGE)
        page = [found for name in names[:most] if (found := self._store.find(name)) is not None]
        more = len(names) > most
        return ListStreamsOutput(
            [one.name for one in page], more, names[most - 1] if more else None, [_summary(one) for one in page]
        )


def new_stream(
    store: StreamStore,
    name: str,
    shard_count: int | None = None,
    mode: StreamModeDetails | None = None,
    warm_throughput_mibps: int | None = None,
    max_record_size_in_kib: int | None = None,
    distribution: Distribution | None = None,
) -> Stream:
    """A stream that is to be created. Errors: InvalidArgumentException."""
    on_demand = mode is not None and mode.stream_mode == "ON_DEMAND"
    if on_demand and shard_count is not None:
        raise errors.invalid_argument("ShardCount must not be specified for a stream in ON_DEMAND mode.")
    if not on_demand and shard_count is None:
        raise errors.invalid_argument("ShardCount must be specified for a stream in PROVISIONED mode.")
    now, settles = store.now(), store.settles()
    count = shard_count or max(ON_DEMAND_SHARDS, warm_throughput_mibps or 0)
    return Stream(
        id=0,
        generation=0,
        name=name,
        created=now,
        status="ACTIVE" if settles is None else "CREATING",
        settles=settles,
        mode="ON_DEMAND" if on_demand else "PROVISIONED",
        retention_hours=24,
        horizon=_BEGINNING,
        key_id=None,
        shard_level_metrics=(),
        max_record_size_kib=max_record_size_in_kib or 1024,
        warm_throughput_mibps=warm_throughput_mibps,
        distribution=distribution or "USER_PARTITION_KEY",
        shards=shards_of(even_ranges(count), now),
    )


def _summary(stream: Stream) -> StreamSummary:
    return StreamSummary(stream.name, stream.arn, stream.status, StreamModeDetails(stream.mode), stream.created)
