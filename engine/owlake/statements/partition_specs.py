"""``PARTITION (k = 'v', ...)`` in DDL: checked against the table's keys as Hive checks it."""

from __future__ import annotations

import re

from owlake.catalog.model import Column, Table
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.partition_values import InvalidValue, typed_value
from owlake.catalog.reader import Reader
from owlake.dialect.nodes.hive import PartitionSpec
from owlake.lake.model import Domain
from owlake.statements.failures import execution_error, java_map, semantic_error
from owlake.types.hive import parse_hive_type
from owlake.types.model import DATE, is_text

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


def new_values(spec: Spec, table: Table) -> tuple[str, ...]:
    """The values of a partition that a full spec makes: such as its keys have, days as Hive writes them.

    Errors: Hive's, for a value that the key's type has not, and for none.
    """
    values = [_converted(key, spec[key.name]) for key in table.partition_keys]
    for key, value in zip(table.partition_keys, values, strict=True):
        if DEFAULT_PARTITION in value:
            text = f"Partition value contains a reserved substring (User value: {value} Reserved substring: "
            raise semantic_error(f"{text}{DEFAULT_PARTITION})", 10111)
        if not value:
            raise execution_error(f"partition spec is invalid; field {key.name} does not exist or is empty")
    return tuple(values)


def _converted(key: Column, value: str) -> str:
    type_ = parse_hive_type(key.type)
    if is_text(type_) or value == DEFAULT_PARTITION:
        return value
    if type_ == DATE:
        value = _DAY.sub(lambda day: f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}", value)
    try:
        if value and typed_value(value, type_) is not None:
            return value
    except InvalidValue:
        pass
    text = f"Cannot add partition column {key.name} of type string as it cannot be converted to type {key.type}"
    raise semantic_error(text, 10248)


_DAY = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")


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
