"""Group keys that DataFusion must not drop.

After ``GROUP BY a``, joined or unnested and grouped again by ``a, b``, DataFusion believes that ``a`` determines ``b``:
a third grouping by ``a, b`` then loses ``b`` if nothing above reads it, and rows are merged. It matches columns
by name, so a key written as what it simplifies to the column only later is left alone, at no cost::

    GROUP BY a, b
    GROUP BY CASE WHEN a IS NULL THEN NULL ELSE a END, b
"""

from __future__ import annotations

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.patterns import PatternRecognition
from owlake.ir.relations import inputs


def may_be_dropped(relation: nodes.Relation, keys: int) -> bool:
    """Whether keys of a grouping over the relation are in danger: two or more, over what was grouped before."""
    return keys > 1 and _has(relation, nodes.Aggregate, nodes.Distinct, PatternRecognition)


def _has(relation: nodes.Relation, *kinds: type[nodes.Relation]) -> bool:
    pending = [relation]
    while pending:
        current = pending.pop()
        if isinstance(current, kinds):
            return True
        if isinstance(current, nodes.CommonTableReference):
            # A recursive table refers to itself in its step only.
            pending.append(current.table.relation)
        pending.extend(inputs(current))
    return False


def kept(key: ir.Expression, sql: str) -> str:
    """The SQL of a key in a form that is not matched with a column."""
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE {sql} END" if isinstance(key, ir.Reference) else sql
