"""Writing rows into a table's folders, one file filled at a time.

The rows come ordered by partition columns and bucket, so that a file is finished before the next one is begun.
Partition folders and names are Hive's; every file's name carries the write's token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import pyarrow as pa

from owlake.catalog.model import Table
from owlake.catalog.partition_names import DEFAULT_PARTITION, partition_name
from owlake.errors import error
from owlake.lake import uris
from owlake.lake.buckets import bucket_file_name, bucket_hashing, bucket_types, is_bucketed, is_sparks
from owlake.lake.model import DataFile
from owlake.lake.partition_values import value_text
from owlake.lake.storage import Storage
from owlake.lake.writing.ahead import read_ahead
from owlake.lake.writing.base import FileWriter
from owlake.lake.writing.finishing import Finishing
from owlake.lake.writing.formats import file_format
from owlake.lake.writing.manifest import Manifest, WrittenFile, WrittenPartition
from owlake.lake.writing.runs import runs_of
from owlake.types.arrow import arrow_type
from owlake.types.hive import parse_hive_type
from owlake.types.model import Type

TARGET_FILE_SIZE = 256 << 20
"""Where a file ends and the next one begins, unless the session says otherwise."""

BeforeOpen = Callable[[int, int], None]
"""Called before a file is begun for a partition and bucket that has none yet, with how many partitions and how many
pairs of partition and bucket there are, this one counted. May raise: then nothing of it has been written."""


@dataclass(frozen=True, slots=True)
class WriteTarget:
    """Where rows go.

    ``table`` says columns, partition keys, buckets and SerDe; ``location`` the folder that new partitions are made in
    (and that the files of an unpartitioned table go to); ``partition_locations`` where partitions are that exist
    already, by their values.
    """

    table: Table
    location: str
    token: str
    partition_locations: Mapping[tuple[str | None, ...], str] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Type]:
        """The columns of the files."""
        return {column.name: parse_hive_type(column.type) for column in self.table.storage.columns}

    @property
    def keys(self) -> dict[str, Type]:
        """The partition keys."""
        return {key.name: parse_hive_type(key.type) for key in self.table.partition_keys}


def write_table(
    storage: Storage,
    target: WriteTarget,
    batches: Iterable[pa.RecordBatch],
    *,
    before_open: BeforeOpen | None = None,
    give_up: Callable[[], None] | None = None,
    target_file_size: int = TARGET_FILE_SIZE,
) -> Manifest:
    """Write the rows: the table's columns, then its partition keys, ordered by keys and bucket.

    Where rows of one partition and bucket do not lie together they make several files; nothing is lost. On an error
    the unfinished file is let go; deleting what the token marks is the publisher's work. ``give_up`` is called when
    no more batches will be taken although there are some: it stops whatever makes them.

    Errors: HIVE_WRITER_OPEN_ERROR, HIVE_WRITER_DATA_ERROR, NOT_SUPPORTED for formats that cannot be written,
    whatever ``before_open`` raises.
    """
    with TableWriter(storage, target, before_open, target_file_size) as writer:
        with closing(read_ahead(batches, give_up)) as ahead:
            for batch in ahead:
                writer.write(batch)
        return writer.finish()


class _Place(NamedTuple):
    """Where a row belongs: its partition's values as text, and its bucket."""

    partition: tuple[str | None, ...]
    bucket: int | None


class TableWriter:
    """The work of ``write_table``, batch by batch."""

    def __init__(
        self, storage: Storage, target: WriteTarget, before_open: BeforeOpen | None, target_file_size: int
    ) -> None:
        self._storage = storage
        self._target = target
        self._before_open = before_open
        self._target_file_size = target_file_size
        self._format = file_format(target.table)
        self._columns, self._keys = target.columns, target.keys
        self._bucket_types = bucket_types(target.table) if _buckets_of(target.table) else []
        self._open: tuple[_Place, str, FileWriter] | None = None
        self._rows = 0
        self._finishing = Finishing()
        self._begun = 0
        self._partitions: dict[tuple[str | None, ...], WrittenPartition] = {}
        self._names: dict[_Place, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        if self._open is not None:
            self._open[2].abandon()
        self._finishing.stop()

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the rows of a batch."""
        rows = pa.RecordBatch.from_arrays(batch.columns[: len(self._columns)], names=list(self._columns))
        types = self._keys.values()
        keys = [
            column.cast(arrow_type(type_))
            for column, type_ in zip(batch.columns[len(self._columns) :], types, strict=True)
        ]
        buckets = self._buckets(rows)
        ordering = [*keys, buckets] if buckets is not None else keys
        for start, end in runs_of(ordering, batch.num_rows):
            place = _Place(
                tuple(_text(key, start, type_) for key, type_ in zip(keys, types, strict=True)),
                None if buckets is None else buckets[start].as_py(),
            )
            self._write_run(place, rows.slice(start, end - start))

    def finish(self) -> Manifest:
        """Finish the last file and tell what was written."""
        self._close()
        return Manifest(self._finishing.files(), tuple(self._partitions.values()))

    def _buckets(self, rows: pa.RecordBatch) -> pa.Array | None:
        if not self._bucket_types:
            return None
        storage = self._target.table.storage
        columns = [rows.column(name) for name in storage.bucket_columns]
        hashing = bucket_hashing(self._target.table)
        return hashing.bucket_numbers(columns, self._bucket_types, storage.number_of_buckets)

    def _write_run(self, place: _Place, rows: pa.RecordBatch) -> None:
        if self._open is not None and self._open[0] != place:
            self._close()
        file = self._open[2] if self._open is not None else self._begin(place)
        try:
            file.write(rows)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as problem:
            raise error("HIVE_WRITER_DATA_ERROR", f"Failed to write data to {self._uri}: {problem}") from problem
        self._rows += rows.num_rows
        if file.size >= self._target_file_size:
            self._close()

    @property
    def _uri(self) -> str:
        return self._open[1] if self._open is not None else self._target.location

    def _begin(self, place: _Place) -> FileWriter:
        if place not in self._names and self._before_open is not None:
            is_new = place.partition not in self._partitions
            self._before_open(len(self._partitions) + is_new, len(self._names) + 1)
        folder = self._folder(place.partition)
        uri = uris.join(folder, self._name(place))
        file = self._format.begin(self._storage, uri)
        self._open, self._rows = (place, uri, file), 0
        self._begun += 1
        if self._keys:
            self._partitions.setdefault(place.partition, WrittenPartition(place.partition, folder))
        return file

    def _folder(self, partition: tuple[str | None, ...]) -> str:
        if not self._keys:
            return self._target.location
        known = self._target.partition_locations.get(partition)
        if known is not None:
            return known
        texts = [DEFAULT_PARTITION if text is None else text for text in partition]
        return uris.join(self._target.location, partition_name(list(self._keys), texts)) + "/"

    def _name(self, place: _Place) -> str:
        """Unique in the write: bucket files have the names of Hive's or Spark's; others are numbered throughout."""
        again = self._names.get(place, 0)
        self._names[place] = again + 1
        ending = self._format.ending
        if place.bucket is None:
            return f"{self._target.token}_{self._begun:05}{ending}"
        sparks = is_sparks(self._target.table)
        return bucket_file_name(place.bucket, self._target.token, again, is_sparks=sparks) + ending

    def _close(self) -> None:
        if self._open is None:
            return
        place, uri, file = self._open
        self._open = None
        self._finishing.add(file, WrittenFile(DataFile(uri, 0, 0), self._rows, place.partition, place.bucket))


def _buckets_of(table: Table) -> bool:
    storage = table.storage
    if not storage.bucket_columns or storage.number_of_buckets < 1:
        return False
    if not is_bucketed(table):
        raise error("NOT_SUPPORTED", "Tables bucketed by Hive's second hash (bucketing_version 2) cannot be written")
    return True


def _text(key: pa.Array, row: int, type_: Type) -> str | None:
    text = value_text(key[row].as_py(), type_)
    return None if text == DEFAULT_PARTITION else text
