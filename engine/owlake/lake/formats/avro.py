"""Avro: DataFusion reads the files itself; here is decided as what.

https://docs.aws.amazon.com/athena/latest/ug/avro-serde.html. Columns are matched by name without case. Where the table
has a reader's schema (``avro.schema.literal``, ``avro.schema.url``), its fields' aliases and defaults count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.lake.formats.avro_schema import UUID, AvroField, Schema, read_schema
from owlake.lake.formats.base import ScanColumn, ScanRequest, quoted, text_literal
from owlake.lake.formats.parquet_types import (
    PARQUET_CASTS,
    Casts,
    ColumnReading,
    MismatchError,
    null_of,
    read_column,
    sql_type,
)
from owlake.lake.model import DataFile, FileScan, NativeScan
from owlake.lake.open_tables.matching import uuid_text
from owlake.types.arrow import arrow_type
from owlake.types.model import Array, Char, Map, Row, Type, Varchar

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class _ReaderField:
    """What the table's own schema says of a column: its other names, and the value of records without it."""

    aliases: tuple[str, ...] = ()
    default: Any = field(default=_NOTHING)


class AvroFormat:
    """Avro files as native scans."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan for each bucket and each list of fields that files have."""
        files = [file for file in request.files if file.size]
        if not files:
            return []
        reader = _reader_fields(request)
        groups: dict[tuple[str | None, tuple[AvroField, ...]], list[DataFile]] = {}
        for file in files:
            bucket = file.uri.split("/", 3)[2] if file.uri.startswith("s3://") else None
            groups.setdefault((bucket, read_schema(request.storage, file)), []).append(file)
        return [_scan(request, fields, members, reader) for (_, fields), members in groups.items()]


def _scan(
    request: ScanRequest, fields: Sequence[AvroField], files: Sequence[DataFile], reader: Mapping[str, _ReaderField]
) -> NativeScan:
    by_name = {one.name.lower(): one for one in reversed(fields)}
    scanned: dict[str, pa.Field] = {}
    columns: dict[str, str] = {}
    for column in request.columns:
        said = reader.get(column.name.lower(), _ReaderField())
        names = (column.name.lower(), *said.aliases)
        found = next((by_name[name] for name in names if name in by_name), None)
        if found is None:
            columns[column.name] = _default(column, said)
            continue
        reading = _read(found, column, files[0])
        columns[column.name] = reading.expression
        scanned[found.name] = pa.field(found.name, reading.scanned)
    return NativeScan("avro", tuple(files), pa.schema(list(scanned.values())), columns, {})


def _read(found: AvroField, column: ScanColumn, example: DataFile) -> ColumnReading:
    if found.type is None:
        raise _mismatch(found, column, example)
    try:
        if found.type == UUID and isinstance(column.type, Varchar) and column.type.length is None:
            return ColumnReading(UUID, uuid_text(quoted(found.name)))
        return read_column(found.name, found.type, column.type, _CASTS)
    except MismatchError as problem:
        raise _mismatch(found, column, example) from problem


def _is_number(found: pa.DataType) -> bool:
    return bool(pa.types.is_integer(found) or pa.types.is_floating(found))


# Numbers become wider ones of a reader's schema.
_CASTS: Casts = {**PARQUET_CASTS, "real": _is_number, "double": _is_number}


def _mismatch(found: AvroField, column: ScanColumn, example: DataFile) -> OwlakeError:
    written = "a union of several types" if found.type is None else found.type
    text = f"Field {found.name}'s type {written} in avro file {example.uri} is incompatible with type {column.type}"
    return error("HIVE_BAD_DATA", f"{text} defined in table schema")


# The table's own schema -----------------------------------------------------------------------------------


def _reader_fields(request: ScanRequest) -> dict[str, _ReaderField]:
    """By the column's name in lower case. Errors: HIVE_INVALID_METADATA."""
    schema = _reader_schema(request)
    if schema is None:
        return {}
    try:
        return {
            str(one["name"]).lower(): _ReaderField(
                tuple(str(alias).lower() for alias in one.get("aliases", ())), one.get("default", _NOTHING)
            )
            for one in schema["fields"]
        }
    except (KeyError, TypeError, AttributeError) as problem:
        raise error(
            "HIVE_INVALID_METADATA", f"Invalid Avro schema of table {request.table.name}: {problem}"
        ) from problem


def _reader_schema(request: ScanRequest) -> Schema | None:
    properties = request.properties
    text: str | bytes | None = properties.get("avro.schema.literal")
    if text in (None, "", "none"):
        url = properties.get("avro.schema.url")
        if not url or url == "none":
            return None
        text = request.storage.read(url)
    try:
        return json.loads(text or "")
    except ValueError as problem:
        raise error(
            "HIVE_INVALID_METADATA", f"Invalid Avro schema of table {request.table.name}: {problem}"
        ) from problem


def _default(column: ScanColumn, said: _ReaderField) -> str:
    """The value that the reader's schema gives to records without the field; NULL without one."""
    if said.default is _NOTHING or said.default is None:
        return null_of(column.type)
    return f"arrow_cast({_literal(column.type, said.default)}, {text_literal(sql_type(arrow_type(column.type)))})"


def _literal(type_: Type, value: Any) -> str:
    match type_, value:
        case ((Varchar() | Char()), str()):
            return text_literal(value)
        case ((Array() | Map()), (list() | dict())) if not value:
            return "make_array()" if isinstance(type_, Array) else "map([], [])"
        case ((Array() | Map() | Row()), _):
            raise error("NOT_SUPPORTED", f"Defaults of Avro fields of type {type_} are not supported")
        case _, bool() | int() | float():
            return text_literal(str(value).lower() if isinstance(value, bool) else str(value))
    raise error("NOT_SUPPORTED", f"The default {json.dumps(value)} of an Avro field of type {type_} is not supported")
