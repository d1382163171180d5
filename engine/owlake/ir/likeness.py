"""Expressions that say the same: the queries in two of one text have fields of their own all the same."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import fields
from typing import Any

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.walking import relations_in


def has_query(expression: ir.Expression) -> bool:
    """Whether a query stands in the expression."""
    return any(True for part in ir.walk(expression) for _ in relations_in(part))


def likeness(expression: ir.Expression) -> Hashable:
    """The same for expressions that differ only in the fields that the queries in them make."""
    return _Likeness().of(expression) if has_query(expression) else expression


class _Likeness:
    """Nested tuples in the place of a tree; what queries make is numbered as it is met."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}

    def of(self, value: Any) -> Hashable:
        match value:
            case ir.Field():
                return self._numbers.get(value, value)
            case nodes.Relation():
                return self._relation(value)
            case nodes.CommonTable():
                return self._table(value)
            case ir.Constant():
                return value
            case ir.Expression() | ir.SortKey() | ir.Frame():
                return (type(value), *(self.of(getattr(value, slot.name)) for slot in fields(value)))
            case tuple():
                return tuple(self.of(item) for item in value)
            case _:
                return value  # type: ignore[no-any-return]

    def _relation(self, relation: nodes.Relation) -> Hashable:
        # Inputs stand before what refers to their fields.
        slots = [slot.name for slot in fields(relation) if slot.name not in ("fields", "source", "identity")]
        source = (
            (relation.source.catalog, relation.source.schema, relation.source.name)
            if isinstance(relation, nodes.Scan)
            else None
        )
        return (
            type(relation),
            source,
            self._made(relation.fields),
            *(self.of(getattr(relation, slot)) for slot in slots),
        )

    def _table(self, table: nodes.CommonTable) -> Hashable:
        """A recursive one stands in its own step."""
        if table in self._numbers:
            return self._numbers[table]
        self._numbers[table] = len(self._numbers)
        return (self._made(table.fields), self.of(table.relation), self.of(table.step), table.distinct)

    def _made(self, made: tuple[ir.Field, ...]) -> Hashable:
        return tuple((self._numbers.setdefault(field, len(self._numbers)), field.type) for field in made)
