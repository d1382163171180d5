"""Athena's operations on query executions (https://docs.aws.amazon.com/athena/latest/APIReference/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from owlake.spi import athena, operation
from owlake_connectors.system.operations import OfHome
from owlake_connectors.system.pages import check_batch, page


@dataclass(frozen=True, slots=True)
class QueryExecutionContext:
    """Where a statement's names are looked up."""

    database: str | None = None
    catalog: str | None = None


@dataclass(frozen=True, slots=True)
class AthenaError:
    """Why an execution failed."""

    error_category: int
    error_type: int
    retryable: bool
    error_message: str


@dataclass(frozen=True, slots=True)
class QueryExecutionStatus:
    """Where an execution stands."""

    state: str
    state_change_reason: str | None
    submission_date_time: datetime
    completion_date_time: datetime | None
    athena_error: AthenaError | None


@dataclass(frozen=True, slots=True)
class ResultReuseByAgeConfiguration:
    """Whether an earlier result could be given again, and how old."""

    enabled: bool
    max_age_in_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class ResultReuseConfiguration:
    """What was wanted of earlier results."""

    result_reuse_by_age_configuration: ResultReuseByAgeConfiguration


@dataclass(frozen=True, slots=True)
class ResultReuseInformation:
    """Whether an earlier result was given."""

    reused_previous_result: bool


@dataclass(frozen=True, slots=True)
class QueryExecutionStatistics:
    """What an execution took."""

    engine_execution_time_in_millis: int
    data_scanned_in_bytes: int
    data_manifest_location: str | None
    total_execution_time_in_millis: int
    query_queue_time_in_millis: int
    query_planning_time_in_millis: int
    result_reuse_information: ResultReuseInformation


@dataclass(frozen=True, slots=True)
class QueryExecution:
    """An execution. Its result's location is the file; for written files, how their manifest's name begins."""

    query_execution_id: str
    query: str
    statement_type: str
    substatement_type: str
    result_configuration: athena.ResultConfiguration
    result_reuse_configuration: ResultReuseConfiguration
    query_execution_context: QueryExecutionContext
    status: QueryExecutionStatus
    statistics: QueryExecutionStatistics
    work_group: str
    engine_version: athena.EngineVersion


@dataclass(frozen=True, slots=True)
class GetQueryExecutionOutput:
    """An execution."""

    query_execution: QueryExecution


@dataclass(frozen=True, slots=True)
class UnprocessedQueryExecutionId:
    """An id that there is no execution of."""

    query_execution_id: str
    error_code: str
    error_message: str


@dataclass(frozen=True, slots=True)
class BatchGetQueryExecutionOutput:
    """Executions, and the ids that there are none of."""

    query_executions: list[QueryExecution]
    unprocessed_query_execution_ids: list[UnprocessedQueryExecutionId]


@dataclass(frozen=True, slots=True)
class ListQueryExecutionsOutput:
    """A page of ids."""

    query_execution_ids: list[str]
    next_token: str | None = None


class QueryExecutions(OfHome):
    """Operations on executions."""

    @operation(schema="runtime", service="athena")
    def get_query_execution(self, query_execution_id: str) -> GetQueryExecutionOutput:
        """An execution: its state, what it took, why it failed."""
        found = self._home.history.find([query_execution_id])
        if query_execution_id not in found:
            raise athena.invalid_request(_not_found(query_execution_id))
        return GetQueryExecutionOutput(_shown(found[query_execution_id]))

    @operation(schema="runtime", service="athena")
    def batch_get_query_execution(self, query_execution_ids: Sequence[str]) -> BatchGetQueryExecutionOutput:
        """Up to fifty executions."""
        check_batch("queryExecutionIds", query_execution_ids)
        found = self._home.history.find(query_execution_ids)
        missing = [
            UnprocessedQueryExecutionId(one, "QUERY_EXECUTION_NOT_FOUND", _not_found(one))
            for one in query_execution_ids
            if one not in found
        ]
        return BatchGetQueryExecutionOutput(
            [_shown(found[one]) for one in query_execution_ids if one in found], missing
        )

    @operation(schema="runtime", service="athena")
    def list_query_executions(
        self, next_token: str | None = None, max_results: int | None = None, work_group: str = "primary"
    ) -> ListQueryExecutionsOutput:
        """The ids of a workgroup's executions, latest first, a page at a time."""
        self._home.workgroups.get(work_group)

        def found(start: int, most: int) -> list[str]:
            return self._home.history.list_ids(work_group, most, start)

        return ListQueryExecutionsOutput(*page(found, max_results, next_token, least=0))

    @operation(schema="runtime", service="athena")
    def stop_query_execution(self, query_execution_id: str) -> None:
        """Cancel an execution, in whatever session or process; nothing happens to one that has ended."""
        if not self._home.history.find([query_execution_id]):
            raise athena.invalid_request(_not_found(query_execution_id))
        self._home.executions.stop(query_execution_id)


def _not_found(query_execution_id: str) -> str:
    return f"QueryExecution {query_execution_id} was not found"


def _reuse(max_age: int | None) -> ResultReuseByAgeConfiguration:
    return ResultReuseByAgeConfiguration(max_age is not None, max_age)


def _shown(execution: athena.QueryExecution) -> QueryExecution:
    failed = execution.error if execution.state is athena.State.FAILED else None
    planning = round(execution.planning_time * 1000)
    engine = planning + round(execution.engine_time * 1000)
    return QueryExecution(
        query_execution_id=execution.id,
        query=execution.query,
        statement_type=execution.statement_type,
        substatement_type=execution.substatement_type,
        result_configuration=athena.ResultConfiguration(execution.output_location or None),
        result_reuse_configuration=ResultReuseConfiguration(_reuse(execution.result_reuse_max_age)),
        query_execution_context=QueryExecutionContext(execution.database, execution.catalog),
        status=QueryExecutionStatus(
            state=execution.state.value,
            state_change_reason=execution.state_change_reason,
            submission_date_time=execution.submitted,
            completion_date_time=execution.completed,
            athena_error=None
            if failed is None
            else AthenaError(failed.category, failed.type, retryable=False, error_message=str(failed)),
        ),
        statistics=QueryExecutionStatistics(
            engine_execution_time_in_millis=engine,
            data_scanned_in_bytes=execution.bytes_scanned,
            data_manifest_location=execution.data_manifest_location,
            total_execution_time_in_millis=engine,
            query_queue_time_in_millis=0,
            query_planning_time_in_millis=planning,
            result_reuse_information=ResultReuseInformation(execution.reused_previous_result),
        ),
        work_group=execution.workgroup,
        engine_version=athena.EngineVersion(),
    )
