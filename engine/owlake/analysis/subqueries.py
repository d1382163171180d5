"""Queries inside expressions: scalar, EXISTS, IN, quantified comparison."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.analysis.coercions import coerce
from owlake.analysis.expressions import ExpressionAnalyzer, analyses, field_of
from owlake.analysis.operators import compare
from owlake.analysis.scope import LambdaScope, ScopedRelation, ScopeField, reference
from owlake.dialect.nodes import expressions as nodes
from owlake.dialect.nodes.relations import Query
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.relations import Project, Relation
from owlake.types.coercion import common_super_type
from owlake.types.model import BOOLEAN, Row, RowField, Type


@analyses(nodes.ScalarSubquery)
def _scalar(analyzer: ExpressionAnalyzer, node: nodes.ScalarSubquery) -> ir.Expression:
    scoped, fields = _columns(analyzer, node.query)
    relation, field = _as_one(scoped.relation, fields)
    value = ir.ScalarSubquery(field.type, relation, field)
    if len(fields) == 1:
        return value
    # Without a row: a row whose fields are all NULL (ISO 9075-2, 7.19).
    nulls = tuple(ir.Constant(one.value.type, None) for one in fields)
    return ir.Coalesce(field.type, (value, ir.MakeRow(field.type, nulls)))


@analyses(nodes.Exists)
def _exists(analyzer: ExpressionAnalyzer, node: nodes.Exists) -> ir.Expression:
    return ir.Exists(BOOLEAN, _analyzed(analyzer, node.query).relation)


@analyses(nodes.InSubquery)
def _in(analyzer: ExpressionAnalyzer, node: nodes.InSubquery) -> ir.Expression:
    value = analyzer.analyze(node.value)
    relation, field = single_column(analyzer, node.query)
    value = _as_column(value, field)
    common = common_super_type(value.type, field.type)
    if common is None:
        text = f"Value expression and result of subquery must be of the same type: {value.type} vs {field.type}"
        raise error("TYPE_MISMATCH", text, node.position)
    relation, field = _coerced(relation, field, common)
    return ir.InSubquery(BOOLEAN, coerce(value, common), relation, field)


@analyses(nodes.QuantifiedComparison)
def _quantified(analyzer: ExpressionAnalyzer, node: nodes.QuantifiedComparison) -> ir.Expression:
    value = analyzer.analyze(node.value)
    relation, field = single_column(analyzer, node.query)
    value = _as_column(value, field)
    compared = compare(node.operator, value, reference(field), node.position)
    assert isinstance(compared, ir.Comparison)
    common = compared.left.type
    relation, field = _coerced(relation, field, common)
    quantifier = "ANY" if node.quantifier == "SOME" else node.quantifier
    if (node.operator, quantifier) in (("=", "ANY"), ("<>", "ALL")):
        found = ir.InSubquery(BOOLEAN, coerce(value, common), relation, field)
        return found if quantifier == "ANY" else ir.Not(BOOLEAN, found)
    return ir.QuantifiedComparison(BOOLEAN, node.operator, quantifier, coerce(value, common), relation, field)


def single_column(analyzer: ExpressionAnalyzer, query: Query) -> tuple[Relation, ir.Field]:
    """A subquery as one column; several become the fields of a row.

    Errors: SYNTAX_ERROR where there is no column.
    """
    scoped, fields = _columns(analyzer, query)
    return _as_one(scoped.relation, fields)


def _columns(analyzer: ExpressionAnalyzer, query: Query) -> tuple[ScopedRelation, list[ScopeField]]:
    """A subquery and its visible columns."""
    scoped = _analyzed(analyzer, query)
    fields = [one for one in scoped.fields if not one.hidden]
    if not fields:
        raise error("SYNTAX_ERROR", "Subquery must have at least one column", query.position)
    return scoped, fields


def _as_one(relation: Relation, fields: Sequence[ScopeField]) -> tuple[Relation, ir.Field]:
    if len(fields) == 1:
        value = fields[0].value
        if isinstance(value, ir.Reference) and relation.fields == (value.field,):
            return relation, value.field
        out = ir.Field(fields[0].name or "", value.type)
        return Project((out,), relation, ((out, value),)), out
    type_ = Row(tuple(RowField(one.name, one.value.type) for one in fields))
    row = ir.Field("row", type_)
    made = ir.MakeRow(type_, tuple(one.value for one in fields))
    return Project((row,), relation, ((row, made),)), row


def _analyzed(analyzer: ExpressionAnalyzer, query: Query) -> ScopedRelation:
    """Errors: NOT_SUPPORTED inside of a lambda."""
    if any(isinstance(scope, LambdaScope) for scope in analyzer.scope.chain()):
        raise error("NOT_SUPPORTED", "Lambda expression cannot contain subqueries", query.position)
    return analyzer.queries.subquery(query, analyzer.scope)


def _as_column(value: ir.Expression, field: ir.Field) -> ir.Expression:
    """A row of one field is compared as that field with a query of one column."""
    if isinstance(value.type, Row) and len(value.type.fields) == 1 and not isinstance(field.type, Row):
        return value.items[0] if isinstance(value, ir.MakeRow) else field_of(value, 0)
    return value


def _coerced(relation: Relation, field: ir.Field, type_: Type) -> tuple[Relation, ir.Field]:
    if field.type == type_:
        return relation, field
    out = ir.Field(field.name, type_)
    return Project((out,), relation, ((out, coerce(reference(field), type_)),)), out
