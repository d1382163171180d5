"""JSON_TABLE: the rows of each document, as a list that is unnested.

See https://trino.io/docs/current/functions/json.html#json-table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.arrays import expanded, length_of
from owlake.functions.json.invocation import (
    BAD_INPUT,
    InputError,
    Invocation,
    failure_of,
    json_values,
    passed_values,
)
from owlake.functions.json.path.evaluation import EMPTY_SEQUENCE, compiled_path
from owlake.functions.json.path.items import Item, PathError
from owlake.functions.json.path_functions import QueryCall, ValueCall, query_column, scalar_column
from owlake.types.arrow import arrow_type
from owlake.types.model import Array, Row, RowField, Type

Kernel = Callable[..., pa.Array]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a call of JSON_VALUE or JSON_QUERY over a path's items, or without one their numbers."""

    index: int
    call: ValueCall | QueryCall | None


@dataclass(frozen=True, slots=True)
class PathPlan:
    """A path with its columns, and what is nested in it; ``outer`` keeps items without nested rows."""

    path: str
    columns: tuple[Column, ...]
    nested: Plan | None = None
    outer: bool = True


@dataclass(frozen=True, slots=True)
class SiblingsPlan:
    """Plans side by side: the rows of one after those of the other, or with ``cross`` all pairs of rows."""

    plans: tuple[Plan, ...]
    cross: bool


Plan = PathPlan | SiblingsPlan


@dataclass(frozen=True, slots=True)
class TableCall:
    """JSON_TABLE: the input with the values passed, the plan, the columns in the order of the result.

    ``types`` are those of the columns.
    """

    invocation: Invocation
    plan: PathPlan
    columns: tuple[Column, ...]
    types: tuple[Type, ...]
    error_on_error: bool = False


_Values = Mapping[int, Any]
"""What some of the columns have in a row: the outcome of a path, or a number."""


class _Document:
    """One document's rows."""

    def __init__(self, variables: Mapping[str, Item], *, error_on_error: bool) -> None:
        self._variables = variables
        self._error_on_error = error_on_error

    def rows(self, plan: Plan, item: Item) -> Iterator[_Values]:
        """The rows of a plan over one item."""
        if isinstance(plan, PathPlan):
            yield from self._path_rows(plan, item)
        elif plan.cross:
            for parts in product(*(list(self.rows(one, item)) for one in plan.plans)):
                yield {index: value for part in parts for index, value in part.items()}
        else:
            for one in plan.plans:
                yield from self.rows(one, item)

    def _path_rows(self, plan: PathPlan, item: Item) -> Iterator[_Values]:
        for number, found in enumerate(self._items(plan.path, item), 1):
            own = {column.index: self._value(column, found, number) for column in plan.columns}
            if plan.nested is None:
                yield own
                continue
            empty = True
            for inner in self.rows(plan.nested, found):
                empty = False
                yield {**own, **inner}
            if empty and plan.outer:
                yield own

    def _items(self, path: str, item: Item) -> Sequence[Item]:
        try:
            return compiled_path(path).evaluate(item, self._variables)
        except PathError as problem:
            if self._error_on_error:
                raise failure_of(problem) from None
            return ()

    def _value(self, column: Column, item: Item, number: int) -> Any:
        if column.call is None:
            return number
        try:
            return compiled_path(column.call.invocation.path).evaluate(item, self._variables)
        except PathError as problem:
            return problem


@cache
def table_kernel(call: TableCall) -> Kernel:
    """The kernel over the input, the values passed, and the defaults of the columns that have some, in order."""

    def json_table(*columns: Any) -> pa.Array:
        length = length_of(columns)
        arrays = [expanded(column, length) for column in columns]
        rows: list[_Values] = []
        counts = []
        for found in _documents(call, arrays):
            before = len(rows)
            rows.extend(found)
            counts.append(len(rows) - before)
        owners = pa.array(np.repeat(np.arange(length), counts))
        given = iter([array.take(owners) for array in arrays[1 + len(call.invocation.parameters) :]])
        parts = [
            _column(column, type_, [row.get(column.index) for row in rows], given)
            for column, type_ in zip(call.columns, call.types, strict=True)
        ]
        element = arrow_type(row_type(call.types).element)
        structs = pa.StructArray.from_arrays(parts, fields=list(element))
        offsets = pa.array(np.concatenate(([0], np.cumsum(counts, dtype=np.int64))), pa.int32())
        return pa.ListArray.from_arrays(offsets, structs)

    return json_table


def row_type(types: Sequence[Type]) -> Array:
    """The type of the kernel's result."""
    return Array(Row(tuple(RowField(None, type_) for type_ in types)))


def _column(column: Column, type_: Type, found: list[Any], given: Iterator[pa.Array]) -> pa.Array:
    match column.call:
        case ValueCall() as call:
            on_empty = next(given) if call.on_empty == "DEFAULT" else None
            on_error = next(given) if call.on_error == "DEFAULT" else None
            return scalar_column(found, call, on_empty, on_error)
        case QueryCall() as call:
            return query_column(found, call)
        case _:
            return pa.array(found, arrow_type(type_))


def _documents(call: TableCall, arrays: Sequence[pa.Array]) -> Iterator[Iterator[_Values]]:
    """The rows of each document; none for NULL."""
    parameters = call.invocation.parameters
    documents = json_values(arrays[0], call.invocation.input.format or "JSON")
    names = [given.name for given in parameters]
    passed = [passed_values(array, given) for array, given in zip(arrays[1:], parameters, strict=False)]
    variables = zip(*passed, strict=True) if passed else iter([()] * len(documents))
    for document, values in zip(documents, variables, strict=True):
        if document is EMPTY_SEQUENCE:
            yield iter(())
        elif document is BAD_INPUT or BAD_INPUT in values:
            if call.error_on_error:
                raise failure_of(InputError("malformed input argument"))
            yield iter(())
        else:
            one = _Document(dict(zip(names, values, strict=True)), error_on_error=call.error_on_error)
            yield one.rows(call.plan, document)
