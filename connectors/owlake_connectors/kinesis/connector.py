"""The connector of the ``kinesis`` catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from owlake.spi import Connector, ConnectorContext, Operation, Table, Task, table_functions_of
from owlake_connectors.kinesis.capacity import Capacity, CapacityFunctions
from owlake_connectors.kinesis.operations.account import Account
from owlake_connectors.kinesis.operations.consumers import Consumers
from owlake_connectors.kinesis.operations.records import Records
from owlake_connectors.kinesis.operations.shards import Shards
from owlake_connectors.kinesis.operations.streams import Streams
from owlake_connectors.kinesis.operations.tags import TagsAndPolicies
from owlake_connectors.kinesis.operations.upkeep import Upkeep
from owlake_connectors.kinesis.scaling import scale_on_demand
from owlake_connectors.kinesis.store import RECLAIM, SCALE, SETTLE, StreamStore


class KinesisConnector(Streams, Records, Shards, Consumers, TagsAndPolicies, Upkeep, Account, Capacity, Connector):
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
