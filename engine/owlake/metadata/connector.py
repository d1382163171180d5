"""A connector's catalog as a statement sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from owlake.connector.catalogs import plugin_failure
from owlake.connector.connector import Connector
from owlake.connector.table import Table
from owlake.errors import OwlakeError
from owlake.ir.expressions import Expression
from owlake.ir.sources import SourceColumn
from owlake.operations.binding import Argument, Evaluate, bound
from owlake.operations.declaration import Operation
from owlake.operations.invocation import known_signature
from owlake.operations.signature import Signature
from owlake.planning.connector_table import ConnectorTable

T = TypeVar("T")


class ConnectorCatalog:
    """See ``owlake.metadata.statement.CatalogMetadata``."""

    def __init__(self, catalog: str, connector: Connector) -> None:
        self._catalog = catalog
        self._connector = connector

    def schema_names(self) -> list[str]:
        """Every schema."""
        return self._asked("listing schemas", lambda: sorted(self._connector.schema_names()))

    def schema_exists(self, schema: str) -> bool:
        """Whether there is such a schema."""
        return schema in self.schema_names()

    def table_names(self, schema: str) -> list[str]:
        """The tables of a schema."""
        return self._asked(f"listing tables of {schema}", lambda: sorted(self._connector.table_names(schema)))

    def table(self, schema: str, name: str) -> ConnectorTable | None:
        """The table, with its columns."""

        def found() -> ConnectorTable | None:
            table = self._connector.table(schema, name)
            if table is None:
                return None
            columns: tuple[SourceColumn, ...] = tuple(table.columns)
            return ConnectorTable(self._catalog, schema, name, table, columns)

        return self._asked(f"describing {schema}.{name}", found)

    def table_function(self, schema: str, name: str) -> Signature | None:
        """How a table function is called."""
        operation = self._table_function(schema, name)
        return known_signature(self._catalog, operation) if operation is not None else None

    def call_table_function(
        self, schema: str, name: str, arguments: Mapping[str, Argument[Expression]], evaluate: Evaluate
    ) -> ConnectorTable:
        """The table that a table function gives."""
        operation = self._table_function(schema, name)
        assert operation is not None, "asked for its signature before"
        values = bound(known_signature(self._catalog, operation), arguments, evaluate)

        def called() -> ConnectorTable:
            table: Table = operation.method(**values)
            return ConnectorTable(self._catalog, schema, name, table, tuple(table.columns))

        return self._asked(f"calling {schema}.{name}", called)

    def _table_function(self, schema: str, name: str) -> Operation | None:
        found = self._asked("listing table functions", self._connector.table_functions)
        return next((one for one in found if (one.schema, one.name) == (schema, name)), None)

    def _asked(self, what: str, question: Callable[[], T]) -> T:
        try:
            return question()
        except OwlakeError:
            raise
        except Exception as problem:
            raise plugin_failure(self._catalog, what, problem) from problem
