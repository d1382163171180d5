"""Which subqueries DataFusion runs as they stand, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from owlake.analysis.operators import logical
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.patterns import PatternRecognition
from owlake.ir.rewriting import rewrite
from owlake.ir.walking import all_relations, expressions_of, relations_in
from owlake.planning.comparisons import is_nested
from owlake.planning.predicates import split
from owlake.planning.raising import can_raise
from owlake.planning.subqueries.conditions import count, counted, is_negated_in, membership, or_zero, without_nan
from owlake.planning.subqueries.domains import (
    Unnesting,
    aggregate_function,
    outer_references,
    outer_values,
    reference,
    same_values,
)
from owlake.planning.subqueries.keyed import grouped_by_own_keys
from owlake.planning.subqueries.native import is_native
from owlake.planning.subqueries.parts import fields_of, has_subquery, refers_to, relation_of, subqueries_in
from owlake.types.model import BIGINT, BOOLEAN


def unnest_subqueries(relation: nodes.Relation) -> nodes.Relation:
    """The relation with every subquery that DataFusion cannot run, and every lateral join, made into joins."""
    if not any(_needs_work(one) for one in all_relations(relation)):
        return relation
    return _Rewriting().relation(relation)


def _needs_work(relation: nodes.Relation) -> bool:
    if isinstance(relation, nodes.Join) and relation.lateral:
        return True
    return any(True for one in expressions_of(relation) for part in ir.walk(one) for _ in relations_in(part))


class _Rewriting:
    def __init__(self) -> None:
        self._tables: dict[int, nodes.CommonTable] = {}
        self._around: tuple[ir.Field, ...] = ()

    def relation(self, node: nodes.Relation) -> nodes.Relation:
        """The relation rewritten, from the bottom up."""
        match node:
            case nodes.Filter():
                return self._filter(node)
            case nodes.Project():
                below, values = self._apply(
                    self.relation(node.input), [value for _, value in node.assignments], native=True
                )
                fields = [field for field, _ in node.assignments]
                return replace(node, input=below, assignments=tuple(zip(fields, values, strict=True)))
            case nodes.Join():
                return self._join(node)
            case nodes.Aggregate():
                return self._aggregate(node)
            case nodes.Window():
                below, calls = self._apply(self.relation(node.input), [call for _, call in node.calls])
                kept = tuple((field, call) for (field, _), call in zip(node.calls, calls, strict=True))
                new = tuple(field for field, _ in node.calls)
                return nodes.Window((*below.fields, *new), below, kept)  # type: ignore[arg-type]
            case nodes.Sort():
                below, keys = self._apply(self.relation(node.input), [key.value for key in node.keys])
                sort = tuple(replace(key, value=value) for key, value in zip(node.keys, keys, strict=True))
                return nodes.Sort(below.fields, below, sort)
            case nodes.Limit():
                below = self.relation(node.input)
                return replace(node, fields=below.fields, input=below)
            case nodes.Unnest():
                below, lists = self._apply(self.relation(node.input), [value for value, _ in node.items])
                items = tuple((value, fields) for value, (_, fields) in zip(lists, node.items, strict=True))
                new = node.fields[len(node.input.fields) :]
                return replace(node, fields=(*below.fields, *new), input=below, items=items)
            case PatternRecognition():
                below, values = self._apply(self.relation(node.input), [value for _, value in node.collected])
                columns = tuple((field, value) for (field, _), value in zip(node.collected, values, strict=True))
                return replace(node, input=below, collected=columns)
            case nodes.SetOperation():
                return replace(node, inputs=tuple(self._exactly(one) for one in node.inputs))
            case nodes.Distinct() | nodes.Sample():
                return replace(node, input=self._exactly(node.input))
            case nodes.CommonTableReference():
                return nodes.CommonTableReference(node.fields, self._table(node.table))
            case _:
                return node

    def _exactly(self, node: nodes.Relation) -> nodes.Relation:
        """The relation rewritten, without the columns that subqueries were computed in."""
        done = self.relation(node)
        if done.fields == node.fields:
            return done
        return nodes.Project(node.fields, done, tuple((field, reference(field)) for field in node.fields))

    def _subrelation(self, node: nodes.Relation, outside: Sequence[ir.Field]) -> nodes.Relation:
        """A subquery's relation rewritten; its own subqueries may refer to the fields around it too."""
        around = self._around
        self._around = (*around, *outside)
        try:
            return self._exactly(node)
        finally:
            self._around = around

    def _is_native(self, part: ir.Expression, below: nodes.Relation) -> bool:
        """Whether DataFusion runs the subquery, which it never does where one refers further out than its input."""
        return not outer_references(relation_of(part), self._around) and is_native(part, below.fields)

    def _table(self, table: nodes.CommonTable) -> nodes.CommonTable:
        if id(table) not in self._tables:
            kept = nodes.CommonTable(table.name, table.fields, table.relation, table.names, None, table.distinct)
            self._tables[id(table)] = kept
            self._tables[id(kept)] = kept
            kept.relation = self._exactly(table.relation)
            kept.step = self._exactly(table.step) if table.step is not None else None
        return self._tables[id(table)]

    # Clauses --------------------------------------------------------------------------------------------

    def _filter(self, node: nodes.Filter) -> nodes.Relation:
        """Conditions that DataFusion runs stay; the others get their subqueries as columns of the input."""
        below = self.relation(node.input)
        conjuncts = split(counted(node.predicate, (*self._around, *below.fields)))
        below = self._narrowed(below, conjuncts)
        kept: list[ir.Expression] = []
        for conjunct in conjuncts:
            if self._is_native_condition(conjunct, below):
                kept.append(without_nan(self._inside(conjunct, below)))
                continue
            below, values = self._apply(below, [conjunct], native=True)
            kept.extend(values)
        predicate = kept[0] if len(kept) == 1 else ir.Logical(BOOLEAN, "AND", tuple(kept))
        return nodes.Filter(below.fields, below, predicate)

    def _narrowed(self, below: nodes.Relation, conjuncts: Sequence[ir.Expression]) -> nodes.Relation:
        """The input without rows that a condition without subqueries drops: none is computed for those."""
        if all(self._is_native_condition(one, below) for one in conjuncts):
            return below
        plain = tuple(one for one in conjuncts if not has_subquery(one) and not can_raise(one) and _is_stable(one))
        return nodes.Filter(below.fields, below, logical("AND", plain)) if plain else below

    def _is_native_condition(self, conjunct: ir.Expression, below: nodes.Relation) -> bool:
        if isinstance(conjunct, ir.Logical):
            # Whether IN is false or NULL makes no difference here: nothing above negates it.
            return all(not is_negated_in(term) and self._is_native_condition(term, below) for term in conjunct.terms)
        bare = conjunct.value if isinstance(conjunct, ir.Not) else conjunct
        if isinstance(bare, ir.InSubquery) and bare is not conjunct and is_nested(bare.value.type):
            # What is NULL inside leaves NOT IN open for some of the values only.
            return False
        if isinstance(bare, ir.Exists | ir.InSubquery):
            value_is_plain = not isinstance(bare, ir.InSubquery) or not has_subquery(bare.value)
            return value_is_plain and self._is_native(bare, below)
        return all(self._is_native(part, below) for part in subqueries_in(conjunct)) and not any(
            isinstance(part, ir.Exists | ir.InSubquery | ir.QuantifiedComparison) for part in subqueries_in(conjunct)
        )

    def _join(self, node: nodes.Join) -> nodes.Relation:
        if node.lateral and outer_references(node.right, node.left.fields):
            return self._lateral(node)
        left, right = self.relation(node.left), self.relation(node.right)
        condition = node.condition
        if condition is None or not has_subquery(condition):
            return nodes.Join((*left.fields, *right.fields), node.kind, left, right, condition)
        if node.kind in ("INNER", "CROSS"):
            crossed = nodes.Join((*left.fields, *right.fields), "CROSS", left, right, None)
            return self._filter(nodes.Filter(crossed.fields, crossed, condition))
        return self._outer_join(node, left, right, condition)

    def _outer_join(
        self, node: nodes.Join, left: nodes.Relation, right: nodes.Relation, condition: ir.Expression
    ) -> nodes.Relation:
        """Subqueries in the condition of an outer join are computed on the side that they refer to."""
        values: dict[ir.Expression, ir.Expression] = {}
        for part in subqueries_in(condition):
            on_right = refers_to(part, right.fields)
            if on_right and refers_to(part, left.fields):
                text = "Subquery in the condition of an outer join refers to both sides"
                raise error("NOT_SUPPORTED", text)
            if on_right:
                right, (values[part],) = self._apply(right, [part])
            else:
                left, (values[part],) = self._apply(left, [part])
        replaced = rewrite(condition, lambda part: values.get(part, part), descend=lambda part: part not in values)
        return nodes.Join((*left.fields, *right.fields), node.kind, left, right, replaced)

    def _lateral(self, node: nodes.Join) -> nodes.Relation:
        left = self.relation(node.left)
        right = self._subrelation(node.right, left.fields)
        outside = outer_references(right, left.fields)
        values, inside = outer_values(left, outside)
        rebuilt, keys = Unnesting(values, outside, inside).rebuild(right)
        condition = same_values(outside, keys)
        if node.condition is not None:
            condition = ir.Logical(BOOLEAN, "AND", (condition, node.condition))
        kind = "INNER" if node.kind == "CROSS" else node.kind
        joined = nodes.Join((*left.fields, *rebuilt.fields), kind, left, rebuilt, condition)
        fields = (*left.fields, *right.fields)
        return nodes.Project(fields, joined, tuple((field, reference(field)) for field in fields))

    def _aggregate(self, node: nodes.Aggregate) -> nodes.Relation:
        expressions = [*(key for _, key in node.keys), *(call for _, call in node.aggregations)]
        below, values = self._apply(self.relation(node.input), expressions)
        keys, calls = values[: len(node.keys)], values[len(node.keys) :]
        return replace(
            node,
            input=below,
            keys=tuple((field, key) for (field, _), key in zip(node.keys, keys, strict=True)),
            aggregations=tuple(
                (field, call)
                for (field, _), call in zip(node.aggregations, calls, strict=True)
                if isinstance(call, ir.Aggregation)
            ),
        )

    # Subqueries as columns ------------------------------------------------------------------------------

    def _apply(
        self, below: nodes.Relation, expressions: Sequence[ir.Expression], *, native: bool = False
    ) -> tuple[nodes.Relation, list[ir.Expression]]:
        """The input with what the expressions' subqueries give as columns, and the expressions over those.

        Scalar subqueries that DataFusion runs stay where they are: correlated ones in filters and projections only,
        which ``native`` says this is.
        """
        values: dict[ir.Expression, ir.Expression] = {}
        expressions = [counted(one, (*self._around, *below.fields)) for one in expressions]
        for expression in expressions:
            for part in subqueries_in(expression):
                if part in values:
                    continue
                correlated = bool(outer_references(relation_of(part), below.fields))
                if isinstance(part, ir.ScalarSubquery) and self._is_native(part, below) and native >= correlated:
                    values[part] = replace(part, relation=self._subrelation(part.relation, below.fields))
                else:
                    below, values[part] = self._subquery(below, part)
        rewritten = [
            rewrite(one, lambda part: values.get(part, part), descend=lambda part: part not in values)
            for one in expressions
        ]
        return below, rewritten

    def _inside(self, expression: ir.Expression, below: nodes.Relation) -> ir.Expression:
        """The expression over an input with the relations of its subqueries rewritten."""
        done = {
            part: replace(part, relation=self._subrelation(relation_of(part), below.fields))  # type: ignore[call-arg]
            for part in subqueries_in(expression)
        }
        return rewrite(expression, lambda part: done.get(part, part), descend=lambda part: part not in done)

    def _subquery(self, below: nodes.Relation, part: ir.Expression) -> tuple[nodes.Relation, ir.Expression]:
        match part:
            case ir.ScalarSubquery():
                return self._scalar(below, part)
            case ir.Exists():
                matches = ir.Field("matches", BIGINT)
                joined = self._grouped(below, part.relation, [(matches, count())])
                return joined, ir.Comparison(BOOLEAN, ">", or_zero(matches), ir.Constant(BIGINT, 0))
            case ir.InSubquery():
                below, (value,) = self._apply(below, [part.value])
                return self._in(below, replace(part, value=value))
            case ir.QuantifiedComparison():
                from owlake.planning.subqueries.quantified import quantified_value  # noqa: PLC0415  (rare)

                below, (value,) = self._apply(below, [part.value])
                aggregates, made = quantified_value(replace(part, value=value))
                return self._grouped(below, part.relation, aggregates), made
            case _:
                raise error("UNSUPPORTED_SUBQUERY", f"{type(part).__name__} is not supported here")

    def _grouped(
        self,
        below: nodes.Relation,
        relation: nodes.Relation,
        aggregates: Sequence[tuple[ir.Field, ir.Aggregation]],
    ) -> nodes.Relation:
        """The input with aggregates over the subquery's rows for each of its own."""
        inner = self._subrelation(relation, below.fields)
        outside = outer_references(inner, below.fields)
        for _, call in aggregates:
            outside.extend(one for one in fields_of(call, below.fields) if one not in outside)
        fields = tuple(field for field, _ in aggregates)
        if not outside:
            whole = nodes.Aggregate(fields, inner, (), tuple(aggregates))
            return nodes.Join((*below.fields, *fields), "CROSS", below, whole, None)
        keyed = grouped_by_own_keys(inner, aggregates, below.fields) if not _is_checked(aggregates) else None
        if keyed is not None:
            grouped, condition = keyed
            return nodes.Join((*below.fields, *grouped.fields), "LEFT", below, grouped, condition)
        values, inside = outer_values(below, outside)
        unnesting = Unnesting(values, outside, inside)
        grouped, keys = unnesting.rebuild_grouped(inner, aggregates)
        return nodes.Join((*below.fields, *grouped.fields), "LEFT", below, grouped, same_values(outside, keys))

    def _scalar(self, below: nodes.Relation, part: ir.ScalarSubquery) -> tuple[nodes.Relation, ir.Expression]:
        """The one value for each row; more than one is an error."""
        value = ir.Field(part.field.name, part.type)
        only = ir.Aggregation(part.type, aggregate_function("$single", part.type), (reference(part.field),))
        return self._grouped(below, part.relation, [(value, only)]), reference(value)

    def _in(self, below: nodes.Relation, part: ir.InSubquery) -> tuple[nodes.Relation, ir.Expression]:
        """IN with its three values: true for a match, NULL where a NULL may be one, else false."""
        nested = is_nested(part.value.type)
        if not nested and not outer_references(part.relation, below.fields):
            return self._in_uncorrelated(below, part)
        found = ir.Comparison(BOOLEAN, "=", part.value, reference(part.field))
        unknown = ir.IsNull(BOOLEAN, found if nested else reference(part.field))
        matches, nulls, rows = (ir.Field(name, BIGINT) for name in ("matches", "nulls", "rows"))
        joined = self._grouped(
            below,
            part.relation,
            [
                (matches, count(found)),
                (nulls, count(unknown)),
                (rows, count()),
            ],
        )
        matched = ir.Comparison(BOOLEAN, ">", or_zero(matches), ir.Constant(BIGINT, 0))
        return joined, membership(part.value, matched, nulls, rows)

    def _in_uncorrelated(self, below: nodes.Relation, part: ir.InSubquery) -> tuple[nodes.Relation, ir.Expression]:
        """The values joined once, and counted once, for all rows."""
        inner = self._subrelation(part.relation, below.fields)
        member = ir.Field(part.field.name, part.field.type)
        renamed = nodes.Project((member,), inner, ((member, reference(part.field)),))
        members = nodes.Distinct((member,), renamed)
        equal = ir.Comparison(BOOLEAN, "=", part.value, reference(member))
        joined: nodes.Relation = nodes.Join((*below.fields, member), "LEFT", below, members, equal)
        nulls, rows = ir.Field("nulls", BIGINT), ir.Field("rows", BIGINT)
        counted = ((nulls, count(ir.IsNull(BOOLEAN, reference(part.field)))), (rows, count()))
        totals = nodes.Aggregate((nulls, rows), inner, (), counted)
        joined = nodes.Join((*joined.fields, nulls, rows), "CROSS", joined, totals, None)
        matched = ir.Not(BOOLEAN, ir.IsNull(BOOLEAN, reference(member)))
        return joined, membership(part.value, matched, nulls, rows)


def _is_checked(aggregates: Sequence[tuple[ir.Field, ir.Aggregation]]) -> bool:
    """Whether an aggregate can raise, and so must not see keys that the outside does not have."""
    return any(call.function.name == "$single" or can_raise(call) for _, call in aggregates)


def _is_stable(expression: ir.Expression) -> bool:
    """Whether the expression has one value for a row, however often it is asked."""
    return all(part.function.deterministic for part in ir.walk(expression) if isinstance(part, ir.Call))
