"""What a reader of the lake needs of the catalog, all of one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from owlake.catalog.model import Table
from owlake.catalog.reader import Reader
from owlake.catalog.writes import Fingerprint, Register


class Snapshot(Reader):
    """The catalog at one moment: tables, partitions, and which files are seen.

    The look-ups need the snapshot open; close it (or leave its ``with`` block) when the statement is planned: a read
    transaction that stays open while rows stream would keep the catalog's log from being cleaned. ``register`` and
    ``is_visible`` stay good for as long as the statement runs. May go from thread to thread, used by one at a time.
    """

    def __init__(self, transaction: ExitStack, connection: sqlite3.Connection, register: Register) -> None:
        super().__init__(connection)
        self._transaction = transaction
        self._tables: dict[tuple[str, str], Table | None] = {}
        self.register = register

    def find_table(self, database: str, name: str) -> Table | None:
        """The table or view, or None. Asked once, however often the statement names it."""
        key = (database.lower(), name.lower())
        if key not in self._tables:
            self._tables[key] = super().find_table(*key)
        return self._tables[key]

    @property
    def looked_up(self) -> Mapping[tuple[str, str], Table | None]:
        """The tables and views that were asked for, by database and name."""
        return self._tables

    def is_visible(self, uri: str, fingerprint: Fingerprint | None = None) -> bool:
        """Whether the statement reads the file of this URI, which has this fingerprint."""
        return self.register.is_visible(uri, fingerprint)

    def close(self) -> None:
        """End the read transaction; look-ups are over."""
        self._transaction.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
