"""Aggregates and windows whose parts differ by a CAST alone: DataFusion names expressions without their casts.

It refuses two of one name, so ``GROUP BY t, CAST(t AS date)`` or ``sum(x), sum(CAST(x AS double))`` would fail. Where
parts would share a name, those that are no plain columns become columns of a projection below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar, cast

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import rewrite

Name = tuple[object, ...]


Part = TypeVar("Part", bound=ir.Expression)
Columns = Mapping[ir.Expression, ir.Field]


def groups_apart(node: nodes.Aggregate) -> nodes.Aggregate:
    """The aggregate with parts that would share a name told apart by columns."""
    columns = _columns([*(key for _, key in node.keys), *_parts(call for _, call in node.aggregations)])
    if not columns:
        return node
    keys = tuple((field, _over(key, columns)) for field, key in node.keys)
    calls = tuple((field, _over(call, columns)) for field, call in node.aggregations)
    return replace(node, input=_below(node.input, columns), keys=keys, aggregations=calls)


def windows_apart(node: nodes.Window) -> nodes.Window:
    """The window calls with parts that would share a name told apart by columns."""
    columns = _columns(_parts(call for _, call in node.calls))
    if not columns:
        return node
    below = _below(node.input, columns)
    calls = tuple((field, _over(call, columns)) for field, call in node.calls)
    return nodes.Window((*below.fields, *(field for field, _ in calls)), below, calls)


def _below(relation: nodes.Relation, columns: Columns) -> nodes.Relation:
    kept = [(field, ir.Reference(field.type, field)) for field in relation.fields]
    assignments: tuple[nodes.Assignment, ...] = (*kept, *((field, value) for value, field in columns.items()))
    return nodes.Project(tuple(field for field, _ in assignments), relation, assignments)


def _over(expression: Part, columns: Columns) -> Part:
    def replaced(part: ir.Expression) -> ir.Expression:
        field = columns.get(part)
        return part if field is None else ir.Reference(field.type, field)

    return cast("Part", rewrite(expression, replaced, descend=lambda part: part not in columns))


def _parts(calls: Iterable[ir.Expression]) -> Iterable[ir.Expression]:
    """The arguments and the rest: whatever DataFusion names a call after."""
    for call in calls:
        yield from (part for part in ir.children(call) if not isinstance(part, ir.Constant | ir.Lambda))


def _columns(parts: Iterable[ir.Expression]) -> dict[ir.Expression, ir.Field]:
    named: dict[Name, dict[ir.Expression, None]] = {}
    for part in parts:
        named.setdefault(_name(part), {})[part] = None
    return {
        part: ir.Field("part", part.type)
        for same in named.values()
        if len(same) > 1
        for part in same
        if not isinstance(part, ir.Reference)
    }


def _name(part: ir.Expression) -> Name:
    """What is left of an expression without its casts."""
    match part:
        case ir.Cast():
            return _name(part.value)
        case ir.Reference():
            return (id(part.field),)
        case ir.Constant():
            return (repr(part.value),)
        case _:
            word = getattr(getattr(part, "function", None), "name", None) or getattr(
                part, "operator", type(part).__name__
            )
            return (word, *(_name(child) for child in ir.children(part)))
