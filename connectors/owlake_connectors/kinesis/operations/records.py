"""Operations on records: putting them, and reading a shard from a place on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from owlake.spi import Columns, Length, error, finding, operation, to_microseconds, violations
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.iterators import ShardIterator, read_token
from owlake_connectors.kinesis.model import Stream, shard_id
from owlake_connectors.kinesis.operations.base import OfStreams, readable_shard, refuse_dry_run
from owlake_connectors.kinesis.operations.shapes import (
    ChildShard,
    Data,
    EncryptionType,
    HashKey,
    IteratorType,
    Page,
    PartitionKey,
    Record,
    SequenceNumberText,
    ShardId,
    StreamArn,
    StreamId,
    StreamName,
    child_shards,
)
from owlake_connectors.kinesis.reading import Most, Position, admit_read, count_read, read_shard, starting_ordinal
from owlake_connectors.kinesis.records import Batch, check_sizes, put
from owlake_connectors.kinesis.sequence_numbers import parse

MOST_RECORDS = 10_000
"""What one GetRecords gives at most."""
PUT_BYTES = 10 << 20
"""What one PutRecords takes at most."""


@dataclass(frozen=True, slots=True)
class PutRecordOutput:
    """Where a record went."""

    shard_id: ShardId
    sequence_number: SequenceNumberText
    encryption_type: EncryptionType


@dataclass(frozen=True, slots=True)
class PutRecordsRequestEntry:
    """A record to put."""

    data: Data
    partition_key: PartitionKey | None = None
    explicit_hash_key: HashKey | None = None


@dataclass(frozen=True, slots=True)
class PutRecordsResultEntry:
    """Where a record went, or why it did not."""

    sequence_number: SequenceNumberText | None = None
    shard_id: ShardId | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class PutRecordsOutput:
    """What became of the records, in their order."""

    failed_record_count: int
    records: Columns[PutRecordsResultEntry]
    encryption_type: EncryptionType


@dataclass(frozen=True, slots=True)
class GetShardIteratorOutput:
    """A place in a shard."""

    shard_iterator: str


@dataclass(frozen=True, slots=True)
class GetRecordsOutput:
    """Records, and where to go on; nowhere at the end of a closed shard."""

    records: Columns[Record]
    next_shard_iterator: str | None
    millis_behind_latest: int
    child_shards: list[ChildShard] | None


class Records(OfStreams):
    """Operations on records."""

    @operation
    def put_record(
        self,
        stream_name: StreamName | None = None,
        *,
        data: Data,
        partition_key: PartitionKey | None = None,
        explicit_hash_key: HashKey | None = None,
        sequence_number_for_ordering: SequenceNumberText | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
        dry_run: bool | None = None,
    ) -> PutRecordOutput:
        """Put a record."""
        stream = self._stream(stream_name, stream_arn)
        if sequence_number_for_ordering is not None:
            self._check_ordering(stream, sequence_number_for_ordering)
        keys = _keys(stream, [partition_key], "partitionKey")
        batch = Batch([data], keys, None if explicit_hash_key is None else [explicit_hash_key])
        check_sizes(stream, batch, "data")
        refuse_dry_run(dry_run)
        result = put(self._store, stream.name, batch)
        if result.refusals:
            code, text = result.refusals[0]
            raise error(code, text)
        shard, number = result.shard_ids[0], result.sequence_numbers[0]
        assert shard is not None
        assert number is not None
        return PutRecordOutput(shard, number, result.stream.encryption_type)

    @operation
    def put_records(
        self,
        records: Annotated[Columns[PutRecordsRequestEntry], Length(1, 500)],
        stream_name: StreamName | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
        dry_run: bool | None = None,
    ) -> PutRecordsOutput:
        """Put up to 500 records; one that is refused does not stop the others."""
        stream = self._stream(stream_name, stream_arn)
        hashes = records.columns.get("explicit_hash_key")
        keys = _keys(stream, records.get("partition_key"), "records.{}.member.partitionKey")
        batch = Batch(records.get("data"), keys, hashes)
        check_sizes(stream, batch, "records.{}.member.data", most=PUT_BYTES)
        refuse_dry_run(dry_run)
        result = put(self._store, stream.name, batch)
        columns: dict[str, Sequence[str | None]] = {
            "sequence_number": result.sequence_numbers,
            "shard_id": result.shard_ids,
        }
        if result.refusals:
            refusals = [result.refusals.get(row, (None, None)) for row in range(len(records))]
            columns["error_code"], columns["error_message"] = zip(*refusals, strict=True)
        return PutRecordsOutput(
            len(result.refusals), Columns(PutRecordsResultEntry, columns), result.stream.encryption_type
        )

    @operation
    def get_shard_iterator(
        self,
        stream_name: StreamName | None = None,
        *,
        shard_id: ShardId,
        shard_iterator_type: IteratorType,
        starting_sequence_number: SequenceNumberText | None = None,
        timestamp: datetime | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
        dry_run: bool | None = None,
    ) -> GetShardIteratorOutput:
        """A place in a shard, to read from there; it is good for five minutes."""
        stream = self._stream(stream_name, stream_arn)
        shard = readable_shard(stream, shard_id)
        now = self._store.now()
        position = Position(shard_iterator_type, starting_sequence_number, timestamp)
        ordinal = starting_ordinal(self._store, stream, shard, position, now)
        refuse_dry_run(dry_run)
        rates = stream.settings.rates
        if rates is not None and not self._store.rates(stream).admit_iterator(
            shard.number, to_microseconds(now), scale=rates
        ):
            raise errors.read_rate_exceeded(shard.id, stream.name)
        iterator = ShardIterator(stream.name, stream.id, shard.number, ordinal)
        return GetShardIteratorOutput(iterator.token(now))

    @operation
    def get_records(
        self,
        shard_iterator: Annotated[str, Length(1, 512)],
        limit: Page | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
        dry_run: bool | None = None,
    ) -> GetRecordsOutput:
        """Records of a shard from a place on."""
        now = self._store.now()
        iterator = read_token(shard_iterator, now)
        stream = self._store.find(iterator.stream)
        if stream is None or stream.id != iterator.stream_id or iterator.shard not in stream.by_number:
            raise errors.shard_does_not_exist(shard_id(iterator.shard), iterator.stream)
        shard = stream.by_number[iterator.shard]
        refuse_dry_run(dry_run)
        admit_read(self._store, stream, shard, now)
        found = read_shard(self._store, stream, shard, iterator.ordinal, Most(limit or MOST_RECORDS), now)
        count_read(self._store, stream, shard, found, now)
        following = None
        if not found.is_over:
            following = ShardIterator(stream.name, stream.id, shard.number, found.position).token(now)
        return GetRecordsOutput(
            found.records,
            following,
            found.millis_behind_latest,
            child_shards(stream, shard.number) if found.is_over else None,
        )

    def _check_ordering(self, stream: Stream, text: str) -> None:
        number = parse(text)
        if number is None or number.second > int(self._store.now().timestamp()):
            raise errors.invalid_ordering(text, stream.name)


def _keys(stream: Stream, keys: Sequence[str | None], path: str) -> Sequence[str]:
    """The partition keys. Errors: ValidationException, where one is missing that decides."""
    if all(keys):
        return cast("Sequence[str]", keys)
    if stream.distribution != "AUTO":
        missing = [path.format(row) for row, key in enumerate(keys, 1) if key is None]
        raise violations([finding(one, None, "not be null") for one in missing[:10]])
    return [key or "" for key in keys]
