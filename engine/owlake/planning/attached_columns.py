"""Columns that are not in the files: partition keys and the hidden ones, known for each partition or file.

Without them files are read together. For few partitions each is read on its own with its values as constants; for
many, files are read together and joined with a table of them by the file's name. Both run at the speed of the scan
within a few per cent, where a regular expression over the file's name takes 30 times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from owlake.catalog.model import StorageDescriptor, Table
from owlake.ir.sources import SourceColumn
from owlake.lake.formats import ScanColumn, ScanRequest, magnitude, scans
from owlake.lake.formats.base import FindFormat, no_format
from owlake.lake.model import DataFile, FileScan, TablePartition
from owlake.lake.partitions import name_of, typed_values
from owlake.lake.storage import Storage
from owlake.planning.scans import PlannedScan, ScanNames, union_all
from owlake.planning.text import cast_text, constant, quoted
from owlake.types.arrow import arrow_type
from owlake.types.model import DATE, Type

Contents = Sequence[tuple[TablePartition, tuple[DataFile, ...]]]

_MAX_BRANCHES = 16
"""Up to here a UNION ALL of constants is cheaper than a join with the table of files."""

_OF_FILE = frozenset({"$path", "$file_size", "$file_modified_time", "$bucket"})
_KEY = "$file"


@dataclass(slots=True)
class _Parts:
    """The relations that a scan is put together of, and what they refer to."""

    selects: list[str] = field(default_factory=list)
    scans: dict[str, FileScan] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)


class AttachedColumns:
    """Reads a table's files with columns that are not in them."""

    def __init__(
        self,
        table: Table,
        columns: Sequence[SourceColumn],
        storage: Storage,
        plugged_format: FindFormat = no_format,
    ) -> None:
        self._table = table
        self._storage = storage
        self._plugged_format = plugged_format
        self._types = {column.name: column.type for column in columns}
        self._keys = [key.name for key in table.partition_keys]
        data = {column.name for column in columns if not column.partition_key and not column.hidden}
        self._data = data

    def scan(self, contents: Contents, columns: Sequence[str], names: ScanNames) -> PlannedScan:
        """How to read the columns from the files."""
        attached = [name for name in columns if name not in self._data]
        in_files = [ScanColumn(name, self._types[name]) for name in columns if name in self._data]
        parts = _Parts()
        for stored, members in _by_descriptor(contents):
            if not attached:
                self._together(stored, members, in_files, names, parts)
            elif self._branches(members, attached) <= _MAX_BRANCHES:
                self._apart(stored, members, in_files, attached, names, parts)
            else:
                self._joined(stored, members, in_files, attached, names, parts)
        if not parts.selects:
            parts.selects.append(self._empty(columns))
        if not attached and len(parts.scans) == 1:
            plain = _plain(*next(iter(parts.scans.items())), columns)
            if plain is not None:
                return plain
        shown = {name: f"{{alias}}.{quoted(name)}" for name in columns}
        return PlannedScan(union_all(parts.selects), shown, parts.scans, parts.tables)

    def magnitude(self, contents: Contents, column: str) -> int | None:
        """A whole number that no value of a column in the files is beyond, if they say so."""
        if column not in self._data:
            return None
        wanted = [ScanColumn(column, self._types[column])]
        found = []
        for stored, members in _by_descriptor(contents):
            files = [file for _, of_one in members for file in of_one]
            found.append(magnitude(self._request(stored, files, wanted)))
        known = [one for one in found if one is not None]
        return max(known, default=0) if len(known) == len(found) else None

    def _branches(self, members: Contents, attached: Sequence[str]) -> int:
        if _OF_FILE.intersection(attached):
            return sum(len(files) for _, files in members)
        return len(members)

    def _scans(
        self, stored: StorageDescriptor, files: Sequence[DataFile], columns: Sequence[ScanColumn]
    ) -> list[FileScan]:
        return scans(self._request(stored, files, columns))

    def _request(
        self, stored: StorageDescriptor, files: Sequence[DataFile], columns: Sequence[ScanColumn]
    ) -> ScanRequest:
        return ScanRequest(files, columns, self._table, stored, self._storage, self._plugged_format)

    def _together(
        self,
        stored: StorageDescriptor,
        members: Contents,
        columns: Sequence[ScanColumn],
        names: ScanNames,
        parts: _Parts,
    ) -> None:
        for once in _once_each([file for _, files in members for file in files]):
            for scan in self._scans(stored, once, columns):
                name = names.next()
                parts.scans[name] = scan
                shown = ", ".join(f"{scan.columns[one.name]} AS {quoted(one.name)}" for one in columns) or "1 AS one"
                parts.selects.append(f"SELECT {shown} FROM {name}")

    def _apart(
        self,
        stored: StorageDescriptor,
        members: Contents,
        columns: Sequence[ScanColumn],
        attached: Sequence[str],
        names: ScanNames,
        parts: _Parts,
    ) -> None:
        of_file = bool(_OF_FILE.intersection(attached))
        for partition, files in members:
            for group in [(file,) for file in files] if of_file else [files]:
                values = self._values(partition, group[0], attached)
                constants = [f"{_constant(self._types[name], values[name])} AS {quoted(name)}" for name in attached]
                for scan in self._scans(stored, group, columns):
                    name = names.next()
                    parts.scans[name] = scan
                    shown = [f"{scan.columns[one.name]} AS {quoted(one.name)}" for one in columns]
                    parts.selects.append(f"SELECT {', '.join((*shown, *constants))} FROM {name}")

    def _joined(
        self,
        stored: StorageDescriptor,
        members: Contents,
        columns: Sequence[ScanColumn],
        attached: Sequence[str],
        names: ScanNames,
        parts: _Parts,
    ) -> None:
        # Two partitions may lie in one place: its files are read once, and joined to both.
        owners: dict[str, list[tuple[TablePartition, DataFile]]] = {}
        for partition, files in members:
            for file in files:
                owners.setdefault(file.uri, []).append((partition, file))
        for scan in self._scans(stored, [same[0][1] for same in owners.values()], columns):
            name, table = names.next(), names.next("files")
            parts.scans[name] = scan
            of_scan = [owner for file in scan.files for owner in owners[file.uri]]
            parts.tables[table] = self._file_table(of_scan, attached, scan)
            key = quoted(_KEY) if scan.names_files else "input_file_name()"
            inner = [f"{scan.columns[one.name]} AS {quoted(one.name)}" for one in columns]
            rows = f"(SELECT {', '.join((*inner, f'{key} AS {quoted(_KEY)}'))} FROM {name}) AS r"
            shown = [f"r.{quoted(one.name)}" for one in columns] + [f"f.{quoted(name)}" for name in attached]
            parts.selects.append(
                f"SELECT {', '.join(shown)} FROM {rows} JOIN {table} AS f ON r.{quoted(_KEY)} = f.{quoted(_KEY)}"
            )

    def _file_table(
        self, owners: Sequence[tuple[TablePartition, DataFile]], attached: Sequence[str], scan: FileScan
    ) -> pa.Table:
        rows = [self._values(partition, file, attached) for partition, file in owners]
        keys = [file.uri if scan.names_files else _path_in_store(file.uri) for _, file in owners]
        arrays: dict[str, pa.Array] = {_KEY: pa.array(keys, pa.string())}
        for name in attached:
            arrays[name] = pa.array([row[name] for row in rows], arrow_type(self._types[name]))
        return pa.table(arrays)

    def _values(self, partition: TablePartition, file: DataFile, attached: Sequence[str]) -> dict[str, Any]:
        """The attached columns' values for a file of a partition, as Python values."""
        values: dict[str, Any] = dict(zip(self._keys, typed_values(self._table, partition), strict=True))
        for name in attached:
            match name:
                case "$path":
                    values[name] = file.uri
                case "$file_size":
                    values[name] = file.size
                case "$file_modified_time":
                    values[name] = datetime(1970, 1, 1) + timedelta(milliseconds=file.modified // 1_000_000)  # noqa: DTZ001
                case "$partition":
                    values[name] = name_of(self._table, partition)
                case "$bucket":
                    from owlake.lake.buckets import bucket_number  # noqa: PLC0415  (only bucketed tables)

                    values[name] = bucket_number(file.uri)
        return values

    def _empty(self, columns: Sequence[str]) -> str:
        shown = ", ".join(f"{cast_text('NULL', self._types[name])} AS {quoted(name)}" for name in columns)
        return f"SELECT {shown or '1 AS one'} WHERE false"


def _once_each(files: Sequence[DataFile]) -> Iterator[Sequence[DataFile]]:
    """The files in lists that hold none twice: two partitions may lie in one place, and a scan reads a file once."""
    while files:
        first = {file.uri: file for file in files}
        if len(first) == len(files):
            yield files
            return
        yield list(first.values())
        files = [file for file in files if first.pop(file.uri, None) is None]


def _by_descriptor(contents: Contents) -> Iterator[tuple[StorageDescriptor, Contents]]:
    """Partitions that are read alike, together."""
    groups: dict[object, tuple[StorageDescriptor, list[tuple[TablePartition, tuple[DataFile, ...]]]]] = {}
    for partition, files in contents:
        stored = partition.storage
        columns = tuple((column.name, column.type) for column in stored.columns)
        parameters = tuple(sorted(stored.serde.parameters.items()))
        alike = (columns, stored.serde.library, parameters, stored.input_format)
        groups.setdefault(alike, (stored, []))[1].append((partition, files))
    yield from groups.values()


def _plain(name: str, scan: FileScan, columns: Sequence[str]) -> PlannedScan | None:
    """A scan whose columns are the files' own: it needs no SELECT around it."""
    if any(scan.columns[column] != quoted(_bare(scan.columns[column])) for column in columns):
        return None
    shown: Mapping[str, str] = {column: f"{{alias}}.{scan.columns[column]}" for column in columns}
    return PlannedScan(f"{name} AS {{alias}}", shown, {name: scan}, {})


def _bare(expression: str) -> str:
    return expression[1:-1].replace('""', '"')


def _path_in_store(uri: str) -> str:
    """The file as ``input_file_name()`` gives it: without scheme and bucket."""
    scheme, _, rest = uri.partition("://")
    return rest.partition("/")[2] if scheme == "s3" else rest.lstrip("/")


def _constant(type_: Type, value: Any) -> str:
    """A Python value as a SQL constant."""
    if value is None:
        return constant(type_, None)
    if isinstance(value, datetime):
        return constant(type_, (value - datetime(1970, 1, 1)) // timedelta(microseconds=1))  # noqa: DTZ001
    if isinstance(value, date) and type_ == DATE:
        return constant(type_, (value - date(1970, 1, 1)).days)
    return constant(type_, value)
