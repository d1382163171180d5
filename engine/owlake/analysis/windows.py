"""Calls over a window: OVER clauses, named windows, frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from owlake.analysis.coercions import coerce
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Identifier, Position
from owlake.dialect.nodes.relations import FrameBound, WindowFrame
from owlake.errors import error
from owlake.functions.registry import Kind, Resolved
from owlake.ir import expressions as ir
from owlake.types.coercion import can_coerce
from owlake.types.comparison import is_comparable
from owlake.types.model import (
    BIGINT,
    INTERVAL_DAY_TO_SECOND,
    INTERVAL_YEAR_TO_MONTH,
    Decimal,
    Type,
    is_integer,
    is_numeric,
)

if TYPE_CHECKING:
    from owlake.analysis.expressions import ExpressionAnalyzer

_TAKES_NULL_TREATMENT = frozenset({"first_value", "last_value", "nth_value", "lead", "lag"})


def window_call(
    analyzer: ExpressionAnalyzer, node: nodes.FunctionCall, resolved: Resolved, arguments: tuple[ir.Expression, ...]
) -> ir.Expression:
    """A function over a window.

    Errors: FUNCTION_NOT_WINDOW, NULL_TREATMENT_NOT_ALLOWED, INVALID_WINDOW_FRAME and its kin.
    """
    name = node.name.names[-1]
    function = resolved.function
    if function.kind is Kind.SCALAR:
        raise error("FUNCTION_NOT_WINDOW", f"Not a window function: {name}", node.position)
    if node.distinct:
        raise error("NOT_SUPPORTED", f"DISTINCT in window function parameters not yet supported: {name}", node.position)
    if node.order_by:
        raise error("NOT_SUPPORTED", "Window function with ORDER BY is not supported", node.position)
    if node.null_treatment and name not in _TAKES_NULL_TREATMENT:
        text = f"Cannot specify null treatment clause for {name} function"
        raise error("NULL_TREATMENT_NOT_ALLOWED", text, node.position)
    assert node.window is not None
    found = _specification(analyzer, node.window)
    window = found.specification
    partition_by = found.partition_by.analyze_all(window.partition_by)
    _check_comparable(partition_by, window)
    from owlake.analysis.calls import sort_keys  # noqa: PLC0415  (calls come through here)

    order_by = sort_keys(found.order_by, window.order_by)
    if not order_by and function.kind is Kind.WINDOW and name in _NEED_ORDER:
        raise error("MISSING_ORDER_BY", f"{name} function requires an ORDER BY window clause", node.position)
    filter_ = analyzer.predicate(node.filter, "FILTER clause") if node.filter is not None else None
    if window.frame is not None and window.frame.pattern is not None:
        from owlake.analysis import pattern_windows as of  # noqa: PLC0415  (row patterns are rare)

        of.check_frame(window.frame)
        reduced, _ = of.pattern_window(found.frame, window.frame, partition_by, order_by)
        ignores = node.null_treatment == "IGNORE"
        return of.call_over(resolved, arguments, filter_, reduced, ignore_nulls=ignores)
    frame = _frame(found.frame, window.frame, order_by, window) if window.frame else None
    return ir.WindowCall(
        resolved.result(arguments),
        function,
        arguments,
        partition_by,
        order_by,
        frame,
        ignore_nulls=node.null_treatment == "IGNORE",
        filter=filter_,
    )


_NEED_ORDER: frozenset[str] = frozenset()


def measure_over(analyzer: ExpressionAnalyzer, node: nodes.MeasureOver) -> ir.Expression:
    """``name OVER w``: a measure of a window's row pattern.

    Errors: INVALID_WINDOW_MEASURE where the window defines no such measure.
    """
    from owlake.analysis import pattern_windows as of  # noqa: PLC0415  (row patterns are rare)
    from owlake.analysis.calls import sort_keys  # noqa: PLC0415  (calls come through here)

    found_window = _specification(analyzer, node.window)
    specification = found_window.specification
    partition_by = found_window.partition_by.analyze_all(specification.partition_by)
    _check_comparable(partition_by, specification)
    order_by = sort_keys(found_window.order_by, specification.order_by)
    frame = specification.frame
    found = [one for one in (frame.measures if frame else ()) if one.name.name == node.name.name]
    if frame is None or not found:
        text = f"Measure {node.name.value} is not defined in the corresponding window"
        raise error("INVALID_WINDOW_MEASURE", text, node.position)
    of.check_frame(frame)
    window, syntax = of.pattern_window(found_window.frame, frame, partition_by, order_by)
    return of.measure(found_window.frame, found[0], window, syntax)


def _check_comparable(keys: tuple[ir.Expression, ...], window: nodes.WindowSpecification) -> None:
    for key, written in zip(keys, window.partition_by, strict=True):
        if not is_comparable(key.type):
            text = f"{key.type} is not comparable, and therefore cannot be used in window function PARTITION BY"
            raise error("TYPE_MISMATCH", text, written.position)


@dataclass(frozen=True, slots=True)
class _Window:
    """A window with the named windows that it builds on worked in, and what analyses each of its parts.

    What WINDOW says is about the columns of FROM, also where ORDER BY, which sees those of SELECT, builds on it.
    """

    specification: nodes.WindowSpecification
    partition_by: ExpressionAnalyzer
    order_by: ExpressionAnalyzer
    frame: ExpressionAnalyzer


def _specification(analyzer: ExpressionAnalyzer, window: nodes.WindowSpecification | Identifier) -> _Window:
    if isinstance(window, Identifier):
        return _named(analyzer, window)
    if window.existing_window is None:
        return _Window(window, analyzer, analyzer, analyzer)
    named = _named(analyzer, window.existing_window)
    base = named.specification
    if window.partition_by:
        text = "WINDOW specification with named WINDOW reference cannot specify PARTITION BY"
        raise error("INVALID_PARTITION_BY", text, window.partition_by[0].position)
    if window.order_by and base.order_by:
        text = "Cannot specify ORDER BY if referenced named WINDOW specifies ORDER BY"
        raise error("INVALID_ORDER_BY", text, window.order_by[0].position)
    if base.frame is not None:
        text = "Cannot reference named WINDOW containing frame specification"
        raise error("INVALID_WINDOW_REFERENCE", text, window.existing_window.position)
    combined = nodes.WindowSpecification(
        window.position, None, base.partition_by, window.order_by or base.order_by, window.frame
    )
    return _Window(combined, named.partition_by, analyzer if window.order_by else named.order_by, analyzer)


def _named(analyzer: ExpressionAnalyzer, name: Identifier) -> _Window:
    windows = analyzer.windows
    found = windows.specifications.get(canonical_name(name)) if windows is not None else None
    if windows is None or found is None:
        raise error("INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {name.value}", name.position)
    return _specification(analyzer.within(windows.scope), found)


def canonical_name(name: Identifier) -> str:
    """The name of a window: in quotes, names keep their case, and others are in upper case."""
    return name.value if name.delimited else name.value.upper()


_ORDER_OF_BOUNDS = ("UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING")


def _frame(
    analyzer: ExpressionAnalyzer,
    frame: WindowFrame,
    order_by: tuple[ir.SortKey, ...],
    window: nodes.WindowSpecification,
) -> ir.Frame:
    if frame.measures or frame.skip_to or frame.search or frame.subsets or frame.definitions:
        from owlake.analysis.pattern_windows import check_frame  # noqa: PLC0415  (row patterns are rare)

        check_frame(frame)
    start = frame.start
    end = frame.end or FrameBound(frame.position, "CURRENT ROW")
    _check_bounds(start, end, frame.position)
    if frame.unit == "GROUPS" and not order_by:
        raise error("MISSING_ORDER_BY", "Window frame of type GROUPS requires ORDER BY", frame.position)
    return ir.Frame(
        frame.unit,
        (start.kind, _bound(analyzer, frame.unit, start, order_by, window)),
        (end.kind, _bound(analyzer, frame.unit, end, order_by, window)),
    )


def _check_bounds(start: FrameBound, end: FrameBound, position: Position) -> None:
    if start.kind == "UNBOUNDED FOLLOWING":
        raise error("INVALID_WINDOW_FRAME", "Window frame start cannot be UNBOUNDED FOLLOWING", position)
    if end.kind == "UNBOUNDED PRECEDING":
        raise error("INVALID_WINDOW_FRAME", "Window frame end cannot be UNBOUNDED PRECEDING", position)
    if _ORDER_OF_BOUNDS.index(start.kind) > _ORDER_OF_BOUNDS.index(end.kind):
        text = f"Window frame starting from {start.kind} cannot end with {end.kind}"
        raise error("INVALID_WINDOW_FRAME", text, position)


def _bound(
    analyzer: ExpressionAnalyzer,
    unit: str,
    bound: FrameBound,
    order_by: tuple[ir.SortKey, ...],
    window: nodes.WindowSpecification,
) -> ir.Expression | None:
    if bound.value is None:
        return None
    value = analyzer.analyze(bound.value)
    if unit != "RANGE":
        if not is_integer(value.type) and not (isinstance(value.type, Decimal) and value.type.scale == 0):
            text = f"Window frame {unit} value type must be exact numeric type with scale 0 (actual {value.type})"
            raise error("TYPE_MISMATCH", text, bound.value.position)
        return _count(value)
    if len(order_by) != 1:
        text = "Window frame of type RANGE PRECEDING or FOLLOWING requires single sort item in ORDER BY"
        text += f" (actual: {len(order_by)})" if order_by else ""
        position = window.order_by[1].position if order_by else bound.position
        code = "INVALID_ORDER_BY" if order_by else "MISSING_ORDER_BY"
        raise error(code, text if order_by else f"{text.split(' requires')[0]} requires ORDER BY", position)
    return _range_offset(value, order_by[0].value.type, bound)


def _count(value: ir.Expression) -> ir.Expression:
    """A number of rows or groups as bigint; no partition has more."""
    if not isinstance(value.type, Decimal):
        return coerce(value, BIGINT)
    if isinstance(value, ir.Constant) and value.value is not None:
        return ir.Constant(BIGINT, int(min(value.value, 2**63 - 1)))
    return ir.Cast(BIGINT, value)


def _range_offset(value: ir.Expression, key: Type, bound: FrameBound) -> ir.Expression:
    assert bound.value is not None
    if is_numeric(key):
        if not is_numeric(value.type):
            text = f"Window frame of type RANGE does not match types of the sort key ({key}) and value ({value.type})"
            raise error("TYPE_MISMATCH", text, bound.value.position)
        return coerce(value, key) if can_coerce(value.type, key) else value
    if value.type not in (INTERVAL_DAY_TO_SECOND, INTERVAL_YEAR_TO_MONTH):
        text = f"Window frame RANGE value type ({value.type}) not compatible with sort item type ({key})"
        raise error("TYPE_MISMATCH", text, bound.value.position)
    return value
