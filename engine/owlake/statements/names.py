"""Names in DDL: which database and table they mean.

The Hive side takes one to three parts; a leading catalog must be the lake's own and is dropped. Without a database
in the session Hive looks in ``default``.
"""

from __future__ import annotations

from dataclasses import dataclass

from owlake.catalog.model import Table
from owlake.catalog.reader import Reader
from owlake.dialect.nodes.base import QualifiedName
from owlake.errors import error, refusal
from owlake.statements.context import DEFAULT_CATALOG, DEFAULT_DATABASE, StatementContext
from owlake.statements.failures import semantic_error, table_not_found


@dataclass(frozen=True, slots=True)
class TableName:
    """A table's place in the metastore, in lower case; ``written`` is the name as the statement has it."""

    database: str
    table: str
    written: str

    def __str__(self) -> str:
        return f"{self.database}.{self.table}"


def table_name(name: QualifiedName, context: StatementContext) -> TableName:
    """The table that the name means."""
    parts = name.names
    if len(parts) > 3:
        raise refusal(f"Invalid table name {'.'.join(parts)}")
    if len(parts) == 3:
        _check_catalog(name, parts[0], context)
        parts = parts[1:]
    database = parts[0] if len(parts) == 2 else (context.database or DEFAULT_DATABASE).lower()
    return TableName(database, parts[-1], ".".join(parts))


def database_name(name: QualifiedName | None, context: StatementContext) -> str:
    """The database that the name means; without a name, the session's."""
    if name is None:
        return (context.database or DEFAULT_DATABASE).lower()
    parts = name.names
    if len(parts) > 2:
        raise refusal(f"Invalid database name {'.'.join(parts)}")
    if len(parts) == 2:
        _check_catalog(name, parts[0], context)
    return parts[-1]


def find_table(catalog: Reader, name: TableName, *, code: str = "HIVE_DDL") -> Table:
    """The table or view. Errors: Hive's ``Table not found db.t``, with the nearest name as a hint."""
    table = catalog.find_table(name.database, name.table)
    if table is None:
        raise table_not_found(str(name), catalog.list_table_names(name.database), code=code)
    return table


def find_base_table(catalog: Reader, name: TableName) -> Table:
    """As ``find_table``, but a view is refused."""
    table = find_table(catalog, name)
    if table.is_view:
        raise semantic_error("To alter a view you need to use the ALTER VIEW command.", 10131)
    return table


def check_new_name(kind: str, name: str) -> None:
    """A name that the metastore can keep: 1 to 255 characters, none of them a control character."""
    if not 1 <= len(name) <= 255 or not name.isprintable():
        raise semantic_error(f"{kind} name must have 1 to 255 printable characters: {name!r}")


def _check_catalog(name: QualifiedName, catalog: str, context: StatementContext) -> None:
    if catalog == DEFAULT_CATALOG:
        return
    if context.catalog_exists(catalog):
        raise refusal("Unsupported DDL with 2 catalogs")
    raise error("DATACATALOG_NOT_FOUND", f"Catalog '{name.parts[0].value}' does not exist", bare=True)
