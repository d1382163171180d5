"""Bodies of lambdas, evaluated by DataFusion from inside a kernel.

A kernel such as ``transform`` runs in the middle of a query, on one of DataFusion's threads, and wants the body's value
for the elements of all of its arrays at once. Those threads must not wait for another query. So each evaluation in
progress is a query of its own on a thread of its own, over a stream that has no end: a batch is put in, the query
computes the body over it, and the last function of its only column hands the result out. It is planned once and serves
the whole statement; a call costs about 20 µs, so that ``reduce`` can ask once for every step.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from owlake.errors import OwlakeError, cancelled
from owlake.execution.context import create_context
from owlake.execution.errors import translate
from owlake.execution.functions import user_function
from owlake.execution.threads import start_thread
from owlake.planning.udfs import KernelFunction, LambdaBody

if TYPE_CHECKING:
    from datafusion import SessionContext

_STACK_BYTES = 64 * 1024 * 1024


class LambdaEvaluators:
    """The evaluations of one statement's lambdas: as many at a time as its kernels run at a time.

    ``kernels`` are the statement's, which bodies may call.
    """

    def __init__(self, kernels: Mapping[str, KernelFunction]) -> None:
        self._kernels = kernels
        self._context: SessionContext | None = None
        self._numbers = itertools.count()
        self._idle: dict[LambdaBody, list[_Evaluation]] = {}
        self._lock = threading.Lock()
        self._creating = threading.Lock()
        self._closed = False

    def evaluate(self, body: LambdaBody, columns: Sequence[pa.Array]) -> pa.Array:
        """The body's value for each row of its columns.

        Errors: whatever the body meets, as Athena's errors.
        """
        evaluation = self._taken(body)
        # One that has failed is over, and is not given back.
        result = evaluation.result(columns)
        with self._lock:
            if not self._closed:
                self._idle.setdefault(body, []).append(evaluation)
                return result
        evaluation.end()
        return result

    def close(self) -> None:
        """End all evaluations; those in progress end with their call."""
        with self._lock:
            self._closed = True
            idle = [evaluation for evaluations in self._idle.values() for evaluation in evaluations]
            self._idle.clear()
            self._context = None
        for evaluation in idle:
            evaluation.end()

    def _taken(self, body: LambdaBody) -> _Evaluation:
        with self._lock:
            if self._closed:
                raise cancelled()
            idle = self._idle.get(body)
            if idle:
                return idle.pop()
            return _Evaluation(self._shared_context, next(self._numbers), body)

    def _shared_context(self) -> SessionContext:
        """The context of all evaluations; made on the thread of one, for the kernels' threads may not wait for it."""
        with self._creating:
            if self._context is None:
                context = create_context(target_partitions=1)
                for name, kernel in self._kernels.items():
                    context.register_udf(user_function(name, kernel, self.evaluate))
                self._context = context
            return self._context


class _Evaluation:
    """One query over an endless stream, and the thread that it runs on."""

    def __init__(self, context: Callable[[], SessionContext], number: int, body: LambdaBody) -> None:
        self._body = body
        self._schema = pa.schema([pa.field(name, type_) for name, type_ in body.columns])
        self._batches: queue.SimpleQueue[pa.RecordBatch | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[pa.Array | BaseException] = queue.SimpleQueue()
        start_thread(lambda: self._run(context, number), "owlake-lambda", _STACK_BYTES)

    def result(self, columns: Sequence[pa.Array]) -> pa.Array:
        typed = [
            column if column.type == field.type else column.cast(field.type)
            for column, field in zip(columns, self._schema, strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(typed, schema=self._schema)
        self._batches.put(batch)
        parts: list[pa.Array] = []
        missing = batch.num_rows
        while missing:
            part = self._results.get()
            if isinstance(part, BaseException):
                raise part if isinstance(part, OwlakeError) else translate(part) from None
            parts.append(part)
            missing -= len(part)
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)

    def end(self) -> None:
        self._batches.put(None)

    def _run(self, shared: Callable[[], SessionContext], number: int) -> None:
        try:
            self._serve(shared(), number)
        except BaseException as problem:  # noqa: BLE001  (a panic in the engine is a BaseException; the kernel sees it)
            self._results.put(problem.with_traceback(None))

    def _serve(self, context: SessionContext, number: int) -> None:
        from datafusion import udf  # noqa: PLC0415

        source, sink = f"lambda_source_{number}", f"lambda_sink_{number}"
        # The sink gets a column besides, or else a constant body would reach it as one value only.
        arguments = [self._body.result, self._schema.field(0).type]
        try:
            from owlake.lake.formats.bridge import StreamDataset  # noqa: PLC0415  (statements without lambdas do not pay)

            context.register_dataset(source, StreamDataset(self._schema, [self._read]))
            context.register_udf(udf(self._receive, arguments, pa.bool_(), "volatile", sink))
            column = f'"{self._schema.field(0).name}"'
            context.sql(f"SELECT {sink}({self._body.sql}, {column}) FROM {source}").collect()
        finally:
            context.deregister_table(source)
            context.deregister_udf(sink)

    def _read(self, _columns: Sequence[str], _wanted: Any) -> Iterator[pa.RecordBatch]:
        while (batch := self._batches.get()) is not None:
            yield batch

    def _receive(self, values: pa.Array, _: pa.Array) -> pa.Array:
        self._results.put(values)
        return pa.nulls(len(values), pa.bool_())
