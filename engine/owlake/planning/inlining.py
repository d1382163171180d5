"""WITH queries that are used once stand where they are used: filters and pruning see through them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import change_relations
from owlake.ir.walking import all_relations


def inline(relation: nodes.Relation) -> nodes.Relation:
    """The relation with every WITH query that is used once, and is not recursive, in its place."""
    references = [one for one in all_relations(relation) if isinstance(one, nodes.CommonTableReference)]
    if not references:
        return relation
    return _Inlining(Counter(id(one.table) for one in references)).relation(relation)


class _Inlining:
    def __init__(self, uses: Counter[int]) -> None:
        self._uses = uses
        self._tables: dict[int, nodes.CommonTable] = {}

    def relation(self, node: nodes.Relation) -> nodes.Relation:
        match node:
            case nodes.CommonTableReference():
                return self._reference(node)
            case nodes.Join():
                condition = self._expression(node.condition) if node.condition is not None else None
                return replace(
                    node, left=self.relation(node.left), right=self.relation(node.right), condition=condition
                )
            case nodes.SetOperation():
                return replace(node, inputs=tuple(self.relation(one) for one in node.inputs))
            case nodes.Filter():
                return replace(node, input=self.relation(node.input), predicate=self._expression(node.predicate))
            case nodes.Project():
                assignments = tuple((field, self._expression(value)) for field, value in node.assignments)
                return replace(node, input=self.relation(node.input), assignments=assignments)
            case nodes.Values() | nodes.SingleRow() | nodes.Scan():
                return node
            case _:
                return replace(node, input=self.relation(node.input))  # type: ignore[attr-defined, call-arg]

    def _reference(self, node: nodes.CommonTableReference) -> nodes.Relation:
        table = node.table
        if table.step is not None or self._uses[id(table)] > 1:
            return nodes.CommonTableReference(node.fields, self._kept(table))
        below = self.relation(table.relation)
        assignments = tuple(
            (field, ir.Reference(inner.type, inner)) for field, inner in zip(node.fields, below.fields, strict=True)
        )
        return nodes.Project(node.fields, below, assignments)

    def _kept(self, table: nodes.CommonTable) -> nodes.CommonTable:
        if id(table) not in self._tables:
            kept = nodes.CommonTable(table.name, table.fields, table.relation, table.names, None, table.distinct)
            self._tables[id(table)] = kept
            kept.relation = self.relation(table.relation)
            kept.step = self.relation(table.step) if table.step is not None else None
        return self._tables[id(table)]

    def _expression(self, expression: ir.Expression) -> ir.Expression:
        return change_relations(expression, self.relation)
