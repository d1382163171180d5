"""What is kept of connections, and whether one of them connects: by the connector of its kind, if there is one here."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from owlake.spi import Database, Home, OwlakeError, from_microseconds, open_database, to_microseconds
from owlake_connectors.glue.catalog.connection_shapes import ConnectionInput
from owlake_connectors.glue.catalog.errors import already_exists, invalid_input, not_found

# Made here, once: two threads that make a decoder of one dataclass at the same time end the process.
_DEFINITIONS = msgspec.json.Decoder(ConnectionInput)

_HIDDEN = "***"
_PASSWORD_OF_URL = re.compile(r"(://[^:/@\s]*:(?=[^@/\s]*@)|[?&;]password=)[^@&;\s]*", re.IGNORECASE)
_URL = re.compile(r"jdbc:(?P<kind>[a-z0-9]+)://(?P<place>.+)", re.IGNORECASE)
_ROW = "definition, created, updated, status, status_reason, validated, tags"
Status = Literal["READY", "FAILED"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A connection, and what became of it."""

    definition: ConnectionInput
    created: datetime
    updated: datetime
    status: Status
    status_reason: str | None
    validated: datetime | None
    tags: Mapping[str, str]


def is_secret(key: str) -> bool:
    """Whether the value of a connection's property is a password."""
    return key.endswith("PASSWORD")


def without_secrets(properties: Mapping[str, str]) -> dict[str, str]:
    """The properties of a connection as anyone may see them."""
    return {
        key: _HIDDEN if is_secret(key) else _PASSWORD_OF_URL.sub(rf"\1{_HIDDEN}", value)
        for key, value in properties.items()
    }


class ConnectionStore:
    """The connections of a home. Safe for threads and processes."""

    def __init__(self, directory: Path) -> None:
        self._database: Database = open_database(directory / "connections.db", "owlake_connectors.glue.catalog")

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def create(self, definition: ConnectionInput, tags: Mapping[str, str], now: datetime) -> None:
        """Keep a connection. Errors: AlreadyExistsException."""
        moment = to_microseconds(now)
        try:
            with self._database.write() as connection:
                connection.execute(
                    "INSERT INTO connections (name, definition, created, updated, status, tags)"
                    " VALUES (?, ?, ?, ?, 'READY', ?)",
                    (definition.name, _encoded(definition), moment, moment, json.dumps(dict(tags))),
                )
        except OwlakeError as problem:
            if isinstance(problem.__cause__, sqlite3.IntegrityError):
                raise already_exists("Connection already exists.") from problem
            raise

    def update(self, definition: ConnectionInput, now: datetime) -> None:
        """Replace a connection. Errors: EntityNotFoundException."""
        self._change(
            definition.name,
            "definition = ?, updated = ?, status = 'READY', status_reason = NULL, validated = NULL",
            (_encoded(definition), to_microseconds(now)),
        )

    def set_status(self, name: str, status: Status, reason: str | None, now: datetime) -> None:
        """Keep what a test of a connection found. Errors: EntityNotFoundException."""
        self._change(name, "status = ?, status_reason = ?, validated = ?", (status, reason, to_microseconds(now)))

    def change_tags(self, name: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Give a connection other tags. Errors: EntityNotFoundException."""
        with self._database.write() as connection:
            row = connection.execute("SELECT tags FROM connections WHERE name = ?", (name,)).fetchone()
            if row is None:
                raise _none(name)
            tags = json.dumps(dict(change(json.loads(row[0]))))
            connection.execute("UPDATE connections SET tags = ? WHERE name = ?", (tags, name))

    def delete(self, name: str) -> None:
        """Forget a connection. Errors: EntityNotFoundException."""
        with self._database.write() as connection:
            if not connection.execute("DELETE FROM connections WHERE name = ?", (name,)).rowcount:
                raise _none(name)

    def get(self, name: str) -> Kept:
        """The connection. Errors: EntityNotFoundException."""
        with self._database.read() as connection:
            row = connection.execute(f"SELECT {_ROW} FROM connections WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise _none(name)
        return _kept(row)

    def all(self) -> list[Kept]:
        """All of them by name."""
        with self._database.read() as connection:
            return [_kept(row) for row in connection.execute(f"SELECT {_ROW} FROM connections ORDER BY name")]

    def _change(self, name: str, assignments: str, values: tuple[object, ...]) -> None:
        with self._database.write() as connection:
            changed = connection.execute(f"UPDATE connections SET {assignments} WHERE name = ?", (*values, name))
            if not changed.rowcount:
                raise _none(name)


def check_connects(home: Home, kind: str, properties: Mapping[str, str]) -> None:
    """Connect, and ask for the schemas that are there. Errors: InvalidInputException, saying why it does not."""
    connector, url = _place(kind, properties)
    if connector not in home.catalogs.kinds():
        raise invalid_input(f"There is no connector here that could test a connection to {connector}")
    given = {
        "connection-url": url,
        "connection-user": properties.get("USERNAME"),
        "connection-password": properties.get("PASSWORD"),
    }
    try:
        with home.catalogs.trial(connector, {key: value for key, value in given.items() if value}) as tried:
            list(tried.schema_names())
    except OwlakeError as problem:
        raise invalid_input(f"Testing the connection failed: {problem.message}") from problem


def _place(kind: str, properties: Mapping[str, str]) -> tuple[str, str]:
    """The kind of connector, and where it is to connect to."""
    if "SECRET_ID" in properties:
        raise invalid_input("There is no store of secrets here: USERNAME and PASSWORD are needed to test a connection")
    if kind != "JDBC":
        connector = kind.lower()
        place = f"{properties.get('HOST', '')}:{properties.get('PORT', '')}".rstrip(":")
        return connector, f"{connector}://{place}/{properties.get('DATABASE', '')}"
    url = properties.get("JDBC_CONNECTION_URL", "")
    found = _URL.fullmatch(url)
    if found is None:
        raise invalid_input(f"JDBC_CONNECTION_URL must be jdbc:protocol://host:port/database, not '{url}'")
    connector = found["kind"].lower()
    return connector, f"{connector}://{found['place']}"


def _encoded(definition: ConnectionInput) -> str:
    return msgspec.json.encode(definition).decode()


def _kept(row: tuple[str, int, int, Status, str | None, int | None, str]) -> Kept:
    definition, created, updated, status, reason, validated, tags = row
    return Kept(
        _DEFINITIONS.decode(definition),
        from_microseconds(created),
        from_microseconds(updated),
        status,
        reason,
        None if validated is None else from_microseconds(validated),
        json.loads(tags),
    )


def _none(name: str) -> OwlakeError:
    return not_found(f"Connection {name} not found.")
