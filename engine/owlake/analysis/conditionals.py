"""Forms that choose: CASE, IF, COALESCE, NULLIF, TRY."""

from __future__ import annotations

from collections.abc import Callable

from owlake.analysis.coercions import NULL, coerce
from owlake.analysis.expressions import ExpressionAnalyzer, analyses
from owlake.analysis.operators import compare
from owlake.dialect.nodes import expressions as nodes
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.types.casts import can_cast
from owlake.types.model import JSON, UNKNOWN, VARCHAR, Row, RowField, Varchar


@analyses(nodes.SearchedCase)
def _searched(analyzer: ExpressionAnalyzer, node: nodes.SearchedCase) -> ir.Expression:
    conditions = [analyzer.predicate(when.condition, "CASE WHEN clause") for when in node.whens]
    return _case(analyzer, conditions, node)


@analyses(nodes.SimpleCase)
def _simple(analyzer: ExpressionAnalyzer, node: nodes.SimpleCase) -> ir.Expression:
    operand = analyzer.analyze(node.operand)
    conditions = []
    for when in node.whens:
        value = analyzer.analyze(when.condition)
        try:
            conditions.append(compare("=", operand, value, when.condition.position))
        except Exception as problem:
            text = f"CASE operand type does not match WHEN clause operand type: {operand.type} vs {value.type}"
            raise error("TYPE_MISMATCH", text, when.condition.position) from problem
    return _case(analyzer, conditions, node)


def _case(
    analyzer: ExpressionAnalyzer, conditions: list[ir.Expression], node: nodes.SearchedCase | nodes.SimpleCase
) -> ir.Expression:
    results = [analyzer.analyze(when.result) for when in node.whens]
    results.append(NULL if node.default is None else analyzer.analyze(node.default))
    positions = [when.result.position for when in node.whens]
    positions.append(node.position if node.default is None else node.default.position)
    values, type_ = analyzer.unify(results, positions, "All CASE results")
    branches = tuple(zip(conditions, values[:-1], strict=True))
    return ir.Case(type_, branches, values[-1])


SpecialForm = Callable[[ExpressionAnalyzer, nodes.FunctionCall], ir.Expression]


def _coalesce(analyzer: ExpressionAnalyzer, node: nodes.FunctionCall) -> ir.Expression:
    if len(node.arguments) < 2:
        raise _wrong_count(node, "The 'coalesce' function must have at least two arguments")
    terms = analyzer.analyze_all(node.arguments)
    values, type_ = analyzer.unify(terms, [one.position for one in node.arguments], "All COALESCE operands")
    # One in the other is one: each that the engine below met would double the work of its planner.
    flat = [term for value in values for term in (value.terms if isinstance(value, ir.Coalesce) else (value,))]
    return ir.Coalesce(type_, tuple(flat))


def _nullif(analyzer: ExpressionAnalyzer, node: nodes.FunctionCall) -> ir.Expression:
    if len(node.arguments) != 2:
        raise _wrong_count(node, "Invalid number of arguments for 'nullif' function")
    first, second = analyzer.analyze_all(node.arguments)
    try:
        equal = compare("=", first, second, node.position)
    except Exception as problem:
        text = f"Types are not comparable with NULLIF: {first.type} vs {second.type}"
        raise error("TYPE_MISMATCH", text, node.position) from problem
    return ir.Case(first.type, ((equal, coerce(NULL, first.type)),), first)


def _if(analyzer: ExpressionAnalyzer, node: nodes.FunctionCall) -> ir.Expression:
    if len(node.arguments) not in (2, 3):
        raise _wrong_count(node, "Invalid number of arguments for 'if' function")
    condition = analyzer.predicate(node.arguments[0], "IF condition")
    results = list(analyzer.analyze_all(node.arguments[1:]))
    if len(results) == 1:
        return ir.Case(results[0].type, ((condition, results[0]),), coerce(NULL, results[0].type))
    positions = [one.position for one in node.arguments[1:]]
    values, type_ = analyzer.unify(results, positions, "Result types for IF")
    return ir.Case(type_, ((condition, values[0]),), values[1])


def _try(analyzer: ExpressionAnalyzer, node: nodes.FunctionCall) -> ir.Expression:
    if len(node.arguments) != 1:
        raise _wrong_count(node, "The 'try' function must have exactly one argument")
    value = analyzer.analyze(node.arguments[0])
    return ir.Try(value.type, value)


def _format(analyzer: ExpressionAnalyzer, node: nodes.FunctionCall) -> ir.Expression:
    """The values are of any types: they are handed over as one row."""
    from owlake.analysis.calls import call  # noqa: PLC0415  (calls know the forms)

    if len(node.arguments) < 2:
        raise _wrong_count(node, "The 'format' function must have at least two arguments")
    text, *values = analyzer.analyze_all(node.arguments)
    if not isinstance(text.type, Varchar) and text.type != UNKNOWN:
        problem = f"Type of first argument to format() must be VARCHAR (actual: {text.type})"
        raise error("TYPE_MISMATCH", problem, node.arguments[0].position)
    for written, value in zip(node.arguments[1:], values, strict=True):
        if value.type != JSON and not can_cast(value.type, VARCHAR):
            problem = f"Type not supported for formatting: {value.type}"
            raise error("NOT_SUPPORTED", problem, written.position)
    row = Row(tuple(RowField(None, value.type) for value in values))
    return call(analyzer, "$format", (text, ir.MakeRow(row, tuple(values))), node.position)


def _wrong_count(node: nodes.FunctionCall, text: str) -> Exception:
    return error("SYNTAX_ERROR", text, node.position)


SPECIAL_FORMS: dict[str, SpecialForm] = {
    "coalesce": _coalesce,
    "format": _format,
    "if": _if,
    "nullif": _nullif,
    "try": _try,
}
"""Functions by name that are no calls: they do not evaluate all of their arguments, or take any number of any types."""
