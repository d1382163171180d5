"""What a table was: the versions before the one that it has, as changes left them behind."""

from __future__ import annotations

import sqlite3

from owlake.catalog.codec import decode_table
from owlake.catalog.errors import EntityNotFound, InvalidInput
from owlake.catalog.model import Table
from owlake.catalog.times import to_microseconds


class TableVersions:
    """The versions of one table in one transaction. The one that the table has is the newest of them."""

    def __init__(self, connection: sqlite3.Connection, table_id: int, current: Table) -> None:
        self._connection = connection
        self.table_id = table_id
        self._current = current

    def find(self, version_id: int) -> Table | None:
        """The table as it was in a version, or None where that is not kept."""
        if version_id == self._current.version_id:
            return self._current
        rows = self._select("version_id = ?", version_id, 1)
        return rows[0] if rows else None

    def newest_first(self, *, before: int | None = None, limit: int | None = None) -> list[Table]:
        """The versions that are kept, the newest first; those below a number, and so many of them."""
        newest = [self._current] if before is None or self._current.version_id < before else []
        below = self._current.version_id if before is None else min(before, self._current.version_id)
        rest = -1 if limit is None else max(0, limit - len(newest))
        return [*newest, *self._select("version_id < ?", below, rest)][:limit]

    def archive(self) -> None:
        """Keep the version that the table has, which is about to be replaced."""
        self._connection.execute(
            "INSERT INTO table_versions (table_id, version_id, table_type, definition, update_time)"
            " SELECT id, version_id, table_type, definition, update_time FROM tables WHERE id = ?",
            (self.table_id,),
        )

    def delete(self, version_id: int) -> None:
        """Forget an earlier version. Errors: EntityNotFound; InvalidInput for the one that the table has."""
        if version_id == self._current.version_id:
            raise InvalidInput("The current version of a table cannot be deleted.")
        if not self._connection.execute(
            "DELETE FROM table_versions WHERE table_id = ? AND version_id = ?", (self.table_id, version_id)
        ).rowcount:
            raise EntityNotFound("Version not found.")

    def _select(self, condition: str, number: int, limit: int) -> list[Table]:
        rows = self._connection.execute(
            "SELECT table_type, definition, version_id, update_time FROM table_versions"
            f" WHERE table_id = ? AND {condition} ORDER BY version_id DESC LIMIT ?",
            (self.table_id, number, limit),
        )
        database, name, created = self._current.database, self._current.name, self._current.create_time
        assert created is not None
        return [
            decode_table((database, name, table_type, definition, version, to_microseconds(created), updated))
            for table_type, definition, version, updated in rows
        ]
