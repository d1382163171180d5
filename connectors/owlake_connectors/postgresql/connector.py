"""The connector: a database's schemas, tables and views, and queries passed through to it."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.spi import Connector, ConnectorContext, Table, error, table_function
from owlake_connectors.postgresql.columns import COLUMNS, RemoteColumn, remote_columns
from owlake_connectors.postgresql.connections import Connections
from owlake_connectors.postgresql.query import quoted, text_literal
from owlake_connectors.postgresql.table import Relation, StoredTable

_SCHEMAS = """
SELECT nspname FROM pg_catalog.pg_namespace
WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%' AND has_schema_privilege(oid, 'USAGE')
"""

_RELATIONS = """
SELECT n.nspname, c.relname, c.relkind = 'r', c.relpages
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND lower(n.nspname) = {schema}
"""
"""Tables, partitioned tables, views, materialized views and foreign tables."""

_PASSED = "pg_temp.owlake_query"


class PostgresqlConnector(Connector):
    """One database. Names are lower case here; of two that differ by case alone the one in lower case is seen."""

    def __init__(self, context: ConnectorContext) -> None:
        properties = context.properties
        self._connections = Connections(
            context.catalog,
            str(properties["connection-url"]),
            properties["connection-user"],
            properties["connection-password"],
        )
        self._parts = int(properties["scan-parts"])

    def schema_names(self) -> Sequence[str]:
        """The schemas that the user may use."""
        return sorted({str(name).lower() for (name,) in self._connections.rows(_SCHEMAS)})

    def database_name(self) -> str:
        """The database."""
        ((name,),) = self._connections.rows("SELECT current_database()")
        return str(name)

    def table_names(self, schema: str) -> Sequence[str]:
        """Tables and views."""
        found = self._connections.rows(_RELATIONS.format(schema=text_literal(schema)))
        return sorted({str(name).lower() for _, name, _, _ in found})

    def table(self, schema: str, name: str) -> Table | None:
        """The table or view."""
        named = f"{_RELATIONS.format(schema=text_literal(schema))} AND lower(c.relname) = {text_literal(name)}"
        found = self._connections.rows(f"{named} ORDER BY n.nspname <> {text_literal(schema)}, c.relname DESC")
        if not found:
            return None
        remote_schema, remote_name, is_plain, pages = found[0]
        relation = f"{quoted(remote_schema)}.{quoted(remote_name)}"
        columns = self._columns(f"{text_literal(relation)}::regclass")
        return StoredTable(self._connections, relation, columns, int(pages) if is_plain else 0, self._parts)

    @table_function
    def query(self, query: str) -> Table:
        """The rows of a query in PostgreSQL's own SQL."""
        relation = f"(\n{query.strip().rstrip(';')}\n) AS owlake_query"
        columns = self._connections.again(lambda: self._columns_of_query(relation))
        if not columns:
            raise error("NOT_SUPPORTED", "The query has no columns")
        return Relation(self._connections, relation, columns)

    def _columns_of_query(self, relation: str) -> tuple[RemoteColumn, ...]:
        with self._connections.connection() as connection, connection.cursor() as cursor:
            cursor.execute("BEGIN")
            # A view tells the types of its columns with their lengths and digits; what is no query is none.
            cursor.execute(f"CREATE TEMPORARY VIEW owlake_query AS SELECT * FROM {relation}")
            cursor.execute(COLUMNS.format(relation=f"'{_PASSED}'::regclass"))
            columns = remote_columns(cursor.fetchall())
            cursor.execute("ROLLBACK")
        return columns

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _columns(self, relation: str) -> tuple[RemoteColumn, ...]:
        return remote_columns(self._connections.rows(COLUMNS.format(relation=relation)))
