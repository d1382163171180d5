"""Walking typed trees: relations below relations, expressions inside both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from owlake.ir import expressions as ir
from owlake.ir.relations import RELATION_SLOTS, Relation, inputs


def relations_in(expression: ir.Expression) -> Iterator[Relation]:
    """The relation of a subquery expression; none for others."""
    relation = getattr(expression, "relation", None)
    if relation is not None:
        yield relation


def expressions_of(relation: Relation) -> Iterator[ir.Expression]:
    """The expressions of one relation, not of those below it."""
    for slot in RELATION_SLOTS[type(relation)]:
        yield from _expressions(getattr(relation, slot))


def _expressions(value: Any) -> Iterator[ir.Expression]:
    match value:
        case ir.Expression():
            yield value
        case ir.SortKey():
            yield value.value
        case tuple():
            for item in value:
                yield from _expressions(item)
        case _:
            return


def all_expressions(relation: Relation) -> Iterator[ir.Expression]:
    """Every expression in a relation, below it and in its subqueries, with all of their parts."""
    for expression in expressions_of(relation):
        for part in ir.walk(expression):
            yield part
            for inner in relations_in(part):
                yield from all_expressions(inner)
    for below in inputs(relation):
        yield from all_expressions(below)


def all_relations(relation: Relation) -> Iterator[Relation]:
    """The relation, those below it, and those of its subqueries, parents first; each WITH query once."""
    seen: set[int] = set()
    pending = [relation]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(inputs(current)))
        for expression in expressions_of(current):
            for part in ir.walk(expression):
                pending.extend(relations_in(part))
        table = getattr(current, "table", None)
        if table is not None and id(table) not in seen:
            seen.add(id(table))
            pending.append(table.relation)
            if table.step is not None:
                pending.append(table.step)


def captures(function: ir.Lambda) -> tuple[ir.Field, ...]:
    """The fields from around a lambda that its body uses, in order of their first use."""
    parts = list(ir.walk(function))
    own = {field for part in parts if isinstance(part, ir.Lambda) for field in part.parameters}
    used = dict.fromkeys(part.field for part in parts if isinstance(part, ir.Reference))
    return tuple(field for field in used if field not in own)


def is_deterministic(expression: ir.Expression) -> bool:
    """Whether the expression has the same value for the same row, whenever it is asked."""
    return all(part.function.deterministic for part in ir.walk(expression) if isinstance(part, ir.Call))
