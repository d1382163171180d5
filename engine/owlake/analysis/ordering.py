"""ORDER BY of a query: keys by expression or by place in the select list."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.literals import is_literal_number
from owlake.dialect.formatter import format_expression
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Position
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.types.comparison import is_orderable


def order_keys(
    analyzer: ExpressionAnalyzer, items: Sequence[nodes.SortItem], outputs: Sequence[ir.Expression]
) -> tuple[ir.SortKey, ...]:
    """The keys of an ORDER BY; a whole number means the output column of that place."""
    keys = []
    for item in items:
        value = analyzer.analyze(item.key)
        if is_literal_number(value):
            assert isinstance(value, ir.Constant)
            value = ordinal(value.value, outputs, "ORDER BY", item.key.position)
        if not is_orderable(value.type):
            text = f"Type {value.type} is not orderable, and therefore cannot be used in ORDER BY"
            raise error("TYPE_MISMATCH", f"{text}: {format_expression(item.key)}", item.position)
        keys.append(ir.SortKey(value, item.ascending, item.nulls_first))
    return tuple(keys)


def ordinal(number: int, outputs: Sequence[ir.Expression], clause: str, position: Position) -> ir.Expression:
    """The output column at a place, counted from 1; the clause names itself in INVALID_COLUMN_REFERENCE."""
    if not 1 <= number <= len(outputs):
        text = f"{clause} position {number} is not in select list"
        raise error("INVALID_COLUMN_REFERENCE", text, position)
    return outputs[number - 1]
