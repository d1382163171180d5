"""The connector of the ``kinesis`` catalog."""

from __future__ import annotations

from collections.abc import Iterable

from owlake.spi import Connector, ConnectorContext, Table


class KinesisConnector(Connector):
    """Streams, as tables and by the service's operations."""

    def __init__(self, context: ConnectorContext) -> None:
        self._context = context

    def schema_names(self) -> Iterable[str]:
        """The schemas."""
        return ()

    def table_names(self, schema: str) -> Iterable[str]:  # noqa: ARG002
        """The tables of a schema."""
        return ()

    def table(self, schema: str, name: str) -> Table | None:  # noqa: ARG002
        """The table of this name."""
        return None
