"""Lifting window calls out of expressions: one Window relation below, references to its columns above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from owlake.analysis.scope import reference
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.patterns import PatternCall, WindowMeasure, over_in
from owlake.ir.relations import Relation, Window
from owlake.ir.rewriting import rewrite


def lift_windows(
    relation: Relation, values: Sequence[ir.Expression], keys: tuple[ir.SortKey, ...]
) -> tuple[Relation, list[ir.Expression], tuple[ir.SortKey, ...]]:
    """The relation with the window calls of values and sort keys computed, and both over its columns.

    Errors: NESTED_WINDOW.
    """
    relation, found = _patterns_lifted(relation, [*values, *(key.value for key in keys)])
    values = found[: len(values)]
    keys = tuple(replace(key, value=value) for key, value in zip(keys, found[len(values) :], strict=True))
    calls: dict[ir.Expression, ir.Field] = {}
    for expression in (*values, *(key.value for key in keys)):
        for part in ir.walk(expression):
            if isinstance(part, ir.WindowCall) and part not in calls:
                _refuse_nested(part)
                calls[part] = ir.Field(part.function.name, part.type)
    if not calls:
        return relation, list(values), keys
    lifted = tuple((field, call) for call, field in calls.items() if isinstance(call, ir.WindowCall))
    window = Window((*relation.fields, *(field for field, _ in lifted)), relation, lifted)

    def above(expression: ir.Expression) -> ir.Expression:
        return rewrite(
            expression,
            lambda part: reference(calls[part]) if part in calls else part,
            descend=lambda part: part not in calls,
        )

    return (
        window,
        [above(value) for value in values],
        tuple(ir.SortKey(above(key.value), key.ascending, key.nulls_first) for key in keys),
    )


def _patterns_lifted(relation: Relation, expressions: list[ir.Expression]) -> tuple[Relation, list[ir.Expression]]:
    if not any(isinstance(part, WindowMeasure | PatternCall) for one in expressions for part in ir.walk(one)):
        return relation, expressions
    from owlake.analysis.pattern_windows import lift_pattern_windows  # noqa: PLC0415  (row patterns are rare)

    return lift_pattern_windows(relation, expressions)


def _refuse_nested(call: ir.WindowCall) -> None:
    if any(over_in(argument) for argument in call.arguments):
        text = "Cannot nest window functions or row pattern measures inside window function arguments"
        raise error("NESTED_WINDOW", text)
