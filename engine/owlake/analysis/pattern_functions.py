"""The functions of row patterns: FIRST, LAST, PREV, NEXT, CLASSIFIER, MATCH_NUMBER, and aggregates among them.

Rules and texts: https://trino.io/docs/current/sql/pattern-recognition-in-window.html and match-recognize.html.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from owlake.analysis.pattern_scope import AGGREGATE, PatternContext, PatternScope
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.base import Identifier
from owlake.errors import error
from owlake.functions.overloads import Resolved
from owlake.functions.registry import Kind
from owlake.ir import expressions as ir
from owlake.ir.patterns import MatchNumber, PatternAggregation, Place
from owlake.types.model import BIGINT

if TYPE_CHECKING:
    from owlake.analysis.expressions import ExpressionAnalyzer

_LOGICAL = ("first", "last")
_PHYSICAL = ("prev", "next")
_MAX_OFFSET = 2**31 - 1
NAMES = frozenset({*_LOGICAL, *_PHYSICAL, "classifier", "match_number"})


def pattern_call(analyzer: ExpressionAnalyzer, context: PatternContext, node: nodes.FunctionCall) -> ir.Expression:
    """A call of one of the functions of row patterns."""
    name = node.name.names[-1]
    _check_clauses(node, name.upper())
    match name:
        case "classifier":
            return _classifier(context, node)
        case "match_number":
            return _match_number(node)
        case _:
            return _navigation(analyzer, context, node, name)


def _check_clauses(node: nodes.FunctionCall, name: str) -> None:
    written = (
        ("OVER", node.window is not None),
        ("FILTER", node.filter is not None),
        ("ORDER BY", bool(node.order_by)),
        ("DISTINCT", node.distinct),
    )
    for clause, present in written:
        if present:
            text = f"Cannot use {clause} with {name} pattern recognition function"
            raise error("INVALID_PATTERN_RECOGNITION_FUNCTION", text, node.position)
    if node.processing_mode is not None and name.lower() not in _LOGICAL:
        text = f"{node.processing_mode} semantics is not supported with {name} pattern recognition function"
        raise error("INVALID_PROCESSING_MODE", text, node.position)
    if node.null_treatment:
        text = f"Cannot specify null treatment clause for {name} pattern recognition function"
        raise error("NULL_TREATMENT_NOT_ALLOWED", text, node.position)


def _classifier(context: PatternContext, node: nodes.FunctionCall) -> ir.Expression:
    if len(node.arguments) > 1:
        text = "CLASSIFIER pattern recognition function takes no arguments or 1 argument"
        raise error("INVALID_FUNCTION_ARGUMENT", text, node.position)
    if not node.arguments:
        return context.classifier(None)
    label = node.arguments[0]
    if not isinstance(label, Identifier):
        text = "CLASSIFIER function argument should be primary pattern variable or subset name. Actual: "
        raise error("TYPE_MISMATCH", f"{text}{type(label).__name__}", label.position)
    if label.name not in context.labels:
        text = f"{label.value} is not a primary pattern variable or subset name"
        raise error("INVALID_FUNCTION_ARGUMENT", text, label.position)
    return context.classifier(context.labels[label.name])


def _match_number(node: nodes.FunctionCall) -> ir.Expression:
    if node.arguments:
        text = "MATCH_NUMBER pattern recognition function takes no arguments"
        raise error("INVALID_FUNCTION_ARGUMENT", text, node.position)
    return MatchNumber(BIGINT)


# Navigation ---------------------------------------------------------------------------------------------


def _navigation(
    analyzer: ExpressionAnalyzer, context: PatternContext, node: nodes.FunctionCall, name: str
) -> ir.Expression:
    if len(node.arguments) not in (1, 2):
        text = f"{name.upper()} pattern recognition function requires 1 or 2 arguments"
        raise error("INVALID_FUNCTION_ARGUMENT", text, node.position)
    _check_nesting(context, node, name)
    offset = _offset(node, name)
    inner = context.inside(name, _moved(context, node, name, offset))
    argument = node.arguments[0]
    value = _in_context(analyzer, inner).analyze(argument)
    if not inner.used:
        text = (
            f"Pattern navigation function '{name.upper()}' must contain at least one column reference or CLASSIFIER()"
        )
        raise error("INVALID_ARGUMENTS", text, argument.position)
    if len(inner.used) > 1:
        text = f"All labels and classifiers inside the call to '{name.upper()}' must match"
        raise error("INVALID_ARGUMENTS", text, node.position)
    context.used |= inner.used
    return value


def _moved(context: PatternContext, node: nodes.FunctionCall, name: str, offset: int | None) -> Place:
    place = context.place
    if name in _PHYSICAL:
        step = 1 if offset is None else offset
        return replace(place, shift=-step if name == "prev" else step)
    running = context.in_define or node.processing_mode != "FINAL"
    return replace(place, from_last=name == "last", running=running, offset=offset or 0)


def _check_nesting(context: PatternContext, node: nodes.FunctionCall, name: str) -> None:
    around = context.within
    if around is None:
        _check_immediate(node, name)
        return
    if around == AGGREGATE:
        text = f"Cannot nest {name.upper()} pattern navigation function inside aggregation"
        raise error("NESTED_ROW_PATTERN_RECOGNITION", text, node.position)
    if around in _PHYSICAL and name in _LOGICAL:
        return
    text = f"Cannot nest {name.upper()} pattern navigation function inside {around.upper()} pattern navigation function"
    raise error("INVALID_NAVIGATION_NESTING", text, node.position)


def _check_immediate(node: nodes.FunctionCall, name: str) -> None:
    """FIRST and LAST in PREV and NEXT stand there alone."""
    from owlake.dialect.traversal import walk  # noqa: PLC0415  (row patterns are rare)

    if name not in _PHYSICAL:
        return
    inner = [one for one in walk(node.arguments[0]) if _is_navigation(one)]
    if len(inner) > 1 and all(one is not node.arguments[0] for one in inner):
        text = f"Cannot nest multiple pattern navigation functions inside {name.upper()} pattern navigation function"
        raise error("INVALID_NAVIGATION_NESTING", text, inner[1].position)
    if inner and inner[0] is not node.arguments[0]:
        text = "Immediate nesting is required for pattern navigation functions"
        raise error("INVALID_NAVIGATION_NESTING", text, inner[0].position)


def _is_navigation(node: object) -> bool:
    return isinstance(node, nodes.FunctionCall) and node.name.names[-1] in (*_LOGICAL, *_PHYSICAL)


def _offset(node: nodes.FunctionCall, name: str) -> int | None:
    if len(node.arguments) == 1:
        return None
    written = node.arguments[1]
    what = f"{name.upper()} pattern recognition navigation function"
    value = _literal(written)
    if value is None:
        text = f"{what} requires a number as the second argument"
        raise error("INVALID_FUNCTION_ARGUMENT", text, node.position)
    if value < 0:
        text = f"{what} requires a non-negative number as the second argument (actual: {value})"
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", text, node.position)
    if value > _MAX_OFFSET:
        text = f"The second argument of {what} must not exceed {_MAX_OFFSET} (actual: {value})"
        raise error("NUMERIC_VALUE_OUT_OF_RANGE", text, node.position)
    return value


def _literal(node: Node) -> int | None:
    if isinstance(node, nodes.LongLiteral):
        return node.value
    if isinstance(node, nodes.ArithmeticUnary) and node.operator == "-" and isinstance(node.value, nodes.LongLiteral):
        return -node.value.value
    return None


# Aggregates ---------------------------------------------------------------------------------------------


def aggregate_analyzer(analyzer: ExpressionAnalyzer, context: PatternContext) -> ExpressionAnalyzer:
    """The analyser of an aggregate's arguments: columns there are those of each row."""
    if context.within is not None:
        text = "Cannot nest aggregate function inside pattern recognition function"
        raise error("NESTED_AGGREGATION", text)
    return _in_context(analyzer, context.inside(AGGREGATE))


def pattern_aggregation(
    context: PatternContext,
    inner: PatternContext,
    node: nodes.FunctionCall,
    resolved: Resolved,
    arguments: tuple[ir.Expression, ...],
) -> ir.Expression:
    """An aggregate over the rows of the match."""
    name = node.name.names[-1]
    for clause, present in (
        ("DISTINCT", node.distinct),
        ("ORDER BY", bool(node.order_by)),
        ("FILTER", node.filter is not None),
    ):
        if present:
            text = f"Cannot use {clause} with {name} aggregate function in pattern recognition context"
            raise error("NOT_SUPPORTED", text, node.position)
    if node.star_label is not None:
        if node.star_label.name not in context.labels:
            text = f"label.* syntax is only supported with primary or union labels: {node.star_label.value}"
            raise error("INVALID_FUNCTION_ARGUMENT", text, node.position)
        inner.used.add(context.labels[node.star_label.name])
    if len(inner.used) > 1:
        text = f"All labels and classifiers inside the call to '{name}' must match"
        raise error("INVALID_ARGUMENTS", text, node.position)
    running = context.in_define or node.processing_mode != "FINAL"
    labels = next(iter(inner.used), None)
    context.used |= inner.used
    return PatternAggregation(resolved.result(arguments), resolved.function, arguments, labels, running)


def is_aggregate(analyzer: ExpressionAnalyzer, name: str) -> bool:
    """Whether the name is that of an aggregate function."""
    return any(one.kind is Kind.AGGREGATE for one in analyzer.context.registry.overloads(name))


def _in_context(analyzer: ExpressionAnalyzer, context: PatternContext) -> ExpressionAnalyzer:
    scope = analyzer.scope
    if not isinstance(scope, PatternScope):
        raise error("NOT_SUPPORTED", "Pattern recognition functions in lambda expressions are not supported")
    return analyzer.in_pattern(scope.at(context), context)
