"""Iceberg tables as sources of a query: one version, its files chosen by the metadata, read with deletes applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from owlake.catalog.partition_values import contains
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.sources import SourceColumn
from owlake.lake.iceberg.columns import columns_of
from owlake.lake.iceberg.contents import IcebergFile, IcebergFiles, data_files, equality_deletes, partition_path
from owlake.lake.iceberg.filters import row_filter
from owlake.lake.iceberg.name_mapping import ids_of
from owlake.lake.iceberg.plan import find_files
from owlake.lake.iceberg.table import IcebergTable
from owlake.lake.model import DataFile
from owlake.lake.open_tables.contents import TableFile
from owlake.lake.open_tables.fields import TableField
from owlake.lake.open_tables.magnitudes import greatest
from owlake.lake.open_tables.scans import TableScans
from owlake.planning.attached_values import Parts, Values
from owlake.planning.domains import domain_of
from owlake.planning.folding import fold
from owlake.planning.lake_table import LakeView, constraint_of
from owlake.planning.open_files import OpenFiles
from owlake.planning.scans import PlannedScan, ScanNames, ScanRequest, union_all
from owlake.planning.text import quoted
from owlake.types.model import BIGINT, VARCHAR, TimestampWithTimeZone, Type

HIDDEN_COLUMNS = (
    SourceColumn("$path", VARCHAR, hidden=True),
    SourceColumn("$file_modified_time", TimestampWithTimeZone(3, "UTC"), hidden=True),
    SourceColumn("$partition", VARCHAR, hidden=True),
)
"""What every Iceberg table has beside its columns (https://trino.io/docs/current/connector/iceberg.html)."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (the origin of values without zone)
_SEQUENCE, _PARTITION = "$sequence_number", "$partition_number"
_ORDER = {_SEQUENCE: BIGINT, _PARTITION: BIGINT}


@dataclass(frozen=True, slots=True)
class IcebergSource:
    """An Iceberg table; see ``owlake.ir.sources.TableSource`` and ``owlake.planning.scans.ScanPlanner``."""

    catalog: str
    schema: str
    name: str
    version: tuple[str, int | None]
    table: IcebergTable = field(compare=False)
    lake: LakeView = field(compare=False)
    fields: tuple[TableField, ...] = field(compare=False)
    columns: tuple[SourceColumn, ...] = field(compare=False)

    @classmethod
    def of(cls, catalog: str, schema: str, name: str, table: IcebergTable, lake: LakeView) -> IcebergSource:
        """The table as it is, or was, in this version. Errors: ICEBERG_INVALID_METADATA where a column comes twice."""
        fields = columns_of(table.schema)
        if len({one.name for one in fields}) < len(fields):
            text = f"Invalid metadata file for table {table.name}"
            raise error("ICEBERG_INVALID_METADATA", text, hint="Two columns differ by case only")
        comments = {one.field_id: one.doc for one in table.schema.fields}
        columns = [SourceColumn(one.name, one.type, comment=comments.get(one.id)) for one in fields]
        snapshot = None if table.snapshot is None else table.snapshot.snapshot_id
        version = (table.metadata_location, snapshot)
        return cls(catalog, schema, name, version, table, lake, fields, (*columns, *HIDDEN_COLUMNS))

    def select(self, request: ScanRequest) -> IcebergSelection:
        """The files that can hold rows that matter."""
        fields = dict(zip(request.columns, request.fields, strict=True))
        request = replace(request, conjuncts=fold(request.conjuncts, self.lake.evaluate))
        condition = row_filter(constraint_of(request.conjuncts, fields), self.table.schema)
        parallel = self.lake.storage.endpoint is not None
        found = find_files(self.table, condition, parallel=parallel)
        data = data_files(self.table, self.lake.storage, found)
        paths = domain_of(request.conjuncts, fields["$path"]) if "$path" in fields else None
        if paths is not None:
            data = tuple(one for one in data if contains(paths, one.table_file.file.uri))
        return IcebergSelection(self, IcebergFiles(data, equality_deletes(self.table, found)))


@dataclass(frozen=True, slots=True)
class IcebergSelection:
    """Files to read, and the deletes that apply to their rows."""

    source: IcebergSource
    contents: IcebergFiles
    satisfied: frozenset[ir.Expression] = frozenset()

    @property
    def files(self) -> tuple[DataFile, ...]:
        """Every file with rows."""
        return tuple(one.table_file.file for one in self.contents.data)

    def magnitude(self, column: str) -> int | None:
        """A whole number that no value of the column is beyond, if the metadata says so."""
        wanted = next((one for one in self.source.fields if one.name == column), None)
        if wanted is None:
            return None
        known = self.contents.magnitude(wanted)
        return known if known is not None else greatest(self._scans, self._table_files, wanted)

    def scan(self, columns: Sequence[str], names: ScanNames) -> PlannedScan:
        """How to read these columns."""
        types = {one.name: one.type for one in self.source.columns}
        wanted = [one for one in self.source.fields if one.name in columns]
        hidden = {one.name: one.type for one in HIDDEN_COLUMNS if one.name in columns}
        data, touched = self.contents.data, self.contents.touched
        parts = Parts(names)
        self._add(parts, [one for one in data if one not in touched] if touched else data, wanted, hidden)
        if touched:
            rows = parts.beside()
            keys = [*wanted, *self.contents.keys]
            self._add(rows, [one for one in data if one in touched], keys, {**hidden, **_ORDER})
            parts.selects.append(self._kept(f"SELECT * FROM {_relation(rows)}", columns, parts))
        return parts.planned({name: types[name] for name in columns})

    def _kept(self, rows: str, columns: Sequence[str], parts: Parts) -> str:
        """SQL of the rows that no equality delete is about: no later one with the same values, NULL being one."""
        for deletes in self.contents.equality:
            doomed = parts.beside()
            self._add(doomed, deletes.files, deletes.keys, _ORDER)
            names = [one.name for one in deletes.keys] + ([] if deletes.is_global else [_PARTITION])
            shown = ", ".join(quoted(name) for name in names)
            newest = f"max({quoted(_SEQUENCE)}) AS {quoted(_SEQUENCE)}"
            latest = f"SELECT {', '.join(filter(None, (shown, newest)))} FROM {_relation(doomed)} GROUP BY {shown}"
            same = "".join(f"(r.{quoted(name)} IS NOT DISTINCT FROM d.{quoted(name)}) AND " for name in names)
            later = f"r.{quoted(_SEQUENCE)} < d.{quoted(_SEQUENCE)}"
            rows = f"SELECT r.* FROM ({rows}) AS r LEFT ANTI JOIN ({latest}) AS d ON {same}{later}"
        shown = ", ".join(quoted(name) for name in columns)
        return f"SELECT {shown or '1 AS one'} FROM ({rows}) AS kept"

    def _add(
        self, parts: Parts, files: Sequence[IcebergFile], columns: Sequence[TableField], attached: Mapping[str, Type]
    ) -> None:
        reader = OpenFiles(self._scans)
        by_uri = {one.table_file.file.uri: one for one in files} if attached else {}

        def values(one: TableFile) -> Values:
            return {name: self._value(by_uri[one.file.uri], name) for name in attached}

        reader.add(parts, [one.table_file for one in files], columns, attached, values)

    @property
    def _scans(self) -> TableScans:
        return TableScans(self.source.lake.storage, ids_of(self.source.table))

    @property
    def _table_files(self) -> list[TableFile]:
        return [one.table_file for one in self.contents.data]

    def _value(self, one: IcebergFile, name: str) -> Any:
        match name:
            case "$path":
                return one.table_file.file.uri
            case "$file_modified_time":
                found = self.source.lake.storage.file(one.table_file.file.uri)
                return _EPOCH + timedelta(milliseconds=found.modified // 1_000_000 if found else 0)
            case "$partition":
                return partition_path(self.source.table, one)
            case "$sequence_number":
                return one.sequence
            case _:
                return self.contents.partition_numbers[one.partition]


def _relation(parts: Parts) -> str:
    return union_all(parts.selects).replace("{alias}", "files")
