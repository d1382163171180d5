"""Writing Parquet: row groups of bounded size, plain types that every reader knows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq

from owlake.errors import error
from owlake.lake.formats.text.values import rounded_to_milliseconds
from owlake.lake.storage import Storage
from owlake.types.arrow import arrow_type
from owlake.types.model import Timestamp, Type

_CODECS = {
    "GZIP": "gzip",
    "LZ4": "lz4",
    "NONE": "none",
    "SNAPPY": "snappy",
    "UNCOMPRESSED": "none",
    "ZSTD": "zstd",
}
_DEFAULT_CODEC = "GZIP"
"""Athena's own."""
_DEFAULT_LEVEL = 3
_GZIP_LEVEL = 6
"""Java's. Arrow's own default is 9: six times as long for one per cent."""
_ROWS_OF_A_GROUP = 1 << 20
_BYTES_OF_A_GROUP = 128 << 20
_PROPERTIES = (
    "parquet.compression",
    "parquet.compress",
    "write.compression",
    "write_compression",
    "parquet_compression",
)


class ParquetFile:
    """A Parquet file that is being written."""

    ENDING = ".parquet"

    def __init__(self, storage: Storage, uri: str, columns: Mapping[str, Type], properties: Mapping[str, str]) -> None:
        self._types = list(columns.values())
        self._schema = pa.schema([(name, _stored(arrow_type(type_))) for name, type_ in columns.items()])
        codec, level = _compression(properties)
        self._sink = storage.open_output(uri)
        self._writer = pq.ParquetWriter(
            self._sink,
            self._schema,
            compression=codec,
            compression_level=level,
            store_schema=False,
            store_decimal_as_integer=True,
            write_page_index=True,
        )
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = self._waiting_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows; the columns are the file's, in its order."""
        columns = [_storable(column, type_) for column, type_ in zip(batch.columns, self._types, strict=True)]
        columns = [column.cast(field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._waiting.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self._waiting_rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        if self._waiting_rows >= _ROWS_OF_A_GROUP or self._waiting_bytes >= _BYTES_OF_A_GROUP:
            self._write_group()

    @property
    def size(self) -> int:
        """The bytes of the file so far; what still waits for its row group is counted as it is in memory."""
        return int(self._sink.tell()) + self._waiting_bytes

    def close(self) -> int:
        """Finish the file; the answer is its size."""
        self._write_group()
        self._writer.close()
        size = int(self._sink.tell())
        self._sink.close()
        return size

    def abandon(self) -> None:
        """Let go of an unfinished file. It is still there."""
        self._waiting.clear()
        with suppress(pa.ArrowException, OSError):
            self._writer.close()
            self._sink.close()

    def _write_group(self) -> None:
        if self._waiting:
            table = pa.Table.from_batches(self._waiting, self._schema)
            self._writer.write_table(table, row_group_size=_ROWS_OF_A_GROUP)
        self._waiting = []
        self._waiting_rows = self._waiting_bytes = 0


def _compression(properties: Mapping[str, str]) -> tuple[str, int | None]:
    name = next((properties[key] for key in _PROPERTIES if properties.get(key)), _DEFAULT_CODEC).strip().upper()
    if name not in _CODECS:
        raise error(
            "INVALID_TABLE_PROPERTY",
            f"Compression {name} is not supported for Parquet: use one of {', '.join(_CODECS)}",
        )
    if name != "ZSTD":
        return _CODECS[name], _GZIP_LEVEL if name == "GZIP" else None
    level = properties.get("compression_level", str(_DEFAULT_LEVEL)).strip()
    if not level.isdigit() or not 1 <= int(level) <= 22:
        raise error("INVALID_TABLE_PROPERTY", f"compression_level must be from 1 to 22, not '{level}'")
    return "zstd", int(level)


def _stored(type_: pa.DataType) -> pa.DataType:
    """Timestamps are kept in milliseconds, the precision of Hive's."""
    if pa.types.is_timestamp(type_):
        return pa.timestamp("ms")
    if pa.types.is_list(type_):
        return pa.list_(_stored(type_.value_type))
    if pa.types.is_map(type_):
        return pa.map_(_stored(type_.key_type), _stored(type_.item_type))
    if pa.types.is_struct(type_):
        return pa.struct([(field.name, _stored(field.type)) for field in type_])
    return type_


def _storable(column: pa.Array, type_: Type) -> pa.Array:
    """Top-level timestamps on whole milliseconds; nested ones are there already, or refused by the cast."""
    return rounded_to_milliseconds(column) if isinstance(type_, Timestamp) else column
