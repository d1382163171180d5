"""Partition projection: a table's partitions computed from its properties instead of looked up.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
Predicates are applied before anything is enumerated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from math import prod

from owlake.catalog.model import Column, StorageDescriptor, Table
from owlake.catalog.partition_names import DEFAULT_PARTITION, escape
from owlake.errors import error
from owlake.lake import uris
from owlake.lake.model import Constraint, Domain, TablePartition
from owlake.lake.partition_values import partition_value
from owlake.lake.projection.dates import date_projection
from owlake.lake.projection.properties import TEMPLATE, ColumnProperties, is_enabled
from owlake.lake.projection.selection import MAX_PARTITIONS, ColumnProjection, Projected, Selection, too_many
from owlake.lake.projection.series import enum_projection, injected_projection, integer_projection
from owlake.types.hive import parse_hive_type

__all__ = ["ProjectedLocations", "is_enabled", "project"]

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")


def project(table: Table, constraint: Constraint, clock: Callable[[], datetime]) -> list[TablePartition]:
    """The partitions that the table's properties describe and the constraint lets through.

    Values of one column stay in their series' order, the last column changing fastest. ``clock`` gives the query's
    start. Errors: INVALID_TABLE_PROPERTY, HIVE_METASTORE_ERROR, CONSTRAINT_VIOLATION,
    HIVE_EXCEEDED_PARTITION_LIMIT, HIVE_INVALID_PARTITION_VALUE.
    """
    projections = _projections(table, clock)
    place = _Place(table)
    selections = [projection.select(constraint.get(projection.column)) for projection in projections]
    total = prod(selection.size for selection in selections)
    if total > MAX_PARTITIONS:
        raise too_many(total, _widest(selections))
    return [place.partition(values) for values in product(*selections)]


class ProjectedLocations(Mapping[tuple[str | None, ...], str]):
    """Where queries look for the partitions of a projected table, by their values; what they never look for is absent.

    Errors of a look: those of ``project``.
    """

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    def __getitem__(self, values: tuple[str | None, ...]) -> str:
        keys = self._table.partition_keys
        only = {key.name: self._only(key, text) for key, text in zip(keys, values, strict=True)}
        found = project(self._table, only, self._clock)
        if not found:
            raise KeyError(values)
        return found[0].storage.location

    def __iter__(self) -> Iterator[tuple[str | None, ...]]:
        return (partition.values for partition in project(self._table, {}, self._clock))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @staticmethod
    def _only(key: Column, text: str | None) -> Domain:
        if text is None:
            return Domain(values=frozenset(), null_allowed=True)
        value = partition_value(text, parse_hive_type(key.type), f"{key.name}={text}")
        assert value is not None
        return Domain(values=frozenset((value,)))


def _projections(table: Table, clock: Callable[[], datetime]) -> list[ColumnProjection]:
    properties = [ColumnProperties(table, key.name) for key in table.partition_keys]
    missing = [column.column for column in properties if column.get("type") is None]
    if missing:
        name = f"{table.database}.{table.name}"
        raise error(
            "HIVE_METASTORE_ERROR",
            f"Table {name} is configured for partition projection, but the following partition columns are"
            f" missing projection configuration: [{', '.join(missing)}] (table {name})",
        )
    return [_projection(column, key.type, clock) for column, key in zip(properties, table.partition_keys, strict=True)]


def _projection(properties: ColumnProperties, hive_type: str, clock: Callable[[], datetime]) -> ColumnProjection:
    type_ = parse_hive_type(hive_type)
    kind = properties.require("type")
    match kind.strip().lower():
        case "enum":
            return enum_projection(properties, type_)
        case "integer":
            return integer_projection(properties, type_)
        case "date":
            return date_projection(properties, type_, clock)
        case "injected":
            return injected_projection(properties, type_)
        case _:
            raise properties.invalid(
                f"property '{properties.key('type')}' must be enum, integer, date or injected, not '{kind}'"
            )


def _widest(selections: Sequence[Selection]) -> list[str]:
    """The fewest columns, widest first, without which the projection would stay in bounds."""
    columns: list[str] = []
    total = prod(selection.size for selection in selections)
    for selection in sorted(selections, key=lambda selection: -selection.size):
        if total <= MAX_PARTITIONS:
            break
        columns.append(selection.column)
        total //= selection.size
    return columns


class _Place:
    """Where projected partitions lie: by ``storage.location.template``, else in Hive's folders under the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        names = [key.name for key in table.partition_keys]
        template = table.parameters.get(TEMPLATE, "").strip()
        self._escape = not template
        if not template:
            template = uris.join(table.storage.location, *(f"{escape(name)}=${{{name}}}" for name in names))
        texts = _PLACEHOLDER.split(template)
        self._literals, placeholders = texts[::2], [name.lower() for name in texts[1::2]]
        self._check(template, names, placeholders)
        self._positions = [names.index(name) for name in placeholders]

    def partition(self, values: Sequence[Projected]) -> TablePartition:
        """The partition of these values, in the order of the table's keys."""
        pieces = [self._literals[0]]
        for position, literal in zip(self._positions, self._literals[1:], strict=True):
            text = values[position].path_text
            pieces += [escape(text) if self._escape else text, literal]
        location = "".join(pieces)
        storage = self._table.storage
        return TablePartition(
            tuple([None if value.text == DEFAULT_PARTITION else value.text for value in values]),
            StorageDescriptor(
                storage.columns,
                location if location.endswith("/") else location + "/",
                storage.input_format,
                storage.output_format,
                storage.compressed,
                storage.number_of_buckets,
                storage.serde,
                storage.bucket_columns,
                storage.sort_columns,
                storage.parameters,
                storage.stored_as_sub_directories,
            ),
        )

    def _check(self, template: str, names: Sequence[str], placeholders: Sequence[str]) -> None:
        for name in names:
            if name not in placeholders:
                raise self._invalid(f"'{template}' has no ${{{name}}}; it must have one for every partition column")
        for placeholder in placeholders:
            if placeholder not in names:
                raise self._invalid(f"'{template}' has ${{{placeholder}}}, which is no partition column")

    def _invalid(self, reason: str) -> Exception:
        name = f"{self._table.database}.{self._table.name}"
        return error("INVALID_TABLE_PROPERTY", f"Property '{TEMPLATE}' of table {name} is not valid: {reason}")
