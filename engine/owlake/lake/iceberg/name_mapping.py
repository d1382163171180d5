"""Ids for the fields of files that were written without: the table's name mapping gives them.

https://iceberg.apache.org/spec/#column-projection
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pyiceberg.table.name_mapping import MappedField

from owlake.errors import error
from owlake.lake.iceberg.table import IcebergTable
from owlake.lake.open_tables.contents import TableFile
from owlake.lake.open_tables.fields import FileField, FileSchema, has_ids
from owlake.lake.open_tables.scans import Adapt


def ids_of(table: IcebergTable) -> Adapt:
    """What gives the fields of the table's files ids. Errors: ICEBERG_BAD_DATA where nothing does."""
    mapping = table.metadata.name_mapping()
    known: dict[int, tuple[FileSchema, FileSchema]] = {}

    def adapt(schema: FileSchema, file: TableFile) -> FileSchema:
        found = known.get(id(schema))
        if found is None:
            mapped = schema
            if schema and not has_ids(schema):
                if mapping is None:
                    raise _no_ids(file)
                mapped = _mapped(schema, mapping)
            # The schema is kept with what was made of it: its id is nobody else's then.
            found = known[id(schema)] = (schema, mapped)
        return found[1]

    return adapt


def _mapped(fields: FileSchema, mapping: Iterable[MappedField]) -> FileSchema:
    by_name = {name: one for one in mapping for name in one.names}
    return tuple(_with_id(one, by_name.get(one.name)) for one in fields)


def _with_id(field: FileField, mapped: MappedField | None) -> FileField:
    if mapped is None:
        return field
    # What is inside of arrays and maps goes by these names, however the writer called it.
    names = {1: ("element",), 2: ("key", "value")}.get(len(field.children), ())
    is_row = str(field.type).startswith("struct")
    inside = field.children if is_row else tuple(replace(c, name=n) for c, n in zip(field.children, names, strict=True))
    found = _mapped(inside, mapped.fields)
    children = tuple(replace(one, name=own.name) for one, own in zip(found, field.children, strict=True))
    return replace(field, id=mapped.field_id, children=children)


def _no_ids(file: TableFile) -> Exception:
    text = f"File {file.file.uri} has no field ids, and the table no schema.name-mapping.default"
    return error("ICEBERG_BAD_DATA", text)
