"""Function calls, windows and the SQL/JSON functions to text."""

from __future__ import annotations

from collections.abc import Iterable

from owlake.dialect.formatter.expressions import format_expression, format_name, joined, quantified, quoted
from owlake.dialect.formatter.patterns import (
    format_definition,
    format_measure,
    format_pattern,
    format_skip_to,
    format_subset,
)
from owlake.dialect.nodes import expressions as tree
from owlake.dialect.nodes import json as json_nodes
from owlake.dialect.nodes.base import Expression, Identifier
from owlake.dialect.nodes.relations import FrameBound, SortItem, WindowFrame
from owlake.dialect.nodes.types import DataType


@format_expression.register
def _call(node: tree.FunctionCall) -> str:
    if node.chain:
        first, *others = map(format_expression, node.arguments)
        return "concat(" * len(others) + first + "".join(f", {other})" for other in others)
    arguments = joined(node.arguments)
    if node.star:
        arguments = "*" if node.star_label is None else f"{format_expression(node.star_label)}.*"
    arguments = quantified(arguments, distinct=node.distinct)
    mode = f"{node.processing_mode} " if node.processing_mode else ""
    order_by = f" {format_order_by(node.order_by)}" if node.order_by else ""
    text = f"{mode}{format_name(node.name)}({arguments}{order_by}){_filter(node.filter)}"
    nulls = f" {node.null_treatment} NULLS" if node.null_treatment else ""
    return f"{text}{nulls} OVER {_window(node.window)}" if node.window else text


def _filter(condition: Expression | None) -> str:
    return f" FILTER (WHERE {format_expression(condition)})" if condition else ""


@format_expression.register
def _measure_over(node: tree.MeasureOver) -> str:
    return f"{format_expression(node.name)} OVER {_window(node.window)}"


@format_expression.register
def _listagg(node: tree.Listagg) -> str:
    overflow = "ERROR"
    if node.overflow_truncate:
        count = "WITH" if node.overflow_count else "WITHOUT"
        overflow = f"TRUNCATE {quoted(node.overflow_filler)} {count} COUNT"
    value = quantified(format_expression(node.value), distinct=node.distinct)
    arguments = f"{value}, {quoted(node.separator)} ON OVERFLOW {overflow}"
    return f"LISTAGG({arguments}) WITHIN GROUP ({format_order_by(node.order_by)}){_filter(node.filter)}"


def format_order_by(items: Iterable[SortItem]) -> str:
    """``ORDER BY a ASC, b DESC``."""
    return "ORDER BY " + ", ".join(map(_sort_item, items))


def _sort_item(item: SortItem) -> str:
    nulls = f" NULLS {'FIRST' if item.nulls_first else 'LAST'}" if item.nulls_written or item.nulls_first else ""
    return f"{format_expression(item.key)} {'ASC' if item.ascending else 'DESC'}{nulls}"


def _window(window: tree.WindowSpecification | Identifier) -> str:
    return format_expression(window) if isinstance(window, Identifier) else format_window(window)


def format_window(window: tree.WindowSpecification) -> str:
    """``(PARTITION BY a ORDER BY b ASC ROWS ...)``."""
    parts = []
    if window.existing_window:
        parts.append(format_expression(window.existing_window))
    if window.partition_by:
        parts.append(f"PARTITION BY {joined(window.partition_by)}")
    if window.order_by:
        parts.append(format_order_by(window.order_by))
    if window.frame:
        parts.append(_frame(window.frame))
    return "(" + " ".join(parts) + ")"


def _frame(frame: WindowFrame) -> str:
    parts = []
    if frame.measures:
        parts.append("MEASURES " + ", ".join(map(format_measure, frame.measures)))
    bounds = _bound(frame.start)
    if frame.end:
        bounds = f"BETWEEN {bounds} AND {_bound(frame.end)}"
    parts.append(f"{frame.unit} {bounds}")
    if frame.skip_to:
        parts.append(format_skip_to(frame.skip_to))
    if frame.search:
        parts.append(frame.search)
    if frame.pattern:
        parts.append(f"PATTERN({format_pattern(frame.pattern)})")
    if frame.subsets:
        parts.append("SUBSET " + ", ".join(map(format_subset, frame.subsets)))
    if frame.definitions:
        parts.append("DEFINE " + ", ".join(map(format_definition, frame.definitions)))
    return " ".join(parts)


def _bound(bound: FrameBound) -> str:
    return f"{format_expression(bound.value)} {bound.kind}" if bound.value else bound.kind


@format_expression.register
def _json_exists(node: json_nodes.JsonExists) -> str:
    return f"JSON_EXISTS({format_path(node.path)}{_behavior(node.on_error, 'ERROR')})"


@format_expression.register
def _json_value(node: json_nodes.JsonValue) -> str:
    behaviors = format_behaviors(node.on_empty, node.on_error)
    return f"JSON_VALUE({format_path(node.path)}{_returning(node.returning, None)}{behaviors})"


@format_expression.register
def _json_query(node: json_nodes.JsonQuery) -> str:
    returning = _returning(node.returning, node.output_format)
    behaviors = format_behaviors(node.on_empty, node.on_error)
    return f"JSON_QUERY({format_path(node.path)}{returning}{format_wrapper(node.wrapper, node.quotes)}{behaviors})"


@format_expression.register
def _json_object(node: json_nodes.JsonObject) -> str:
    members = ", ".join(f"KEY {format_expression(item.key)} VALUE {_argument(item.value)}" for item in node.members)
    if members:
        members += " NULL ON NULL" if node.null_on_null else " ABSENT ON NULL"
        members += " WITH UNIQUE KEYS" if node.unique_keys else " WITHOUT UNIQUE KEYS"
    return f"JSON_OBJECT({(members + _returning(node.returning, node.output_format)).strip()})"


@format_expression.register
def _json_array(node: json_nodes.JsonArray) -> str:
    items = ", ".join(map(_argument, node.items))
    if items:
        items += " NULL ON NULL" if node.null_on_null else " ABSENT ON NULL"
    return f"JSON_ARRAY({(items + _returning(node.returning, node.output_format)).strip()})"


def format_path(path: json_nodes.JsonPathInvocation) -> str:
    """``input, 'path' AS name PASSING value AS name``."""
    text = f"{_argument(path.input)}, {format_expression(path.path)}"
    if path.path_name:
        text += f" AS {format_expression(path.path_name)}"
    if path.arguments:
        text += " PASSING " + ", ".join(map(_argument, path.arguments))
    return text


def _argument(argument: json_nodes.JsonArgument) -> str:
    name = f" AS {format_expression(argument.name)}" if argument.name else ""
    return f"{format_expression(argument.value)}{format_json_format(argument.format)}{name}"


def format_json_format(format_: str | None) -> str:
    """`` FORMAT JSON ENCODING UTF8``, with the blank before it; empty for none."""
    if format_ is None:
        return ""
    return " FORMAT JSON" if format_ == "JSON" else f" FORMAT JSON ENCODING {format_}"


def _returning(type_: DataType | None, format_: str | None) -> str:
    return f" RETURNING {format_expression(type_)}{format_json_format(format_)}" if type_ else ""


def format_wrapper(wrapper: str, quotes: str | None) -> str:
    """`` WITH UNCONDITIONAL ARRAY WRAPPER KEEP QUOTES ON SCALAR STRING``, with the blank before it."""
    text = " WITHOUT ARRAY WRAPPER" if wrapper == "WITHOUT" else f" WITH {wrapper} ARRAY WRAPPER"
    return f"{text} {quotes} QUOTES ON SCALAR STRING" if quotes else text


def format_behaviors(on_empty: json_nodes.JsonBehavior | None, on_error: json_nodes.JsonBehavior | None) -> str:
    """`` NULL ON EMPTY ERROR ON ERROR``, with the blank before it."""
    return _behavior(on_empty, "EMPTY") + _behavior(on_error, "ERROR")


def _behavior(behavior: json_nodes.JsonBehavior | None, event: str) -> str:
    if behavior is None:
        return ""
    default = f" {format_expression(behavior.default)}" if behavior.default else ""
    return f" {behavior.kind}{default} ON {event}"
