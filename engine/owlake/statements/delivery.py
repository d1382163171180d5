"""A statement's result, written where its workgroup or client wants results.

As in Athena, the statement has run to its end when its first row is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import pyarrow as pa

from owlake.errors import OwlakeError, QueryWarning
from owlake.lake.storage import Storage
from owlake.planning.plan import ResultColumn
from owlake.queries.result import Batches
from owlake.queries.results.files import ResultFiles
from owlake.queries.results.places import writes_files
from owlake.queries.results.spool import Spool
from owlake.statements.context import StatementContext
from owlake.statements.output import Output
from owlake.statements.query_engine import Answer
from owlake.statements.running import Running


def deliver(
    answer: Answer,
    columns: Sequence[ResultColumn],
    schema: pa.Schema,
    batches: Batches,
    context: StatementContext,
    running: Running,
) -> Batches:
    """Write the result's files; the batches are the result's rows again.

    Errors: those of the rows, RESULT_WRITE_ERROR, RESULT_ACCESS_DENIED. What a statement has done stays done: where
    only its report cannot be written that is a warning.
    """
    files = ResultFiles(context.storage, running.execution, running.kind)
    if isinstance(answer, Output) and not running.execution.output_location.endswith(".csv"):
        has_changed = running.execution.statement_type == "DDL" or writes_files(running.kind)
        with _done_already(context) if has_changed else nullcontext():
            _report(files, answer, columns, running)
        return batches
    spool = Spool(schema, context.home.path)
    try:
        files.write_rows(columns, _kept(batches, spool))
        running.check()
    except BaseException:
        spool.close()
        raise
    finally:
        batches.close()
    spool.rewind()
    return spool


def _report(files: ResultFiles, answer: Output, columns: Sequence[ResultColumn], running: Running) -> None:
    if writes_files(running.kind):
        files.write_count(running.rows)
    else:
        files.write_text(columns, answer.lines())


@contextmanager
def _done_already(context: StatementContext) -> Iterator[None]:
    try:
        yield
    except OwlakeError as problem:
        context.warn(QueryWarning(problem.code, problem.message))


def tell_why(problem: OwlakeError, storage: Storage, running: Running) -> None:
    """Where a statement of Hive's failed, its file says why."""
    if problem.code.startswith("HIVE_DDL") and running.execution.output_location.endswith(".txt"):
        ResultFiles(storage, running.execution, running.kind).write_reason(problem)


def _kept(batches: Batches, spool: Spool) -> Iterator[pa.RecordBatch]:
    while (batch := batches.next()) is not None:
        spool.add(batch)
        yield batch
