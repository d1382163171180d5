"""A delivery stream at work: records are taken from the source, processed, gathered, and delivered when it is time.

Each step says in one transaction what it did. What it wrote into the log before, and died, is left out by readers and
done again: so nothing is lost, and nothing is there twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pyarrow as pa

from owlake.spi import LogHead, LogRun, LogSpan, build_frame_of_arrays, reclaim_log_before, to_microseconds
from owlake_connectors.firehose.configuration import processors_of
from owlake_connectors.firehose.error_records import ErrorType
from owlake_connectors.firehose.gathering import Gathered, Group, due, gather, groups
from owlake_connectors.firehose.model import RECORDS, Buffer, DeliveryStream
from owlake_connectors.firehose.planning import plan
from owlake_connectors.firehose.processing.records import Outcome, Records, Source, Step, run
from owlake_connectors.firehose.rows import MINUTE, Metrics, add_metrics, read_buffers, write_keys
from owlake_connectors.firehose.store import DeliveryStore

_ROWS = 1 << 16
"""Records that are processed at once."""
DELIVERIES_KEPT, METRICS_KEPT = timedelta(days=30), timedelta(days=15)
"""For so long the log of deliveries and metrics by the minute are to be seen."""
_MICROSECOND = timedelta(microseconds=1)


Advance = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """Records from the source, and how the transaction that keeps them says how far it was read."""

    source: Source
    advance: Advance


def process(store: DeliveryStore, stream: DeliveryStream, steps: Sequence[Step], taken: Iterator[Taken]) -> None:
    """Take what the source has and gather it. To be called with the stream's lock held."""
    recover(store, stream)
    for one in taken:
        now = to_microseconds(store.now())
        outcome = run(steps, Records.of(one.source))
        found = groups(outcome, one.source, stream, now)
        metrics = [*_read(stream, one.source), *_processed(stream, outcome)]

        def note(connection: sqlite3.Connection, one: Taken = one, now: int = now, metrics: Metrics = metrics) -> None:
            one.advance(connection)
            add_metrics(connection, stream, now, metrics)

        keep(store, stream, found, note)


def keep(
    store: DeliveryStore, stream: DeliveryStream, found: Sequence[Group], note: Callable[[sqlite3.Connection], None]
) -> None:
    """Gather groups of records; ``note`` says in the same transaction where they came from."""
    if not found:
        with store.database.write() as connection:
            note(connection)
        return
    with store.database.read() as connection:
        buffers = read_buffers(connection, stream)
        number = _next_number(connection, stream)
    gathered = gather(found, buffers, stream, number, store.now())
    first = _append(store, stream, gathered)
    with store.database.write() as connection:
        note(connection)
        now = to_microseconds(store.now())
        end = _keep(connection, stream, gathered, first, now)
        add_metrics(connection, stream, now, _active(connection, stream, gathered))
        connection.execute("UPDATE delivery_streams SET kept = max(kept, ?) WHERE id = ?", (end, stream.id))


def incoming(store: DeliveryStore, stream: DeliveryStream) -> Iterator[Taken]:
    """What was put and is not processed yet."""
    with store.database.read() as connection:
        (taken,) = connection.execute("SELECT taken FROM delivery_streams WHERE id = ?", (stream.id,)).fetchone()
    log = store.incoming(stream)
    for runs in log.reader.grouped(LogSpan(first=taken), _ROWS):
        counts = [len(one.data) for one in runs]
        arrived = np.repeat(np.array([int(one.entry["arrival"]) for one in runs], np.int64), counts)
        end = int(runs[-1].entry["ordinal"]) + counts[-1]
        data = pa.concat_arrays([one.data for one in runs])

        def advance(connection: sqlite3.Connection, end: int = end) -> None:
            connection.execute("UPDATE delivery_streams SET taken = ? WHERE id = ?", (end, stream.id))

        yield Taken(Source(data, arrived), advance)


def close_due(store: DeliveryStore, stream: DeliveryStream, *, all_of_them: bool = False) -> None:
    """Plan the deliveries of buffers whose time is over, or of all that are open."""
    now = to_microseconds(store.now())
    with store.database.write() as connection:
        for buffer in read_buffers(connection, stream):
            if all_of_them or due(stream, buffer) <= now:
                plan(connection, stream, buffer, now)


def hasten(store: DeliveryStore, stream: DeliveryStream) -> None:
    """Have what failed delivered now: what waits for another attempt, and what was given up."""
    with store.database.write() as connection:
        connection.execute(
            "UPDATE deliveries SET state = 'PLANNED', due = ? WHERE stream_id = ? AND state IN ('PLANNED', 'FAILED')",
            (to_microseconds(store.now()), stream.id),
        )


def next_due(store: DeliveryStore, stream: DeliveryStream) -> int | None:
    """When something is to be done next, in microseconds: a buffer closed, a delivery tried again."""
    with store.database.read() as connection:
        moments = [due(stream, buffer) for buffer in read_buffers(connection, stream)]
        (retry,) = connection.execute(
            "SELECT min(due) FROM deliveries WHERE stream_id = ? AND state = 'PLANNED'", (stream.id,)
        ).fetchone()
    return min(moments if retry is None else [*moments, retry], default=None)


def reclaim(store: DeliveryStore, stream: DeliveryStream) -> None:
    """Let go of the parts of the logs that nobody needs any more."""
    with store.database.read() as connection:
        taken, kept = connection.execute(
            "SELECT taken, kept FROM delivery_streams WHERE id = ?", (stream.id,)
        ).fetchone()
        (first,) = connection.execute(
            "SELECT min(first) FROM (SELECT first FROM buffers WHERE stream_id = :id"
            " UNION ALL SELECT first FROM deliveries WHERE stream_id = :id AND state IN ('PLANNED', 'FAILED'))",
            {"id": stream.id},
        ).fetchone()
    reclaim_log_before(store.incoming(stream), taken)
    needed = kept if first is None else min(first, kept)
    reclaim_log_before(store.processed(stream), needed)
    with store.database.write() as connection:
        connection.execute("DELETE FROM gaps WHERE stream_id = ? AND before <= ?", (stream.id, needed))
        _forget(connection, stream, to_microseconds(store.now()))
        connection.execute(
            "DELETE FROM destinations WHERE stream_id = :id AND version NOT IN"
            " (SELECT version FROM deliveries WHERE stream_id = :id AND state IN ('PLANNED', 'FAILED'))",
            {"id": stream.id},
        )


def _forget(connection: sqlite3.Connection, stream: DeliveryStream, now: int) -> None:
    """Let go of the log of deliveries that are over, and of metrics, once they are old."""
    connection.execute(
        "DELETE FROM deliveries WHERE stream_id = ? AND ended < ? AND state NOT IN ('PLANNED', 'FAILED')",
        (stream.id, now - DELIVERIES_KEPT // _MICROSECOND),
    )
    connection.execute(
        "DELETE FROM metrics WHERE stream_id = ? AND minute < ?",
        (stream.id, (now - METRICS_KEPT // _MICROSECOND) // MINUTE),
    )


def recover(store: DeliveryStore, stream: DeliveryStream) -> None:
    """Note processed records that were written by a process that died before it said so: they do not count."""
    end = store.processed(stream).head.ordinal
    with store.database.read() as connection:
        (kept,) = connection.execute("SELECT kept FROM delivery_streams WHERE id = ?", (stream.id,)).fetchone()
    if kept < end:
        with store.database.write() as connection:
            # An empty log begins with the ordinal 1.
            if kept:
                connection.execute("INSERT INTO gaps VALUES (?, ?, ?)", (stream.id, kept, end))
            elif end > 1:
                connection.execute("INSERT INTO gaps VALUES (?, ?, ?)", (stream.id, 1, end))
            connection.execute("UPDATE delivery_streams SET kept = ? WHERE id = ?", (end, stream.id))


def _append(store: DeliveryStore, stream: DeliveryStream, gathered: Sequence[Gathered]) -> int:
    """Write the records into the log, in this order; the ordinal of the first."""
    writer = store.processed(stream).writer
    pieces = [one for one in gathered if len(one.data)]
    if not pieces:
        return writer.head.ordinal
    runs = []
    for one in pieces:
        offsets = np.frombuffer(one.data.buffers()[1], np.int32, len(one.data) + 1, 4 * one.data.offset)
        runs.append(LogRun(one.buffer.number, len(one.data), int(offsets[-1] - offsets[0])))
    # When a record arrived stands in place of its key: errors are to tell it.
    times = pa.array(np.concatenate([one.arrived for one in pieces])).cast(pa.string())
    frame = build_frame_of_arrays(runs, times, pa.concat_arrays([one.data for one in pieces]), 0)
    return writer.append([frame], writer.head.ordinal, writer.head.words[LogHead.GENERATION])


def _keep(
    connection: sqlite3.Connection, stream: DeliveryStream, gathered: Sequence[Gathered], ordinal: int, now: int
) -> int:
    """Say what is in which buffer, and which are closed; the ordinal behind the last record."""
    held: dict[int, Buffer] = {}
    grown: list[tuple[int, int, int, int]] = []
    for one in gathered:
        rows = len(one.data)
        before = held.get(one.buffer.number, one.buffer)
        buffer = replace(
            one.buffer,
            id=before.id,
            first=before.first if before.records and before.first else ordinal,
            before=ordinal + rows if rows else before.before,
        )
        ordinal += rows
        if one.closes:
            plan(connection, stream, buffer, now)
        elif buffer.id:
            held[buffer.number] = buffer
            grown.append((buffer.before, buffer.records, buffer.bytes, buffer.id))
        else:
            held[buffer.number] = _insert(connection, stream, buffer)
    connection.executemany("UPDATE buffers SET before = ?, records = ?, bytes = ? WHERE id = ?", grown)
    return ordinal


def _insert(connection: sqlite3.Connection, stream: DeliveryStream, buffer: Buffer) -> Buffer:
    cursor = connection.execute(
        "INSERT INTO buffers (stream_id, kind, keys, number, opened, first, before, records, bytes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stream.id,
            buffer.kind,
            write_keys(buffer.keys),
            buffer.number,
            to_microseconds(buffer.opened),
            buffer.first,
            buffer.before,
            buffer.records,
            buffer.bytes,
        ),
    )
    assert cursor.lastrowid is not None
    return replace(buffer, id=cursor.lastrowid)


def _next_number(connection: sqlite3.Connection, stream: DeliveryStream) -> int:
    (found,) = connection.execute(
        "SELECT max(number) FROM (SELECT number FROM buffers WHERE stream_id = :id"
        " UNION ALL SELECT number FROM deliveries WHERE stream_id = :id AND state = 'PLANNED')",
        {"id": stream.id},
    ).fetchone()
    return 0 if found is None else found + 1


def _read(stream: DeliveryStream, source: Source) -> Metrics:
    count, size = len(source.data), _size(source.data)
    if stream.source is None:
        return [("IncomingRecords", count), ("IncomingBytes", size)]
    return [("DataReadFromKinesisStream.Records", count), ("DataReadFromKinesisStream.Bytes", size)]


def _processed(stream: DeliveryStream, outcome: Outcome) -> Metrics:
    """What a function gave back; nothing where there is none."""
    if not any(one.type == "Lambda" for one in processors_of(stream.destination.processing)):
        return []
    data = outcome.records.data
    return [("SucceedProcessing.Records", len(data)), ("SucceedProcessing.Bytes", _size(data))]


def _active(connection: sqlite3.Connection, stream: DeliveryStream, gathered: Sequence[Gathered]) -> Metrics:
    """How many partitions have open buffers, and whether there were too many; nothing without partitions."""
    if not stream.destination.place.prefix.keys:
        return []
    (count,) = connection.execute(
        "SELECT count(*) FROM buffers WHERE stream_id = ? AND kind = ?", (stream.id, RECORDS)
    ).fetchone()
    exceeded = any(one.buffer.kind == ErrorType.PARTITIONS for one in gathered)
    return [("PartitionCount", count), ("PartitionCountExceeded", exceeded)]


def _size(data: pa.BinaryArray) -> int:
    return int(pa.compute.sum(pa.compute.binary_length(data)).as_py() or 0)
