"""Writing Avro, by fastavro: the schema that Hive makes of a table's columns, blocks as Java's writer cuts them.

https://avro.apache.org/docs/1.12.0/specification/
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa
from fastavro import parse_schema
from fastavro.write import Writer

from owlake.errors import error
from owlake.lake.storage import Storage
from owlake.lake.writing.base import FileFormat, SinkFile
from owlake.lake.writing.compression import AVRO, Compression
from owlake.lake.writing.stored import storable, stored_schema
from owlake.types.arrow import counted, field_names
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    REAL,
    VARBINARY,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Timestamp,
    Type,
    Varchar,
    is_integer,
)

CODECS = {"BZIP2": "bzip2", "DEFLATE": "deflate", "NONE": "null", "SNAPPY": "snappy", "ZSTD": "zstandard"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BLOCK = 64_000
"""Java's: the bytes after which a block ends."""
_SIMPLE: dict[Type, str] = {BOOLEAN: "boolean", BIGINT: "long", REAL: "float", DOUBLE: "double", VARBINARY: "bytes"}


def file_format(columns: Mapping[str, Type], properties: Mapping[str, str]) -> FileFormat:
    """Avro files of a table. Errors: INVALID_TABLE_PROPERTY, NOT_SUPPORTED, HIVE_WRITER_OPEN_ERROR."""
    compression, stored = AVRO.of(properties), stored_schema(columns, "ms")
    return FileFormat(".avro", partial(AvroFile, stored=stored, schema=_schema(columns), compression=compression))


class AvroFile(SinkFile):
    """An Avro file that is being written."""

    def __init__(self, storage: Storage, uri: str, stored: pa.Schema, schema: Any, compression: Compression) -> None:
        super().__init__(storage, uri)
        self._stored = stored
        # Dates and timestamps go as numbers: not all of them are Python's.
        self._counted = pa.schema([(field.name, counted(field.type)) for field in stored])
        codec, level = CODECS[compression.codec], compression.level
        self._writer = Writer(self._sink, schema, codec, sync_interval=_BLOCK, compression_level=level)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        rows = storable(batch, self._stored)
        columns = [column.cast(field.type) for column, field in zip(rows.columns, self._counted, strict=True)]
        counted_rows = pa.RecordBatch.from_arrays(columns, schema=self._counted)
        for record in counted_rows.to_pylist(maps_as_pydicts="strict"):
            self._writer.write(record)

    def _finish(self) -> None:
        self._writer.flush()


def _schema(columns: Mapping[str, Type]) -> Any:
    """The schema as Hive derives it: every field may be null, records inside are numbered."""
    numbers = itertools.count()
    fields = [_field(name, type_, numbers) for name, type_ in columns.items()]
    return parse_schema({"type": "record", "name": "baseRecord", "fields": fields})


def _field(name: str, type_: Type, numbers: Iterator[int]) -> dict[str, Any]:
    if not _NAME.fullmatch(name):
        raise error("HIVE_WRITER_OPEN_ERROR", f"Avro has no fields named '{name}'")
    return {"name": name, "type": _nullable(type_, numbers), "default": None}


def _nullable(type_: Type, numbers: Iterator[int]) -> list[Any]:
    return ["null", _kind(type_, numbers)]


def _kind(type_: Type, numbers: Iterator[int]) -> Any:
    match type_:
        case Array(element):
            return {"type": "array", "items": _nullable(element, numbers)}
        case Map(key, value):
            if not isinstance(key, Varchar):
                raise error("NOT_SUPPORTED", f"Avro maps have keys of type varchar, not {key}")
            return {"type": "map", "values": _nullable(value, numbers)}
        case Row():
            name = f"record_{next(numbers)}"
            named = zip(field_names(type_), type_.fields, strict=True)
            return {"type": "record", "name": name, "fields": [_field(one, it.type, numbers) for one, it in named]}
        case Decimal(precision, scale):
            return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
        case Timestamp():
            return {"type": "long", "logicalType": "timestamp-millis"}
        case Varchar(length) | Char(length) if length is not None:
            kind = "char" if isinstance(type_, Char) else "varchar"
            return {"type": "string", "logicalType": kind, "maxLength": length}
        case Varchar():
            return "string"
        case _ if type_ == DATE:
            return {"type": "int", "logicalType": "date"}
        case _ if is_integer(type_) and type_ != BIGINT:
            return "int"
    return _SIMPLE[type_]
