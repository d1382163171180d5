"""A session: statements run one after the other against a home, with a current database and properties."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, Self

import pyarrow as pa

from owlake.dialect.nodes.base import Statement
from owlake.dialect.nodes.statements import Prepare
from owlake.errors import OwlakeError, cancelled, error
from owlake.execution.errors import translate
from owlake.execution.executor import Executor
from owlake.home import Home
from owlake.metadata.statement import StatementMetadata
from owlake.planning.plan import ResultColumn
from owlake.properties import SessionProperties
from owlake.queries.model import Progress, QueryExecution, State, state_after
from owlake.queries.result import Batches, Result, StaticBatches
from owlake.queries.terms import Terms, terms_for
from owlake.queries.watch import WATCH
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.output import Output
from owlake.statements.query_engine import Answer, QueryEngine
from owlake.statements.running import Running
from owlake.types.arrow import arrow_type

Began = Callable[[Callable[[], None]], None]


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
        self._given = dict(properties or {})
        self.history = home.history
        self._statements = itertools.count(1)
        self._executor = Executor(home.storage)
        self._queries = QueryEngine(home, self._executor, self._statements)
        self._running: dict[str, Running] = {}
        self._swept: set[str] = set()
        self._lock = threading.Lock()
        self._finishing = threading.Lock()

    def execute(self, text: str, parameters: Sequence[Any] = (), *, began: Began = lambda _: None) -> Result:
        """Run one statement; ``parameters`` are the values of its ``?``, in order.

        What is due in the home by now runs first. ``began`` is told how to cancel the statement before it does
        anything.

        Errors: refusals before the run (they leave no execution), and everything a statement meets while it
        starts; what it meets later comes with the rows.
        """
        self.home.scheduler.run_due()
        terms = terms_for(self.home, self.properties, self._given)
        return self._start(text, self._statement(text, terms), terms, tuple(parameters), None, began)

    def execute_many(
        self, text: str, rows: Sequence[tuple[Any, ...]], *, began: Began = lambda _: None
    ) -> Result | None:
        """Run one INSERT of ``VALUES (?, ...)`` for many rows of parameters at once; its rows are written or none are.

        None for a statement that has to be run for each row: nothing has happened then.
        """
        self.home.scheduler.run_due()
        terms = terms_for(self.home, self.properties, self._given)
        statement = self._statement(text, terms)
        from owlake.statements.parameter_rows import takes_many_rows  # noqa: PLC0415  (few statements come that way)

        if not rows or not takes_many_rows(statement):
            return None
        return self._start(text, statement, terms, (), rows, began)

    def _statement(self, text: str, terms: Terms) -> Statement:
        _check_text(text)
        strict = terms.properties.athena_strict
        return self._executor.stack.run(lambda: _parse(text, strict=strict))

    def _start(
        self,
        text: str,
        statement: Statement,
        terms: Terms,
        parameters: tuple[Any, ...],
        rows: Sequence[tuple[Any, ...]] | None,
        began: Began,
    ) -> Result:
        execution = self._new_execution(text, statement, terms.properties.result_reuse_max_age)
        running = Running(execution, terms, terms.properties, parameters, time.monotonic(), self.history, rows)
        running.runs(execution.substatement_type)
        if terms.writes_results:
            self._check_location(running)
        with self._lock:
            self._running[execution.id] = running
        WATCH.add(execution.id, running)
        began(running.stop)
        self.history.record(execution)
        try:
            _check_parameters(statement, execution.query, running)
            return self._run(statement, running)
        except BaseException as problem:
            interrupted = isinstance(problem, KeyboardInterrupt)
            if interrupted:
                running.stop()
            known = cancelled() if interrupted else translate(problem)
            if terms.writes_results:
                self._tell_why(running, known)
            self._finish(running, state_after(known), known)
            if interrupted or known is problem:
                raise
            raise known from problem

    def _check_location(self, running: Running) -> None:
        from owlake.queries.results.files import check_location, sweep  # noqa: PLC0415  (many sessions write none)

        strict, warn = running.properties.athena_strict, running.execution.warnings.append
        folder = running.terms.output_location
        check_location(self.home.storage, folder, strict=strict, warn=warn)
        if folder not in self._swept:
            self._swept.add(folder)
            sweep(self.home.storage, self.history, folder)

    def _tell_why(self, running: Running, problem: OwlakeError) -> None:
        from owlake.statements.delivery import tell_why  # noqa: PLC0415  (as above)

        with suppress(OwlakeError):
            tell_why(problem, self.home.storage, running)

    def progress(self) -> Progress:
        """How far the statement is that runs; may be asked from any thread."""
        running = self._latest()
        return running.progress() if running is not None else Progress()

    def metadata(self) -> AbstractContextManager[StatementMetadata]:
        """The catalogs at this moment, for whoever looks around in them; may be asked from any thread.

        Good inside of the ``with`` block, which should be short.
        """
        return self._queries.metadata()

    def cancel(self) -> None:
        """Stop what runs, if anything does; may be called from any thread."""
        with self._lock:
            running = list(self._running.values())
        for one in running:
            one.stop()

    def close(self) -> None:
        """End the session; the home stays open."""
        with self._lock:
            running = list(self._running.values())
        for one in running:
            one.stop()
            self._finish(one, State.CANCELLED, cancelled())
        self._executor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # One statement --------------------------------------------------------------------------------------

    def _new_execution(self, text: str, statement: Statement, max_age: int | None) -> QueryExecution:
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
            result_reuse_max_age=max_age,
            workgroup=self.properties.workgroup,
        )

    def _run(self, statement: Statement, running: Running) -> Result:
        execution = running.execution
        context = StatementContext(
            home=self.home,
            storage=self.home.storage,
            query_start=execution.submitted,
            catalog=self.catalog,
            database=self.database,
            principal=self.principal,
            access=self.home.access,
            catalog_exists=self.home.catalogs.exists,
            strict=running.properties.athena_strict,
            text=execution.query,
            warn=execution.warnings.append,
        )
        self._executor.configure(
            memory_limit=running.properties.memory_limit, target_partitions=running.properties.target_partitions
        )
        output = self._queries.execute(statement, context, running)
        columns, batches = _shown(output)
        schema = pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])
        has_run = isinstance(output, Output)
        if running.terms.writes_results or running.reuse or running.execution.reused_previous_result:
            from owlake.statements.delivery import deliver  # noqa: PLC0415  (many sessions write no results)

            batches, has_run = deliver(output, columns, schema, batches, context, running), True
        result = Result(
            execution, columns, schema, batches, lambda state, problem: self._finish(running, state, problem)
        )
        if has_run:
            # There is nothing to wait for.
            self._finish(running, State.SUCCEEDED, None)
        else:
            running.handed_over = lambda problem: self._finish(running, state_after(problem), problem)
        return result

    def _finish(self, running: Running, state: State, problem: OwlakeError | None) -> None:
        """Record how the statement ended; when this returns it is recorded, by whomever it was ended first."""
        with self._finishing:
            with self._lock:
                if self._running.pop(running.execution.id, None) is None:
                    return
            self._record_end(running, state, problem)
        WATCH.remove(running.execution.id)

    def _record_end(self, running: Running, state: State, problem: OwlakeError | None) -> None:
        execution = running.execution
        execution.state = state
        execution.error = problem
        execution.rows = running.rows
        execution.bytes_scanned = running.bytes_scanned
        execution.engine_time = time.monotonic() - running.started - execution.planning_time
        execution.completed = self.home.clock.now()
        self.history.record(execution)
        if running.terms.data_usage:
            from owlake.queries.data_usage import raise_alarms  # noqa: PLC0415  (few workgroups have limits)

            raise_alarms(self.home, execution, running.terms.data_usage)

    def _latest(self) -> Running | None:
        with self._lock:
            return next(reversed(self._running.values()), None)


def _parse(text: str, *, strict: bool) -> Statement:
    from owlake.dialect.parser import parse  # noqa: PLC0415  (the grammar loads with the first statement)

    return parse(text, strict=strict)


def _check_text(text: Any) -> None:
    """Errors: INVALID_INPUT for what is no text, or has halves of surrogate pairs, which UTF-8 has no bytes for."""
    if not isinstance(text, str):
        raise error("INVALID_INPUT", f"A statement is a str, not a {type(text).__name__}", bare=True)
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        place = f"character {problem.start + 1:,} is half of a surrogate pair"
        raise error("INVALID_INPUT", f"The statement is not Unicode text: {place}", bare=True) from None


def _check_parameters(statement: Statement, text: str, running: Running) -> None:
    """As many values as there are ``?``; values for a statement without any are ignored, as in Athena."""
    if "?" not in text or isinstance(statement, Prepare):
        return
    from owlake.dialect.traversal import count_parameters  # noqa: PLC0415  (few statements have them)

    expected = count_parameters(statement)
    rows = [running.parameters] if running.parameter_rows is None else running.parameter_rows
    wrong = next((place for place, row in enumerate(rows) if len(row) != expected), None)
    if expected and wrong is not None:
        problem = f"Incorrect number of parameters: expected {expected} but found {len(rows[wrong])}"
        hint = f"Row {wrong + 1:,} of the parameters; none was written" if running.parameter_rows else None
        raise error("INVALID_PARAMETER_USAGE", problem, statement.position, hint=hint)


def _shown(output: Answer) -> tuple[tuple[ResultColumn, ...], Batches]:
    if not isinstance(output, Output):
        return output.columns, output
    columns = tuple(ResultColumn(column.name, column.type, column.athena_type) for column in output.columns)
    arrays = [
        pa.array([row[index] for row in output.rows], arrow_type(column.type)) for index, column in enumerate(columns)
    ]
    schema = pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])
    return columns, StaticBatches(pa.table(arrays, schema=schema))
