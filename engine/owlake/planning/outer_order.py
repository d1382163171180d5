"""Orders by columns that an outer join fills with NULL.

DataFusion 55 takes a column for constant that is so on its own side of a join (a literal, the key of one partition,
one row), also where that side is the one of an outer join that may be missing. An order by it is then left out, and
with it every LIMIT and window over that order. So such a column is ordered by through an expression that nothing is
known of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import change_all_relations
from owlake.ir.walking import all_relations

_Fields = frozenset[ir.Field]


def hide_constants(relation: nodes.Relation) -> nodes.Relation:
    """The relation with such orders by what cannot be taken for constant."""
    if not any(isinstance(one, nodes.Join) and one.kind != "CROSS" for one in all_relations(relation)):
        return relation
    return change_all_relations(relation, _changed)


def _changed(node: nodes.Relation) -> nodes.Relation:
    match node:
        case nodes.Sort() | nodes.Limit() | nodes.Window() | nodes.Aggregate():
            used = _references(key.value for key in _order_keys(node))
            hidden = used & _filled(node.input) if used else used
            return replace(node, input=_through(node.input, hidden)) if hidden else node
        case _:
            return node


def _order_keys(node: nodes.Sort | nodes.Limit | nodes.Window | nodes.Aggregate) -> Iterator[ir.SortKey]:
    match node:
        case nodes.Window():
            for _, call in node.calls:
                yield from call.order_by
        case nodes.Aggregate():
            for _, aggregation in node.aggregations:
                for part in ir.walk(aggregation):
                    yield from part.order_by if isinstance(part, ir.Aggregation) else ()
        case _:
            yield from node.keys


def _through(relation: nodes.Relation, hidden: _Fields) -> nodes.Relation:
    def value(field: ir.Field) -> ir.Expression:
        reference = ir.Reference(field.type, field)
        return ir.Unknown(field.type, reference) if field in hidden else reference

    return nodes.Project(relation.fields, relation, tuple((field, value(field)) for field in relation.fields))


def _filled(relation: nodes.Relation) -> _Fields:
    """The fields that are NULL where a side of an outer join is missing, and what is computed from them."""
    match relation:
        case nodes.Join():
            filled = _filled(relation.left) | _filled(relation.right)
            if relation.kind in ("LEFT", "FULL"):
                filled |= frozenset(relation.right.fields)
            if relation.kind in ("RIGHT", "FULL"):
                filled |= frozenset(relation.left.fields)
            return filled
        case nodes.Project():
            return _computed(relation.assignments, _filled(relation.input))
        case nodes.Aggregate():
            return _computed(relation.keys, _filled(relation.input))
        case nodes.SetOperation():
            return _in_places(relation.fields, relation.inputs)
        case nodes.CommonTableReference():
            # Of a recursive query, the rows that it begins with: those of the steps are no constants.
            return _in_places(relation.fields, (relation.table.relation,))
        case nodes.Values() | nodes.SingleRow() | nodes.Scan():
            return frozenset()
        case _:
            return _filled(relation.input)  # type: ignore[attr-defined]


def _computed(assignments: Iterable[tuple[ir.Field, ir.Expression]], filled: _Fields) -> _Fields:
    """What is computed from such fields, or from none at all: orders by constants confuse plans with joins, too."""

    def is_filled(value: ir.Expression) -> bool:
        references = _references((value,))
        return not references or bool(references & filled)

    return frozenset(field for field, value in assignments if not isinstance(value, ir.Unknown) and is_filled(value))


def _in_places(fields: tuple[ir.Field, ...], inputs: Iterable[nodes.Relation]) -> _Fields:
    places = {place for one in inputs for place, field in enumerate(one.fields) if field in _filled(one)}
    return frozenset(field for place, field in enumerate(fields) if place in places)


def _references(expressions: Iterable[ir.Expression]) -> _Fields:
    return frozenset(part.field for one in expressions for part in ir.walk(one) if isinstance(part, ir.Reference))
