"""Writing ORC, by Apache's own writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

import pyarrow as pa
from pyarrow import orc

from owlake.errors import error
from owlake.lake.storage import Storage
from owlake.lake.writing.base import FileFormat, SinkFile
from owlake.lake.writing.compression import ORC, Compression
from owlake.lake.writing.properties import choice, fraction, whole_number
from owlake.lake.writing.stored import storable, stored_schema
from owlake.types.model import Type

_CODECS = {"LZ4": "lz4", "NONE": "uncompressed", "SNAPPY": "snappy", "ZLIB": "zlib", "ZSTD": "zstd"}
_COMPRESSION_BLOCK = 256 << 10
"""Java's: ``orc.compress.size``."""
_BYTES_OF_A_WRITE = 8 << 20
"""Rows are handed on by so many bytes at a time: the writer is slow with few."""
_SPEED = 1
"""The level of ZSTD up to which the writer's own choice is speed; beyond it, its default of 3."""


_BYTES_OF_A_STRIPE = 64 << 20
_ROWS_OF_AN_INDEX = 10_000
_VERSIONS = {"0.12": "0.12", "0.11": "0.11"}


@dataclass(frozen=True, slots=True)
class OrcSettings:
    """How ORC is written.

    Attributes:
        index_rows: An entry of the row index for so many rows.
        bloom_columns: The names of columns that get Bloom filters, ``bloom_error`` the share of their false answers.
        dictionary_share: Text becomes a dictionary where at most this share of the values is distinct.
    """

    compression: Compression
    stripe_bytes: int = _BYTES_OF_A_STRIPE
    index_rows: int = _ROWS_OF_AN_INDEX
    bloom_columns: tuple[str, ...] = ()
    bloom_error: float = 0.05
    dictionary_share: float = 0.0
    version: str = "0.12"

    @classmethod
    def of(cls, properties: Mapping[str, str]) -> Self:
        """What a table's properties say: Hive's names. Errors: INVALID_TABLE_PROPERTY."""
        names = properties.get("orc.bloom.filter.columns", "").lower().split(",")
        return cls(
            ORC.of(properties),
            whole_number(properties, "orc.stripe.size", _BYTES_OF_A_STRIPE),
            whole_number(properties, "orc.row.index.stride", _ROWS_OF_AN_INDEX),
            tuple(name.strip() for name in names if name.strip()),
            fraction(properties, "orc.bloom.filter.fpp", 0.05),
            fraction(properties, "orc.dictionary.key.threshold", 0.0),
            choice(properties, "orc.write.format", _VERSIONS, "0.12"),
        )

    def bloom_ids(self, schema: pa.Schema) -> list[int]:
        """The numbers of the columns with Bloom filters: all types count, nested ones behind those around them."""
        ids, following = {}, 1
        for field in schema:
            ids[field.name.lower()] = following
            following += _count(field.type)
        return [ids[name] for name in self.bloom_columns if name in ids]


def _count(type_: pa.DataType) -> int:
    if pa.types.is_map(type_):
        return 1 + _count(type_.key_type) + _count(type_.item_type)
    if pa.types.is_list(type_):
        return 1 + _count(type_.value_type)
    return 1 + sum(_count(field.type) for field in type_) if pa.types.is_struct(type_) else 1


def file_format(columns: Mapping[str, Type], properties: Mapping[str, str]) -> FileFormat:
    """ORC files of a table. Errors: INVALID_TABLE_PROPERTY."""
    schema, settings = stored_schema(columns, "ms"), OrcSettings.of(properties)
    for name in settings.bloom_columns:
        if name not in columns:
            raise error("INVALID_TABLE_PROPERTY", f"orc.bloom.filter.columns names no column: {name}")
    return FileFormat(".orc", partial(OrcFile, schema=schema, settings=settings))


class StoredOrcFile(SinkFile):
    """An ORC file that is being written; its rows come as they are to be stored."""

    def __init__(self, storage: Storage, uri: str, schema: pa.Schema, settings: OrcSettings) -> None:
        super().__init__(storage, uri)
        self._schema = schema
        compression = settings.compression
        self._writer = orc.ORCWriter(
            self._sink,
            compression=_CODECS[compression.codec],
            compression_block_size=_COMPRESSION_BLOCK,
            compression_strategy="speed" if (compression.level or _SPEED) <= _SPEED else "compression",
            file_version=settings.version,
            stripe_size=settings.stripe_bytes,
            row_index_stride=settings.index_rows,
            dictionary_key_size_threshold=settings.dictionary_share,
            bloom_filter_columns=settings.bloom_ids(schema),
            bloom_filter_fpp=settings.bloom_error,
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
