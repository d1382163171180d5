"""Scans of the files of an open table: native where all rows of a file count, ours where some are deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from owlake.errors import error
from owlake.lake.formats.bridge import kept_here
from owlake.lake.model import DataFile, DatasetScan, FileScan, NativeScan
from owlake.lake.open_tables.contents import TableFile
from owlake.lake.open_tables.fields import FileField, FileSchema, TableField
from owlake.lake.open_tables.matching import FieldReading, MismatchError, find, missing, read_field
from owlake.lake.open_tables.rows import RowsDataset, reading
from owlake.lake.open_tables.schemas import FILE_SCHEMAS
from owlake.lake.storage import Storage

Adapt = Callable[[FileSchema, TableFile], FileSchema]
"""What a table's own rules make of a file's schema: ids by its name mapping, for one."""


def as_it_is(schema: FileSchema, _: TableFile) -> FileSchema:
    """No rules."""
    return schema


@dataclass(frozen=True, slots=True)
class TableScans:
    """Reads files of one table."""

    storage: Storage
    adapt: Adapt = as_it_is

    def schemas(self, files: Sequence[TableFile]) -> list[FileSchema]:
        """The schema of each file. Errors: the owner's for bad data."""
        found: dict[str, FileSchema] = {}
        for format_, remembered in FILE_SCHEMAS.items():
            members = [one for one in files if one.format == format_]
            if members:
                with reading(members[0]):
                    schemas = remembered.of_all(self.storage, [one.file for one in members])
                found |= {one.file.uri: schema for one, schema in zip(members, schemas, strict=True)}
        return [self.adapt(found[one.file.uri], one) for one in files]

    def scans(self, files: Sequence[TableFile], columns: Sequence[TableField]) -> list[FileScan]:
        """One scan for each way in which files are read. Errors: the owner's for bad data."""
        groups: dict[object, tuple[FileSchema, list[TableFile]]] = {}
        for one, schema in zip(files, self.schemas(files), strict=True):
            bucket = one.file.uri.split("/", 3)[2] if one.file.uri.startswith("s3://") else None
            alike = (bucket, one.format, one.deleted is None, id(schema))
            groups.setdefault(alike, (schema, []))[1].append(one)
        return [self._scan(schema, members, columns) for schema, members in groups.values()]

    def _scan(self, schema: FileSchema, files: Sequence[TableFile], columns: Sequence[TableField]) -> FileScan:
        is_native = files[0].format != "orc" and files[0].deleted is None
        fields: dict[str, pa.Field] = {}
        shown: dict[str, str] = {}
        for column in columns:
            found = find(column, schema)
            if found is None:
                shown[column.name] = missing(column)
                continue
            name = found.name if is_native else f"c{schema.index(found)}"
            one = _reading(column, found, name, files[0])
            shown[column.name] = one.expression if is_native else kept_here(one.expression, one.scanned)
            fields[found.name] = pa.field(name, _in_views(one.scanned) if is_native else one.scanned)
        data_files = tuple(one.file for one in files)
        if not is_native:
            return DatasetScan(data_files, RowsDataset(self.storage, files, fields), shown)
        return _native(files[0], data_files, schema, fields, shown)


def _native(
    example: TableFile,
    files: tuple[DataFile, ...],
    schema: FileSchema,
    fields: Mapping[str, pa.Field],
    shown: Mapping[str, str],
) -> NativeScan:
    # Rows are counted by a column's metadata: there must be one.
    some = fields or {one.name: pa.field(one.name, one.type) for one in schema[:1]}
    return NativeScan(example.format, files, pa.schema(list(some.values())), shown, {}, owner=example.owner)


def _in_views(type_: pa.DataType) -> pa.DataType:
    """Text as views into the pages that were read: comparing and grouping it is twice as fast as with copies."""
    return pa.string_view() if type_ == pa.string() else type_


def _reading(column: TableField, found: FileField, name: str, example: TableFile) -> FieldReading:
    try:
        return read_field(column, found, name)
    except MismatchError as problem:
        text = f"Field {problem} of type {found.type} in file {example.file.uri} cannot be read as {column.type}"
        raise error(example.owner.bad_data, text) from problem
