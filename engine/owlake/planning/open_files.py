"""Files of open tables in SQL: their columns by id, with values that are known of a file and not in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from owlake.lake.model import DataFile, FileScan
from owlake.lake.open_tables.contents import TableFile
from owlake.lake.open_tables.fields import TableField
from owlake.lake.open_tables.matching import find
from owlake.lake.open_tables.scans import TableScans
from owlake.planning.attached_values import Group, Parts, Values
from owlake.types.model import Type

ValuesOf = Callable[[TableFile], Values]


def no_values(_: TableFile) -> Values:
    """Nothing is known of a file that its columns do not say."""
    return {}


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """Reads files of one table."""

    scans: TableScans

    def add(
        self,
        parts: Parts,
        files: Sequence[TableFile],
        columns: Sequence[TableField],
        attached: Mapping[str, Type] | None = None,
        values: ValuesOf = no_values,
    ) -> None:
        """Read these columns of the files, and the attached ones, whose values are given for each file."""
        for absent, members in self._by_absent(files, columns).items():
            of_metadata = [one for one in columns if one.name in absent]
            in_files = [one for one in columns if one.name not in absent]
            types = {**(attached or {}), **{one.name: one.type for one in of_metadata}}

            def scanning(once: Sequence[DataFile], of: Sequence[TableFile] = members) -> list[FileScan]:
                return self._scanned(once, of, in_files)  # noqa: B023  (called before the loop goes on)

            groups = _grouped(members, of_metadata, values) if types else [({}, [one.file for one in members])]
            parts.add(groups, [one.name for one in in_files], types, scanning)

    def _scanned(
        self, once: Sequence[DataFile], members: Sequence[TableFile], columns: Sequence[TableField]
    ) -> list[FileScan]:
        by_uri = {one.file.uri: one for one in members}
        return self.scans.scans([by_uri[file.uri] for file in once], columns)

    def _by_absent(
        self, files: Sequence[TableFile], columns: Sequence[TableField]
    ) -> dict[frozenset[str], list[TableFile]]:
        """The files by those columns that only their partitions have values of: files that were brought in."""
        found: dict[frozenset[str], list[TableFile]] = {}
        if not any(column.id in one.constants for one in files for column in columns):
            return {frozenset(): list(files)} if files else {}
        for one, schema in zip(files, self.scans.schemas(files), strict=True):
            known = (column for column in columns if column.id in one.constants)
            absent = frozenset(column.name for column in known if find(column, schema) is None)
            found.setdefault(absent, []).append(one)
        return found


def _grouped(files: Sequence[TableFile], columns: Sequence[TableField], values: ValuesOf) -> list[Group]:
    """Files that have all values in common, together."""
    found: dict[tuple[object, ...], tuple[Values, list[DataFile]]] = {}
    for one in files:
        of_partition = {column.name: one.constants[column.id] for column in columns if column.id is not None}
        known = {**values(one), **of_partition}
        found.setdefault(tuple(known.values()), (known, []))[1].append(one.file)
    return list(found.values())
