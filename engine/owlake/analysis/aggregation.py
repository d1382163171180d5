"""Lifting aggregates out of expressions: one Aggregate relation below, references to its columns above."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from owlake.analysis.scope import reference
from owlake.dialect.formatter import format_expression
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.base import Node as SyntaxNode
from owlake.dialect.nodes.relations import Query
from owlake.errors import error
from owlake.functions.registry import REGISTRY, Kind
from owlake.ir import expressions as ir
from owlake.ir.likeness import has_query, likeness
from owlake.ir.patterns import PatternCall, WindowMeasure
from owlake.ir.relations import Aggregate, Relation
from owlake.ir.rewriting import rewrite, substitute_in_relation
from owlake.ir.walking import all_expressions, relations_in

if TYPE_CHECKING:
    from owlake.analysis.grouping import Grouping

_LIFTED = (ir.Aggregation, ir.WindowCall, ir.GroupingId, WindowMeasure, PatternCall)


def refuse_aggregates(value: ir.Expression, clause: str, node: Node) -> None:
    """EXPRESSION_NOT_SCALAR where an aggregate, window call or GROUPING stands in a clause that takes none."""
    if any(isinstance(part, _LIFTED) for part in ir.walk(value)):
        text = f"{clause} cannot contain aggregations, window functions or grouping operations"
        shown = ", ".join(format_expression(one) for one in _lifted_in(node))
        raise error("EXPRESSION_NOT_SCALAR", f"{text}: [{shown}]", node.position)


def _lifted_in(node: Node) -> list[Node]:
    """Aggregates, then what is over windows, then GROUPING, as written; those of queries inside are theirs."""
    kinds: tuple[list[Node], ...] = ([], [], [])
    pending: list[object] = [node]
    while pending:
        part = pending.pop()
        match part:
            case nodes.FunctionCall(window=None) if _is_aggregate(part.name.names[-1]):
                kinds[0].append(part)
            case nodes.Listagg():
                kinds[0].append(part)
            case nodes.FunctionCall() | nodes.MeasureOver() if part.window is not None:
                kinds[1].append(part)
            case nodes.Grouping():
                kinds[2].append(part)
            case _:
                pass
        if isinstance(part, tuple):
            pending.extend(reversed(part))
        elif isinstance(part, SyntaxNode) and not isinstance(part, Query):
            pending.extend(getattr(part, one.name) for one in reversed(fields(part)))
    return [one for kind in kinds for one in kind]


def _is_aggregate(name: str) -> bool:
    return any(function.kind is Kind.AGGREGATE for function in REGISTRY.overloads(name))


class Aggregation:
    """The Aggregate relation that a SELECT needs, if any, and how its expressions read above it.

    Calling it rewrites an expression over the input's rows into one over the groups.

    Errors: EXPRESSION_NOT_AGGREGATE for a column that is neither grouped nor aggregated,
    NESTED_AGGREGATION, EXPRESSION_NOT_SCALAR.
    """

    def __init__(
        self, input_: Relation, grouping: Grouping, expressions: Sequence[ir.Expression], *, is_grouped: bool
    ) -> None:
        found = [
            part
            for expression in expressions
            for part in ir.walk(expression)
            if isinstance(part, ir.Aggregation | ir.GroupingId)
        ]
        self.active = is_grouped or bool(found)
        self._input_fields = frozenset(input_.fields)
        self._replacements: dict[Hashable, ir.Reference] = {}
        self._keys: dict[ir.Expression, ir.Reference] = {}
        self._has_queries = any(has_query(key) for key in grouping.keys)
        self.relation = self._build(input_, grouping, found) if self.active else input_

    def _build(self, input_: Relation, grouping: Grouping, found: Sequence[ir.Aggregation | ir.GroupingId]) -> Relation:
        keys = []
        for index, key in enumerate(grouping.keys):
            # A plain column keeps its field, so that subqueries that refer to it still do.
            field = key.field if isinstance(key, ir.Reference) else ir.Field(f"key{index}", key.type)
            keys.append((field, key))
            self._replacements[self._alike(key)] = self._keys[key] = reference(field)
        aggregations = self._aggregations([one for one in found if isinstance(one, ir.Aggregation)])
        ids = self._grouping_ids([one for one in found if isinstance(one, ir.GroupingId)], grouping)
        fields = (*(field for field, _ in keys), *(field for field, _ in aggregations), *(field for field, _ in ids))
        return Aggregate(fields, input_, tuple(keys), tuple(aggregations), grouping.sets, tuple(ids))

    def _aggregations(self, calls: Sequence[ir.Aggregation]) -> list[tuple[ir.Field, ir.Aggregation]]:
        lifted: list[tuple[ir.Field, ir.Aggregation]] = []
        for call in calls:
            if self._alike(call) in self._replacements:
                continue
            field = ir.Field(call.function.name, call.type)
            lifted.append((field, call))
            self._replacements[self._alike(call)] = reference(field)
        return lifted

    def _grouping_ids(
        self, calls: Sequence[ir.GroupingId], grouping: Grouping
    ) -> list[tuple[ir.Field, tuple[int, ...]]]:
        lifted: list[tuple[ir.Field, tuple[int, ...]]] = []
        for call in calls:
            if self._alike(call) in self._replacements:
                continue
            field = ir.Field("grouping", call.type)
            if any(key not in grouping.keys for key in call.keys):
                text = (
                    "The arguments to GROUPING() must be expressions referenced by the GROUP BY at this query level. "
                )
                text += "Mismatch due to some argument"
                raise error("INVALID_ARGUMENTS", text)
            lifted.append((field, tuple(grouping.keys.index(key) for key in call.keys)))
            self._replacements[self._alike(call)] = reference(field)
        return lifted

    def __call__(self, expression: ir.Expression, node: Node) -> ir.Expression:
        """The expression over the groups."""
        if not self.active:
            return expression
        self._check_nesting(expression, node)
        rewritten = rewrite(expression, self._replace, descend=lambda part: self._alike(part) not in self._replacements)
        self._check_grouped(rewritten, node)
        return rewritten

    def _replace(self, part: ir.Expression) -> ir.Expression:
        found = self._replacements.get(self._alike(part))
        if found is not None:
            return found
        # A query inside has groups of its own: a count there is not this one's.
        return substitute_in_relation(part, self._keys)

    def _alike(self, part: ir.Expression) -> Hashable:
        return likeness(part) if self._has_queries else part

    def _check_nesting(self, expression: ir.Expression, node: Node) -> None:
        for part in ir.walk(expression):
            if not isinstance(part, ir.Aggregation):
                continue
            inside = [one for child in ir.children(part) for one in ir.walk(child) if isinstance(one, _LIFTED)]
            if any(isinstance(one, ir.Aggregation) for one in inside):
                text = "Cannot nest aggregations inside aggregation"
                raise error(
                    "NESTED_AGGREGATION", f"{text} '{part.function.name}': [{format_expression(node)}]", node.position
                )
            if any(isinstance(one, ir.WindowCall | WindowMeasure | PatternCall) for one in inside):
                text = f"Cannot nest window functions or row pattern measures inside aggregation '{part.function.name}'"
                raise error("NESTED_WINDOW", f"{text}: [{format_expression(node)}]", node.position)

    def _check_grouped(self, expression: ir.Expression, node: Node) -> None:
        grouped = frozenset(one.field for one in self._replacements.values())
        for part in ir.walk(expression):
            stray = isinstance(part, ir.Reference) and part.field in self._input_fields and part.field not in grouped
            if stray or self._strays_in_subquery(part, grouped):
                text = f"'{format_expression(node)}' must be an aggregate expression or appear in GROUP BY clause"
                raise error("EXPRESSION_NOT_AGGREGATE", text, node.position)

    def _strays_in_subquery(self, part: ir.Expression, grouped: frozenset[ir.Field]) -> bool:
        return any(
            isinstance(one, ir.Reference) and one.field in self._input_fields and one.field not in grouped
            for relation in relations_in(part)
            for one in all_expressions(relation)
        )
