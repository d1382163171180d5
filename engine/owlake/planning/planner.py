"""From a query's syntax tree to a plan: analysis, rewrites in order, generation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

# Each of these registers the analyses of its kinds of nodes.
from owlake.analysis import (  # noqa: F401
    calls,
    conditionals,
    json,
    literals,
    operators,
    special_syntax,
    subqueries,
)
from owlake.analysis.context import AnalysisContext
from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.queries import QueryAnalysis, QueryAnalyzer
from owlake.analysis.scope import Scope
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.relations import Query
from owlake.ir.expressions import Expression
from owlake.ir.relations import Relation
from owlake.planning import groups, series, unnest  # noqa: F401
from owlake.planning.columns import ColumnPruning
from owlake.planning.folding import Evaluate, fold_all
from owlake.planning.guards import guard
from owlake.planning.inlining import inline
from owlake.planning.join_order import order_joins
from owlake.planning.magnitudes import bound_arithmetic
from owlake.planning.merging import merge_projections
from owlake.planning.multiplicities import number_equal_rows
from owlake.planning.names import Names
from owlake.planning.outer_order import hide_constants
from owlake.planning.plan import Plan, ResultColumn
from owlake.planning.relations import RelationPrinter
from owlake.planning.scans import ScanNames, Scans
from owlake.planning.subqueries import unnest_subqueries
from owlake.planning.ties import keep_ties
from owlake.planning.udfs import KernelFunctions

Rewrite = Callable[[Relation], Relation]

REWRITES: tuple[Rewrite, ...] = (
    inline,
    number_equal_rows,
    keep_ties,
    unnest_subqueries,
    lambda relation: ColumnPruning().root(relation),
    guard,
    hide_constants,
)
"""What happens to every query, in this order."""


def analyze(query: Query, context: AnalysisContext, views: tuple[str, ...] = ()) -> QueryAnalysis:
    """The typed tree of a query; inside of ``views``, outermost first."""
    return QueryAnalyzer(context, views).root(query)


def analyze_values(values: Sequence[Node], context: AnalysisContext) -> tuple[Expression, ...]:
    """Expressions that stand outside any query: no columns are in scope."""
    return ExpressionAnalyzer(context, Scope(), QueryAnalyzer(context)).analyze_all(values)


def plan(analysis: QueryAnalysis, statement: int, evaluate: Evaluate) -> Plan:
    """The plan of an analysed query. ``statement`` keeps its names apart from those of others that run.

    ``evaluate`` runs small plans on the way: constants are worked out ahead.
    """
    relation = fold_all(analysis.relation, evaluate)
    for rewrite in REWRITES:
        relation = rewrite(relation)
    scans = Scans(relation, ScanNames(statement))
    relation = order_joins(scans.without_satisfied(relation), scans.estimate)
    relation = bound_arithmetic(ColumnPruning().root(relation), scans.magnitude)
    relation = scans.pushed_down(merge_projections(relation))
    kernels = KernelFunctions(statement)
    sql, _ = RelationPrinter(scans, kernels, Names()).statement(relation)
    columns = tuple(
        ResultColumn(header, field.type) for header, field in zip(analysis.headers, relation.fields, strict=True)
    )
    return Plan(
        sql, columns, scans.scans, scans.tables, kernels.by_name, scans.explained, scans.requests, scans.estimates
    )
