"""Parquet files: rows are read in the columns that the files have, and written in the same."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from owlake.catalog.model import StorageDescriptor
from owlake.errors import OwlakeError, error
from owlake.execution.executor import Executor
from owlake.lake.formats.base import quoted
from owlake.lake.model import DataFile, NativeScan
from owlake.lake.storage import Storage
from owlake.lake.writing.parquet import ParquetSettings, StoredParquetFile
from owlake.upkeep.merging.base import Mergeable

_KEPT_METADATA = b"org.apache.spark."
"""Says to Spark how old dates in the file were meant."""
_MOST_KINDS = 100
_BYTES_OF_A_PACK = 4 << 20
_FILES_OF_A_PACK = 32
_ROWS_AT_ONCE = 1 << 13
_THREADS = 2
_REQUESTS = 16
"""The same where each file is a request."""


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """What files that may become one have in common: one object for all that are alike.

    ``schema`` is what their rows are read and written as; ``columns`` are Parquet's own, which Arrow does not tell all
    apart.
    """

    arrow: pa.Schema
    columns: Any
    schema: pa.Schema
    has_int96: bool
    can_be_merged: bool


@dataclass(frozen=True, slots=True)
class _Files:
    """Files of one kind, each with its footer."""

    kind: _Kind
    metadata: Mapping[DataFile, Any]


class _Kinds:
    """The kinds of files that were met. Tables have few, and the kind just seen comes again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: list[_Kind] = []

    def of(self, arrow: pa.Schema, columns: Any) -> _Kind:
        """The kind of a file with these columns, by Arrow and by Parquet."""
        kept = {key: value for key, value in (arrow.metadata or {}).items() if key.startswith(_KEPT_METADATA)}
        arrow = arrow.with_metadata(kept or None)
        with self._lock:
            for known in reversed(self._known):
                if known.columns.equals(columns) and known.arrow.equals(arrow, check_metadata=True):
                    return known
            made = _kind(arrow, columns)
            self._known = [*self._known[-_MOST_KINDS:], made]
            return made


def _kind(arrow: pa.Schema, columns: Any) -> _Kind:
    has_int96 = any(columns.column(number).physical_type == "INT96" for number in range(len(columns)))
    schema = pa.schema([_plain(field, has_int96) for field in arrow], arrow.metadata)
    can_be_merged = len(set(schema.names)) == len(schema) and all(_is_kept(field.type) for field in schema)
    return _Kind(arrow, columns, schema, has_int96, can_be_merged)


def merger(
    stored: StorageDescriptor, properties: Mapping[str, str], storage: Storage, executor: Executor
) -> ParquetMerger:
    """What merges the Parquet files of a table or partition. Errors: INVALID_TABLE_PROPERTY."""
    return ParquetMerger(stored, properties, storage, executor)


class ParquetMerger:
    """See ``owlake.upkeep.merging.base.Merger``; pieces are record batches."""

    def __init__(
        self, stored: StorageDescriptor, properties: Mapping[str, str], storage: Storage, executor: Executor
    ) -> None:
        self._stored = stored
        self._settings = ParquetSettings.of(properties)
        self._storage = storage
        self._executor = executor

    def kinds(self, files: Sequence[DataFile]) -> list[Mergeable]:
        """By columns."""
        whole = [file for file in files if file.size]
        found: dict[_Kind, dict[DataFile, Any]] = {}
        for file, (kind, metadata) in zip(whole, _looked_at(self._storage, whole), strict=True):
            if kind.can_be_merged:
                found.setdefault(kind, {})[file] = metadata
        return [
            Mergeable(tuple(members), _Files(kind, members), sum(one.num_rows for one in members.values()))
            for kind, members in found.items()
        ]

    def pieces(self, files: Mergeable) -> Iterator[pa.RecordBatch]:
        """The rows, in the table's order if it has one."""
        members: _Files = files.kind
        schema = members.kind.schema
        for batch in self._sorted(members) if self._stored.sort_columns else self._read(members):
            yield batch if batch.schema.equals(schema) else _typed(batch, schema)

    def _sorted(self, members: _Files) -> Iterator[pa.RecordBatch]:
        """The rows by the engine, which spills what it sorts."""
        schema = members.kind.schema
        scan = NativeScan("parquet", tuple(members.metadata), schema, {}, {})
        return self._executor.stored_rows(scan, self._order(schema))

    def _read(self, members: _Files) -> Iterator[pa.RecordBatch]:
        """The rows, small files a pack at a time. A query over such files costs the engine more than their rows."""
        threads, ahead = _THREADS if self._storage.endpoint is None else _REQUESTS, deque[Future[pa.Table]]()
        with ThreadPoolExecutor(threads, "owlake-merge") as pool:
            for pack in _packs(members.metadata):
                if len(pack) == 1:
                    while ahead:
                        yield from ahead.popleft().result().to_batches(_ROWS_AT_ONCE)
                    yield from _batches(self._storage, pack[0], members)
                    continue
                ahead.append(pool.submit(_table, self._storage, pack, members))
                if len(ahead) > threads:
                    yield from ahead.popleft().result().to_batches(_ROWS_AT_ONCE)
            while ahead:
                yield from ahead.popleft().result().to_batches(_ROWS_AT_ONCE)

    def rows_of(self, piece: pa.RecordBatch) -> int:
        """The batch's."""
        return int(piece.num_rows)

    def ending(self, _files: Mergeable) -> str:
        """That of Parquet files."""
        return ".parquet"

    def begin(self, files: Mergeable, storage: Storage, uri: str) -> StoredParquetFile:
        """A file of the same columns."""
        kind: _Kind = files.kind.kind
        return StoredParquetFile(storage, uri, kind.schema, self._settings, has_int96=kind.has_int96)

    def _order(self, schema: pa.Schema) -> str:
        """As Hive sorts: NULL is the least."""
        by_name = {name.lower(): name for name in schema.names}
        keys = []
        for one in self._stored.sort_columns:
            if one.column.lower() not in by_name:
                text = f"Files of a table that is sorted by {one.column} do not have the column"
                raise error("HIVE_BAD_DATA", text)
            direction = "ASC NULLS FIRST" if one.sort_order == 1 else "DESC NULLS LAST"
            keys.append(f"{quoted(by_name[one.column.lower()])} {direction}")
        return ", ".join(keys)


def _packs(files: Iterable[DataFile]) -> Iterator[list[DataFile]]:
    """The files in their order, as many together as are decoded as a whole."""
    pack: list[DataFile] = []
    for file in files:
        if pack and (len(pack) >= _FILES_OF_A_PACK or sum(one.size for one in pack) + file.size > _BYTES_OF_A_PACK):
            yield pack
            pack = []
        pack.append(file)
    if pack:
        yield pack


def _table(storage: Storage, files: Sequence[DataFile], members: _Files) -> pa.Table:
    tables = []
    for file in files:
        with _opened(storage, file, members) as reader:
            tables.append(reader.read(use_threads=False))
    return pa.concat_tables(tables).combine_chunks()


def _batches(storage: Storage, file: DataFile, members: _Files) -> Iterator[pa.RecordBatch]:
    with _opened(storage, file, members) as reader:
        yield from reader.iter_batches(_ROWS_AT_ONCE)


@contextmanager
def _opened(storage: Storage, file: DataFile, members: _Files) -> Iterator[Any]:
    """A file to read rows from. Errors: HIVE_BAD_DATA."""
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (with the first file that is looked at)

    unit = "us" if members.kind.has_int96 else None
    try:
        with storage.open_input(file.uri) as stream:
            yield ParquetFile(stream, metadata=members.metadata[file], coerce_int96_timestamp_unit=unit)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as problem:
        raise _broken(file, problem) from problem


def _broken(file: DataFile, problem: Exception) -> OwlakeError:
    return error("HIVE_BAD_DATA", f"Not valid Parquet file: {file.uri} ({problem})")


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _looked_at(storage: Storage, files: Sequence[DataFile]) -> Iterable[tuple[_Kind, Any]]:
    """The kind of each file, and its footer."""
    if storage.endpoint is None:
        return [_look(storage, file) for file in files]
    with ThreadPoolExecutor(_REQUESTS, "owlake-footers") as threads:
        return list(threads.map(lambda file: _look(storage, file), files))


def _look(storage: Storage, file: DataFile) -> tuple[_Kind, Any]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (as above)

    try:
        with storage.open_input(file.uri) as stream:
            reader = ParquetFile(stream)
            return _KINDS.of(reader.schema_arrow, reader.schema), reader.metadata
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as problem:
        raise _broken(file, problem) from problem


_KINDS = _Kinds()


def _plain(field: pa.Field, has_int96: bool) -> pa.Field:
    """The column without what is Arrow's alone: texts of 64-bit offsets or as views; INT96 counts microseconds."""
    type_ = field.type
    if pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        return field.with_type(pa.string())
    if pa.types.is_large_binary(type_) or pa.types.is_binary_view(type_):
        return field.with_type(pa.binary())
    if pa.types.is_dictionary(type_):
        return _plain(field.with_type(type_.value_type), has_int96)
    if has_int96 and pa.types.is_timestamp(type_) and type_.unit == "ns":
        return field.with_type(pa.timestamp("us", type_.tz))
    return field


_KEPT: tuple[Callable[[Any], bool], ...] = (
    pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_string, pa.types.is_binary,
    pa.types.is_fixed_size_binary, pa.types.is_date32, pa.types.is_time, pa.types.is_timestamp, pa.types.is_decimal128,
)  # fmt: skip


def _is_kept(type_: pa.DataType) -> bool:
    """Whether values of the type are read and written as what they are."""
    if isinstance(type_, pa.BaseExtensionType):
        return False
    if pa.types.is_struct(type_):
        return type_.num_fields > 0 and all(_is_kept(field.type) for field in type_)
    if pa.types.is_map(type_):
        return _is_kept(type_.key_type) and _is_kept(type_.item_type)
    if pa.types.is_list(type_):
        return _is_kept(type_.value_type)
    return any(test(type_) for test in _KEPT)
