"""A workgroup of Athena as the place where migrations run, through AWS's public APIs.

Statements go through StartQueryExecution, each with a request token of its own, so that a call that is sent twice runs
once; then GetQueryExecution is asked until the execution is over. History and lock are small JSON files in S3, the
lock made by a conditional write; a table of Athena shows the history.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from owlake.catalog.migration_runs import MigrationRun, RunState, StatementRun
from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Statement as Tree
from owlake.errors import error
from owlake.session import Session
from owlake_shell.migrations.athena_history import AthenaHistory, aws_errors
from owlake_shell.migrations.comparison import CatalogState
from owlake_shell.migrations.glue_catalog import glue_catalog
from owlake_shell.migrations.problems import refused
from owlake_shell.migrations.rehearsal import rehearsal_session
from owlake_shell.migrations.relations import tree_of
from owlake_shell.migrations.settings import AthenaSettings

_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0
_OVER: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_LEAVES_FILES: Final = (nodes.Insert, nodes.Unload)
"""Failed, they may leave files that queries see."""

_CLOCKS_DIFFER: Final = timedelta(minutes=5)


def open_athena(settings: AthenaSettings, database: str | None = None) -> AthenaTarget:
    """The workgroup of the settings. Errors: NOT_SUPPORTED without boto3."""
    try:
        import boto3  # noqa: PLC0415  (an extra)
        from botocore.config import Config  # noqa: PLC0415
    except ImportError as problem:
        hint = "pip install 'owlake[athena]'"
        raise error("NOT_SUPPORTED", "Migrations of Athena need boto3", hint=hint) from problem
    if database is not None:
        settings = replace(settings, database=database)
    with aws_errors():
        session = boto3.Session(profile_name=settings.profile, region_name=settings.region)
        config = Config(retries={"mode": "standard", "max_attempts": 10})
        clients = {
            name: session.client(name, endpoint_url=settings.endpoint_url, config=config)
            for name in ("athena", "s3", "glue")
        }
    return AthenaTarget(settings, clients)


@dataclass(frozen=True, slots=True)
class AthenaTrial:
    """Athena cannot be asked what a statement would do."""

    problem: str | None = None
    changes_nothing: bool = False
    cost: str | None = None


class AthenaRehearsal:
    """See ``target.Rehearsal``: what is known of a statement is what it says."""

    def rehearse(self, _: str, __: Tree) -> AthenaTrial:
        """Nothing is tried."""
        return AthenaTrial()


class AthenaTarget:
    """See ``target.Target``. ``clients`` are boto3's of ``athena``, ``s3`` and ``glue``."""

    def __init__(
        self, settings: AthenaSettings, clients: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._settings = settings
        self._athena = clients["athena"]
        self._glue = clients["glue"]
        self._sleep = sleep
        self._history = AthenaHistory(clients["s3"], settings.history)
        self._locked = False
        self._interrupted = False

    @property
    def name(self) -> str:
        """What people call it."""
        return f"workgroup {self._settings.workgroup} of Athena"

    @property
    def database(self) -> str:
        """Where names without a database are looked up."""
        return self._settings.database

    def now(self) -> datetime:
        """The machine's time, as exact as the history keeps it."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """A block that one process at a time is in. Errors: MIGRATION_LOCKED."""
        self._history.acquire(command, self.now())
        self._locked = True
        try:
            yield
        finally:
            self._locked = False
            self._history.release()

    def break_lock(self) -> None:
        """Take the lock from a process that is gone."""
        self._history.break_lock()

    def runs(self) -> list[MigrationRun]:
        """The history, oldest first. Whoever has the lock knows that nobody else is running."""
        found = self._history.runs()
        return [run.interrupted() for run in found] if self._locked else found

    def record(self, run: MigrationRun) -> None:
        """Write the run as it stands now; with the first one comes the table that shows them."""
        if self._history.is_new:
            self._create_history_table()
        self._history.record(run)

    def execute(self, run: MigrationRun, statement: StatementRun) -> StatementRun:
        """Run a recorded statement to its end; Ctrl-C stops it."""
        if self._interrupted:
            return replace(statement, state=RunState.FAILED, error="USER_CANCELED: Query cancelled by user")
        token = f"owlake-{run.id}-{statement.number:06}"
        with aws_errors():
            try:
                query_id = self._start(statement.text, token)
            except self._athena.exceptions.InvalidRequestException as problem:
                text = problem.response["Error"]["Message"]
                return replace(statement, state=RunState.FAILED, effects=0, error=f"InvalidRequestException: {text}")
            started = replace(statement, query_id=query_id)
            self._history.record(run.with_statement(started))
            return self._followed(started)

    def resolve(self, _: MigrationRun, statement: StatementRun) -> StatementRun:
        """What became of a statement whose process ended: asked by its id, or found in the workgroup by its text."""
        with aws_errors():
            query_id = statement.query_id or self._find(statement)
            if query_id is None:
                return statement
            return self._followed(replace(statement, query_id=query_id))

    @contextmanager
    def rehearse(self) -> Iterator[AthenaRehearsal]:
        """Statements are described only."""
        yield AthenaRehearsal()

    def blank(self) -> AbstractContextManager[Session]:
        """An empty home."""
        return rehearsal_session(self.database)

    def catalog(self) -> CatalogState:
        """What the Glue Data Catalog holds."""
        with aws_errors():
            return glue_catalog(self._glue)

    def close(self) -> None:
        """Nothing is held."""

    # Executions -----------------------------------------------------------------------------------------

    def _start(self, text: str, token: str) -> str:
        settings = self._settings
        output = {"ResultConfiguration": {"OutputLocation": settings.output}} if settings.output else {}
        answer = self._athena.start_query_execution(
            QueryString=text,
            ClientRequestToken=token,
            QueryExecutionContext={"Catalog": settings.catalog, "Database": settings.database},
            WorkGroup=settings.workgroup,
            **output,
        )
        query_id: str = answer["QueryExecutionId"]
        return query_id

    def _followed(self, statement: StatementRun) -> StatementRun:
        """The statement when its execution is over."""
        try:
            execution = self._wait(statement.query_id)
        except KeyboardInterrupt:
            self._interrupted = True
            self._athena.stop_query_execution(QueryExecutionId=statement.query_id)
            execution = self._wait(statement.query_id)
        status = execution["Status"]
        if status["State"] == "SUCCEEDED":
            return replace(statement, state=RunState.SUCCEEDED, effects=1)
        reason = status.get("StateChangeReason") or status["State"]
        if status["State"] == "CANCELLED":
            reason = f"USER_CANCELED: {reason}"
        effects = None if isinstance(tree_of(statement.text), _LEAVES_FILES) else 0
        return replace(statement, state=RunState.FAILED, effects=effects, error=reason)

    def _wait(self, query_id: str | None) -> dict[str, Any]:
        """The execution when it is over, asked for less and less often."""
        wait = _FIRST_WAIT
        while True:
            execution: dict[str, Any] = self._athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] in _OVER:
                return execution
            self._sleep(wait)
            wait = min(wait * 1.5, _LONGEST_WAIT)

    def _find(self, statement: StatementRun) -> str | None:
        """The execution of this text in the workgroup, since the statement was recorded as running."""
        if statement.started is None:
            return None
        since = statement.started - _CLOCKS_DIFFER
        pages = self._athena.get_paginator("list_query_executions").paginate(WorkGroup=self._settings.workgroup)
        for page in pages:
            ids = page.get("QueryExecutionIds", [])
            found = self._athena.batch_get_query_execution(QueryExecutionIds=ids)["QueryExecutions"] if ids else []
            recent = [one for one in found if one["Status"]["SubmissionDateTime"] >= since]
            for one in recent:
                if one["Query"].strip() == statement.text.strip():
                    query_id: str = one["QueryExecutionId"]
                    return query_id
            if len(recent) < len(found):
                return None
        return None

    def _create_history_table(self) -> None:
        if not self._settings.history_table:
            return
        with aws_errors():
            query_id = self._start(
                self._history.table_ddl(self._settings.history_table), f"owlake-history-{time.time_ns():026}"
            )
            status = self._wait(query_id)["Status"]
        if status["State"] != "SUCCEEDED":
            raise refused(
                f"The table {self._settings.history_table} cannot be made: {status.get('StateChangeReason')}",
                hint='Name another one in environments.toml (history_table), or none at all (history_table = "")',
            )
