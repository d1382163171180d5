"""The rows of a running query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from weakref import ref

import pyarrow as pa

from owlake.errors import OwlakeError, cancelled
from owlake.execution.bad_files import bad_file
from owlake.execution.errors import translate
from owlake.execution.leaving import RUNNING
from owlake.execution.missing_files import check_present
from owlake.execution.threads import EVENT_LOOP
from owlake.lake.model import DatasetScan, FileScan, NativeScan
from owlake.lake.storage import Storage
from owlake.planning.plan import Plan

if TYPE_CHECKING:
    from datafusion import DataFrame, RecordBatchStream

_PULL_BYTES = 1 << 20


class ResultStream:
    """Batches of a result in its schema, one at a time, from any thread; also a context manager.

    ``cancel`` may be called from another thread: whoever waits for a batch gets its reason at once, and the work
    stops as soon as DataFusion's operators yield.
    """

    def __init__(self, frame: DataFrame, plan: Plan, storage: Storage, release: Callable[[], None]) -> None:
        self.schema = plan.schema
        self.rows = 0
        self._plan = plan
        self._storage = storage
        self._frame: DataFrame | None = frame
        self._stream: RecordBatchStream | None = frame.execute_stream()
        check_present(plan, frame.execution_plan, storage)
        self._release: Callable[[], None] | None = release
        self._closed = False
        self._ready: list[pa.RecordBatch] = []
        self._pending: Future[tuple[list[pa.RecordBatch], bool]] | None = None
        self._ended = False
        self._stopped: Callable[[], OwlakeError] | None = None
        self._bytes_scanned: int | None = None
        RUNNING.add(self)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self.next()) is not None:
            yield batch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next(self) -> pa.RecordBatch | None:
        """The next batch that has rows; None after the last.

        Errors: what the query met, as Athena's errors; the stream is closed then.
        """
        while not self._ready:
            if self._stopped is not None:
                raise self._reason()
            if self._ended or self._stream is None:
                self.close()
                return None
            self._ready = [self._conformed(batch) for batch in self._pull() if batch.num_rows]
        batch = self._ready.pop(0)
        self.rows += batch.num_rows
        return batch

    @property
    def ended(self) -> bool:
        """Whether the query has run to its end, its rows taken or not."""
        return self._ended

    @property
    def exhausted(self) -> bool:
        """Whether the query has run to its end and its last rows were taken."""
        return self._ended and not self._ready

    def _pull(self) -> list[pa.RecordBatch]:
        stream = self._stream
        if stream is None:
            raise self._reason()
        pending = self._pending = EVENT_LOOP.submit(_read(stream))
        if self._stopped is not None:
            # The stop came too early to find what it had to cancel.
            pending.cancel()
        try:
            batches, self._ended = pending.result()
        except CancelledError:
            self.close()
            raise self._reason() from None
        except KeyboardInterrupt:
            self.cancel()
            raise
        except BaseException as problem:  # noqa: BLE001  (a panic in the engine is a BaseException)
            # The traceback holds the stream: keeping it would keep the query running.
            translated = self._translated(problem).with_traceback(None)
            self.close()
            raise translated from None
        finally:
            self._pending = None
            # A traceback that somebody keeps would keep the query running.
            del pending, stream
        return batches

    def _translated(self, problem: BaseException) -> OwlakeError:
        return _failure_of_a_scan(self._plan) or bad_file(problem, self._plan, self._storage) or translate(problem)

    def cancel(self, reason: Callable[[], OwlakeError] = cancelled) -> None:
        """Stop the query; ``reason`` makes the error that its reader gets."""
        self._stopped = self._stopped or reason
        pending = self._pending
        if pending is not None:
            pending.cancel()
        self.close()

    def _reason(self) -> OwlakeError:
        reason = self._stopped or cancelled
        return reason()

    def close(self) -> None:
        """Let go of the query; what was scanned stays known."""
        release, self._release = self._release, None
        if release is None:
            return
        RUNNING.discard(self)
        self._bytes_scanned = self._count_bytes()
        self._stream = None
        self._frame = None
        self._ready = []
        datasets = [scan.dataset for scan in self._plan.scans.values() if isinstance(scan, DatasetScan)]
        # A result that is kept must not keep what its scans hold: connections, for one.
        self._plan = replace(self._plan, scans={}, tables={}, kernels={})
        if datasets and not self._ended:
            for dataset in datasets:
                dataset.stop()
            _let_go_of([ref(dataset) for dataset in datasets])
        release()
        self._closed = True

    @property
    def closed(self) -> bool:
        """Whether the query was let go of, and the names that it had registered can be taken."""
        return self._closed

    @property
    def bytes_scanned(self) -> int:
        """Bytes read so far: DataFusion's count for Parquet, the size of the files opened for text."""
        return self._count_bytes() if self._bytes_scanned is None else self._bytes_scanned

    def _count_bytes(self) -> int:
        if self._frame is None:
            return 0
        counted = sum(opened_bytes(scan) for scan in self._plan.scans.values())
        if any(isinstance(scan, NativeScan) and scan.format == "parquet" for scan in self._plan.scans.values()):
            counted += _metric(self._frame.execution_plan(), "bytes_scanned")
        return counted

    def _conformed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [
            column if column.type == field.type else _cast(column, field.type)
            for column, field in zip(batch.columns, self.schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


_LONGEST_WAIT, _MOST_WAITS = 1.0, 300


def _let_go_of(datasets: Sequence[ref[Any]], wait: float = 0.02, left: int = _MOST_WAITS) -> None:
    """See to it that the readers of a query that was stopped are closed soon.

    The engine's threads drop them, when they come to it, without the interpreter's lock; what they dropped is let go
    of by whoever enters the engine's library next, which may be never.
    """

    def enter_the_engine() -> None:
        from datafusion import literal  # noqa: PLC0415  (loaded long since)

        literal(1)
        if left and any(dataset() is not None for dataset in datasets):
            _let_go_of(datasets, min(wait * 1.5, _LONGEST_WAIT), left - 1)

    EVENT_LOOP.call_later(wait, enter_the_engine)


async def _read(stream: RecordBatchStream) -> tuple[list[pa.RecordBatch], bool]:
    """Batches until about a megabyte is together, and whether the stream has ended."""
    batches: list[pa.RecordBatch] = []
    size = 0
    while size < _PULL_BYTES:
        try:
            batch = (await stream.__anext__()).to_pyarrow()
        except StopAsyncIteration:
            return batches, True
        batches.append(batch)
        size += batch.nbytes
    return batches, False


def _failure_of_a_scan(plan: Plan) -> OwlakeError | None:
    """What one of our own readers raised: the engine passes on no more than its text."""
    failures = (getattr(scan.dataset, "failure", None) for scan in plan.scans.values() if isinstance(scan, DatasetScan))
    return next((failure for failure in failures if failure is not None), None)


def opened_bytes(scan: FileScan) -> int:
    """The bytes that a scan counts without measuring them: files of text whole, from the moment they are opened."""
    if isinstance(scan, NativeScan):
        return 0 if scan.format == "parquet" else sum(file.size for file in scan.files)
    opened = getattr(scan.dataset, "bytes_opened", None)
    return sum(file.size for file in scan.files) if opened is None else int(opened)


def _metric(plan: Any, name: str) -> int:
    total = 0
    pending = [plan]
    while pending:
        node = pending.pop()
        metrics = node.metrics()
        if metrics is not None:
            total += metrics.sum_by_name(name) or 0
        pending.extend(node.children())
    return total


def _cast(column: pa.Array, type_: pa.DataType) -> pa.Array:
    try:
        return column.cast(type_)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return column.cast(type_, safe=False)
