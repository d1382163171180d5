"""The connector of the ``kinesis`` catalog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from owlake.spi import Connector, ConnectorContext, Operation, Table, table_functions_of
from owlake_connectors.kinesis.capacity import Capacity, CapacityFunctions
from owlake_connectors.kinesis.operations.records import Records
from owlake_connectors.kinesis.operations.streams import Streams
from owlake_connectors.kinesis.store import StreamStore


class KinesisConnector(Streams, Records, Capacity, Connector):
    """Streams, as tables and by the service's operations."""

    def __init__(self, context: ConnectorContext) -> None:
        super().__init__(StreamStore(context))

    def schema_names(self) -> Iterable[str]:
        """The schemas."""
        return ()

    def table_names(self, schema: str) -> Iterable[str]:  # noqa: ARG002
        """The tables of a schema."""
        return ()

    def table(self, schema: str, name: str) -> Table | None:  # noqa: ARG002
        """The table of this name."""
        return None

    def table_functions(self) -> Sequence[Operation]:
        """What gives tables."""
        return table_functions_of(CapacityFunctions())

    def close(self) -> None:
        """Flush the logs and let go of them."""
        self._store.close()
