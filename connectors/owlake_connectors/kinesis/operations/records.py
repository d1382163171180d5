"""Operations on records: putting them, and reading a shard from a place on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from owlake.spi import Length, from_microseconds, operation, to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.iterators import ShardIterator, read_token
from owlake_connectors.kinesis.log.frames import ENCRYPTED
from owlake_connectors.kinesis.log.reader import Span, first_number
from owlake_connectors.kinesis.model import Shard, Stream
from owlake_connectors.kinesis.operations.base import OfStreams, named, readable_shard
from owlake_connectors.kinesis.operations.shapes import (
    ChildShard,
    Data,
    EncryptionType,
    HashKey,
    IteratorType,
    Page,
    PartitionKey,
    SequenceNumberText,
    ShardId,
    StreamArn,
    StreamId,
    StreamName,
    child_shards,
)
from owlake_connectors.kinesis.records import Batch, put
from owlake_connectors.kinesis.sequence_numbers import parse, texts

_MILLISECOND = timedelta(milliseconds=1)
MOST_RECORDS, MOST_BYTES = 10_000, 10 << 20
"""What one GetRecords gives at most."""


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
    partition_key: PartitionKey
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
    records: list[PutRecordsResultEntry]
    encryption_type: EncryptionType


@dataclass(frozen=True, slots=True)
class GetShardIteratorOutput:
    """A place in a shard."""

    shard_iterator: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is read."""

    sequence_number: SequenceNumberText
    approximate_arrival_timestamp: datetime
    data: bytes
    partition_key: PartitionKey
    encryption_type: EncryptionType | None = None


@dataclass(frozen=True, slots=True)
class GetRecordsOutput:
    """Records, and where to go on; nowhere at the end of a closed shard."""

    records: list[Record]
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
        partition_key: PartitionKey,
        explicit_hash_key: HashKey | None = None,
        sequence_number_for_ordering: SequenceNumberText | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> PutRecordOutput:
        """Put a record."""
        batch = Batch([data], [partition_key], None if explicit_hash_key is None else [explicit_hash_key])
        result = put(self._store, named(stream_name, stream_arn), batch)
        assert result.shard_ids[0] is not None
        assert result.sequence_numbers[0] is not None
        return PutRecordOutput(result.shard_ids[0], result.sequence_numbers[0], result.stream.encryption_type)

    @operation
    def put_records(
        self,
        records: Annotated[Sequence[PutRecordsRequestEntry], Length(1, 500)],
        stream_name: StreamName | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> PutRecordsOutput:
        """Put up to 500 records; one that is refused does not stop the others."""
        hashes = [one.explicit_hash_key for one in records]
        batch = Batch([one.data for one in records], [one.partition_key for one in records], hashes)
        result = put(self._store, named(stream_name, stream_arn), batch)
        entries = [
            PutRecordsResultEntry(number, shard)
            for number, shard in zip(result.sequence_numbers, result.shard_ids, strict=True)
        ]
        return PutRecordsOutput(0, entries, result.stream.encryption_type)

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
    ) -> GetShardIteratorOutput:
        """A place in a shard, to read from there; it is good for five minutes."""
        stream = self._stream(stream_name, stream_arn)
        shard = readable_shard(stream, shard_id)
        ordinal = self._ordinal(stream, shard, shard_iterator_type, starting_sequence_number, timestamp)
        iterator = ShardIterator(stream.name, stream.created, shard.number, ordinal)
        return GetShardIteratorOutput(iterator.token(self._store.now()))

    @operation
    def get_records(
        self,
        shard_iterator: Annotated[str, Length(1, 512)],
        limit: Page | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> GetRecordsOutput:
        """Records of a shard from a place on."""
        now = self._store.now()
        iterator = read_token(shard_iterator, now)
        stream = self._store.find(iterator.stream)
        if stream is None or stream.created != iterator.created or iterator.shard not in stream.by_number:
            raise errors.shard_does_not_exist(f"shardId-{iterator.shard:012d}", iterator.stream)
        shard = stream.by_number[iterator.shard]
        return self._read(stream, shard, iterator, limit or MOST_RECORDS, now)

    def _read(
        self, stream: Stream, shard: Shard, iterator: ShardIterator, limit: int, now: datetime
    ) -> GetRecordsOutput:
        reader = self._store.log(stream).reader
        end = reader.end() if shard.ended is None else min(reader.end(), shard.ended)
        horizon = to_microseconds(stream.trim_horizon(now))
        span = Span((shard.number,), iterator.ordinal, end, since=horizon)
        records: list[Record] = []
        position, size, behind = end, 0, 0
        for run in reader.records(span):
            entry = run.entry
            ordinal, arrival = int(entry["ordinal"]), from_microseconds(int(entry["arrival"]))
            data = run.data.to_pylist()
            taken = 0
            for one in data[: limit - len(records)]:
                size += len(one)
                if size > MOST_BYTES and (records or taken):
                    break
                taken += 1
            numbers = texts(first_number(entry, stream.by_number), taken)
            encryption: EncryptionType | None = "KMS" if int(entry["flags"]) & ENCRYPTED else None
            records += [
                Record(number, arrival, content, key, encryption)
                for number, content, key in zip(
                    numbers, data[:taken], run.partition_key.slice(0, taken).to_pylist(), strict=True
                )
            ]
            if taken < len(data) or len(records) >= limit:
                position = ordinal + taken
                more = next(reader.records(Span((shard.number,), position, end, since=horizon)), None)
                if more is not None:
                    behind = max((now - from_microseconds(int(more.entry["arrival"]))) // _MILLISECOND, 0)
                break
        over = shard.ended is not None and position >= shard.ended and behind == 0
        following = None
        if not over:
            following = ShardIterator(stream.name, stream.created, shard.number, position).token(now)
        return GetRecordsOutput(records, following, behind, child_shards(stream, shard.number) if over else None)

    def _ordinal(
        self, stream: Stream, shard: Shard, kind: str, sequence_number: str | None, timestamp: datetime | None
    ) -> int:
        """Where an iterator of this kind begins."""
        reader = self._store.log(stream).reader
        if kind == "TRIM_HORIZON":
            return 0
        if kind == "LATEST":
            return reader.end()
        if kind == "AT_TIMESTAMP":
            assert timestamp is not None
            found = next(reader.records(Span((shard.number,), since=to_microseconds(timestamp))), None)
            return int(found.entry["ordinal"]) if found is not None else reader.end()
        number = parse(sequence_number or "")
        assert number is not None
        return number.index + (1 if kind == "AFTER_SEQUENCE_NUMBER" else 0)
