"""Columns that are not in the files of Hive tables: partition keys and the hidden ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from owlake.catalog.model import StorageDescriptor, Table
from owlake.ir.sources import SourceColumn
from owlake.lake.formats import ScanColumn, ScanRequest, magnitude, scans
from owlake.lake.formats.base import FindFormat, no_format
from owlake.lake.model import DataFile, TablePartition
from owlake.lake.partitions import name_of, typed_values
from owlake.lake.storage import Storage
from owlake.planning.attached_values import Group, Parts
from owlake.planning.scans import PlannedScan, ScanNames
from owlake.types.model import Type

Contents = Sequence[tuple[TablePartition, tuple[DataFile, ...]]]

_OF_FILE = frozenset({"$path", "$file_size", "$file_modified_time", "$bucket"})


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
        attached = {name: self._types[name] for name in columns if name not in self._data}
        in_files = [ScanColumn(name, self._types[name]) for name in columns if name in self._data]
        parts = Parts(names)
        groups = list(_by_descriptor(contents))
        for stored, members in groups:
            self._add(stored, members, in_files, attached, parts)
        planned = parts.planned({name: self._types[name] for name in columns})
        return replace(planned, stored=tuple(stored for stored, _ in groups))

    def _add(
        self,
        stored: StorageDescriptor,
        members: Contents,
        columns: Sequence[ScanColumn],
        attached: Mapping[str, Type],
        parts: Parts,
    ) -> None:
        groups = self._groups(members, attached)
        wanted = [column.name for column in columns]
        parts.add(groups, wanted, attached, lambda files: scans(self._request(stored, files, columns)))

    def _groups(self, members: Contents, attached: Mapping[str, Type]) -> list[Group]:
        """The files that have the attached values in common: each its own, where one of these is the file's."""
        if not attached:
            return [({}, [file for _, files in members for file in files])]
        if _OF_FILE.isdisjoint(attached):
            return [(self._values(partition, files[0], attached), files) for partition, files in members]
        return [(self._values(partition, file, attached), (file,)) for partition, files in members for file in files]

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

    def _request(
        self, stored: StorageDescriptor, files: Sequence[DataFile], columns: Sequence[ScanColumn]
    ) -> ScanRequest:
        return ScanRequest(files, columns, self._table, stored, self._storage, self._plugged_format)

    def _values(self, partition: TablePartition, file: DataFile, attached: Mapping[str, Type]) -> dict[str, Any]:
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
