"""What the service's operations take and give: its shapes, with the constraints of its model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import Bounds, Length, Name, Pattern
from owlake_connectors.kinesis.model import Distribution, MetricName, Shard, Stream, StreamMode, StreamStatus, shard_id

_ARN = r"arn:aws.*:kinesis:.*:\d{12}:"
_NAME = Pattern("[a-zA-Z0-9_.-]+")

StreamName = Annotated[str, Length(1, 128), _NAME]
StreamArn = Annotated[str, Name("StreamARN"), Length(1, 2048), Pattern(rf"{_ARN}stream/\S+")]
StreamId = Annotated[str, Length(1, 24), Pattern("[a-z0-9]{20}-[a-z0-9]{3}")]
ResourceArn = Annotated[str, Name("ResourceARN"), Length(1, 2048), Pattern(rf"{_ARN}.*(stream|channel|queue)/\S+")]
ConsumerName = Annotated[str, Length(1, 128), _NAME]
ConsumerArn = Annotated[
    str,
    Name("ConsumerARN"),
    Length(1, 2048),
    Pattern(r"^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+"),
]
ShardId = Annotated[str, Length(1, 128), _NAME]
HashKey = Annotated[str, Pattern(r"^(0|([1-9]\d{0,38}))$")]
SequenceNumberText = Annotated[str, Pattern(r"^(0|([1-9]\d{0,128}))$")]
PartitionKey = Annotated[str, Length(1, 256)]
Data = Annotated[bytes, Length(0, 10_485_760)]
NextToken = Annotated[str, Length(1, 1_048_576)]
Page = Annotated[int, Bounds(1, 10_000)]
TagKey = Annotated[str, Length(1, 128)]
Tags = Annotated[dict[TagKey, Annotated[str, Length(0, 256)]], Length(1, 200)]
MaxRecordSize = Annotated[int, Name("MaxRecordSizeInKiB"), Bounds(1024, 10_240)]
WarmThroughput = Annotated[int, Name("WarmThroughputMiBps"), Bounds(0)]
EncryptionType = Literal["NONE", "KMS"]
KeyId = Annotated[str, Length(1, 2048)]
IteratorType = Literal["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]


@dataclass(frozen=True, slots=True)
class StreamModeDetails:
    """Provisioned or on demand."""

    stream_mode: StreamMode


@dataclass(frozen=True, slots=True)
class HashKeyRange:
    """A range of hash keys, its ends included."""

    starting_hash_key: HashKey
    ending_hash_key: HashKey


@dataclass(frozen=True, slots=True)
class SequenceNumberRange:
    """The sequence numbers of a shard; a shard that is open has no last one."""

    starting_sequence_number: SequenceNumberText
    ending_sequence_number: SequenceNumberText | None = None


@dataclass(frozen=True, slots=True)
class ShardDescription:
    """A shard."""

    shard_id: ShardId
    parent_shard_id: ShardId | None
    adjacent_parent_shard_id: ShardId | None
    hash_key_range: HashKeyRange
    sequence_number_range: SequenceNumberRange


@dataclass(frozen=True, slots=True)
class ChildShard:
    """A shard that came from the one that was read to its end."""

    shard_id: ShardId
    parent_shards: list[ShardId]
    hash_key_range: HashKeyRange


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is read."""

    sequence_number: SequenceNumberText
    approximate_arrival_timestamp: datetime
    data: bytes
    partition_key: PartitionKey
    encryption_type: EncryptionType | None = None


@dataclass(frozen=True, slots=True)
class EnhancedMetrics:
    """The metrics of each shard that are kept."""

    shard_level_metrics: list[MetricName]


@dataclass(frozen=True, slots=True)
class StreamDescription:
    """A stream with its shards."""

    stream_name: StreamName
    stream_arn: StreamArn
    stream_status: StreamStatus
    stream_mode_details: StreamModeDetails
    shards: list[ShardDescription]
    has_more_shards: bool
    retention_period_hours: int
    stream_creation_timestamp: datetime
    enhanced_monitoring: list[EnhancedMetrics]
    encryption_type: EncryptionType
    key_id: KeyId | None


@dataclass(frozen=True, slots=True)
class WarmThroughputObject:
    """What an on-demand stream is ready for."""

    target_mi_bps: Annotated[int, Name("TargetMiBps")]
    current_mi_bps: Annotated[int, Name("CurrentMiBps")]


@dataclass(frozen=True, slots=True)
class StreamDescriptionSummary:
    """A stream without its shards."""

    stream_name: StreamName
    stream_arn: StreamArn
    stream_status: StreamStatus
    stream_mode_details: StreamModeDetails
    retention_period_hours: int
    stream_creation_timestamp: datetime
    enhanced_monitoring: list[EnhancedMetrics]
    encryption_type: EncryptionType
    key_id: KeyId | None
    open_shard_count: int
    consumer_count: int
    warm_throughput: WarmThroughputObject | None
    max_record_size_in_ki_b: Annotated[int, Name("MaxRecordSizeInKiB")]
    record_distribution_strategy: Distribution


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """A stream in a list."""

    stream_name: StreamName
    stream_arn: StreamArn
    stream_status: StreamStatus
    stream_mode_details: StreamModeDetails
    stream_creation_timestamp: datetime


def hash_key_range(shard: Shard) -> HashKeyRange:
    """The range of a shard."""
    return HashKeyRange(str(shard.start), str(shard.end))


def shard_description(shard: Shard) -> ShardDescription:
    """A shard as the service describes it."""
    parent, adjacent = (None if one is None else shard_id(one) for one in (shard.parent, shard.adjacent_parent))
    return ShardDescription(
        shard.id,
        parent,
        adjacent,
        hash_key_range(shard),
        SequenceNumberRange(shard.starting_sequence_number, shard.ending_sequence_number),
    )


def child_shards(stream: Stream, number: int) -> list[ChildShard]:
    """The shards that came from one, as a reader that came to its end is told."""
    return [
        ChildShard(one.id, [stream.by_number[parent].id for parent in one.parents], hash_key_range(one))
        for one in stream.children(number)
    ]


def enhanced_monitoring(stream: Stream) -> list[EnhancedMetrics]:
    """The metrics of each shard that are kept."""
    return [EnhancedMetrics(list(stream.shard_level_metrics))]
