"""Subqueries that are correlated by equality alone: grouped by their own side of it, whatever the outside holds.

``EXISTS (SELECT * FROM s WHERE s.k = t.k AND s.x > 1)`` asks the rows of ``s`` with ``x > 1`` for each ``k``: they are
counted once for every ``k`` of theirs, and joined by ``k = t.k``. Nothing of the outside is computed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from owlake.analysis.operators import logical
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.planning.predicates import split
from owlake.planning.subqueries.domains import outer_references, reference
from owlake.planning.subqueries.native import is_correlated_by_equality, refers
from owlake.types.model import BOOLEAN

Aggregates = Sequence[tuple[ir.Field, ir.Aggregation]]


def grouped_by_own_keys(
    relation: nodes.Relation, aggregates: Aggregates, outside: Sequence[ir.Field]
) -> tuple[nodes.Relation, ir.Expression] | None:
    """Aggregates over the relation's rows a key, and the condition that joins them to the outside.

    None where the relation is correlated by more than equality in its filters.
    """
    if any(refers(call, outside) for _, call in aggregates) or not is_correlated_by_equality(relation, outside):
        return None
    keys = _Keys(tuple(outside))
    below = keys.without(relation)
    if not keys.pairs:
        return None
    passed = tuple((key, reference(key)) for key, _, _ in keys.pairs)
    fields = (*(key for key, _ in passed), *(one for one, _ in aggregates))
    grouped = nodes.Aggregate(fields, below, passed, tuple(aggregates))
    terms = tuple(ir.Comparison(BOOLEAN, "=", outer, reference(key)) for key, _, outer in keys.pairs)
    return grouped, logical("AND", terms)


@dataclass(slots=True)
class _Keys:
    """The equalities with the outside met so far: a new field, the inner value that it holds, the outer value."""

    outside: tuple[ir.Field, ...]
    pairs: list[tuple[ir.Field, ir.Expression, ir.Expression]] = field(default_factory=list)

    def without(self, relation: nodes.Relation) -> nodes.Relation:
        """The relation without its equalities with the outside; their inner sides are columns of it instead."""
        if not outer_references(relation, self.outside):
            return relation
        if isinstance(relation, nodes.Project):
            below = self.without(relation.input)
            passed = tuple((key, reference(key)) for key, _, _ in self.pairs)
            fields = (*(key for key, _ in passed), *relation.fields)
            return replace(relation, fields=fields, input=below, assignments=(*passed, *relation.assignments))
        assert isinstance(relation, nodes.Filter)
        below = self.without(relation.input)
        own, found = [], []
        for conjunct in split(relation.predicate):
            if not refers(conjunct, self.outside):
                own.append(conjunct)
                continue
            assert isinstance(conjunct, ir.Comparison)
            outer_first = refers(conjunct.left, self.outside)
            outer, inner = (conjunct.left, conjunct.right) if outer_first else (conjunct.right, conjunct.left)
            found.append((ir.Field("key", inner.type), inner, outer))
        if own:
            below = nodes.Filter(below.fields, below, logical("AND", tuple(own)))
        if not found:
            return below
        self.pairs.extend(found)
        passed = tuple((one, reference(one)) for one in below.fields)
        fields = (*(key for key, _, _ in found), *below.fields)
        return nodes.Project(fields, below, (*((key, inner) for key, inner, _ in found), *passed))
