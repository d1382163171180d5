"""Kinesis Data Streams as a catalog: streams in the home, with the service's operations."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.spi import Connector, ConnectorContext, ConnectorFactory, hookimpl


def create(context: ConnectorContext) -> Connector:
    """The connector of the home's ``kinesis`` catalog."""
    from owlake_connectors.kinesis.connector import KinesisConnector  # noqa: PLC0415  (the log's parts, on use)

    return KinesisConnector(context)


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """A catalog that every home has."""
    description = "Kinesis Data Streams in the home"
    return [ConnectorFactory("kinesis", create, description, catalog="kinesis", stream_schema="streams")]
