"""Reading a shard from a place on, as GetRecords and those who are pushed records do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from owlake.spi import ACCOUNT, Columns, LogReader, LogRecords, LogSpan, from_microseconds, to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.columns import first_number
from owlake_connectors.kinesis.model import ENCRYPTED, Shard, Stream, shard_id
from owlake_connectors.kinesis.operations.shapes import IteratorType, Record
from owlake_connectors.kinesis.sequence_numbers import parse, texts
from owlake_connectors.kinesis.store import StreamStore

MOST_BYTES = 10 << 20

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a shard to begin: the service's five kinds."""

    kind: IteratorType
    sequence_number: str | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class Most:
    """How much to read at once."""

    records: int
    bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of a shard.

    Attributes:
        position: The ordinal to go on from.
        bytes: Of data and partition keys.
        is_over: Whether the shard is closed, and read to its end.
        latest: When the last of the records arrived.
    """

    records: Columns[Record]
    position: int
    bytes: int
    is_over: bool
    millis_behind_latest: int
    latest: datetime | None


def starting_ordinal(store: StreamStore, stream: Stream, shard: Shard, position: Position, now: datetime) -> int:
    """The ordinal from which a position begins, as things are now.

    Errors: InvalidArgumentException.
    """
    reader = store.log(stream).reader
    if position.kind in ("TRIM_HORIZON", "LATEST"):
        if position.sequence_number is not None:
            raise errors.ambiguous_start(position.kind, "also a StartingSequenceNumber")
        return 0 if position.kind == "TRIM_HORIZON" else reader.end()
    if position.kind == "AT_TIMESTAMP":
        return _ordinal_at(reader, shard, position.timestamp, now)
    if position.sequence_number is None:
        raise errors.ambiguous_start(position.kind, "no StartingSequenceNumber")
    return _ordinal_of(stream, shard, position.sequence_number) + (position.kind == "AFTER_SEQUENCE_NUMBER")


def _ordinal_at(reader: LogReader, shard: Shard, timestamp: datetime | None, now: datetime) -> int:
    """The first record that arrived at a time or later; where there is none yet, the next one."""
    if timestamp is None:
        raise errors.invalid_argument(
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no"
            " timestamp parameter."
        )
    if timestamp > now:
        wanted, current = (to_microseconds(one) // 1000 for one in (timestamp, now))
        raise errors.invalid_argument(
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis:"
            f" {wanted}, currentTimestampInMillis: {current}"
        )
    end = reader.end()
    # Arrivals are whole milliseconds.
    since = -(-to_microseconds(timestamp) // 1000) * 1000
    found = next(reader.records(LogSpan((shard.number,), before=end, since=since)), None)
    return end if found is None else int(found.entry["ordinal"])


def _ordinal_of(stream: Stream, shard: Shard, text: str) -> int:
    number = parse(text)
    used = f"StartingSequenceNumber {text} used in GetShardIterator on shard {shard.id} in stream {stream.name}"
    if number is None:
        raise errors.invalid_argument(f"{used} under account {ACCOUNT} is invalid.")
    if number.shard != shard.number:
        raise errors.invalid_argument(
            f"Invalid StartingSequenceNumber. It encodes {shard_id(number.shard)}, while it was used in a call to a"
            f" shard with {shard.id}"
        )
    if number.epoch != shard.epoch:
        raise errors.invalid_argument(
            f"{used} under account {ACCOUNT} is invalid because it did not come from this stream."
        )
    return number.index


def read_shard(store: StreamStore, stream: Stream, shard: Shard, ordinal: int, most: Most, now: datetime) -> Found:
    """The records of a shard from an ordinal on: as many as are there and wanted, one at least if there is any."""
    reader = store.log(stream).reader
    seen = reader.end()
    end = seen if shard.ended is None else min(seen, shard.ended)
    span = LogSpan((shard.number,), ordinal, end, since=to_microseconds(stream.trim_horizon(now)))
    runs = reader.records(span)
    parts: list[tuple[LogRecords, int]] = []
    count = size = 0
    position, is_cut = max(end, ordinal), False
    for run in runs:
        taken, bytes_ = _taken(run, most.records - count, most.bytes - size, first=not parts)
        count += taken
        size += bytes_
        parts.append((run, taken))
        if taken < len(run.data):
            position, is_cut = int(run.entry["ordinal"]) + taken, True
            break
        if count >= most.records or size >= most.bytes:
            following = next(runs, None)
            if following is not None:
                position, is_cut = int(following.entry["ordinal"]), True
            break
    latest = from_microseconds(int(parts[-1][0].entry["arrival"])) if parts else None
    behind = max((now - latest) // _MILLISECOND, 0) if is_cut and latest is not None else 0
    over = shard.ended is not None and seen >= shard.ended and not is_cut
    return Found(_columns(stream, parts), position, size, over, behind, latest)


def _taken(run: LogRecords, rows: int, room: int, *, first: bool) -> tuple[int, int]:
    """How many records of a run there is room for, and their bytes; the first record always has room."""
    total = int(run.entry["bytes"])
    if len(run.data) <= rows and total <= room:
        return len(run.data), total
    sizes = [len(data) + len(key) for data, key in _pairs(run)]
    taken = size = 0
    for one in sizes[:rows]:
        if size + one > room and (taken or not first):
            break
        taken += 1
        size += one
    return taken, size


def _pairs(run: LogRecords) -> list[tuple[bytes, bytes]]:
    return list(zip(run.data.to_pylist(), map(str.encode, run.partition_key.to_pylist()), strict=True))


def _columns(stream: Stream, parts: Sequence[tuple[LogRecords, int]]) -> Columns[Record]:
    numbers: list[str] = []
    arrivals: list[datetime] = []
    data: list[bytes] = []
    keys: list[str] = []
    encryption: list[str | None] = []
    for run, taken in parts:
        numbers += texts(first_number(run.entry, stream.by_number), taken)
        arrivals += [from_microseconds(int(run.entry["arrival"]))] * taken
        data += run.data.slice(0, taken).to_pylist()
        keys += run.partition_key.slice(0, taken).to_pylist()
        encryption += ["KMS" if int(run.entry["flags"]) & ENCRYPTED else None] * taken
    columns: dict[str, Sequence[object]] = {
        "sequence_number": numbers,
        "approximate_arrival_timestamp": arrivals,
        "data": data,
        "partition_key": keys,
    }
    if any(encryption):
        columns["encryption_type"] = encryption
    return Columns(Record, columns)


# Rates and metrics --------------------------------------------------------------------------------------


def admit_read(store: StreamStore, stream: Stream, shard: Shard, now: datetime) -> None:
    """Errors: ProvisionedThroughputExceededException, for a shard that is read too often, or too much of it."""
    rates = stream.settings.rates
    if rates is None or store.rates(stream).admit_read(shard.number, to_microseconds(now), scale=rates):
        return
    values = {"ReadProvisionedThroughputExceeded": 1.0}
    store.metrics.add(stream.id, "", values, to_microseconds(now))
    store.metrics.add_of_shard(stream, shard.id, values, to_microseconds(now))
    raise errors.read_rate_exceeded(shard.id, stream.name)


def count_read(store: StreamStore, stream: Stream, shard: Shard, found: Found, now: datetime) -> None:
    """Count what a poll of a shard gave."""
    rates = stream.settings.rates
    if rates is not None:
        store.rates(stream).note_read(shard.number, found.bytes, to_microseconds(now), scale=rates)
    age = 0.0 if found.latest is None else max((now - found.latest) / _MILLISECOND, 0.0)
    count = len(found.records)
    store.metrics.add(
        stream.id,
        "",
        {
            "GetRecords.Bytes": found.bytes,
            "GetRecords.Records": count,
            "GetRecords.IteratorAgeMilliseconds": age,
        },
        to_microseconds(now),
    )
    values = {"OutgoingBytes": found.bytes, "OutgoingRecords": count, "IteratorAgeMilliseconds": age}
    store.metrics.add_of_shard(stream, shard.id, values, to_microseconds(now))
