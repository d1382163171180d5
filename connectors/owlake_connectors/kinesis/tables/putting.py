"""INSERT INTO a stream: rows become records, which are put in large batches; where each one went is the answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import (
    Batches,
    Column,
    Inserted,
    OwlakeError,
    RecordFormat,
    check_stopped,
    error,
    finding,
    types,
    violations,
)
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.hashing import MAX_HASH_KEY
from owlake_connectors.kinesis.records import Batch, put
from owlake_connectors.kinesis.store import StreamStore
from owlake_connectors.kinesis.tables.definition import Definition
from owlake_connectors.kinesis.tables.keys import MakeKeys, as_text, key_maker

ANSWER = (Column("shard_id", types.VARCHAR), Column("sequence_number", types.VARCHAR))
_SCHEMA = pa.schema([(one.name, pa.string()) for one in ANSWER])

_ROWS, _BYTES = 8192, 8 << 20
"""What is put at once, at most."""
_HELD_ROWS, _HELD_BYTES = 8 * _ROWS, 8 * _BYTES
"""So much is computed before anything is put: a query that fails early has put nothing."""
_KEPT_ROWS = 1 << 17
"""An answer with more rows waits on disk."""
_LONGEST_KEY = 256
_PASSING = (errors.THROUGHPUT_EXCEEDED, errors.INTERNAL_FAILURE)
"""What is refused for a moment only."""
_ATTEMPTS = 100
_PAUSE = 0.1


def insert(
    store: StreamStore, stream: str, definition: Definition, format_: RecordFormat, batches: Batches
) -> Inserted:
    """Put a record for each row.

    Errors: those of the rows, of their keys and of the service; each says how many records had been put.
    """
    rows = _records(definition, format_, key_maker(store.home, definition), batches)
    answer = _Answer()
    try:
        for records in _chunks(_held_back(rows), store, stream):
            check_stopped()
            _put(store, stream, records, answer)
    except OwlakeError as problem:
        answer.close()
        if answer.rows:
            text = f"{answer.rows:,} records had been put before"
            problem.hint = f"{text}. {problem.hint}" if problem.hint else text
        raise
    return Inserted(answer.rows, ANSWER, answer)


# From rows to records ---------------------------------------------------------------------------------------


def _records(
    definition: Definition, format_: RecordFormat, make_keys: MakeKeys, batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Batches of data, partition keys and explicit hash keys."""
    for whole in batches:
        for start in range(0, whole.num_rows, _ROWS):
            batch = whole.slice(start, _ROWS)
            columns = [format_.encode(batch), make_keys(batch), _hash_keys(definition.hash_column, batch)]
            yield pa.RecordBatch.from_arrays(columns, names=["data", "key", "hash"])


def _hash_keys(name: str | None, batch: pa.RecordBatch) -> pa.Array:
    return pa.nulls(batch.num_rows, pa.string()) if name is None else as_text(batch.column(name))


def _held_back(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same, once there is so much that it cannot be kept, or all there is."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows > _HELD_ROWS or size > _HELD_BYTES:
            yield from held
            yield from batches
            return
    yield from held


def _chunks(batches: Iterator[pa.RecordBatch], store: StreamStore, stream: str) -> Iterator[Batch]:
    """What is put at once, checked as the service checks its requests. Errors: ValidationException."""
    largest = store.stream(stream).max_record_size_kib << 10
    most = store.settings.sized(largest)
    for batch in batches:
        _check(batch, most)
        for piece in _cut(batch):
            data, keys, hashes = (piece.column(name) for name in ("data", "key", "hash"))
            there = None if hashes.null_count == len(hashes) else hashes.to_pylist()
            yield Batch(data.to_pylist(), keys.to_pylist(), there)


def _cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in pieces that are not too large to be put at once."""
    before = np.concatenate(([0], np.cumsum(pc.binary_length(batch.column("data")).to_numpy())))
    start = 0
    while start < batch.num_rows:
        end = int(np.searchsorted(before, before[start] + _BYTES, side="right")) - 1
        end = min(max(end, start + 1), batch.num_rows)
        yield batch.slice(start, end - start)
        start = end


def _check(batch: pa.RecordBatch, most: int | None) -> None:
    data, keys = batch.column("data"), batch.column("key")
    lengths = pc.utf8_length(keys)
    if pc.max(lengths).as_py() > _LONGEST_KEY:
        place = pc.index(pc.greater(lengths, _LONGEST_KEY), pa.scalar(True)).as_py()
        key = keys[place].as_py()
        must = f"have length less than or equal to {_LONGEST_KEY}"
        raise violations([finding(f"records.{place + 1}.member.partitionKey", key, must)])
    sizes = pc.add(pc.binary_length(data), pc.binary_length(keys))
    if most is not None and pc.max(sizes).as_py() > most:
        place = pc.index(pc.greater(sizes, most), pa.scalar(True)).as_py()
        must = f"have length less than or equal to {most}"
        raise violations([finding(f"records.{place + 1}.member.data", data[place].as_py(), must)])
    for text in batch.column("hash").drop_null().to_pylist():
        if not (text.isascii() and text.isdecimal() and int(text) <= MAX_HASH_KEY):
            raise errors.invalid_hash_key(text)


# Putting ----------------------------------------------------------------------------------------------------


def _put(store: StreamStore, stream: str, records: Batch, answer: _Answer) -> None:
    """Put records; those that are refused for a moment are put again, as long as the clock goes on."""
    result = put(store, stream, records)
    shards, numbers = result.shard_ids, result.sequence_numbers
    places = list(range(len(numbers)))
    attempts = 1
    while result.refusals:
        refused = sorted(result.refusals)
        code, text = result.refusals[refused[0]]
        places = [places[row] for row in refused]
        if attempts == _ATTEMPTS or code not in _PASSING or not _wait(store):
            answer.add(shards, numbers)
            raise error(code, text)
        # As long as some are taken, the others will be.
        attempts = attempts + 1 if len(refused) == len(result.shard_ids) else 1
        result = put(store, stream, _some(records, places))
        for place, shard, number in zip(places, result.shard_ids, result.sequence_numbers, strict=True):
            shards[place], numbers[place] = shard, number
    answer.add(shards, numbers)


def _some(records: Batch, places: Sequence[int]) -> Batch:
    hashes = records.explicit_hash_keys
    return Batch(
        [records.data[place] for place in places],
        [records.partition_keys[place] for place in places],
        None if hashes is None else [hashes[place] for place in places],
    )


def _wait(store: StreamStore) -> bool:
    """Let shards recover. Whether they do: time stands still where the clock is virtual."""
    before = store.now()
    threading.Event().wait(_PAUSE)
    check_stopped()
    return store.now() > before


# The answer -------------------------------------------------------------------------------------------------


def _texts(values: Sequence[str | None]) -> pa.StringArray:
    """Those that are there, which have one length: joined, as Arrow takes one text after the other."""
    there = [one for one in values if one is not None]
    width = len(there[0]) if there else 0
    offsets = np.arange(len(there) + 1, dtype=np.int32) * np.int32(width)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer("".join(there).encode())]
    return pa.Array.from_buffers(pa.string(), len(there), buffers)


class _Answer:
    """Shard and sequence number of each record: in memory, or from some size on in a file that has no name."""

    def __init__(self) -> None:
        self.rows = 0
        self._batches: list[pa.RecordBatch] = []
        self._file: IO[bytes] | None = None
        self._writer: pa.RecordBatchFileWriter | None = None
        self._taking: Iterator[pa.RecordBatch] | None = None

    def add(self, shards: Sequence[str | None], numbers: Sequence[str | None]) -> None:
        """Note where records went; None: nowhere."""
        columns = [_texts(shards), _texts(numbers)]
        batch = pa.RecordBatch.from_arrays(columns, schema=_SCHEMA)
        self.rows += batch.num_rows
        self._batches.append(batch)
        if self._writer is None and self.rows > _KEPT_ROWS:
            self._file = TemporaryFile()  # noqa: SIM115  (closed when the answer was taken)
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._writer = pa.ipc.new_stream(self._file, _SCHEMA, options=options)
        if self._writer is not None:
            for one in self._batches:
                self._writer.write_batch(one)
            self._batches = []

    def _taken(self) -> Iterator[pa.RecordBatch]:
        if self._writer is None or self._file is None:
            yield from self._batches
            return
        self._writer.close()
        self._file.seek(0)
        yield from pa.ipc.open_stream(self._file)
        self.close()

    def __iter__(self) -> _Answer:
        return self

    def __next__(self) -> pa.RecordBatch:
        if self._taking is None:
            self._taking = self._taken()
        return next(self._taking)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
