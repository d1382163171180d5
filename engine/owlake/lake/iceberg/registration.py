"""Iceberg tables that lie in the lake, entered into the catalog as Iceberg's own writers enter them in Glue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pyiceberg.schema import Schema

from owlake.catalog.model import Column, StorageDescriptor, Table
from owlake.errors import error
from owlake.lake import uris
from owlake.lake.iceberg.columns import hive_type
from owlake.lake.iceberg.table import IcebergTable, load
from owlake.lake.open_tables.locations import normal
from owlake.lake.storage import Storage

PARTITION_SPEC = "owlake.partition_spec"
"""Where statements that describe a table find its partition fields: a JSON list of [name, argument, column]."""

_TRANSFORM = re.compile(r"(?P<name>\w+)(?:\[(?P<argument>\d+)\])?")
_METADATA_FILE = re.compile(r"v?(?P<version>\d+)(?:-[^/]+)?(?:\.gz)?\.metadata\.json(?:\.gz)?")


def table_at(storage: Storage, database: str, name: str, location: str, metadata_file: str | None) -> Table:
    """The table that lies at a location, in the version of the metadata file, else in its newest.

    Errors: ICEBERG_INVALID_METADATA, ICEBERG_MISSING_METADATA.
    """
    metadata_location = _metadata_location(storage, location, metadata_file)
    loaded = load(storage, f"{database}.{name}", metadata_location)
    if not _is_same_place(storage, loaded.metadata.location, location):
        text = (
            f"Table metadata file [{metadata_location}] declares table location as [{loaded.metadata.location}]"
            f" which is differs from location provided [{location}]. Iceberg table can only be registered with the"
            " same location it was created with."
        )
        raise error("ICEBERG_INVALID_METADATA", text)
    return Table(
        database,
        name,
        StorageDescriptor(_columns(loaded), normal(loaded.metadata.location)),
        parameters={
            "table_type": "ICEBERG",
            "metadata_location": normal(metadata_location),
            PARTITION_SPEC: json.dumps(list(_partition_fields(loaded))),
        },
    )


def _partition_fields(table: IcebergTable) -> Iterator[tuple[str, int | None, str]]:
    """Transform, its argument and the column of each partition field, as statements show them."""
    names = {one.field_id: one.name.lower() for one in table.schema.fields}
    for one in table.metadata.specs()[table.metadata.default_spec_id].fields:
        found = _TRANSFORM.fullmatch(str(one.transform))
        if found and one.source_id in names and found["name"] != "void":
            argument = None if found["argument"] is None else int(found["argument"])
            yield found["name"], argument, names[one.source_id]


def _metadata_location(storage: Storage, location: str, metadata_file: str | None) -> str:
    folder = uris.join(location, "metadata")
    if metadata_file is not None:
        if "/" in metadata_file or not metadata_file:
            raise error("INVALID_PROCEDURE_ARGUMENT", f"{metadata_file} is not a valid metadata file")
        return uris.join(folder, metadata_file)
    versions = {
        file.uri: int(found["version"])
        for file in storage.list_files(folder)
        if (found := _METADATA_FILE.fullmatch(uris.name_of(file.uri)))
    }
    newest = [uri for uri, version in versions.items() if version == max(versions.values())]
    if not newest:
        raise error("ICEBERG_INVALID_METADATA", f"No versioned metadata file exists at location: {folder}")
    if len(newest) > 1:
        names = ", ".join(sorted(newest))
        raise error("ICEBERG_INVALID_METADATA", f"More than one latest metadata file found at location: {names}")
    return newest[0]


def _is_same_place(storage: Storage, declared: str, given: str) -> bool:
    places = [normal(one).rstrip("/") for one in (declared, given)]
    paths = [storage.local_path(one) for one in places]
    if None in paths:
        return places[0] == places[1]
    return paths[0].resolve() == paths[1].resolve()  # type: ignore[union-attr]  # (none of them is None)


def _columns(table: IcebergTable) -> tuple[Column, ...]:
    """The columns that there are, then those of older schemas, which are marked."""
    current = list(_of_schema(table.schema, is_current=True))
    known = {column.name for column in current}
    for schema in reversed(table.metadata.schemas):
        for column in _of_schema(schema, is_current=False):
            if column.name not in known:
                known.add(column.name)
                current.append(column)
    return tuple(current)


def _of_schema(schema: Schema, *, is_current: bool) -> Iterator[Column]:
    for one in schema.fields:
        parameters = {
            "iceberg.field.id": str(one.field_id),
            "iceberg.field.optional": str(not one.required).lower(),
            "iceberg.field.current": str(is_current).lower(),
        }
        yield Column(one.name.lower(), hive_type(one.field_type), one.doc, parameters)
