"""``"t$partitions"`` as rows: one column a partition key, one row a partition of the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from owlake.catalog.model import Table
from owlake.catalog.partition_names import partition_name
from owlake.catalog.partition_values import InvalidValue, typed_value
from owlake.catalog.reader import Reader
from owlake.errors import error
from owlake.lake.model import Constraint, Value
from owlake.types.hive import parse_hive_type
from owlake.types.model import Type

SUFFIX = "$partitions"


def columns(table: Table) -> tuple[tuple[str, Type], ...]:
    """The partition keys with their types; none, so that there is no such relation, of an unpartitioned table."""
    return tuple((key.name, parse_hive_type(key.type)) for key in table.partition_keys)


def rows(reader: Reader, table: Table, constraint: Constraint) -> Iterator[tuple[Value | None, ...]]:
    """The values of the catalog's partitions that can satisfy the constraint, in the keys' types.

    Errors: HIVE_INVALID_PARTITION_VALUE.
    """
    keys = columns(table)
    for values in reader.list_partition_values(table.database, table.name, constraint):
        yield tuple(_typed(text, type_, table, values) for text, (_, type_) in zip(values, keys, strict=True))


def _typed(text: str, type_: Type, table: Table, values: tuple[str, ...]) -> Value | None:
    try:
        return typed_value(text, type_)
    except InvalidValue as problem:
        name = partition_name([key.name for key in table.partition_keys], values)
        raise error(
            "HIVE_INVALID_PARTITION_VALUE",
            f"Invalid partition value '{text}' for {type_.base.upper()} partition key: {name}",
        ) from problem
