"""Aggregates over rows of matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa

from owlake.functions.segments import Integers, Segments

if TYPE_CHECKING:
    from owlake.planning.udfs import LambdaFunction

LABEL, NUMBER = -1, -2
"""Parameters that are no collected column: a row's label, and the number of the match."""


@dataclass(frozen=True, slots=True)
class Computed:
    """An argument that hangs on the labels of rows: a body, one of the operator's lambdas, over these parameters."""

    body: int
    parameters: tuple[int, ...]


Argument: TypeAlias = "int | pa.Scalar | Computed"
"""A collected column by index, a constant, or what is computed from both."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate of rows with certain labels (None for all).

    ``kernel`` takes the arguments at ``rows`` as columns, and the others as constants, one value a segment; rows where
    the first is NULL are left out unless ``nulls``.
    """

    kernel: Callable[..., Any]
    rows: tuple[int, ...]
    nulls: bool
    arguments: tuple[Argument, ...]
    type: pa.DataType
    labels: frozenset[int] | None
    where: int | None = None
    """The column that says which rows count."""
    framed: bool = False
    """Whether there is a value where there are no rows because there is no match."""


@dataclass(frozen=True, slots=True)
class RowsOfMatches:
    """Rows for aggregates: segments of them, with their labels (as text) and the numbers of their matches."""

    offsets: Integers
    rows: Integers
    labels: pa.Array
    numbers: Integers


def aggregated(
    aggregate: Aggregate, columns: Sequence[pa.Array], of: RowsOfMatches, lambdas: Sequence[LambdaFunction]
) -> pa.Array:
    """The aggregate of each segment of rows."""
    if aggregate.where is not None:
        of = _where(of, columns[aggregate.where])
    taken = [_argument(aggregate.arguments[index], columns, of, lambdas) for index in aggregate.rows]
    constants = [one for index, one in enumerate(aggregate.arguments) if index not in aggregate.rows]
    segments = Segments(of.offsets, tuple(taken))
    if aggregate.rows and not aggregate.nulls:
        segments = segments.without_null(0)
    found = aggregate.kernel(segments, *constants)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    if not isinstance(found, pa.Array):
        found = pa.array(found, aggregate.type)
    return found if found.type == aggregate.type else found.cast(aggregate.type)


def _where(of: RowsOfMatches, condition: pa.Array) -> RowsOfMatches:
    """The rows for which the condition is true."""
    flags = np.asarray(condition.take(pa.array(of.rows)).fill_null(False))
    kept = np.flatnonzero(flags)
    segments = Segments(of.offsets, ())
    return RowsOfMatches(segments.offsets_of(kept), of.rows[kept], of.labels.take(pa.array(kept)), of.numbers[kept])


def _argument(
    argument: Argument, columns: Sequence[pa.Array], of: RowsOfMatches, lambdas: Sequence[LambdaFunction]
) -> pa.Array:
    places = pa.array(of.rows)
    if isinstance(argument, int):
        return columns[argument].take(places)
    if not isinstance(argument, Computed):
        return pa.repeat(argument, len(of.rows))
    special = {LABEL: of.labels, NUMBER: pa.array(of.numbers)}
    parameters = [special[one] if one in special else columns[one].take(places) for one in argument.parameters]
    return lambdas[argument.body](np.arange(len(of.rows)), *parameters)
