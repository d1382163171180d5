"""``PARTITION (k = 'v', ...)`` in DDL: checked against the table's keys as Hive checks it."""

from __future__ import annotations

from owlake.catalog.model import Table
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.reader import Reader
from owlake.dialect.nodes.hive import PartitionSpec
from owlake.lake.model import Domain
from owlake.statements.failures import java_map, semantic_error

Spec = dict[str, str]


def spec_of(node: PartitionSpec, table: Table, *, full: bool = False) -> Spec:
    """Key to value. Errors: Hive's, for columns that are no keys, and for missing keys when ``full``."""
    spec = {key.name: value for key, value in node.values}
    keys = [key.name for key in table.partition_keys]
    if not keys:
        raise semantic_error(f"table is not partitioned but partition spec exists: {java_map(spec)}")
    if not set(spec) <= set(keys):
        raise semantic_error(f"Partition spec {java_map(spec)} contains non-partition columns")
    if full and len(spec) != len(keys):
        raise semantic_error(f"partition spec {java_map(spec)} doesn't contain all ({len(keys)}) partition columns")
    return spec


def values_of(spec: Spec, table: Table) -> tuple[str, ...]:
    """A full spec's values in the order of the keys; no characters are Hive's default partition."""
    return tuple(spec[key.name] or DEFAULT_PARTITION for key in table.partition_keys)


def matching_values(catalog: Reader, table: Table, spec: Spec) -> list[tuple[str, ...]]:
    """The values of the partitions that the spec names; one that leaves keys open names many.

    Values are compared as text: ``PARTITION (hour = '5')`` is not the partition ``hour=05``.
    """
    if len(spec) == len(table.partition_keys):
        values = values_of(spec, table)
        return [values] if catalog.find_partition(table.database, table.name, values) else []
    wanted = {
        position: spec[key.name] or DEFAULT_PARTITION
        for position, key in enumerate(table.partition_keys)
        if key.name in spec
    }
    # The index narrows text keys; what it finds for other types is wider than the text.
    constraint = {
        key.name: Domain(frozenset([spec[key.name]]))
        for key in table.partition_keys
        if spec.get(key.name) and key.type == "string"
    }
    found = catalog.list_partition_values(table.database, table.name, constraint)
    return [values for values in found if all(values[position] == value for position, value in wanted.items())]
