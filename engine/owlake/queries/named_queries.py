"""Named queries: texts that people keep in a workgroup, in the shapes of Athena's API."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from owlake.catalog.sqlite import Store
from owlake.catalog.times import to_microseconds
from owlake.errors import OwlakeError
from owlake.queries.refusals import check_length, invalid_request
from owlake.queries.workgroups import check_exists, check_usable

MOST_CHARACTERS = 262_144

_SELECT = "SELECT name, database, query_string, id, description, workgroup FROM named_queries"


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query that is kept by a name; several may have one name."""

    name: str
    database: str
    query_string: str
    named_query_id: str
    description: str | None = None
    work_group: str = "primary"


class NamedQueries:
    """Athena's verbs on named queries, and its refusals. Safe for threads and processes."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def create(
        self,
        name: str,
        database: str,
        query_string: str,
        *,
        description: str | None = None,
        work_group: str = "primary",
        client_request_token: str | None = None,
    ) -> str:
        """Keep a query; its id. The same request with the same token again gives the same one.

        Errors: InvalidRequestException.
        """
        _check(name, query_string, description)
        check_length("database", database, 1, 255)
        if client_request_token is not None:
            check_length("clientRequestToken", client_request_token, 32, 128)
        wanted = NamedQuery(name, database, query_string, str(uuid.uuid4()), description or None, work_group)
        now = to_microseconds(self._now())
        with self._store.write() as connection:
            check_usable(connection, work_group)
            again = _of_token(connection, client_request_token)
            if again is not None:
                return _same(again, wanted).named_query_id
            connection.execute(
                "INSERT INTO named_queries (id, name, description, database, query_string, workgroup, creation_time,"
                " client_request_token) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    wanted.named_query_id,
                    name,
                    wanted.description,
                    database,
                    query_string,
                    work_group,
                    now,
                    client_request_token,
                ),
            )
        return wanted.named_query_id

    def get(self, named_query_id: str) -> NamedQuery:
        """The named query. Errors: InvalidRequestException."""
        found = self.find([named_query_id]).get(named_query_id)
        if found is None:
            raise _not_found(named_query_id)
        return found

    def find(self, ids: Collection[str]) -> dict[str, NamedQuery]:
        """The named queries of these ids, as many as there are."""
        marks = ", ".join("?" for _ in ids)
        with self._store.read() as connection:
            rows = connection.execute(f"{_SELECT} WHERE id IN ({marks})", tuple(ids)).fetchall()
        return {query.named_query_id: query for query in map(_named_query, rows)}

    def list(self, work_group: str | None = None) -> tuple[NamedQuery, ...]:
        """The named queries of a workgroup, or all; those made last first.

        Errors: InvalidRequestException.
        """
        with self._store.read() as connection:
            if work_group is not None:
                check_exists(connection, work_group)
            rows = connection.execute(
                f"{_SELECT} WHERE ? IS NULL OR workgroup = ? ORDER BY creation_time DESC, rowid DESC",
                (work_group, work_group),
            ).fetchall()
        return tuple(map(_named_query, rows))

    def update(self, named_query_id: str, name: str, query_string: str, description: str | None = None) -> None:
        """Give a named query another name and text. Errors: InvalidRequestException."""
        _check(name, query_string, description)
        with self._store.write() as connection:
            changed = connection.execute(
                "UPDATE named_queries SET name = ?, query_string = ?, description = coalesce(?, description)"
                " WHERE id = ?",
                (name, query_string, description, named_query_id),
            )
            if not changed.rowcount:
                raise _not_found(named_query_id)

    def delete(self, named_query_id: str) -> None:
        """Forget a named query. Errors: InvalidRequestException."""
        with self._store.write() as connection:
            if not connection.execute("DELETE FROM named_queries WHERE id = ?", (named_query_id,)).rowcount:
                raise _not_found(named_query_id)


def _check(name: str, query_string: str, description: str | None) -> None:
    check_length("name", name, 1, 128)
    check_length("queryString", query_string, 1, MOST_CHARACTERS)
    check_length("description", description or "", 0, 1024)


def _of_token(connection: sqlite3.Connection, token: str | None) -> NamedQuery | None:
    row = connection.execute(f"{_SELECT} WHERE client_request_token = ?", (token,)).fetchone()
    return _named_query(row) if row else None


def _same(found: NamedQuery, wanted: NamedQuery) -> NamedQuery:
    if (found.name, found.database, found.query_string, found.work_group) != (
        wanted.name,
        wanted.database,
        wanted.query_string,
        wanted.work_group,
    ):
        raise invalid_request("Idempotent parameters do not match")
    return found


def _not_found(named_query_id: str) -> OwlakeError:
    return invalid_request(f"NamedQuery {named_query_id} was not found")


def _named_query(row: tuple[Any, ...]) -> NamedQuery:
    return NamedQuery(*row)
