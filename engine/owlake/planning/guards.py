"""Guards: a call that can fail never sees a row that Trino would not evaluate it for.

DataFusion evaluates ``x <> 0 AND 1 / x > 0`` on whole batches, and merges the filters of nested queries, so that
both sides of an AND meet every row. Trino stops at the first term that decides. So the operands of calls that can
fail are taken away (made NULL) on the rows that an earlier condition decides::

    x <> 0 AND 1 / x > 0
    x <> 0 AND 1 / (CASE WHEN coalesce(x <> 0, true) THEN x END) > 0

Projections run after the filters below them and evaluate CASE branch by branch; there only AND, OR and COALESCE
need guards. Filters do not: DataFusion turns a CASE of booleans into AND and OR, and pulls the expressions of
the projections below up into itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from owlake.analysis.operators import logical
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.patterns import PatternRecognition
from owlake.ir.rewriting import change_relations, rebuild
from owlake.ir.walking import all_relations, relations_in
from owlake.planning.predicates import split
from owlake.planning.raising import can_raise, raises_itself, raises_only_what_try_catches
from owlake.types.model import BOOLEAN

Fields = frozenset[ir.Field]
_NONE: Fields = frozenset()


@dataclass(frozen=True, slots=True)
class Exposure:
    """The fields of a relation that filters above use, which may come down to it.

    ``raising`` are those that something that can fail is applied to; ``used`` the others. ``somewhere`` says
    whether any filter of the statement can fail at all.
    """

    raising: Fields = _NONE
    used: Fields = _NONE
    somewhere: bool = False

    def with_predicate(self, predicate: ir.Expression) -> Exposure:
        """Exposed to one filter more."""
        raising = _applied(predicate)
        return replace(self, raising=self.raising | raising, used=self.used | (_fields(predicate) - raising))

    def through(self, assignments: Sequence[nodes.Assignment]) -> Exposure:
        """What a projection's inputs are exposed to: filters pull its expressions up into themselves."""
        raising: set[ir.Field] = set()
        used: set[ir.Field] = set()
        for field, value in assignments:
            if field in self.raising:
                raising |= _fields(value)
            elif field in self.used:
                raising |= _applied(value)
                used |= _fields(value)
        return replace(self, raising=frozenset(raising), used=frozenset(used - raising))

    def moved(self, fields: Sequence[ir.Field], onto: Sequence[ir.Field]) -> Exposure:
        """The same places in another relation's fields."""
        places = dict(zip(fields, onto, strict=True))
        raising, used = (
            frozenset(places[field] for field in of if field in places) for of in (self.raising, self.used)
        )
        return replace(self, raising=raising, used=used)


def guard(relation: nodes.Relation) -> nodes.Relation:
    """The relation with every call that can fail guarded by the conditions before it."""
    somewhere = any(
        can_raise(predicate) for one in all_relations(relation) if (predicate := _predicate_of(one)) is not None
    )
    return _guarded(relation, Exposure(somewhere=somewhere))


def _predicate_of(relation: nodes.Relation) -> ir.Expression | None:
    match relation:
        case nodes.Filter():
            return relation.predicate
        case nodes.Join():
            return relation.condition
        case _:
            return None


def _guarded(relation: nodes.Relation, exposed: Exposure) -> nodes.Relation:
    match relation:
        case nodes.Filter():
            return _filter(relation, exposed)
        case nodes.Project():
            below = _guarded(relation.input, exposed.through(relation.assignments))
            assignments = tuple((field, _expression(value)) for field, value in relation.assignments)
            return nodes.Project(relation.fields, below, assignments)
        case nodes.Join():
            return _join(relation, exposed)
        case nodes.SetOperation():
            inputs = tuple(_guarded(one, exposed.moved(relation.fields, one.fields)) for one in relation.inputs)
            return replace(relation, inputs=inputs)
        case nodes.CommonTableReference():
            return _reference(relation, exposed)
        case nodes.Aggregate():
            return _aggregate(relation, exposed)
        case PatternRecognition():
            return _pattern_recognition(relation, exposed)
        case nodes.Limit():
            # No filter comes down through it.
            return replace(relation, input=_guarded(relation.input, Exposure(somewhere=exposed.somewhere)))
        case nodes.Values() | nodes.SingleRow() | nodes.Scan():
            return relation
        case _:
            return replace(relation, input=_guarded(relation.input, exposed))  # type: ignore[attr-defined, call-arg]


def _filter(relation: nodes.Filter, exposed: Exposure) -> nodes.Relation:
    predicate = _predicate(relation.predicate)
    below = _guarded(relation.input, exposed.with_predicate(predicate))
    filtered = nodes.Filter(below.fields, below, predicate)
    if not any(field in exposed.raising for field in below.fields):
        return filtered
    if any(True for part in ir.walk(predicate) for _ in relations_in(part)):
        # A query must not be asked twice; no filter comes down through a limit.
        return nodes.Limit(below.fields, filtered, nodes.NO_LIMIT)
    keep = _judged(relation.predicate, predicate)
    assignments = tuple(
        (field, _kept(keep, _value(field)) if field in exposed.raising else _value(field)) for field in below.fields
    )
    return nodes.Project(below.fields, filtered, assignments)


def _pattern_recognition(relation: PatternRecognition, exposed: Exposure) -> nodes.Relation:
    below = _guarded(relation.input, exposed.through(relation.partition_by))
    columns = tuple((field, _expression(value)) for field, value in relation.collected)
    return replace(relation, input=below, collected=columns)


def _aggregate(relation: nodes.Aggregate, exposed: Exposure) -> nodes.Relation:
    below = _guarded(relation.input, exposed.through(relation.keys))
    keys = tuple((field, _expression(key)) for field, key in relation.keys)
    aggregations = tuple((field, _aggregation(call)) for field, call in relation.aggregations)
    return replace(relation, input=below, keys=keys, aggregations=aggregations)


def _aggregation(call: ir.Aggregation) -> ir.Aggregation:
    guarded = _expression(call)
    assert isinstance(guarded, ir.Aggregation)
    return guarded


def _join(relation: nodes.Join, exposed: Exposure) -> nodes.Relation:
    condition = _predicate(relation.condition) if relation.condition is not None else None
    below = exposed.with_predicate(condition) if condition is not None else exposed
    left, right = _guarded(relation.left, below), _guarded(relation.right, below)
    return replace(relation, left=left, right=right, condition=condition)


def _reference(relation: nodes.CommonTableReference, exposed: Exposure) -> nodes.Relation:
    """A WITH query that is used more than once serves filters that are not all known here: any may come down."""
    table = relation.table
    if not table.guarded:
        table.guarded = True
        outside = Exposure(somewhere=exposed.somewhere)
        fields = frozenset(table.relation.fields) if exposed.somewhere else _NONE
        table.relation = _guarded(table.relation, replace(outside, raising=fields))
        if table.step is not None:
            table.step = _guarded(table.step, outside)
    return relation


def _fields(expression: ir.Expression) -> Fields:
    return frozenset(part.field for part in ir.walk(expression) if isinstance(part, ir.Reference))


def _applied(expression: ir.Expression) -> Fields:
    """The fields inside parts that can fail."""
    if not can_raise(expression):
        return _NONE
    if raises_itself(expression):
        return _fields(expression)
    return _NONE.union(*(_applied(child) for child in ir.children(expression)))


def _value(field: ir.Field) -> ir.Reference:
    return ir.Reference(field.type, field)


# Expressions --------------------------------------------------------------------------------------------


def _expression(expression: ir.Expression) -> ir.Expression:
    """An expression of a projection."""
    expression = change_relations(expression, guard)
    return _walk(expression, cases=False) if can_raise(expression) else expression


def _predicate(expression: ir.Expression) -> ir.Expression:
    """A condition of a filter or join: CASE decides nothing there either."""
    expression = change_relations(expression, guard)
    if not can_raise(expression):
        return expression
    return _walk(logical("AND", split(expression)), cases=True)


def _walk(expression: ir.Expression, *, cases: bool) -> ir.Expression:
    if not can_raise(expression):
        return expression
    match expression:
        case ir.Logical():
            terms = _in_order(expression.terms, expression.operator, cases=cases)
            return replace(expression, terms=terms)
        case ir.Coalesce():
            return replace(expression, terms=_coalesced(expression.terms, cases=cases))
        case ir.InList() if any(can_raise(item) for item in expression.items):
            return _listed(expression, cases=cases)
        case ir.Case() if cases:
            return _branches(expression)
        case _:
            return rebuild(expression, lambda part: _walk(part, cases=cases))


def _in_order(terms: Sequence[ir.Expression], operator: str, *, cases: bool) -> tuple[ir.Expression, ...]:
    """Terms of AND or OR, each guarded by those before it.

    A term that is a query is no guard: it must not be asked twice, and Trino, too, judges a row by the others first.
    """
    done: list[ir.Expression] = []
    guards: list[ir.Expression] = []
    for term in terms:
        current = _walk(term, cases=cases)
        if guards and can_raise(current):
            current = _shielded(current, _undecided(guards, operator))
        done.append(current)
        judged = _judged(term, current)
        if not any(True for part in ir.walk(judged) for _ in relations_in(part)):
            guards.append(judged)
    return tuple(done)


def _judged(condition: ir.Expression, guarded: ir.Expression) -> ir.Expression:
    """A condition that was met before, as part of a guard: where it fails, it has failed the statement already.

    So it needs no guards of its own, which would hold those of the conditions before it, and so on; unless it fails
    with an error that TRY does not catch.
    """
    if not can_raise(condition):
        return condition
    return ir.Try(condition.type, condition) if raises_only_what_try_catches(condition) else guarded


def _undecided(before: Sequence[ir.Expression], operator: str) -> ir.Expression:
    """Where the terms so far leave the rest to be evaluated: AND goes on unless false, OR unless true."""
    if operator == "AND":
        return ir.Coalesce(BOOLEAN, (logical("AND", tuple(before)), ir.TRUE))
    return ir.Not(BOOLEAN, ir.Coalesce(BOOLEAN, (logical("OR", tuple(before)), ir.FALSE)))


def _listed(node: ir.InList, *, cases: bool) -> ir.Expression:
    """IN as Trino comes to its items: none for NULL, constants first, then the others from the last to the first."""
    value = _walk(node.value, cases=cases)
    constants = tuple(item for item in node.items if isinstance(item, ir.Constant))
    others = [item for item in node.items if not isinstance(item, ir.Constant)]
    done: list[ir.Expression] = [replace(node, value=value, items=constants)] if constants else []
    known = ir.Not(BOOLEAN, ir.IsNull(BOOLEAN, _judged(node.value, value)))
    for item in reversed(others):
        current = _walk(item, cases=cases)
        if can_raise(current):
            undecided = [_undecided([_judged(one, one) for one in done], "OR")] if done else []
            current = _shielded(current, logical("AND", (known, *undecided)))
        done.append(ir.Comparison(BOOLEAN, "=", value, current))
    return logical("OR", tuple(done))


def _coalesced(terms: Sequence[ir.Expression], *, cases: bool) -> tuple[ir.Expression, ...]:
    done: list[ir.Expression] = []
    for index, term in enumerate(terms):
        current = _walk(term, cases=cases)
        if index and can_raise(current):
            before = (_judged(one, guarded) for one, guarded in zip(terms, done, strict=False))
            current = _shielded(current, logical("AND", tuple(ir.IsNull(BOOLEAN, one) for one in before)))
        done.append(current)
    return tuple(done)


def _branches(case: ir.Case) -> ir.Expression:
    branches: list[tuple[ir.Expression, ir.Expression]] = []
    before: list[ir.Expression] = []
    for when, then in case.branches:
        condition, result = _walk(when, cases=True), _walk(then, cases=True)
        if before and can_raise(condition):
            condition = _shielded(condition, logical("AND", tuple(before)))
        if can_raise(result):
            result = _shielded(result, logical("AND", (*before, _judged(when, condition))))
        branches.append((condition, result))
        before.append(_not_true(_judged(when, condition)))
    default = _walk(case.default, cases=True)
    if before and can_raise(default):
        default = _shielded(default, logical("AND", tuple(before)))
    return ir.Case(case.type, tuple(branches), default)


def _not_true(condition: ir.Expression) -> ir.Expression:
    return ir.Not(BOOLEAN, ir.Coalesce(BOOLEAN, (condition, ir.FALSE)))


def _shielded(expression: ir.Expression, keep: ir.Expression) -> ir.Expression:
    """The expression with the operands of what can fail in it NULL wherever ``keep`` is not true."""
    if not can_raise(expression):
        return expression
    if raises_itself(expression):
        return _shielded_call(expression, keep)
    return rebuild(expression, lambda part: _shielded(part, keep))


def _shielded_call(expression: ir.Expression, keep: ir.Expression) -> ir.Expression:
    if isinstance(expression, ir.Cast):
        return replace(expression, value=_kept(keep, _shielded(expression.value, keep)))
    if isinstance(expression, ir.Comparison):
        left, right = (_shielded(side, keep) for side in (expression.left, expression.right))
        return replace(expression, left=_kept(keep, left), right=right)
    if isinstance(expression, ir.Between):
        value, low, high = (_shielded(part, keep) for part in (expression.value, expression.low, expression.high))
        return replace(expression, value=_kept(keep, value), low=low, high=high)
    assert isinstance(expression, ir.Call)
    has_lambda = any(isinstance(argument, ir.Lambda) for argument in expression.arguments)
    if expression.function.null_call and not has_lambda:
        return _kept(keep, expression)
    arguments = tuple(
        argument if isinstance(argument, ir.Lambda) else _shielded(argument, keep) for argument in expression.arguments
    )
    # NULL in one operand is enough: the first that varies, whose elements a lambda gets; else the last, because that
    # is the divisor.
    varying = [index for index, argument in enumerate(arguments) if not isinstance(argument, ir.Constant | ir.Lambda)]
    if varying:
        index = varying[0 if has_lambda else -1]
        arguments = (*arguments[:index], _kept(keep, arguments[index]), *arguments[index + 1 :])
    return replace(expression, arguments=arguments)


def _kept(keep: ir.Expression, value: ir.Expression) -> ir.Expression:
    return ir.Case(value.type, ((keep, value),), ir.Constant(value.type, None))
