"""Names inside MEASURES and DEFINE: columns at a row of the match, with a label before them or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from owlake.analysis.scope import Scope, ScopeField
from owlake.dialect.nodes.base import Identifier
from owlake.ir.expressions import Expression
from owlake.ir.patterns import Navigation, Place, RowLabel
from owlake.types.model import VARCHAR


def label_of(name: Identifier) -> str:
    """A label as CLASSIFIER shows it: upper case, unless it was written in quotes."""
    return name.value if name.delimited else name.value.upper()


@dataclass
class PatternContext:
    """Where an expression of a row pattern stands.

    Attributes:
        labels: The labels of the pattern and the subsets, by name in lower case, as the labels that each stands for.
        place: The row that a column means here.
        within: The name of the navigation function around, if any; ``aggregate`` for an aggregate's arguments.
        used: The labels that columns and CLASSIFIER stood with so far, None for those without.
        in_define: Whether this is a condition of DEFINE, where all is RUNNING.
    """

    labels: Mapping[str, frozenset[str]]
    in_define: bool
    place: Place = field(default_factory=Place)
    within: str | None = None
    used: set[frozenset[str] | None] = field(default_factory=set)

    def inside(self, name: str, place: Place | None = None) -> PatternContext:
        """The arguments of a navigation function or an aggregate."""
        return PatternContext(self.labels, self.in_define, place or self.place, name, set())

    def value(self, leaf: Expression, labels: frozenset[str] | None) -> Expression:
        """What a column, or CLASSIFIER, with this label means here."""
        self.used.add(labels)
        if self.within == AGGREGATE:
            return leaf
        return Navigation(leaf.type, leaf, replace(self.place, labels=labels))

    def classifier(self, labels: frozenset[str] | None) -> Expression:
        """The label of the row."""
        return self.value(RowLabel(VARCHAR), labels)


AGGREGATE = "aggregate"


class PatternScope(Scope):
    """The fields of the pattern's input as seen from a row of the match."""

    __slots__ = ("_context", "_input")

    def __init__(self, fields: Sequence[ScopeField], outer: Scope | None, context: PatternContext) -> None:
        super().__init__(fields, outer)
        self._context = context
        self._input = Scope(fields)

    def matches(self, names: Sequence[str]) -> list[ScopeField]:
        """The fields that answer to the name; a label may stand before it."""
        if len(names) > 1 and names[0] in self._context.labels:
            labelled = self._input.matches(names[1:])
            return self._seen(labelled, self._context.labels[names[0]])
        return self._seen(self._input.matches(names), None)

    def at(self, context: PatternContext) -> PatternScope:
        """The same fields in another place of the pattern."""
        return PatternScope(self.fields, self.outer, context)

    def _seen(self, found: list[ScopeField], labels: frozenset[str] | None) -> list[ScopeField]:
        if len(found) != 1:
            return found
        return [replace(found[0], value=self._context.value(found[0].value, labels))]
