"""The connector of the ``system`` catalog: its schemas with their tables, and its operations by topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from owlake.spi import Connector, Handler, RowsDefinition, RowsTable, SessionView, Table
from owlake_connectors.system import lake_tables, metadata, migrations, runtime
from owlake_connectors.system.lake import Lake
from owlake_connectors.system.named_queries import NamedQueries
from owlake_connectors.system.open_tables import OpenTables
from owlake_connectors.system.operations import Metadata, Runtime
from owlake_connectors.system.prepared_statements import PreparedStatements
from owlake_connectors.system.query_executions import QueryExecutions
from owlake_connectors.system.workgroups import WorkGroups

SCHEMAS: Mapping[str, Mapping[str, RowsDefinition]] = {
    "lake": lake_tables.TABLES,
    "metadata": metadata.TABLES,
    "migrations": migrations.TABLES,
    "runtime": runtime.TABLES,
}
"""The tables of each schema."""


class SystemConnector(
    OpenTables, Runtime, Metadata, Lake, WorkGroups, NamedQueries, PreparedStatements, QueryExecutions, Connector
):
    """The engine itself."""

    def schema_names(self) -> Iterable[str]:
        """Every schema."""
        return SCHEMAS

    def table_names(self, schema: str) -> Iterable[str]:
        """The tables of a schema."""
        return SCHEMAS.get(schema, {})

    def table(self, schema: str, name: str) -> Table | None:
        """The table as a session sees it that nobody set."""
        return self.table_for(SessionView(), schema, name)

    def table_for(self, session: SessionView, schema: str, name: str) -> Table | None:
        """The table as this session sees it."""
        definition = SCHEMAS.get(schema, {}).get(name)
        return RowsTable(definition, self._home, session) if definition is not None else None

    def task_handlers(self) -> Mapping[str, Handler]:
        """What is done later: replaced files go once nobody can be reading them."""
        return {"system.lake.delete_replaced_files": lambda _task: self._home.upkeep.remove_replaced_files()}
