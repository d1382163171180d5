"""What a statement gives: its execution's record, and rows that come as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, Self

import pyarrow as pa

from owlake.errors import InterfaceError, OwlakeError, cancelled
from owlake.planning.plan import ResultColumn
from owlake.queries.model import QueryExecution, State, state_after


class Batches(Protocol):
    """A stream of record batches."""

    def next(self) -> pa.RecordBatch | None:
        """The next batch; None after the last."""

    @property
    def ended(self) -> bool:
        """Whether everything has been computed, taken or not."""

    @property
    def exhausted(self) -> bool:
        """Whether the last batch has been taken, as far as is known without asking for more."""

    def cancel(self) -> None:
        """Stop; whoever waits for a batch gets USER_CANCELED."""

    def close(self) -> None:
        """Let go of what the stream holds."""


class StaticBatches:
    """Rows that are all there."""

    def __init__(self, table: pa.Table) -> None:
        self._batches = iter(table.to_batches())

    def next(self) -> pa.RecordBatch | None:
        """The next batch; None after the last."""
        return next(self._batches, None)

    @property
    def ended(self) -> bool:
        """They are."""
        return True

    @property
    def exhausted(self) -> bool:
        """The execution was over before they were asked for."""
        return False

    def cancel(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """Nothing is held."""


class Result:
    """The rows of one execution, in its columns; also a context manager.

    The execution is over when the last batch was taken, an error came, or the result was closed. ``finish`` is
    told once.
    """

    def __init__(
        self,
        execution: QueryExecution,
        columns: tuple[ResultColumn, ...],
        schema: pa.Schema,
        batches: Batches,
        finish: Callable[[State, OwlakeError | None], None],
    ) -> None:
        self.execution = execution
        self.columns = columns
        self.schema = schema
        self._batches = batches
        self._finish: Callable[[State, OwlakeError | None], None] | None = finish
        self._missing: OwlakeError | None = None

    def next(self) -> pa.RecordBatch | None:
        """The next batch; None after the last. Errors end the execution.

        A result that ended before its last row says so again: what is missing is never taken for the end.
        """
        if self._finish is None:
            if self._missing is not None:
                raise self._missing
            return None
        try:
            batch = self._batches.next()
        except OwlakeError as problem:
            self._end(state_after(problem), problem)
            raise
        except KeyboardInterrupt:
            self._batches.cancel()
            self._end(State.CANCELLED, cancelled())
            raise
        if batch is None or self._batches.exhausted:
            self._end(State.SUCCEEDED, None)
        return batch

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self.next()) is not None:
            yield batch

    def table(self) -> pa.Table:
        """All rows."""
        return pa.Table.from_batches(list(self), schema=self.schema)

    def reader(self) -> pa.RecordBatchReader:
        """The rows as an Arrow stream."""
        return pa.RecordBatchReader.from_batches(self.schema, iter(self))

    def cancel(self) -> None:
        """Stop the statement; may be called from any thread."""
        self._batches.cancel()

    def close(self) -> None:
        """Take no more rows. A statement that had more of them to compute counts as cancelled."""
        if self._finish is None:
            return
        if self._batches.ended:
            self._end(State.SUCCEEDED, None)
        else:
            self._batches.cancel()
            self._end(State.CANCELLED, None)
        hint = "Take them before the cursor is closed or executes another statement"
        self._missing = InterfaceError("INTERFACE_ERROR", "The result was closed before its last row", hint=hint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _end(self, state: State, problem: OwlakeError | None) -> None:
        finish, self._finish = self._finish, None
        if finish is not None:
            self._missing = problem
            self._batches.close()
            finish(state, problem)
