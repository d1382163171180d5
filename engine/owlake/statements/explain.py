"""EXPLAIN: how a statement would run, or did.

``TYPE DATAFUSION`` shows the SQL that is generated for the engine below; the other types show owlake's plan as a
tree, in Trino's words where it has them.
"""

from __future__ import annotations

import json

from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.relations import Query
from owlake.errors import error
from owlake.planning.plan import Plan
from owlake.statements.context import StatementContext
from owlake.statements.output import Output, OutputColumn
from owlake.statements.plan_text import files_json, plan_lines
from owlake.statements.query_engine import QueryEngine, Running
from owlake.types.model import BOOLEAN

_COLUMN = "Query Plan"


def explain(engine: QueryEngine, node: nodes.Explain, context: StatementContext, running: Running) -> Output:
    """The plan of a query, a line a row.

    Errors: NOT_SUPPORTED for statements without a query.
    """
    query = _query_of(node)
    if node.type == "VALIDATE":
        engine.analyze(query, context, running)
        return Output((OutputColumn("Valid", BOOLEAN),), [(True,)])
    if node.analyze:
        return _analyzed(engine, query, context, running, verbose=node.verbose)
    analysis, plan = engine.plan(query, context, running)
    match node.type:
        case "DATAFUSION":
            lines = [plan.sql]
        case "IO":
            lines = files_json(plan).splitlines()
        case _ if node.format == "JSON":
            lines = json.dumps(plan_lines(analysis.relation), indent=2).splitlines()
        case _:
            lines = plan_lines(analysis.relation)
    return _lines(lines)


def _query_of(node: nodes.Explain) -> Query:
    statement = node.statement
    if isinstance(statement, nodes.QueryStatement | nodes.CreateTableAs | nodes.Insert | nodes.Unload):
        return statement.query
    raise error("NOT_SUPPORTED", "EXPLAIN is not supported for this kind of statement", node.position)


def _analyzed(
    engine: QueryEngine, query: Query, context: StatementContext, running: Running, *, verbose: bool
) -> Output:
    """The query run, its rows counted and dropped, with what each operator did."""
    analysis, plan = engine.plan(query, context, running)
    stream = engine.run(plan, running)
    for batch in stream:
        running.rows += batch.num_rows
    lines = [
        f"Output: {running.rows} rows, scanned {stream.bytes_scanned} bytes of {len(_files(plan))} files",
        *plan_lines(analysis.relation),
    ]
    if verbose:
        lines.extend(engine.executor.explain(plan, analyze=True))
    return _lines(lines)


def _files(plan: Plan) -> list[object]:
    return [file for scan in plan.scans.values() for file in scan.files]


def _lines(lines: list[str]) -> Output:
    return Output((OutputColumn(_COLUMN),), [(line,) for line in lines])
