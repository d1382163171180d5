"""Work given to the sources of scans: limits on their rows, and groups over them.

What lies between must be columns only: ``SELECT k, count(*) FROM t WHERE <conditions that t applies> GROUP BY k``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import MutableMapping
from dataclasses import fields, replace
from typing import Any

from owlake.connector.table import Aggregation, Measure
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.walking import all_relations
from owlake.planning.scans import PushdownSelection, Selection

_AGGREGATES = frozenset({"count", "sum", "min", "max", "avg"})

Selections = MutableMapping[nodes.ScanIdentity, Selection]


def push_down(relation: nodes.Relation, selections: Selections) -> nodes.Relation:
    """The relation with what sources do themselves left to them; their selections are changed with it."""
    if not any(isinstance(one, PushdownSelection) for one in selections.values()):
        return relation
    uses = Counter(one.identity for one in all_relations(relation) if isinstance(one, nodes.Scan))
    return _Pushdown(selections, uses).relation(relation)


class _Pushdown:
    def __init__(self, selections: Selections, uses: Counter[nodes.ScanIdentity]) -> None:
        self._selections = selections
        self._uses = uses

    def relation(self, relation: nodes.Relation) -> nodes.Relation:
        """The relation and what is below it."""
        if isinstance(relation, nodes.Aggregate):
            grouped = self._aggregate(relation)
            if grouped is not None:
                return grouped
        if isinstance(relation, nodes.Limit):
            self._limit(relation)
        changes: dict[str, Any] = {}
        for slot in fields(relation):
            value = getattr(relation, slot.name)
            changed = self._below(value)
            if changed is not value:
                changes[slot.name] = changed
        return replace(relation, **changes) if changes else relation

    def _below(self, value: Any) -> Any:
        if isinstance(value, nodes.Relation):
            return self.relation(value)
        if isinstance(value, tuple) and value and isinstance(value[0], nodes.Relation):
            return tuple(self.relation(one) for one in value)
        return value

    def _limit(self, relation: nodes.Limit) -> None:
        below = relation.input
        while isinstance(below, nodes.Project):
            below = below.input
        if relation.count is None or relation.ties or not isinstance(below, nodes.Scan):
            return
        selection = self._selections[below.identity]
        if isinstance(selection, PushdownSelection) and self._uses[below.identity] == 1:
            self._selections[below.identity] = selection.limited(relation.count + relation.offset)

    def _aggregate(self, relation: nodes.Aggregate) -> nodes.Relation | None:
        """A scan that gives the groups, where the source can."""
        scan, columns = _columns_below(relation.input)
        if scan is None or relation.grouping_sets is not None or relation.grouping_ids:
            return None
        selection = self._selections[scan.identity]
        if not isinstance(selection, PushdownSelection):
            return None
        keys = [_column(value, columns) for _, value in relation.keys]
        measures = [_measure(f"_{place}", call, columns) for place, (_, call) in enumerate(relation.aggregations)]
        if None in keys or None in measures or len(set(keys)) < len(keys):
            return None
        aggregation = Aggregation(tuple(key for key in keys if key), tuple(one for one in measures if one))
        grouped = selection.aggregated(aggregation)
        if grouped is None:
            return None
        names = (*aggregation.keys, *(measure.name for measure in aggregation.measures))
        its = (*(field for field, _ in relation.keys), *(field for field, _ in relation.aggregations))
        replaced = nodes.Scan(its, scan.source, names)
        self._selections[replaced.identity] = grouped
        # EXPLAIN shows the query before this rewrite: it finds the groups under the scan that they took the place of.
        self._selections[scan.identity] = grouped
        return replaced


def _columns_below(relation: nodes.Relation) -> tuple[nodes.Scan | None, dict[ir.Field, str]]:
    """The scan below projections, and which of its columns each field is that is one."""
    projections = []
    while isinstance(relation, nodes.Project):
        projections.append(relation)
        relation = relation.input
    if not isinstance(relation, nodes.Scan):
        return None, {}
    columns = dict(zip(relation.fields, relation.columns, strict=True))
    for projection in reversed(projections):
        named = ((field, _column(value, columns)) for field, value in projection.assignments)
        columns = {field: name for field, name in named if name is not None}
    return relation, columns


def _column(value: ir.Expression, columns: dict[ir.Field, str]) -> str | None:
    return columns.get(value.field) if isinstance(value, ir.Reference) else None


def _measure(name: str, call: ir.Aggregation, columns: dict[ir.Field, str]) -> Measure | None:
    """The call as a source is asked for it; None for one that is more than an aggregate of a column."""
    function = call.function.name
    if call.filter is not None or call.order_by or function not in _AGGREGATES or len(call.arguments) > 1:
        return None
    column = _column(call.arguments[0], columns) if call.arguments else None
    if call.arguments and column is None:
        return None
    return Measure(name, function, column, call.type, call.distinct)
