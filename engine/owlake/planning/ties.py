"""FETCH FIRST n ROWS WITH TIES: DataFusion has none, so rows are kept by their rank.

In SQL::

    SELECT a FROM t ORDER BY a OFFSET 2 FETCH FIRST 3 ROWS WITH TIES
    SELECT a FROM (SELECT a, row_number() OVER w AS number, rank() OVER w AS rank FROM t WINDOW w AS (ORDER BY a))
    WHERE number > 2 AND rank <= 5 ORDER BY a
"""

from __future__ import annotations

from owlake.functions.registry import REGISTRY
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import change_all_relations
from owlake.ir.walking import all_relations
from owlake.types.model import BIGINT, BOOLEAN


def keep_ties(relation: nodes.Relation) -> nodes.Relation:
    """The relation with every limit that keeps ties made a filter by rank."""
    if not any(isinstance(one, nodes.Limit) and one.ties for one in all_relations(relation)):
        return relation
    return change_all_relations(relation, _by_rank)


def _by_rank(relation: nodes.Relation) -> nodes.Relation:
    if not isinstance(relation, nodes.Limit) or not relation.ties or relation.count is None:
        return relation
    below = relation.input
    kept = ranked(below, (), relation.keys, relation.count, relation.offset)
    assignments = tuple((field, ir.Reference(field.type, field)) for field in relation.fields)
    return nodes.Sort(relation.fields, nodes.Project(relation.fields, kept, assignments), relation.keys)


def ranked(
    relation: nodes.Relation,
    partition: tuple[ir.Expression, ...],
    keys: tuple[ir.SortKey, ...],
    count: int,
    offset: int,
) -> nodes.Relation:
    """The rows of each partition that a limit with ties keeps; the numbers that say so come last."""
    number, rank = ir.Field("number", BIGINT), ir.Field("rank", BIGINT)
    calls = tuple(
        (field, ir.WindowCall(BIGINT, REGISTRY.resolve(name, ()).function, (), partition, keys, None))
        for field, name in ((number, "row_number"), (rank, "rank"))
    )
    window = nodes.Window((*relation.fields, number, rank), relation, calls)
    within = ir.Comparison(BOOLEAN, "<=", ir.Reference(BIGINT, rank), ir.Constant(BIGINT, offset + count))
    if not offset:
        return nodes.Filter(window.fields, window, within)
    after = ir.Comparison(BOOLEAN, ">", ir.Reference(BIGINT, number), ir.Constant(BIGINT, offset))
    return nodes.Filter(window.fields, window, ir.Logical(BOOLEAN, "AND", (after, within)))
