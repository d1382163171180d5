"""EXPLAIN: how a statement would run, what it would cost, or how it ran.

``TYPE DATAFUSION`` shows the SQL that is generated for the engine below, ``TYPE COST`` what a statement would be
charged for; the other types are Athena's, over owlake's own plan.
"""

from __future__ import annotations

from typing import Final

from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.relations import Query
from owlake.errors import error
from owlake.planning.columns import ColumnPruning
from owlake.planning.join_order import order_joins
from owlake.planning.plan import Plan
from owlake.queries.cost import cost_usd
from owlake.queries.estimate import Estimate, estimate
from owlake.statements.context import StatementContext
from owlake.statements.output import Output, OutputColumn, Row
from owlake.statements.plan_io import io_json
from owlake.statements.plan_text import PlanNode, graph_lines, json_text, plan_tree, text_lines
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running
from owlake.types.model import BIGINT, BOOLEAN, DOUBLE, VARCHAR, Varchar

# Athena cuts the plan at line feeds, of which it ends in some.
_EMPTY_ROWS: Final = {"JSON": 1, "GRAPHVIZ": 2, "TEXT": 3}

_COST: Final = (
    OutputColumn("files", BIGINT),
    OutputColumn("bytes", BIGINT),
    OutputColumn("cost_usd", DOUBLE),
    OutputColumn("bound"),
    OutputColumn("reasons"),
)


def explain(engine: QueryEngine, node: nodes.Explain, context: StatementContext, running: Running) -> Output:
    """The plan of a query, a line a row.

    Errors: NOT_SUPPORTED for statements without a query.
    """
    query = _query_of(node)
    if node.type == "VALIDATE":
        engine.analyze(query, context, running)
        rows: list[Row] = [(True,)]
        # Athena's boolean column has a second row without a value.
        return Output((OutputColumn("Valid", BOOLEAN),), [*rows, (None,)] if context.strict else rows)
    analysis, plan = engine.plan(query, context, running)
    relation = order_joins(ColumnPruning().root(analysis.relation), lambda scan: plan.estimates.get(scan.identity))
    tree = plan_tree(relation, analysis.headers, plan.explained)
    if node.analyze:
        lines = _analyzed(engine, node, plan, tree, context, running)
        return _lines(lines, "TEXT", context, of_any_length=True)
    match node.type:
        case "COST":
            return _cost(engine, plan, context)
        case "DATAFUSION":
            return _lines([plan.sql], "TEXT", context)
        case "IO":
            text = io_json(node.statement, plan, _estimated(engine, plan, context), context)
            return _lines(text.splitlines(), "JSON", context)
        case _:
            return _lines(_formatted(tree, node.format or "TEXT"), node.format or "TEXT", context)


def _query_of(node: nodes.Explain) -> Query:
    statement = node.statement
    if isinstance(statement, nodes.QueryStatement | nodes.CreateTableAs | nodes.Insert | nodes.Unload):
        return statement.query
    raise error("NOT_SUPPORTED", "EXPLAIN is not supported for this kind of statement", node.position)


def _formatted(tree: PlanNode, form: str) -> list[str]:
    match form:
        case "JSON":
            return json_text(tree).splitlines()
        case "GRAPHVIZ":
            return graph_lines(tree)
        case _:
            return list(text_lines(tree))


def _analyzed(
    engine: QueryEngine, node: nodes.Explain, plan: Plan, tree: PlanNode, context: StatementContext, running: Running
) -> list[str]:
    """The statement run, with what each operator did: a query's rows are only counted, those of others are written."""
    if isinstance(node.statement, nodes.QueryStatement):
        for batch in engine.run(plan, running):
            running.rows += batch.num_rows
        running.check()
    else:
        engine.execute(node.statement, context, running)
    files = sum(len(scan.files) for scan in plan.scans.values())
    lines = [
        f"Output: {running.rows} rows, scanned {running.bytes_scanned} bytes of {files} files",
        *text_lines(tree),
    ]
    if node.verbose:
        lines.extend(engine.executor.explain(plan, analyze=True))
    return lines


def _cost(engine: QueryEngine, plan: Plan, context: StatementContext) -> Output:
    """What the statement would read, and be charged for."""
    found = _estimated(engine, plan, context)
    row = (found.files, found.bytes, cost_usd(found.bytes, "DML", "SELECT"), found.bound, found.why)
    return Output(_COST, [row])


def _estimated(engine: QueryEngine, plan: Plan, context: StatementContext) -> Estimate:
    return estimate(plan, engine.executor.parquet_reads(plan), context.storage)


def _lines(lines: list[str], form: str, context: StatementContext, *, of_any_length: bool = False) -> Output:
    shown = [*lines, *([""] * _EMPTY_ROWS[form] if context.strict else [])]
    length = sum(len(line) + 1 for line in lines)
    column = OutputColumn("Query Plan", VARCHAR if of_any_length else Varchar(length))
    return Output((column,), [(line,) for line in shown])
