"""Expressions: syntax to typed tree. Each kind of node has one function, found by its class.

The functions live beside their kin (``literals``, ``operators``, ``predicates``, ``calls``, ``subqueries``,
``json``); this module holds what they share: scopes, coercion, the query analyser for subqueries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from owlake.analysis.coercions import coerce
from owlake.analysis.context import AnalysisContext
from owlake.analysis.scope import Scope
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.base import Identifier, Position
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.types.coercion import common_super_type
from owlake.types.model import BOOLEAN, UNKNOWN, Row, Type

if TYPE_CHECKING:
    from owlake.analysis.pattern_scope import PatternContext
    from owlake.analysis.queries import QueryAnalyzer

Analysis = Callable[["ExpressionAnalyzer", Any], ir.Expression]
_ANALYSES: dict[type[Node], Analysis] = {}


def analyses(*kinds: type[Node]) -> Callable[[Analysis], Analysis]:
    """Register the decorated function as the analysis of these nodes."""

    def register(function: Analysis) -> Analysis:
        for kind in kinds:
            _ANALYSES[kind] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class NamedWindows:
    """What the WINDOW clause of a SELECT defines, and the scope that it is about."""

    specifications: Mapping[str, nodes.WindowSpecification]
    scope: Scope


class ExpressionAnalyzer:
    """Analyses expressions in one scope.

    ``windows`` are the named windows of the surrounding SELECT; ``queries`` analyses subqueries.
    """

    def __init__(
        self,
        context: AnalysisContext,
        scope: Scope,
        queries: QueryAnalyzer,
        windows: NamedWindows | None = None,
        pattern: PatternContext | None = None,
    ) -> None:
        self.context = context
        self.scope = scope
        self.queries = queries
        self.windows = windows
        self.pattern = pattern
        """Where in a row pattern this stands; None outside of any."""

    def analyze(self, node: Node) -> ir.Expression:
        """The typed expression of a node."""
        analysis = _ANALYSES.get(type(node))
        if analysis is None:
            raise error("NOT_SUPPORTED", f"{type(node).__name__} is not supported here", node.position)
        return analysis(self, node)

    def analyze_all(self, items: Sequence[Node]) -> tuple[ir.Expression, ...]:
        """Each of the nodes, in order."""
        return tuple(self.analyze(item) for item in items)

    def within(self, scope: Scope) -> ExpressionAnalyzer:
        """The same analyser in another scope."""
        return ExpressionAnalyzer(self.context, scope, self.queries, self.windows, self.pattern)

    def with_windows(self, windows: NamedWindows) -> ExpressionAnalyzer:
        """The same analyser where these windows have names."""
        return ExpressionAnalyzer(self.context, self.scope, self.queries, windows, self.pattern)

    def in_pattern(self, scope: Scope, pattern: PatternContext) -> ExpressionAnalyzer:
        """The same analyser for a part of a row pattern."""
        return ExpressionAnalyzer(self.context, scope, self.queries, None, pattern)

    def predicate(self, node: Node, clause: str) -> ir.Expression:
        """A condition: boolean or NULL. ``clause`` names it in the error."""
        value = self.analyze(node)
        if value.type not in (BOOLEAN, UNKNOWN):
            text = f"{clause} must evaluate to a boolean: actual type {value.type}"
            raise error("TYPE_MISMATCH", text, node.position)
        return coerce(value, BOOLEAN)

    def expect(self, node: Node, type_: Type, what: str) -> ir.Expression:
        """A value that must turn into ``type_``; ``what`` begins the error."""
        value = self.analyze(node)
        if common_super_type(value.type, type_) != type_:
            raise error("TYPE_MISMATCH", f"{what} must evaluate to a {type_} (actual: {value.type})", node.position)
        return coerce(value, type_)

    def unify(
        self, values: Sequence[ir.Expression], positions: Sequence[Position], what: str
    ) -> tuple[tuple[ir.Expression, ...], Type]:
        """The values coerced to the type that they have in common.

        Errors: TYPE_MISMATCH ``{what} must be the same type: integer vs varchar``.
        """
        common: Type = UNKNOWN
        for value, position in zip(values, positions, strict=True):
            found = common_super_type(common, value.type)
            if found is None:
                raise error("TYPE_MISMATCH", f"{what} must be the same type: {common} vs {value.type}", position)
            common = found
        return tuple(coerce(value, common) for value in values), common


@analyses(Identifier)
def _identifier(analyzer: ExpressionAnalyzer, node: Identifier) -> ir.Expression:
    found = analyzer.scope.resolve((node.name,), node.position)
    if found is None:
        raise analyzer.scope.not_found((node.name,), node.position)
    return found


@analyses(nodes.Dereference)
def _dereference(analyzer: ExpressionAnalyzer, node: nodes.Dereference) -> ir.Expression:
    names = qualified_names(node)
    if names is not None:
        found = analyzer.scope.resolve(names, node.position)
        if found is not None:
            return found
        if not any(scope.has_prefix_of(names) for scope in analyzer.scope.chain()):
            raise analyzer.scope.not_found(names, node.position)
    base = analyzer.analyze(node.base)
    return field_access(base, node.field, node.position)


def field_access(base: ir.Expression, field: Identifier, position: Position) -> ir.Expression:
    """The field of a row, by name without case.

    Errors: TYPE_MISMATCH where the base is no row, COLUMN_NOT_FOUND, AMBIGUOUS_NAME.
    """
    if not isinstance(base.type, Row):
        raise error("TYPE_MISMATCH", f"Expression {field.value} is not of type ROW", position)
    found = [
        index for index, one in enumerate(base.type.fields) if one.name is not None and one.name.lower() == field.name
    ]
    if len(found) > 1:
        raise error("AMBIGUOUS_NAME", f"Ambiguous row field reference: {field.value}", position)
    if not found:
        known = ", ".join(one.name for one in base.type.fields if one.name)
        text = f"Column '{field.value}' cannot be resolved or requester is not authorized to access requested resources"
        raise error("COLUMN_NOT_FOUND", text, position, hint=f"The row has {known}." if known else None)
    return field_of(base, found[0])


def field_of(row: ir.Expression, index: int) -> ir.Expression:
    """The field of a row by its place, from 0."""
    assert isinstance(row.type, Row)
    return ir.FieldAccess(row.type.fields[index].type, row, index)


def qualified_names(node: Node) -> tuple[str, ...] | None:
    """``a.b.c`` as names, or None if anything in it is no plain name."""
    names: list[str] = []
    while isinstance(node, nodes.Dereference):
        names.append(node.field.name)
        node = node.base
    if not isinstance(node, Identifier):
        return None
    return (node.name, *reversed(names))
