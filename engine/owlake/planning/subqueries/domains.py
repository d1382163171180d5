"""Correlated relations without correlation: the relation for all outer rows at once.

A relation that refers to outer fields has rows for each combination of their values. Given those combinations as a
relation of their own (the *outer values*), the relation is rebuilt with the outer values' columns carried through
every operator, so that nothing in it refers to the outside any more (Neumann and Kemper, "Unnesting Arbitrary
Queries", 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from owlake.errors import error
from owlake.functions.registry import Function
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.patterns import PatternRecognition
from owlake.ir.rewriting import rewrite, rewrite_relation
from owlake.ir.walking import all_expressions
from owlake.planning.ties import ranked
from owlake.types.model import BIGINT, BOOLEAN, Type


def outer_references(relation: nodes.Relation, outside: Sequence[ir.Field]) -> list[ir.Field]:
    """Those of the outside fields that the relation refers to, in the outside's order."""
    used = {part.field for part in all_expressions(relation) if isinstance(part, ir.Reference)}
    return [field for field in outside if field in used]


def outer_values(relation: nodes.Relation, fields: Sequence[ir.Field]) -> tuple[nodes.Relation, list[ir.Field]]:
    """The distinct combinations of some fields of a relation, as new fields."""
    copies = [ir.Field(field.name, field.type) for field in fields]
    assignments = tuple((copy, reference(field)) for copy, field in zip(copies, fields, strict=True))
    return nodes.Distinct(tuple(copies), nodes.Project(tuple(copies), relation, assignments)), copies


def reference(field: ir.Field) -> ir.Reference:
    """The value of a field."""
    return ir.Reference(field.type, field)


def same_values(left: Sequence[ir.Field], right: Sequence[ir.Field]) -> ir.Expression:
    """Whether two lists of fields have the same values, NULL being the same as NULL."""
    terms = tuple(
        ir.Not(BOOLEAN, ir.Comparison(BOOLEAN, "IS DISTINCT FROM", reference(one), reference(other)))
        for one, other in zip(left, right, strict=True)
    )
    return terms[0] if len(terms) == 1 else ir.Logical(BOOLEAN, "AND", terms)


class Unnesting:
    """Rebuilds relations over outer values.

    ``outside`` are the outer fields, ``inside`` the columns that hold their values.
    """

    def __init__(self, values: nodes.Relation, outside: Sequence[ir.Field], inside: Sequence[ir.Field]) -> None:
        self._values = values
        self._outside = tuple(outside)
        self._inside = tuple(inside)

    def rebuild(self, relation: nodes.Relation) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        """The relation for all outer values, and its columns that say for which."""
        if not outer_references(relation, self._outside):
            return self._crossed(relation)
        match relation:
            case nodes.Filter():
                below, keys = self.rebuild(relation.input)
                return nodes.Filter(below.fields, below, self._inner(relation.predicate, keys)), keys
            case nodes.Project():
                below, keys = self.rebuild(relation.input)
                passed = tuple((key, reference(key)) for key in keys)
                own = tuple((field, self._inner(value, keys)) for field, value in relation.assignments)
                return nodes.Project((*keys, *relation.fields), below, (*passed, *own)), keys
            case nodes.Aggregate():
                return self._aggregate(relation)
            case nodes.Join():
                return self._join(relation)
            case nodes.Distinct() | nodes.Sample():
                below, keys = self.rebuild(relation.input)
                return replace(relation, fields=below.fields, input=below), keys
            case nodes.Sort():
                return self.rebuild(relation.input)
            case nodes.Limit():
                return self._limit(relation)
            case nodes.Window():
                return self._window(relation)
            case nodes.Unnest():
                below, keys = self.rebuild(relation.input)
                items = tuple((self._inner(value, keys), fields) for value, fields in relation.items)
                new = relation.fields[len(relation.input.fields) :]
                return replace(relation, fields=(*below.fields, *new), input=below, items=items), keys
            case PatternRecognition():
                below, keys = self.rebuild(relation.input)
                partition = (*((key, reference(key)) for key in keys), *relation.partition_by)
                columns = tuple((field, self._inner(value, keys)) for field, value in relation.collected)
                fields = (*keys, *relation.fields)
                return replace(relation, fields=fields, input=below, partition_by=partition, collected=columns), keys
            case nodes.SetOperation():
                return self._set_operation(relation)
            case nodes.Values():
                return self._value_rows(relation)
            case _:
                raise error("UNSUPPORTED_SUBQUERY", "Given correlated subquery is not supported")

    def rebuild_grouped(
        self, relation: nodes.Relation, aggregates: Sequence[tuple[ir.Field, ir.Aggregation]]
    ) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        """Aggregates over the relation's rows for each of the outer values that has any."""
        below, keys = self.rebuild(relation)
        calls = []
        for field, call in aggregates:
            inner = self._inner(call, keys)
            assert isinstance(inner, ir.Aggregation)
            calls.append((field, inner))
        passed = tuple((key, reference(key)) for key in keys)
        fields = (*keys, *(field for field, _ in calls))
        return nodes.Aggregate(fields, below, passed, tuple(calls)), keys

    def _crossed(self, relation: nodes.Relation) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        """What does not depend on the outside, for every outer value: each use has its own copy of those."""
        values, keys = self._copied()
        if isinstance(relation, nodes.SingleRow):
            return values, keys
        fields = (*keys, *relation.fields)
        return nodes.Join(fields, "CROSS", values, relation, None), keys

    def _copied(self) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        keys = tuple(ir.Field(field.name, field.type) for field in self._inside)
        assignments = tuple((key, reference(field)) for key, field in zip(keys, self._inside, strict=True))
        return nodes.Project(keys, self._values, assignments), keys

    def _inner(self, expression: ir.Expression, keys: Sequence[ir.Field]) -> ir.Expression:
        """The expression over the columns that hold the outer values, inside nested subqueries too."""
        places = dict(zip(self._outside, keys, strict=True))

        def moved(part: ir.Expression) -> ir.Expression:
            if isinstance(part, ir.Reference) and part.field in places:
                return reference(places[part.field])
            nested = getattr(part, "relation", None)
            if nested is not None:
                return replace(part, relation=rewrite_relation(nested, moved))  # type: ignore[call-arg]
            return part

        return rewrite(expression, moved)

    def _aggregate(self, relation: nodes.Aggregate) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        below, keys = self.rebuild(relation.input)
        own = tuple((field, self._inner(key, keys)) for field, key in relation.keys)
        calls = []
        for field, call in relation.aggregations:
            inner = self._inner(call, keys)
            assert isinstance(inner, ir.Aggregation)
            calls.append((field, inner))
        all_keys = (*((key, reference(key)) for key in keys), *own)
        sets = relation.grouping_sets
        if sets is not None:
            first = tuple(range(len(keys)))
            sets = tuple((*first, *(index + len(keys) for index in one)) for one in sets)
        ids = tuple((field, tuple(index + len(keys) for index in asked)) for field, asked in relation.grouping_ids)
        fields = (*keys, *relation.fields)
        grouped = nodes.Aggregate(fields, below, all_keys, tuple(calls), sets, ids)
        if relation.keys or relation.grouping_sets is not None:
            return grouped, keys
        return self._with_empty_groups(grouped, keys, relation)

    def _with_empty_groups(
        self, grouped: nodes.Aggregate, keys: tuple[ir.Field, ...], relation: nodes.Aggregate
    ) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        """An aggregate without GROUP BY has a row for no rows too: outer values without any get that one."""
        values, kept = self._copied()
        renamed = [ir.Field(field.name, field.type) for field in relation.fields]
        names = dict(zip(relation.fields, renamed, strict=True))
        grouped = replace(
            grouped,
            fields=(*keys, *renamed),
            aggregations=tuple((names[field], call) for field, call in grouped.aggregations),
        )
        joined = nodes.Join((*kept, *grouped.fields), "LEFT", values, grouped, same_values(kept, keys))
        counts = {field for field, call in relation.aggregations if call.function.name in ("count", "count_if")}
        assignments = tuple(
            (field, _zero_for_null(names[field]) if field in counts else reference(names[field]))
            for field in relation.fields
        )
        passed = tuple((key, reference(key)) for key in kept)
        return nodes.Project((*kept, *relation.fields), joined, (*passed, *assignments)), kept

    def _join(self, relation: nodes.Join) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        left, keys = self.rebuild(relation.left)
        on_right = bool(outer_references(relation.right, self._outside)) or relation.kind in ("RIGHT", "FULL")
        condition = self._inner(relation.condition, keys) if relation.condition is not None else None
        if not on_right:
            fields = (*left.fields, *relation.right.fields)
            return nodes.Join(fields, relation.kind, left, relation.right, condition, relation.lateral), keys
        if relation.lateral:
            raise error("UNSUPPORTED_SUBQUERY", "Given correlated subquery is not supported")
        right, others = self.rebuild(relation.right)
        terms = (same_values(keys, others), *((condition,) if condition is not None else ()))
        both = terms[0] if len(terms) == 1 else ir.Logical(BOOLEAN, "AND", terms)
        kind = "INNER" if relation.kind == "CROSS" else relation.kind
        joined = nodes.Join((*left.fields, *right.fields), kind, left, right, both)
        return joined, others if kind == "RIGHT" else keys

    def _limit(self, relation: nodes.Limit) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        """The first rows of each outer value, by number or by rank."""
        below, keys = self.rebuild(relation.input)
        order = relation.keys or (relation.input.keys if isinstance(relation.input, nodes.Sort) else ())
        order = tuple(ir.SortKey(self._inner(key.value, keys), key.ascending, key.nulls_first) for key in order)
        if relation.ties and relation.count is not None:
            partition = tuple(reference(key) for key in keys)
            return ranked(below, partition, order, relation.count, relation.offset), keys
        number = ir.Field("number", BIGINT)
        call = ir.WindowCall(
            BIGINT, window_function("row_number"), (), tuple(reference(key) for key in keys), order, None
        )
        numbered = nodes.Window((*below.fields, number), below, ((number, call),))
        terms = []
        if relation.offset:
            terms.append(ir.Comparison(BOOLEAN, ">", reference(number), ir.Constant(BIGINT, relation.offset)))
        if relation.count is not None:
            last = ir.Constant(BIGINT, relation.offset + relation.count)
            terms.append(ir.Comparison(BOOLEAN, "<=", reference(number), last))
        predicate = terms[0] if len(terms) == 1 else ir.Logical(BOOLEAN, "AND", tuple(terms))
        return nodes.Filter(numbered.fields, numbered, predicate), keys

    def _window(self, relation: nodes.Window) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        below, keys = self.rebuild(relation.input)
        calls = []
        for field, call in relation.calls:
            inner = self._inner(call, keys)
            assert isinstance(inner, ir.WindowCall)
            partition = (*(reference(key) for key in keys), *inner.partition_by)
            calls.append((field, replace(inner, partition_by=partition)))
        return nodes.Window((*below.fields, *(field for field, _ in calls)), below, tuple(calls)), keys

    def _set_operation(self, relation: nodes.SetOperation) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        inputs = []
        for one in relation.inputs:
            rebuilt, keys = self.rebuild(one)
            wanted = (*keys, *one.fields)
            passed = tuple((field, reference(field)) for field in wanted)
            inputs.append(nodes.Project(wanted, rebuilt, passed))
        keys = tuple(ir.Field(field.name, field.type) for field in self._inside)
        return replace(relation, fields=(*keys, *relation.fields), inputs=tuple(inputs)), keys

    def _value_rows(self, relation: nodes.Values) -> tuple[nodes.Relation, tuple[ir.Field, ...]]:
        """Rows that are computed from outer values: one projection of those a row."""
        parts = []
        for row in relation.rows:
            values, keys = self._copied()
            fields = tuple(ir.Field(field.name, field.type) for field in relation.fields)
            own = tuple((field, self._inner(value, keys)) for field, value in zip(fields, row, strict=True))
            passed = tuple((key, reference(key)) for key in keys)
            parts.append(nodes.Project((*keys, *fields), values, (*passed, *own)))
        if len(parts) == 1:
            keys = parts[0].fields[: len(self._inside)]
            renamed = tuple(
                (field, reference(made))
                for field, made in zip(relation.fields, parts[0].fields[len(keys) :], strict=True)
            )
            passed = tuple((key, reference(key)) for key in keys)
            return nodes.Project((*keys, *relation.fields), parts[0], (*passed, *renamed)), keys
        keys = tuple(ir.Field(field.name, field.type) for field in self._inside)
        return nodes.SetOperation((*keys, *relation.fields), "UNION", distinct=False, inputs=tuple(parts)), keys


def _zero_for_null(field: ir.Field) -> ir.Expression:
    return ir.Coalesce(field.type, (reference(field), ir.Constant(field.type, 0)))


def window_function(name: str) -> Function:
    """A window function without arguments, by name."""
    from owlake.functions.registry import REGISTRY  # noqa: PLC0415  (the library loads on first use)

    return REGISTRY.resolve(name, ()).function


def aggregate_function(name: str, *types: Type) -> Function:
    """An aggregate function by name and argument types."""
    from owlake.functions.registry import REGISTRY  # noqa: PLC0415

    return REGISTRY.resolve(name, types).function
