"""CREATE VIEW: the query is analysed, and kept as text with the columns that it has now."""

from __future__ import annotations

from owlake.analysis.queries import QueryAnalysis
from owlake.catalog.views import ViewDefinition, view_table
from owlake.dialect.nodes.statements import CreateView
from owlake.errors import OwlakeError, error
from owlake.statements.context import StatementContext
from owlake.statements.names import table_name
from owlake.statements.output import NOTHING, Output
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running


def create_view(engine: QueryEngine, node: CreateView, context: StatementContext, running: Running) -> Output:
    """Make the view, or replace it.

    Errors: MISSING_COLUMN_NAME, DUPLICATE_COLUMN_NAME, TABLE_ALREADY_EXISTS, SCHEMA_NOT_FOUND,
    VIEW_IS_RECURSIVE, and those of the query.
    """
    name = table_name(node.name, context)
    analysis = _analyze(engine, node, f"{context.catalog}.{name}", context, running)
    headers = [header.lower() for header in analysis.headers]
    for position, named in enumerate(analysis.named, 1):
        if not named:
            raise error("MISSING_COLUMN_NAME", f"Column name not specified at position {position}", node.position)
    for header in headers:
        if headers.count(header) > 1:
            raise error("DUPLICATE_COLUMN_NAME", f"Column name '{header}' specified more than once", node.position)
    types = [field.type for field in analysis.relation.fields]
    columns = tuple((header, str(type_)) for header, type_ in zip(headers, types, strict=True))
    definition = ViewDefinition(node.query_text, context.catalog, context.database, columns, context.principal)
    view = view_table(name.database, name.table, definition, types)
    with context.home.metastore.write() as transaction:
        if transaction.find_database(name.database) is None:
            raise error("SCHEMA_NOT_FOUND", f"Schema '{name.database}' does not exist", node.position)
        existing = transaction.find_table(name.database, name.table)
        if existing is not None and not existing.is_view:
            text = f"Table '{context.catalog}.{name}' exists and is not a view"
            raise error("TABLE_ALREADY_EXISTS", text, node.position)
        if existing is not None and not node.or_replace:
            raise error("TABLE_ALREADY_EXISTS", f"View already exists: '{name}'", node.position)
        if existing is None:
            transaction.create_table(view)
        else:
            transaction.update_table(view)
    return NOTHING


def _analyze(
    engine: QueryEngine, node: CreateView, name: str, context: StatementContext, running: Running
) -> QueryAnalysis:
    """The query, in which the view that it replaces must not be, nor below its other views."""
    try:
        return engine.analyze(node.query, context, running, views=(name,) if node.or_replace else ())
    except OwlakeError as problem:
        if problem.code != "VIEW_IS_RECURSIVE":
            raise
        raise error(problem.code, "Statement would create a recursive view", problem.position) from None
