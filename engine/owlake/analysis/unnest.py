"""UNNEST: arrays and maps as rows, beside the row that they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.analysis.aggregation import refuse_aggregates
from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.scope import Scope, ScopedRelation, ScopeField, reference
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.relations import Unnest
from owlake.types.model import BIGINT, Array, Map, Row, Type

if TYPE_CHECKING:
    from owlake.analysis.relations import RelationAnalyzer


def unnest(
    relations: RelationAnalyzer, node: nodes.Unnest, left: ScopedRelation, outer: Scope, *, outer_join: bool = False
) -> ScopedRelation:
    """The left side's rows times the elements; the new columns come last.

    Errors: TYPE_MISMATCH for what is neither array nor map.
    """
    scope = Scope(left.fields, outer)
    analyzer = ExpressionAnalyzer(relations.context, scope, relations.queries)
    items = []
    for written in node.expressions:
        value = analyzer.analyze(written)
        refuse_aggregates(value, "UNNEST", written)
        items.append((value, _fields(value.type, written)))
    new = tuple(field for _, fields in items for field in fields)
    ordinality = ir.Field("ordinality", BIGINT) if node.with_ordinality else None
    if ordinality is not None:
        new = (*new, ordinality)
    relation = Unnest((*left.relation.fields, *new), left.relation, tuple(items), ordinality, outer_join)
    named = tuple(ScopeField(field.name.lower() if field.name else None, (), reference(field)) for field in new)
    return ScopedRelation(relation, (*left.fields, *named))


def _fields(type_: Type, written: Node) -> tuple[ir.Field, ...]:
    match type_:
        case Array(element=Row(fields=fields)):
            return tuple(ir.Field(field.name or "", field.type) for field in fields)
        case Array():
            return (ir.Field("", type_.element),)
        case Map():
            return (ir.Field("", type_.key), ir.Field("", type_.value))
        case _:
            raise error("TYPE_MISMATCH", f"Cannot unnest type: {type_}", written.position)
