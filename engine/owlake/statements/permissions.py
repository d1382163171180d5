"""What a principal may do to tables, views and databases; what may be read is asked where names are resolved."""

from __future__ import annotations

from owlake.dialect.nodes import hive, statements
from owlake.dialect.nodes.base import QualifiedName, Statement
from owlake.errors import error
from owlake.statements.context import DEFAULT_DATABASE, StatementContext

_TABLES: dict[type[Statement], tuple[str, str]] = {
    statements.Insert: ("INSERT", "insert into table"),
    statements.CreateTableAs: ("CREATE", "create table"),
    hive.CreateTable: ("CREATE", "create table"),
    hive.DropTable: ("DROP", "drop table"),
    hive.RepairTable: ("ALTER", "alter table"),
    statements.CreateView: ("CREATE", "create view"),
    statements.DropView: ("DROP", "drop view"),
}
_DATABASES: dict[type[Statement], tuple[str, str]] = {
    hive.CreateDatabase: ("CREATE", "create schema"),
    hive.AlterDatabase: ("ALTER", "alter schema"),
    hive.DropDatabase: ("DROP", "drop schema"),
}


def check_permitted(statement: Statement, context: StatementContext) -> None:
    """Whether the principal may do what the statement does. Errors: PERMISSION_DENIED, as Trino's access control."""
    kind = type(statement)
    if kind in _DATABASES:
        action, shown = _DATABASES[kind]
        name: QualifiedName = statement.name  # type: ignore[attr-defined]
        schema = name.names[-1]
        if not context.access.can_modify(context.principal, _catalog(name, 2, context), schema, "", action):
            raise error("PERMISSION_DENIED", f"Access Denied: Cannot {shown} {schema}")
        return
    if isinstance(statement, hive.AlterTable):
        action, shown = "ALTER", "alter table"
    elif kind in _TABLES:
        action, shown = _TABLES[kind]
    else:
        return
    name = statement.table if isinstance(statement, statements.Insert) else statement.name  # type: ignore[attr-defined]
    parts = name.names
    schema = parts[-2] if len(parts) > 1 else (context.database or DEFAULT_DATABASE).lower()
    if not context.access.can_modify(context.principal, _catalog(name, 3, context), schema, parts[-1], action):
        raise error("PERMISSION_DENIED", f"Access Denied: Cannot {shown} {schema}.{parts[-1]}")


def _catalog(name: QualifiedName, whole: int, context: StatementContext) -> str:
    return name.names[0] if len(name.names) == whole else context.catalog.lower()
