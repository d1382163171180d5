"""A stream as a table: typed rows of its records, read from the log in parts; INSERT puts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import (
    MOMENT,
    Aggregation,
    Batches,
    Capability,
    Column,
    Constraint,
    Inserted,
    LogReader,
    LogRecords,
    LogSpan,
    Part,
    RecordFormat,
    Scan,
    Table,
    error,
    to_microseconds,
    types,
)
from owlake_connectors.kinesis import aggregation
from owlake_connectors.kinesis.columns import COLUMNS, batch_of
from owlake_connectors.kinesis.model import Stream
from owlake_connectors.kinesis.store import StreamStore
from owlake_connectors.kinesis.tables.decoding import Schemas, record_format
from owlake_connectors.kinesis.tables.definition import Definition
from owlake_connectors.kinesis.tables.putting import insert
from owlake_connectors.kinesis.tables.spans import exact_columns, spans_of

ERROR = "$error"
HIDDEN = (
    Column("$shard_id", types.VARCHAR, hidden=True, comment="The shard that has the record"),
    Column("$sequence_number", types.VARCHAR, hidden=True, comment="Its number in the shard, 56 digits"),
    Column("$subsequence_number", types.BIGINT, hidden=True, comment="Its place in an aggregate, or 0"),
    Column("$partition_key", types.VARCHAR, hidden=True, comment="What it was put with"),
    Column("$explicit_hash_key", types.VARCHAR, hidden=True, comment="What it was put with, if anything"),
    Column("$approximate_arrival_timestamp", MOMENT, hidden=True, comment="When it was put"),
    Column("$data", types.VARBINARY, hidden=True, comment="The record as it is"),
    Column(ERROR, types.VARCHAR, hidden=True, comment="Why it cannot be read; NULL if it can"),
)
_AT_ONCE = 16_384
"""So many records are decoded together."""


class StreamTable(Table):
    """The records that a stream has now."""

    capabilities = frozenset(Capability)

    def __init__(self, store: StreamStore, stream: Stream, definition: Definition, schemas: Schemas) -> None:
        self.columns = (*definition.columns, *HIDDEN)
        self._store = store
        self._stream = stream
        self._definition = definition
        self._schemas = schemas

    @cached_property
    def _format(self) -> RecordFormat:
        return record_format(self._definition, self._schemas)

    # Reading --------------------------------------------------------------------------------------------

    def exact(self, constraint: Constraint) -> frozenset[str]:
        """Shards by name, and times."""
        return exact_columns(constraint)

    def aggregates(self, aggregation: Aggregation) -> bool:
        """How many records there are: none is read for its columns, unless one that cannot be read ends it all."""
        measures = ((one.function, one.column) for one in aggregation.measures)
        return not aggregation.keys and not self._definition.fails and all(one == ("count", None) for one in measures)

    def scan(self, scan: Scan) -> Batches:
        """The records as they lie in the log, as many as are wanted."""
        reader, spans = self._wanted(scan)
        if scan.aggregation is not None:
            count = sum(
                batch.num_rows for batch in self._read(reader, spans, Scan(("$subsequence_number",), scan.constraint))
            )
            yield pa.record_batch({one.name: pa.array([count], pa.int64()) for one in scan.aggregation.measures})
            return
        left = scan.limit
        for batch in self._read(reader, spans, scan):
            if left is None:
                yield batch
                continue
            yield batch.slice(0, left)
            left -= batch.num_rows
            if left <= 0:
                return

    def parts(self, scan: Scan, most: int) -> Sequence[Part]:
        """Pieces of the log with about as many records each, whatever shards they are of."""
        if scan.limit is not None or scan.aggregation is not None:
            return [lambda: self.scan(scan)]
        reader, spans = self._wanted(scan)
        return [self._part(reader, piece, scan) for piece in _pieces(reader, spans, most)]

    def explain(self, scan: Scan) -> Mapping[str, str]:
        """How much of the log is read."""
        reader, spans = self._wanted(scan)
        read = {id(view) for span in spans for view, _ in reader.runs(span)}
        there = sum(1 for _ in reader.runs(LogSpan()))
        numbers = {number for span in spans for number in span.shards or self._stream.by_number}
        shards = [one.id for one in self._stream.shards if one.number in numbers]
        return {
            "shards": f"{len(shards)} of {len(self._stream.shards)}",
            "segments": f"{len(read)} of {there}",
        }

    def _wanted(self, scan: Scan) -> tuple[LogReader, list[LogSpan]]:
        reader = self._store.log(self._stream).reader
        horizon = to_microseconds(self._stream.trim_horizon(self._store.now()))
        return reader, spans_of(self._stream, scan.constraint, horizon, reader.end())

    def _part(self, reader: LogReader, spans: Sequence[LogSpan], scan: Scan) -> Part:
        return lambda: self._read(reader, spans, scan)

    def _read(self, reader: LogReader, spans: Sequence[LogSpan], scan: Scan) -> Iterator[pa.RecordBatch]:
        shards, asked = self._stream.by_number, self._asked(scan)
        most = _AT_ONCE if scan.limit is None else min(scan.limit, _AT_ONCE)
        for span in spans:
            for runs in reader.grouped(span, most):
                batch = batch_of(runs, shards, asked)
                # Where nobody asks for the data it is looked at as it lies: to copy it would take most of the time.
                data = [batch.column("data")] if "data" in asked else [one.data for one in runs]
                if any(map(aggregation.may_be_aggregated, data)):
                    batch = aggregation.deaggregated(batch_of(runs, shards, tuple(COLUMNS)), self._ranges(runs))
                yield self._rows(batch, scan)

    def _ranges(self, runs: list[LogRecords]) -> list[tuple[int, int]]:
        """For each record, the hash keys of its shard."""
        shards = (self._stream.by_number[int(run.entry["shard"])] for run in runs)
        return [(one.start, one.end) for one, run in zip(shards, runs, strict=True) for _ in range(len(run.data))]

    def _asked(self, scan: Scan) -> list[str]:
        """What is read of each record: also its data where that is decoded, and what an error names."""
        needed = {name.removeprefix("$") for name in scan.columns if name.startswith("$")}
        if self._decodes(scan):
            needed |= {"data"}
        if self._definition.fails:
            needed |= {"shard_id", "sequence_number"}
        return [name for name in COLUMNS if name in needed]

    def _decodes(self, scan: Scan) -> bool:
        """Whether the rows cannot be told without what the records say."""
        return self._definition.fails or any(not name.startswith("$") or name == ERROR for name in scan.columns)

    def _rows(self, batch: pa.RecordBatch, scan: Scan) -> pa.RecordBatch:
        known = {f"${name}": column for name, column in zip(batch.schema.names, batch.columns, strict=True)}
        if self._decodes(scan):
            known |= self._decoded(batch)
        return pa.RecordBatch.from_arrays([known[name] for name in scan.columns], names=list(scan.columns))

    def _decoded(self, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        decoded = self._format.decode(batch.column("data"))
        if decoded.errors is not None and self._definition.fails:
            place = int(pc.indices_nonzero(pc.is_valid(decoded.errors))[0].as_py())
            number, shard = (batch.column(name)[place].as_py() for name in ("sequence_number", "shard_id"))
            text = f"Record {number} of {shard} cannot be read: {decoded.errors[place].as_py()}"
            raise error("INVALID_RECORD", text, hint="on_error = 'null' gives NULL, and the reason in $error.")
        problems = pa.nulls(batch.num_rows, pa.string()) if decoded.errors is None else decoded.errors
        names = (one.name for one in self._definition.columns)
        return {**dict(zip(names, decoded.columns, strict=True)), ERROR: problems}

    # Writing --------------------------------------------------------------------------------------------

    def insert(self, batches: Batches) -> Inserted:
        """Put a record for each row; the answer is where each went."""
        return insert(self._store, self._stream.name, self._definition, self._format, batches)


def _pieces(reader: LogReader, spans: Sequence[LogSpan], most: int) -> list[list[LogSpan]]:
    """The spans in as many pieces, of about as many records each."""
    runs = [entries for span in spans for _, entries in reader.runs(span)]
    if not runs:
        return [list(spans)]
    ends = np.sort(np.concatenate([entries["ordinal"] + entries["rows"] for entries in runs]))
    rows = np.concatenate([entries["rows"] for entries in runs])
    if most < 2 or int(rows.sum()) < most * _AT_ONCE:
        return [list(spans)]
    cuts = sorted({int(ends[len(ends) * number // most]) for number in range(1, most)})
    bounds = [0, *cuts, None]
    pieces = [[_between(span, low or 0, high) for span in spans] for low, high in itertools.pairwise(bounds)]
    return [[one for one in piece if one.before is None or one.first < one.before] for piece in pieces]


def _between(span: LogSpan, first: int, before: int | None) -> LogSpan:
    bounds = [one for one in (span.before, before) if one is not None]
    return LogSpan(span.shards, max(span.first, first), min(bounds) if bounds else None, span.since, span.until)
