"""Which function runs a statement: one table, by the statement's class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from owlake.dialect.nodes import hive, statements
from owlake.dialect.nodes.base import Statement
from owlake.statements import alter, databases, partitions, repair, show, tables, views
from owlake.statements.context import StatementContext
from owlake.statements.create_text import show_create_table
from owlake.statements.describe import describe
from owlake.statements.output import Output
from owlake.statements.parse_exceptions import refuse_comment

Run = Callable[[Any, StatementContext], Output]

STATEMENTS: dict[type[Statement], Run] = {
    hive.CreateDatabase: databases.create_database,
    hive.AlterDatabase: databases.alter_database,
    hive.DropDatabase: databases.drop_database,
    hive.ShowDatabases: show.show_databases,
    hive.CreateTable: tables.create_table,
    hive.DropTable: tables.drop_table,
    hive.RepairTable: repair.repair_table,
    hive.AddPartitions: partitions.add_partitions,
    hive.DropPartitions: partitions.drop_partitions,
    hive.RenamePartition: partitions.rename_partition,
    hive.AddColumns: alter.add_columns,
    hive.ReplaceColumns: alter.replace_columns,
    hive.ChangeColumn: alter.change_column,
    hive.DropColumn: alter.drop_column,
    hive.RenameTable: alter.rename_table,
    hive.SetLocation: alter.set_location,
    hive.SetTableProperties: alter.set_table_properties,
    hive.UnsetTableProperties: alter.unset_table_properties,
    hive.ShowTables: show.show_tables,
    hive.ShowViews: show.show_views,
    hive.ShowColumns: show.show_columns,
    hive.ShowPartitions: show.show_partitions,
    hive.ShowTableProperties: show.show_table_properties,
    hive.ShowCreateTable: show_create_table,
    hive.Describe: describe,
    statements.DropView: views.drop_view,
    statements.ShowCreateView: views.show_create_view,
}


def execute(statement: Statement, context: StatementContext) -> Output:
    """Run a statement of this table's. Errors: KeyError, for one of another kind."""
    run = STATEMENTS[type(statement)]
    if context.strict:
        refuse_comment(statement, context)
    return run(statement, context)
