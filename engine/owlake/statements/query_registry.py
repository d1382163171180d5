"""Statements that need the query engine, and those that parse but wait for what they stand on."""

from __future__ import annotations

from typing import Any

from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Statement
from owlake.statements import create_table_as, create_view, explain, insert, prepared, select, show_functions
from owlake.statements.query_engine import Run

STATEMENTS: dict[type[Statement], Run] = {
    nodes.QueryStatement: select.select,
    nodes.CreateTableAs: create_table_as.create_table_as,
    nodes.Insert: insert.insert,
    nodes.CreateView: create_view.create_view,
    nodes.Explain: explain.explain,
    nodes.Prepare: prepared.prepare,
    nodes.Execute: prepared.execute,
    nodes.ExecuteImmediate: prepared.execute_immediate,
    nodes.Deallocate: prepared.deallocate,
    nodes.ShowFunctions: show_functions.show_functions,
}

UNSUPPORTED: dict[type[Any], str] = {
    nodes.Unload: "UNLOAD",
    nodes.Call: "CALL",
    nodes.Update: "UPDATE",
    nodes.Delete: "DELETE",
    nodes.Merge: "MERGE",
    nodes.Optimize: "OPTIMIZE",
    nodes.Vacuum: "VACUUM",
    nodes.Grant: "GRANT",
    nodes.Revoke: "REVOKE",
    nodes.ShowProcedures: "SHOW PROCEDURES",
    nodes.CreateStream: "CREATE STREAM",
    nodes.AlterStream: "ALTER STREAM",
    nodes.DropStream: "DROP STREAM",
    nodes.CreatePump: "CREATE PUMP",
    nodes.DropPump: "DROP PUMP",
    nodes.UsingExternalFunction: "USING EXTERNAL FUNCTION",
}
"""The statements' names in the answer ``... is not supported yet``."""
