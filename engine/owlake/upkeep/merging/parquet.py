"""Parquet files: rows are read by DataFusion in the columns that the files have, and written in the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from owlake.catalog.model import StorageDescriptor
from owlake.errors import error
from owlake.execution.executor import Executor
from owlake.lake.formats.base import quoted
from owlake.lake.formats.remembered import Remembered
from owlake.lake.model import DataFile, NativeScan
from owlake.lake.storage import Storage
from owlake.lake.writing.compression import PARQUET
from owlake.lake.writing.parquet import StoredParquetFile
from owlake.upkeep.merging.base import Mergeable

_KEPT_METADATA = b"org.apache.spark."
"""Says to Spark how old dates in the file were meant."""


@dataclass(frozen=True, slots=True)
class _Footer:
    """What is known of a file before its rows are read. ``physical`` tells types that Arrow does not tell apart."""

    schema: pa.Schema
    rows: int
    physical: tuple[str, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for files that may become one."""
        fields = tuple((one.name, str(one.type), one.nullable, _items(one.metadata)) for one in self.schema)
        return fields, _items(self.schema.metadata), self.physical


def _items(metadata: Mapping[bytes, bytes] | None) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(sorted((metadata or {}).items()))


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
        self._compression = PARQUET.of(properties)
        self._storage = storage
        self._executor = executor

    def kinds(self, files: Sequence[DataFile]) -> list[Mergeable]:
        """By columns."""
        found: dict[tuple[object, ...], list[tuple[DataFile, _Footer]]] = {}
        for file, footer in zip(files, _FOOTERS.of_all(self._storage, files), strict=True):
            if all(_is_kept(field.type) for field in footer.schema) and len(set(footer.schema.names)) == len(
                footer.schema
            ):
                found.setdefault(footer.key, []).append((file, footer))
        return [
            Mergeable(tuple(file for file, _ in members), members[0][1], sum(footer.rows for _, footer in members))
            for members in found.values()
        ]

    def pieces(self, files: Mergeable) -> Iterator[pa.RecordBatch]:
        """The rows, in the table's order if it has one."""
        schema: pa.Schema = files.kind.schema
        scan = NativeScan("parquet", tuple(file for file in files.files if file.size), schema, {}, {})
        for batch in self._executor.stored_rows(scan, self._order(schema)):
            yield batch if batch.schema.equals(schema) else _typed(batch, schema)

    def rows_of(self, piece: pa.RecordBatch) -> int:
        """The batch's."""
        return int(piece.num_rows)

    def ending(self, _files: Mergeable) -> str:
        """That of Parquet files."""
        return ".parquet"

    def begin(self, files: Mergeable, storage: Storage, uri: str) -> StoredParquetFile:
        """A file of the same columns."""
        footer: _Footer = files.kind
        has_int96 = "INT96" in footer.physical
        return StoredParquetFile(storage, uri, footer.schema, self._compression, has_int96=has_int96)

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


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _look(storage: Storage, file: DataFile) -> _Footer:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (with the first file that is looked at)

    try:
        with storage.open_input(file.uri) as stream:
            reader = ParquetFile(stream)
            arrow, parquet, rows = reader.schema_arrow, reader.schema, reader.metadata.num_rows
            physical = tuple(parquet.column(number).physical_type for number in range(len(parquet)))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as problem:
        raise error("HIVE_BAD_DATA", f"Not valid Parquet file: {file.uri} ({problem})") from problem
    kept = {key: value for key, value in (arrow.metadata or {}).items() if key.startswith(_KEPT_METADATA)}
    fields = [_plain(field, "INT96" in physical) for field in arrow]
    return _Footer(pa.schema(fields, kept or None), rows, physical)


_FOOTERS = Remembered(_look)


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
