"""Row patterns: the regular expressions of MATCH_RECOGNIZE and of windows with PATTERN."""

from __future__ import annotations

from owlake.dialect.nodes.base import Expression, Identifier, Node, node


@node
class RowPattern(Node):
    """A piece of a row pattern."""


@node
class PatternVariable(RowPattern):
    """A label that a row must satisfy."""

    name: Identifier


@node
class EmptyPattern(RowPattern):
    """``()``."""


@node
class PatternAnchor(RowPattern):
    """``^`` (start of the partition) or ``$`` (its end)."""

    at_start: bool


@node
class PatternConcatenation(RowPattern):
    """``A B C``."""

    terms: tuple[RowPattern, ...]


@node
class PatternAlternation(RowPattern):
    """``A | B``."""

    terms: tuple[RowPattern, ...]


@node
class PatternPermutation(RowPattern):
    """``PERMUTE(A, B)``."""

    terms: tuple[RowPattern, ...]


@node
class ExcludedPattern(RowPattern):
    """``{- A -}``: matched, but left out of the output."""

    pattern: RowPattern


@node
class QuantifiedPattern(RowPattern):
    """``A*``, ``A+?``, ``A{2,5}``; ``at_most`` None is unbounded."""

    pattern: RowPattern
    at_least: int
    at_most: int | None
    greedy: bool


@node
class MeasureDefinition(Node):
    """``expression AS name``."""

    expression: Expression
    name: Identifier


@node
class SubsetDefinition(Node):
    """``name = (A, B)``: a union variable."""

    name: Identifier
    labels: tuple[Identifier, ...]


@node
class VariableDefinition(Node):
    """``A AS condition``."""

    name: Identifier
    condition: Expression


@node
class SkipTo(Node):
    """Where the search goes on: NEXT ROW, PAST LAST, or FIRST/LAST of a label."""

    kind: str
    label: Identifier | None = None
