"""The model's values as JSON text for the catalog's tables, and back.

What has its default is left out, so that a field added to the model needs no migration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from owlake.catalog.model import (
    NO_PARAMETERS,
    NOT_SKEWED,
    Column,
    Parameters,
    Permissions,
    SerDeInfo,
    SkewedInfo,
    SortColumn,
    StorageDescriptor,
    Table,
)
from owlake.catalog.times import from_microseconds, to_microseconds

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode_parameters(parameters: Parameters) -> str:
    """Parameters keep their order."""
    return _encode(dict(parameters)) if parameters else "{}"


def decode_parameters(text: str) -> Parameters:
    """What ``encode_parameters`` made."""
    return NO_PARAMETERS if text == "{}" else MappingProxyType(json.loads(text))


def encode_permissions(permissions: tuple[Permissions, ...] | None) -> str | None:
    """Permissions on new tables."""
    return None if permissions is None else _encode([[one.principal, one.permissions] for one in permissions])


def decode_permissions(text: str | None) -> tuple[Permissions, ...] | None:
    """What ``encode_permissions`` made."""
    if text is None:
        return None
    return tuple(Permissions(principal, tuple(permissions)) for principal, permissions in json.loads(text))


def encode_values(values: tuple[str, ...]) -> str:
    """Partition values as the text that identifies the partition."""
    return _encode(values)


def decode_values(text: str) -> tuple[str, ...]:
    """What ``encode_values`` made."""
    return tuple(json.loads(text))


def encode_storage(storage: StorageDescriptor, *, with_location: bool = True) -> str:
    """A storage descriptor; without its location it is what partitions share."""
    return _encode(_storage(storage, with_location=with_location))


@lru_cache(maxsize=256)
def decode_storage(text: str) -> StorageDescriptor:
    """What ``encode_storage`` made."""
    return _read_storage(json.loads(text))


def encode_table(table: Table) -> str:
    """All of a table that has no column of its own in the catalog's tables."""
    fields = _present(
        storage=_storage(table.storage),
        partition_keys=[_column(column) for column in table.partition_keys],
        parameters=dict(table.parameters),
        retention=table.retention,
    )
    given = {
        "description": table.description,
        "owner": table.owner,
        "view_original_text": table.view_original_text,
        "view_expanded_text": table.view_expanded_text,
        "last_access_time": _encode_time(table.last_access_time),
        "last_analyzed_time": _encode_time(table.last_analyzed_time),
        "created_by": table.created_by,
    }
    # An empty text is one, and 1970 began at zero: only None is what is not given.
    return _encode(fields | {name: value for name, value in given.items() if value is not None})


TableRow = tuple[str, str, str, str, int, int, int]
"""Database, name, type, definition, version, creation, last update."""


def decode_table(row: TableRow) -> Table:
    """A row of the catalog as a table."""
    database, name, table_type, definition, version_id, create_time, update_time = row
    return Table(
        database=database,
        name=name,
        table_type=table_type,
        version_id=version_id,
        create_time=from_microseconds(create_time),
        update_time=from_microseconds(update_time),
        **_definition(definition),
    )


@lru_cache(maxsize=256)
def _definition(text: str) -> Mapping[str, Any]:
    """Read once for each text, because every statement asks for the same few tables."""
    raw = json.loads(text)
    return {
        "storage": _read_storage(raw.get("storage", {})),
        "partition_keys": tuple(_read_column(column) for column in raw.get("partition_keys", ())),
        "parameters": MappingProxyType(raw.get("parameters", {})),
        "description": raw.get("description"),
        "owner": raw.get("owner"),
        "view_original_text": raw.get("view_original_text"),
        "view_expanded_text": raw.get("view_expanded_text"),
        "retention": raw.get("retention", 0),
        "last_access_time": _read_time(raw.get("last_access_time")),
        "last_analyzed_time": _read_time(raw.get("last_analyzed_time")),
        "created_by": raw.get("created_by"),
    }


def _encode_time(time: datetime | None) -> int | None:
    return None if time is None else to_microseconds(time)


def _read_time(time: int | None) -> datetime | None:
    return None if time is None else from_microseconds(time)


def _present(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value not in (None, "", 0, [], {})}


def _column(column: Column) -> dict[str, Any]:
    encoded: dict[str, Any] = {"name": column.name, "type": column.type}
    if column.comment is not None:
        encoded["comment"] = column.comment
    if column.parameters:
        encoded["parameters"] = dict(column.parameters)
    if column.spelled is not None:
        encoded["spelled"] = column.spelled
    return encoded


def _read_column(raw: Mapping[str, Any]) -> Column:
    given = raw.get("parameters")
    parameters = MappingProxyType(given) if given else NO_PARAMETERS
    return Column(raw["name"], raw["type"], raw.get("comment"), parameters, raw.get("spelled"))


def _storage(storage: StorageDescriptor, *, with_location: bool = True) -> dict[str, Any]:
    encoded = _present(
        columns=[_column(column) for column in storage.columns],
        location=storage.location if with_location else "",
        input_format=storage.input_format,
        output_format=storage.output_format,
        compressed=storage.compressed,
        serde=_present(
            library=storage.serde.library,
            parameters=dict(storage.serde.parameters),
            name=storage.serde.name,
        ),
        bucket_columns=list(storage.bucket_columns),
        sort_columns=[[column.column, column.sort_order] for column in storage.sort_columns],
        parameters=dict(storage.parameters),
        stored_as_sub_directories=storage.stored_as_sub_directories,
        skewed=_present(
            column_names=list(storage.skewed.column_names),
            column_values=list(storage.skewed.column_values),
            locations=dict(storage.skewed.locations),
        ),
    )
    if storage.number_of_buckets != -1:
        encoded["number_of_buckets"] = storage.number_of_buckets
    return encoded


def _read_storage(raw: Mapping[str, Any]) -> StorageDescriptor:
    serde, skewed = raw.get("serde", {}), raw.get("skewed")
    return StorageDescriptor(
        columns=tuple(_read_column(column) for column in raw.get("columns", ())),
        location=raw.get("location", ""),
        input_format=raw.get("input_format", ""),
        output_format=raw.get("output_format", ""),
        compressed=raw.get("compressed", False),
        number_of_buckets=raw.get("number_of_buckets", -1),
        serde=SerDeInfo(
            serde.get("library", ""),
            MappingProxyType(serde.get("parameters", {})),
            serde.get("name"),
        ),
        bucket_columns=tuple(raw.get("bucket_columns", ())),
        sort_columns=tuple(SortColumn(column, order) for column, order in raw.get("sort_columns", ())),
        parameters=MappingProxyType(raw.get("parameters", {})),
        stored_as_sub_directories=raw.get("stored_as_sub_directories", False),
        skewed=_read_skewed(skewed) if skewed else NOT_SKEWED,
    )


def _read_skewed(raw: Mapping[str, Any]) -> SkewedInfo:
    return SkewedInfo(
        tuple(raw.get("column_names", ())),
        tuple(raw.get("column_values", ())),
        MappingProxyType(raw.get("locations", {})),
    )
