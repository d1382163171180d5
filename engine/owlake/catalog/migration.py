"""Bringing a database file to the version that this owlake knows: numbered SQL files, each in one transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from owlake.errors import error

_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: ``sql`` takes a file of version ``number - 1`` to version ``number``."""

    number: int
    name: str
    sql: str


@cache
def migrations_of(package: str) -> tuple[Migration, ...]:
    """The steps of a package's database, in order from 1."""
    found = []
    for file in (resources.files(package) / "migrations").iterdir():
        name = _FILE_NAME.fullmatch(file.name)
        if name:
            found.append(Migration(int(name[1]), name[2], file.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.number))


def catalog_migrations() -> tuple[Migration, ...]:
    """The catalog's steps."""
    return migrations_of("owlake.catalog")


def history_migrations() -> tuple[Migration, ...]:
    """The history's steps."""
    return migrations_of("owlake.queries")


def migrate(path: Path, migrations: Sequence[Migration]) -> None:
    """Apply what the file lacks. To be called by one process at a time; a step that fails changes nothing.

    Errors: HOME_ERROR, for a file of a newer version or one that is not a database.
    """
    known = migrations[-1].number
    connection = sqlite3.connect(path, isolation_level=None, timeout=60)
    try:
        version = _version(connection)
        if version > known:
            raise error(
                "HOME_ERROR",
                f"{path} is of version {version}, made by a newer owlake; this one knows up to {known}",
                hint="Upgrade owlake (pip install --upgrade owlake), or open another home",
            )
        if version == 0:
            # Stays with the file; needs the file alone, which is so only now.
            connection.execute("PRAGMA journal_mode = WAL")
        for migration in migrations[version:]:
            _apply(connection, migration)
    except sqlite3.DatabaseError as problem:
        raise error("HOME_ERROR", f"{path} cannot be opened as a database: {problem}") from problem
    finally:
        connection.close()


def _version(connection: sqlite3.Connection) -> int:
    exists = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'").fetchone()
    if not exists:
        return 0
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(row[0])


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    record = (
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " applied_at TEXT NOT NULL);"
        f"INSERT INTO schema_version VALUES ({migration.number}, '{migration.name}', datetime('now'));"
    )
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{migration.sql}\n;{record} COMMIT;")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
