"""Glue's operations on runs that find column statistics.

https://docs.aws.amazon.com/glue/latest/webapi/API_StartColumnStatisticsTaskRun.html and its neighbours.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import ACCOUNT, Bounds, Name, operation
from owlake_connectors.glue.catalog.errors import not_found
from owlake_connectors.glue.catalog.operations.base import OfCatalog, existing_table
from owlake_connectors.glue.catalog.shapes import LongPage, NameText
from owlake_connectors.glue.catalog.statistics_runs.runner import StatisticsRunner
from owlake_connectors.glue.catalog.statistics_runs.store import Run, RunStore, Status
from owlake_connectors.glue.pages import page

_PAGE = 1000
_IDS = 100
CatalogId = Annotated[NameText | None, Name("CatalogID")]


@dataclass(frozen=True, slots=True)
class StartColumnStatisticsTaskRunOutput:
    """The run's id."""

    column_statistics_task_run_id: NameText


@dataclass(frozen=True, slots=True)
class ColumnStatisticsTaskRun:
    """A run. There are no workers, and nothing to pay."""

    customer_id: str
    column_statistics_task_run_id: NameText
    database_name: str
    table_name: str
    catalog_id: Annotated[NameText, Name("CatalogID")]
    role: str
    status: Status
    creation_time: datetime
    last_updated: datetime
    computation_type: Literal["FULL", "INCREMENTAL"] = "FULL"
    column_name_list: Sequence[NameText] | None = None
    sample_size: float | None = None
    security_configuration: str | None = None
    number_of_workers: Annotated[int, Bounds(1)] | None = None
    worker_type: NameText | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    error_message: str | None = None
    dpu_seconds: Annotated[float | None, Name("DPUSeconds")] = None


@dataclass(frozen=True, slots=True)
class GetColumnStatisticsTaskRunOutput:
    """A run."""

    column_statistics_task_run: ColumnStatisticsTaskRun


@dataclass(frozen=True, slots=True)
class GetColumnStatisticsTaskRunsOutput:
    """A page of runs."""

    column_statistics_task_runs: list[ColumnStatisticsTaskRun]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class ListColumnStatisticsTaskRunsOutput:
    """A page of the ids of runs."""

    column_statistics_task_run_ids: list[NameText]
    next_token: str | None = None


class StatisticsRuns(OfCatalog):
    """Operations on runs that find column statistics."""

    _statistics_runs: RunStore
    _statistics_runner: StatisticsRunner

    @operation
    def start_column_statistics_task_run(
        self,
        database_name: NameText,
        table_name: NameText,
        role: NameText,
        column_name_list: Sequence[NameText] | None = None,
        sample_size: Annotated[float, Bounds(0, 100)] | None = None,
        security_configuration: NameText | None = None,
        catalog_id: CatalogId = None,
    ) -> StartColumnStatisticsTaskRunOutput:
        """Have the engine find out what columns of a table are like, as compute_column_statistics does."""
        with self._reading(catalog_id) as catalog:
            table = existing_table(catalog, database_name, table_name)
        run = Run(
            str(uuid.uuid4()),
            table.database,
            table.name,
            tuple(column_name_list) if column_name_list else None,
            role,
            sample_size,
            security_configuration,
            "STARTING",
            self._home.clock.now(),
        )
        self._statistics_runner.start(run)
        return StartColumnStatisticsTaskRunOutput(run.id)

    @operation
    def stop_column_statistics_task_run(
        self, database_name: str, table_name: NameText, catalog_id: CatalogId = None
    ) -> None:
        """End the run of a table that is under way; what was known stays known."""
        with self._reading(catalog_id) as catalog:
            table = existing_table(catalog, database_name, table_name)
        self._statistics_runner.stop(table.database, table.name)

    @operation
    def get_column_statistics_task_run(
        self, column_statistics_task_run_id: NameText
    ) -> GetColumnStatisticsTaskRunOutput:
        """A run: where it stands, and how it ended."""
        found = self._statistics_runs.find(column_statistics_task_run_id)
        if found is None:
            raise not_found(f"Column statistics task run {column_statistics_task_run_id} not found.")
        return GetColumnStatisticsTaskRunOutput(_shown(found))

    @operation
    def get_column_statistics_task_runs(
        self,
        database_name: str,
        table_name: NameText,
        max_results: LongPage | None = None,
        next_token: str | None = None,
        catalog_id: CatalogId = None,
    ) -> GetColumnStatisticsTaskRunsOutput:
        """The runs of a table, the last one first, a page at a time."""
        known = self._statistics_runs.of_table(database_name.lower(), table_name.lower())
        found, following = page(known, max_results, next_token, most=_PAGE)
        return GetColumnStatisticsTaskRunsOutput([_shown(one) for one in found], following)

    @operation
    def list_column_statistics_task_runs(
        self, max_results: LongPage | None = None, next_token: str | None = None
    ) -> ListColumnStatisticsTaskRunsOutput:
        """The ids of all runs, the last one first, a page at a time."""
        found, following = page(self._statistics_runs.all(), max_results, next_token, most=_IDS)
        return ListColumnStatisticsTaskRunsOutput([one.id for one in found], following)


def _shown(run: Run) -> ColumnStatisticsTaskRun:
    return ColumnStatisticsTaskRun(
        ACCOUNT,
        run.id,
        run.database,
        run.table,
        ACCOUNT,
        run.role,
        run.status,
        run.created,
        run.ended or run.started or run.created,
        column_name_list=list(run.columns) if run.columns is not None else None,
        sample_size=run.sample_size,
        security_configuration=run.security_configuration,
        start_time=run.started,
        end_time=run.ended,
        error_message=run.error,
    )
