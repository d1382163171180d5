"""Rebuilding typed trees with parts replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from owlake.ir import expressions as ir

if TYPE_CHECKING:
    from owlake.ir.relations import CommonTable, Relation

Replace = Callable[[ir.Expression], ir.Expression]


def rewrite(
    expression: ir.Expression, replace_part: Replace, *, descend: Callable[[ir.Expression], bool] = lambda _: True
) -> ir.Expression:
    """The expression with every part replaced, children before parents.

    Parts for which ``descend`` is false are replaced whole. Unchanged parts are shared, not copied.
    """
    rebuilt = (
        rebuild(expression, lambda part: rewrite(part, replace_part, descend=descend))
        if descend(expression)
        else expression
    )
    return replace_part(rebuilt)


def rebuild(expression: ir.Expression, change: Replace) -> ir.Expression:
    """The expression with each direct child changed."""
    changes: dict[str, Any] = {}
    for slot in ir.SLOTS[type(expression)]:
        value = getattr(expression, slot)
        changed = _changed(value, change)
        if changed is not value:
            changes[slot] = changed
    return replace(expression, **changes) if changes else expression


def _changed(value: Any, change: Replace) -> Any:
    match value:
        case ir.Expression():
            return change(value)
        case ir.SortKey():
            changed = change(value.value)
            return value if changed is value.value else replace(value, value=changed)
        case ir.Frame():
            start, end = (_changed_bound(bound, change) for bound in (value.start, value.end))
            return value if start is value.start and end is value.end else replace(value, start=start, end=end)
        case tuple():
            items = tuple(_changed(item, change) for item in value)
            return value if all(one is other for one, other in zip(items, value, strict=True)) else items
        case _:
            return value


def _changed_bound(bound: tuple[str, ir.Expression | None], change: Replace) -> tuple[str, ir.Expression | None]:
    kind, value = bound
    if value is None:
        return bound
    changed = change(value)
    return bound if changed is value else (kind, changed)


def rewrite_relation(relation: Relation, replace_part: Replace) -> Relation:
    """The relation with every expression in it and below it rewritten."""
    from owlake.ir.relations import RELATION_SLOTS, Relation  # noqa: PLC0415  (relations hold expressions)

    def changed(value: Any) -> Any:
        match value:
            case Relation():
                return rewrite_relation(value, replace_part)
            case ir.Expression():
                return rewrite(value, lambda part: replace_part(substitute(part)))
            case ir.SortKey():
                return replace(value, value=changed(value.value))
            case tuple():
                items = tuple(changed(item) for item in value)
                return value if all(one is other for one, other in zip(items, value, strict=True)) else items
            case _:
                return value

    def substitute(part: ir.Expression) -> ir.Expression:
        return _with_relation(part, lambda inner: rewrite_relation(inner, replace_part))

    changes = {}
    for slot in RELATION_SLOTS[type(relation)]:
        value = getattr(relation, slot)
        new = changed(value)
        if new is not value:
            changes[slot] = new
    return replace(relation, **changes) if changes else relation


def _with_relation(part: ir.Expression, change: Callable[[Relation], Relation]) -> ir.Expression:
    relation = getattr(part, "relation", None)
    if relation is None:
        return part
    changed = change(relation)
    return part if changed is relation else replace(part, relation=changed)  # type: ignore[call-arg]


def substitute_in_relation(part: ir.Expression, replacements: Mapping[ir.Expression, ir.Expression]) -> ir.Expression:
    """A subquery expression with the replacements made inside its relation; others as they are."""
    return _with_relation(part, lambda relation: rewrite_relation(relation, lambda one: replacements.get(one, one)))


def change_relations(expression: ir.Expression, change: Callable[[Relation], Relation]) -> ir.Expression:
    """The expression with the relation of each subquery in it changed."""
    return rewrite(expression, lambda part: _with_relation(part, change))


def change_all_relations(
    relation: Relation, change: Callable[[Relation], Relation], *, into_tables: bool = True
) -> Relation:
    """The relation with every relation in it changed, inputs before what stands on them, subqueries and WITH too.

    Each WITH query is changed once, for all of its uses; with ``into_tables`` false they stay as they are.
    """
    return _Changing(change, into_tables=into_tables).relation(relation)


def change_expressions(relation: Relation, change: Replace) -> Relation:
    """The relation with each of its own expressions changed; those of relations below and in subqueries stay."""
    from owlake.ir.relations import RELATION_SLOTS, Relation  # noqa: PLC0415  (as above)

    def changed(value: Any) -> Any:
        match value:
            case Relation():
                return value
            case ir.Expression():
                return change(value)
            case ir.SortKey():
                return replace(value, value=change(value.value))
            case tuple():
                items = tuple(changed(item) for item in value)
                return value if all(one is other for one, other in zip(items, value, strict=True)) else items
            case _:
                return value

    values = {slot: getattr(relation, slot) for slot in RELATION_SLOTS[type(relation)]}
    changes = {slot: new for slot, value in values.items() if (new := changed(value)) is not value}
    return replace(relation, **changes) if changes else relation


class _Changing:
    def __init__(self, change: Callable[[Relation], Relation], *, into_tables: bool) -> None:
        self._change = change
        self._into_tables = into_tables
        self._tables: dict[int, CommonTable] = {}

    def relation(self, relation: Relation) -> Relation:
        from owlake.ir.relations import RELATION_SLOTS, CommonTableReference  # noqa: PLC0415  (as above)

        if isinstance(relation, CommonTableReference):
            if not self._into_tables:
                return self._change(relation)
            return self._change(replace(relation, table=self._table(relation.table)))
        changes = {}
        for slot in RELATION_SLOTS[type(relation)]:
            value = getattr(relation, slot)
            new = self._changed(value)
            if new is not value:
                changes[slot] = new
        return self._change(replace(relation, **changes) if changes else relation)

    def _changed(self, value: Any) -> Any:
        from owlake.ir.relations import Relation  # noqa: PLC0415  (as above)

        match value:
            case Relation():
                return self.relation(value)
            case ir.Expression():
                return change_relations(value, self.relation)
            case ir.SortKey():
                return replace(value, value=self._changed(value.value))
            case tuple():
                items = tuple(self._changed(item) for item in value)
                return value if all(one is other for one, other in zip(items, value, strict=True)) else items
            case _:
                return value

    def _table(self, table: CommonTable) -> CommonTable:
        if id(table) not in self._tables:
            changed = replace(table, step=None)
            # Its own step, and what was changed already, refer to it.
            self._tables[id(table)] = self._tables[id(changed)] = changed
            changed.relation = self.relation(table.relation)
            changed.step = self.relation(table.step) if table.step is not None else None
        return self._tables[id(table)]
