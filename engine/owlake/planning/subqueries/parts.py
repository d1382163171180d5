"""The subqueries inside an expression, and what they refer to."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.planning.subqueries.domains import outer_references

_SUBQUERIES = (ir.ScalarSubquery, ir.Exists, ir.InSubquery, ir.QuantifiedComparison)


def subqueries_in(expression: ir.Expression) -> list[ir.Expression]:
    """The outermost subqueries of an expression."""
    if isinstance(expression, _SUBQUERIES):
        return [expression]
    return [found for child in ir.children(expression) for found in subqueries_in(child)]


def relation_of(part: ir.Expression) -> nodes.Relation:
    """The relation of a subquery."""
    relation: nodes.Relation = part.relation  # type: ignore[attr-defined]
    return relation


def has_subquery(expression: ir.Expression) -> bool:
    """Whether a subquery is in the expression."""
    return bool(subqueries_in(expression))


def refers_to(part: ir.Expression, fields: Sequence[ir.Field]) -> bool:
    """Whether a subquery, or what it is compared with, refers to one of the fields."""
    relation = part.relation  # type: ignore[attr-defined]
    if outer_references(relation, fields):
        return True
    return bool(fields_of(part, fields))


def fields_of(expression: ir.Expression, fields: Sequence[ir.Field]) -> list[ir.Field]:
    """Those of the fields that the expression itself refers to."""
    used = {part.field for part in ir.walk(expression) if isinstance(part, ir.Reference)}
    return [field for field in fields if field in used]
