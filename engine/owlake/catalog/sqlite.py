"""The catalog's database file: connections, transactions, and SQLite's faults in our words.

What is promised, and what it needs:

- Several processes at once: write-ahead log, and every write begins with BEGIN IMMEDIATE. (A plain BEGIN that turns
  into a write fails at once when another process wrote in between, whatever the timeout.)
- A transaction that returned survives ``kill -9`` whatever ``synchronous`` is, and loss of power with FULL, which
  flushes the log at every commit. The catalog commits rarely enough to pay for that; history need not.
- Readers never wait and never see half a write: a read transaction keeps one snapshot from its first SELECT on.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from owlake.errors import InternalError, OwlakeError, error

_LOCK_TIMEOUT_SECONDS = 60.0


class Store:
    """A SQLite file shared by threads and processes.

    A connection belongs to one transaction at a time and goes back to a pool after it, so threads come and go
    without leaving connections behind.
    """

    def __init__(self, path: Path, *, synchronous: str = "FULL") -> None:
        self.path = path
        self._synchronous = synchronous
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._process = os.getpid()
        self._closed = False
        self._watching: tuple[int, sqlite3.Connection] | None = None
        self._watches = 0

    def version(self) -> int:
        """A number that is another one once anybody, in whatever process, has committed a change."""
        with self._lock:
            self._check_open()
            if self._watching is not None and self._watching[0] != os.getpid():
                _inherited.append(self._watching[1])
                self._watching = None
            if self._watching is None:
                # Numbers of one connection compare only with each other, and count what others commit.
                self._watching = (os.getpid(), self._connect())
                self._watches += 1
            changes = self._watching[1].execute("PRAGMA data_version").fetchone()[0]
            return self._watches << 32 | int(changes)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A read transaction: one state of the catalog, whatever others commit. Keep it short."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all or nothing; rolled back if the block raises.

        Waits for other writers. Not to be nested in one thread: the inner one would wait for the outer.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
            connection.execute("COMMIT")

    def script(self, statements: str) -> None:
        """Run statements that make what is missing; the file becomes one with a write-ahead log."""
        try:
            connection = self._take()
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(statements)
            finally:
                self._give_back(connection)
        except sqlite3.Error as problem:
            raise self._fault(problem) from problem

    def close(self) -> None:
        """Close every connection that is not in a transaction, and those in one when it ends."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            if self._watching is not None:
                idle.append(self._watching[1])
                self._watching = None
        for connection in idle:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._take()
            try:
                connection.execute(begin)
                yield connection
            finally:
                self._give_back(connection)
        except sqlite3.Error as problem:
            raise self._fault(problem) from problem

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            self._check_open()
            if self._process != os.getpid():
                # Forked: SQLite's connections must not be used, nor closed, on this side.
                _inherited.extend(self._idle)
                self._idle, self._process = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _check_open(self) -> None:
        if self._closed:
            raise error("HOME_ERROR", f"The home of {self.path} is closed")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=_LOCK_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        connection.execute("PRAGMA temp_store = MEMORY")
        if self._synchronous == "NORMAL":
            # Commits do not wait for the disk, but moving the log into the file does: so that comes more seldom.
            connection.execute("PRAGMA wal_autocheckpoint = 8000")
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _fault(self, problem: sqlite3.Error) -> OwlakeError:
        text = str(problem)
        if "locked" in text or "busy" in text:
            return error(
                "HIVE_METASTORE_ERROR",
                f"The catalog {self.path} stayed locked by another process for {_LOCK_TIMEOUT_SECONDS:.0f} seconds",
                hint="Another process is in a long write, or hangs in one. Nothing was changed; try again",
            )
        if isinstance(problem, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            return InternalError("GENERIC_INTERNAL_ERROR", f"The catalog {self.path} refused a statement: {text}")
        return error("HOME_ERROR", f"The catalog {self.path} cannot be used: {text}")


_inherited: list[sqlite3.Connection] = []
