"""Functions with a syntax of their own: EXTRACT, TRIM, AT TIME ZONE, and what makes and takes apart rows and arrays."""

from __future__ import annotations

from owlake.analysis.calls import call
from owlake.analysis.expressions import ExpressionAnalyzer, analyses
from owlake.dialect.nodes import expressions as nodes
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.types.model import (
    INTERVAL_DAY_TO_SECOND,
    INTERVAL_YEAR_TO_MONTH,
    Row,
    RowField,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
)
from owlake.types.model import Array as ArrayType

_MAX_ELEMENTS = 254
"""Athena's limit (https://docs.aws.amazon.com/athena/latest/ug/other-notable-limitations.html)."""


@analyses(nodes.Extract)
def _extract(analyzer: ExpressionAnalyzer, node: nodes.Extract) -> ir.Expression:
    field = node.field.upper()
    name = _EXTRACT_FIELDS.get(field)
    if name is None:
        raise error("SYNTAX_ERROR", f"Invalid EXTRACT field: {node.field}", node.position)
    value = analyzer.analyze(node.source)
    if value.type.base not in _EXTRACT_SOURCES.get(field, _DATES):
        raise error("TYPE_MISMATCH", f"Cannot extract {field} from {value.type}", node.source.position)
    return call(analyzer, name, (value,), node.position)


_DATES = frozenset({"date", "timestamp", "timestamp with time zone"})
_CLOCKS = frozenset(
    {"time", "time with time zone", "timestamp", "timestamp with time zone", INTERVAL_DAY_TO_SECOND.base}
)
_ZONED = frozenset({"time with time zone", "timestamp with time zone"})
_EXTRACT_SOURCES = {
    "YEAR": _DATES | {INTERVAL_YEAR_TO_MONTH.base},
    "MONTH": _DATES | {INTERVAL_YEAR_TO_MONTH.base},
    "DAY": _DATES | {INTERVAL_DAY_TO_SECOND.base},
    "HOUR": _CLOCKS,
    "MINUTE": _CLOCKS,
    "SECOND": _CLOCKS,
    "TIMEZONE_MINUTE": _ZONED,
    "TIMEZONE_HOUR": _ZONED,
}
"""The types that have a field; all others are fields of dates. EXTRACT coerces nothing."""


_EXTRACT_FIELDS = {
    "YEAR": "year",
    "QUARTER": "quarter",
    "MONTH": "month",
    "WEEK": "week",
    "DAY": "day",
    "DAY_OF_MONTH": "day",
    "DAY_OF_WEEK": "day_of_week",
    "DOW": "day_of_week",
    "DAY_OF_YEAR": "day_of_year",
    "DOY": "day_of_year",
    "YEAR_OF_WEEK": "year_of_week",
    "YOW": "year_of_week",
    "HOUR": "hour",
    "MINUTE": "minute",
    "SECOND": "second",
    "TIMEZONE_MINUTE": "timezone_minute",
    "TIMEZONE_HOUR": "timezone_hour",
}


@analyses(nodes.Trim)
def _trim(analyzer: ExpressionAnalyzer, node: nodes.Trim) -> ir.Expression:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim", "BOTH": "trim"}[node.specification]
    written = (node.source,) if node.character is None else (node.source, node.character)
    return call(analyzer, name, analyzer.analyze_all(written), node.position)


@analyses(nodes.AtTimeZone)
def _at_time_zone(analyzer: ExpressionAnalyzer, node: nodes.AtTimeZone) -> ir.Expression:
    values = analyzer.analyze_all((node.value, node.zone))
    if not isinstance(values[0].type, Time | TimeWithTimeZone | Timestamp | TimestampWithTimeZone):
        text = f"Type of value must be a time or timestamp with or without time zone (actual {values[0].type})"
        raise error("TYPE_MISMATCH", text, node.value.position)
    return call(analyzer, "at_timezone", values, node.position)


@analyses(nodes.Row)
def _row(analyzer: ExpressionAnalyzer, node: nodes.Row) -> ir.Expression:
    items = analyzer.analyze_all(node.items)
    return ir.MakeRow(Row(tuple(RowField(None, item.type) for item in items)), items)


@analyses(nodes.Array)
def _array(analyzer: ExpressionAnalyzer, node: nodes.Array) -> ir.Expression:
    if len(node.items) > _MAX_ELEMENTS:
        text = "Too many arguments for array constructor"
        analyzer.context.tolerate(error("TOO_MANY_ARGUMENTS", text, node.position))
    items = analyzer.analyze_all(node.items)
    values, type_ = analyzer.unify(items, [item.position for item in node.items], "All ARRAY elements")
    return ir.MakeArray(ArrayType(type_), values)


@analyses(nodes.Subscript)
def _subscript(analyzer: ExpressionAnalyzer, node: nodes.Subscript) -> ir.Expression:
    base, index = analyzer.analyze_all((node.base, node.index))
    if isinstance(base.type, Row):
        return _row_subscript(base, base.type, index, node)
    try:
        return call(analyzer, "$subscript", (base, index), node.position)
    except Exception as problem:
        text = f"Cannot use {index.type} for subscript of {base.type}"
        raise error("TYPE_MISMATCH", text, node.position) from problem


def _row_subscript(base: ir.Expression, row: Row, index: ir.Expression, node: nodes.Subscript) -> ir.Expression:
    if not isinstance(index, ir.Constant) or not isinstance(index.value, int):
        text = "Subscript expression on ROW requires a constant index"
        raise error("EXPRESSION_NOT_CONSTANT", text, node.index.position)
    if index.value <= 0:
        text = f"Invalid subscript index: {index.value}. ROW indices start at 1"
        raise error("INVALID_FUNCTION_ARGUMENT", text, node.index.position)
    if index.value > len(row.fields):
        text = f"Subscript index out of bounds: {index.value}, max value is {len(row.fields)}"
        raise error("INVALID_FUNCTION_ARGUMENT", text, node.index.position)
    return ir.FieldAccess(row.fields[index.value - 1].type, base, index.value - 1)
