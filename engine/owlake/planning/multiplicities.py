"""EXCEPT ALL and INTERSECT ALL: DataFusion keeps and drops all equal rows alike, so equal rows are numbered apart.

In SQL::

    SELECT a FROM t EXCEPT ALL SELECT b FROM u
    SELECT a FROM (SELECT a, row_number() OVER (PARTITION BY a) AS n FROM t
                   EXCEPT SELECT b, row_number() OVER (PARTITION BY b) AS n FROM u)

The first k of equal rows on the left meet the k on the right; what is left over has greater numbers.
"""

from __future__ import annotations

from dataclasses import replace

from owlake.functions.registry import REGISTRY
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import change_all_relations
from owlake.ir.walking import all_relations
from owlake.types.model import BIGINT


def number_equal_rows(relation: nodes.Relation) -> nodes.Relation:
    """The relation with EXCEPT ALL and INTERSECT ALL made DISTINCT over numbered rows."""
    if not any(_counts(one) for one in all_relations(relation)):
        return relation
    return change_all_relations(relation, _numbered)


def _counts(relation: nodes.Relation) -> bool:
    return isinstance(relation, nodes.SetOperation) and relation.operator != "UNION" and not relation.distinct


def _numbered(relation: nodes.Relation) -> nodes.Relation:
    if not isinstance(relation, nodes.SetOperation) or not _counts(relation):
        return relation
    # After each EXCEPT the numbers of what is left have gaps, so a chain is numbered anew at each link.
    first, *others = relation.inputs
    for one in others:
        fields = tuple(ir.Field(field.name, field.type) for field in relation.fields)
        first = _pair(replace(relation, fields=fields, inputs=(first, one)))
    return _renamed(first, relation.fields)


def _pair(relation: nodes.SetOperation) -> nodes.Relation:
    inputs = tuple(_with_number(one) for one in relation.inputs)
    number = ir.Field("number", BIGINT)
    distinct = nodes.SetOperation((*relation.fields, number), relation.operator, distinct=True, inputs=inputs)
    return _renamed(distinct, relation.fields)


def _with_number(relation: nodes.Relation) -> nodes.Relation:
    number = ir.Field("number", BIGINT)
    partition = tuple(ir.Reference(field.type, field) for field in relation.fields)
    function = REGISTRY.resolve("row_number", ()).function
    call = ir.WindowCall(BIGINT, function, (), partition, (), None)
    return nodes.Window((*relation.fields, number), relation, ((number, call),))


def _renamed(relation: nodes.Relation, fields: tuple[ir.Field, ...]) -> nodes.Relation:
    """The relation's first columns under other fields."""
    first = relation.fields[: len(fields)]
    assignments = tuple((field, ir.Reference(below.type, below)) for field, below in zip(fields, first, strict=True))
    return nodes.Project(fields, relation, assignments)
