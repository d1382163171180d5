"""Relations of FROM: tables, views, joins, UNNEST, LATERAL, samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from owlake.analysis.coercions import null_of
from owlake.analysis.context import AnalysisContext, TableName, View
from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.joins import join_using, natural_columns
from owlake.analysis.scope import Scope, ScopedRelation, ScopeField, fields_of, reference
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Identifier, Position, QualifiedName
from owlake.errors import OwlakeError, error
from owlake.ir import expressions as ir
from owlake.ir.relations import CommonTableReference, Filter, Join, Project, Relation, Sample, Scan, SingleRow
from owlake.ir.rewriting import rewrite
from owlake.ir.sources import TableSource
from owlake.types.model import DOUBLE

if TYPE_CHECKING:
    from owlake.analysis.queries import QueryAnalyzer


class RelationAnalyzer:
    """Analyses what stands in FROM."""

    def __init__(self, context: AnalysisContext, queries: QueryAnalyzer) -> None:
        self.context = context
        self.queries = queries

    def analyze(self, node: nodes.Relation, outer: Scope) -> ScopedRelation:
        """A relation in a place where ``outer`` is visible."""
        match node:
            case nodes.Table():
                return self._table(node, outer)
            case nodes.AliasedRelation():
                return self._aliased(node, outer)
            case nodes.Join():
                return self._join(node, outer)
            case nodes.TableSubquery():
                return self.queries.query(node.query, outer)
            case nodes.Lateral():
                return self.queries.query(node.query, outer)
            case nodes.Unnest() | nodes.JsonTable():
                return self._unnested(node, ScopedRelation(SingleRow(()), ()), outer)
            case nodes.SampledRelation():
                return self._sample(node, outer)
            case nodes.TableFunctionInvocation():
                from owlake.analysis.table_functions import table_function  # noqa: PLC0415  (seldom used)

                return table_function(ExpressionAnalyzer(self.context, outer, self.queries), node)
            case nodes.PatternRecognition():
                from owlake.analysis.pattern_recognition import match_recognize  # noqa: PLC0415  (rare)

                return match_recognize(self, node, outer)
            case nodes.QueryBody():
                return self.queries.body(node, outer)
            case _:
                name = type(node).__name__
                raise error("NOT_SUPPORTED", f"{name} is not supported yet", node.position)

    # Tables ---------------------------------------------------------------------------------------------

    def _table(self, node: nodes.Table, outer: Scope) -> ScopedRelation:
        if len(node.name.parts) == 1:
            found = outer.common_table(node.name.names[0])
            if found is not None:
                fields = tuple(ir.Field(field.name, field.type) for field in found.fields)
                relation = CommonTableReference(fields, found)
                return ScopedRelation(relation, fields_of(relation, found.names, (found.name,)))
        name = self.table_name(node.name)
        table = self._found(name, node.period)
        if table is None:
            raise self.missing(name, node.position)
        if not self.context.access.can_select(self.context.principal, name.catalog, name.schema, name.table):
            text = f"Access Denied: Cannot select from table {name.schema}.{name.table}"
            raise error("PERMISSION_DENIED", text, node.position)
        if isinstance(table, View):
            if node.period is not None:
                raise error("NOT_SUPPORTED", "This connector does not support versioned tables", node.position)
            from owlake.analysis.views import expand  # noqa: PLC0415  (views hold queries)

            return expand(self.queries, table, name, node.position)
        return self._scan(table, name)

    def _found(self, name: TableName, period: nodes.QueryPeriod | None) -> TableSource | View | None:
        if period is None:
            return self.context.metadata.table(name)
        from owlake.analysis.time_travel import table_version  # noqa: PLC0415  (few queries look back)

        version = table_version(ExpressionAnalyzer(self.context, Scope(), self.queries), period)
        return self.context.metadata.table(name, version)

    def _scan(self, table: TableSource, name: TableName) -> ScopedRelation:
        access, principal = self.context.access, self.context.principal
        visible = set(
            access.visible_columns(
                principal, name.catalog, name.schema, name.table, [column.name for column in table.columns]
            )
        )
        columns = [column for column in table.columns if column.name in visible]
        fields = tuple(ir.Field(column.name, column.type) for column in columns)
        relation: Relation = Scan(fields, table, tuple(column.name for column in columns))
        qualifier = (name.catalog, name.schema, name.table)
        scoped = tuple(
            ScopeField(column.name, qualifier, reference(field), column.hidden)
            for column, field in zip(columns, fields, strict=True)
        )
        predicate = access.row_filter(principal, name.catalog, name.schema, name.table)
        if predicate is not None:
            from owlake.dialect.parser import parse_expression  # noqa: PLC0415  (only with row filters)

            analyzer = ExpressionAnalyzer(self.context, Scope(scoped), self.queries)
            condition = analyzer.predicate(parse_expression(predicate), "Row filter")
            relation = Filter(fields, relation, condition)
        return ScopedRelation(relation, scoped)

    def table_name(self, name: QualifiedName) -> TableName:
        """The full name, with the session's catalog and schema where the person left them out.

        Errors: MISSING_CATALOG_NAME, MISSING_SCHEMA_NAME, SYNTAX_ERROR for too many parts.
        """
        parts = name.names
        if len(parts) > 3:
            raise error("SYNTAX_ERROR", f"Too many dots in table name: {name}", name.position)
        catalog = parts[0] if len(parts) == 3 else self.context.catalog
        schema = parts[-2] if len(parts) > 1 else self.context.schema
        if schema is None:
            text = "Schema must be specified when session schema is not set"
            hint = "Write database.table, or choose a database for the session."
            raise error("MISSING_SCHEMA_NAME", text, name.position, hint=hint)
        if catalog is None:
            text = "Catalog must be specified when session catalog is not set"
            raise error("MISSING_CATALOG_NAME", text, name.position)
        return TableName(catalog, schema, parts[-1])

    def missing(self, name: TableName, position: Position) -> OwlakeError:
        """What is missing of a table's name, with the nearest name as a hint."""
        metadata = self.context.metadata
        if not metadata.catalog_exists(name.catalog):
            near = get_close_matches(name.catalog, metadata.catalog_names(), n=1)
            text = f"Catalog '{name.catalog}' does not exist"
            return error("CATALOG_NOT_FOUND", text, position, hint=f"Did you mean {near[0]}?" if near else None)
        if not metadata.schema_exists(name.catalog, name.schema):
            near = get_close_matches(name.schema, metadata.schema_names(name.catalog), n=1)
            text = f"Schema '{name.schema}' does not exist"
            return error("SCHEMA_NOT_FOUND", text, position, hint=f"Did you mean {near[0]}?" if near else None)
        near = get_close_matches(name.table, metadata.table_names(name.catalog, name.schema), n=1)
        found = f"{name.schema}.{near[0]}" if near else self._elsewhere(name)
        # As the person has to write it.
        catalog = "" if name.catalog == self.context.catalog else f"{name.catalog}."
        hint = f"Did you mean {catalog}{found}?" if found else None
        return error("TABLE_NOT_FOUND", f"Table '{name}' does not exist", position, hint=hint)

    def _elsewhere(self, name: TableName) -> str | None:
        """A table of the same name in another schema of the catalog."""
        metadata = self.context.metadata
        for schema in metadata.schema_names(name.catalog):
            if name.table in metadata.table_names(name.catalog, schema):
                return f"{schema}.{name.table}"
        return None

    def _aliased(self, node: nodes.AliasedRelation, outer: Scope) -> ScopedRelation:
        scoped = self.analyze(node.relation, outer)
        return self._named(scoped, node.alias, node.columns, node.position)

    def _named(
        self, scoped: ScopedRelation, alias: Identifier, columns: Sequence[Identifier], position: Position
    ) -> ScopedRelation:
        visible = sum(not field.hidden for field in scoped.fields)
        if columns and len(columns) != visible:
            text = f"Column alias list has {len(columns)} entries but '{alias.value}' has {visible} columns available"
            raise error("MISMATCHED_COLUMN_ALIASES", text, position)
        return scoped.aliased(alias.name, [column.name for column in columns])

    def _sample(self, node: nodes.SampledRelation, outer: Scope) -> ScopedRelation:
        scoped = self.analyze(node.relation, outer)
        analyzer = ExpressionAnalyzer(self.context, Scope(), self.queries)
        value = analyzer.expect(node.percentage, DOUBLE, "Sample percentage")
        if not isinstance(value, ir.Constant) or value.value is None:
            text = "Sample percentage cannot contain column references"
            raise error("EXPRESSION_NOT_CONSTANT", text, node.percentage.position)
        if not 0 <= value.value <= 100:
            text = "Sample percentage must be between 0 and 100 inclusive"
            raise error("NUMERIC_VALUE_OUT_OF_RANGE", text, node.percentage.position)
        relation = Sample(scoped.relation.fields, scoped.relation, value.value / 100, node.method)
        return ScopedRelation(relation, scoped.fields)

    # Joins ----------------------------------------------------------------------------------------------

    def _join(self, node: nodes.Join, outer: Scope) -> ScopedRelation:
        # Chains of joins lean to the left: walk down them, so that depth does not count.
        chain = []
        leftmost: nodes.Relation = node
        while isinstance(leftmost, nodes.Join):
            chain.append(leftmost)
            leftmost = leftmost.left
        scoped = self.analyze(leftmost, outer)
        for link in reversed(chain):
            scoped = self._join_one(link, scoped, outer)
        return scoped

    def _join_one(self, node: nodes.Join, left: ScopedRelation, outer: Scope) -> ScopedRelation:
        unaliased = node.right.relation if isinstance(node.right, nodes.AliasedRelation) else node.right
        kind = "CROSS" if node.kind == "IMPLICIT" else node.kind
        if isinstance(unaliased, nodes.Lateral | _Unnested) and kind in ("RIGHT", "FULL"):
            return self._join_beyond(node, unaliased, left, outer)
        if isinstance(unaliased, _Unnested):
            _check_on_true(node, unaliased)
            return self._join_unnest(node, unaliased, left, outer)
        lateral = isinstance(unaliased, nodes.Lateral)
        right = self.analyze(node.right, Scope(outer=Scope(left.fields, outer)) if lateral else outer)
        if node.natural or node.using:
            names = natural_columns(left, right) if node.natural else node.using
            return join_using(kind, left, right, names)
        fields = (*left.fields, *right.fields)
        condition = self._condition(node, Scope(fields, outer))
        relation = Join(
            (*left.relation.fields, *right.relation.fields), kind, left.relation, right.relation, condition, lateral
        )
        return ScopedRelation(relation, fields)

    def _join_beyond(
        self, node: nodes.Join, unaliased: nodes.Lateral | _Unnested, left: ScopedRelation, outer: Scope
    ) -> ScopedRelation:
        """RIGHT and FULL joins of a lateral side: worked out for each row of the left, but not over its columns.

        So a FULL join, which is ON TRUE, is a LEFT one, and where the condition of a RIGHT one fails the left side's
        columns are NULL.
        """
        self._refuse_lateral_references(node, left, outer)
        if isinstance(unaliased, _Unnested) or node.kind == "FULL":
            _check_on_true(node, unaliased)
            return self._join_one(replace(node, kind="LEFT" if node.kind == "FULL" else "INNER"), left, outer)
        crossed = self._join_one(replace(node, kind="CROSS", on=None), left, outer)
        condition = self._condition(node, Scope(crossed.fields, outer))
        assert condition is not None
        left_fields = frozenset(left.relation.fields)
        assignments = []
        places = {}
        for field in crossed.relation.fields:
            value: ir.Expression = reference(field)
            if field in left_fields:
                value = ir.Case(field.type, ((condition, value),), null_of(field.type))
            places[field] = ir.Field(field.name, field.type)
            assignments.append((places[field], value))
        relation = Project(tuple(places.values()), crossed.relation, tuple(assignments))
        fields = tuple(replace(one, value=_moved(one.value, places)) for one in crossed.fields)
        return ScopedRelation(relation, fields)

    def _refuse_lateral_references(self, node: nodes.Join, left: ScopedRelation, outer: Scope) -> None:
        try:
            self.analyze(node.right, outer)
        except OwlakeError as problem:
            # Whatever is wrong besides comes to light here.
            self.analyze(node.right, Scope(outer=Scope(left.fields, outer)))
            text = f"LATERAL reference not allowed in {node.kind} JOIN"
            raise error("INVALID_COLUMN_REFERENCE", text, problem.position) from problem

    def _condition(self, node: nodes.Join, scope: Scope) -> ir.Expression | None:
        if node.on is None:
            return None
        condition = ExpressionAnalyzer(self.context, scope, self.queries).predicate(node.on, "JOIN ON clause")
        from owlake.analysis.aggregation import refuse_aggregates  # noqa: PLC0415  (the same check elsewhere)

        refuse_aggregates(condition, "JOIN clause", node.on)
        return condition

    def _join_unnest(self, node: nodes.Join, unnested: _Unnested, left: ScopedRelation, outer: Scope) -> ScopedRelation:
        scoped = self._unnested(unnested, left, outer, outer_join=node.kind == "LEFT")
        if not isinstance(node.right, nodes.AliasedRelation):
            return scoped
        new = ScopedRelation(scoped.relation, scoped.fields[len(left.fields) :])
        named = self._named(new, node.right.alias, node.right.columns, node.right.position)
        return ScopedRelation(scoped.relation, (*left.fields, *named.fields))

    def _unnested(
        self, node: _Unnested, left: ScopedRelation, outer: Scope, *, outer_join: bool = False
    ) -> ScopedRelation:
        if isinstance(node, nodes.JsonTable):
            from owlake.analysis.json_table import json_table  # noqa: PLC0415  (paths, kernels and msgspec, on use)

            return json_table(self, node, left, outer, outer_join=outer_join)
        from owlake.analysis.unnest import unnest  # noqa: PLC0415  (a relation of relations)

        return unnest(self, node, left, outer, outer_join=outer_join)


_Unnested = nodes.Unnest | nodes.JsonTable
"""What has rows for each row of the left side, made of that row's values."""


def _check_on_true(node: nodes.Join, right: nodes.Relation) -> None:
    if node.kind in ("CROSS", "IMPLICIT") or getattr(node.on, "value", None) is True:
        return
    names = {nodes.Unnest: "UNNEST", nodes.JsonTable: "JSON_TABLE"}
    what = names.get(type(right), "LATERAL relation")
    position = node.position if node.on is None else node.on.position
    raise error(
        "NOT_SUPPORTED", f"{node.kind} JOIN involving {what} is only supported with condition ON TRUE", position
    )


def _moved(value: ir.Expression, places: dict[ir.Field, ir.Field]) -> ir.Expression:
    def moved(part: ir.Expression) -> ir.Expression:
        return reference(places[part.field]) if isinstance(part, ir.Reference) and part.field in places else part

    return rewrite(value, moved)
