"""Running plans on DataFusion."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from owlake.errors import OwlakeError
from owlake.execution.bad_files import bad_file
from owlake.execution.context import create_context
from owlake.execution.errors import translate
from owlake.execution.functions import user_function
from owlake.execution.lambdas import LambdaEvaluators
from owlake.execution.scans import misleads, register_scan
from owlake.execution.stores import register_bucket
from owlake.execution.stream import ResultStream
from owlake.execution.threads import DeepStack
from owlake.lake.formats.base import quoted
from owlake.lake.model import NativeScan
from owlake.lake.storage import Storage
from owlake.planning.plan import Plan

if TYPE_CHECKING:
    from datafusion import DataFrame, SessionContext

    from owlake.execution.reads import ParquetRead

T = TypeVar("T")
_NUMBERS = itertools.count(1)


class Executor:
    """Runs the plans of one session, several at a time if asked to.

    ``storage`` says where the buckets that scans name are.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._limits: tuple[int | None, int | None] = (None, None)
        self._context: SessionContext | None = None
        self._has_statistics = True
        self._stores: set[str] = set()
        self._lambdas: dict[int, LambdaEvaluators] = {}
        self.stack = DeepStack()

    @property
    def context(self) -> SessionContext:
        """The DataFusion context, made on first use."""
        if self._context is None:
            memory_limit, target_partitions = self._limits
            self._context = create_context(memory_limit=memory_limit, target_partitions=target_partitions)
            self._has_statistics = True
        return self._context

    def configure(self, *, memory_limit: int | None, target_partitions: int | None) -> None:
        """Let plans that start from here on have these limits; see ``SessionProperties``."""
        if self._limits != (memory_limit, target_partitions):
            self._limits = (memory_limit, target_partitions)
            self._context = None
            self._stores.clear()

    def run(self, plan: Plan) -> ResultStream:
        """Start the plan; its rows come as they are asked for.

        Errors: whatever planning in DataFusion meets, as Athena's errors.
        """
        try:
            frame = self.stack.run(lambda: self._frame(plan))
            context = self._context
            return ResultStream(frame, plan, self._storage, lambda: self._deregister(plan, context))
        except BaseException as problem:
            self._deregister(plan, self._context)
            if isinstance(problem, OwlakeError | KeyboardInterrupt):
                raise
            raise bad_file(problem, plan, self._storage) or translate(problem) from problem

    def explain(self, plan: Plan, *, analyze: bool = False, verbose: bool = False) -> list[str]:
        """DataFusion's own plan of a plan, line by line; with ``analyze`` it is run and measured."""
        words = f"EXPLAIN {'ANALYZE ' if analyze else ''}{'VERBOSE ' if verbose else ''}"
        rows = self._planned(plan, lambda frame: frame.to_arrow_table().to_pylist(), words)
        return [line for row in rows for line in row["plan"].splitlines()]

    def _planned(self, plan: Plan, work: Callable[[DataFrame], T], prefix: str = "") -> T:
        try:
            frame = self.stack.run(lambda: self._frame(plan, prefix))
            return work(frame)
        except BaseException as problem:
            if isinstance(problem, OwlakeError | KeyboardInterrupt):
                raise
            raise translate(problem) from problem
        finally:
            self._deregister(plan, self._context)

    def parquet_reads(self, plan: Plan) -> list[ParquetRead]:
        """What a plan would read of Parquet files; nothing is run."""
        from owlake.execution.reads import parquet_reads  # noqa: PLC0415  (only asked for by EXPLAIN)

        return self._planned(plan, lambda frame: list(parquet_reads(frame.execution_plan())))

    def evaluate(self, plan: Plan) -> pa.Table:
        """The whole result of a small plan, as DataFusion gives it: used while planning others."""
        stream = self.run(plan)
        try:
            return pa.Table.from_batches(list(stream), schema=plan.schema)
        finally:
            stream.close()

    def stored_rows(self, scan: NativeScan, order_by: str = "") -> Iterator[pa.RecordBatch]:
        """The rows of files in the scan's own columns, as they are stored, in this order or in none.

        Errors: what reading them meets, as Athena's errors.
        """
        name = f"stored_{next(_NUMBERS)}"
        try:
            self._ensure_store(scan.files[0].uri)
            register_scan(self.context, name, scan)
            columns = ", ".join(quoted(column) for column in scan.schema.names)
            sql = f"SELECT {columns} FROM {name}{f' ORDER BY {order_by}' if order_by else ''}"
            for batch in self.context.sql(sql).execute_stream():
                yield batch.to_pyarrow()
        except BaseException as problem:
            if isinstance(problem, OwlakeError | KeyboardInterrupt | GeneratorExit):
                raise
            raise translate(problem) from problem
        finally:
            self.context.deregister_table(name)

    def close(self) -> None:
        """Let go of the context and the planning thread."""
        self.stack.close()
        self._context = None

    def _frame(self, plan: Plan, prefix: str = "") -> DataFrame:
        context = self.context
        lambdas = LambdaEvaluators(plan.kernels)
        self._lambdas[id(plan)] = lambdas
        for name, kernel in plan.kernels.items():
            context.register_udf(user_function(name, kernel, lambdas.evaluate))
        for name, scan in plan.scans.items():
            for file in scan.files[:1]:
                self._ensure_store(file.uri)
            register_scan(context, name, scan)
        self._use_statistics(context, use=not any(misleads(scan) for scan in plan.scans.values()))
        for name, table in plan.tables.items():
            context.register_record_batches(name, [_batches(table)])
        return context.sql(prefix + plan.sql)

    def _use_statistics(self, context: SessionContext, *, use: bool) -> None:
        """Let the plans that are made from here on know the statistics of files, or not."""
        if use != self._has_statistics:
            context.sql(f"SET datafusion.execution.collect_statistics = {str(use).lower()}")
            self._has_statistics = use

    def _ensure_store(self, uri: str) -> None:
        scheme, _, rest = uri.partition("://")
        bucket = rest.partition("/")[0]
        if scheme == "s3" and bucket not in self._stores:
            register_bucket(self.context, self._storage, bucket)
            self._stores.add(bucket)

    def _deregister(self, plan: Plan, context: SessionContext | None) -> None:
        lambdas = self._lambdas.pop(id(plan), None)
        if lambdas is not None:
            lambdas.close()
        if context is None or self._context is None:
            return
        for name in (*plan.scans, *plan.tables):
            context.deregister_table(name)
        for name in plan.kernels:
            context.deregister_udf(name)


def _batches(table: pa.Table) -> list[pa.RecordBatch]:
    return table.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]
