"""Projections over projections made one, where no value is then worked out twice.

``SELECT b * 2 FROM (SELECT a + 1 AS b FROM t)`` becomes ``SELECT (a + 1) * 2 FROM t``. DataFusion keeps the two, and
its physical planner takes three times as long for each one that lies below another: eleven take seconds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import Any

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import rewrite
from owlake.ir.walking import is_deterministic
from owlake.planning.raising import can_raise, fields_under_try


def merge_projections(relation: nodes.Relation) -> nodes.Relation:
    """The relation with what can be merged merged, everywhere below."""
    changes: dict[str, Any] = {}
    for slot in fields(relation):
        value = getattr(relation, slot.name)
        changed = _below(value)
        if changed is not value:
            changes[slot.name] = changed
    changed_relation = replace(relation, **changes) if changes else relation
    return _merged(changed_relation) if isinstance(changed_relation, nodes.Project) else changed_relation


def _below(value: Any) -> Any:
    if isinstance(value, nodes.Relation):
        return merge_projections(value)
    if isinstance(value, tuple) and value and isinstance(value[0], nodes.Relation):
        items = tuple(merge_projections(one) for one in value)
        return value if all(one is other for one, other in zip(items, value, strict=True)) else items
    return value


def _merged(outer: nodes.Project) -> nodes.Project:
    inner = outer.input
    if not isinstance(inner, nodes.Project) or not _may_merge(outer, inner):
        return outer
    values = dict(inner.assignments)

    def substituted(part: ir.Expression) -> ir.Expression:
        return values.get(part.field, part) if isinstance(part, ir.Reference) else part

    assignments = tuple((field, rewrite(value, substituted)) for field, value in outer.assignments)
    return nodes.Project(outer.fields, inner.input, assignments)


def _may_merge(outer: nodes.Project, inner: nodes.Project) -> bool:
    parts = [part for _, value in outer.assignments for part in ir.walk(value)]
    if any(_holds_a_scope(part) for part in parts):
        return False
    uses = Counter(part.field for part in parts if isinstance(part, ir.Reference))
    tried = fields_under_try(value for _, value in outer.assignments)
    return all(
        _is_cheap(value) or (uses[field] <= 1 and _may_move(value) and not (field in tried and can_raise(value)))
        for field, value in inner.assignments
    )


def _holds_a_scope(part: ir.Expression) -> bool:
    """Whether the part is worked out more than once a row, or over rows of its own."""
    return isinstance(part, ir.Lambda) or getattr(part, "relation", None) is not None


def _is_cheap(value: ir.Expression) -> bool:
    return isinstance(value, ir.Reference | ir.Constant)


def _may_move(value: ir.Expression) -> bool:
    return is_deterministic(value) and not any(getattr(part, "relation", None) is not None for part in ir.walk(value))
