"""Queries: WITH, set operations, VALUES, TABLE, ORDER BY, OFFSET, LIMIT around a body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from owlake.analysis.coercions import coerce
from owlake.analysis.context import AnalysisContext
from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.ordering import order_keys
from owlake.analysis.relations import RelationAnalyzer
from owlake.analysis.scope import CommonTables, Scope, ScopedRelation, ScopeField, fields_of
from owlake.analysis.select import SelectAnalyzer
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.base import Identifier, Position
from owlake.dialect.nodes.expressions import Parameter, Row
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.relations import (
    CommonTable,
    Limit,
    Project,
    Relation,
    SetOperation,
    Sort,
    Values,
)
from owlake.types.coercion import common_super_type
from owlake.types.comparison import is_comparable
from owlake.types.model import UNKNOWN, Type
from owlake.types.model import Row as RowType

_MAX_SORTED_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class QueryAnalysis:
    """A whole query: what it computes, and the header of each column."""

    relation: Relation
    headers: tuple[str, ...]
    named: tuple[bool, ...]
    """Whether the person gave the column a name."""


class QueryAnalyzer:
    """Analyses queries, and through its parts everything inside them."""

    def __init__(self, context: AnalysisContext, views: tuple[str, ...] = ()) -> None:
        self.context = context
        self.relations = RelationAnalyzer(context, self)
        self.views = views
        """The views being expanded, outermost first: a view inside itself is an error."""

    def for_view(self, catalog: str | None, schema: str | None, name: str) -> QueryAnalyzer:
        """The analyser for a view's text: names are looked up where the view was created."""
        return QueryAnalyzer(replace(self.context, catalog=catalog, schema=schema), (*self.views, name))

    def root(self, query: nodes.Query) -> QueryAnalysis:
        """The query of a statement."""
        scoped = self.query(query, Scope())
        visible = [one for one in scoped.fields if not one.hidden]
        relation = _exactly(scoped.relation, [one.value for one in visible], [one.name for one in visible])
        headers = tuple(
            field.name if one.name is not None else f"_col{index}"
            for index, (field, one) in enumerate(zip(relation.fields, visible, strict=True))
        )
        return QueryAnalysis(relation, headers, tuple(one.name is not None for one in visible))

    def subquery(self, query: nodes.Query, scope: Scope) -> ScopedRelation:
        """A query that may refer to the scope around it."""
        return self.query(query, Scope(outer=scope))

    def query(self, node: nodes.Query, outer: Scope) -> ScopedRelation:
        """A query in a place where ``outer`` is visible: its WITH queries and, for correlation, its fields."""
        if node.with_ is not None:
            outer = self.with_tables(node.with_, outer)
        body = node.body
        while isinstance(body, nodes.Query) and _is_bare(node) and _is_bare_query(body):
            node = body
            body = node.body
        if isinstance(body, nodes.QuerySpecification):
            return SelectAnalyzer(self, outer).analyze(body, node)
        scoped = self.body(body, outer)
        return self._decorated(scoped, node, outer)

    def body(self, body: nodes.QueryBody, outer: Scope) -> ScopedRelation:
        """A query body."""
        match body:
            case nodes.Query():
                return self.query(body, outer)
            case nodes.QuerySpecification():
                return SelectAnalyzer(self, outer).analyze(body, None)
            case nodes.Values():
                return self._values(body, outer)
            case nodes.SetOperation():
                return self._set_operation(body, outer)
            case nodes.Table():
                scoped = self.relations.analyze(body, outer)
                visible = [one for one in scoped.fields if not one.hidden]
                return ScopedRelation(scoped.relation, tuple(ScopeField(one.name, (), one.value) for one in visible))
            case _:
                raise error("NOT_SUPPORTED", f"{type(body).__name__} is not supported", body.position)

    # WITH -----------------------------------------------------------------------------------------------

    def with_tables(self, with_: nodes.With, outer: Scope) -> Scope:
        """The scope with these WITH queries in it."""
        seen: set[str] = set()
        for one in with_.queries:
            if one.name.name in seen:
                text = f"WITH query name '{one.name.value}' specified more than once"
                raise error("DUPLICATE_NAMED_QUERY", text, one.position)
            seen.add(one.name.name)
            table = self._common_table(one, outer, recursive=with_.recursive)
            outer = Scope((), outer.outer, CommonTables(table, outer.common_tables))
        return outer

    def _common_table(self, one: nodes.WithQuery, outer: Scope, *, recursive: bool) -> CommonTable:
        if recursive:
            from owlake.analysis.recursion import recursive_table  # noqa: PLC0415  (rare)
            from owlake.analysis.recursion_shape import recursion_of  # noqa: PLC0415  (rare)

            parts = recursion_of(one)
            if parts is not None:
                return recursive_table(self, one, parts, outer)
        scoped = self.query(one.query, outer)
        names = self.column_names(scoped, one.columns)
        relation = _exactly(scoped.relation, [field.value for field in scoped.fields if not field.hidden], names)
        return CommonTable(one.name.name, relation.fields, relation, names=tuple(names))

    def column_names(self, scoped: ScopedRelation, aliases: Sequence[Identifier]) -> list[str | None]:
        """The names of a WITH query's columns.

        Errors: MISMATCHED_COLUMN_ALIASES, DUPLICATE_COLUMN_NAME.
        """
        visible = [field for field in scoped.fields if not field.hidden]
        if not aliases:
            return [field.name for field in visible]
        if len(aliases) != len(visible):
            text = f"Column alias list has {len(aliases)} entries but relation has {len(visible)} columns"
            raise error("MISMATCHED_COLUMN_ALIASES", text, aliases[0].position)
        names: list[str | None] = [alias.name for alias in aliases]
        for index, alias in enumerate(aliases):
            if alias.name in names[:index]:
                text = f"Column name '{alias.value}' specified more than once"
                raise error("DUPLICATE_COLUMN_NAME", text, alias.position)
        return names

    # Bodies ---------------------------------------------------------------------------------------------

    def _values(self, node: nodes.Values, outer: Scope) -> ScopedRelation:
        analyzer = ExpressionAnalyzer(self.context, Scope(outer=outer), self)
        rows = [_row_items(analyzer, row) for row in node.rows]
        width = len(rows[0])
        types: list[Type] = [UNKNOWN] * width
        for row, written in zip(rows, node.rows, strict=True):
            if len(row) != width:
                text = f"Values rows have mismatched sizes: {width} vs {len(row)}"
                raise error("TYPE_MISMATCH", text, written.position)
            types = [_common_value_type(one, item.type, written) for one, item in zip(types, row, strict=True)]
        fields = tuple(ir.Field(f"_col{index}", type_) for index, type_ in enumerate(types))
        coerced = tuple(tuple(coerce(item, type_) for item, type_ in zip(row, types, strict=True)) for row in rows)
        relation = Values(fields, coerced)
        return ScopedRelation(relation, fields_of(relation, [None] * width))

    def _set_operation(self, node: nodes.SetOperation, outer: Scope) -> ScopedRelation:
        scoped = [self.body(one, outer) for one in node.relations]
        visible = [[field for field in one.fields if not field.hidden] for one in scoped]
        name = node.operator
        for one in visible[1:]:
            if len(one) != len(visible[0]):
                text = f"{name} query has different number of fields: {len(visible[0])}, {len(one)}"
                raise error("TYPE_MISMATCH", text, node.position)
        types = [
            _common_column_type(name, index, column, node) for index, column in enumerate(zip(*visible, strict=True))
        ]
        if node.distinct or name != "UNION":
            _check_distinct(types, name, node)
        names = [field.name for field in visible[0]]
        inputs = tuple(
            _exactly(
                one.relation, [coerce(field.value, type_) for field, type_ in zip(fields, types, strict=True)], names
            )
            for one, fields in zip(scoped, visible, strict=True)
        )
        fields = tuple(ir.Field(field.name, type_) for field, type_ in zip(inputs[0].fields, types, strict=True))
        relation = SetOperation(fields, name, node.distinct, inputs)
        return ScopedRelation(relation, fields_of(relation, names))

    # ORDER BY, OFFSET, LIMIT ----------------------------------------------------------------------------

    def _decorated(self, scoped: ScopedRelation, node: nodes.Query, outer: Scope) -> ScopedRelation:
        relation = scoped.relation
        keys: tuple[ir.SortKey, ...] = ()
        if node.order_by:
            scope = Scope(scoped.fields, outer)
            values = [one.value for one in scoped.fields if not one.hidden]
            keys = order_keys(ExpressionAnalyzer(self.context, scope, self), node.order_by, values)
            relation = Sort(relation.fields, relation, keys)
        relation = self.limited(relation, node, keys)
        return ScopedRelation(relation, scoped.fields)

    def limited(self, relation: Relation, node: nodes.Query, keys: tuple[ir.SortKey, ...]) -> Relation:
        """The relation under the query's OFFSET and LIMIT or FETCH FIRST."""
        limit = node.limit
        count = None if limit is None else self._row_count(limit.count, limit.position)
        offset = self._row_count(node.offset, node.position) or 0
        if limit is not None and limit.with_ties and not keys:
            text = "FETCH FIRST WITH TIES clause requires ORDER BY"
            raise error("MISSING_ORDER_BY", text, limit.position)
        if limit is not None and limit.fetch and count == 0:
            text = "FETCH FIRST row count must be positive (actual value: 0)"
            raise error("NUMERIC_VALUE_OUT_OF_RANGE", text, limit.position)
        if keys and count is not None and count > _MAX_SORTED_LIMIT:
            raise error("NOT_SUPPORTED", f"ORDER BY LIMIT > {_MAX_SORTED_LIMIT} is not supported")
        if count is None and not offset:
            return relation
        ties = limit is not None and limit.with_ties
        return Limit(relation.fields, relation, count, offset, ties, keys)

    def _row_count(self, count: int | Parameter | None, position: Position) -> int | None:
        if not isinstance(count, Parameter):
            return count
        value = ExpressionAnalyzer(self.context, Scope(), self).analyze(count)
        if not isinstance(value, ir.Constant) or not isinstance(value.value, int) or value.value < 0:
            text = "Invalid limit: the value of a parameter here must be a whole number, not negative"
            raise error("INVALID_LIMIT_CLAUSE", text, position)
        return value.value


def _is_bare(query: nodes.Query) -> bool:
    return query.with_ is None and not query.order_by and query.offset is None and query.limit is None


def _is_bare_query(query: nodes.Query) -> bool:
    return query.with_ is None


def _row_items(analyzer: ExpressionAnalyzer, row: Node) -> tuple[ir.Expression, ...]:
    if isinstance(row, Row):
        return analyzer.analyze_all(row.items)
    value = analyzer.analyze(row)
    if isinstance(value.type, RowType):
        return tuple(ir.FieldAccess(field.type, value, index) for index, field in enumerate(value.type.fields))
    return (value,)


def _common_value_type(known: Type, found: Type, row: Node) -> Type:
    common = common_super_type(known, found)
    if common is None:
        raise error("TYPE_MISMATCH", f"Values rows have mismatched types: {known} vs {found}", row.position)
    return common


def _common_column_type(operator: str, index: int, column: Sequence[ScopeField], node: nodes.SetOperation) -> Type:
    common: Type = column[0].value.type
    for one in column[1:]:
        found = common_super_type(common, one.value.type)
        if found is None:
            text = f"column {index + 1} in {operator} query has incompatible types: {common}, {one.value.type}"
            raise error("TYPE_MISMATCH", text, node.position)
        common = found
    return common


def _check_distinct(types: Sequence[Type], operator: str, node: nodes.SetOperation) -> None:
    for type_ in types:
        if not is_comparable(type_):
            text = f"Type {type_} is not comparable and therefore cannot be used in {operator} DISTINCT"
            raise error("TYPE_MISMATCH", text, node.position)


def _exactly(relation: Relation, values: Sequence[ir.Expression], names: Sequence[str | None]) -> Relation:
    """The relation with exactly these columns."""
    if [value.field if isinstance(value, ir.Reference) else None for value in values] == list(relation.fields):
        return relation
    assignments = tuple(
        (ir.Field(_header(value, name), value.type), value) for value, name in zip(values, names, strict=True)
    )
    return Project(tuple(field for field, _ in assignments), relation, assignments)


def _header(value: ir.Expression, name: str | None) -> str:
    return value.field.name if isinstance(value, ir.Reference) else name or "_col"
