"""Data Firehose as a catalog: delivery streams that gather records and put them into the lake."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.spi import Connector, ConnectorContext, ConnectorFactory, hookimpl


def create(context: ConnectorContext) -> Connector:
    """The connector of the home's ``firehose`` catalog."""
    from owlake_connectors.firehose.connector import FirehoseConnector  # noqa: PLC0415  (its parts, on use)

    return FirehoseConnector(context)


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """A catalog that every home has."""
    return [ConnectorFactory("firehose", create, "Delivery streams into the lake", catalog="firehose")]
