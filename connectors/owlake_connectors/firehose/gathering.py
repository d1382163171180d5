"""Records gathered in buffers: each one's for an object, until there are enough of them or the first has waited enough.

A buffer is closed by the record with which it has its size, and by the first one that comes when its time is over: so
what becomes an object does not depend on when somebody looks. Closed buffers are deliveries that are planned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from owlake.spi import from_microseconds, to_microseconds
from owlake_connectors.firehose.configuration import MOST_PARTITIONS, Buffering, Place, is_too_long
from owlake_connectors.firehose.error_records import ErrorType, FailedRecord
from owlake_connectors.firehose.model import BACKUP, RECORDS, Buffer, DeliveryStream, Keys, Kind
from owlake_connectors.firehose.prefixes import Facts
from owlake_connectors.firehose.processing.records import Failure, Outcome, Records, Source


@dataclass(frozen=True, slots=True)
class Group:
    """Records for one partition, in order, with the times at which they arrived."""

    kind: Kind
    keys: Keys
    data: pa.BinaryArray
    arrived: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Some records of a group that go to one buffer.

    Attributes:
        closes: Whether the buffer is closed with them.
    """

    buffer: Buffer
    data: pa.BinaryArray
    arrived: NDArray[np.int64]
    closes: bool


def groups(outcome: Outcome, source: Source, stream: DeliveryStream, now: int) -> list[Group]:
    """What was processed, by partition: records, source backup, each type of error."""
    place = stream.destination.place
    failures = list(outcome.failures)
    found = list(_partitions(outcome.records, place, failures))
    if stream.destination.backup is not None:
        found.append(Group(BACKUP, {}, source.data, source.arrived))
    return found + _errors(failures, source, now)


def gather(
    found: Sequence[Group], buffers: Sequence[Buffer], stream: DeliveryStream, number: int, now: datetime
) -> list[Gathered]:
    """Put groups into buffers: the open ones, or new ones, which get numbers from this one on."""
    known = {(one.kind, _frozen(one.keys)): one for one in buffers}
    gathered: list[Gathered] = []
    for group in _within_limit(found, known, now):
        buffering = buffering_of(stream, group.kind)
        key = group.kind, _frozen(group.keys)
        for piece in _pieces(group, known.pop(key, None), buffering):
            buffer = piece.buffer if piece.buffer.number >= 0 else replace(piece.buffer, number=number)
            number += piece.buffer.number < 0
            gathered.append(replace(piece, buffer=buffer))
            if not piece.closes:
                known[key] = buffer
    return gathered


def buffering_of(stream: DeliveryStream, kind: Kind) -> Buffering:
    """When buffers of a kind are closed."""
    destination = stream.destination
    if kind == RECORDS:
        return destination.buffering
    if kind == BACKUP and destination.backup is not None:
        return destination.backup.buffering
    return destination.place.buffering


def due(stream: DeliveryStream, buffer: Buffer) -> int:
    """When a buffer's time is over, in microseconds."""
    seconds = buffering_of(stream, buffer.kind).seconds
    return to_microseconds(buffer.opened + timedelta(seconds=seconds))


def _partitions(records: Records, place: Place, failures: list[Failure]) -> Iterator[Group]:
    """Records by the keys that the prefix names; those without such a key fail."""
    arrived = records.source.arrived[records.origins]
    names = place.prefix.keys
    if not names:
        if len(records):
            yield Group(RECORDS, {}, records.data, arrived)
        return
    places = _by_values(records, names, failures)
    for values in _too_long(places, place, records):
        text = "The prefix has more than 512 characters once it is evaluated"
        failures += [
            Failure(int(records.origins[row]), "DynamicPartitioning.PrefixTooLong", text) for row in places.pop(values)
        ]
    order = np.concatenate([*places.values(), np.zeros(0, np.int64)])
    data, times = records.data.take(pa.array(order)), arrived[order]
    start = 0
    for values, rows in places.items():
        keys = dict(zip(names, values, strict=True))
        yield Group(RECORDS, keys, data.slice(start, len(rows)), times[start : start + len(rows)])
        start += len(rows)


def _by_values(
    records: Records, names: Sequence[tuple[str, str]], failures: list[Failure]
) -> dict[tuple[str, ...], NDArray[np.int64]]:
    """The rows of each partition by its keys, in the order of the first ones; those without such a key fail."""
    keys = records.keys or [{}] * len(records)
    # Records of one partition mostly share their keys: these are looked at once.
    ids = np.fromiter(map(id, keys), np.int64, len(keys))
    order = np.argsort(ids, kind="stable")
    ends = np.flatnonzero(np.diff(ids[order])) + 1
    found: dict[tuple[str, ...], list[NDArray[np.int64]]] = {}
    missing: list[tuple[int, str]] = []
    for rows in sorted(np.split(order, ends), key=lambda rows: int(rows[0])) if len(keys) else ():
        try:
            values = tuple([keys[rows[0]][name] for name in names])
        except KeyError as problem:
            text = f"The partition key {problem.args[0][1]} is missing"
            missing += [(int(row), text) for row in rows]
            continue
        found.setdefault(values, []).append(rows)
    for row, text in sorted(missing):
        failures.append(Failure(int(records.origins[row]), "DynamicPartitioning.MissingPartitionKey", text))
    return {values: rows[0] if len(rows) == 1 else np.sort(np.concatenate(rows)) for values, rows in found.items()}


def _too_long(
    places: Mapping[tuple[str, ...], NDArray[np.int64]], place: Place, records: Records
) -> list[tuple[str, ...]]:
    """The keys of partitions for which the prefix is too long."""
    names = place.prefix.keys
    return [
        values
        for values, rows in places.items()
        if is_too_long(
            place.prefix.evaluate(
                Facts(records.source.moment(int(records.origins[rows[0]])), dict(zip(names, values, strict=True)))
            )
        )
    ]


def _errors(failures: Sequence[Failure], source: Source, now: int) -> list[Group]:
    lines: dict[ErrorType, tuple[list[bytes], list[int]]] = {}
    for one in failures:
        data, times = lines.setdefault(one.type, ([], []))
        record = FailedRecord(
            source.data[one.origin].as_py(),
            source.moment(one.origin),
            one.code,
            one.message,
            from_microseconds(now),
            one.attempts,
            {**one.details, **_position(source, one.origin)},
        )
        data.append(record.line())
        times.append(int(source.arrived[one.origin]))
    return [
        Group(kind.value, {}, pa.array(data, pa.binary()), np.array(times, np.int64))
        for kind, (data, times) in lines.items()
    ]


def _position(source: Source, origin: int) -> Mapping[str, object]:
    found = source.position(origin)
    if found is None:
        return {}
    return {"sequenceNumber": found["sequence_number"], "subSequenceNumber": found["subsequence_number"]}


def _within_limit(found: Sequence[Group], known: Mapping[tuple[Kind, str], Buffer], now: datetime) -> Iterator[Group]:
    """The groups, but those of partitions beyond the limit of active ones go to the error output."""
    active = {keys for kind, keys in known if kind == RECORDS}
    for group in found:
        keys = _frozen(group.keys)
        if group.kind == RECORDS and group.keys and keys not in active:
            if len(active) >= MOST_PARTITIONS:
                yield _exceeding(group, now)
                continue
            active.add(keys)
        yield group


def _exceeding(group: Group, now: datetime) -> Group:
    """Records of a partition that is one too many, as lines of the error output."""
    text = f"There are {MOST_PARTITIONS} active partitions already"
    lines = [
        FailedRecord(data, from_microseconds(arrived), "DynamicPartitioning.ActivePartitionExceeded", text, now).line()
        for data, arrived in zip(group.data.to_pylist(), group.arrived.tolist(), strict=True)
    ]
    return Group(ErrorType.PARTITIONS.value, {}, pa.array(lines, pa.binary()), group.arrived)


def _pieces(group: Group, open_: Buffer | None, buffering: Buffering) -> Iterator[Gathered]:
    """A group cut where a buffer is closed; -1 is the number of buffers that are new."""
    sizes = pc.binary_length(group.data).to_numpy(zero_copy_only=False).astype(np.int64)
    reached = np.cumsum(sizes)
    start, buffer, rows = 0, open_, len(group.data)
    while start < rows:
        if buffer is None:
            buffer = Buffer(0, group.kind, group.keys, -1, from_microseconds(int(group.arrived[start])), 0, 0, 0, 0)
        over = to_microseconds(buffer.opened) + buffering.seconds * 1_000_000
        before = reached[start - 1] if start else 0
        by_size = int(np.searchsorted(reached, before + buffering.bytes - buffer.bytes)) + 1
        by_time = _first_at(group.arrived, over, start) if buffer.records or buffering.seconds else rows
        by_count = rows + 1 if buffering.records is None else start + buffering.records - buffer.records
        stop = min(by_size, by_count, by_time, rows)
        added = int(reached[stop - 1] - before) if stop > start else 0
        closes = stop < rows or min(by_size, by_count) <= rows
        yield Gathered(
            replace(buffer, records=buffer.records + stop - start, bytes=buffer.bytes + added),
            group.data.slice(start, stop - start),
            group.arrived[start:stop],
            closes,
        )
        start, buffer = stop, None


def _first_at(arrived: NDArray[np.int64], moment: int, start: int) -> int:
    """The first record from a place on that arrived at a time or later."""
    found = np.flatnonzero(arrived[start:] >= moment)
    return start + int(found[0]) if len(found) else len(arrived)


def _frozen(keys: Keys) -> str:
    return json.dumps(sorted([*name, value] for name, value in keys.items()))
