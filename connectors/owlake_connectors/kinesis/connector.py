"""The connector of the ``kinesis`` catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from owlake import spi
from owlake.spi import (
    Connector,
    ConnectorContext,
    Operation,
    RowsTable,
    SessionView,
    Table,
    Task,
    table_functions_of,
)
from owlake_connectors.kinesis.capacity import Capacity, CapacityFunctions
from owlake_connectors.kinesis.operations.account import Account
from owlake_connectors.kinesis.operations.consumers import Consumers
from owlake_connectors.kinesis.operations.groups import ConsumerGroups
from owlake_connectors.kinesis.operations.records import Records
from owlake_connectors.kinesis.operations.shards import Shards
from owlake_connectors.kinesis.operations.streams import Streams
from owlake_connectors.kinesis.operations.tags import TagsAndPolicies
from owlake_connectors.kinesis.operations.upkeep import Upkeep
from owlake_connectors.kinesis.scaling import scale_on_demand
from owlake_connectors.kinesis.store import RECLAIM, SCALE, SETTLE, StreamStore
from owlake_connectors.kinesis.system_tables import tables
from owlake_connectors.kinesis.tables.schemas import RegisteredSchemas
from owlake_connectors.kinesis.tables.streams import StreamTables

STREAMS, SYSTEM = "streams", "system"
"""The schema that has each stream as a table, and that which shows what streams are."""


class KinesisConnector(
    Streams, Records, Shards, Consumers, ConsumerGroups, TagsAndPolicies, Upkeep, Account, Capacity, Connector
):
    """Streams, as tables and by the service's operations."""

    def __init__(self, context: ConnectorContext) -> None:
        store = StreamStore(context)
        super().__init__(store)
        self._home = context.home
        self._tables = StreamTables(self, store, RegisteredSchemas(context.home))

    def schema_names(self) -> Iterable[str]:
        """The schemas."""
        return (STREAMS, SYSTEM)

    def table_names(self, schema: str) -> Iterable[str]:
        """The tables of a schema."""
        if schema == STREAMS:
            return self._tables.names()
        return tables(self._store) if schema == SYSTEM else ()

    def table(self, schema: str, name: str) -> Table | None:
        """The table as a session sees it that nobody set."""
        return self.table_for(SessionView(), schema, name)

    def table_for(self, session: SessionView, schema: str, name: str) -> Table | None:
        """The table of this name."""
        if schema == STREAMS:
            return self._tables.table(name)
        definition = tables(self._store).get(name) if schema == SYSTEM else None
        return None if definition is None else RowsTable(definition, self._home, session)

    def streams(self, schema: str) -> spi.Streams | None:
        """What CREATE STREAM makes."""
        return self._tables if schema == STREAMS else None

    def table_functions(self) -> Sequence[Operation]:
        """What gives tables."""
        return table_functions_of(CapacityFunctions())

    def task_handlers(self) -> Mapping[str, Callable[[Task], None]]:
        """What happens to streams later."""
        return {SETTLE: self._settle, RECLAIM: self._reclaim, SCALE: lambda _: scale_on_demand(self._store)}

    def close(self) -> None:
        """Flush the logs and let go of them."""
        self._store.close()

    def _settle(self, task: Task) -> None:
        self._store.find(task.arguments["stream"])

    def _reclaim(self, task: Task) -> None:
        self._store.reclaim(task.arguments["stream"])
