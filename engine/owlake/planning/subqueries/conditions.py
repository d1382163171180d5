"""What conditions with subqueries become: counts, and the three values of IN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import rewrite
from owlake.planning.subqueries.domains import aggregate_function, outer_references, reference
from owlake.planning.subqueries.parts import subqueries_in
from owlake.types.model import BIGINT, BOOLEAN, DOUBLE, REAL


def counted(expression: ir.Expression, outside: Sequence[ir.Field]) -> ir.Expression:
    """The expression with EXISTS that is the same for all rows as a count: DataFusion would join on TRUE."""

    def replaced(part: ir.Expression) -> ir.Expression:
        if not isinstance(part, ir.Exists) or outer_references(part.relation, outside):
            return part
        matches = ir.Field("matches", BIGINT)
        first = nodes.Limit(part.relation.fields, part.relation, 1)
        total = nodes.Aggregate((matches,), first, (), ((matches, count()),))
        return ir.Comparison(BOOLEAN, ">", ir.ScalarSubquery(BIGINT, total, matches), ir.Constant(BIGINT, 0))

    return rewrite(expression, replaced)


def without_nan(condition: ir.Expression) -> ir.Expression:
    """A condition in which NaN is in no query's values, not even beside a NaN: for DataFusion it would be."""
    match condition:
        case ir.Logical():
            return replace(condition, terms=tuple(without_nan(term) for term in condition.terms))
        case ir.InSubquery() if condition.value.type in (DOUBLE, REAL):
            is_number = ir.Comparison(BOOLEAN, "=", condition.value, condition.value)
            return ir.Logical(BOOLEAN, "AND", (condition, is_number))
        case _:
            return condition


def is_negated_in(term: ir.Expression) -> bool:
    """Whether it is NOT over an IN."""
    return isinstance(term, ir.Not) and any(isinstance(part, ir.InSubquery) for part in subqueries_in(term))


def membership(value: ir.Expression, matched: ir.Expression, nulls: ir.Field, rows: ir.Field) -> ir.Expression:
    """IN's value: whether there was a match, and how many rows, and NULLs among them, there were."""
    zero = ir.Constant(BIGINT, 0)
    has_nulls = ir.Comparison(BOOLEAN, ">", or_zero(nulls), zero)
    unknown = ir.Logical(BOOLEAN, "OR", (ir.IsNull(BOOLEAN, value), has_nulls))
    branches = (
        (matched, ir.TRUE),
        (ir.Comparison(BOOLEAN, "=", or_zero(rows), zero), ir.FALSE),
        (unknown, ir.Constant(BOOLEAN, None)),
    )
    return ir.Case(BOOLEAN, branches, ir.FALSE)


def count(condition: ir.Expression | None = None) -> ir.Aggregation:
    """How many rows there are, or for how many a condition is true."""
    if condition is None:
        return ir.Aggregation(BIGINT, aggregate_function("count"), ())
    return ir.Aggregation(BIGINT, aggregate_function("count_if", BOOLEAN), (condition,))


def or_zero(field: ir.Field) -> ir.Expression:
    """A count that an outer join left NULL is 0."""
    return ir.Coalesce(BIGINT, (reference(field), ir.Constant(BIGINT, 0)))
