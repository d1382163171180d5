"""What Athena calls the kinds of statements (StatementType and SubstatementType of GetQueryExecution)."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from owlake.dialect.nodes import statements
from owlake.dialect.nodes.base import Statement

StatementType = Literal["DDL", "DML", "UTILITY"]

# CREATE_TABLE_AS_SELECT for OPTIMIZE is no slip: Athena answers so.
_TYPES: Final[dict[type[Statement], tuple[StatementType, str]]] = {
    statements.QueryStatement: ("DML", "SELECT"),
    statements.UsingExternalFunction: ("DML", "SELECT"),
    statements.Insert: ("DML", "INSERT"),
    statements.Update: ("DML", "UPDATE"),
    statements.Delete: ("DML", "DELETE"),
    statements.Merge: ("DML", "MERGE"),
    statements.Unload: ("DML", "UNLOAD"),
    statements.Vacuum: ("DML", "VACUUM_TABLE"),
    statements.Explain: ("DML", "EXPLAIN"),
    statements.Execute: ("DML", "EXECUTE"),
    statements.ExecuteImmediate: ("DML", "EXECUTE_IMMEDIATE"),
    statements.Call: ("DML", "CALL"),
    statements.Analyze: ("DML", "ANALYZE"),
    statements.CreateTableAs: ("DDL", "CREATE_TABLE_AS_SELECT"),
    statements.Optimize: ("DDL", "CREATE_TABLE_AS_SELECT"),
    statements.CreateView: ("DDL", "CREATE_VIEW"),
    statements.DropView: ("DDL", "DROP_VIEW"),
    statements.Prepare: ("DDL", "PREPARE"),
    statements.Deallocate: ("DDL", "DEALLOCATE"),
    statements.Grant: ("DDL", "GRANT"),
    statements.Revoke: ("DDL", "REVOKE"),
    statements.CreateStream: ("DDL", "CREATE_STREAM"),
    statements.SetStreamProperties: ("DDL", "ALTER_STREAM_PROPERTIES"),
    statements.AddStreamColumn: ("DDL", "ALTER_STREAM_ADD_COLUMN"),
    statements.DropStreamColumn: ("DDL", "ALTER_STREAM_DROP_COLUMN"),
    statements.DropStream: ("DDL", "DROP_STREAM"),
    statements.CreatePump: ("DDL", "CREATE_PUMP"),
    statements.DropPump: ("DDL", "DROP_PUMP"),
    statements.ShowCreateView: ("UTILITY", "SHOW_CREATE_VIEW"),
    statements.ShowCreateStream: ("UTILITY", "SHOW_CREATE_STREAM"),
    statements.ShowStreams: ("UTILITY", "SHOW_STREAMS"),
    statements.ShowFunctions: ("UTILITY", "SHOW_FUNCTIONS"),
    statements.ShowProcedures: ("UTILITY", "SHOW_PROCEDURES"),
    statements.ShowStats: ("UTILITY", "SHOW_STATS"),
}


def statement_type(statement: Statement) -> tuple[StatementType, str]:
    """Athena's StatementType and SubstatementType, given by the kind of statement alone.

    DESCRIBE of a view is DESC_VIEW in Athena; only the catalog can tell.
    """
    found = _TYPES.get(type(statement))
    return _hive_types()[type(statement)] if found is None else found


@cache
def _hive_types() -> dict[type[Statement], tuple[StatementType, str]]:
    from owlake.dialect.nodes import hive  # noqa: PLC0415  (a query does without the nodes of DDL)

    return {
        hive.CreateDatabase: ("DDL", "CREATE_DATABASE"),
        hive.AlterDatabase: ("DDL", "ALTER_DATABASE"),
        hive.DropDatabase: ("DDL", "DROP_DATABASE"),
        hive.CreateTable: ("DDL", "CREATE_TABLE"),
        hive.DropTable: ("DDL", "DROP_TABLE"),
        hive.RepairTable: ("DDL", "MSCK_REPAIR"),
        hive.AddPartitions: ("DDL", "ALTER_TABLE_ADD_PARTITION"),
        hive.DropPartitions: ("DDL", "ALTER_TABLE_DROP_PARTITION"),
        hive.RenamePartition: ("DDL", "ALTER_TABLE_RENAME_PARTITION"),
        hive.AddColumns: ("DDL", "ALTER_TABLE_ADD_COLUMN"),
        hive.ReplaceColumns: ("DDL", "ALTER_TABLE_REPLACE_COLUMN"),
        hive.ChangeColumn: ("DDL", "ALTER_TABLE_CHANGE_COLUMN"),
        hive.DropColumn: ("DDL", "ALTER_TABLE_DROP_COLUMN"),
        hive.RenameTable: ("DDL", "ALTER_TABLE_RENAME"),
        hive.SetLocation: ("DDL", "ALTER_TABLE_SET_LOCATION"),
        hive.SetTableProperties: ("DDL", "ALTER_TABLE_PROPERTIES"),
        hive.UnsetTableProperties: ("DDL", "ALTER_TABLE_PROPERTIES"),
        hive.ShowDatabases: ("UTILITY", "SHOW_DATABASES"),
        hive.ShowTables: ("UTILITY", "SHOW_TABLES"),
        hive.ShowViews: ("UTILITY", "SHOW_VIEWS"),
        hive.ShowColumns: ("UTILITY", "SHOW_COLUMNS"),
        hive.ShowPartitions: ("UTILITY", "SHOW_PARTITIONS"),
        hive.ShowTableProperties: ("UTILITY", "SHOW_TABLE_PROPERTIES"),
        hive.ShowCreateTable: ("UTILITY", "SHOW_CREATE_TABLE"),
        hive.Describe: ("UTILITY", "DESCRIBE_TABLE"),
    }
