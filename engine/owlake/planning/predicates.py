"""Predicate pushdown for pruning: which conditions every row that a scan gives must satisfy to matter.

DataFusion pushes filters down itself; this is for what happens before it: which partitions, files and buckets
are read at all. A condition that is passed down may therefore be left out, never made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from owlake.analysis.operators import logical
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.patterns import PatternRecognition
from owlake.ir.rewriting import rewrite
from owlake.ir.walking import expressions_of, relations_in
from owlake.planning.raising import can_raise, fields_under_try

Conjuncts = tuple[ir.Expression, ...]


class PredicatePushdown:
    """The conditions on each scan of a statement."""

    def __init__(self, relation: nodes.Relation) -> None:
        self._on_scan: dict[nodes.ScanIdentity, list[Conjuncts]] = {}
        self._tables: dict[int, nodes.CommonTable] = {}
        self._on_table: dict[int, list[Conjuncts]] = {}
        self._push(relation, ())
        # A WITH query that uses another comes after it in dependence, so its own uses are all known by then.
        for table in reversed(list(self._tables.values())):
            self._push_table(table)

    def conjuncts(self, scan: nodes.Scan) -> Conjuncts:
        """What must hold for the scan's rows, over its fields. A scan used twice must serve both uses."""
        return _either(self._on_scan.get(scan.identity, [()]))

    def _push_table(self, table: nodes.CommonTable) -> None:
        if table.step is not None:
            self._push(table.relation, ())
            self._push(table.step, ())
            return
        self._push(table.relation, _either(self._on_table[id(table)]))

    def _push(self, relation: nodes.Relation, conjuncts: Conjuncts) -> None:
        self._push_subqueries(relation)
        match relation:
            case nodes.Scan():
                self._on_scan.setdefault(relation.identity, []).append(_over(conjuncts, relation.fields))
            case nodes.Filter():
                self._push(relation.input, (*conjuncts, *split(relation.predicate)))
            case nodes.Project():
                self._push(relation.input, _through(conjuncts, dict(relation.assignments)))
            case nodes.Aggregate():
                keys = dict(relation.keys) if relation.grouping_sets is None else {}
                self._push(relation.input, _through(conjuncts, keys))
            case nodes.Join():
                self._push_join(relation, conjuncts)
            case nodes.SetOperation():
                for one in relation.inputs:
                    places = dict(zip(relation.fields, (_reference(field) for field in one.fields), strict=True))
                    self._push(one, _through(conjuncts, places))
            case nodes.CommonTableReference():
                self._push_reference(relation, conjuncts)
            case nodes.Window():
                same = _partition_keys(relation)
                self._push(relation.input, tuple(one for one in conjuncts if _fields(one) <= same))
            case nodes.Sort() | nodes.Distinct() | nodes.Sample() | nodes.Unnest():
                self._push(relation.input, _over(conjuncts, relation.input.fields))
            case PatternRecognition():
                self._push(relation.input, _through(conjuncts, dict(relation.partition_by)))
            case nodes.Limit():
                self._push(relation.input, ())
            case _:
                return

    def _push_subqueries(self, relation: nodes.Relation) -> None:
        for expression in expressions_of(relation):
            for part in ir.walk(expression):
                for inner in relations_in(part):
                    self._push(inner, ())

    def _push_join(self, relation: nodes.Join, conjuncts: Conjuncts) -> None:
        on = split(relation.condition) if relation.condition is not None else ()
        left, right = set(relation.left.fields), set(relation.right.fields)
        inner = relation.kind in ("INNER", "CROSS")
        above = with_equalities((*conjuncts, *on)) if inner else conjuncts
        to_left = [one for one in above if _fields(one) <= left]
        to_right = [one for one in above if _fields(one) <= right]
        if relation.kind == "LEFT":
            to_right = [one for one in to_right if rejects_null(one)]
        if relation.kind == "RIGHT":
            to_left = [one for one in to_left if rejects_null(one)]
        if relation.kind == "FULL":
            # Without its partner a row of a full join still comes out, so both sides must be pruned alike.
            to_left, to_right = [], []
        if relation.kind == "LEFT":
            to_right.extend(one for one in with_equalities((*to_left, *on)) if _fields(one) <= right)
        if relation.kind == "RIGHT":
            to_left.extend(one for one in with_equalities((*to_right, *on)) if _fields(one) <= left)
        self._push(relation.left, tuple(to_left))
        self._push(relation.right, tuple(to_right))

    def _push_reference(self, relation: nodes.CommonTableReference, conjuncts: Conjuncts) -> None:
        table = relation.table
        # Moved to the end: after every table that uses it.
        self._tables.pop(id(table), None)
        self._tables = {id(table): table, **self._tables}
        places = dict(zip(relation.fields, (_reference(field) for field in table.fields), strict=True))
        inner = dict(zip(table.fields, (_reference(field) for field in table.relation.fields), strict=True))
        self._on_table.setdefault(id(table), []).append(_through(_through(conjuncts, places), inner))


def split(predicate: ir.Expression) -> Conjuncts:
    """A condition as the conditions that must all hold."""
    if isinstance(predicate, ir.Logical) and predicate.operator == "AND":
        return tuple(part for term in predicate.terms for part in split(term))
    if isinstance(predicate, ir.Between):
        bounds = ((">=", predicate.low), ("<=", predicate.high))
        return tuple(ir.Comparison(predicate.type, operator, predicate.value, bound) for operator, bound in bounds)
    return (predicate,)


def rejects_null(conjunct: ir.Expression) -> bool:
    """Whether the condition is not true where the fields in it are NULL."""
    match conjunct:
        case ir.Comparison(operator=operator):
            return operator != "IS DISTINCT FROM" and all(_is_plain(one) for one in (conjunct.left, conjunct.right))
        case ir.InList():
            return _is_plain(conjunct.value)
        case ir.Logical(operator="OR"):
            return all(rejects_null(term) for term in conjunct.terms)
        case _:
            return False


def _is_plain(value: ir.Expression) -> bool:
    """A field, a constant, or a cast of one: NULL in, NULL out."""
    return isinstance(value, ir.Reference | ir.Constant) or (isinstance(value, ir.Cast) and _is_plain(value.value))


def with_equalities(conjuncts: Conjuncts) -> Conjuncts:
    """The conditions and what follows from them: ``a = b AND b = 'x'`` also says ``a = 'x'``."""
    pairs = [
        (one.left.field, one.right.field)
        for one in conjuncts
        if isinstance(one, ir.Comparison)
        and one.operator == "="
        and isinstance(one.left, ir.Reference)
        and isinstance(one.right, ir.Reference)
    ]
    if not pairs:
        return conjuncts
    known = set(conjuncts)
    result = list(conjuncts)
    pending = list(conjuncts)
    while pending:
        conjunct = pending.pop()
        fields = _fields(conjunct)
        if len(fields) != 1:
            continue
        (field,) = fields
        for one, other in pairs:
            target = other if field is one else one if field is other else None
            if target is None or target.type != field.type:
                continue
            moved = _substituted(conjunct, {field: _reference(target)})
            if moved not in known:
                known.add(moved)
                result.append(moved)
                pending.append(moved)
    return tuple(result)


def _either(uses: Sequence[Conjuncts]) -> Conjuncts:
    """What holds for every one of several uses: the OR of what each says."""
    if len(uses) == 1:
        return uses[0]
    if not uses or any(not one for one in uses):
        return ()
    return (logical("OR", tuple(logical("AND", one) for one in uses)),)


def _over(conjuncts: Iterable[ir.Expression], fields: Sequence[ir.Field]) -> Conjuncts:
    known = set(fields)
    return tuple(one for one in conjuncts if _fields(one) <= known)


def _through(conjuncts: Iterable[ir.Expression], assignments: Mapping[ir.Field, ir.Expression]) -> Conjuncts:
    """The conditions over a projection's inputs; those on columns that are not simply computed are left out."""
    known = {field for field, value in assignments.items() if _is_deterministic(value)}
    failing = {field for field, value in assignments.items() if can_raise(value)}
    return tuple(
        _substituted(one, assignments)
        for one in conjuncts
        if _fields(one) <= known and not fields_under_try([one]) & failing
    )


def _is_deterministic(value: ir.Expression) -> bool:
    return not any(
        isinstance(part, ir.Aggregation | ir.WindowCall)
        or (isinstance(part, ir.Call) and not part.function.deterministic)
        or any(True for _ in relations_in(part))
        for part in ir.walk(value)
    )


def _substituted(expression: ir.Expression, values: Mapping[ir.Field, ir.Expression]) -> ir.Expression:
    return rewrite(expression, lambda part: values.get(part.field, part) if isinstance(part, ir.Reference) else part)


def _fields(expression: ir.Expression) -> set[ir.Field]:
    """The fields of a condition; a condition with a subquery in it has one that no relation has."""
    fields: set[ir.Field] = set()
    for part in ir.walk(expression):
        if isinstance(part, ir.Reference):
            fields.add(part.field)
        if any(True for _ in relations_in(part)):
            fields.add(_NOWHERE)
    return fields or {_NOWHERE}


def _partition_keys(relation: nodes.Window) -> set[ir.Field]:
    """The fields by which every window of the relation is partitioned."""
    keys = [{key.field for key in call.partition_by if isinstance(key, ir.Reference)} for _, call in relation.calls]
    return set.intersection(*keys) if keys else set()


def _reference(field: ir.Field) -> ir.Reference:
    return ir.Reference(field.type, field)


_NOWHERE = ir.Field("", ir.TRUE.type)
