"""Window calls to DataFusion SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.functions.registry import Kind
from owlake.ir import expressions as ir
from owlake.planning.aggregates import AggregateSite
from owlake.planning.sites import Site
from owlake.types.model import INTERVAL_DAY_TO_SECOND, INTERVAL_YEAR_TO_MONTH

if TYPE_CHECKING:
    from owlake.planning.expressions import ExpressionPrinter

_UNSIGNED = frozenset({"row_number", "rank", "dense_rank", "ntile"})
"""What DataFusion counts without a sign: such a number cannot be negated."""


def window_sql(printer: ExpressionPrinter, node: ir.WindowCall) -> str:
    """``function(...) OVER (...)``."""
    over = f" OVER ({_specification(printer, node)})"
    if node.function.kind is Kind.AGGREGATE:
        call = ir.Aggregation(node.type, node.function, node.arguments, node.distinct, node.filter)
        return node.function.implementation(AggregateSite(printer, call, over, slides=_slides(node.frame)))
    function = node.function.implementation(Site(printer, node.type, node.arguments))
    nulls = " IGNORE NULLS" if node.ignore_nulls else ""
    if node.function.name in _UNSIGNED:
        return f"CAST({function}{over} AS BIGINT)"
    return f"{function}{nulls}{over}"


_UNSIGNED = frozenset({"row_number", "rank", "dense_rank", "ntile"})
"""Functions whose numbers DataFusion gives without a sign."""


def _slides(frame: ir.Frame | None) -> bool:
    """Whether rows leave the frame as it moves on."""
    return frame is not None and frame.start[0] != "UNBOUNDED PRECEDING"


def _specification(printer: ExpressionPrinter, node: ir.WindowCall) -> str:
    parts = []
    if node.partition_by:
        parts.append(f"PARTITION BY {', '.join(printer.all(node.partition_by))}")
    if node.order_by:
        parts.append(f"ORDER BY {printer.sort_keys(node.order_by)}")
    if node.frame is not None:
        parts.append(_frame(printer, node.frame))
    return " ".join(parts)


def _frame(printer: ExpressionPrinter, frame: ir.Frame) -> str:
    start, end = (_bound(printer, *bound) for bound in (frame.start, frame.end))
    return f"{frame.unit} BETWEEN {start} AND {end}"


def _bound(printer: ExpressionPrinter, kind: str, value: ir.Expression | None) -> str:
    if value is None:
        return kind
    return f"{_offset(printer, value)} {kind}"


def _offset(printer: ExpressionPrinter, value: ir.Expression) -> str:
    if isinstance(value, ir.Constant):
        if value.type == INTERVAL_DAY_TO_SECOND:
            return f"INTERVAL '{value.value} milliseconds'"
        if value.type == INTERVAL_YEAR_TO_MONTH:
            return f"INTERVAL '{value.value} months'"
        return str(value.value)
    return printer.sql(value)
