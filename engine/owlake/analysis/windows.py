"""Calls over a window: OVER clauses, named windows, frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from owlake.analysis.coercions import coerce
from owlake.analysis.expressions import ExpressionAnalyzer, NamedWindows
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.base import Identifier, Position
from owlake.dialect.nodes.relations import FrameBound, WindowDefinition, WindowFrame
from owlake.errors import error
from owlake.functions.overloads import Resolved
from owlake.functions.registry import Kind
from owlake.ir import expressions as ir
from owlake.ir.patterns import over_in
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
    partition_by, order_by = _keys(found)
    if name in _OFFSET:
        _check_offset(name, node.window, window)
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


_OFFSET = frozenset({"lag", "lead"})


def _check_offset(
    name: str, written: nodes.WindowSpecification | Identifier, window: nodes.WindowSpecification
) -> None:
    """LAG and LEAD count rows of the whole partition, in its order."""
    if not window.order_by:
        raise error("MISSING_ORDER_BY", f"{name} function requires an ORDER BY window clause", written.position)
    if window.frame is not None:
        text = f"Cannot specify window frame for {name} function"
        raise error("INVALID_WINDOW_FRAME", text, window.frame.position)


def measure_over(analyzer: ExpressionAnalyzer, node: nodes.MeasureOver) -> ir.Expression:
    """``name OVER w``: a measure of a window's row pattern.

    Errors: INVALID_WINDOW_MEASURE where the window defines no such measure.
    """
    from owlake.analysis import pattern_windows as of  # noqa: PLC0415  (row patterns are rare)

    found_window = _specification(analyzer, node.window)
    specification = found_window.specification
    partition_by, order_by = _keys(found_window)
    frame = specification.frame
    found = [one for one in (frame.measures if frame else ()) if one.name.name == node.name.name]
    if frame is None or not found:
        text = f"Measure {node.name.value} is not defined in the corresponding window"
        raise error("INVALID_WINDOW_MEASURE", text, node.position)
    of.check_frame(frame)
    window, syntax = of.pattern_window(found_window.frame, frame, partition_by, order_by)
    return of.measure(found_window.frame, found[0], window, syntax)


Part = tuple[ir.Expression, Node]
"""A value in a window, and where it is written."""


def named_windows(
    definitions: Sequence[WindowDefinition], analyzer: ExpressionAnalyzer
) -> tuple[NamedWindows, list[Part]]:
    """What WINDOW defines, used or not, each by what stands before it; and the values in it.

    Errors: DUPLICATE_WINDOW_NAME, and those of windows.
    """
    windows = NamedWindows({}, analyzer.scope)
    parts: list[Part] = []
    for definition in definitions:
        name = canonical_name(definition.name)
        if name in windows.specifications:
            text = f"WINDOW name '{definition.name.value}' specified more than once"
            raise error("DUPLICATE_WINDOW_NAME", text, definition.position)
        found = _specification(analyzer.with_windows(windows), definition.window)
        parts.extend(_parts(found, definition.window))
        windows = NamedWindows({**windows.specifications, name: definition.window}, analyzer.scope)
    return windows, parts


def _parts(found: _Window, written: nodes.WindowSpecification) -> list[Part]:
    """The values that a definition has itself; those of the window that it builds on were met with that."""
    partition_by, order_by = _keys(found)
    parts: list[Part] = list(zip(partition_by, written.partition_by, strict=False))
    parts.extend((key.value, item.key) for key, item in zip(order_by, written.order_by, strict=False))
    frame = written.frame
    if frame is None:
        return parts
    if frame.pattern is not None:
        from owlake.analysis import pattern_windows as of  # noqa: PLC0415  (row patterns are rare)

        of.check_frame(frame)
        window, syntax = of.pattern_window(found.frame, frame, partition_by, order_by)
        for one in frame.measures:
            of.measure(found.frame, one, window, syntax)
        return parts
    bounds = _frame(found.frame, frame, order_by, found.specification)
    for (_, value), bound in ((bounds.start, frame.start), (bounds.end, frame.end)):
        if value is not None and bound is not None and bound.value is not None:
            parts.append((value, bound.value))
    return parts


def _keys(window: _Window) -> tuple[tuple[ir.Expression, ...], tuple[ir.SortKey, ...]]:
    """PARTITION BY and ORDER BY of a window."""
    from owlake.analysis.calls import sort_keys  # noqa: PLC0415  (calls come through here)

    specification = window.specification
    partition_by = window.partition_by.analyze_all(specification.partition_by)
    for key, written in zip(partition_by, specification.partition_by, strict=True):
        if not is_comparable(key.type):
            text = f"{key.type} is not comparable, and therefore cannot be used in window function PARTITION BY"
            raise error("TYPE_MISMATCH", text, written.position)
        _refuse_window(key, written)
    order_by = sort_keys(window.order_by, specification.order_by, _NO_ORDER)
    for sort_key, item in zip(order_by, specification.order_by, strict=True):
        _refuse_window(sort_key.value, item.key)
    return partition_by, order_by


_NO_ORDER = "{} is not orderable, and therefore cannot be used in window function ORDER BY"


def _refuse_window(value: ir.Expression, written: Node) -> None:
    if over_in(value):
        text = "Cannot nest window functions or row pattern measures inside window specification"
        raise error("NESTED_WINDOW", text, written.position)


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
    return ir.Frame(
        # Without an order all rows are peers, as groups or not.
        frame.unit if order_by or frame.unit == "ROWS" else "RANGE",
        (start.kind, _bound(analyzer, frame.unit, start, "start", order_by, window)),
        (end.kind, _bound(analyzer, frame.unit, end, "end", order_by, window)),
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
    which: str,
    order_by: tuple[ir.SortKey, ...],
    window: nodes.WindowSpecification,
) -> ir.Expression | None:
    if bound.value is None:
        return None
    if unit != "ROWS":
        _check_order(unit, order_by, window)
    value = analyzer.analyze(bound.value)
    _refuse_window(value, bound.value)
    if unit == "RANGE":
        return _range_offset(value, order_by[0].value.type, bound)
    if not is_integer(value.type) and not (isinstance(value.type, Decimal) and value.type.scale == 0):
        text = f"Window frame {unit} {which} value type must be exact numeric type with scale 0 (actual {value.type})"
        raise error("TYPE_MISMATCH", text, bound.value.position)
    return _count(value)


def _check_order(unit: str, order_by: tuple[ir.SortKey, ...], window: nodes.WindowSpecification) -> None:
    """The order that an offset in a frame is about."""
    what = f"Window frame of type {unit} PRECEDING or FOLLOWING requires"
    if not order_by:
        raise error("MISSING_ORDER_BY", f"{what} ORDER BY", window.position)
    if unit == "GROUPS":
        return
    if len(order_by) != 1:
        text = f"{what} single sort item in ORDER BY (actual: {len(order_by)})"
        raise error("INVALID_ORDER_BY", text, window.order_by[0].position)
    type_ = order_by[0].value.type
    if not is_numeric(type_) and type_.base not in _MOMENTS:
        text = f"{what} that sort item type be numeric, datetime or interval (actual: {type_})"
        raise error("TYPE_MISMATCH", text, window.order_by[0].key.position)


_MOMENTS = frozenset(
    (
        *("date", "time", "time with time zone", "timestamp", "timestamp with time zone"),
        *(INTERVAL_DAY_TO_SECOND.base, INTERVAL_YEAR_TO_MONTH.base),
    )
)


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
            text = f"Window frame RANGE value type ({value.type}) not compatible with sort item type ({key})"
            raise error("TYPE_MISMATCH", text, bound.value.position)
        return coerce(value, key) if can_coerce(value.type, key) else value
    if value.type not in (INTERVAL_DAY_TO_SECOND, INTERVAL_YEAR_TO_MONTH):
        text = f"Window frame RANGE value type ({value.type}) not compatible with sort item type ({key})"
        raise error("TYPE_MISMATCH", text, bound.value.position)
    return value
