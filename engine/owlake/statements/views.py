"""DROP VIEW and SHOW CREATE VIEW: statements of the Trino side."""

from __future__ import annotations

import re

from owlake.catalog.model import Table
from owlake.catalog.views import decode_view
from owlake.dialect.keywords import RESERVED
from owlake.dialect.nodes.base import Position, QualifiedName
from owlake.dialect.nodes.statements import DropView, ShowCreateView
from owlake.errors import OwlakeError, error
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.failures import nearest
from owlake.statements.names import TableName, table_name
from owlake.statements.output import NOTHING, Output, trino_output

_PLAIN = re.compile("[a-z_][a-z0-9_]*")


def drop_view(node: DropView, context: StatementContext) -> Output:
    """``DROP VIEW``."""
    name = _view_name(node.name, context)
    with context.home.metastore.write() as catalog:
        table = catalog.find_table(name.database, name.table)
        if table is None:
            if node.if_exists:
                return NOTHING
            hint = nearest(name.table, catalog.list_table_names(name.database))
            raise error("TABLE_NOT_FOUND", f"View '{_full(name)}' does not exist", node.position, hint=hint)
        if not table.is_view:
            raise error(
                "TABLE_NOT_FOUND",
                f"View '{_full(name)}' does not exist, but a table with that name exists. "
                f"Did you mean DROP TABLE {_full(name)}?",
                node.position,
            )
        catalog.delete_table(name.database, name.table)
    return NOTHING


def show_create_view(node: ShowCreateView, context: StatementContext) -> Output:
    """``SHOW CREATE VIEW``: the query reformatted, one row a line."""
    name = _view_name(node.name, context)
    with context.home.metastore.read() as catalog:
        table = catalog.find_table(name.database, name.table)
        if table is None:
            hint = nearest(name.table, catalog.list_table_names(name.database))
            raise error("TABLE_NOT_FOUND", f"View '{_full(name)}' does not exist", node.position, hint=hint)
    if not table.is_view:
        raise error("NOT_SUPPORTED", f"Relation '{_full(name)}' is a table, not a view", node.position)
    lines = [
        f"CREATE VIEW {as_written(name.database)}.{as_written(name.table)} AS",
        *_formatted(table, node.position).split("\n"),
    ]
    return trino_output(("create view",), [(line,) for line in lines])


def as_written(name: str) -> str:
    """The name as a statement has to have it."""
    is_plain = _PLAIN.fullmatch(name) and name.upper() not in RESERVED
    return name if is_plain else '"' + name.replace('"', '""') + '"'


def _formatted(view: Table, position: Position) -> str:
    from owlake.dialect.formatter import format_query  # noqa: PLC0415  (only this statement formats)
    from owlake.dialect.parser import parse_query  # noqa: PLC0415  (as above)

    text = decode_view(view).original_sql
    try:
        return format_query(parse_query(text)).rstrip("\n")
    except OwlakeError as problem:
        full = f"{DEFAULT_CATALOG}.{view.database}.{view.name}"
        place = f"{problem.position}: " if problem.position else ""
        text = f"Failed parsing stored view '{full}': {place}{problem.message}"
        raise error("INVALID_VIEW", text, position) from problem


def _view_name(name: QualifiedName, context: StatementContext) -> TableName:
    if len(name.parts) == 1 and context.database is None:
        raise error("MISSING_SCHEMA_NAME", "Schema must be specified when session schema is not set", name.position)
    return table_name(name, context)


def _full(name: TableName) -> str:
    return f"{DEFAULT_CATALOG}.{name}"
