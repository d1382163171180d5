"""The values of constant expressions, worked out by the engine itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from owlake.analysis.queries import QueryAnalysis
from owlake.ir import expressions as ir
from owlake.ir.relations import Project, SingleRow
from owlake.planning.folding import Evaluate
from owlake.planning.planner import plan
from owlake.types.model import BOOLEAN, DOUBLE, VARBINARY, Decimal, Type, Varchar, is_integer
from owlake.types.python_values import python_values


def python_constants(expressions: Sequence[ir.Expression], statement: int, evaluate: Evaluate) -> list[Any]:
    """The values as cursors give them. ``statement`` keeps names apart, ``evaluate`` runs a plan."""
    known = [_known(one) for one in expressions]
    unknown = [one for one, constant in zip(expressions, known, strict=True) if constant is None]
    values = iter(_computed(unknown, statement, evaluate) if unknown else ())
    return [next(values) if constant is None else constant.value for constant in known]


def _known(expression: ir.Expression) -> ir.Constant | None:
    """The expression, if it is a constant that holds Python's own value."""
    if isinstance(expression, ir.Constant) and (expression.value is None or _is_plain(expression.type)):
        return expression
    return None


def _is_plain(type_: Type) -> bool:
    return type_ in (BOOLEAN, DOUBLE, VARBINARY) or is_integer(type_) or isinstance(type_, Varchar | Decimal)


def _computed(expressions: Sequence[ir.Expression], statement: int, evaluate: Evaluate) -> list[Any]:
    fields = tuple(ir.Field(f"c{index}", one.type) for index, one in enumerate(expressions))
    relation = Project(fields, SingleRow(()), tuple(zip(fields, expressions, strict=True)))
    headers = tuple(field.name for field in fields)
    row = evaluate(plan(QueryAnalysis(relation, headers, (True,) * len(fields)), statement, evaluate))
    columns = zip(row.combine_chunks().columns, expressions, strict=True)
    return [python_values(column.combine_chunks(), one.type)[0] for column, one in columns]
