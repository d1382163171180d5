"""A Kinesis data stream as the source: read as a table of its catalog, on from where it was read before.

The position of each shard is kept with what was made of its records. A shard that came by a split or a merge is read
when those before it are read to their ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import Domain, Range, Scan, Table
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.model import DeliveryStream
from owlake_connectors.firehose.names import stream_of
from owlake_connectors.firehose.pipeline import Advance, Taken
from owlake_connectors.firehose.processing.records import Source
from owlake_connectors.firehose.store import DeliveryStore

CATALOG = "kinesis"
_POSITION = ("$shard_id", "$partition_key", "$sequence_number", "$subsequence_number")
_COLUMNS = (*_POSITION, "$approximate_arrival_timestamp", "$data")
_LONGEST_POLL = 60
_ROWS, _BYTES = 1 << 16, 16 << 20
"""What is processed at once."""


def poll_interval(stream: DeliveryStream) -> int:
    """Seconds after which the stream is read again: so often that buffers are about as old as they may be."""
    return max(1, min(stream.destination.buffering.seconds // 5, _LONGEST_POLL))


class StreamSource:
    """The records of a stream that are not taken yet."""

    def __init__(self, store: DeliveryStore, stream: DeliveryStream) -> None:
        assert stream.source is not None
        self._store = store
        self._stream = stream
        self._name = stream_of(stream.source.kinesis_stream_arn)

    def taken(self) -> Iterator[Taken]:
        """What there is now, a shard after the other: children have greater numbers than the shards they came from."""
        with self._store.database.read() as connection:
            positions = dict(
                connection.execute(
                    "SELECT shard_id, sequence_number FROM positions WHERE stream_id = ?", (self._stream.id,)
                ).fetchall()
            )
        for shard in self._shards():
            yield from self._of_shard(shard, positions.get(shard))

    def _shards(self) -> list[str]:
        table = self._table("system", "shards")
        scan = Scan(("stream_name", "shard_id"), {"stream_name": Domain(frozenset([self._name]))})
        return sorted(
            row["shard_id"]
            for batch in table.scan(scan)
            for row in batch.to_pylist()
            if row["stream_name"] == self._name
        )

    def _of_shard(self, shard: str, position: str | None) -> Iterator[Taken]:
        """The records behind a position; without one, those that arrived since the delivery stream was made."""
        constraint = {"$shard_id": Domain(frozenset([shard]))}
        if position is None:
            constraint["$approximate_arrival_timestamp"] = Domain(ranges=(Range(self._stream.created),))
        else:
            constraint["$sequence_number"] = Domain(ranges=(Range(position, low_inclusive=False),))
        found = self._table("streams", self._name).scan(Scan(_COLUMNS, constraint))
        for wanted in _joined(_wanted(batch, _behind(batch, shard, position, self._stream)) for batch in found):
            yield Taken(_source(wanted), self._advance(shard, wanted))

    def _advance(self, shard: str, batch: pa.RecordBatch) -> Advance:
        last = batch.column("$sequence_number")[-1].as_py()

        def advance(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", (self._stream.id, shard, last))

        return advance

    def _table(self, schema: str, name: str) -> Table:
        found = self._store.home.catalogs.connector(CATALOG).table(schema, name)
        if found is None:
            raise errors.source_not_found(name)
        return found


def _joined(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches put together: what is done for each is done for as many records as may be held at once."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= _ROWS or size >= _BYTES:
            yield pa.concat_batches(held)
            held, rows, size = [], 0, 0
    if rows:
        yield pa.concat_batches(held)


def _wanted(batch: pa.RecordBatch, is_wanted: pa.BooleanArray) -> pa.RecordBatch:
    return batch if pc.all(is_wanted).as_py() else batch.filter(is_wanted)


def _behind(batch: pa.RecordBatch, shard: str, position: str | None, stream: DeliveryStream) -> pa.BooleanArray:
    """Which records are wanted: a scan may give more. Numbers of a shard are texts of the same length."""
    is_of_shard = pc.equal(batch.column("$shard_id"), shard)
    if position is not None:
        return pc.and_(is_of_shard, pc.greater(batch.column("$sequence_number"), position))
    arrived = batch.column("$approximate_arrival_timestamp").cast(pa.timestamp("us", "UTC"))
    # Arrivals are shown in milliseconds.
    since = stream.created.replace(microsecond=stream.created.microsecond // 1000 * 1000)
    return pc.and_(is_of_shard, pc.greater_equal(arrived, pa.scalar(since, arrived.type)))


def _source(batch: pa.RecordBatch) -> Source:
    arrived = batch.column("$approximate_arrival_timestamp").cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    positions = pa.RecordBatch.from_arrays(
        [batch.column(name) for name in _POSITION], names=[name.lstrip("$") for name in _POSITION]
    )
    return Source(batch.column("$data"), arrived.to_numpy(zero_copy_only=False), positions)
