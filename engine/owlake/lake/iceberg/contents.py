"""The files of a snapshot as the lake reads them: with partitions, order of changes and the deletes about each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as Number
from functools import cached_property
from typing import Any

from pyiceberg import types as iceberg
from pyiceberg.manifest import FileFormat, ManifestEntry
from pyiceberg.transforms import IdentityTransform

from owlake.errors import error
from owlake.lake.iceberg.columns import column_of
from owlake.lake.iceberg.deletes import PositionDeletes
from owlake.lake.iceberg.plan import FoundFiles, PartitionKey, partition_key, sequence_of
from owlake.lake.iceberg.table import IcebergTable
from owlake.lake.model import ICEBERG, DataFile
from owlake.lake.open_tables.contents import TableFile
from owlake.lake.open_tables.fields import TableField
from owlake.lake.open_tables.locations import normal
from owlake.lake.storage import Storage
from owlake.types.model import INTEGER_TYPES, Decimal

_FORMATS = {FileFormat.PARQUET: "parquet", FileFormat.ORC: "orc", FileFormat.AVRO: "avro"}


@dataclass(frozen=True, slots=True, eq=False)
class IcebergFile:
    """A data file or an equality delete file."""

    entry: ManifestEntry
    table_file: TableFile
    partition: PartitionKey
    sequence: int


@dataclass(frozen=True, slots=True)
class EqualityDeletes:
    """Delete files that tell rows by the same columns. Those of the whole table are apart from those of partitions."""

    keys: tuple[TableField, ...]
    is_global: bool
    files: tuple[IcebergFile, ...]


@dataclass(frozen=True)
class IcebergFiles:
    """What a query reads of a snapshot."""

    data: tuple[IcebergFile, ...]
    equality: tuple[EqualityDeletes, ...]

    @cached_property
    def touched(self) -> frozenset[IcebergFile]:
        """The data files that an equality delete may be about: a later one, of their partition or of the table."""
        if not self.equality:
            return frozenset()
        newest: dict[PartitionKey, int] = {}
        for deletes in self.equality:
            for one in deletes.files:
                newest[one.partition] = max(newest.get(one.partition, -1), one.sequence)
        of_table = newest.get(None, -1)
        return frozenset(one for one in self.data if one.sequence < max(of_table, newest.get(one.partition, -1)))

    @cached_property
    def keys(self) -> tuple[TableField, ...]:
        """The columns by which equality deletes tell rows."""
        return tuple({one.name: one for deletes in self.equality for one in deletes.keys}.values())

    @cached_property
    def partition_numbers(self) -> Mapping[PartitionKey, int]:
        """A number for each partition."""
        keys = [one.partition for one in self.data]
        keys += [one.partition for deletes in self.equality for one in deletes.files]
        return {key: number for number, key in enumerate(dict.fromkeys(keys))}

    def magnitude(self, column: TableField) -> int | None:
        """A whole number that no value of a column of numbers is beyond, if the metadata says so."""
        if column.type not in INTEGER_TYPES and not isinstance(column.type, Decimal):
            return None
        if column.default is not None:
            return None
        greatest = 0
        for one in self.data:
            found = _magnitude(one.entry, column)
            if found is None:
                return None
            greatest = max(greatest, found)
        return greatest


def data_files(table: IcebergTable, storage: Storage, found: FoundFiles) -> tuple[IcebergFile, ...]:
    """The data files, each with the deletes by position that apply to it. Errors: NOT_SUPPORTED."""
    deletes = PositionDeletes(storage, found.positions)
    constants = _Constants(table)
    return tuple(
        _file(table, entry, replace(_table_file(entry), constants=constants.of(entry), deleted=deletes.of(entry)))
        for entry in found.data
    )


def equality_deletes(table: IcebergTable, found: FoundFiles) -> tuple[EqualityDeletes, ...]:
    """The equality delete files, by their columns. Errors: ICEBERG_INVALID_METADATA, NOT_SUPPORTED."""
    groups: dict[tuple[tuple[int, ...], bool], list[IcebergFile]] = {}
    for entry in found.equality:
        one = _file(table, entry, _table_file(entry), is_delete=True)
        ids = tuple(sorted(entry.data_file.equality_ids or ()))
        groups.setdefault((ids, one.partition is None), []).append(one)
    return tuple(
        EqualityDeletes(tuple(_key(table, one) for one in ids), is_global, tuple(files))
        for (ids, is_global), files in groups.items()
    )


def _key(table: IcebergTable, field_id: int) -> TableField:
    """The column of this id, also one that the table has no more, under a name that no column has."""
    for schema in (table.schema, *table.metadata.schemas):
        for one in schema.fields:
            if one.field_id == field_id:
                return replace(column_of(one), name=f"$key_{field_id}")
    text = f"Equality deletes of table {table.name} by field {field_id}, which is no column, are not supported"
    raise error("NOT_SUPPORTED", text)


def _file(table: IcebergTable, entry: ManifestEntry, file: TableFile, *, is_delete: bool = False) -> IcebergFile:
    return IcebergFile(entry, file, partition_key(table, entry, is_delete=is_delete), sequence_of(entry))


def _table_file(entry: ManifestEntry) -> TableFile:
    file = entry.data_file
    format_ = _FORMATS.get(file.file_format)
    if format_ is None:
        raise error("NOT_SUPPORTED", f"Files of format {file.file_format} are not supported: {file.file_path}")
    return TableFile(DataFile(normal(file.file_path), file.file_size_in_bytes, 0), format_, ICEBERG)


# Values of partitions ------------------------------------------------------------------------------------


class _Constants:
    """Values that partitions give their columns, by field id: files that were brought in may not have these columns."""

    def __init__(self, table: IcebergTable) -> None:
        self._specs = {number: _identities(table, spec) for number, spec in table.metadata.specs().items()}

    def of(self, entry: ManifestEntry) -> Mapping[int, Any]:
        places = self._specs.get(entry.data_file.spec_id, ())
        values = entry.data_file.partition
        return {field_id: plain_value(type_, values[place]) for place, field_id, type_ in places}


def _identities(table: IcebergTable, spec: Any) -> tuple[tuple[int, int, iceberg.IcebergType], ...]:
    types = {one.field_id: one.field_type for one in table.schema.fields}
    return tuple(
        (place, one.source_id, types[one.source_id])
        for place, one in enumerate(spec.fields)
        if isinstance(one.transform, IdentityTransform) and one.source_id in types
    )


def partition_path(table: IcebergTable, one: IcebergFile) -> str:
    """The partition of a file as a path has it: ``day=2024-01-01/bucket=3``."""
    file = one.entry.data_file
    return str(table.metadata.specs()[file.spec_id].partition_to_path(file.partition, table.schema))


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (the origin of values without zone)


def plain_value(type_: iceberg.IcebergType, value: Any) -> Any:
    """A value as pyiceberg keeps it, as the Python value of the column's type; moments are UTC's."""
    match type_, value:
        case iceberg.DateType(), int():
            return date(1970, 1, 1) + timedelta(days=value)
        case ((iceberg.TimestampType() | iceberg.TimestamptzType()), int()):
            return _EPOCH + timedelta(microseconds=value)
        case ((iceberg.TimestampType() | iceberg.TimestamptzType()), datetime()):
            return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        case iceberg.TimeType(), int():
            return (_EPOCH + timedelta(microseconds=value)).time()
        case iceberg.UUIDType(), _ if value is not None:
            return str(value)
        case _:
            return value


# Statistics ----------------------------------------------------------------------------------------------


def _magnitude(entry: ManifestEntry, column: TableField) -> int | None:
    file, key = entry.data_file, column.id
    if file.record_count and file.null_value_counts and file.null_value_counts.get(key) == file.record_count:
        return 0
    bounds = [(bounds or {}).get(key) for bounds in (file.lower_bounds, file.upper_bounds)]
    known = [_number(column, one) for one in bounds if one is not None]
    return max(known) if len(known) == len(bounds) else None


def _number(column: TableField, bound: bytes) -> int:
    if not isinstance(column.type, Decimal):
        return abs(int.from_bytes(bound, "little", signed=True))
    unscaled = int.from_bytes(bound, "big", signed=True)
    return math.ceil(abs(Number(unscaled).scaleb(-column.type.scale)))
