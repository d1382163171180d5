"""Columns of open tables, and of their files: matched by id or by the name that the log gives, never by position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from owlake.lake.formats.parquet_types import plain
from owlake.types.model import Type

_ID_KEYS = (b"PARQUET:field_id", b"iceberg.id")
"""Where Parquet and ORC keep a field's id, as Arrow shows it."""


@dataclass(frozen=True, slots=True)
class TableField:
    """A column of a table or a field inside one, as its schema has it.

    Files are searched for ``id`` where there is one, else for ``stored_name``. ``children`` are the fields of a row,
    the element of an array, or key and value of a map. ``default`` is the value in rows of files without the field.
    """

    name: str
    type: Type
    id: int | None = None
    stored_name: str | None = None
    children: tuple[TableField, ...] = ()
    default: Any = None


@dataclass(frozen=True, slots=True)
class FileField:
    """A field of a file, in Arrow's types without what only its writer's schema added."""

    name: str
    type: pa.DataType
    id: int | None
    children: tuple[FileField, ...] = ()


FileSchema = tuple[FileField, ...]


def file_fields(schema: pa.Schema) -> FileSchema:
    """The fields of a Parquet or ORC file's schema as Arrow reads it."""
    return tuple(_file_field(field) for field in schema)


def _file_field(field: pa.Field) -> FileField:
    children = tuple(_file_field(one) for one in _children(field.type))
    return FileField(field.name, _stored(field.type), _id(field), children)


def _children(type_: pa.DataType) -> list[pa.Field]:
    if isinstance(type_, pa.BaseExtensionType):
        return _children(type_.storage_type)
    if pa.types.is_struct(type_):
        return list(type_)
    if pa.types.is_map(type_):
        return [type_.key_field, type_.item_field]
    return [type_.value_field] if pa.types.is_nested(type_) and hasattr(type_, "value_field") else []


def _stored(type_: pa.DataType) -> pa.DataType:
    """Timestamps keep that they are moments; see ``plain``."""
    if pa.types.is_timestamp(type_) and type_.tz is not None:
        return pa.timestamp(plain(type_).unit, "UTC")
    return plain(type_)


def _id(field: pa.Field) -> int | None:
    metadata: Mapping[bytes, bytes] = field.metadata or {}
    found = next((metadata[key] for key in _ID_KEYS if key in metadata), None)
    return None if found is None else int(found)


def has_ids(fields: FileSchema) -> bool:
    """Whether the file's writer knew ids."""
    return any(field.id is not None or has_ids(field.children) for field in fields)
