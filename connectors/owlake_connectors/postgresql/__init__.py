"""PostgreSQL databases as catalogs."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.spi import Connector, ConnectorContext, ConnectorFactory, Property, hookimpl


def create(context: ConnectorContext) -> Connector:
    """The connector of one database; it connects when it is first asked for something."""
    from owlake_connectors.postgresql.connector import PostgresqlConnector  # noqa: PLC0415  (the driver, on use)

    return PostgresqlConnector(context)


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """A kind of catalog: ``connector_name => 'postgresql'``."""
    properties = (
        Property("connection-url", "postgresql://host:port/database", required=True),
        Property("connection-user", "The user, where the URL names none"),
        Property("connection-password", "The password, where the URL has none", secret=True),
        Property("scan-parts", "How many connections read one large table at a time; 0 is one a core", int, 0),
    )
    return [ConnectorFactory("postgresql", create, "A PostgreSQL database", properties)]
