"""Statements that hold a query: planned against one snapshot of the catalog, run by the executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from owlake.analysis.access import ALLOW_ALL
from owlake.analysis.context import AnalysisContext
from owlake.analysis.parameters import constant_of
from owlake.analysis.queries import QueryAnalysis
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.nodes.base import Statement
from owlake.dialect.nodes.relations import Query
from owlake.errors import error
from owlake.execution.executor import Executor
from owlake.execution.stream import ResultStream
from owlake.home import Home
from owlake.ir.expressions import Expression
from owlake.metadata.lake import LakeCatalog
from owlake.metadata.statement import StatementMetadata
from owlake.planning.lake_table import LakeView
from owlake.planning.plan import Plan, ResultColumn
from owlake.queries.result import Batches
from owlake.queries.watch import WATCH
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.output import Output
from owlake.statements.plan_cache import KeptPlan, PlanCache, Witness, WitnessedStorage
from owlake.statements.running import Running

if TYPE_CHECKING:
    from owlake.connector.session_view import SessionView


class QueryOutput:
    """The rows of a query as a statement's answer."""

    def __init__(self, columns: tuple[ResultColumn, ...], stream: ResultStream, running: Running) -> None:
        self.columns = columns
        self._stream = stream
        self._running = running

    def next(self) -> pa.RecordBatch | None:
        """The next batch; None after the last."""
        batch = self._stream.next()
        self._running.check()
        if batch is not None:
            self._running.rows += batch.num_rows
        return batch

    @property
    def ended(self) -> bool:
        """Whether the query has run to its end, taken or not."""
        return self._stream.ended

    @property
    def exhausted(self) -> bool:
        """Whether its last rows were taken."""
        return self._stream.exhausted

    def cancel(self) -> None:
        """Stop the statement."""
        self._running.stop()

    def close(self) -> None:
        """Let go of the query."""
        self._stream.close()


class Rows(Batches, Protocol):
    """Rows that come as they are asked for, with their columns."""

    @property
    def columns(self) -> tuple[ResultColumn, ...]:
        """The columns of the rows."""


Answer = Output | Rows
Change = Callable[[QueryAnalysis], QueryAnalysis]
Run = Callable[["QueryEngine", Any, StatementContext, Running], Answer]


class QueryEngine:
    """Runs the statements of one session."""

    def __init__(self, home: Home, executor: Executor, numbers: Iterator[int]) -> None:
        self._home = home
        self._numbers = numbers
        self._plans = PlanCache()
        self.executor = executor

    def execute(self, statement: Statement, context: StatementContext, running: Running) -> Answer:
        """Run a statement.

        Errors: NOT_SUPPORTED for one that parses but has nothing behind it yet.
        """
        if context.access is not ALLOW_ALL:
            from owlake.statements.permissions import check_permitted  # noqa: PLC0415  (the nodes of DDL, on use)

            check_permitted(statement, context)
        from owlake.statements import query_registry  # noqa: PLC0415  (the statements know the engine)

        with_query = query_registry.STATEMENTS.get(type(statement))
        if with_query is not None:
            return with_query(self, statement, context, running)
        from owlake.statements import registry, show_catalogs  # noqa: PLC0415  (queries do not need the others)

        if type(statement) in registry.STATEMENTS:
            elsewhere = show_catalogs.in_other_catalog(statement, context, self.metadata)
            return elsewhere if elsewhere is not None else registry.execute(statement, context)
        name = query_registry.UNSUPPORTED.get(type(statement), type(statement).__name__)
        raise error("NOT_SUPPORTED", f"{name} is not supported yet", statement.position)

    # Queries --------------------------------------------------------------------------------------------

    def plan(
        self,
        query: Query,
        context: StatementContext,
        running: Running,
        change: Change = lambda analysis: analysis,
        *,
        witness: Witness | None = None,
    ) -> tuple[QueryAnalysis, Plan]:
        """The query analysed, changed and planned, all against one snapshot of the catalog.

        The snapshot is let go of before the plan runs. ``change`` makes of the analysis what a statement that holds
        the query needs: its columns in a table's types, for one. ``witness`` notes what the plan depends on.
        """

        def work() -> tuple[QueryAnalysis, Plan]:
            from owlake.planning import planner  # noqa: PLC0415  (grammar-only statements need no planner)

            with self._analysis(context, running, witness) as analysis_context:
                if running.parameter_rows is None:
                    analysis = change(planner.analyze(query, analysis_context))
                else:
                    from owlake.statements.parameter_rows import analysis_over_rows  # noqa: PLC0415  (few have them)

                    rows = running.parameter_rows
                    analysis = analysis_over_rows(planner.analyze, query, analysis_context, rows, change)
                return analysis, planner.plan(analysis, next(self._numbers), self.executor.evaluate)

        result = running.wait(self.executor.stack.submit(work))
        running.planned()
        return result

    def select(self, query: Query, context: StatementContext, running: Running) -> Rows:
        """Run a query for its rows, by the plan of its last time where that is still good."""
        key = (context.text, context.catalog, context.database, context.principal, running.properties)
        version = self._home.metastore.version()
        # What a principal may see can change with every statement.
        may_keep = not running.parameters and context.access is ALLOW_ALL
        kept = self._plans.take(key, version, context.storage) if may_keep else None
        if kept is None:
            witness = Witness()
            analysis, plan = self.plan(query, context, running, witness=witness)
            kept = KeptPlan(plan, version, witness, _may_be_given_again(analysis, witness, running))
        else:
            for warning in kept.witness.warnings:
                context.warn(warning)
            running.planned()
        if kept.repeats and context.access is ALLOW_ALL:
            from owlake.statements.reuse import Reuse  # noqa: PLC0415  (few sessions reuse results)

            reuse = Reuse(kept.plan, kept.witness, context, running)
            earlier = reuse.earlier_rows()
            if earlier is not None:
                return earlier
            running.reuse = reuse if reuse.is_settled else None
        stream = self.run(kept.plan, running)
        if may_keep:
            self._plans.keep(key, kept, stream)
        return QueryOutput(kept.plan.columns, stream, running)

    def analyze(
        self, query: Query, context: StatementContext, running: Running, *, views: tuple[str, ...] = ()
    ) -> QueryAnalysis:
        """The query analysed only, as the text of the innermost of these views."""

        def work() -> QueryAnalysis:
            from owlake.planning import planner  # noqa: PLC0415

            with self._analysis(context, running) as analysis_context:
                return planner.analyze(query, analysis_context, views)

        return running.wait(self.executor.stack.submit(work))

    def constants(
        self, arguments: tuple[Node, ...], context: StatementContext, running: Running
    ) -> tuple[Expression, ...]:
        """Expressions without columns, analysed: the values of EXECUTE ... USING and of CALL."""

        def work() -> tuple[Expression, ...]:
            from owlake.planning import planner  # noqa: PLC0415

            with self._analysis(context, running) as analysis_context:
                return planner.analyze_values(arguments, analysis_context)

        return running.wait(self.executor.stack.submit(work))

    def evaluate(self, expressions: Sequence[Expression], running: Running) -> list[Any]:
        """The values of expressions without columns, as cursors give them."""
        return running.wait(self.executor.stack.submit(lambda: self._constants(expressions)))

    def run(self, plan: Plan, running: Running) -> ResultStream:
        """Start a plan; what it scans is counted with the statement."""

        def start() -> ResultStream:
            stream = self.executor.run(plan)
            running.streams.append(stream)
            WATCH.follow(running.execution.id)
            try:
                running.check()
            except BaseException:
                # Nobody waits for it any more.
                stream.close()
                raise
            return stream

        return running.wait(self.executor.stack.submit(start))

    @contextmanager
    def metadata(self) -> Iterator[StatementMetadata]:
        """The catalogs at this moment, outside of any statement."""
        with self._home.metastore.snapshot() as snapshot:
            clock = self._home.clock.now
            lake = LakeView(self._home.storage, snapshot, clock, self.executor.evaluate, self._home.plugged_format)
            yield self._metadata(lake, _no_session)

    def _metadata(self, lake: LakeView, session: Callable[[], SessionView]) -> StatementMetadata:
        catalogs = {DEFAULT_CATALOG: LakeCatalog(lake)}
        return StatementMetadata(catalogs, self._home.catalogs, self._constants, session)

    def _constants(self, expressions: Sequence[Expression]) -> list[Any]:
        from owlake.planning.constants import python_constants  # noqa: PLC0415  (few statements need values)

        return python_constants(expressions, next(self._numbers), self.executor.evaluate)

    @contextmanager
    def _analysis(
        self, context: StatementContext, running: Running, witness: Witness | None = None
    ) -> Iterator[AnalysisContext]:
        witness = witness or Witness()
        with self._home.metastore.snapshot() as snapshot:
            lake = LakeView(
                WitnessedStorage(context.storage, witness),
                snapshot,
                witness.clock_of_the_lake(context.query_start),
                self.executor.evaluate,
                self._home.plugged_format,
                replace(context, warn=witness.hearing(context.warn)).tolerate,
            )
            analysis_context = AnalysisContext(
                metadata=self._metadata(lake, lambda: session_view(context, running)),
                catalog=context.catalog,
                schema=context.database,
                principal=context.principal,
                access=context.access,
                clock=witness.clock(context.query_start),
                decimal_literals_as_double=running.properties.parse_decimal_literals_as_double,
                strict=context.strict,
                registry=self._home.functions,
                warn=witness.hearing(context.warn),
            )
            parameters = tuple(_parameter(value, analysis_context) for value in running.parameters)
            yield replace(analysis_context, parameters=parameters)
            witness.tables = tuple(snapshot.looked_up.items())


def session_view(context: StatementContext, running: Running) -> SessionView:
    """What connectors may know of the statement's session."""
    from owlake.connector.session_view import SessionView, setting_views  # noqa: PLC0415  (few statements name one)

    return SessionView(context.principal, context.catalog, context.database, setting_views(running.properties))


def _no_session() -> SessionView:
    from owlake.connector.session_view import SessionView  # noqa: PLC0415  (as above)

    return SessionView()


def _may_be_given_again(analysis: QueryAnalysis, witness: Witness, running: Running) -> bool:
    if running.properties.result_reuse_max_age is None:
        return False
    from owlake.statements.reuse import repeats  # noqa: PLC0415  (few sessions reuse results)

    return repeats(analysis, witness)


def _parameter(value: Any, context: AnalysisContext) -> Expression:
    """A parameter's value: a Python value, an expression as written, or one that was analysed before."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, Node):
        from owlake.planning import planner  # noqa: PLC0415  (grammar-only statements need no planner)

        return planner.analyze_values((value,), context)[0]
    return constant_of(value)
