"""What the registry keeps, in a database of its own. Safe for threads and processes."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from owlake.spi import ConnectorContext, Database, from_microseconds, open_database, to_microseconds
from owlake_connectors.schema_registry import errors
from owlake_connectors.schema_registry.definitions import incompatibilities, is_same
from owlake_connectors.schema_registry.model import (
    DEFAULT_REGISTRY,
    Compatibility,
    DataFormat,
    Registry,
    Schema,
    Version,
    VersionStatus,
)

_REGISTRY = "name, description, created, updated"
_SCHEMA = "registry, name, data_format, compatibility, description, checkpoint, next_version, created, updated"
_VERSION = "id, registry, name, number, definition, status, reason, created"


class RegistryStore:
    """Registries, schemas and versions of a home."""

    def __init__(self, context: ConnectorContext) -> None:
        self._database: Database = open_database(context.directory / "registry.db", "owlake_connectors.schema_registry")
        self._clock = context.home.clock

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _now(self) -> int:
        return to_microseconds(self._clock.now())

    # Registries -----------------------------------------------------------------------------------------

    def registries(self) -> list[Registry]:
        """Every registry by name."""
        with self._database.read() as connection:
            return list(map(_registry, connection.execute(f"SELECT {_REGISTRY} FROM registries ORDER BY name")))

    def registry(self, name: str) -> Registry | None:
        """The registry of this name."""
        with self._database.read() as connection:
            row = connection.execute(f"SELECT {_REGISTRY} FROM registries WHERE name = ?", (name,)).fetchone()
        return None if row is None else _registry(row)

    def create_registry(self, name: str, description: str | None, tags: Mapping[str, str]) -> Registry:
        """Make a registry. Errors: AlreadyExistsException."""
        now = self._now()
        with self._database.write() as connection:
            _insert_registry(connection, name, description, now)
            made = _registry((name, description, now, now))
            _insert_tags(connection, made.arn, tags)
        return made

    def update_registry(self, name: str, description: str) -> None:
        """Give a registry another description."""
        with self._database.write() as connection:
            values = (description, self._now(), name)
            connection.execute("UPDATE registries SET description = ?, updated = ? WHERE name = ?", values)

    def delete_registry(self, name: str) -> None:
        """Forget a registry with all its schemas."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM registries WHERE name = ?", (name,))

    # Schemas --------------------------------------------------------------------------------------------

    def schemas(self, registry: str | None = None) -> list[Schema]:
        """The schemas of a registry, or all."""
        condition, values = ("", ()) if registry is None else ("WHERE registry = ?", (registry,))
        with self._database.read() as connection:
            rows = connection.execute(f"SELECT {_SCHEMA} FROM schemas {condition} ORDER BY registry, name", values)
            return list(map(_schema, rows))

    def schema(self, registry: str, name: str) -> Schema | None:
        """The schema of this name."""
        with self._database.read() as connection:
            return _find_schema(connection, registry, name)

    def create_schema(
        self,
        registry: str,
        name: str,
        data_format: DataFormat,
        compatibility: Compatibility,
        description: str | None,
        tags: Mapping[str, str],
        definition: str,
    ) -> tuple[Schema, Version]:
        """Make a schema with its first version. Errors: AlreadyExistsException."""
        now = self._now()
        with self._database.write() as connection:
            if registry == DEFAULT_REGISTRY and not _has_registry(connection, registry):
                _insert_registry(connection, registry, None, now)
            if _find_schema(connection, registry, name) is not None:
                raise errors.exists("Schema", "SchemaName", name)
            made = (registry, name, data_format, compatibility, description, 1, 2, now, now)
            connection.execute(f"INSERT INTO schemas ({_SCHEMA}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", made)
            schema = _schema(made)
            _insert_tags(connection, schema.arn, tags)
            return schema, _insert_version(connection, schema, 1, definition, "AVAILABLE", None, now)

    def update_schema(
        self, schema: Schema, compatibility: Compatibility | None, checkpoint: int | None, description: str | None
    ) -> None:
        """Change a schema; what is None stays."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE schemas SET compatibility = coalesce(?, compatibility), checkpoint = coalesce(?, checkpoint),"
                " description = coalesce(?, description), updated = ? WHERE registry = ? AND name = ?",
                (compatibility, checkpoint, description, self._now(), schema.registry, schema.name),
            )

    def delete_schema(self, schema: Schema) -> None:
        """Forget a schema with all its versions."""
        with self._database.write() as connection:
            values = (schema.registry, schema.name)
            connection.execute("DELETE FROM schemas WHERE registry = ? AND name = ?", values)

    # Versions -------------------------------------------------------------------------------------------

    def versions(self, schema: Schema | None = None) -> list[Version]:
        """The versions of a schema, or all, oldest first."""
        with self._database.read() as connection:
            return _versions(connection, schema)

    def version(self, id_: str) -> Version | None:
        """The version of this id."""
        with self._database.read() as connection:
            row = connection.execute(f"SELECT {_VERSION} FROM versions WHERE id = ?", (id_,)).fetchone()
        return None if row is None else _version(row)

    def register(self, schema: Schema, definition: str) -> Version:
        """Add a version, or find the one that says the same; one that is not compatible has the status FAILURE.

        Errors: EntityNotFoundException, where the schema is gone; InvalidInputException, where versions are disabled.
        """
        now = self._now()
        with self._database.write() as connection:
            known = _find_schema(connection, schema.registry, schema.name)
            if known is None:
                raise errors.schema_not_found(schema.registry, schema.name, None)
            available = [one for one in _versions(connection, known) if one.status == "AVAILABLE"]
            same = next((one for one in available if is_same(one.definition, definition)), None)
            if same is not None:
                return same
            if known.compatibility == "DISABLED" and available:
                raise errors.versioning_disabled(known)
            problems = incompatibilities(
                known.data_format, known.compatibility, definition, available, known.checkpoint
            )
            values = (known.next_version + 1, now, known.registry, known.name)
            connection.execute(
                "UPDATE schemas SET next_version = ?, updated = ? WHERE registry = ? AND name = ?", values
            )
            status: VersionStatus = "FAILURE" if problems else "AVAILABLE"
            reason = "; ".join(problems) or None
            return _insert_version(connection, known, known.next_version, definition, status, reason, now)

    def delete_version(self, version: Version) -> None:
        """Forget a version."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM versions WHERE id = ?", (version.id,))

    # Metadata -------------------------------------------------------------------------------------------

    def metadata(self, version: Version) -> list[tuple[str, str, int]]:
        """Keys and values that a version was given, newest first, each with its time."""
        query = "SELECT key, value, created FROM metadata WHERE version_id = ? ORDER BY key, created DESC, value"
        with self._database.read() as connection:
            return connection.execute(query, (version.id,)).fetchall()

    def put_metadata(self, version: Version, key: str, value: str) -> None:
        """Give a version a key with a value. Errors: AlreadyExistsException."""
        with self._database.write() as connection:
            row = (version.id, key, value, self._now())
            added = connection.execute("INSERT OR IGNORE INTO metadata VALUES (?, ?, ?, ?)", row)
            if added.rowcount == 0:
                raise errors.metadata_exists(version.id, key, value)

    def remove_metadata(self, version: Version, key: str, value: str) -> bool:
        """Take a value of a key from a version; whether it had it."""
        with self._database.write() as connection:
            row = (version.id, key, value)
            query = "DELETE FROM metadata WHERE version_id = ? AND key = ? AND value = ?"
            return connection.execute(query, row).rowcount > 0


# Rows -------------------------------------------------------------------------------------------------------


def _has_registry(connection: sqlite3.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM registries WHERE name = ?", (name,)).fetchone() is not None


def _insert_registry(connection: sqlite3.Connection, name: str, description: str | None, now: int) -> None:
    if _has_registry(connection, name):
        raise errors.exists("Registry", "RegistryName", name)
    connection.execute(f"INSERT INTO registries ({_REGISTRY}) VALUES (?, ?, ?, ?)", (name, description, now, now))


def _insert_tags(connection: sqlite3.Connection, arn: str, tags: Mapping[str, str]) -> None:
    rows = [(arn, key, value) for key, value in tags.items()]
    connection.executemany("INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", rows)


def _insert_version(
    connection: sqlite3.Connection,
    schema: Schema,
    number: int,
    definition: str,
    status: VersionStatus,
    reason: str | None,
    now: int,
) -> Version:
    row = (str(uuid.uuid4()), schema.registry, schema.name, number, definition, status, reason, now)
    connection.execute(f"INSERT INTO versions ({_VERSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return _version(row)


def _find_schema(connection: sqlite3.Connection, registry: str, name: str) -> Schema | None:
    query = f"SELECT {_SCHEMA} FROM schemas WHERE registry = ? AND name = ?"
    row = connection.execute(query, (registry, name)).fetchone()
    return None if row is None else _schema(row)


def _versions(connection: sqlite3.Connection, schema: Schema | None) -> list[Version]:
    condition, values = "", ()
    if schema is not None:
        condition, values = "WHERE registry = ? AND name = ?", (schema.registry, schema.name)  # type: ignore[assignment]
    rows = connection.execute(f"SELECT {_VERSION} FROM versions {condition} ORDER BY registry, name, number", values)
    return list(map(_version, rows))


def _registry(row: Sequence[Any]) -> Registry:
    name, description, created, updated = row
    return Registry(name, description, from_microseconds(created), from_microseconds(updated))


def _schema(row: Sequence[Any]) -> Schema:
    return Schema(*row[:-2], *map(from_microseconds, row[-2:]))


def _version(row: Sequence[Any]) -> Version:
    id_, registry, name, number, definition, status, reason, created = row
    return Version(id_, registry, name, number, definition, status, reason, from_microseconds(created))
