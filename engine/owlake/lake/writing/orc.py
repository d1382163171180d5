"""Writing ORC, by Apache's own writer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pyarrow as pa
from pyarrow import orc

from owlake.lake.storage import Storage
from owlake.lake.writing.base import FileFormat, SinkFile
from owlake.lake.writing.compression import ORC, Compression
from owlake.lake.writing.stored import storable, stored_schema
from owlake.types.model import Type

_CODECS = {"LZ4": "lz4", "NONE": "uncompressed", "SNAPPY": "snappy", "ZLIB": "zlib", "ZSTD": "zstd"}
_COMPRESSION_BLOCK = 256 << 10
"""Java's: ``orc.compress.size``."""
_BYTES_OF_A_WRITE = 8 << 20
"""Rows are handed on by so many bytes at a time: the writer is slow with few."""
_SPEED = 1
"""The level of ZSTD up to which the writer's own choice is speed; beyond it, its default of 3."""


def file_format(columns: Mapping[str, Type], properties: Mapping[str, str]) -> FileFormat:
    """ORC files of a table. Errors: INVALID_TABLE_PROPERTY."""
    schema, compression = stored_schema(columns, "ms"), ORC.of(properties)
    return FileFormat(".orc", partial(OrcFile, schema=schema, compression=compression))


class StoredOrcFile(SinkFile):
    """An ORC file that is being written; its rows come as they are to be stored."""

    def __init__(self, storage: Storage, uri: str, schema: pa.Schema, compression: Compression) -> None:
        super().__init__(storage, uri)
        self._schema = schema
        self._writer = orc.ORCWriter(
            self._sink,
            compression=_CODECS[compression.codec],
            compression_block_size=_COMPRESSION_BLOCK,
            compression_strategy="speed" if (compression.level or _SPEED) <= _SPEED else "compression",
        )
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._waiting.append(batch)
        self._waiting_bytes += batch.nbytes
        if self._waiting_bytes >= _BYTES_OF_A_WRITE:
            self._hand_on()

    def _finish(self) -> None:
        self._hand_on()
        self._writer.close()

    def _give_up(self) -> None:
        self._waiting.clear()
        self._writer.close()

    def _hand_on(self) -> None:
        if self._waiting:
            self._writer.write(pa.Table.from_batches(self._waiting, self._schema).combine_chunks())
        self._waiting = []
        self._waiting_bytes = 0


class OrcFile(StoredOrcFile):
    """An ORC file that a table's rows are written to."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        super().write(storable(batch, self._schema))
