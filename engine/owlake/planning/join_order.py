"""The order of inner joins, by what ANALYZE has found: the engine below joins in the order that it is given.

It builds a table of the left side's rows and streams the right side's past it. So small tables come to the left, the
largest stays on the right, and what leaves few rows comes first. Nothing changes where a table has no statistics, where
a condition can raise, or where the gain is small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from owlake.analysis.operators import logical
from owlake.catalog.statistics import ColumnStatistics
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import change_all_relations
from owlake.ir.walking import all_relations, relations_in
from owlake.planning.predicates import split
from owlake.planning.raising import can_raise

_UNKNOWN = 0.5
"""The part of the rows that a condition leaves of which nothing is known."""
_WORTH = 0.7
"""The part of the written order's cost that another order must stay below."""
_BUILD = 2.0
"""What a row costs on the side that a table is built of, beside a row that is streamed or comes out."""
_MOST = 12


@dataclass(frozen=True, slots=True)
class ScanEstimate:
    """How many rows a scan gives before its conditions, and what is known of its columns by name."""

    rows: float
    columns: Mapping[str, ColumnStatistics]


Estimate = Callable[[nodes.Scan], "ScanEstimate | None"]
"""What is known of a scan; None where its table was never analysed."""


def order_joins(relation: nodes.Relation, estimate: Estimate) -> nodes.Relation:
    """The relation with inner joins in the order that costs least."""
    parts = list(all_relations(relation))
    if not any(_is_inner(one) for one in parts):
        return relation
    inside: set[_Key] = set()
    # Parents come first: what is joined in one go is looked at once, with all of its conditions.
    for one in parts:
        if _key(one) not in inside:
            inside.update(map(_key, _inner_parts(one)))
    return change_all_relations(relation, lambda one: one if _key(one) in inside else _ordered(one, estimate))


_Key = tuple[type[nodes.Relation], int]


def _key(relation: nodes.Relation) -> _Key:
    """What stays the same of a relation while those below it change."""
    return type(relation), id(relation.fields)


def _inner_parts(relation: nodes.Relation) -> Iterator[nodes.Relation]:
    """The joins, and the conditions on them, that are ordered with this relation."""
    top = relation.input if isinstance(relation, nodes.Filter) else relation
    if not isinstance(top, nodes.Join) or not _is_inner(top):
        return
    if top is not relation:
        yield top
    for side in (top.left, top.right):
        inner = side.input if isinstance(side, nodes.Filter) else side
        if _is_inner(inner):
            yield side
            yield from _inner_parts(side)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A relation that is joined: its rows, and the different values of each field, as far as they are known."""

    relation: nodes.Relation
    rows: float
    distinct: Mapping[ir.Field, float]


@dataclass(frozen=True, slots=True)
class _Step:
    """Leaves joined so far, with the rows that come out and what that costs; ``used`` are the joins' conditions."""

    relation: nodes.Relation
    rows: float
    cost: float
    fields: frozenset[ir.Field]
    used: tuple[ir.Expression, ...] = ()


def _ordered(relation: nodes.Relation, estimate: Estimate) -> nodes.Relation:
    top = relation.input if isinstance(relation, nodes.Filter) else relation
    if not _is_inner(top):
        return relation
    conjuncts = list(split(relation.predicate)) if isinstance(relation, nodes.Filter) else []
    below: list[nodes.Relation] = []
    _flatten(top, below, conjuncts)
    if len(below) > _MOST or any(can_raise(one) or _has_query(one) for one in conjuncts):
        return relation
    leaves = [_leaf(one, conjuncts, estimate) for one in below]
    known = [one for one in leaves if one is not None]
    if len(known) < len(below):
        return relation
    written = _joined_as_written(known, conjuncts)
    best = _joined_by_size(known, conjuncts)
    if best is None or best.cost >= written * _WORTH:
        return relation
    rest = tuple(one for one in conjuncts if one not in best.used)
    made = replace(best.relation, fields=top.fields)
    return nodes.Filter(relation.fields, made, logical("AND", rest)) if rest else replace(made, fields=relation.fields)


def _is_inner(relation: nodes.Relation) -> bool:
    return isinstance(relation, nodes.Join) and relation.kind in ("INNER", "CROSS") and not relation.lateral


def _flatten(relation: nodes.Relation, leaves: list[nodes.Relation], conjuncts: list[ir.Expression]) -> None:
    """The relations that are joined, in the order in which they are written, and all conditions."""
    inner = relation.input if isinstance(relation, nodes.Filter) else relation
    if not isinstance(inner, nodes.Join) or not _is_inner(inner):
        leaves.append(relation)
        return
    if isinstance(relation, nodes.Filter):
        conjuncts.extend(split(relation.predicate))
    _flatten(inner.left, leaves, conjuncts)
    _flatten(inner.right, leaves, conjuncts)
    if inner.condition is not None:
        conjuncts.extend(split(inner.condition))


def _has_query(conjunct: ir.Expression) -> bool:
    return any(True for part in ir.walk(conjunct) for _ in relations_in(part))


# Estimates ------------------------------------------------------------------------------------------------


def _leaf(relation: nodes.Relation, conjuncts: Sequence[ir.Expression], estimate: Estimate) -> _Leaf | None:
    """What is known of a joined relation: a scan, with conditions on it and columns renamed."""
    conditions = [one for one in conjuncts if _only_of(one, frozenset(relation.fields))]
    names: dict[ir.Field, ir.Field] = {field: field for field in relation.fields}
    current = relation
    while not isinstance(current, nodes.Scan):
        if isinstance(current, nodes.Filter):
            conditions.extend(split(current.predicate))
        elif isinstance(current, nodes.Project):
            sources = {field: value.field for field, value in current.assignments if isinstance(value, ir.Reference)}
            names = {field: sources[one] for field, one in names.items() if one in sources}
        else:
            return None
        current = current.input
    known = estimate(current)
    if known is None:
        return None
    columns = {field: known.columns.get(name) for field, name in zip(current.fields, current.columns, strict=True)}
    of_field = {**columns, **{field: columns.get(one) for field, one in names.items()}}
    rows = known.rows
    for one in conditions:
        rows *= _selectivity(one, of_field, known.rows)
    rows = max(rows, 1.0)
    distinct = {
        field: min(float(one.distinct), rows)
        for field, one in of_field.items()
        if one is not None and one.distinct is not None
    }
    return _Leaf(relation, rows, distinct)


def _only_of(conjunct: ir.Expression, fields: frozenset[ir.Field]) -> bool:
    references = [part.field for part in ir.walk(conjunct) if isinstance(part, ir.Reference)]
    return bool(references) and all(one in fields for one in references)


def _selectivity(conjunct: ir.Expression, columns: Mapping[ir.Field, ColumnStatistics | None], rows: float) -> float:
    """About which part of the rows a condition leaves."""
    match conjunct:
        case ir.Comparison(operator=operator, left=ir.Reference(field=field), right=ir.Constant(value=value)):
            known = columns.get(field)
            if known is None or operator not in ("=", "<", "<=", ">", ">="):
                return _UNKNOWN
            return _of_equal(known, 1) if operator == "=" else _of_range(known, operator, value)
        case ir.InList(value=ir.Reference(field=field), items=items):
            known = columns.get(field)
            return _UNKNOWN if known is None else _of_equal(known, len(items))
        case ir.IsNull(value=ir.Reference(field=field)):
            known = columns.get(field)
            return _UNKNOWN if known is None or not rows else min(known.nulls / rows, 1.0)
        case ir.Logical(operator="OR", terms=terms):
            return min(sum(_selectivity(one, columns, rows) for one in terms), 1.0)
        case ir.Not(value=value):
            return 1.0 - _selectivity(value, columns, rows)
    return _UNKNOWN


def _of_equal(known: ColumnStatistics, values: int) -> float:
    return min(values / known.distinct, 1.0) if known.distinct else _UNKNOWN


def _of_range(known: ColumnStatistics, operator: str, value: object) -> float:
    low, high = known.minimum, known.maximum
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not isinstance(value, int | float):
        return _UNKNOWN
    if low >= high:
        return _UNKNOWN
    part = min(max((value - low) / (high - low), 0.0), 1.0)
    return part if operator in ("<", "<=") else 1.0 - part


# Orders ---------------------------------------------------------------------------------------------------


def _sides(conjunct: ir.Expression) -> tuple[ir.Field, ir.Field] | None:
    """The two fields that a condition sets equal."""
    match conjunct:
        case ir.Comparison(operator="=", left=ir.Reference(field=left), right=ir.Reference(field=right)):
            return left, right
    return None


def _matching(
    conjuncts: Sequence[ir.Expression], one: frozenset[ir.Field], other: frozenset[ir.Field]
) -> list[ir.Expression]:
    """The conditions that join two sides."""
    found = []
    for conjunct in conjuncts:
        sides = _sides(conjunct)
        if sides is not None and ((sides[0] in one and sides[1] in other) or (sides[1] in one and sides[0] in other)):
            found.append(conjunct)
    return found


def _rows_of_join(rows: float, leaf: _Leaf, on: Sequence[ir.Expression], distinct: Mapping[ir.Field, float]) -> float:
    """About how many rows come out: each key of the side with more of them meets one of the other's."""
    found = rows * leaf.rows
    for conjunct in on:
        sides = _sides(conjunct)
        assert sides is not None
        found /= max(*(distinct.get(field, 1.0) for field in sides), 1.0)
    return max(found, 1.0)


def _joined_as_written(leaves: Sequence[_Leaf], conjuncts: Sequence[ir.Expression]) -> float:
    """The cost of the written order, each table built of what was joined before."""
    distinct = {field: count for leaf in leaves for field, count in leaf.distinct.items()}
    rows, cost, fields = leaves[0].rows, 0.0, frozenset(leaves[0].relation.fields)
    for leaf in leaves[1:]:
        new = frozenset(leaf.relation.fields)
        out = _rows_of_join(rows, leaf, _matching(conjuncts, fields, new), distinct)
        cost += _BUILD * rows + leaf.rows + out
        rows, fields = out, fields | new
    return cost


def _joined_by_size(leaves: Sequence[_Leaf], conjuncts: Sequence[ir.Expression]) -> _Step | None:
    """From the largest one on always the one that leaves fewest rows; None where some would meet all others' rows."""
    distinct = {field: count for leaf in leaves for field, count in leaf.distinct.items()}
    first = max(leaves, key=lambda leaf: leaf.rows)
    step = _Step(first.relation, first.rows, 0.0, frozenset(first.relation.fields))
    waiting = [leaf for leaf in leaves if leaf is not first]
    while waiting:
        choices = []
        for leaf in waiting:
            on = _matching(conjuncts, step.fields, frozenset(leaf.relation.fields))
            if on:
                choices.append((_rows_of_join(step.rows, leaf, on, distinct), leaf.rows, leaf, on))
        if not choices:
            return None
        rows, _, leaf, on = min(choices, key=lambda choice: choice[:2])
        waiting.remove(leaf)
        sides = (leaf.relation, step.relation) if leaf.rows <= step.rows else (step.relation, leaf.relation)
        cost = step.cost + _BUILD * min(leaf.rows, step.rows) + max(leaf.rows, step.rows) + rows
        joined = nodes.Join((*sides[0].fields, *sides[1].fields), "INNER", *sides, logical("AND", tuple(on)))
        step = _Step(joined, rows, cost, step.fields | frozenset(leaf.relation.fields), (*step.used, *on))
    return step
