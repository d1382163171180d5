"""Functions that the metastore keeps for engines which load code. None is run here."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from owlake.catalog.errors import AlreadyExists, EntityNotFound
from owlake.catalog.model import Function, ResourceUri
from owlake.catalog.times import from_microseconds, to_microseconds


class Functions:
    """The functions of all databases in one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, database: str, name: str) -> Function | None:
        """The function, or None."""
        found = self._select("d.name = ? AND f.name = ?", (database.lower(), name.lower()))
        return found[0] if found else None

    def of(self, database: str | None = None) -> list[Function]:
        """The functions of a database, or of all, by database and name."""
        return self._select("? IS NULL OR d.name = ?", (database and database.lower(),) * 2)

    def create(self, database_id: int, function: Function, time: int) -> None:
        """Keep a function. Errors: AlreadyExists."""
        try:
            self._connection.execute(
                "INSERT INTO functions (database_id, name, definition, create_time) VALUES (?, ?, ?, ?)",
                (database_id, function.name.lower(), _encoded(function), time),
            )
        except sqlite3.IntegrityError as problem:
            raise AlreadyExists("Function already exists.") from problem

    def update(self, database_id: int, name: str, function: Function) -> None:
        """Replace a function, also its name. Errors: EntityNotFound, AlreadyExists."""
        try:
            changed = self._connection.execute(
                "UPDATE functions SET name = ?, definition = ? WHERE database_id = ? AND name = ?",
                (function.name.lower(), _encoded(function), database_id, name.lower()),
            ).rowcount
        except sqlite3.IntegrityError as problem:
            raise AlreadyExists("Function already exists.") from problem
        if not changed:
            raise _not_found(name)

    def delete(self, database_id: int, name: str) -> None:
        """Forget a function. Errors: EntityNotFound."""
        if not self._connection.execute(
            "DELETE FROM functions WHERE database_id = ? AND name = ?", (database_id, name.lower())
        ).rowcount:
            raise _not_found(name)

    def _select(self, condition: str, parameters: tuple[Any, ...]) -> list[Function]:
        rows = self._connection.execute(
            "SELECT d.name, f.name, f.definition, f.create_time FROM functions f"
            f" JOIN databases d ON d.id = f.database_id WHERE {condition} ORDER BY d.name, f.name",
            parameters,
        )
        return [_decoded(*row) for row in rows]


def _encoded(function: Function) -> str:
    fields = {
        "class_name": function.class_name,
        "owner_name": function.owner_name,
        "owner_type": function.owner_type,
        "function_type": function.function_type,
        "artifact_location": function.artifact_location,
        "governance_mode": function.governance_mode,
        "resources": [
            [one.resource_type, one.uri, one.last_modified and to_microseconds(one.last_modified)]
            for one in function.resources
        ],
    }
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


def _decoded(database: str, name: str, definition: str, created: int) -> Function:
    fields = json.loads(definition)
    resources = tuple(
        ResourceUri(kind, uri, None if modified is None else from_microseconds(modified))
        for kind, uri, modified in fields.pop("resources", ())
    )
    return Function(database, name, **fields, resources=resources, create_time=from_microseconds(created))


def _not_found(name: str) -> EntityNotFound:
    return EntityNotFound(f"Function {name.lower()} not found.")
