"""SHOW PROCEDURES: what CALL can do, as rows."""

from __future__ import annotations

from difflib import get_close_matches

from owlake.dialect.nodes.statements import ShowProcedures
from owlake.errors import OwlakeError, QueryWarning, error
from owlake.operations.listing import procedures
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.output import Output, trino_output
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running

_COLUMNS = ("Catalog", "Schema", "Procedure", "Arguments", "Description")


def show_procedures(_: QueryEngine, node: ShowProcedures, context: StatementContext, __: Running) -> Output:
    """One row a procedure; a catalog that cannot be asked is a warning, unless it is the one that was named."""

    def warn(_: str, problem: OwlakeError) -> None:
        context.warn(QueryWarning(problem.code, problem.message))

    def refuse(_: str, problem: OwlakeError) -> None:
        raise problem

    catalogs = context.home.catalogs
    wanted = [_named(node, context)] if node.catalog is not None else catalogs.names()
    found = procedures(
        catalogs, [one for one in wanted if one != DEFAULT_CATALOG], warn if node.catalog is None else refuse
    )
    return trino_output(
        _COLUMNS, [(one.catalog, one.schema, one.name, one.arguments, one.description) for one in found]
    )


def _named(node: ShowProcedures, context: StatementContext) -> str:
    assert node.catalog is not None
    name = str(node.catalog)
    known = [*context.home.catalogs.names(), DEFAULT_CATALOG]
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]}?" if near else None
        raise error("CATALOG_NOT_FOUND", f"Catalog '{name}' does not exist", node.position, hint=hint)
    return name
