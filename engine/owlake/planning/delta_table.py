"""Delta tables as sources of a query: one version, its files chosen by the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from owlake.catalog.partition_values import contains
from owlake.ir import expressions as ir
from owlake.ir.sources import SourceColumn
from owlake.lake.delta.log import DeltaFile, DeltaVersion
from owlake.lake.model import Constraint, DataFile
from owlake.lake.open_tables.bounds import Bounds, may_hold
from owlake.lake.open_tables.contents import TableFile
from owlake.lake.open_tables.fields import TableField
from owlake.lake.open_tables.magnitudes import greatest
from owlake.lake.open_tables.scans import TableScans
from owlake.planning.attached_values import Parts, Values
from owlake.planning.domains import domain_of
from owlake.planning.folding import fold
from owlake.planning.lake_table import LakeView, constraint_of
from owlake.planning.open_files import OpenFiles
from owlake.planning.scans import PlannedScan, ScanNames, ScanRequest
from owlake.types.model import BIGINT, VARCHAR, TimestampWithTimeZone

HIDDEN_COLUMNS = (
    SourceColumn("$path", VARCHAR, hidden=True),
    SourceColumn("$file_modified_time", TimestampWithTimeZone(3, "UTC"), hidden=True),
    SourceColumn("$file_size", BIGINT, hidden=True),
)
"""What every Delta table has beside its columns (https://trino.io/docs/current/connector/delta-lake.html)."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (the origin of values without zone)
_WITH_ZONE = _EPOCH.replace(tzinfo=UTC)
_A_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class DeltaSource:
    """A Delta table; see ``owlake.ir.sources.TableSource`` and ``owlake.planning.scans.ScanPlanner``."""

    catalog: str
    schema: str
    name: str
    version: int
    table: DeltaVersion = field(compare=False)
    lake: LakeView = field(compare=False)
    columns: tuple[SourceColumn, ...] = field(compare=False)

    @classmethod
    def of(cls, catalog: str, schema: str, name: str, table: DeltaVersion, lake: LakeView) -> DeltaSource:
        """The table as it is, or was, in this version."""
        keys = set(table.partition_columns)
        columns = tuple(SourceColumn(one.name, one.type, partition_key=one.name in keys) for one in table.columns)
        return cls(catalog, schema, name, table.version, table, lake, (*columns, *HIDDEN_COLUMNS))

    def select(self, request: ScanRequest) -> DeltaSelection:
        """The files that can hold rows that matter."""
        fields = dict(zip(request.columns, request.fields, strict=True))
        request = replace(request, conjuncts=fold(request.conjuncts, self.lake.evaluate))
        constraint = constraint_of(request.conjuncts, fields)
        paths = domain_of(request.conjuncts, fields["$path"]) if "$path" in fields else None
        files = (one for one in self.table.files if paths is None or contains(paths, one.table_file.file.uri))
        return DeltaSelection(self, tuple(one for one in files if self._matters(one, constraint)))

    def _matters(self, one: DeltaFile, constraint: Constraint) -> bool:
        columns = {column.name: column for column in self.table.columns}
        return all(
            may_hold(domain, _bounds(one, columns[name])) for name, domain in constraint.items() if name in columns
        )


def _bounds(one: DeltaFile, column: TableField) -> Bounds:
    """What the log says of a column: its one value for a key, else bounds, of moments in milliseconds."""
    if column.name in one.partition:
        value = one.partition[column.name]
        return Bounds(value, value, int(value is None), 1)
    found = one.bounds.get(column.stored_name or column.name, Bounds())
    if not isinstance(found.low, datetime) or not isinstance(found.high, datetime):
        return found
    try:
        return replace(found, low=found.low - _A_MILLISECOND, high=found.high + _A_MILLISECOND)
    except OverflowError:
        return Bounds()


@dataclass(frozen=True, slots=True)
class DeltaSelection:
    """Files to read."""

    source: DeltaSource
    contents: tuple[DeltaFile, ...]
    satisfied: frozenset[ir.Expression] = frozenset()

    @property
    def files(self) -> tuple[DataFile, ...]:
        """Every file."""
        return tuple(one.table_file.file for one in self.contents)

    def magnitude(self, column: str) -> int | None:
        """A whole number that no value of the column is beyond, if the files say so: the log may round."""
        table = self.source.table
        wanted = next((one for one in table.columns if one.name == column), None)
        if wanted is None or column in table.partition_columns:
            return None
        scans = TableScans(self.source.lake.storage)
        return greatest(scans, [one.table_file for one in self.contents], wanted)

    def scan(self, columns: Sequence[str], names: ScanNames) -> PlannedScan:
        """How to read these columns; those of partitions come from the log."""
        table = self.source.table
        types = {one.name: one.type for one in self.source.columns}
        keys = set(table.partition_columns)
        in_files = [one for one in table.columns if one.name in columns and one.name not in keys]
        known = {one.name for one in in_files}
        attached = {name: types[name] for name in columns if name not in known}
        by_uri = {one.table_file.file.uri: one for one in self.contents}

        def values(file: TableFile) -> Values:
            return {name: _value(by_uri[file.file.uri], name) for name in attached}

        parts = Parts(names)
        files = [one.table_file for one in self.contents]
        OpenFiles(TableScans(self.source.lake.storage)).add(parts, files, in_files, attached, values)
        return parts.planned({name: types[name] for name in columns})


def _value(one: DeltaFile, name: str) -> Any:
    match name:
        case "$path":
            return one.table_file.file.uri
        case "$file_modified_time":
            return _EPOCH + timedelta(milliseconds=one.modified)
        case "$file_size":
            return one.table_file.file.size
    value = one.partition.get(name)
    if isinstance(value, datetime) and value.tzinfo is not None:
        # To the millisecond, as the column's type has it.
        return _EPOCH + ((value - _WITH_ZONE + _A_MILLISECOND / 2) // _A_MILLISECOND) * _A_MILLISECOND
    return value
