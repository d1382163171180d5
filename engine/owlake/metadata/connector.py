"""A connector's catalog as a statement sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from owlake.connector.catalogs import plugin_failure
from owlake.connector.connector import Connector
from owlake.errors import OwlakeError
from owlake.ir.sources import SourceColumn
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

    def _asked(self, what: str, question: Callable[[], T]) -> T:
        try:
            return question()
        except OwlakeError:
            raise
        except Exception as problem:
            raise plugin_failure(self._catalog, what, problem) from problem
