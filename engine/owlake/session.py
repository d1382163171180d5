"""A session: statements run one after the other against a home, with a current database and properties."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Self

import pyarrow as pa

from owlake.dialect.nodes.base import Statement
from owlake.errors import OwlakeError
from owlake.execution.errors import translate
from owlake.execution.executor import Executor
from owlake.home import Home
from owlake.planning.plan import ResultColumn
from owlake.properties import SessionProperties
from owlake.queries.history import History
from owlake.queries.model import QueryExecution, State
from owlake.queries.result import Batches, Result, StaticBatches
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.output import Output
from owlake.statements.query_engine import Answer, QueryEngine, Running
from owlake.types.arrow import arrow_type


class Session:
    """Runs statements in a home.

    Statements of one session run one at a time; ``cancel`` may be called from another thread.
    """

    def __init__(
        self,
        home: Home,
        *,
        catalog: str = DEFAULT_CATALOG,
        database: str | None = "default",
        principal: str = "owlake",
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        self.home = home
        self.catalog = catalog
        self.database = database
        self.principal = principal
        self.properties = SessionProperties().with_values(properties or {})
        self.history = History(home.history_path)
        self._statements = itertools.count(1)
        self._executor = Executor(
            storage=home.storage,
            memory_limit=self.properties.memory_limit,
            target_partitions=self.properties.target_partitions,
        )
        self._queries = QueryEngine(home, self._executor, self.history, self._statements)
        self._running: Result | None = None
        self._progress: Running | None = None
        self._lock = threading.Lock()

    def execute(self, text: str, parameters: Sequence[Any] = ()) -> Result:
        """Run one statement; ``parameters`` are the values of its ``?``, in order.

        Errors: refusals before the run (they leave no execution), and everything a statement meets while it
        starts; what it meets later comes with the rows.
        """
        statement = self._executor.stack.run(lambda: self._parse(text))
        execution = self._new_execution(text, statement)
        self.history.record(execution)
        try:
            return self._run(statement, execution, parameters)
        except BaseException as problem:
            known = translate(problem) if not isinstance(problem, KeyboardInterrupt) else None
            self._finish(execution, State.CANCELLED if known is None else State.FAILED, known)
            if known is None or known is problem:
                raise
            raise known from problem

    def progress(self) -> tuple[int, int]:
        """Rows given and bytes scanned so far by the statement that runs; may be asked from any thread."""
        running = self._progress
        return (running.rows, running.bytes_scanned) if running is not None else (0, 0)

    def cancel(self) -> None:
        """Stop the statement that runs, if one does."""
        running = self._running
        if running is not None:
            running.cancel()

    def close(self) -> None:
        """End the session; the home stays open."""
        self.cancel()
        self._executor.close()
        self.history.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # One statement --------------------------------------------------------------------------------------

    def _parse(self, text: str) -> Statement:
        from owlake.dialect.parser import parse  # noqa: PLC0415  (the grammar loads with the first statement)

        return parse(text, strict=self.properties.athena_strict)

    def _new_execution(self, text: str, statement: Statement) -> QueryExecution:
        from owlake.dialect.statement_types import statement_type  # noqa: PLC0415

        kind, detail = statement_type(statement)
        return QueryExecution(
            id=str(uuid.uuid4()),
            query=text.strip().rstrip(";").rstrip(),
            statement_type=kind,
            substatement_type=detail,
            catalog=self.catalog,
            database=self.database,
            principal=self.principal,
            submitted=self.home.clock.now(),
            workgroup=self.properties.workgroup,
        )

    def _run(self, statement: Statement, execution: QueryExecution, parameters: Sequence[Any]) -> Result:
        started = time.monotonic()
        context = StatementContext(
            home=self.home,
            storage=self.home.storage,
            query_start=execution.submitted,
            catalog=self.catalog,
            database=self.database,
            principal=self.principal,
            strict=self.properties.athena_strict,
            text=execution.query,
            warn=execution.warnings.append,
        )
        running = Running(execution, self.properties, tuple(parameters), started)
        self._progress = running
        output = self._queries.execute(statement, context, running)
        columns, batches = _shown(output)
        schema = pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])

        def finish(state: State, problem: OwlakeError | None) -> None:
            execution.rows = max(execution.rows, running.rows)
            execution.bytes_scanned = running.bytes_scanned
            execution.engine_time = time.monotonic() - started - execution.planning_time
            self._finish(execution, state, problem)

        result = Result(execution, columns, schema, batches, finish)
        self._running = result
        if isinstance(output, Output):
            # There is nothing to wait for: the statement has run.
            finish(State.SUCCEEDED, None)
        return result

    def _finish(self, execution: QueryExecution, state: State, problem: OwlakeError | None) -> None:
        if execution.completed is not None:
            return
        execution.state = state
        execution.error = problem
        execution.completed = self.home.clock.now()
        self._running = None
        self._progress = None
        self.history.record(execution)


def _shown(output: Answer) -> tuple[tuple[ResultColumn, ...], Batches]:
    if not isinstance(output, Output):
        return output.columns, output
    columns = tuple(ResultColumn(column.name, column.type, column.athena_type) for column in output.columns)
    rows = list(output.rows)
    arrays = [pa.array([row[index] for row in rows], arrow_type(column.type)) for index, column in enumerate(columns)]
    schema = pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])
    return columns, StaticBatches(pa.table(arrays, schema=schema))
