"""A statement's result, written where its workgroup or client wants results, and kept where it may be given again.

As in Athena, the statement has run to its end when its first row is given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import pyarrow as pa

from owlake.errors import OwlakeError, QueryWarning, error
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
    """Write the result's files, keep its rows; the batches are these rows again.

    Errors: those of the rows, RESULT_WRITE_ERROR, RESULT_ACCESS_DENIED. What a statement has done stays done: where
    only its report cannot be written that is a warning.
    """
    files = ResultFiles(context.storage, running.execution, running.kind)
    if isinstance(answer, Output) and not running.execution.output_location.endswith(".csv"):
        has_changed = running.execution.statement_type == "DDL" or writes_files(running.kind)
        with _done_already(context) if has_changed else nullcontext():
            _report(files, answer, columns, running)
        return batches
    if running.execution.reused_previous_result:
        return batches
    keeping = running.reuse
    place = context.home.kept_results.place(running.execution.id) if keeping is not None else None
    spool = Spool(schema, context.home.path, place)
    try:
        if running.terms.writes_results and not writes_files(running.kind):
            files.write_rows(columns, _kept(batches, spool))
        else:
            deque(_kept(batches, spool), maxlen=0)
        running.check()
        rows = spool.rows()
    except BaseException:
        spool.discard()
        raise
    finally:
        batches.close()
    with _done_already(context):
        if keeping is not None:
            keeping.keep()
        if writes_files(running.kind):
            # What was written answers with rows, as streams do.
            files.write_count(running.rows)
    return rows


def _report(files: ResultFiles, answer: Output, columns: Sequence[ResultColumn], running: Running) -> None:
    if writes_files(running.kind):
        files.write_count(running.rows)
    else:
        files.write_text(columns, answer.lines())


@contextmanager
def _done_already(context: StatementContext) -> Iterator[None]:
    try:
        yield
    except (OwlakeError, OSError) as problem:
        known = problem if isinstance(problem, OwlakeError) else error("RESULT_WRITE_ERROR", str(problem))
        context.warn(QueryWarning(known.code, known.message))


def tell_why(problem: OwlakeError, storage: Storage, running: Running) -> None:
    """Where a statement of Hive's failed, its file says why."""
    if problem.code.startswith("HIVE_DDL") and running.execution.output_location.endswith(".txt"):
        ResultFiles(storage, running.execution, running.kind).write_reason(problem)


def _kept(batches: Batches, spool: Spool) -> Iterator[pa.RecordBatch]:
    while (batch := batches.next()) is not None:
        spool.add(batch)
        yield batch
