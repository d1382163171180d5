"""Writing Parquet: row groups of bounded size, plain types that every reader knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from owlake.lake.storage import Storage
from owlake.lake.writing.base import FileFormat, SinkFile
from owlake.lake.writing.compression import PARQUET, Compression
from owlake.lake.writing.properties import choice, switch, whole_number
from owlake.lake.writing.stored import storable, stored_schema
from owlake.types.model import Type

_CODECS = {"GZIP": "gzip", "LZ4": "lz4", "NONE": "none", "SNAPPY": "snappy", "ZSTD": "zstd"}
_GZIP_LEVEL = 6
"""Java's. Arrow's own default is 9: six times as long for one per cent."""
_ROWS_OF_A_GROUP = 1 << 20
_BYTES_OF_A_GROUP = 128 << 20
_BYTES_OF_A_PAGE = 1 << 20
_PAGES = {"V1": "1.0", "PARQUET_1_0": "1.0", "V2": "2.0", "PARQUET_2_0": "2.0"}
"""By the names of ``parquet.writer.version``."""


@dataclass(frozen=True, slots=True)
class ParquetSettings:
    """How Parquet is written.

    Attributes:
        group_bytes: A row group ends when its rows have so many bytes in memory.
        page_version: ``1.0`` or ``2.0``.
    """

    compression: Compression
    group_bytes: int = _BYTES_OF_A_GROUP
    page_bytes: int = _BYTES_OF_A_PAGE
    has_dictionary: bool = True
    page_version: str = "1.0"

    @classmethod
    def of(cls, properties: Mapping[str, str]) -> Self:
        """What a table's properties say: Hive's names. Errors: INVALID_TABLE_PROPERTY."""
        return cls(
            PARQUET.of(properties),
            whole_number(properties, "parquet.block.size", _BYTES_OF_A_GROUP),
            whole_number(properties, "parquet.page.size", _BYTES_OF_A_PAGE),
            switch(properties, "parquet.enable.dictionary", default=True),
            choice(properties, "parquet.writer.version", _PAGES, "V1"),
        )


def file_format(columns: Mapping[str, Type], properties: Mapping[str, str]) -> FileFormat:
    """Parquet files of a table. Errors: INVALID_TABLE_PROPERTY."""
    schema, settings = stored_schema(columns, "ms"), ParquetSettings.of(properties)
    return FileFormat(".parquet", partial(ParquetFile, schema=schema, settings=settings))


class StoredParquetFile(SinkFile):
    """A Parquet file that is being written; its rows come as they are to be stored."""

    def __init__(
        self, storage: Storage, uri: str, schema: pa.Schema, settings: ParquetSettings, *, has_int96: bool = False
    ) -> None:
        super().__init__(storage, uri)
        self._schema = schema
        self._group_bytes = settings.group_bytes
        compression = settings.compression
        self._writer = pq.ParquetWriter(
            self._sink,
            schema,
            compression=_CODECS[compression.codec],
            compression_level=_GZIP_LEVEL if compression.codec == "GZIP" else compression.level,
            store_schema=False,
            store_decimal_as_integer=True,
            write_page_index=True,
            use_dictionary=settings.has_dictionary,
            data_page_size=settings.page_bytes,
            data_page_version=settings.page_version,
            use_deprecated_int96_timestamps=has_int96,
        )
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = self._waiting_bytes = self._encoded_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        if self._waiting_rows >= _ROWS_OF_A_GROUP or self._waiting_bytes >= self._group_bytes:
            self._write_group()

    @property
    def size(self) -> int:
        """The bytes of the file so far. What still waits for its row group will be as dense as what went before."""
        written = int(self._sink.tell())
        density = written / self._encoded_bytes if self._encoded_bytes else 1.0
        return written + int(self._waiting_bytes * density)

    def _finish(self) -> None:
        self._write_group()
        self._writer.close()

    def _give_up(self) -> None:
        self._waiting.clear()
        self._writer.close()

    def _write_group(self) -> None:
        if self._waiting:
            table = pa.Table.from_batches(self._waiting, self._schema)
            self._writer.write_table(table, row_group_size=_ROWS_OF_A_GROUP)
            self._encoded_bytes += self._waiting_bytes
        self._waiting = []
        self._waiting_rows = self._waiting_bytes = 0


class ParquetFile(StoredParquetFile):
    """A Parquet file that a table's rows are written to."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        super().write(storable(batch, self._schema))
