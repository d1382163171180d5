"""The workgroups of a home, kept in its catalog."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.errors import OwlakeError
from owlake.queries.history import History
from owlake.queries.refusals import check_one_of, invalid_request
from owlake.queries.workgroup import (
    PRIMARY,
    PRIMARY_CONFIGURATION,
    STATES,
    Tag,
    WorkGroup,
    WorkGroupConfiguration,
    check_configuration,
    check_description,
    check_name,
)
from owlake.queries.workgroup_updates import WorkGroupConfigurationUpdates

# Made here, once: two threads that make a decoder of one dataclass at the same time end the process.
_TAGS = msgspec.json.Decoder(tuple[Tag, ...])
_CONFIGURATIONS = msgspec.json.Decoder(WorkGroupConfiguration)

_SELECT = "SELECT name, state, configuration, creation_time, description FROM workgroups"


class WorkGroups:
    """Athena's verbs on workgroups, and its refusals. Safe for threads and processes."""

    def __init__(self, store: Store, history: History, now: Callable[[], datetime]) -> None:
        self._store = store
        self._history = history
        self._now = now

    def get(self, name: str) -> WorkGroup:
        """The workgroup. Errors: InvalidRequestException."""
        with self._store.read() as connection:
            return _get(connection, name)

    def list(self) -> tuple[WorkGroup, ...]:
        """Every workgroup, by name."""
        with self._store.read() as connection:
            return tuple(map(_workgroup, connection.execute(f"{_SELECT} ORDER BY name")))

    def tags(self, name: str) -> tuple[Tag, ...]:
        """The workgroup's tags. Errors: InvalidRequestException."""
        with self._store.read() as connection:
            row = connection.execute("SELECT tags FROM workgroups WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise not_found()
        return _TAGS.decode(row[0])

    def create(
        self,
        name: str,
        configuration: WorkGroupConfiguration | None = None,
        description: str | None = None,
        tags: Sequence[Tag] = (),
    ) -> None:
        """Create a workgroup. Errors: InvalidRequestException."""
        check_name("name", name)
        check_description(description)
        settings = configuration or WorkGroupConfiguration()
        check_configuration(settings)
        if name == PRIMARY:
            raise invalid_request("primary workGroup could not be created")
        now = to_microseconds(self._now())
        with self._store.write() as connection:
            if connection.execute("SELECT 1 FROM workgroups WHERE name = ?", (name,)).fetchone():
                raise invalid_request("WorkGroup is already created")
            connection.execute(
                "INSERT INTO workgroups (name, state, configuration, creation_time, description, tags)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (name, STATES[0], _text(settings), now, description or None, _text(tags)),
            )

    def update(
        self,
        name: str,
        *,
        description: str | None = None,
        state: str | None = None,
        updates: WorkGroupConfigurationUpdates | None = None,
    ) -> None:
        """Change what is given. Errors: InvalidRequestException."""
        check_description(description)
        if state is not None:
            check_one_of("state", state, STATES)
        with self._store.write() as connection:
            before = _get(connection, name)
            if updates is not None:
                settings = updates.apply(before.configuration)
                check_configuration(settings)
                connection.execute("UPDATE workgroups SET configuration = ? WHERE name = ?", (_text(settings), name))
            connection.execute(
                "UPDATE workgroups SET state = ?, description = ? WHERE name = ?",
                (state or before.state, before.description if description is None else description or None, name),
            )

    def delete(self, name: str, *, recursive: bool = False) -> None:
        """Delete a workgroup; with ``recursive`` its named queries, prepared statements and history too.

        Errors: InvalidRequestException for ``primary``, and for one that still has any of these.
        """
        if name == PRIMARY:
            raise invalid_request("primary workGroup could not be deleted")
        with self._store.write() as connection:
            _get(connection, name)
            is_used = bool(self._history.list_ids(name, 1)) or any(
                connection.execute(f"SELECT 1 FROM {table} WHERE workgroup = ?", (name,)).fetchone()
                for table in ("named_queries", "prepared_statements")
            )
            if is_used and not recursive:
                raise invalid_request(f"WorkGroup {name} is not empty")
            for table in ("named_queries", "prepared_statements"):
                connection.execute(f"DELETE FROM {table} WHERE workgroup = ?", (name,))
            connection.execute("DELETE FROM workgroups WHERE name = ?", (name,))
        self._history.forget(name)


def not_found() -> OwlakeError:
    """What every operation answers on a workgroup that is not there."""
    return invalid_request("WorkGroup is not found.")


def configuration_of(text: str | None) -> WorkGroupConfiguration:
    """A configuration as the catalog keeps it; None where ``primary`` was never changed."""
    return PRIMARY_CONFIGURATION if text is None else _CONFIGURATIONS.decode(text)


def check_usable(connection: sqlite3.Connection, name: str) -> None:
    """Errors: InvalidRequestException for a workgroup that is not there or disabled."""
    if _get(connection, name).state != STATES[0]:
        raise invalid_request(f"WorkGroup {name} is disabled")


def check_exists(connection: sqlite3.Connection, name: str) -> None:
    """Errors: InvalidRequestException for a workgroup that is not there."""
    _get(connection, name)


def _get(connection: sqlite3.Connection, name: str) -> WorkGroup:
    row = connection.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise not_found()
    return _workgroup(row)


def _workgroup(row: tuple[Any, ...]) -> WorkGroup:
    name, state, configuration, created, description = row
    return WorkGroup(name, state, configuration_of(configuration), from_microseconds(created), description)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
