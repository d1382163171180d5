"""From a constraint on partition keys to SQL over the catalog's index of partition values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from owlake.catalog.model import Column
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.partition_values import (
    as_indexed,
    indexed_value,
    is_constant_of,
    is_indexed,
    is_indexed_as_integer,
    matcher,
)
from owlake.errors import OwlakeError
from owlake.lake.model import Constraint, Domain, Range
from owlake.types.hive import parse_hive_type
from owlake.types.model import VARCHAR, Type

_MAX_VALUES = 5_000
"""SQLite binds 32,766 parameters at most in one statement; longer lists are tested in Python."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which partitions of a table: conditions on ``partitions p`` (already joined by AND), and tests left over."""

    conditions: str
    parameters: tuple[int | str, ...]
    tests: tuple[tuple[int, Callable[[str], bool]], ...]

    def accepts(self, values: tuple[str, ...]) -> bool:
        """Whether the partition passes the tests that SQL could not make."""
        return all(test(values[position]) for position, test in self.tests)


def key_type(column: Column) -> Type:
    """The key's type; a type string that does not parse makes it text, so that its table can still be mended."""
    try:
        return parse_hive_type(column.type)
    except OwlakeError:
        return VARCHAR


def index_rows(
    table_id: int, keys: Sequence[Column], partitions: Sequence[tuple[int, tuple[str, ...]]]
) -> list[tuple[int, int, int | str, int]]:
    """The index's rows of partitions given as (id, values)."""
    return [
        (table_id, position, indexed_value(values[position], type_), partition_id)
        for position, type_ in enumerate(key_type(column) for column in keys)
        for partition_id, values in partitions
    ]


def select(table_id: int, keys: Sequence[Column], constraint: Constraint | None) -> Selection:
    """The partitions that can satisfy the constraint. Columns that are not keys are not its business."""
    conditions = ["p.table_id = ?"]
    parameters: list[int | str] = [table_id]
    tests: list[tuple[int, Callable[[str], bool]]] = []
    for position, column in enumerate(keys):
        domain = (constraint or {}).get(column.name)
        if domain is None:
            continue
        type_ = key_type(column)
        clause = _clause(domain, type_)
        if clause is None:
            tests.append((position, matcher(domain, type_)))
        else:
            condition, values = clause
            conditions.append(
                "p.id IN (SELECT partition_id FROM partition_values"
                f" WHERE table_id = ? AND position = ? AND ({condition}))"
            )
            parameters += [table_id, position, *values]
    return Selection(" AND ".join(conditions), tuple(parameters), tuple(tests))


def _clause(domain: Domain, type_: Type) -> tuple[str, list[int | str]] | None:
    """The domain over ``value``, or None where the index does not order values as the type does."""
    if not is_indexed(type_) or not _is_of_type(domain, type_) or len(domain.values or ()) > _MAX_VALUES:
        return None
    alternatives: list[str] = []
    parameters: list[int | str] = []
    if domain.values:
        alternatives.append(f"value IN ({', '.join('?' * len(domain.values))})")
        parameters += [as_indexed(value) for value in domain.values]
    for range_ in domain.ranges or ():
        condition, bounds = _range(range_)
        alternatives.append(f"({condition})")
        parameters += bounds
    if is_indexed_as_integer(type_):
        # Text among numbers is what does not convert: it must be seen, so that reading it can fail.
        alternatives.append("value >= ''")
    if domain.null_allowed:
        alternatives.append("value = ?")
        parameters.append(DEFAULT_PARTITION)
    condition = f"({' OR '.join(alternatives) or 'false'})"
    if not domain.null_allowed:
        condition += " AND value <> ?"
        parameters.append(DEFAULT_PARTITION)
    return condition, parameters


def _is_of_type(domain: Domain, type_: Type) -> bool:
    constants = [*(domain.values or ())]
    for range_ in domain.ranges or ():
        constants += [bound for bound in (range_.low, range_.high) if bound is not None]
    return all(is_constant_of(constant, type_) for constant in constants)


def _range(range_: Range) -> tuple[str, list[int | str]]:
    conditions: list[str] = []
    parameters: list[int | str] = []
    if range_.low is not None:
        conditions.append(f"value >{'=' if range_.low_inclusive else ''} ?")
        parameters.append(as_indexed(range_.low))
    if range_.high is not None:
        conditions.append(f"value <{'=' if range_.high_inclusive else ''} ?")
        parameters.append(as_indexed(range_.high))
    return " AND ".join(conditions) or "true", parameters
