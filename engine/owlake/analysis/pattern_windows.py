"""Row patterns in windows: a frame reduced to a match, and measures over it.

https://trino.io/docs/current/sql/pattern-recognition-in-window.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from owlake.analysis.coercions import coerce
from owlake.analysis.pattern_lowering import Columns, Pointers, definition
from owlake.analysis.pattern_scope import PatternContext, PatternScope, label_of
from owlake.analysis.pattern_syntax import Syntax, read, refuse_nesting
from owlake.analysis.scope import reference
from owlake.dialect.nodes import patterns as pattern_nodes
from owlake.dialect.nodes.relations import WindowFrame
from owlake.dialect.traversal import walk
from owlake.errors import error
from owlake.functions.overloads import Resolved
from owlake.functions.registry import Kind
from owlake.ir import expressions as ir
from owlake.ir.patterns import (
    AggregatePointer,
    PatternCall,
    PatternRecognition,
    PatternWindow,
    Place,
    Pointer,
    WindowMeasure,
    order_of,
)
from owlake.ir.relations import Relation
from owlake.ir.rewriting import rewrite
from owlake.types.model import BOOLEAN, UNKNOWN

if TYPE_CHECKING:
    from owlake.analysis.expressions import ExpressionAnalyzer

FRAMED = frozenset({"first_value", "last_value", "nth_value"})
"""Window functions over the frame; the others are over the partition, whatever the frame is."""


def check_frame(frame: WindowFrame) -> None:
    """The clauses of row patterns in a frame, against each other.

    Errors: MISSING_ROW_PATTERN, INVALID_WINDOW_FRAME, MISSING_VARIABLE_DEFINITIONS, INVALID_ROW_PATTERN.
    """
    if frame.pattern is None:
        _check_no_pattern(frame)
        return
    if frame.unit != "ROWS":
        raise error("INVALID_WINDOW_FRAME", "Pattern recognition requires ROWS frame type", frame.position)
    if frame.end is None:
        text = "Pattern recognition requires frame specified as BETWEEN"
        raise error("INVALID_WINDOW_FRAME", text, frame.position)
    if frame.start.kind != "CURRENT ROW":
        text = "Pattern recognition requires frame starting at CURRENT ROW"
        raise error("INVALID_WINDOW_FRAME", text, frame.start.position)
    if not frame.definitions:
        text = "Pattern recognition requires primary pattern variable definitions"
        raise error("MISSING_VARIABLE_DEFINITIONS", text, frame.position)
    for one in walk(frame.pattern):
        if isinstance(one, pattern_nodes.PatternAnchor):
            raise error("INVALID_ROW_PATTERN", "Anchor pattern syntax is not allowed in window", one.position)


def _check_no_pattern(frame: WindowFrame) -> None:
    for what, present in (
        ("Row pattern measures require", bool(frame.measures)),
        ("AFTER MATCH SKIP clause requires", frame.skip_to is not None),
        (f"{frame.search} modifier requires", frame.search is not None),
        ("Union variable definitions require", bool(frame.subsets)),
        ("Primary pattern variable definitions require", bool(frame.definitions)),
    ):
        if present:
            raise error("MISSING_ROW_PATTERN", f"{what} PATTERN clause", frame.position)


def pattern_window(
    analyzer: ExpressionAnalyzer,
    frame: WindowFrame,
    partition_by: tuple[ir.Expression, ...],
    order_by: tuple[ir.SortKey, ...],
) -> tuple[PatternWindow, Syntax]:
    """The window that a frame with PATTERN makes, and its clauses as read."""
    assert frame.pattern is not None
    refuse_nesting(*(one.expression for one in frame.measures), *(one.condition for one in frame.definitions))
    syntax = read(frame.pattern, frame.subsets, frame.definitions, frame.skip_to)
    conditions = []
    for one in frame.definitions:
        condition = _inside(analyzer, syntax, in_define=True).analyze(one.condition)
        if condition.type not in (BOOLEAN, UNKNOWN):
            text = f"Expression defining a label must be boolean (actual type: {condition.type})"
            raise error("TYPE_MISMATCH", text, one.condition.position)
        conditions.append(coerce(condition, BOOLEAN))
    labels = tuple(label_of(one.name) for one in frame.definitions)
    window = PatternWindow(
        UNKNOWN,
        partition_by,
        order_by,
        _length(analyzer, frame),
        syntax.pattern,
        labels,
        tuple(conditions),
        syntax.skip,
        frame.search == "SEEK",
    )
    return window, syntax


def _length(analyzer: ExpressionAnalyzer, frame: WindowFrame) -> int | None:
    """How many rows behind the current one the frame has; None for all."""
    end = frame.end
    assert end is not None
    if end.kind == "UNBOUNDED FOLLOWING":
        return None
    if end.kind == "CURRENT ROW":
        return 0
    value = ir.constant_value(analyzer.analyze(end.value)) if end.value is not None else None
    if end.kind != "FOLLOWING" or not isinstance(value, int):
        text = "Pattern recognition requires a frame that ends a constant number of rows behind the current one"
        raise error("NOT_SUPPORTED", text, end.position)
    return value


def _inside(analyzer: ExpressionAnalyzer, syntax: Syntax, *, in_define: bool) -> ExpressionAnalyzer:
    context = PatternContext(syntax.labels, in_define=in_define)
    scope = analyzer.scope
    return analyzer.in_pattern(PatternScope(scope.fields, scope.outer, context), context)


def measure(
    analyzer: ExpressionAnalyzer, written: pattern_nodes.MeasureDefinition, window: PatternWindow, syntax: Syntax
) -> ir.Expression:
    """``name OVER w``, with the measure of that name found."""
    value = _inside(analyzer, syntax, in_define=False).analyze(written.expression)
    return WindowMeasure(value.type, value, window)


def call_over(
    resolved: Resolved,
    arguments: tuple[ir.Expression, ...],
    filter_: ir.Expression | None,
    window: PatternWindow,
    *,
    ignore_nulls: bool,
) -> ir.Expression:
    """A function over the reduced frame; those that no frame concerns are over the partition."""
    function = resolved.function
    type_ = resolved.result(arguments)
    if function.kind is Kind.AGGREGATE or function.name in FRAMED:
        return PatternCall(type_, function, arguments, filter_, ignore_nulls, window)
    return ir.WindowCall(
        type_,
        function,
        arguments,
        window.partition_by,
        window.order_by,
        None,
        ignore_nulls=ignore_nulls,
        filter=filter_,
    )


# Lifting ------------------------------------------------------------------------------------------------

_OVER_PATTERN = (WindowMeasure, PatternCall)


def lift_pattern_windows(
    relation: Relation, expressions: Sequence[ir.Expression]
) -> tuple[Relation, list[ir.Expression]]:
    """The relation with the matches of windows beside its rows, and the expressions over them."""
    windows = dict.fromkeys(
        part.window for one in expressions for part in ir.walk(one) if isinstance(part, WindowMeasure | PatternCall)
    )
    lifted = list(expressions)
    for window in windows:
        relation, lifted = _lifted(relation, lifted, window)
    return relation, lifted


def _lifted(
    relation: Relation, expressions: Sequence[ir.Expression], window: PatternWindow
) -> tuple[Relation, list[ir.Expression]]:
    columns = Columns()
    passed = tuple((field, columns.index(reference(field))) for field in relation.fields)
    definitions = tuple(
        definition(label, condition, columns) for label, condition in zip(window.labels, window.conditions, strict=True)
    )
    places = {key.value: columns.index(key.value) for key in window.order_by}
    pointers = Pointers(columns)

    def replaced(part: ir.Expression) -> ir.Expression:
        if isinstance(part, WindowMeasure) and part.window == window:
            return pointers.lowered(part.value)
        if isinstance(part, PatternCall) and part.window == window:
            return reference(pointers.field(_at(part, columns) or _framed(part, columns), part.type))
        return part

    lifted = [rewrite(one, replaced, descend=lambda part: not isinstance(part, _OVER_PATTERN)) for one in expressions]
    keys = tuple((ir.Field("key", value.type), value) for value in window.partition_by)
    fields = (*(field for field, _ in keys), *relation.fields, *(field for field, _ in pointers.assignments))
    recognition = PatternRecognition(
        fields,
        relation,
        keys,
        tuple(columns.assignments),
        order_of(window.order_by, places),
        window.pattern,
        definitions,
        "WINDOW",
        window.skip,
        passed,
        pointers.assignments,
        frame=window.frame,
        seek=window.seek,
    )
    return recognition, lifted


def _at(call: PatternCall, columns: Columns) -> Pointer | None:
    """FIRST_VALUE and its kin as a row of the match, where every row counts."""
    if call.function.name not in FRAMED or call.ignore_nulls or call.filter is not None:
        return None
    place = Place(None, call.function.name == "last_value", running=False)
    if call.function.name == "nth_value":
        number = ir.constant_value(call.arguments[1])
        if not isinstance(number, int) or number < 1:
            return None
        place = replace(place, offset=number - 1)
    return Pointer(columns.index(call.arguments[0]), place)


def _framed(call: PatternCall, columns: Columns) -> AggregatePointer:
    how = call.function.collected
    if how is None:
        text = f"Function {call.function.name} over a window with a row pattern is not supported yet"
        raise error("NOT_SUPPORTED", text)
    parameters: dict[int, ir.Field] = {}
    arguments: list[ir.Expression] = []
    for argument in call.arguments:
        if isinstance(argument, ir.Constant):
            arguments.append(argument)
            continue
        index = columns.index(argument)
        arguments.append(reference(parameters.setdefault(index, ir.Field("part", argument.type))))
    kept = tuple((field, index) for index, field in parameters.items())
    where = None if call.filter is None else columns.index(call.filter)
    nulls = False if call.ignore_nulls else None
    return AggregatePointer(call.function, call.type, tuple(arguments), kept, None, nulls, where, framed=True)
