"""Athena's operations on prepared statements (https://docs.aws.amazon.com/athena/latest/APIReference/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from owlake.spi import athena, operation
from owlake_connectors.system.operations import OfHome
from owlake_connectors.system.pages import check_batch, page, sliced


@dataclass(frozen=True, slots=True)
class GetPreparedStatementOutput:
    """A prepared statement."""

    prepared_statement: athena.PreparedStatement


@dataclass(frozen=True, slots=True)
class PreparedStatementSummary:
    """A prepared statement in a list."""

    statement_name: str
    last_modified_time: datetime


@dataclass(frozen=True, slots=True)
class ListPreparedStatementsOutput:
    """A page of prepared statements."""

    prepared_statements: list[PreparedStatementSummary]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class UnprocessedPreparedStatementName:
    """A name that there is no prepared statement of."""

    statement_name: str
    error_code: str
    error_message: str


@dataclass(frozen=True, slots=True)
class BatchGetPreparedStatementOutput:
    """Prepared statements, and the names that there are none of."""

    prepared_statements: list[athena.PreparedStatement]
    unprocessed_prepared_statement_names: list[UnprocessedPreparedStatementName]


class PreparedStatements(OfHome):
    """Operations on prepared statements."""

    @operation(schema="runtime", service="athena")
    def create_prepared_statement(
        self, statement_name: str, work_group: str, query_statement: str, description: str | None = None
    ) -> None:
        """Keep a statement for EXECUTE."""
        self._home.prepared_statements.create(statement_name, work_group, query_statement, description)

    @operation(schema="runtime", service="athena")
    def get_prepared_statement(self, statement_name: str, work_group: str) -> GetPreparedStatementOutput:
        """A prepared statement."""
        return GetPreparedStatementOutput(self._home.prepared_statements.get(statement_name, work_group))

    @operation(schema="runtime", service="athena")
    def batch_get_prepared_statement(
        self, prepared_statement_names: Sequence[str], work_group: str
    ) -> BatchGetPreparedStatementOutput:
        """Up to fifty prepared statements."""
        check_batch("preparedStatementNames", prepared_statement_names)
        found = {one.statement_name: one for one in self._home.prepared_statements.list(work_group)}
        missing = [
            UnprocessedPreparedStatementName(
                one, "STATEMENT_NOT_FOUND", f"PreparedStatement {one} was not found in workGroup {work_group}"
            )
            for one in prepared_statement_names
            if one not in found
        ]
        return BatchGetPreparedStatementOutput(
            [found[one] for one in prepared_statement_names if one in found], missing
        )

    @operation(schema="runtime", service="athena")
    def list_prepared_statements(
        self, work_group: str, next_token: str | None = None, max_results: int | None = None
    ) -> ListPreparedStatementsOutput:
        """A workgroup's prepared statements, a page at a time."""
        found, following = page(sliced(self._home.prepared_statements.list(work_group)), max_results, next_token)
        summaries = [PreparedStatementSummary(one.statement_name, one.last_modified_time) for one in found]
        return ListPreparedStatementsOutput(summaries, following)

    @operation(schema="runtime", service="athena")
    def update_prepared_statement(
        self, statement_name: str, work_group: str, query_statement: str, description: str | None = None
    ) -> None:
        """Give a prepared statement another text."""
        self._home.prepared_statements.update(statement_name, work_group, query_statement, description)

    @operation(schema="runtime", service="athena")
    def delete_prepared_statement(self, statement_name: str, work_group: str) -> None:
        """Forget a prepared statement."""
        self._home.prepared_statements.delete(statement_name, work_group)
