"""Athena's operations on named queries (https://docs.aws.amazon.com/athena/latest/APIReference/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from owlake.spi import athena, operation
from owlake_connectors.system.operations import OfHome
from owlake_connectors.system.pages import check_batch, page, sliced


@dataclass(frozen=True, slots=True)
class CreateNamedQueryOutput:
    """The id of a named query."""

    named_query_id: str


@dataclass(frozen=True, slots=True)
class GetNamedQueryOutput:
    """A named query."""

    named_query: athena.NamedQuery


@dataclass(frozen=True, slots=True)
class ListNamedQueriesOutput:
    """A page of ids."""

    named_query_ids: list[str]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class UnprocessedNamedQueryId:
    """An id that there is no named query of."""

    named_query_id: str
    error_code: str
    error_message: str


@dataclass(frozen=True, slots=True)
class BatchGetNamedQueryOutput:
    """Named queries, and the ids that there are none of."""

    named_queries: list[athena.NamedQuery]
    unprocessed_named_query_ids: list[UnprocessedNamedQueryId]


class NamedQueries(OfHome):
    """Operations on named queries."""

    @operation(schema="runtime", service="athena")
    def create_named_query(
        self,
        name: str,
        database: str,
        query_string: str,
        description: str | None = None,
        client_request_token: str | None = None,
        work_group: str = "primary",
    ) -> CreateNamedQueryOutput:
        """Keep a query by a name."""
        query_id = self._home.named_queries.create(
            name,
            database,
            query_string,
            description=description,
            work_group=work_group,
            client_request_token=client_request_token,
        )
        return CreateNamedQueryOutput(query_id)

    @operation(schema="runtime", service="athena")
    def get_named_query(self, named_query_id: str) -> GetNamedQueryOutput:
        """A named query."""
        return GetNamedQueryOutput(self._home.named_queries.get(named_query_id))

    @operation(schema="runtime", service="athena")
    def batch_get_named_query(self, named_query_ids: Sequence[str]) -> BatchGetNamedQueryOutput:
        """Up to fifty named queries."""
        check_batch("namedQueryIds", named_query_ids)
        found = self._home.named_queries.find(named_query_ids)
        missing = [
            UnprocessedNamedQueryId(one, "NAMED_QUERY_NOT_FOUND", f"NamedQuery {one} was not found")
            for one in named_query_ids
            if one not in found
        ]
        return BatchGetNamedQueryOutput([found[one] for one in named_query_ids if one in found], missing)

    @operation(schema="runtime", service="athena")
    def list_named_queries(
        self, next_token: str | None = None, max_results: int | None = None, work_group: str = "primary"
    ) -> ListNamedQueriesOutput:
        """The ids of a workgroup's named queries, a page at a time."""
        ids = [one.named_query_id for one in self._home.named_queries.list(work_group)]
        return ListNamedQueriesOutput(*page(sliced(ids), max_results, next_token, least=0))

    @operation(schema="runtime", service="athena")
    def update_named_query(
        self, named_query_id: str, name: str, query_string: str, description: str | None = None
    ) -> None:
        """Give a named query another name and text."""
        self._home.named_queries.update(named_query_id, name, query_string, description)

    @operation(schema="runtime", service="athena")
    def delete_named_query(self, named_query_id: str) -> None:
        """Forget a named query."""
        self._home.named_queries.delete(named_query_id)
