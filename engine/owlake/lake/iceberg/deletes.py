"""Deletes by position: which rows of a data file are gone, by position delete files and deletion vectors.

https://iceberg.apache.org/spec/#position-delete-files. Files are read once, when their first row is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
from pyiceberg.manifest import DataFile as ManifestFile
from pyiceberg.manifest import FileFormat, ManifestEntry
from pyiceberg.table.delete_file_index import DeleteFileIndex

from owlake.lake.iceberg.plan import deletion_vector_of, is_deletion_vector, sequence_of
from owlake.lake.model import ICEBERG, DataFile
from owlake.lake.open_tables.contents import Count, Positions, TableFile
from owlake.lake.open_tables.locations import normal
from owlake.lake.open_tables.rows import reading
from owlake.lake.storage import Storage

_NOTHING: Positions = np.empty(0, np.int64)


class PositionDeletes:
    """The deletes by position of one snapshot."""

    def __init__(self, storage: Storage, entries: Iterable[ManifestEntry]) -> None:
        self._index = DeleteFileIndex()
        self._vectors: dict[str, _Vector] = {}
        self._sources: dict[str, _DeleteFile] = {}
        self._storage = storage
        for entry in entries:
            file = entry.data_file
            if is_deletion_vector(file):
                path, offset, size = deletion_vector_of(file)
                self._vectors[normal(path)] = _Vector(storage, _as_table_file(file), offset, size)
            else:
                self._index.add_delete_file(entry, partition_key=file.partition)

    def of(self, entry: ManifestEntry) -> DeletedRowsOfFile | None:
        """Those that apply to a data file; None where none do."""
        path = normal(entry.data_file.file_path)
        vector = self._vectors.get(path)
        if vector is not None:
            # It holds what position delete files of the data file held before.
            return DeletedRowsOfFile(path, (vector.positions,))
        if self._index.is_empty():
            return None
        files = self._index.for_data_file(sequence_of(entry), entry.data_file, entry.data_file.partition)
        if not files:
            return None
        return DeletedRowsOfFile(path, tuple(self._source(one).positions for one in files))

    def _source(self, file: ManifestFile) -> _DeleteFile:
        return self._sources.setdefault(file.file_path, _DeleteFile(self._storage, _as_table_file(file)))


_Lookup = Callable[[str, Count], Positions]


@dataclass(frozen=True, slots=True)
class DeletedRowsOfFile:
    """See ``owlake.lake.open_tables.contents.DeletedRows``."""

    path: str
    lookups: Sequence[_Lookup]

    def positions(self, count: Count) -> Positions:
        """The numbers of the deleted rows, each once."""
        found = [one(self.path, count) for one in self.lookups]
        return found[0] if len(found) == 1 else np.unique(np.concatenate(found))


class _DeleteFile:
    """A position delete file, which may be about many data files."""

    def __init__(self, storage: Storage, table_file: TableFile) -> None:
        self._storage = storage
        self._table_file = table_file
        self._lock = Lock()
        self._found: dict[str, Positions] | None = None

    def positions(self, path: str, count: Count) -> Positions:
        with self._lock:
            if self._found is None:
                self._found = self._read()
                count(self._table_file.file.size)
            return self._found.get(path, _NOTHING)

    def _read(self) -> dict[str, Positions]:
        paths, rows = _READERS[self._table_file.format](self._storage, self._table_file)
        encoded = paths.dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        order = np.argsort(codes, kind="stable")
        numbers = rows.cast(pa.int64()).to_numpy(zero_copy_only=False)[order]
        ends = np.searchsorted(codes[order], np.arange(len(encoded.dictionary) + 1))
        return {
            normal(path): np.unique(numbers[ends[place] : ends[place + 1]])
            for place, path in enumerate(encoded.dictionary.to_pylist())
        }


class _Vector:
    """A deletion vector in a Puffin file."""

    def __init__(self, storage: Storage, table_file: TableFile, offset: int, size: int) -> None:
        self._storage = storage
        self._table_file = table_file
        self._place = (offset, size)
        self._lock = Lock()
        self._found: Positions | None = None

    def positions(self, _: str, count: Count) -> Positions:
        with self._lock:
            if self._found is None:
                self._found = self._read()
                count(self._place[1])
            return self._found

    def _read(self) -> Positions:
        from owlake.lake.open_tables.bitmaps import deletion_vector  # noqa: PLC0415  (few tables have such deletes)

        offset, size = self._place
        with reading(self._table_file), self._storage.open_input(self._table_file.file.uri) as stream:
            return deletion_vector(bytes(stream.read_at(size, offset)))


def _as_table_file(file: ManifestFile) -> TableFile:
    found = DataFile(normal(file.file_path), file.file_size_in_bytes, 0)
    return TableFile(found, FileFormat(file.file_format).name.lower(), ICEBERG)


# Formats --------------------------------------------------------------------------------------------------

_PATH, _ROW = "file_path", "pos"


def _of_parquet(storage: Storage, table_file: TableFile) -> tuple[pa.Array, pa.Array]:
    from pyarrow.parquet import read_table  # noqa: PLC0415  (only where rows are deleted)

    with reading(table_file), storage.open_input(table_file.file.uri) as stream:
        return _columns(read_table(stream, columns=[_PATH, _ROW]))


def _of_orc(storage: Storage, table_file: TableFile) -> tuple[pa.Array, pa.Array]:
    from pyarrow.orc import ORCFile  # noqa: PLC0415  (as above)

    with reading(table_file), storage.open_input(table_file.file.uri) as stream:
        return _columns(ORCFile(stream).read(columns=[_PATH, _ROW]))


def _of_avro(storage: Storage, table_file: TableFile) -> tuple[pa.Array, pa.Array]:
    import fastavro  # noqa: PLC0415  (as above)

    with reading(table_file), storage.open_input(table_file.file.uri) as stream:
        reader: Any = fastavro.reader(stream)
        records = [(one[_PATH], one[_ROW]) for one in reader]
    return pa.array([one[0] for one in records], pa.string()), pa.array([one[1] for one in records], pa.int64())


def _columns(table: pa.Table) -> tuple[pa.Array, pa.Array]:
    paths, rows = (table.column(name).combine_chunks() for name in (_PATH, _ROW))
    return paths.cast(pa.string()), rows


_READERS = {"parquet": _of_parquet, "orc": _of_orc, "avro": _of_avro}
