"""Deliveries made: the records of a closed buffer become an object, or go elsewhere."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa

from owlake.spi import (
    DeliveryBuffer,
    DeliveryDestination,
    DeliveryError,
    DeliveryFailure,
    DeliveryReceipt,
    DeliveryRecords,
    LogSpan,
    OwlakeError,
    RefusedRecord,
    from_microseconds,
    to_microseconds,
)
from owlake_connectors.firehose.compression import compressed
from owlake_connectors.firehose.conversion import converter
from owlake_connectors.firehose.error_records import ErrorType, FailedRecord
from owlake_connectors.firehose.gathering import Group
from owlake_connectors.firehose.model import BACKUP, RECORDS, Buffer, DeliveryStream, Kind
from owlake_connectors.firehose.objects import put_whole, write_object
from owlake_connectors.firehose.pipeline import keep
from owlake_connectors.firehose.planning import Delivery, planned
from owlake_connectors.firehose.rows import add_metrics, read_gaps
from owlake_connectors.firehose.store import DeliveryStore

GIVE_UP = timedelta(hours=24)
"""For so long the lake is tried again."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(seconds=120)
_JITTER = 0.15
_RETRY_SECONDS = 300
"""For so long another destination than the lake is tried again unless the delivery stream says."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery came to.

    Attributes:
        bytes: As they were stored.
        failed: The records that were not delivered, for the error output.
        problem: Why none was delivered; they are kept there, or nowhere.
    """

    bytes: int
    failed: Sequence[FailedRecord] = ()
    error_type: str = ErrorType.CONVERSION
    problem: DeliveryError | None = None

    @property
    def state(self) -> str:
        """What the log of deliveries says of it."""
        if self.problem is None:
            return "DELIVERED"
        return "KEPT" if self.failed else "DISCARDED"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some records of a delivery, with the times (in microseconds) at which they arrived."""

    data: pa.BinaryArray
    arrived: pa.StringArray


def deliver_planned(
    store: DeliveryStore,
    stream: DeliveryStream,
    destination_of: Callable[[DeliveryStream], DeliveryDestination | None],
) -> None:
    """Make the deliveries that are due; a destination of None is the lake. To be called with the stream's lock held."""
    now = to_microseconds(store.now())
    with store.database.read() as connection:
        found = planned(connection, stream, now)
        gaps = read_gaps(connection, stream)
    for delivery in found:
        records = partial(stretches, store, stream, delivery, gaps)
        metric = "BackupToS3" if delivery.kind == BACKUP else "DeliveryToS3"
        planned_for = store.at_version(stream, delivery.version)
        try:
            elsewhere = destination_of(planned_for) if delivery.kind == RECORDS else None
            if elsewhere is None:
                delivered = _deliver(store, planned_for, delivery, records)
            else:
                metric = f"DeliveryTo{elsewhere.metric}"
                delivered = _hand_over(store, planned_for, elsewhere, delivery, records)
        except (OwlakeError, OSError, DeliveryError) as problem:
            _note_failure(store, stream, delivery, problem, metric)
            continue
        note = partial(_note_delivered, stream=stream, delivery=delivery, delivered=delivered, now=now, metric=metric)
        keep(store, stream, [_group(delivered.failed, delivered.error_type)] if delivered.failed else [], note)
        if elsewhere is not None:
            elsewhere.forget(delivery.target)


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
    store: DeliveryStore, stream: DeliveryStream, delivery: Delivery, records: Callable[[], Iterator[Stretch]]
) -> Delivered:
    if delivery.kind == RECORDS and stream.destination.conversion is not None:
        return _convert(store, stream, delivery, records)
    place = stream.destination.place
    if delivery.kind == BACKUP and stream.destination.backup is not None:
        place = stream.destination.backup
    name = delivery.target.rsplit("/", 1)[-1].removesuffix(place.name_ending)
    pieces = compressed((_bytes_of(one.data) for one in records()), place.compression, name)
    return Delivered(write_object(store.home, delivery.target, pieces))


def _hand_over(
    store: DeliveryStore,
    stream: DeliveryStream,
    destination: DeliveryDestination,
    delivery: Delivery,
    records: Callable[[], Iterator[Stretch]],
) -> Delivered:
    """Have a destination deliver records; those that it does not take are kept in the error output.

    Errors: DeliveryError where it is to be tried again.
    """
    attempts = delivery.attempts + 1
    buffer = DeliveryBuffer(
        delivery.target, stream.name, stream.arn, delivery.opened, attempts, store.now(), delivery.records,
        delivery.bytes, (DeliveryRecords(one.data, _moments(one.arrived)) for one in records()),
    )  # fmt: skip
    problem = None
    try:
        receipt = destination.deliver(buffer)
        refused = receipt.refused
    except Exception as caught:
        problem = _as_delivery_error(caught)
        if problem.failure == DeliveryFailure.RETRY and _is_time_left(stream, delivery, buffer.now):
            raise problem from caught
        receipt, refused = DeliveryReceipt(0), ()
        if problem.failure != DeliveryFailure.DISCARD:
            refused = [
                RefusedRecord(place, problem.code, str(problem), destination.details(buffer, place))
                for place in range(delivery.records)
            ]
    failed = _failed(refused, records(), store.now(), attempts) if refused else ()
    return Delivered(receipt.bytes, failed, destination.error_type, problem)


def _failed(
    refused: Sequence[RefusedRecord], records: Iterator[Stretch], now: datetime, attempts: int
) -> list[FailedRecord]:
    """Lines of the error output for refused records, in the order of these."""
    places = {one.place: one for one in refused}
    failed = []
    place = 0
    for stretch in records:
        for data, arrived in zip(stretch.data, stretch.arrived, strict=True):
            if (one := places.get(place)) is not None:
                moment = from_microseconds(int(arrived.as_py()))
                failed.append(FailedRecord(data.as_py(), moment, one.code, one.message, now, attempts, one.details))
            place += 1
    return failed


def _is_time_left(stream: DeliveryStream, delivery: Delivery, now: datetime) -> bool:
    """Whether a delivery that failed may be tried again: the time for that counts from the first failure."""
    options = stream.destination.elsewhere.retry_options
    seconds = _RETRY_SECONDS if options is None or options.duration_in_seconds is None else options.duration_in_seconds
    return now - (delivery.failed or now) < timedelta(seconds=seconds)


def _as_delivery_error(problem: Exception) -> DeliveryError:
    if isinstance(problem, DeliveryError):
        return problem
    if isinstance(problem, OwlakeError):
        return DeliveryError(problem.code, problem.message)
    return DeliveryError("InternalFailure", f"{type(problem).__name__}: {problem}")


def _moments(arrived: pa.StringArray) -> pa.TimestampArray:
    return arrived.cast(pa.int64()).cast(pa.timestamp("us", "UTC"))


def _convert(
    store: DeliveryStore, stream: DeliveryStream, delivery: Delivery, records: Callable[[], Iterator[Stretch]]
) -> Delivered:
    configuration = stream.destination.conversion
    assert configuration is not None
    made = converter(store.home, configuration)
    rows = made.reader.rows(one.data for one in records())
    first = next(rows, None)

    def write(place: str) -> int:
        file = made.files.begin(store.home.storage, place)
        try:
            for batch in chain([first], rows):
                file.write(batch)
            return file.close()
        except BaseException:
            file.abandon()
            raise

    size = 0 if first is None else put_whole(store.home, delivery.target, write)
    refused = made.reader.refused
    return Delivered(size, _failed(refused, records(), store.now(), delivery.attempts + 1) if refused else ())


def _group(failed: Sequence[FailedRecord], kind: Kind) -> Group:
    lines = pa.array([one.line() for one in failed], pa.binary())
    return Group(kind, {}, lines, np.array([to_microseconds(one.arrived) for one in failed], np.int64))


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
    connection: sqlite3.Connection,
    *,
    stream: DeliveryStream,
    delivery: Delivery,
    delivered: Delivered,
    now: int,
    metric: str,
) -> None:
    problem = delivered.problem
    connection.execute(
        "UPDATE deliveries SET state = ?, ended = ?, due = NULL, delivered_bytes = ?, attempts = attempts + 1,"
        " error_code = coalesce(?, error_code), error_message = coalesce(?, error_message) WHERE id = ?",
        (
            delivered.state,
            now,
            delivered.bytes,
            None if problem is None else problem.code,
            None if problem is None else str(problem),
            delivery.id,
        ),
    )
    values = [("Success", 0.0)]
    if problem is None:
        freshness = (now - to_microseconds(delivery.opened)) / 1_000_000
        records = delivery.records - len(delivered.failed)
        values = [("Success", 1), ("Records", records), ("Bytes", delivered.bytes), ("DataFreshness", freshness)]
    add_metrics(connection, stream, now, [(f"{metric}.{name}", value) for name, value in values])
    if delivery.kind == RECORDS and problem is None and stream.destination.conversion is not None:
        refused = len(delivered.failed)
        counts = [("SucceedConversion.Records", delivery.records - refused), ("FailedConversion.Records", refused)]
        add_metrics(connection, stream, now, counts)


def _note_failure(
    store: DeliveryStore, stream: DeliveryStream, delivery: Delivery, problem: Exception, metric: str
) -> None:
    """Have it tried again, each time after twice as long; after a day it stays as it is, and its records with it."""
    now = store.now()
    is_over = now - delivery.planned >= GIVE_UP
    code = problem.code if isinstance(problem, OwlakeError | DeliveryError) else "S3.InternalError"
    with store.database.write() as connection:
        connection.execute(
            "UPDATE deliveries SET attempts = attempts + 1, state = ?, due = ?, error_code = ?, error_message = ?,"
            " failed = coalesce(failed, ?) WHERE id = ?",
            (
                "FAILED" if is_over else "PLANNED",
                None if is_over else to_microseconds(now + _wait(delivery)),
                code,
                str(problem),
                to_microseconds(now),
                delivery.id,
            ),
        )
        add_metrics(connection, stream, to_microseconds(now), [(f"{metric}.Success", 0)])


def _wait(delivery: Delivery) -> timedelta:
    """Before another attempt: twice as long each time, up to two minutes, and 15 % more or less by chance.

    The chance is the delivery's own: under a clock that is moved by hand the same happens each time.
    """
    wait = min(_FIRST_WAIT * 2 ** min(delivery.attempts, 20), _LONGEST_WAIT)
    chance = random.Random(f"{delivery.id} {delivery.attempts}")  # noqa: S311  (nothing secret)
    return timedelta(seconds=wait.total_seconds() * chance.uniform(1 - _JITTER, 1 + _JITTER))
