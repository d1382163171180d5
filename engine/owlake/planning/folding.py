"""Constants: what does not depend on a row is computed ahead, by the engine itself, so that it means the same.

``dt >= CAST(current_date - INTERVAL '7' DAY AS varchar)`` says as much of a partition key as a literal does, once its
right side is one. And what could fail, but is known not to, needs no guard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from owlake.errors import OwlakeError
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import change_all_relations, change_expressions, rewrite
from owlake.ir.walking import all_relations, expressions_of, relations_in
from owlake.planning.expressions import ExpressionPrinter
from owlake.planning.plan import Plan, ResultColumn
from owlake.planning.raising import can_raise
from owlake.planning.udfs import KernelFunctions
from owlake.types.arrow import arrow_type
from owlake.types.model import Type

_ordinals = iter(range(1, 1 << 62))


Evaluate = Callable[[Plan], pa.Table]


def fold(conjuncts: Sequence[ir.Expression], evaluate: Evaluate) -> tuple[ir.Expression, ...]:
    """The conditions with their constant parts computed. What fails stays, and fails when a row asks for it."""
    parts = list(dict.fromkeys(part for conjunct in conjuncts for part in _constant_parts(conjunct)))
    if not parts:
        return tuple(conjuncts)
    try:
        row = evaluate(_plan(parts))
    except OwlakeError:
        return tuple(conjuncts)
    values = {part: constant_of_array(part.type, row.column(index)) for index, part in enumerate(parts)}
    return tuple(
        rewrite(one, lambda part: values.get(part, part), descend=lambda part: part not in values) for one in conjuncts
    )


def fold_all(relation: nodes.Relation, evaluate: Evaluate) -> nodes.Relation:
    """The relation with every constant part that might fail computed; what does fail stays as it is."""
    parts = dict.fromkeys(
        part
        for one in all_relations(relation)
        for expression in expressions_of(one)
        for part in _constant_parts(expression)
        if can_raise(part)
    )
    values = _values(list(parts), evaluate)
    if not values:
        return relation

    def folded(expression: ir.Expression) -> ir.Expression:
        return rewrite(expression, lambda part: values.get(part, part), descend=lambda part: part not in values)

    return change_all_relations(relation, lambda one: change_expressions(one, folded))


def _values(parts: list[ir.Expression], evaluate: Evaluate) -> dict[ir.Expression, ir.Constant]:
    """The values of constant parts; they are remembered, the same part of another statement is worked out once."""
    unknown = [part for part in parts if part not in _REMEMBERED]
    if len(_REMEMBERED) > _MOST_REMEMBERED:
        _REMEMBERED.clear()
    _REMEMBERED.update(zip(unknown, _evaluated(unknown, evaluate), strict=True))
    return {part: value for part in parts if (value := _REMEMBERED.get(part)) is not None}


def _evaluated(parts: list[ir.Expression], evaluate: Evaluate) -> list[ir.Constant | None]:
    """Each part's value; None for those that fail."""
    if not parts:
        return []
    try:
        row = evaluate(_plan(parts))
    except OwlakeError:
        if len(parts) == 1:
            return [None]
        middle = len(parts) // 2
        return [*_evaluated(parts[:middle], evaluate), *_evaluated(parts[middle:], evaluate)]
    return [constant_of_array(part.type, row.column(index)) for index, part in enumerate(parts)]


_MOST_REMEMBERED = 10_000
_REMEMBERED: dict[ir.Expression, ir.Constant | None] = {}


def _constant_parts(expression: ir.Expression) -> list[ir.Expression]:
    """The largest parts that depend on no row and are no constants yet."""
    return _inspected(expression)[1]


def _inspected(expression: ir.Expression) -> tuple[bool, list[ir.Expression]]:
    """Whether the expression depends on no row; the largest constant parts of it, itself if it is one."""
    if isinstance(expression, ir.Reference):
        return False, []
    inside = [_inspected(child) for child in ir.children(expression)]
    fixed = all(one for one, _ in inside) and _is_fixed(expression)
    if isinstance(expression, ir.Constant | ir.Lambda):
        return fixed, []
    if fixed and _is_foldable(expression):
        return True, [expression]
    return fixed, [part for _, parts in inside for part in parts]


def _is_fixed(expression: ir.Expression) -> bool:
    """Whether nothing but the expressions inside of it changes its value."""
    if isinstance(expression, ir.Call) and not expression.function.deterministic:
        return False
    return not any(True for _ in relations_in(expression))


def _is_foldable(expression: ir.Expression) -> bool:
    return isinstance(expression, ir.Call | ir.Cast | ir.Case | ir.Coalesce) and not pa.types.is_nested(
        arrow_type(expression.type)
    )


def _plan(parts: Sequence[ir.Expression]) -> Plan:
    kernels = KernelFunctions(f"folded{next(_ordinals)}")
    printer = ExpressionPrinter({}, kernels, lambda *_: "")
    shown = ", ".join(f"{printer.sql(part)} AS c{index}" for index, part in enumerate(parts))
    columns = tuple(ResultColumn(f"c{index}", part.type) for index, part in enumerate(parts))
    return Plan(f"SELECT {shown}", columns, {}, {}, kernels.by_name)


def constant_of_array(type_: Type, column: pa.ChunkedArray) -> ir.Constant:
    """The first value of a column as a constant, in the form that constants hold values."""
    value: Any = column[0]
    if pa.types.is_temporal(column.type) and not pa.types.is_date64(column.type):
        width = pa.int32() if column.type.bit_width == 32 else pa.int64()
        value = column.cast(width)[0]
    return ir.Constant(type_, value.as_py())
