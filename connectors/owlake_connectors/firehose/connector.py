"""The connector of the ``firehose`` catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from owlake.spi import Connector, ConnectorContext, Handler, RowsTable, SessionView, Table
from owlake_connectors.firehose.delivery_table import DeliveryTable
from owlake_connectors.firehose.operations.delivery_streams import DeliveryStreams
from owlake_connectors.firehose.operations.records import Records
from owlake_connectors.firehose.operations.tags import TagsAndEncryption
from owlake_connectors.firehose.store import DeliveryStore
from owlake_connectors.firehose.system_tables import tables
from owlake_connectors.firehose.worker import WORK, Worker

DELIVERY, SYSTEM = "delivery", "system"
"""The schema that has each delivery stream as a table, and that which shows what they are."""


class FirehoseConnector(DeliveryStreams, TagsAndEncryption, Records, Connector):
    """Delivery streams, as tables and by the service's operations."""

    def __init__(self, context: ConnectorContext) -> None:
        store = DeliveryStore(context)
        super().__init__(store, Worker(store))
        self._home = context.home

    def schema_names(self) -> Iterable[str]:
        """The schemas."""
        return (DELIVERY, SYSTEM)

    def table_names(self, schema: str) -> Iterable[str]:
        """The tables of a schema."""
        if schema == DELIVERY:
            return [name.lower() for name in self._store.names()]
        return tables(self._store) if schema == SYSTEM else ()

    def table(self, schema: str, name: str) -> Table | None:
        """The table as a session sees it that nobody set."""
        return self.table_for(SessionView(), schema, name)

    def table_for(self, session: SessionView, schema: str, name: str) -> Table | None:
        """The table of this name."""
        if schema == SYSTEM:
            definition = tables(self._store).get(name)
            return RowsTable(definition, self._home, session) if definition is not None else None
        if schema != DELIVERY:
            return None
        exact = next((one for one in self._store.names() if one.lower() == name), None)
        return DeliveryTable(self._store, self._worker, self._store.stream(exact)) if exact is not None else None

    def task_handlers(self) -> Mapping[str, Handler]:
        """The work of a delivery stream, when it is due."""
        return {WORK: self._worker.run_task}

    def close(self) -> None:
        """Flush the logs and let go of them."""
        self._store.close()
