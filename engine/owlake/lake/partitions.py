"""The partitions that a statement reads: the one of an unpartitioned table, projected ones, or the catalog's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from owlake.catalog.model import Column, Partition, Table
from owlake.catalog.partition_names import DEFAULT_PARTITION, partition_name
from owlake.errors import OwlakeError, error
from owlake.lake import projection
from owlake.lake.model import Constraint, TablePartition, Value
from owlake.lake.partition_values import partition_value
from owlake.types.hive import parse_hive_type
from owlake.types.model import BIGINT, DOUBLE, INTEGER, REAL, SMALLINT, TINYINT, VARCHAR, Array, Map, Row, Type, Varchar

_COERCIONS: dict[Type, frozenset[Type]] = {
    TINYINT: frozenset((SMALLINT, INTEGER, BIGINT)),
    SMALLINT: frozenset((INTEGER, BIGINT)),
    INTEGER: frozenset((BIGINT,)),
    REAL: frozenset((DOUBLE,)),
    VARCHAR: frozenset((TINYINT, SMALLINT, INTEGER, BIGINT)),
}
"""What a partition's column may be where the table says otherwise:
https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html."""


Clock = Callable[[], datetime]
"""Gives a statement's start, to who needs it."""


class PartitionSource(Protocol):
    """The part of the catalog's snapshot that is asked here."""

    def list_partitions(self, database: str, table: str, constraint: Constraint | None = None) -> list[Partition]:
        """The table's partitions that the constraint can let through."""


def partitions(table: Table, constraint: Constraint, catalog: PartitionSource, clock: Clock) -> list[TablePartition]:
    """What the statement reads of the table. ``clock`` gives the statement's start.

    Errors: those of projection; HIVE_INVALID_PARTITION_VALUE; HIVE_PARTITION_SCHEMA_MISMATCH.
    """
    if not table.partition_keys:
        return [TablePartition((), table.storage)]
    if projection.is_enabled(table):
        found = projection.project(table, constraint, clock)
        _check_values(table, found)
        return found
    of_catalog = catalog.list_partitions(table.database, table.name, constraint)
    found = [TablePartition(_values(partition.values), partition.storage) for partition in of_catalog]
    _check_values(table, found)
    _check_schemas(table, found)
    return found


def typed_values(table: Table, partition: TablePartition) -> tuple[Value | None, ...]:
    """The partition's values in the types of its keys. Errors: HIVE_INVALID_PARTITION_VALUE."""
    types = [parse_hive_type(key.type) for key in table.partition_keys]
    return tuple(
        None if text is None else partition_value(text, type_, name_of(table, partition))
        for text, type_ in zip(partition.values, types, strict=True)
    )


def name_of(table: Table, partition: TablePartition) -> str:
    """The partition's name: ``dt=2020-01-01/country=de``, empty for the one of an unpartitioned table."""
    keys = [key.name for key in table.partition_keys]
    return partition_name(keys, [DEFAULT_PARTITION if text is None else text for text in partition.values])


def _values(values: tuple[str, ...]) -> tuple[str | None, ...]:
    return tuple([None if value == DEFAULT_PARTITION else value for value in values])


def _check_values(table: Table, found: Iterable[TablePartition]) -> None:
    """Every value converts, or the query fails; text always does."""
    if any(parse_hive_type(key.type) != VARCHAR for key in table.partition_keys):
        for partition in found:
            typed_values(table, partition)


def _check_schemas(table: Table, found: Iterable[TablePartition]) -> None:
    """Most partitions have the table's columns, or each other's: each list is looked at once."""
    accepted = [table.storage.columns]
    last = table.storage.columns
    for partition in found:
        columns = partition.storage.columns
        if columns is not last and columns not in accepted:
            _check_columns(table, partition)
            accepted.append(columns)
        last = columns


def _check_columns(table: Table, partition: TablePartition) -> None:
    by_name = {column.name.lower(): column for column in partition.storage.columns}
    for position, column in enumerate(table.storage.columns):
        if is_read_by_name(partition):
            other = by_name.get(column.name.lower())
        else:
            other = partition.storage.columns[position] if position < len(partition.storage.columns) else None
        if other and not _can_read(parse_hive_type(other.type), parse_hive_type(column.type)):
            raise _mismatch(table, partition, column, other)


def is_read_by_name(partition: TablePartition) -> bool:
    """Whether the partition's columns are matched with the table's by name: Parquet, unless its SerDe says by index."""
    serde = partition.storage.serde
    by_index = serde.parameters.get("parquet.column.index.access", "").lower() == "true"
    return "parquet" in serde.library.lower() and not by_index


def _can_read(stored: Type, declared: Type) -> bool:
    if stored == declared or declared in _COERCIONS.get(stored, ()):
        return True
    match stored, declared:
        case Varchar(), Varchar():
            return True
        case Array(), Array():
            return _can_read(stored.element, declared.element)
        case Map(), Map():
            return _can_read(stored.key, declared.key) and _can_read(stored.value, declared.value)
        case Row(), Row():
            return _can_read_row(stored, declared)
    return False


def _can_read_row(stored: Row, declared: Row) -> bool:
    """Fields may be added or missing at the end only."""
    return all(
        (one.name or "").lower() == (other.name or "").lower() and _can_read(one.type, other.type)
        for one, other in zip(stored.fields, declared.fields, strict=False)
    )


def _mismatch(table: Table, partition: TablePartition, column: Column, other: Column) -> OwlakeError:
    return error(
        "HIVE_PARTITION_SCHEMA_MISMATCH",
        "There is a mismatch between the table and partition schemas. The types are incompatible and cannot be"
        f" coerced. The column '{column.name}' in table '{table.database}.{table.name}' is declared as type"
        f" '{column.type}', but partition '{name_of(table, partition)}' declared column '{other.name}' as type"
        f" '{other.type}'.",
        hint="Drop the partition and add it again: it takes the table's columns as they are now.",
    )
