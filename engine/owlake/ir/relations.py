"""Typed relations: what a query computes, one operator a node. ``fields`` are the columns that come out.

A relation may refer to fields of an outer relation (a correlated subquery, a lateral join): such references
are simply to fields that none of its own inputs produce.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from owlake.ir.expressions import Aggregation, Expression, Field, SortKey, WindowCall

if TYPE_CHECKING:
    from owlake.ir.sources import TableSource


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """Rows of ``fields``."""

    fields: tuple[Field, ...]


Assignment = tuple[Field, Expression]


@dataclass(frozen=True, slots=True, eq=False)
class SingleRow(Relation):
    """One row without columns: what SELECT has without FROM."""


@dataclass(frozen=True, slots=True, eq=False)
class Values(Relation):
    """Rows written out."""

    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Series(Values):
    """Whole numbers from one on, as far as another, by a step: rows that are not written out, however many."""

    start: int
    stop: int
    step: int


class ScanIdentity:
    """What stays the same of a scan while rewrites change its columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan(Relation):
    """The rows of a table. ``columns`` are the source's column names, one a field."""

    source: TableSource
    columns: tuple[str, ...]
    identity: ScanIdentity = field(default_factory=ScanIdentity)


@dataclass(frozen=True, slots=True, eq=False)
class Filter(Relation):
    """The input's rows for which the predicate is true."""

    input: Relation
    predicate: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Project(Relation):
    """New columns computed from the input's."""

    input: Relation
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Join(Relation):
    """``kind``: INNER, LEFT, RIGHT, FULL or CROSS (without a condition).

    With ``lateral`` the right side may refer to fields of the left.
    """

    kind: str
    left: Relation
    right: Relation
    condition: Expression | None
    lateral: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Unnest(Relation):
    """Each input row times the elements of its arrays and maps, side by side, the shorter padded with NULL.

    ``items``: an array or map and the fields that its elements become (two for a map, one a field for an
    array of rows). With ``outer`` a row without elements stays, its new fields NULL.
    """

    input: Relation
    items: tuple[tuple[Expression, tuple[Field, ...]], ...]
    ordinality: Field | None
    outer: bool


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate(Relation):
    """Groups of the input.

    ``grouping_sets`` holds, for each set, the indexes of the keys in it; None is one set of all keys.
    ``grouping_ids`` are GROUPING() calls: a field and the indexes of the keys asked about.
    """

    input: Relation
    keys: tuple[Assignment, ...]
    aggregations: tuple[tuple[Field, Aggregation], ...]
    grouping_sets: tuple[tuple[int, ...], ...] | None = None
    grouping_ids: tuple[tuple[Field, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Window(Relation):
    """The input's columns and window functions beside them."""

    input: Relation
    calls: tuple[tuple[Field, WindowCall], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Distinct(Relation):
    """The input without repeated rows."""

    input: Relation


@dataclass(frozen=True, slots=True, eq=False)
class Sort(Relation):
    """The input in order."""

    input: Relation
    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Limit(Relation):
    """At most ``count`` rows after ``offset``; with ``ties``, also those equal to the last by ``keys``."""

    input: Relation
    count: int | None
    offset: int = 0
    ties: bool = False
    keys: tuple[SortKey, ...] = ()


NO_LIMIT = 2**63 - 1
"""A limit that only keeps what stands above it from what stands below."""


@dataclass(frozen=True, slots=True, eq=False)
class SetOperation(Relation):
    """UNION, INTERSECT or EXCEPT; each input's fields stand in the order of ``fields``, of the same types."""

    operator: str
    distinct: bool
    inputs: tuple[Relation, ...]


@dataclass(slots=True, eq=False)
class CommonTable:
    """A WITH query. A recursive one refers to itself: ``step`` is set once that is known."""

    name: str
    fields: tuple[Field, ...]
    relation: Relation
    names: tuple[str | None, ...]
    """The columns' names in scope."""
    step: Relation | None = field(default=None)
    distinct: bool = field(default=False)
    """Of a recursive table: UNION, not UNION ALL."""
    guarded: bool = field(default=False)
    """Whether planning has guarded what can fail in it."""


@dataclass(frozen=True, slots=True, eq=False)
class CommonTableReference(Relation):
    """A use of a WITH query; ``fields`` stand for the table's, in order."""

    table: CommonTable


@dataclass(frozen=True, slots=True, eq=False)
class Sample(Relation):
    """Each row with the given probability (0 to 1)."""

    input: Relation
    probability: float
    method: str


def inputs(relation: Relation) -> tuple[Relation, ...]:
    """The relations directly below."""
    match relation:
        case Join(left=left, right=right):
            return (left, right)
        case SetOperation(inputs=relations):
            return relations
        case SingleRow() | Values() | Scan() | CommonTableReference():
            return ()
        case _:
            return (relation.input,)  # type: ignore[attr-defined]


class _Slots(dict[type[Relation], tuple[str, ...]]):
    """Which attributes of a class may hold expressions or relations, found out once."""

    def __missing__(self, kind: type[Relation]) -> tuple[str, ...]:
        skip = {"fields", "source", "columns", "identity", "table", "ordinality", "grouping_sets", "grouping_ids"}
        self[kind] = tuple(slot.name for slot in fields(kind) if slot.name not in skip)
        return self[kind]


RELATION_SLOTS = _Slots()
