"""Runs that find column statistics, as tasks of the home's scheduler: each is an ANALYZE."""

from __future__ import annotations

from collections.abc import Callable

from owlake.spi import Home, OwlakeError, Retry, Task, TaskDefinition, error, run_statement
from owlake_connectors.glue.catalog.operations.column_statistics import analyze_text
from owlake_connectors.glue.catalog.statistics_runs.store import Run, RunStore

COLUMN_STATISTICS = "glue.column_statistics"
"""The kind of the tasks; their argument is the run's id."""


class StatisticsRunner:
    """Starts, runs and stops them."""

    def __init__(self, home: Home, store: RunStore, catalog: str) -> None:
        self._home = home
        self._store = store
        self._catalog = catalog
        self._stops: dict[str, Callable[[], None]] = {}

    def start(self, run: Run) -> None:
        """Let a run begin: now, where this process runs the home's tasks when statements begin.

        Errors: ColumnStatisticsTaskRunningException.
        """
        if not self._store.add(run):
            raise error(
                "ColumnStatisticsTaskRunningException",
                f"Column statistics task is already running for table {run.database}.{run.table}",
            )
        name = f"{COLUMN_STATISTICS}.{run.id}"
        task = TaskDefinition(name, COLUMN_STATISTICS, self._catalog, {"run": run.id}, retry=Retry(attempts=1))
        self._home.scheduler.schedule(task)
        self._home.scheduler.run_due()

    def stop(self, database: str, table: str) -> None:
        """End the run of a table that is under way. Errors: ColumnStatisticsTaskNotRunningException."""
        run = next((one for one in self._store.of_table(database, table) if one.ended is None), None)
        if run is None:
            raise error(
                "ColumnStatisticsTaskNotRunningException",
                f"Column statistics task is not running for table {database}.{table}",
            )
        self._store.end(run.id, "STOPPED", self._home.clock.now())
        stop = self._stops.get(run.id)
        if stop is not None:
            stop()

    def run(self, task: Task) -> None:
        """A task's work. How it went stands in the run's own row."""
        run = self._store.begin(task.arguments["run"], self._home.clock.now())
        if run is None:
            return
        try:
            text = analyze_text(run.database, run.table, run.columns)
            run_statement(self._home, text, began=lambda stop: self._stops.__setitem__(run.id, stop))
            self._store.end(run.id, "SUCCEEDED", self._home.clock.now())
        except OwlakeError as problem:
            self._store.end(run.id, "FAILED", self._home.clock.now(), str(problem))
        finally:
            self._stops.pop(run.id, None)
