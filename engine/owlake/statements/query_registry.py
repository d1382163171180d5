"""Statements that need the query engine, and those that parse but wait for what they stand on."""

from __future__ import annotations

import importlib
from typing import Any

from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Statement
from owlake.statements.context import StatementContext
from owlake.statements.query_engine import Answer, QueryEngine, Run
from owlake.statements.running import Running


def _in(module: str, name: str) -> Run:
    """A statement's function in its module, which loads with the first such statement."""

    def run(engine: QueryEngine, node: Any, context: StatementContext, running: Running) -> Answer:
        function: Run = getattr(importlib.import_module(f"owlake.statements.{module}"), name)
        return function(engine, node, context, running)

    return run


STATEMENTS: dict[type[Statement], Run] = {
    nodes.QueryStatement: _in("select", "select"),
    nodes.CreateTableAs: _in("create_table_as", "create_table_as"),
    nodes.Insert: _in("insert", "insert"),
    nodes.Unload: _in("unload", "unload"),
    nodes.CreateView: _in("create_view", "create_view"),
    nodes.Explain: _in("explain", "explain"),
    nodes.Prepare: _in("prepared", "prepare"),
    nodes.Execute: _in("prepared", "execute"),
    nodes.ExecuteImmediate: _in("prepared", "execute_immediate"),
    nodes.Deallocate: _in("prepared", "deallocate"),
    nodes.ShowFunctions: _in("show_functions", "show_functions"),
    nodes.ShowProcedures: _in("show_procedures", "show_procedures"),
    nodes.Call: _in("call", "call"),
    nodes.CreateStream: _in("streams", "create_stream"),
    nodes.SetStreamProperties: _in("streams", "set_stream_properties"),
    nodes.AddStreamColumn: _in("streams", "add_stream_column"),
    nodes.DropStreamColumn: _in("streams", "drop_stream_column"),
    nodes.DropStream: _in("streams", "drop_stream"),
    nodes.ShowCreateStream: _in("streams", "show_create_stream"),
    nodes.ShowStreams: _in("streams", "show_streams"),
    nodes.Optimize: _in("optimize", "optimize"),
    nodes.Analyze: _in("analyze", "analyze"),
    nodes.ShowStats: _in("show_stats", "show_stats"),
}

UNSUPPORTED: dict[type[Any], str] = {
    nodes.Update: "UPDATE",
    nodes.Delete: "DELETE",
    nodes.Merge: "MERGE",
    nodes.Vacuum: "VACUUM",
    nodes.Grant: "GRANT",
    nodes.Revoke: "REVOKE",
    nodes.CreatePump: "CREATE PUMP",
    nodes.DropPump: "DROP PUMP",
    nodes.UsingExternalFunction: "USING EXTERNAL FUNCTION",
}
"""The statements' names in the answer ``... is not supported yet``."""
