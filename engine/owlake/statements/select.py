"""Queries on their own: SELECT, WITH, VALUES, TABLE."""

from __future__ import annotations

from owlake.dialect.nodes.statements import QueryStatement
from owlake.statements.context import StatementContext
from owlake.statements.query_engine import QueryEngine, Rows
from owlake.statements.running import Running


def select(engine: QueryEngine, node: QueryStatement, context: StatementContext, running: Running) -> Rows:
    """The rows of the query, as they come."""
    return engine.select(node.query, context, running)
