"""The ``glue`` catalog: crawlers and the Data Catalog of the lake, as tables and operations."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.spi import Connector, ConnectorContext, ConnectorFactory, hookimpl


def create(context: ConnectorContext) -> Connector:
    """The connector of the home's ``glue`` catalog."""
    from owlake_connectors.glue.connector import GlueConnector  # noqa: PLC0415  (Glue's shapes, on use)

    return GlueConnector(context)


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """A catalog that every home has."""
    return [ConnectorFactory("glue", create, "AWS Glue: the Data Catalog and its crawlers", catalog="glue")]
