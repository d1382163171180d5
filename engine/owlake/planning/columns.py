"""Column pruning: every relation gives only the columns that something above it uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.patterns import PatternRecognition
from owlake.ir.walking import all_expressions, relations_in


class ColumnPruning:
    """Prunes one statement's relations. WITH queries keep their columns: each use may want others."""

    def __init__(self) -> None:
        self._tables: dict[int, nodes.CommonTable] = {}

    def prune(self, relation: nodes.Relation, required: set[ir.Field]) -> nodes.Relation:
        """The relation with at least the required fields, in their order."""
        match relation:
            case nodes.Scan():
                return _scan(relation, required)
            case nodes.Project():
                return self._project(relation, required)
            case nodes.Filter():
                below = self.prune(relation.input, required | self._used([relation.predicate]))
                return nodes.Filter(below.fields, below, self._expression(relation.predicate))
            case nodes.Join():
                return self._join(relation, required)
            case nodes.Aggregate():
                return self._aggregate(relation, required)
            case nodes.Window():
                return self._window(relation, required)
            case nodes.Sort():
                below = self.prune(relation.input, required | self._used(key.value for key in relation.keys))
                return nodes.Sort(below.fields, below, relation.keys)
            case nodes.Limit():
                below = self.prune(relation.input, required | self._used(key.value for key in relation.keys))
                return replace(relation, fields=below.fields, input=below)
            case nodes.Unnest():
                return self._unnest(relation, required)
            case nodes.Sample():
                below = self.prune(relation.input, required)
                return replace(relation, fields=below.fields, input=below)
            case nodes.Distinct():
                below = self.prune(relation.input, set(relation.input.fields))
                return nodes.Distinct(below.fields, below)
            case nodes.SetOperation():
                return self._set_operation(relation, required)
            case PatternRecognition():
                used = self._used(value for _, value in (*relation.partition_by, *relation.collected))
                return replace(relation, input=self.prune(relation.input, used))
            case nodes.CommonTableReference():
                return nodes.CommonTableReference(relation.fields, self._table(relation.table))
            case _:
                return relation

    def root(self, relation: nodes.Relation) -> nodes.Relation:
        """A whole statement's relation: all of its fields are wanted, exactly."""
        return self._exact(relation)

    def _exact(self, relation: nodes.Relation) -> nodes.Relation:
        pruned = self.prune(relation, set(relation.fields))
        if pruned.fields == relation.fields:
            return pruned
        assignments = tuple((field, ir.Reference(field.type, field)) for field in relation.fields)
        return nodes.Project(relation.fields, pruned, assignments)

    def _project(self, relation: nodes.Project, required: set[ir.Field]) -> nodes.Relation:
        kept = tuple(one for one in relation.assignments if one[0] in required) or relation.assignments[:1]
        below = self.prune(relation.input, self._used(value for _, value in kept))
        values = tuple((field, self._expression(value)) for field, value in kept)
        return nodes.Project(tuple(field for field, _ in values), below, values)

    def _join(self, relation: nodes.Join, required: set[ir.Field]) -> nodes.Relation:
        wanted = required | (self._used([relation.condition]) if relation.condition is not None else set())
        right = self.prune(relation.right, wanted)
        if relation.lateral:
            wanted = wanted | _free(relation.right)
        left = self.prune(relation.left, wanted)
        condition = self._expression(relation.condition) if relation.condition is not None else None
        return nodes.Join((*left.fields, *right.fields), relation.kind, left, right, condition, relation.lateral)

    def _aggregate(self, relation: nodes.Aggregate, required: set[ir.Field]) -> nodes.Relation:
        kept = tuple(one for one in relation.aggregations if one[0] in required)
        if not kept and not relation.keys:
            # All rows as one group make one row, also where there are none: without an aggregation it would be lost.
            kept = relation.aggregations[:1]
        used = self._used([*(key for _, key in relation.keys), *(call for _, call in kept)])
        below = self.prune(relation.input, used)
        fields = (
            *(field for field, _ in relation.keys),
            *(field for field, _ in kept),
            *(field for field, _ in relation.grouping_ids),
        )
        return replace(relation, fields=fields, input=below, aggregations=kept)

    def _window(self, relation: nodes.Window, required: set[ir.Field]) -> nodes.Relation:
        kept = tuple(one for one in relation.calls if one[0] in required)
        below = self.prune(relation.input, required | self._used(call for _, call in kept))
        if not kept:
            return below
        return nodes.Window((*below.fields, *(field for field, _ in kept)), below, kept)

    def _unnest(self, relation: nodes.Unnest, required: set[ir.Field]) -> nodes.Relation:
        below = self.prune(relation.input, required | self._used(value for value, _ in relation.items))
        new = relation.fields[len(relation.input.fields) :]
        return replace(relation, fields=(*below.fields, *new), input=below)

    def _set_operation(self, relation: nodes.SetOperation, required: set[ir.Field]) -> nodes.Relation:
        if relation.operator != "UNION" or relation.distinct:
            return replace(relation, inputs=tuple(self._exact(one) for one in relation.inputs))
        places = [place for place, field in enumerate(relation.fields) if field in required] or [0]
        inputs = tuple(self._places(one, places) for one in relation.inputs)
        return replace(relation, fields=tuple(relation.fields[place] for place in places), inputs=inputs)

    def _places(self, relation: nodes.Relation, places: list[int]) -> nodes.Relation:
        fields = tuple(relation.fields[place] for place in places)
        pruned = self.prune(relation, set(fields))
        if pruned.fields == fields:
            return pruned
        return nodes.Project(fields, pruned, tuple((field, ir.Reference(field.type, field)) for field in fields))

    def _table(self, table: nodes.CommonTable) -> nodes.CommonTable:
        if id(table) not in self._tables:
            pruned = nodes.CommonTable(table.name, table.fields, table.relation, table.names, None, table.distinct)
            self._tables[id(table)] = pruned
            self._tables[id(pruned)] = pruned
            pruned.relation = self._exact(table.relation)
            pruned.step = self._exact(table.step) if table.step is not None else None
        return self._tables[id(table)]

    def _used(self, expressions: Iterable[ir.Expression]) -> set[ir.Field]:
        """The fields that expressions refer to, those inside their subqueries included."""
        used: set[ir.Field] = set()
        for expression in expressions:
            for part in ir.walk(expression):
                if isinstance(part, ir.Reference):
                    used.add(part.field)
                for relation in relations_in(part):
                    used |= _free(relation)
        return used

    def _expression(self, expression: ir.Expression) -> ir.Expression:
        """The expression with its subqueries pruned."""
        from owlake.ir.rewriting import change_relations  # noqa: PLC0415  (few expressions have subqueries)

        if not any(True for part in ir.walk(expression) for _ in relations_in(part)):
            return expression
        return change_relations(expression, self._exact)


def _free(relation: nodes.Relation) -> set[ir.Field]:
    """The fields that a relation refers to; those of outer relations are among them."""
    return {part.field for part in all_expressions(relation) if isinstance(part, ir.Reference)}


def _scan(relation: nodes.Scan, required: set[ir.Field]) -> nodes.Scan:
    kept = [(field, name) for field, name in zip(relation.fields, relation.columns, strict=True) if field in required]
    return replace(relation, fields=tuple(field for field, _ in kept), columns=tuple(name for _, name in kept))
