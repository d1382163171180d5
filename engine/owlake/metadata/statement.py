"""The catalogs as one statement sees them: every table resolved against one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from owlake.analysis.context import TableName, Version, View
from owlake.connector.catalogs import Catalogs
from owlake.ir.sources import TableSource

if TYPE_CHECKING:
    from owlake.connector.session_view import SessionView
    from owlake.ir.expressions import Expression
    from owlake.metadata.connector import ConnectorCatalog
    from owlake.operations.binding import Argument, Evaluate
    from owlake.operations.signature import Signature


class CatalogMetadata(Protocol):
    """One catalog's schemas and tables."""

    def schema_names(self) -> list[str]:
        """Every schema."""

    def table_names(self, schema: str) -> list[str]:
        """Every table and view of a schema."""

    def schema_exists(self, schema: str) -> bool:
        """Whether there is such a schema."""

    def table(self, schema: str, name: str, version: Version | None = None) -> TableSource | View | None:
        """The table or view, as it was in a version. Errors: NOT_SUPPORTED where tables have none."""


class StatementMetadata:
    """See ``owlake.analysis.context.Metadata``.

    ``catalogs`` are those at hand; ``others`` are made when a name of theirs comes. ``evaluate`` works out constant
    expressions; ``session`` tells of the session that asks.
    """

    def __init__(
        self,
        catalogs: Mapping[str, CatalogMetadata],
        others: Catalogs,
        evaluate: Evaluate,
        session: Callable[[], SessionView],
    ) -> None:
        self._catalogs = catalogs
        self._others = others
        self._evaluate = evaluate
        self._session = session
        self._connectors: dict[str, ConnectorCatalog] = {}

    def catalog_exists(self, catalog: str) -> bool:
        """Whether there is such a catalog."""
        return catalog in self._catalogs or self._others.exists(catalog)

    def schema_exists(self, catalog: str, schema: str) -> bool:
        """Whether the catalog has such a schema."""
        found = self._catalog(catalog)
        return found is not None and found.schema_exists(schema)

    def table(self, name: TableName, version: Version | None = None) -> TableSource | View | None:
        """The table or view of this name as it was in a version."""
        found = self._catalog(name.catalog)
        return found.table(name.schema, name.table, version) if found else None

    def constants(self, expressions: Sequence[Expression]) -> list[Any]:
        """The values of expressions without columns."""
        return list(self._evaluate(expressions))

    def table_names(self, catalog: str, schema: str) -> list[str]:
        """The tables of a schema."""
        found = self._catalog(catalog)
        return found.table_names(schema) if found else []

    def schema_names(self, catalog: str) -> list[str]:
        """The schemas of a catalog."""
        found = self._catalog(catalog)
        return found.schema_names() if found else []

    def catalog_names(self) -> list[str]:
        """Every catalog."""
        return [*self._catalogs, *self._others.names()]

    def table_function(self, name: TableName) -> Signature | None:
        """How a table function of a connector is called."""
        found = self._connector(name.catalog)
        return found.table_function(name.schema, name.table) if found else None

    def call_table_function(self, name: TableName, arguments: Mapping[str, Argument[Expression]]) -> TableSource:
        """The table that a table function gives."""
        found = self._connector(name.catalog)
        assert found is not None, "asked for its signature before"
        return found.call_table_function(name.schema, name.table, arguments, self._evaluate)

    def _catalog(self, name: str) -> CatalogMetadata | None:
        return self._catalogs.get(name) or self._connector(name)

    def _connector(self, name: str) -> ConnectorCatalog | None:
        if name in self._catalogs:
            return None
        if name not in self._connectors and self._others.exists(name):
            from owlake.metadata.connector import ConnectorCatalog  # noqa: PLC0415  (most statements name none)

            self._connectors[name] = ConnectorCatalog(name, self._others.connector(name), self._session())
        return self._connectors.get(name)
