"""Looking around in the catalogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.analysis.context import TableName, View
from owlake.dialect.parser import parse_name
from owlake.errors import OwlakeError, error
from owlake_shell.commands.registry import command
from owlake_shell.render.rows import Listing

if TYPE_CHECKING:
    from owlake.ir.sources import TableSource
    from owlake.metadata.statement import StatementMetadata
    from owlake_shell.shell import Shell


@command("l", "", "list the catalogs and their databases")
def _list(shell: Shell, _: list[str]) -> None:
    session = shell.connection.session
    with session.metadata() as metadata:
        catalogs = metadata.catalog_names()
    rows: list[tuple[str, str | None]] = []
    for catalog in catalogs:
        try:
            with session.metadata() as metadata:
                rows += [(catalog, schema) for schema in sorted(metadata.schema_names(catalog))]
        except OwlakeError as problem:
            rows.append((catalog, None))
            shell.say(f"Warning: {catalog} cannot be asked: {problem}")
    shell.show(Listing(("catalog", "database"), rows))


@command("d", "[NAME]", "describe a table or view; of a database, or alone, list the tables")
def _describe(shell: Shell, words: list[str]) -> None:
    session = shell.connection.session
    parts = list(parse_name(words[0]).names) if words else []
    with session.metadata() as metadata:
        schema = _schema(parts or [session.database or "default"], session.catalog)
        found = _table(metadata, parts, session.catalog, session.database)
        if found is not None:
            listing = _columns(found)
        elif schema is not None and metadata.schema_exists(*schema):
            tables = sorted(metadata.table_names(*schema))
            listing = Listing(("database", "table"), [(schema[1], table) for table in tables])
        else:
            hint = "\\l lists the databases, \\d the tables of this one."
            raise error("TABLE_NOT_FOUND", f"There is no table or database {words[0]}", hint=hint, bare=True)
    shell.show(listing)


def _schema(parts: list[str], catalog: str) -> tuple[str, str] | None:
    match parts:
        case [schema]:
            return catalog, schema
        case [named, schema]:
            return named, schema
        case _:
            return None


def _table(
    metadata: StatementMetadata, parts: list[str], catalog: str, database: str | None
) -> TableSource | View | None:
    match parts:
        case [table]:
            name = TableName(catalog, database or "default", table)
        case [schema, table]:
            name = TableName(catalog, schema, table)
        case [named, schema, table]:
            name = TableName(named, schema, table)
        case _:
            return None
    return metadata.table(name)


def _columns(table: TableSource | View) -> Listing:
    names = ("column", "type", "kind", "comment")
    if isinstance(table, View):
        return Listing(names, [(name, type_, "", "") for name, type_ in table.columns])
    rows = [
        (
            column.name,
            str(column.type),
            "partition key" if column.partition_key else "hidden" if column.hidden else "",
            column.comment or "",
        )
        for column in table.columns
    ]
    return Listing(names, rows)
