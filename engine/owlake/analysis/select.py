"""SELECT: one query specification with the ORDER BY and LIMIT around it.

The order is SQL's own: FROM, WHERE, GROUP BY, aggregates, HAVING, windows, SELECT, DISTINCT, ORDER BY, LIMIT.
Every expression is first analysed over the rows of FROM; then aggregates and window calls are lifted out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from owlake.analysis.aggregation import Aggregation, refuse_aggregates
from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.grouping import grouping
from owlake.analysis.ordering import order_keys
from owlake.analysis.scope import OutputScope, Scope, ScopedRelation, ScopeField, reference
from owlake.analysis.window_lifting import lift_windows
from owlake.analysis.windows import named_windows
from owlake.dialect.nodes import expressions as expression_nodes
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.base import Identifier, QualifiedName
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.likeness import likeness
from owlake.ir.patterns import over_in
from owlake.ir.relations import Distinct, Filter, Project, Relation, SingleRow, Sort
from owlake.types.comparison import is_comparable
from owlake.types.model import Row

if TYPE_CHECKING:
    from owlake.analysis.queries import QueryAnalyzer


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the select list: its name (None if the person gave none), its value, where it stands."""

    name: str | None
    value: ir.Expression
    node: Node


class SelectAnalyzer:
    """Analyses one SELECT where ``outer`` is visible."""

    def __init__(self, queries: QueryAnalyzer, outer: Scope) -> None:
        self.queries = queries
        self.context = queries.context
        self.outer = outer

    def analyze(self, node: nodes.QuerySpecification, query: nodes.Query | None) -> ScopedRelation:
        """The SELECT; ``query`` carries the ORDER BY and LIMIT that belong to it."""
        source = self._from(node)
        scope = Scope(source.fields, self.outer)
        analyzer = ExpressionAnalyzer(self.context, scope, self.queries)
        windows, parts = named_windows(node.windows, analyzer)
        analyzer = analyzer.with_windows(windows)
        relation = self._where(node, source.relation, analyzer)
        outputs = self._select(node, source, analyzer)
        keys = self._order_by(node, query, outputs, source, analyzer)
        having = self._having(node, analyzer)
        inside = [
            *(value for value, _ in parts),
            *([having] if having is not None else []),
            *(key.value for key in keys),
        ]
        relation, rewrite = self._aggregate(node, relation, analyzer, outputs, inside)
        if having is not None:
            assert node.having is not None
            relation = Filter(relation.fields, relation, rewrite(having, node.having))
        values = [rewrite(output.value, output.node) for output in outputs]
        for value, written in parts:
            rewrite(value, written)
        keys = tuple(
            ir.SortKey(rewrite(key.value, item.key), key.ascending, key.nulls_first)
            for key, item in zip(keys, query.order_by if query else (), strict=True)
        )
        relation, values, keys = lift_windows(relation, values, keys)
        return self._finish(node, query, relation, [output.name for output in outputs], values, keys)

    # Clauses --------------------------------------------------------------------------------------------

    def _from(self, node: nodes.QuerySpecification) -> ScopedRelation:
        if node.from_ is None:
            return ScopedRelation(SingleRow(()), ())
        return self.queries.relations.analyze(node.from_, self.outer)

    def _where(self, node: nodes.QuerySpecification, relation: Relation, analyzer: ExpressionAnalyzer) -> Relation:
        if node.where is None:
            return relation
        predicate = analyzer.predicate(node.where, "WHERE clause")
        refuse_aggregates(predicate, "WHERE clause", node.where)
        return Filter(relation.fields, relation, predicate)

    def _having(self, node: nodes.QuerySpecification, analyzer: ExpressionAnalyzer) -> ir.Expression | None:
        """Errors: NESTED_WINDOW."""
        if node.having is None:
            return None
        predicate = analyzer.predicate(node.having, "HAVING clause")
        if over_in(predicate):
            text = "HAVING clause cannot contain window functions or row pattern measures"
            raise error("NESTED_WINDOW", text, node.having.position)
        return predicate

    def _select(
        self, node: nodes.QuerySpecification, source: ScopedRelation, analyzer: ExpressionAnalyzer
    ) -> list[Output]:
        outputs: list[Output] = []
        for item in node.select:
            if isinstance(item, nodes.SingleColumn):
                outputs.append(_single(analyzer, item))
            elif isinstance(item, nodes.AllColumns):
                outputs.extend(_all(analyzer, item, source))
        return outputs

    def _order_by(
        self,
        node: nodes.QuerySpecification,
        query: nodes.Query | None,
        outputs: list[Output],
        source: ScopedRelation,
        analyzer: ExpressionAnalyzer,
    ) -> tuple[ir.SortKey, ...]:
        """Names in ORDER BY mean output columns first, then columns of FROM."""
        if query is None or not query.order_by:
            return ()
        aliases = [ScopeField(output.name.lower(), (), output.value) for output in outputs if output.name is not None]
        distinct = {(field.name, field.value): field for field in aliases}
        scope = OutputScope(list(distinct.values()), Scope(source.fields, self.outer))
        keys = order_keys(analyzer.within(scope), query.order_by, [output.value for output in outputs])
        if node.distinct:
            _check_distinct_order(node, query.order_by, keys, outputs)
        return keys

    def _aggregate(
        self,
        node: nodes.QuerySpecification,
        relation: Relation,
        analyzer: ExpressionAnalyzer,
        outputs: list[Output],
        others: Sequence[ir.Expression],
    ) -> tuple[Relation, Aggregation]:
        """The groups, where there are any; ``others`` are the values of HAVING, WINDOW and ORDER BY."""
        group = grouping(analyzer, node.group_by, [output.value for output in outputs])
        expressions = [*(output.value for output in outputs), *others]
        is_grouped = node.group_by is not None or node.having is not None
        aggregation = Aggregation(relation, group, expressions, is_grouped=is_grouped)
        return aggregation.relation, aggregation

    def _finish(
        self,
        node: nodes.QuerySpecification,
        query: nodes.Query | None,
        relation: Relation,
        names: list[str | None],
        values: list[ir.Expression],
        keys: tuple[ir.SortKey, ...],
    ) -> ScopedRelation:
        outputs = [
            (ir.Field(_header(name, index), value.type), value)
            for index, (name, value) in enumerate(zip(names, values, strict=True))
        ]
        assignments, sort = _with_sort_columns(outputs, keys)
        relation = Project(tuple(field for field, _ in assignments), relation, tuple(assignments))
        if node.distinct:
            _check_distinct(values, node)
            relation = Distinct(relation.fields, relation)
        if sort:
            relation = Sort(relation.fields, relation, sort)
        if query is not None:
            relation = self.queries.limited(relation, query, sort)
        fields = tuple(
            ScopeField(name.lower() if name is not None else None, (), reference(field))
            for name, (field, _) in zip(names, outputs, strict=True)
        )
        if len(assignments) > len(outputs):
            kept = tuple((field, reference(field)) for field, _ in outputs)
            relation = Project(tuple(field for field, _ in outputs), relation, kept)
        return ScopedRelation(relation, fields)


def _header(name: str | None, index: int) -> str:
    return f"_col{index}" if name is None else name


def _single(analyzer: ExpressionAnalyzer, item: nodes.SingleColumn) -> Output:
    value = analyzer.analyze(item.expression)
    if item.alias is not None:
        return Output(item.alias.value, value, item.expression)
    return Output(_implied_name(item.expression), value, item.expression)


def _implied_name(node: Node) -> str | None:
    """A column or a field of a row keeps its name, in the casing of the text."""
    if isinstance(node, Identifier):
        return node.value
    if isinstance(node, expression_nodes.Dereference):
        return node.field.value
    return None


def _all(analyzer: ExpressionAnalyzer, item: nodes.AllColumns, source: ScopedRelation) -> list[Output]:
    if item.target is None:
        visible = [field for field in source.fields if not field.hidden]
        if not visible:
            raise error("COLUMN_NOT_FOUND", "SELECT * not allowed from relation that has no columns", item.position)
        return [_output(field, item) for field in visible]
    from owlake.analysis.expressions import qualified_names  # noqa: PLC0415

    names = qualified_names(item.target)
    found = _qualified(analyzer.scope, names) if names else []
    if found:
        return _renamed([_output(field, item) for field in found], item)
    return _renamed(_row_fields(analyzer, item), item)


def _qualified(scope: Scope, names: tuple[str, ...]) -> list[ScopeField]:
    for one in scope.chain():
        found = [field for field in one.fields if not field.hidden and field.qualifier and field.is_qualified_by(names)]
        if found:
            return found
    return []


def _row_fields(analyzer: ExpressionAnalyzer, item: nodes.AllColumns) -> list[Output]:
    assert item.target is not None
    try:
        row = analyzer.analyze(item.target)
    except Exception as problem:
        if isinstance(item.target, Identifier):
            text = f"Unable to resolve reference {item.target.value}"
            raise error("TABLE_NOT_FOUND", text, item.position) from problem
        raise
    if not isinstance(row.type, Row):
        text = f"expected expression of type Row, but got {row.type}"
        raise error("TYPE_MISMATCH", text, item.position)
    return [
        Output(field.name, ir.FieldAccess(field.type, row, index), item.target)
        for index, field in enumerate(row.type.fields)
    ]


def _renamed(outputs: list[Output], item: nodes.AllColumns) -> list[Output]:
    if not item.aliases:
        return outputs
    if len(item.aliases) != len(outputs):
        text = f"Column alias list has {len(item.aliases)} entries but relation has {len(outputs)} columns"
        raise error("MISMATCHED_COLUMN_ALIASES", text, item.position)
    return [Output(alias.value, output.value, output.node) for alias, output in zip(item.aliases, outputs, strict=True)]


def _output(field: ScopeField, item: nodes.AllColumns) -> Output:
    value = field.value
    name = value.field.name if isinstance(value, ir.Reference) and field.name is not None else field.name
    node = item.target or Identifier(item.position, field.name or "*")
    return Output(name if name and field.name and name.lower() == field.name else field.name, value, node)


def _check_distinct(values: list[ir.Expression], node: nodes.QuerySpecification) -> None:
    for value in values:
        if not is_comparable(value.type):
            text = f"DISTINCT can only be applied to comparable types (actual: {value.type})"
            raise error("TYPE_MISMATCH", text, node.position)


def _check_distinct_order(
    node: nodes.QuerySpecification,
    items: Sequence[nodes.SortItem],
    keys: Sequence[ir.SortKey],
    outputs: Sequence[Output],
) -> None:
    """Sort keys of SELECT DISTINCT are output columns: by name or place, or written again with the input's columns."""
    values = {likeness(output.value) for output in outputs}
    names = {output.name.lower() for output in outputs if output.name is not None}
    for item, key in zip(items, keys, strict=True):
        by_name = isinstance(item.key, Identifier) and item.key.name in names
        if likeness(key.value) not in values or (not by_name and _plain_names(item.key) & names):
            text = "For SELECT DISTINCT, ORDER BY expressions must appear in select list"
            raise error("EXPRESSION_NOT_IN_DISTINCT", text, node.position)


def _plain_names(node: Node) -> set[str]:
    """The names in an expression that stand without a qualifier, and are none."""
    from owlake.dialect.traversal import walk  # noqa: PLC0415  (few queries have DISTINCT and ORDER BY)

    found = list(walk(node))
    inside = {id(one.base) for one in found if isinstance(one, expression_nodes.Dereference)}
    inside |= {id(one.field) for one in found if isinstance(one, expression_nodes.Dereference)}
    inside |= {id(part) for one in found if isinstance(one, QualifiedName) for part in one.parts}
    return {one.name for one in found if isinstance(one, Identifier) and id(one) not in inside}


def _with_sort_columns(
    outputs: list[tuple[ir.Field, ir.Expression]],
    keys: tuple[ir.SortKey, ...],
) -> tuple[list[tuple[ir.Field, ir.Expression]], tuple[ir.SortKey, ...]]:
    """Sort keys as columns of the projection: an output column where one has the value, else one more."""
    assignments = list(outputs)
    known = {likeness(value): field for field, value in reversed(outputs)}
    sort = []
    for position, key in enumerate(keys):
        value = likeness(key.value)
        field = known.get(value)
        if field is None:
            field = ir.Field(f"sort{position}", key.value.type)
            known[value] = field
            assignments.append((field, key.value))
        sort.append(ir.SortKey(reference(field), key.ascending, key.nulls_first))
    return assignments, tuple(sort)
