"""One snapshot of a database for several connections: what they read together is of one moment.

https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from owlake.spi import OwlakeError
from owlake_connectors.postgresql.connections import Connections
from owlake_connectors.postgresql.query import text_literal

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Snapshot:
    """A snapshot for so many readers, taken when the first of them begins.

    The connection that took it keeps it until the last of them has ended, or nobody knows of the snapshot any more.
    """

    def __init__(self, connections: Connections, readers: int) -> None:
        self._connections = connections
        self._lock = threading.Lock()
        self._readers = readers
        self._name: str | None = None
        self._held = ExitStack()
        # The server ends what a process leaves behind.
        weakref.finalize(self, _closed, self._held).atexit = False

    @contextmanager
    def shared(self) -> Iterator[tuple[str, ...]]:
        """One reader's part: the statements that begin its transaction, in which it then reads."""
        try:
            yield (_BEGIN, f"SET TRANSACTION SNAPSHOT {text_literal(self._taken())}")
        finally:
            with self._lock:
                self._readers -= 1
                if self._readers == 0:
                    _closed(self._held)

    def _taken(self) -> str:
        with self._lock:
            if self._name is None:
                connection = self._held.enter_context(self._connections.connection())
                cursor = self._held.enter_context(connection.cursor())
                cursor.execute(_BEGIN)
                self._held.callback(cursor.execute, "COMMIT")
                cursor.execute("SELECT pg_export_snapshot()")
                self._name = str(cursor.fetchone()[0])
            return self._name


def _closed(held: ExitStack) -> None:
    # The readers have what they wanted: a connection that breaks now harms nobody.
    with suppress(OwlakeError):
        held.close()
