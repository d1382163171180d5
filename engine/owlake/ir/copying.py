"""Copies of relations with fields of their own: the same relation twice in one tree would share its fields."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.walking import all_relations


def copied(relation: nodes.Relation) -> nodes.Relation:
    """The relation with new fields throughout; those of outer relations, and WITH queries, stay."""
    places = {field: ir.Field(field.name, field.type) for one in _inside(relation) for field in one.fields}
    return _Copying(places).value(relation)  # type: ignore[no-any-return]


def _inside(relation: nodes.Relation) -> list[nodes.Relation]:
    tables = [one.table for one in all_relations(relation) if isinstance(one, nodes.CommonTableReference)]
    shared = {id(one) for table in tables for part in _parts(table) for one in all_relations(part)}
    return [one for one in all_relations(relation) if id(one) not in shared]


def _parts(table: nodes.CommonTable) -> list[nodes.Relation]:
    return [table.relation] if table.step is None else [table.relation, table.step]


class _Copying:
    def __init__(self, places: dict[ir.Field, ir.Field]) -> None:
        self._places = places
        self._identities: dict[nodes.ScanIdentity, nodes.ScanIdentity] = {}

    def value(self, value: Any) -> Any:
        match value:
            case ir.Field():
                return self._places.get(value, value)
            case nodes.ScanIdentity():
                return self._identities.setdefault(value, nodes.ScanIdentity())
            case tuple():
                return tuple(self.value(item) for item in value)
            case nodes.Relation() | ir.Expression() | ir.SortKey() | ir.Frame():
                changes = {slot.name: self.value(getattr(value, slot.name)) for slot in fields(value) if slot.init}
                return replace(value, **changes)
            case _:
                return value
