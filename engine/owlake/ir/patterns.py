"""Row patterns: what MATCH_RECOGNIZE, and windows with PATTERN, look for in a partition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from owlake.ir.expressions import Expression, Field, SortKey, WindowCall, walk
from owlake.ir.relations import Assignment, Relation

if TYPE_CHECKING:
    from owlake.functions.registry import Function
    from owlake.types.model import Type


@dataclass(frozen=True, slots=True)
class Pattern:
    """A piece of a row pattern."""


@dataclass(frozen=True, slots=True)
class Label(Pattern):
    """A row that satisfies the label's condition."""

    name: str


@dataclass(frozen=True, slots=True)
class Anchor(Pattern):
    """The start of the partition, or its end."""

    at_start: bool


@dataclass(frozen=True, slots=True)
class Sequence(Pattern):
    """One term after the other; none is the empty pattern."""

    terms: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Choice(Pattern):
    """The first of the terms that leads to a match."""

    terms: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Excluded(Pattern):
    """What is matched but left out of the output."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Repeat(Pattern):
    """The pattern so often; ``at_most`` None is without end. Greedy tries more first."""

    pattern: Pattern
    at_least: int
    at_most: int | None
    greedy: bool


# Values at rows of a match ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a match, seen from the current one.

    Among the match's rows with one of the labels (all rows for None) the one at ``offset`` from the last or the first,
    of those up to the current row if ``running``; from there ``shift`` rows on in the partition.
    """

    labels: frozenset[str] | None = None
    from_last: bool = True
    running: bool = True
    offset: int = 0
    shift: int = 0


@dataclass(frozen=True, slots=True)
class RowLabel(Expression):
    """The label that a row is matched to."""


@dataclass(frozen=True, slots=True)
class MatchNumber(Expression):
    """The number of the match in its partition, from 1."""


@dataclass(frozen=True, slots=True)
class Navigation(Expression):
    """What a row of the match has: a column's value, or its label."""

    leaf: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class PatternAggregation(Expression):
    """An aggregate over the match's rows with one of the labels, of those up to the current one if ``running``.

    The arguments are over columns of a row, its ``RowLabel`` and the ``MatchNumber``.
    """

    function: Function
    arguments: tuple[Expression, ...]
    labels: frozenset[str] | None
    running: bool


@dataclass(frozen=True, slots=True)
class Pointer:
    """A value that the operator looks up: a collected column's at a place, or (None) the label there."""

    column: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class AggregatePointer:
    """A value that the operator works out: an aggregate over rows of the match.

    ``arguments`` are expressions over ``parameters``: fields that stand for collected columns, by index. Rows count
    where the column ``where`` is true. With ``framed`` the rows are a window's frame: for a row without match, none.
    """

    function: Function
    type: Type
    arguments: tuple[Expression, ...]
    parameters: tuple[tuple[Field, int | RowLabel | MatchNumber], ...]
    labels: frozenset[str] | None
    nulls: bool | None = None
    """Whether rows with NULL count; None where the function says so itself."""
    where: int | None = None
    framed: bool = False


@dataclass(frozen=True, slots=True)
class MatchNumberPointer:
    """The number of the match."""


@dataclass(frozen=True, slots=True)
class PositionPointer:
    """The row's place in the match, from 0."""


AnyPointer = Pointer | AggregatePointer | MatchNumberPointer | PositionPointer


@dataclass(frozen=True, slots=True)
class Definition:
    """A label's condition over parameters, each the value of a pointer at the row that is tried."""

    label: str
    condition: Expression
    parameters: tuple[tuple[Field, AnyPointer], ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """Where the search goes on after a match: PAST LAST, NEXT ROW, or the FIRST or LAST row with one of the labels."""

    kind: str
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PatternWindow(Expression):
    """A window whose frame is reduced to a match of a row pattern; it stands in what is over it.

    ``conditions`` are those of ``labels``, in order. The match begins at the row itself, or, if ``seek``, where the
    first one does; it ends at most ``frame`` rows on.
    """

    partition_by: tuple[Expression, ...]
    order_by: tuple[SortKey, ...]
    frame: int | None
    pattern: Pattern
    labels: tuple[str, ...]
    conditions: tuple[Expression, ...]
    skip: Skip
    seek: bool


@dataclass(frozen=True, slots=True)
class WindowMeasure(Expression):
    """A measure of a window's row pattern at the last row of the match; NULL for a row without match."""

    value: Expression
    window: PatternWindow


@dataclass(frozen=True, slots=True)
class PatternCall(Expression):
    """A function over a window's frame, reduced to the match."""

    function: Function
    arguments: tuple[Expression, ...]
    filter: Expression | None
    ignore_nulls: bool
    window: PatternWindow


@dataclass(frozen=True, slots=True, eq=False)
class PatternRecognition(Relation):
    """Matches of a pattern in each partition of the input.

    ``collected`` are columns of the input, a value a row; ``order_by`` names some of them by index. The fields are
    those of ``partition_by``, of ``passed`` (a collected column of the output row) and of ``measures``, then, where
    asked for, whether the row is in an excluded part.

    ``rows``: ONE, ALL SHOW EMPTY, ALL OMIT EMPTY, ALL WITH UNMATCHED as in the syntax, or WINDOW: each row of the input
    once, with the match that is looked for from there on, at most ``frame`` rows on; from any of them if ``seek``.
    """

    input: Relation
    partition_by: tuple[Assignment, ...]
    collected: tuple[Assignment, ...]
    order_by: tuple[tuple[int, bool, bool], ...]
    pattern: Pattern
    definitions: tuple[Definition, ...]
    rows: str
    skip: Skip
    passed: tuple[tuple[Field, int], ...]
    measures: tuple[tuple[Field, AnyPointer], ...]
    excluded: Field | None = None
    frame: int | None = None
    seek: bool = False


def order_of(keys: tuple[SortKey, ...], columns: dict[Expression, int]) -> tuple[tuple[int, bool, bool], ...]:
    """Sort keys over collected columns."""
    return tuple((columns[key.value], key.ascending, key.nulls_first) for key in keys)


def over_in(value: Expression) -> bool:
    """Whether something in the expression stands over a window: a call, or a measure of a row pattern."""
    return any(isinstance(part, WindowCall | WindowMeasure | PatternCall) for part in walk(value))
