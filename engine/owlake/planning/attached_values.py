"""Files read beside values that are not in them: the one way to put both into SQL.

Files with the same values are a group. Without values all files are read together. Few groups are read one by one with
their values as constants; many are read together and joined with a table of the files by their names. Both run at
the speed of the scan within a few per cent, where a regular expression over the file's name takes 30 times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from owlake.lake.model import FILE_COLUMN, DataFile, FileScan
from owlake.planning.scans import PlannedScan, ScanNames, union_all
from owlake.planning.text import cast_text, constant, quoted
from owlake.types.arrow import arrow_type
from owlake.types.model import DATE, Type

MAX_BRANCHES = 16
"""Up to here a UNION ALL of constants is cheaper than a join with the table of files."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (the origin of values without zone)

Values = Mapping[str, Any]
"""Python values by column."""

Group = tuple[Values, Sequence[DataFile]]
"""Files, and the values that all of their rows have."""

Scanning = Callable[[Sequence[DataFile]], Sequence[FileScan]]
"""How files are read, each of them once."""


@dataclass(slots=True)
class Parts:
    """The relations that a scan is put together of, and what they refer to."""

    names: ScanNames
    selects: list[str] = field(default_factory=list)
    scans: dict[str, FileScan] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)

    def add(
        self, groups: Sequence[Group], columns: Sequence[str], attached: Mapping[str, Type], scanning: Scanning
    ) -> None:
        """Read the files of the groups: these columns of theirs, and the attached ones."""
        if not attached:
            self._together([file for _, files in groups for file in files], columns, scanning)
        elif len(groups) <= MAX_BRANCHES:
            self._apart(groups, columns, attached, scanning)
        else:
            self._joined(groups, columns, attached, scanning)

    def planned(self, columns: Mapping[str, Type]) -> PlannedScan:
        """The whole as something to read these columns of."""
        if not self.selects:
            shown = ", ".join(f"{cast_text('NULL', type_)} AS {quoted(name)}" for name, type_ in columns.items())
            self.selects.append(f"SELECT {shown or '1 AS one'} WHERE false")
        plain = _plain(self.scans, columns) if len(self.selects) == len(self.scans) == 1 and not self.tables else None
        if plain is not None:
            return plain
        shown_columns = {name: f"{{alias}}.{quoted(name)}" for name in columns}
        return PlannedScan(union_all(self.selects), shown_columns, self.scans, self.tables)

    def beside(self) -> Parts:
        """Other relations that refer to things of the same statement."""
        return Parts(self.names, [], self.scans, self.tables)

    def _registered(self, scan: FileScan) -> str:
        name = self.names.next()
        self.scans[name] = scan
        return name

    def _together(self, files: Sequence[DataFile], columns: Sequence[str], scanning: Scanning) -> None:
        for once in _once_each(files):
            for scan in scanning(once):
                shown = ", ".join(_shown(scan, columns)) or "1 AS one"
                self.selects.append(f"SELECT {shown} FROM {self._registered(scan)}")

    def _apart(
        self, groups: Sequence[Group], columns: Sequence[str], attached: Mapping[str, Type], scanning: Scanning
    ) -> None:
        for values, files in groups:
            constants = [f"{_constant(type_, values[name])} AS {quoted(name)}" for name, type_ in attached.items()]
            for once in _once_each(files):
                for scan in scanning(once):
                    shown = ", ".join((*_shown(scan, columns), *constants))
                    self.selects.append(f"SELECT {shown} FROM {self._registered(scan)}")

    def _joined(
        self, groups: Sequence[Group], columns: Sequence[str], attached: Mapping[str, Type], scanning: Scanning
    ) -> None:
        # Two groups may have a file in common: its rows are read once, and joined to both.
        owners: dict[str, list[tuple[Values, DataFile]]] = {}
        for values, files in groups:
            for file in files:
                owners.setdefault(file.uri, []).append((values, file))
        for scan in scanning([same[0][1] for same in owners.values()]):
            name, table = self._registered(scan), self.names.next("files")
            of_scan = [owner for file in scan.files for owner in owners[file.uri]]
            self.tables[table] = _file_table(of_scan, attached, scan)
            key = quoted(FILE_COLUMN) if scan.names_files else "input_file_name()"
            inner = (*_shown(scan, columns), f"{key} AS {quoted(FILE_COLUMN)}")
            shown = [f"r.{quoted(one)}" for one in columns] + [f"f.{quoted(one)}" for one in attached]
            self.selects.append(
                f"SELECT {', '.join(shown)} FROM (SELECT {', '.join(inner)} FROM {name}) AS r"
                f" JOIN {table} AS f ON r.{quoted(FILE_COLUMN)} = f.{quoted(FILE_COLUMN)}"
            )


def _plain(scans: Mapping[str, FileScan], columns: Iterable[str]) -> PlannedScan | None:
    """A scan whose columns are the files' own: it needs no SELECT around it."""
    for name, scan in scans.items():
        found = {column: scan.columns.get(column, "") for column in columns}
        if all(expression and expression == quoted(_bare(expression)) for expression in found.values()):
            shown = {column: f"{{alias}}.{expression}" for column, expression in found.items()}
            return PlannedScan(f"{name} AS {{alias}}", shown, scans, {})
    return None


def _bare(expression: str) -> str:
    return expression[1:-1].replace('""', '"')


def _shown(scan: FileScan, columns: Sequence[str]) -> list[str]:
    return [f"{scan.columns[one]} AS {quoted(one)}" for one in columns]


def _file_table(owners: Sequence[tuple[Values, DataFile]], attached: Mapping[str, Type], scan: FileScan) -> pa.Table:
    keys = [file.uri if scan.names_files else _path_in_store(file.uri) for _, file in owners]
    arrays: dict[str, pa.Array] = {FILE_COLUMN: pa.array(keys, pa.string())}
    for name, type_ in attached.items():
        arrays[name] = pa.array([values[name] for values, _ in owners], arrow_type(type_))
    return pa.table(arrays)


def _once_each(files: Sequence[DataFile]) -> Iterator[Sequence[DataFile]]:
    """The files in lists that hold none twice: a file may be there several times, and a scan reads a file once."""
    while files:
        first = {file.uri: file for file in files}
        if len(first) == len(files):
            yield files
            return
        yield list(first.values())
        files = [file for file in files if first.pop(file.uri, None) is None]


def _path_in_store(uri: str) -> str:
    """The file as ``input_file_name()`` gives it: without scheme and bucket."""
    scheme, _, rest = uri.partition("://")
    return rest.partition("/")[2] if scheme == "s3" else rest.lstrip("/")


def _constant(type_: Type, value: Any) -> str:
    """A Python value as a SQL constant."""
    if value is None:
        return constant(type_, None)
    if isinstance(value, datetime):
        return constant(type_, (value - _EPOCH) // timedelta(microseconds=1))
    if isinstance(value, time):
        return constant(type_, (datetime.combine(date(1970, 1, 1), value) - _EPOCH) // timedelta(microseconds=1))
    if isinstance(value, date) and type_ == DATE:
        return constant(type_, (value - date(1970, 1, 1)).days)
    return constant(type_, value)
