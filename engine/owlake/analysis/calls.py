"""Function calls: overloads, lambdas, aggregates, windows and casts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from owlake.analysis.aggregation import refuse_aggregates
from owlake.analysis.coercions import coerce
from owlake.analysis.conditionals import SPECIAL_FORMS
from owlake.analysis.expressions import ExpressionAnalyzer, analyses
from owlake.analysis.literals import days_of, microseconds_of
from owlake.analysis.scope import LambdaScope, OutputScope
from owlake.analysis.types import resolve_type
from owlake.analysis.windows import measure_over, window_call
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Position
from owlake.dialect.nodes.relations import SortItem
from owlake.errors import error
from owlake.functions.binding import LambdaArgument
from owlake.functions.overloads import Resolved
from owlake.functions.registry import Kind
from owlake.ir import expressions as ir
from owlake.types.casts import can_cast
from owlake.types.coercion import can_coerce
from owlake.types.comparison import is_orderable
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    Function,
    Row,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    is_text,
)
from owlake.types.model import Array as ArrayType
from owlake.types.text import InvalidTextError, parse_timestamp

if TYPE_CHECKING:
    from owlake.analysis.pattern_scope import PatternContext

# What Athena takes (https://docs.aws.amazon.com/athena/latest/ug/other-notable-limitations.html).
_MAX_ARGUMENTS = 127


@analyses(nodes.FunctionCall)
def _call(analyzer: ExpressionAnalyzer, node: nodes.FunctionCall) -> ir.Expression:
    name = node.name.names[-1]
    if name in SPECIAL_FORMS and len(node.name.parts) == 1:
        return SPECIAL_FORMS[name](analyzer, node)
    if len(node.arguments) > _MAX_ARGUMENTS and not node.chain:
        text = f"Too many arguments for function call {name}()"
        analyzer.context.tolerate(error("TOO_MANY_ARGUMENTS", text, node.position))
    if analyzer.pattern is not None:
        found = _in_pattern(analyzer, analyzer.pattern, node, name)
        if found is not None:
            return found
    elif node.processing_mode is not None:
        text = f"{node.processing_mode} semantics is not supported out of pattern recognition context"
        raise error("INVALID_PROCESSING_MODE", text, node.position)
    call = ArgumentAnalyzer(_inside_aggregate(analyzer, _NO_OUTPUT) if _aggregates(analyzer, node) else analyzer, node)
    if node.chain and (chained := call.concatenated()) is not None:
        return chained
    resolved = call.resolve(name)
    arguments = call.coerced(resolved)
    if node.window is not None:
        return window_call(analyzer, node, resolved, arguments)
    match resolved.function.kind:
        case Kind.AGGREGATE:
            return _aggregation(analyzer, node, resolved, arguments)
        case Kind.WINDOW:
            raise error("MISSING_OVER", f"Window function {name} must have an OVER clause", node.position)
        case _:
            return _scalar(analyzer, node, resolved, arguments)


@analyses(nodes.MeasureOver)
def _measure_over(analyzer: ExpressionAnalyzer, node: nodes.MeasureOver) -> ir.Expression:
    return measure_over(analyzer, node)


def _in_pattern(
    analyzer: ExpressionAnalyzer, context: PatternContext, node: nodes.FunctionCall, name: str
) -> ir.Expression | None:
    """A call that means something of its own in a row pattern, or None."""
    from owlake.analysis import pattern_functions as of  # noqa: PLC0415  (row patterns are rare)

    if name in of.NAMES and len(node.name.parts) == 1:
        return of.pattern_call(analyzer, context, node)
    if node.window is not None:
        text = "Cannot nest window functions or row pattern measures inside pattern recognition expression"
        raise error("NESTED_WINDOW", text, node.position)
    if not of.is_aggregate(analyzer, name):
        if node.processing_mode is not None:
            text = f"{node.processing_mode} semantics is supported only for FIRST(), LAST() and aggregation functions"
            raise error("INVALID_PROCESSING_MODE", f"{text}. Actual: {name}", node.position)
        return None
    inner = of.aggregate_analyzer(analyzer, context)
    assert inner.pattern is not None
    call = ArgumentAnalyzer(inner, node)
    resolved = call.resolve(name)
    return of.pattern_aggregation(context, inner.pattern, node, resolved, call.coerced(resolved))


def _scalar(
    analyzer: ExpressionAnalyzer, node: nodes.FunctionCall, resolved: Resolved, arguments: tuple[ir.Expression, ...]
) -> ir.Expression:
    name = node.name.names[-1]
    for clause, written in (("DISTINCT", node.distinct), ("ORDER BY", node.order_by), ("FILTER", node.filter)):
        if written:
            text = f"{clause} is not supported for non-aggregate functions: {name}"
            if clause == "FILTER":
                text = f"Filter is only valid for aggregation functions: {name}"
            raise error("FUNCTION_NOT_AGGREGATE", text, node.position)
    return _resolved_call(analyzer, resolved, arguments)


def _resolved_call(
    analyzer: ExpressionAnalyzer, resolved: Resolved, arguments: tuple[ir.Expression, ...]
) -> ir.Expression:
    type_ = resolved.result(arguments)
    if resolved.function.starts:
        start = ir.Constant(BIGINT, microseconds_of(analyzer.context.query_start))
        arguments = (*arguments, start)
    return ir.Call(type_, resolved.function, arguments)


class ArgumentAnalyzer:
    """The arguments of one call: lambdas wait until the overload says what their parameters are."""

    def __init__(self, analyzer: ExpressionAnalyzer, node: nodes.FunctionCall) -> None:
        self._analyzer = analyzer
        self._node = node
        self._written = node.arguments
        self._values = [
            None if isinstance(argument, nodes.Lambda) else analyzer.analyze(argument) for argument in self._written
        ]
        self._lambdas: dict[tuple[int, tuple[Type, ...]], ir.Lambda] = {}

    def resolve(self, name: str) -> Resolved:
        """The overload that these arguments mean."""
        types = [
            LambdaArgument(len(written.parameters)) if isinstance(written, nodes.Lambda) else value.type  # type: ignore[union-attr]
            for written, value in zip(self._written, self._values, strict=True)
        ]
        return self._analyzer.context.registry.resolve(
            name, types, position=self._node.position, type_lambda=self._lambda_type
        )

    def concatenated(self) -> ir.Expression | None:
        """A chain of ``||`` over arrays and elements, two at a time; the parser makes one call of it."""
        values = [value for value in self._values if value is not None]
        arrays = [isinstance(value.type, ArrayType) for value in values]
        if len(values) <= 2 or all(arrays) or not any(arrays[:2]):
            return None
        joined = values[0]
        for value in values[1:]:
            joined = call(self._analyzer, "concat", (joined, value), self._node.position)
        return joined

    def _lambda_type(self, index: int, parameters: tuple[Type, ...]) -> Type:
        return self._lambda(index, parameters).body.type

    def _lambda(self, index: int, parameters: tuple[Type, ...]) -> ir.Lambda:
        key = (index, parameters)
        if key not in self._lambdas:
            node = self._written[index]
            assert isinstance(node, nodes.Lambda)
            names = [name.name for name in node.parameters]
            inner = LambdaScope(list(zip(names, parameters, strict=True)), self._analyzer.scope)
            body = self._analyzer.within(inner).analyze(node.body)
            refuse_aggregates(body, "Lambda expression", node.body)
            self._lambdas[key] = ir.Lambda(Function(parameters, body.type), inner.parameters, body)
        return self._lambdas[key]

    def coerced(self, resolved: Resolved) -> tuple[ir.Expression, ...]:
        """The arguments in the types that the overload takes."""
        return tuple(
            self._coerced_lambda(index, type_) if value is None else coerce(value, type_)
            for index, (value, type_) in enumerate(zip(self._values, resolved.arguments, strict=True))
        )

    def _coerced_lambda(self, index: int, type_: Type) -> ir.Expression:
        assert isinstance(type_, Function)
        found = self._lambda(index, type_.arguments)
        return ir.Lambda(type_, found.parameters, coerce(found.body, type_.result))


@analyses(nodes.Lambda)
def _stray_lambda(_: ExpressionAnalyzer, node: nodes.Lambda) -> ir.Expression:
    raise error("TYPE_MISMATCH", "Lambda expression should always be used inside a function", node.position)


# Aggregates ---------------------------------------------------------------------------------------------


def _aggregation(
    analyzer: ExpressionAnalyzer, node: nodes.FunctionCall, resolved: Resolved, arguments: tuple[ir.Expression, ...]
) -> ir.Expression:
    if node.null_treatment:
        name = node.name.names[-1]
        raise error(
            "NULL_TREATMENT_NOT_ALLOWED", f"Cannot specify null treatment clause for {name} function", node.position
        )
    filter_, order_by = _filter_and_order(analyzer, node)
    if node.distinct and any(key.value not in arguments for key in order_by):
        text = "For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments"
        raise error("EXPRESSION_NOT_IN_DISTINCT", text, node.position)
    return ir.Aggregation(resolved.result(arguments), resolved.function, arguments, node.distinct, filter_, order_by)


def _aggregates(analyzer: ExpressionAnalyzer, node: nodes.FunctionCall) -> bool:
    overloads = analyzer.context.registry.overloads(node.name.names[-1])
    return node.window is None and any(one.kind is Kind.AGGREGATE for one in overloads)


_NO_OUTPUT = "Invalid reference to output projection attribute from ORDER BY aggregation"
_NO_OUTPUT_IN_ORDER = "ORDER BY clause in aggregation function must not reference query output columns"


def _inside_aggregate(analyzer: ExpressionAnalyzer, refusal: str) -> ExpressionAnalyzer:
    """An aggregate in ORDER BY is over the rows of FROM: what SELECT makes of them cannot be in it."""
    scope = analyzer.scope
    return analyzer.within(scope.refusing(refusal)) if isinstance(scope, OutputScope) else analyzer


def _filter_and_order(
    analyzer: ExpressionAnalyzer, node: nodes.FunctionCall | nodes.Listagg
) -> tuple[ir.Expression | None, tuple[ir.SortKey, ...]]:
    inside = _inside_aggregate(analyzer, _NO_OUTPUT)
    filter_ = None if node.filter is None else inside.predicate(node.filter, "FILTER clause")
    return filter_, sort_keys(_inside_aggregate(analyzer, _NO_OUTPUT_IN_ORDER), node.order_by)


def sort_keys(
    analyzer: ExpressionAnalyzer,
    items: Sequence[SortItem],
    refusal: str = "ORDER BY can only be applied to orderable types (actual: {})",
) -> tuple[ir.SortKey, ...]:
    """Sort items inside a call or a window; whole numbers there are values, not ordinals."""
    keys = []
    for item in items:
        value = analyzer.analyze(item.key)
        if not is_orderable(value.type):
            raise error("TYPE_MISMATCH", refusal.format(value.type), item.key.position)
        keys.append(ir.SortKey(value, item.ascending, item.nulls_first))
    return tuple(keys)


_MAX_GROUPING_COLUMNS = 63


@analyses(nodes.Grouping)
def _grouping(analyzer: ExpressionAnalyzer, node: nodes.Grouping) -> ir.Expression:
    from owlake.types.model import BIGINT, INTEGER  # noqa: PLC0415

    if len(node.columns) > _MAX_GROUPING_COLUMNS:
        text = f"GROUPING supports up to {_MAX_GROUPING_COLUMNS} column arguments"
        raise error("TOO_MANY_ARGUMENTS", text, node.position)
    keys = analyzer.analyze_all(node.columns)
    return ir.GroupingId(INTEGER if len(keys) <= 31 else BIGINT, keys)


@analyses(nodes.Listagg)
def _listagg(analyzer: ExpressionAnalyzer, node: nodes.Listagg) -> ir.Expression:
    from owlake.dialect.formatter.expressions import format_expression  # noqa: PLC0415  (only errors need it)
    from owlake.types.model import UNKNOWN, VARCHAR, Varchar  # noqa: PLC0415

    value = _inside_aggregate(analyzer, _NO_OUTPUT).analyze(node.value)
    if not isinstance(value.type, Varchar) and value.type != UNKNOWN:
        shown = format_expression(node.value)
        text = f"Expected expression of varchar, but '{shown}' has {value.type} type"
        raise error("TYPE_MISMATCH", text, node.position)
    value = coerce(value, VARCHAR)
    separator = ir.Constant(VARCHAR, node.separator)
    overflow = (
        ir.Constant(BOOLEAN, not node.overflow_truncate),
        ir.Constant(VARCHAR, node.overflow_filler),
        ir.Constant(BOOLEAN, node.overflow_count),
    )
    arguments = (value, separator, *overflow)
    resolved = analyzer.context.registry.resolve("listagg", [one.type for one in arguments], position=node.position)
    filter_, order_by = _filter_and_order(analyzer, node)
    return ir.Aggregation(VARCHAR, resolved.function, arguments, node.distinct, filter_, order_by)


# Casts --------------------------------------------------------------------------------------------------


@analyses(nodes.Cast)
def _cast(analyzer: ExpressionAnalyzer, node: nodes.Cast) -> ir.Expression:
    type_ = resolve_type(node.type)
    return cast(analyzer, analyzer.analyze(node.value), type_, node.position, safe=node.safe)


def cast(
    analyzer: ExpressionAnalyzer,
    value: ir.Expression,
    type_: Type,
    position: Position,
    *,
    safe: bool = False,
) -> ir.Expression:
    """``CAST(value AS type)``.

    Errors: TYPE_MISMATCH ``Cannot cast varchar to ...``.
    """
    if value.type == type_:
        return value
    if not can_cast(value.type, type_):
        raise error("TYPE_MISMATCH", f"Cannot cast {value.type} to {type_}", position)
    if isinstance(value.type, Time | TimeWithTimeZone) and isinstance(type_, Timestamp | TimestampWithTimeZone):
        value = _on_current_date(analyzer, value, type_, position)
    if isinstance(type_, TimestampWithTimeZone):
        type_ = _with_known_zone(type_, value)
    if isinstance(value, ir.Constant) and can_coerce(value.type, type_):
        return coerce(value, type_)
    if isinstance(value, ir.MakeRow) and isinstance(type_, Row) and not safe:
        fields = zip(value.items, type_.fields, strict=True)
        return ir.MakeRow(type_, tuple(cast(analyzer, item, field.type, position) for item, field in fields))
    return value if value.type == type_ else ir.Cast(type_, value, safe)


def _on_current_date(
    analyzer: ExpressionAnalyzer, time: ir.Expression, type_: Type, position: Position
) -> ir.Expression:
    """The time on the day on which the statement began; without its offset where the wanted type has no zone."""
    if isinstance(time.type, TimeWithTimeZone) and isinstance(type_, Timestamp):
        time = ir.Cast(Time(time.type.precision), time)
    today = ir.Constant(DATE, days_of(analyzer.context.query_start))
    return call(analyzer, "$on_date", (time, today), position)


def _with_known_zone(type_: TimestampWithTimeZone, value: ir.Expression) -> TimestampWithTimeZone:
    """The wanted type with the zone that all of the values will have, if there is one."""
    match value.type:
        case TimestampWithTimeZone():
            return replace(type_, zone=value.type.zone)
        case _ if is_text(value.type):
            return replace(type_, zone=_zone_of_text(value))
        case _:
            return replace(type_, zone="UTC")


def _zone_of_text(value: ir.Expression) -> str | None:
    if not isinstance(value, ir.Constant) or value.value is None:
        return None
    try:
        return parse_timestamp(value.value.strip())[2] or "UTC"
    except InvalidTextError:
        return None


def call(analyzer: ExpressionAnalyzer, name: str, values: Sequence[ir.Expression], position: Position) -> ir.Expression:
    """A call of a scalar function by name over values already analysed."""
    resolved = analyzer.context.registry.resolve(name, [value.type for value in values], position=position)
    arguments = tuple(coerce(value, type_) for value, type_ in zip(values, resolved.arguments, strict=True))
    return _resolved_call(analyzer, resolved, arguments)
