"""Conditions of labels: for all rows ahead where they do not look back, else in blocks as the search comes to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from owlake.errors import OwlakeError
from owlake.functions.segments import Integers
from owlake.ir.patterns import MatchNumberPointer, Place, Pointer, PositionPointer
from owlake.operators.aggregates import Aggregate, RowsOfMatches, aggregated
from owlake.operators.matcher import Path
from owlake.operators.quick import Quick, values_of
from owlake.operators.rows import looked_up
from owlake.operators.totals import Total, total_of

if TYPE_CHECKING:
    from owlake.planning.udfs import LambdaFunction

_LARGEST_BLOCK = 4096

AnyParameter = Pointer | Aggregate | MatchNumberPointer | PositionPointer


@dataclass(frozen=True, slots=True)
class LabelDefinition:
    """A label's number and name, and its condition over parameters."""

    label: int
    name: str
    body: LambdaFunction
    parameters: tuple[AnyParameter, ...]
    quick: Quick | None = None
    """The condition as a Python function, where there is one."""


@dataclass(slots=True)
class Search:
    """Where a search is: the rows it may look at, those of its partition, and the number its match will have."""

    begin: int = 0
    end: int = 0
    partition: tuple[int, int] = (0, 0)
    number: int = 1


def is_here(pointer: AnyParameter, name: str) -> bool:
    """Whether the pointer of this label's condition is at a fixed distance from the row that is tried."""
    if not isinstance(pointer, Pointer):
        return False
    place = pointer.place
    own = place.labels is None or name in place.labels
    near = own and place.from_last and place.offset == 0
    return near and (pointer.column is not None or place.shift == 0)


def known_ahead(definition: LabelDefinition, columns: Sequence[pa.Array], offsets: Integers) -> bytes | None:
    """The condition of every row, if it does not look back on how rows before were matched; else None.

    None too where some row fails: only when the search comes to that row it counts.
    """
    if not all(is_here(one, definition.name) for one in definition.parameters):
        return None
    rows = np.arange(int(offsets[-1]), dtype=np.int64)
    lengths = np.diff(offsets)
    begins, ends = np.repeat(offsets[:-1], lengths), np.repeat(offsets[1:], lengths)
    arrays = [_near(one, definition.name, columns, rows, begins, ends) for one in definition.parameters]
    try:
        return _flags(definition.body(rows, *arrays))
    except OwlakeError:
        return None


def _near(
    parameter: AnyParameter,
    name: str,
    columns: Sequence[pa.Array],
    rows: Integers,
    begins: Integers | int,
    ends: Integers | int,
) -> pa.Array:
    assert isinstance(parameter, Pointer)
    if parameter.column is None:
        return pa.repeat(pa.scalar(name), len(rows))
    there = rows + parameter.place.shift
    return looked_up(columns[parameter.column], np.where((there >= begins) & (there < ends), there, -1))


def _flags(values: pa.Array) -> bytes:
    return np.asarray(values.fill_null(False)).astype(np.uint8).tobytes()


@dataclass(slots=True)
class LookingBack:
    """A condition that hangs on the path, or on where the search began.

    It is worked out for a block of rows at once, as long as what it looks back on stays; the blocks grow.
    """

    definition: LabelDefinition
    columns: Sequence[pa.Array]
    names: Sequence[str]
    path: Path
    search: Search
    lambdas: Sequence[LambdaFunction]
    places: dict[frozenset[str], int]
    """Where the path keeps the occurrences of a set of labels."""
    lists: dict[int, list[Any]]
    """Columns as lists, shared by the conditions that ask row by row."""
    _blocks: dict[object, tuple[int, bytes]] = field(default_factory=dict)
    _here: list[bool] = field(init=False)
    _lists: list[list[Any] | None] = field(init=False)
    _totals: dict[int, Total] = field(init=False)
    """The totals among the parameters, by place."""

    def __post_init__(self) -> None:
        parameters = self.definition.parameters
        self._here = [is_here(one, self.definition.name) for one in parameters]
        self._lists, self._totals = [], {}
        if self.definition.quick is None:
            return
        totals = {place: self._total(one) for place, one in enumerate(parameters) if isinstance(one, Aggregate)}
        if any(one is None for one in totals.values()):
            return
        self._totals = {place: one for place, one in totals.items() if one is not None}
        self.path.totals.extend(self._totals.values())
        self._lists = [self._list(one) for one in parameters]

    def _total(self, aggregate: Aggregate) -> Total | None:
        labels = aggregate.labels
        place = None if labels is None else self.places[frozenset(self.names[one] for one in labels)]
        return total_of(aggregate, self.columns, place, self._listed)

    def _list(self, parameter: AnyParameter) -> list[Any] | None:
        column = parameter.column if isinstance(parameter, Pointer) else None
        if column is None:
            return None
        return self._listed(column)

    def _listed(self, column: int) -> list[Any]:
        if column not in self.lists:
            self.lists[column] = values_of(self.columns[column])
        return self.lists[column]

    def __call__(self, row: int) -> bool:
        """Whether the row, the last of the path, satisfies the condition."""
        if self._lists:
            return self._asked(row)
        fixed = [None if is_here(one, self.definition.name) else self._fixed(one) for one in self.definition.parameters]
        key = (*fixed, *self._edge(row))
        block = self._blocks.get(key)
        if block is not None and block[0] <= row < block[0] + len(block[1]):
            return bool(block[1][row - block[0]])
        last = self.search.end if self._edge(row) else self.search.partition[1]
        size = 1 if block is None else min(2 * len(block[1]), _LARGEST_BLOCK)
        flags = self._evaluated(row, min(row + size, last), fixed)
        if len(self._blocks) > _LARGEST_BLOCK:
            self._blocks.clear()
        self._blocks[key] = (row, flags)
        return bool(flags[0])

    def _asked(self, row: int) -> bool:
        """The condition as a Python function, over single values."""
        begin, end = self.search.begin, self.search.end
        values: list[Any] = []
        parameters = zip(self.definition.parameters, self._here, self._lists, strict=True)
        for index, (parameter, here, column) in enumerate(parameters):
            if index in self._totals:
                values.append(self._totals[index].value())
                continue
            if here and isinstance(parameter, Pointer):
                place = row + parameter.place.shift
                there = begin <= place < end
                values.append(self.definition.name if column is None else column[place] if there else None)
                continue
            found = self._fixed(parameter)
            if column is not None:
                assert isinstance(found, int)
                values.append(column[found] if found >= 0 else None)
            elif isinstance(parameter, Pointer):
                values.append(self.names[found] if isinstance(found, int) else None)
            else:
                values.append(found)
        assert self.definition.quick is not None
        return self.definition.quick(values) is True

    def _edge(self, row: int) -> tuple[int, ...]:
        """The search's bounds, where the row is so near to them that the condition looks beyond."""
        if (self.search.begin, self.search.end) == self.search.partition:
            return ()
        shifts = [one.place.shift for one in self.definition.parameters if isinstance(one, Pointer)]
        near = any(not self.search.begin <= row + shift < self.search.end for shift in shifts)
        return (self.search.begin, self.search.end) if near else ()

    def _fixed(self, parameter: AnyParameter) -> object:
        """What a parameter is on this path: a row (-1 for none), a label, the match's number, an aggregate's rows."""
        match parameter:
            case MatchNumberPointer() | PositionPointer():
                return self.search.number
            case Aggregate():
                places = self._occurrences(parameter)
                return (self.path.start, *places, *(self.path.labels[one] for one in places))
            case Pointer():
                inside = self._inside(parameter.place)
                if parameter.column is None:
                    labels = self.path.labels
                    return labels[inside] if 0 <= inside < len(labels) else None
                row = self.path.start + inside
                return row if inside >= _NOWHERE and self.search.begin <= row < self.search.end else -1

    def _occurrences(self, aggregate: Aggregate) -> Sequence[int]:
        if aggregate.labels is None:
            return range(len(self.path.labels))
        return self.path.occurrences[self.places[frozenset(self.names[one] for one in aggregate.labels)]]

    def _inside(self, place: Place) -> int:
        """The place's row counted from the path's first, shifted; far below zero for none."""
        rows: Sequence[int] = (
            range(len(self.path.labels)) if place.labels is None else self.path.occurrences[self.places[place.labels]]
        )
        if place.offset >= len(rows):
            return 2 * _NOWHERE
        return rows[len(rows) - 1 - place.offset if place.from_last else place.offset] + place.shift

    def _evaluated(self, row: int, last: int, fixed: Sequence[object]) -> bytes:
        rows = np.arange(row, last, dtype=np.int64)
        parameters = zip(self.definition.parameters, fixed, strict=True)
        arrays = [self._values(one, value, rows) for one, value in parameters]
        try:
            return _flags(self.definition.body(rows, *arrays))
        except OwlakeError:
            if len(rows) == 1:
                raise
            return self._evaluated(row, row + 1, fixed)

    def _values(self, parameter: AnyParameter, value: object, rows: Integers) -> pa.Array:
        count = len(rows)
        begin, end = (self.search.begin, self.search.end) if self._edge(int(rows[0])) else self.search.partition
        if is_here(parameter, self.definition.name):
            return _near(parameter, self.definition.name, self.columns, rows, begin, end)
        match parameter:
            case MatchNumberPointer() | PositionPointer():
                return pa.repeat(pa.scalar(self.search.number, pa.int64()), count)
            case Aggregate():
                return self._aggregated(parameter, count)
            case Pointer(column=None):
                name = self.names[value] if isinstance(value, int) else None
                return pa.repeat(pa.scalar(name, pa.string()), count)
            case Pointer(column=column):
                assert column is not None
                place: int = value  # type: ignore[assignment]
                return looked_up(self.columns[column], np.full(count, place, np.int64))

    def _aggregated(self, aggregate: Aggregate, count: int) -> pa.Array:
        inside = np.array(self._occurrences(aggregate), np.int64)
        labels = pa.array([self.names[self.path.labels[one]] for one in inside], pa.string())
        numbers = np.full(len(inside), self.search.number, np.int64)
        rows = RowsOfMatches(np.array([0, len(inside)]), self.path.start + inside, labels, numbers)
        return pa.concat_arrays([aggregated(aggregate, self.columns, rows, self.lambdas)] * count)


_NOWHERE = -(2**40)
