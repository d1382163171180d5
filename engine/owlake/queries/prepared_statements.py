"""Prepared statements of workgroups from outside of SQL, in the shapes of Athena's API."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.errors import OwlakeError, error
from owlake.queries.named_queries import MOST_CHARACTERS
from owlake.queries.refusals import check_length, invalid_request, violated
from owlake.queries.workgroups import check_exists, check_usable

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_@:]{0,255}")
_SELECT = "SELECT name, statement, workgroup, description, modified_time FROM prepared_statements"


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    """A statement that EXECUTE runs."""

    statement_name: str
    query_statement: str
    work_group_name: str
    description: str | None
    last_modified_time: datetime


class PreparedStatements:
    """Athena's verbs on prepared statements, and its refusals. Safe for threads and processes."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def create(self, name: str, work_group: str, statement: str, description: str | None = None) -> None:
        """Keep a statement. Errors: InvalidRequestException."""
        _check(name, statement, description)
        with self._store.write() as connection:
            check_usable(connection, work_group)
            if _find(connection, work_group, name):
                raise invalid_request(f"PreparedStatement {name} already exists in workGroup {work_group}")
            connection.execute(
                "INSERT INTO prepared_statements (workgroup, name, statement, description, modified_time)"
                " VALUES (?, ?, ?, ?, ?)",
                (work_group, name, statement, description or None, to_microseconds(self._now())),
            )

    def get(self, name: str, work_group: str) -> PreparedStatement:
        """The prepared statement. Errors: InvalidRequestException, ResourceNotFoundException."""
        with self._store.read() as connection:
            check_exists(connection, work_group)
            found = _find(connection, work_group, name)
        if found is None:
            raise _not_found(name, work_group)
        return found

    def list(self, work_group: str | None = None) -> tuple[PreparedStatement, ...]:
        """Those of a workgroup, or all, by name. Errors: InvalidRequestException."""
        with self._store.read() as connection:
            if work_group is not None:
                check_exists(connection, work_group)
            rows = connection.execute(
                f"{_SELECT} WHERE ? IS NULL OR workgroup = ? ORDER BY workgroup, name", (work_group, work_group)
            ).fetchall()
        return tuple(map(_prepared_statement, rows))

    def update(self, name: str, work_group: str, statement: str, description: str | None = None) -> None:
        """Give a prepared statement another text. Errors: InvalidRequestException, ResourceNotFoundException."""
        _check(name, statement, description)
        with self._store.write() as connection:
            check_exists(connection, work_group)
            changed = connection.execute(
                "UPDATE prepared_statements SET statement = ?, description = coalesce(?, description),"
                " modified_time = ? WHERE workgroup = ? AND name = ?",
                (statement, description, to_microseconds(self._now()), work_group, name),
            )
            if not changed.rowcount:
                raise _not_found(name, work_group)

    def delete(self, name: str, work_group: str) -> None:
        """Forget a prepared statement. Errors: InvalidRequestException, ResourceNotFoundException."""
        with self._store.write() as connection:
            check_exists(connection, work_group)
            deleted = connection.execute(
                "DELETE FROM prepared_statements WHERE workgroup = ? AND name = ?", (work_group, name)
            )
            if not deleted.rowcount:
                raise _not_found(name, work_group)


def _check(name: str, statement: str, description: str | None) -> None:
    if not _NAME.fullmatch(name):
        raise violated("statementName", f"satisfy regular expression pattern: {_NAME.pattern}")
    check_length("queryStatement", statement, 1, MOST_CHARACTERS)
    check_length("description", description or "", 0, 1024)


def _find(connection: sqlite3.Connection, work_group: str, name: str) -> PreparedStatement | None:
    row = connection.execute(f"{_SELECT} WHERE workgroup = ? AND name = ?", (work_group, name)).fetchone()
    return _prepared_statement(row) if row else None


def _not_found(name: str, work_group: str) -> OwlakeError:
    return error("ResourceNotFoundException", f"PreparedStatement {name} was not found in workGroup {work_group}")


def _prepared_statement(row: tuple[Any, ...]) -> PreparedStatement:
    name, statement, work_group, description, modified = row
    return PreparedStatement(name, statement, work_group, description, from_microseconds(modified))
