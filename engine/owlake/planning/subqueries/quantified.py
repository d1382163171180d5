"""``value operator ALL | ANY (query)`` by the query's least and greatest value and how many there are.

Trino does the same; ``x > ALL`` is a comparison with the greatest. NULLs among the values leave the answer open
unless a value already decides it. ``= ANY`` and ``<> ALL`` do not come here: they are IN and NOT IN.
"""

from __future__ import annotations

from owlake.ir import expressions as ir
from owlake.planning.subqueries.domains import aggregate_function, reference
from owlake.types.model import BIGINT, BOOLEAN

Aggregates = list[tuple[ir.Field, ir.Aggregation]]

_NEGATED = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def quantified_value(part: ir.QuantifiedComparison) -> tuple[Aggregates, ir.Expression]:
    """The aggregates to compute over the query's rows, and the comparison's value over them."""
    type_ = part.field.type
    least, greatest = ir.Field("least", type_), ir.Field("greatest", type_)
    rows, values = ir.Field("rows", BIGINT), ir.Field("values", BIGINT)
    column = reference(part.field)
    aggregates: Aggregates = [
        (least, ir.Aggregation(type_, aggregate_function("min", type_), (column,))),
        (greatest, ir.Aggregation(type_, aggregate_function("max", type_), (column,))),
        (rows, ir.Aggregation(BIGINT, aggregate_function("count"), ())),
        (values, ir.Aggregation(BIGINT, aggregate_function("count", type_), (column,))),
    ]
    if part.quantifier == "ALL":
        return aggregates, _all(part.operator, part.value, least, greatest, rows, values)
    negated = _all(_NEGATED[part.operator], part.value, least, greatest, rows, values)
    return aggregates, ir.Not(BOOLEAN, negated)


def _all(
    operator: str, value: ir.Expression, least: ir.Field, greatest: ir.Field, rows: ir.Field, values: ir.Field
) -> ir.Expression:
    """True for no rows; false where a value contradicts; NULL where a NULL might; else true."""
    has_nulls = ir.Comparison(BOOLEAN, "<", reference(values), reference(rows))
    holds = _holds(operator, value, least, greatest)
    unknown = ir.Constant(BOOLEAN, None)
    branches = (
        (ir.Comparison(BOOLEAN, "=", _or_zero(rows), ir.Constant(BIGINT, 0)), ir.TRUE),
        (ir.IsNull(BOOLEAN, value), unknown),
        (ir.Not(BOOLEAN, holds), ir.FALSE),
        (has_nulls, unknown),
    )
    return ir.Case(BOOLEAN, branches, holds)


def _holds(operator: str, value: ir.Expression, least: ir.Field, greatest: ir.Field) -> ir.Expression:
    low, high = reference(least), reference(greatest)
    match operator:
        case "=":
            return ir.Logical(BOOLEAN, "AND", (_compare("=", value, low), _compare("=", value, high)))
        case "<" | "<=":
            return _compare(operator, value, low)
        case _:
            return _compare(operator, value, high)


def _compare(operator: str, left: ir.Expression, right: ir.Expression) -> ir.Expression:
    return ir.Comparison(BOOLEAN, operator, left, right)


def _or_zero(field: ir.Field) -> ir.Expression:
    return ir.Coalesce(BIGINT, (reference(field), ir.Constant(BIGINT, 0)))
