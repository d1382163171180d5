"""Deliveries made: the records of a closed buffer become an object, or go to an endpoint."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa

from owlake.spi import LogSpan, OwlakeError, from_microseconds, to_microseconds
from owlake_connectors.firehose.compression import compressed
from owlake_connectors.firehose.conversion import Converter, converter
from owlake_connectors.firehose.error_records import ErrorType, FailedRecord
from owlake_connectors.firehose.gathering import Group
from owlake_connectors.firehose.http_endpoint import MOST_RECORDS, EndpointError, post
from owlake_connectors.firehose.model import BACKUP, RECORDS, Buffer, DeliveryStream
from owlake_connectors.firehose.objects import put_whole, write_object
from owlake_connectors.firehose.pipeline import keep
from owlake_connectors.firehose.planning import Delivery, planned
from owlake_connectors.firehose.rows import add_metrics, read_gaps
from owlake_connectors.firehose.shapes import HttpEndpointDestinationConfiguration
from owlake_connectors.firehose.store import DeliveryStore

GIVE_UP = timedelta(hours=24)
"""For so long the lake is tried again."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery came to: its bytes as they were stored, and the records that were not delivered."""

    bytes: int
    failed: Sequence[FailedRecord] = ()
    error_type: ErrorType = ErrorType.CONVERSION


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some records of a delivery, with the times (in microseconds) at which they arrived."""

    data: pa.BinaryArray
    arrived: pa.StringArray


def deliver_planned(store: DeliveryStore, stream: DeliveryStream) -> None:
    """Make the deliveries that are due. To be called with the stream's lock held."""
    now = to_microseconds(store.now())
    with store.database.read() as connection:
        found = planned(connection, stream, now)
        gaps = read_gaps(connection, stream)
    for delivery in found:
        try:
            delivered = _deliver(store, stream, delivery, gaps)
        except (OwlakeError, OSError, EndpointError) as problem:
            _note_failure(store, delivery, problem)
            continue
        note = partial(_note_delivered, stream=stream, delivery=delivery, delivered=delivered, now=now)
        keep(store, stream, [_group(delivered.failed, delivered.error_type)] if delivered.failed else [], note)


def stretches(
    store: DeliveryStore, stream: DeliveryStream, delivery: Delivery | Buffer, gaps: Sequence[tuple[int, int]]
) -> Iterator[Stretch]:
    """The records of a delivery, or of a buffer, in order."""
    reader = store.processed(stream).reader
    for first, before in _spans(delivery.first, delivery.before, gaps):
        for runs in reader.grouped(LogSpan([delivery.number], first, before)):
            yield Stretch(
                pa.concat_arrays([one.data for one in runs]), pa.concat_arrays([one.partition_key for one in runs])
            )


def _deliver(
    store: DeliveryStore, stream: DeliveryStream, delivery: Delivery, gaps: Sequence[tuple[int, int]]
) -> Delivered:
    records = stretches(store, stream, delivery, gaps)
    if delivery.kind == RECORDS and stream.destination.http is not None:
        return _post(store, stream, stream.destination.http, delivery, records)
    if delivery.kind == RECORDS and stream.destination.conversion is not None:
        return _convert(store, stream, delivery, records)
    place = stream.destination.place
    if delivery.kind == BACKUP and stream.destination.backup is not None:
        place = stream.destination.backup
    name = delivery.target.rsplit("/", 1)[-1].removesuffix(place.name_ending)
    pieces = compressed((_bytes_of(one.data) for one in records), place.compression, name)
    return Delivered(write_object(store.home, delivery.target, pieces))


def _post(
    store: DeliveryStore,
    stream: DeliveryStream,
    configuration: HttpEndpointDestinationConfiguration,
    delivery: Delivery,
    records: Iterator[Stretch],
) -> Delivered:
    """Send records; once the endpoint was tried for long enough they are kept in the error output."""
    now = store.now()
    data: list[bytes] = []
    arrived: list[str] = []
    for one in records:
        data += one.data.to_pylist()
        arrived += one.arrived.to_pylist()
    try:
        size = 0
        for start in range(0, len(data), MOST_RECORDS):
            request = f"{delivery.target}-{start}" if start else delivery.target
            size += post(stream, configuration, request, data[start : start + MOST_RECORDS], now)
    except EndpointError as problem:
        if problem.is_final:
            return Delivered(0)
        retry = configuration.retry_options
        seconds = 300 if retry is None or retry.duration_in_seconds is None else retry.duration_in_seconds
        if now - delivery.planned < timedelta(seconds=seconds):
            raise
        attempts = delivery.attempts + 1
        failed = [
            FailedRecord(one, from_microseconds(int(moment)), problem.code, str(problem), now, attempts)
            for one, moment in zip(data, arrived, strict=True)
        ]
        return Delivered(0, failed, ErrorType.HTTP)
    return Delivered(size)


def _convert(store: DeliveryStore, stream: DeliveryStream, delivery: Delivery, records: Iterator[Stretch]) -> Delivered:
    configuration = stream.destination.conversion
    assert configuration is not None
    made = converter(store.home, configuration)
    failed: list[FailedRecord] = []
    rows = _rows(made, records, failed, store.now())
    first = next(rows, None)
    if first is None:
        return Delivered(0, failed)

    def write(place: str) -> int:
        file = made.files.begin(store.home.storage, place)
        try:
            for batch in chain([first], rows):
                file.write(batch)
            return file.close()
        except BaseException:
            file.abandon()
            raise

    return Delivered(put_whole(store.home, delivery.target, write), failed)


def _rows(
    made: Converter, records: Iterator[Stretch], failed: list[FailedRecord], now: datetime
) -> Iterator[pa.RecordBatch]:
    """The rows of records; those that are none are added to the failed ones."""
    for one in records:
        rows, faulty = made.convert(one.data)
        for found in faulty:
            arrived = from_microseconds(int(one.arrived[found.place].as_py()))
            data = one.data[found.place].as_py()
            failed.append(FailedRecord(data, arrived, "DataFormatConversion.MalformedData", found.message, now))
        if rows.num_rows:
            yield rows


def _group(failed: Sequence[FailedRecord], kind: ErrorType) -> Group:
    lines = pa.array([one.line() for one in failed], pa.binary())
    return Group(kind.value, {}, lines, np.array([to_microseconds(one.arrived) for one in failed], np.int64))


def _spans(first: int, before: int, gaps: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """A span without the gaps in it."""
    for start, stop in gaps:
        if stop <= first or start >= before:
            continue
        if start > first:
            yield first, start
        first = stop
    if first < before:
        yield first, before


def _bytes_of(data: pa.BinaryArray) -> bytes:
    """The values one after the other."""
    offsets = np.frombuffer(data.buffers()[1], np.int32)[data.offset : data.offset + len(data) + 1]
    return bytes(data.buffers()[2][int(offsets[0]) : int(offsets[-1])]) if len(data) else b""


def _note_delivered(
    connection: sqlite3.Connection, stream: DeliveryStream, delivery: Delivery, delivered: Delivered, now: int
) -> None:
    connection.execute(
        "UPDATE deliveries SET state = 'DELIVERED', ended = ?, due = NULL, delivered_bytes = ?, attempts = attempts + 1"
        " WHERE id = ?",
        (now, delivered.bytes, delivery.id),
    )
    to_http = delivery.kind == RECORDS and stream.destination.http is not None
    prefix = "DeliveryToHttpEndpoint" if to_http else "BackupToS3" if delivery.kind == BACKUP else "DeliveryToS3"
    freshness = (now - to_microseconds(delivery.opened)) / 1_000_000
    values = [("Success", 1), ("Records", delivery.records), ("Bytes", delivered.bytes), ("DataFreshness", freshness)]
    add_metrics(connection, stream, now // 60_000_000, [(f"{prefix}.{name}", value) for name, value in values])


def _note_failure(store: DeliveryStore, delivery: Delivery, problem: Exception) -> None:
    """Have it tried again, each time after twice as long; after a day it stays as it is, and its records with it."""
    now = store.now()
    wait = min(_FIRST_WAIT * 2 ** min(delivery.attempts, 20), _LONGEST_WAIT)
    is_over = now - delivery.planned >= GIVE_UP
    code = problem.code if isinstance(problem, OwlakeError | EndpointError) else "S3.InternalError"
    with store.database.write() as connection:
        connection.execute(
            "UPDATE deliveries SET attempts = attempts + 1, state = ?, due = ?, error_code = ?, error_message = ?"
            " WHERE id = ?",
            (
                "FAILED" if is_over else "PLANNED",
                None if is_over else to_microseconds(now + wait),
                code,
                str(problem),
                delivery.id,
            ),
        )
