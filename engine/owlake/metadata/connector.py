"""A connector's catalog as a statement sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from owlake.analysis.context import Version
from owlake.catalog.information_schema import RELATIONS, SCHEMA
from owlake.connector.connector import Connector
from owlake.connector.failures import failures_of
from owlake.connector.session_view import SessionView
from owlake.connector.table import Table
from owlake.errors import error
from owlake.ir.expressions import Expression
from owlake.ir.sources import SourceColumn
from owlake.lake.model import Constraint, Domain
from owlake.operations.binding import Argument, Evaluate, bound
from owlake.operations.declaration import Operation
from owlake.operations.invocation import known_signature
from owlake.operations.signature import Signature
from owlake.planning.arrow_source import ArrowSource
from owlake.planning.connector_table import ConnectorTable
from owlake.planning.lake_table import constraint_of
from owlake.planning.scans import ScanRequest

T = TypeVar("T")


class ConnectorCatalog:
    """See ``owlake.metadata.statement.CatalogMetadata``."""

    def __init__(self, catalog: str, connector: Connector, session: SessionView) -> None:
        self._catalog = catalog
        self._connector = connector
        self._session = session

    def schema_names(self) -> list[str]:
        """Every schema."""
        names = self._asked("listing schemas", lambda: set(self._connector.schema_names()))
        return sorted({*names, SCHEMA})

    def schema_exists(self, schema: str) -> bool:
        """Whether there is such a schema."""
        return schema in self.schema_names()

    def table_names(self, schema: str) -> list[str]:
        """The tables of a schema."""
        if schema == SCHEMA:
            return list(RELATIONS)
        return self._asked(f"listing tables of {schema}", lambda: sorted(self._connector.table_names(schema)))

    def table(self, schema: str, name: str, version: Version | None = None) -> ConnectorTable | ArrowSource | None:
        """The table, with its columns; every catalog has the tables of ``information_schema``, none has versions."""
        if version is not None:
            raise error("NOT_SUPPORTED", "This connector does not support versioned tables")
        return self._information(name) if schema == SCHEMA else self.connector_table(schema, name)

    def connector_table(self, schema: str, name: str) -> ConnectorTable | None:
        """The connector's own table."""

        def found() -> ConnectorTable | None:
            table = self._connector.table_for(self._session, schema, name)
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

    # information_schema --------------------------------------------------------------------------------

    def _information(self, name: str) -> ArrowSource | None:
        columns = RELATIONS.get(name)
        if columns is None:
            return None

        def rows(request: ScanRequest) -> list[tuple[object, ...]]:
            constraint = constraint_of(request.conjuncts, dict(zip(request.columns, request.fields, strict=True)))
            return list(self._information_rows(name, constraint))

        described = tuple(SourceColumn(column, type_) for column, type_ in columns)
        return ArrowSource(self._catalog, SCHEMA, name, described, rows)

    def _information_rows(self, relation: str, constraint: Constraint) -> Iterator[tuple[object, ...]]:
        if relation == "schemata":
            yield from ((self._catalog, schema) for schema in self.schema_names())
        elif relation != "views":
            for schema in _wanted(self.schema_names(), constraint.get("table_schema")):
                for name in _wanted(self.table_names(schema), constraint.get("table_name")):
                    yield from self._described(relation, schema, name)

    def _described(self, relation: str, schema: str, name: str) -> Iterator[tuple[object, ...]]:
        if relation == "tables":
            yield self._catalog, schema, name, "BASE TABLE"
            return
        table = self.table(schema, name)
        shown = [column for column in table.columns if not column.hidden] if table is not None else []
        for place, column in enumerate(shown, 1):
            text = str(column.type)
            yield self._catalog, schema, name, column.name, place, None, "YES", text, column.comment, None

    def _asked(self, what: str, question: Callable[[], T]) -> T:
        with failures_of(self._catalog, what):
            return question()


def _wanted(names: Sequence[str], domain: Domain | None) -> list[str]:
    """Those that a condition lists, where it lists some."""
    return [name for name in names if domain is None or domain.values is None or name in domain.values]
