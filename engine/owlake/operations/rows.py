"""What an operation gives as the rows of CALL, made as they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from owlake.operations.declaration import Operation
from owlake.operations.event_streams import EventStream
from owlake.operations.invocation import errors_of
from owlake.operations.reading import Mismatch
from owlake.operations.shapes import Member, Structure
from owlake.operations.signature import Result
from owlake.operations.stopping import stopped_by
from owlake.operations.writing import to_sql
from owlake.planning.plan import ResultColumn
from owlake.types.arrow import arrow_type

if TYPE_CHECKING:
    from owlake.statements.running import Running

_BATCH_ROWS = 1000


class OperationRows:
    """See ``owlake.queries.result.Batches``."""

    def __init__(self, catalog: str, operation: Operation, result: Result, value: Any, running: Running) -> None:
        self.columns = tuple(ResultColumn(one.name, one.shape.type) for one in result.members)
        self._catalog = catalog
        self._operation = operation
        self._result = result
        self._running = running
        with errors_of(catalog, operation):
            self._items = iter(_rows(result, value))
        self._schema = pa.schema([pa.field(one.name, arrow_type(one.type)) for one in self.columns])
        self._ended = not result.many
        # Of events nobody waits for the next to see the last.
        self._most = 1 if isinstance(value, EventStream) else _BATCH_ROWS

    def next(self) -> pa.RecordBatch | None:
        """The next batch; None after the last."""
        items = list(self._taken())
        self._ended = self._ended or len(items) < self._most
        if not items:
            return None
        batch = self._batch(items)
        self._running.rows += len(items)
        return batch

    @property
    def ended(self) -> bool:
        """Whether everything was computed, taken or not."""
        return self._ended

    @property
    def exhausted(self) -> bool:
        """It is known only by asking for more."""
        return False

    def cancel(self) -> None:
        """No more rows are asked for."""
        self._running.stop()

    def close(self) -> None:
        """Let go of what gives the rows."""
        close = getattr(self._items, "close", None)
        self._items = iter(())
        if close is not None:
            with errors_of(self._catalog, self._operation):
                close()

    def _taken(self) -> Iterator[Any]:
        """The next items, as many as make a batch."""
        with errors_of(self._catalog, self._operation), stopped_by(self._running.check):
            for item in islice(self._items, self._most):
                self._running.check()
                yield item

    def _batch(self, items: list[Any]) -> pa.RecordBatch:
        with errors_of(self._catalog, self._operation):
            arrays = [
                pa.array([self._value(one, item) for item in items], field.type)
                for one, field in zip(self._result.members, self._schema, strict=True)
            ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _value(self, column: Member, item: Any) -> Any:
        shape = self._result.shape
        if not isinstance(shape, Structure):
            return to_sql(column.shape, item, column.name)
        if not isinstance(item, shape.python):
            raise Mismatch("result", f"must be a {shape.python.__name__}, not {item!r:.100}")
        return to_sql(column.shape, getattr(item, column.attribute), column.name)


def _rows(result: Result, value: Any) -> Iterable[Any]:
    if result.many:
        return () if value is None else value
    # A structure that may be None gives no row then; any other value is a NULL.
    return () if value is None and isinstance(result.shape, Structure) else (value,)
