"""JSON_TABLE (https://trino.io/docs/current/functions/json.html#json-table)."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.relations import (
    JsonTable,
    JsonTableColumn,
    JsonTablePlan,
    NestedColumns,
    OrdinalityColumn,
    QueryColumn,
    ValueColumn,
)
from owlake.dialect.trino import json_functions
from owlake.dialect.trino.literals import STRINGS, string
from owlake.dialect.trino.names import identifier
from owlake.dialect.trino.types import data_type

_PARENT_CHILD = ("OUTER", "INNER")
_SIBLINGS = ("UNION", "CROSS")


def json_table(cursor: Cursor) -> JsonTable:
    """``JSON_TABLE(input, path COLUMNS (...) [PLAN ...] [ERROR | EMPTY ON ERROR])``."""
    position = cursor.position
    cursor.expect("JSON_TABLE", "(")
    path = json_functions.path_invocation(cursor)
    columns = _columns(cursor)
    plan = None
    default_plan = None
    if cursor.accept("PLAN"):
        is_default = cursor.accept("DEFAULT")
        cursor.expect("(")
        if is_default:
            default_plan = _default_plan(cursor)
        else:
            plan = _plan(cursor)
        cursor.expect(")")
    error_on_error = False
    if cursor.kind in ("ERROR", "EMPTY"):
        error_on_error = cursor.expect_one_of("ERROR", "EMPTY") == "ERROR"
        cursor.expect("ON", "ERROR")
    cursor.note("ERROR", "EMPTY")
    cursor.expect(")")
    return JsonTable(position, path, columns, plan, default_plan, error_on_error)


def _columns(cursor: Cursor) -> tuple[JsonTableColumn, ...]:
    cursor.expect("COLUMNS", "(")
    columns = [_column(cursor)]
    while cursor.accept(","):
        columns.append(_column(cursor))
    cursor.expect(")")
    return tuple(columns)


def _column(cursor: Cursor) -> JsonTableColumn:
    position = cursor.position
    cursor.note("NESTED")
    if cursor.kind == "NESTED" and (cursor.peek() in STRINGS or cursor.peek(2) in STRINGS):
        return _nested(cursor)
    name = identifier(cursor)
    if cursor.accept("FOR"):
        cursor.expect("ORDINALITY")
        return OrdinalityColumn(position, name)
    type_ = data_type(cursor)
    format_ = json_functions.json_format(cursor)
    path = string(cursor) if cursor.accept("PATH") else None
    if format_ is None:
        on_empty, on_error = json_functions.behaviors(cursor, json_functions.value_behavior)
        return ValueColumn(position, name, type_, path, on_empty, on_error)
    wrapper = json_functions.wrapper(cursor)
    quotes = json_functions.quotes(cursor)
    on_empty, on_error = json_functions.behaviors(cursor, json_functions.query_behavior)
    return QueryColumn(position, name, type_, format_, path, wrapper, quotes, on_empty, on_error)


def _nested(cursor: Cursor) -> NestedColumns:
    position = cursor.position
    cursor.expect("NESTED")
    cursor.accept("PATH")
    path = string(cursor)
    name = identifier(cursor) if cursor.accept("AS") else None
    return NestedColumns(position, path, name, _columns(cursor))


def _default_plan(cursor: Cursor) -> tuple[str, str]:
    first = cursor.expect_one_of(*_PARENT_CHILD, *_SIBLINGS)
    if first in _PARENT_CHILD:
        return first, cursor.expect_one_of(*_SIBLINGS) if cursor.accept(",") else "UNION"
    return (cursor.expect_one_of(*_PARENT_CHILD) if cursor.accept(",") else "OUTER"), first


def _plan(cursor: Cursor) -> JsonTablePlan:
    position = cursor.position
    is_name = cursor.kind in NAMES
    first = _plan_primary(cursor)
    if is_name and cursor.kind in _PARENT_CHILD:
        kind = cursor.expect_one_of(*_PARENT_CHILD)
        return JsonTablePlan(position, kind, plans=(first, _plan_primary(cursor)))
    kind = cursor.kind
    if kind not in _SIBLINGS:
        cursor.note(*_PARENT_CHILD, *_SIBLINGS)
        if not is_name:
            cursor.fail()
        return first
    plans = [first]
    while cursor.accept(kind):
        plans.append(_plan_primary(cursor))
    return JsonTablePlan(position, kind, plans=tuple(plans))


def _plan_primary(cursor: Cursor) -> JsonTablePlan:
    position = cursor.position
    if cursor.accept("("):
        plan = _plan(cursor)
        cursor.expect(")")
        return plan
    return JsonTablePlan(position, "LEAF", identifier(cursor))
