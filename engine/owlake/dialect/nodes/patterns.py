"""Row patterns: the regular expressions of MATCH_RECOGNIZE and of windows with PATTERN."""

from __future__ import annotations

from dataclasses import dataclass

from owlake.dialect.nodes.base import Expression, Identifier, Node


@dataclass(frozen=True, slots=True)
class RowPattern(Node):
    """A piece of a row pattern."""


@dataclass(frozen=True, slots=True)
class PatternVariable(RowPattern):
    """A label that a row must satisfy."""

    name: Identifier


@dataclass(frozen=True, slots=True)
class EmptyPattern(RowPattern):
    """``()``."""


@dataclass(frozen=True, slots=True)
class PatternAnchor(RowPattern):
    """``^`` (start of the partition) or ``$`` (its end)."""

    at_start: bool


@dataclass(frozen=True, slots=True)
class PatternConcatenation(RowPattern):
    """``A B C``."""

    terms: tuple[RowPattern, ...]


@dataclass(frozen=True, slots=True)
class PatternAlternation(RowPattern):
    """``A | B``."""

    terms: tuple[RowPattern, ...]


@dataclass(frozen=True, slots=True)
class PatternPermutation(RowPattern):
    """``PERMUTE(A, B)``."""

    terms: tuple[RowPattern, ...]


@dataclass(frozen=True, slots=True)
class ExcludedPattern(RowPattern):
    """``{- A -}``: matched, but left out of the output."""

    pattern: RowPattern


@dataclass(frozen=True, slots=True)
class QuantifiedPattern(RowPattern):
    """``A*``, ``A+?``, ``A{2,5}``; ``at_most`` None is unbounded."""

    pattern: RowPattern
    at_least: int
    at_most: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class MeasureDefinition(Node):
    """``expression AS name``."""

    expression: Expression
    name: Identifier


@dataclass(frozen=True, slots=True)
class SubsetDefinition(Node):
    """``name = (A, B)``: a union variable."""

    name: Identifier
    labels: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class VariableDefinition(Node):
    """``A AS condition``."""

    name: Identifier
    condition: Expression


@dataclass(frozen=True, slots=True)
class SkipTo(Node):
    """Where the search goes on: NEXT ROW, PAST LAST, or FIRST/LAST of a label."""

    kind: str
    label: Identifier | None = None
