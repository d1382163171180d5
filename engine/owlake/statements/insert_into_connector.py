"""INSERT INTO a connector's table: a query's rows handed to what is behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from owlake.connector.failures import failures_of
from owlake.connector.table import Capability, Inserted
from owlake.dialect.nodes.statements import Insert
from owlake.errors import OwlakeError, error
from owlake.metadata.connector import ConnectorCatalog
from owlake.planning.connector_table import ConnectorTable
from owlake.planning.plan import ResultColumn
from owlake.statements.context import StatementContext
from owlake.statements.fitting import fitted
from owlake.statements.insert import RowsToInsert
from owlake.statements.output import NOTHING
from owlake.statements.parameter_rows import naming_the_row
from owlake.statements.query_engine import Answer, QueryEngine, session_view
from owlake.statements.running import Running
from owlake.types.arrow import arrow_type


def insert_into_connector(
    catalog: str, engine: QueryEngine, node: Insert, context: StatementContext, running: Running
) -> Answer:
    """Add the rows, all of them or none; the answer is what the connector says of them, if anything.

    Errors: TABLE_NOT_FOUND; NOT_SUPPORTED where the connector does not insert; COLUMN_NOT_FOUND, TYPE_MISMATCH; the
    query's, and what the connector says.
    """
    target = _table(catalog, node, context, running)
    columns = [ResultColumn(column.name, column.type) for column in target.columns if not column.hidden]
    inserted = RowsToInsert(node, columns)
    with naming_the_row(running, lambda: inserted.compute(engine, context, running)):
        _, plan = engine.plan(node.query, context, running, inserted.of)
        with engine.run(plan, running) as stream:
            taken = _handed_over(catalog, target, _Rows(fitted(stream, inserted.fits)))
    if not isinstance(taken, Inserted):
        running.rows = taken
        return NOTHING
    running.rows = running.execution.rows = taken.rows
    return InsertedRows(catalog, f"inserting into {target.schema}.{target.name}", taken, running)


def _handed_over(catalog: str, target: ConnectorTable, rows: _Rows) -> int | Inserted:
    """What the connector took. Errors: the query's own, and what the connector says."""
    try:
        with failures_of(catalog, f"inserting into {target.schema}.{target.name}"):
            return target.table.insert(iter(rows))
    except OwlakeError:
        if rows.failure is not None:
            # The connector saw the query's own error pass by; what it made of it does not matter.
            raise rows.failure from None
        raise


def _table(catalog: str, node: Insert, context: StatementContext, running: Running) -> ConnectorTable:
    names = node.table.names
    schema = names[-2] if len(names) > 1 else context.database
    if schema is None:
        text = "Schema must be specified when session schema is not set"
        raise error("MISSING_SCHEMA_NAME", text, node.table.position)
    connected = ConnectorCatalog(catalog, context.home.catalogs.connector(catalog), session_view(context, running))
    found = connected.connector_table(schema, names[-1])
    if found is None:
        raise error("TABLE_NOT_FOUND", f"Table '{catalog}.{schema}.{names[-1]}' does not exist", node.table.position)
    if Capability.INSERT not in found.table.capabilities:
        raise error("NOT_SUPPORTED", "This connector does not support inserts", node.table.position)
    return found


class _Rows:
    """A query's batches on their way into a connector; what ended them is remembered."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.failure: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches
        except GeneratorExit:
            raise
        except BaseException as problem:
            self.failure = problem
            raise


class InsertedRows:
    """What a connector says of the rows that it took; see ``owlake.queries.result.Batches``."""

    def __init__(self, catalog: str, doing: str, inserted: Inserted, running: Running) -> None:
        self.columns = tuple(ResultColumn(one.name, one.type) for one in inserted.columns)
        self._schema = pa.schema([pa.field(one.name, arrow_type(one.type)) for one in self.columns])
        self._batches = iter(inserted.batches)
        self._catalog = catalog
        self._doing = doing
        self._running = running

    def next(self) -> pa.RecordBatch | None:
        """The next batch; None after the last."""
        self._running.check()
        with failures_of(self._catalog, self._doing):
            batch = next(self._batches, None)
            return None if batch is None else batch.select(self._schema.names).cast(self._schema)

    @property
    def ended(self) -> bool:
        """The rows are there, whoever asks where."""
        return True

    @property
    def exhausted(self) -> bool:
        """It is known only by asking for more."""
        return False

    def cancel(self) -> None:
        """The rows stay."""
        self._running.stop()

    def close(self) -> None:
        """Let go of what tells about them."""
        close = getattr(self._batches, "close", None)
        if close is not None:
            close()
