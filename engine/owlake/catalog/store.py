"""The metastore of a home: the door to its catalog."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime

from owlake.catalog.errors import ConcurrentModification
from owlake.catalog.reader import Reader
from owlake.catalog.snapshot import Snapshot
from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds
from owlake.catalog.transaction import Transaction
from owlake.catalog.writes import (
    Fingerprint,
    Register,
    ReplacedFile,
    Write,
    WritePurpose,
    WriteState,
    write_token,
)

_COMMITTED_WRITES_KEPT = 1000

_WRITE = "number, state, lease_id, database_name, table_name, locations, start_time, end_time"


class Metastore:
    """Databases, tables, partitions and the register of writes. Safe for threads and processes.

    ``read`` and ``write`` give transactions with the verbs; what one block does, others see whole or not at all.
    """

    def __init__(self, store: Store, now: Callable[[], datetime], lease_id: str) -> None:
        self._store = store
        self._now = now
        self._lease_id = lease_id
        self._replaced_lock = threading.Lock()
        self._replaced: tuple[str | None, Mapping[str, Fingerprint | None]] = (None, {})
        self._note: Callable[[sqlite3.Connection], None] | None = None
        with self.read() as catalog:
            self.home_id = catalog.setting("home_id") or ""

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """One state of the catalog to read from."""
        with self._store.read() as connection:
            yield Reader(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Changes that are committed together when the block ends, or not at all when it raises."""
        with self._register_write() as transaction:
            yield transaction
            if self._note is not None:
                transaction.write_beside(self._note)

    @contextmanager
    def noting(self, note: Callable[[sqlite3.Connection], None]) -> Iterator[None]:
        """While the block runs, ``note`` writes beside every change that statements make, in the same transaction.

        So whoever comes after a crash knows of each change whether it was made. What the register of writes keeps for
        itself is no change: a write that has begun has not been seen by anybody.
        """
        self._note = note
        try:
            yield
        finally:
            self._note = None

    @contextmanager
    def _register_write(self) -> Iterator[Transaction]:
        now = self._now()
        with self._store.write() as connection:
            yield Transaction(connection, now)

    def version(self) -> int:
        """A number that changes with every change of the catalog, by whatever process."""
        return self._store.version()

    def snapshot(self) -> Snapshot:
        """The catalog at this moment, for one statement that reads. To be closed."""
        with ExitStack() as stack:
            connection = stack.enter_context(self._store.read())
            register = self._register(connection)
            return Snapshot(stack.pop_all(), connection, register)

    def begin_write(self, database: str, table: str, locations: Sequence[str]) -> Write:
        """Register a write of files; to be called before its first file."""
        with self._register_write() as catalog:
            return self._begun(catalog, database, table, locations)

    def begin_compaction(self, database: str, table: str) -> Write:
        """Let no second compaction of a table begin before this write is closed.

        Errors: ConcurrentModification where one is open.
        """
        with self._register_write() as catalog:
            since = catalog.compacting_since(database, table)
            if since is not None:
                text = f"Table {database}.{table} is being compacted by another statement since {since:%F %T} UTC"
                raise ConcurrentModification(text)
            return self._begun(catalog, database, table, (), WritePurpose.COMPACTION)

    def end_compaction(self, marker: Write) -> None:
        """Let the next compaction of the table begin."""
        with self._register_write() as catalog:
            catalog.close_write(marker.number, WriteState.COMMITTED)

    def _begun(
        self,
        catalog: Transaction,
        database: str,
        table: str,
        locations: Sequence[str],
        purpose: WritePurpose = WritePurpose.ROWS,
    ) -> Write:
        number = catalog.open_write(database, table, locations, self._lease_id, purpose)
        return Write(
            number,
            write_token(self.home_id, number),
            WriteState.OPEN,
            database.lower(),
            table.lower(),
            tuple(locations),
            self._lease_id,
            catalog.now,
        )

    def add_write_location(self, write: Write, location: str) -> None:
        """Let the write's files lie below this folder too; to be called before the first of them is there."""
        with self._register_write() as catalog:
            catalog.add_write_location(write.number, location)

    def commit_write(self, write: Write, apply: Callable[[Transaction], None]) -> None:
        """Make the write's files seen and apply the statement's catalog changes, in one transaction.

        The files must be whole and on disk. If ``apply`` raises, nothing is changed and the write is still open.

        Errors: ConcurrentModification, if the write was aborted meanwhile.
        """
        with self.write() as catalog:
            catalog.close_write(write.number, WriteState.COMMITTED)
            apply(catalog)

    def abort_write(self, write: Write) -> None:
        """Give up a write: its files will never be seen. Delete them, then ``forget_writes``."""
        with self._register_write() as catalog:
            catalog.close_write(write.number, WriteState.ABORTED)

    def forget_writes(self, writes: Collection[Write]) -> None:
        """Drop aborted writes. Only when their files are gone: what is left of them would be seen."""
        with self._register_write() as catalog:
            catalog.forget_writes([write.number for write in writes])

    def sweep_writes(self, is_alive: Callable[[str], bool]) -> None:
        """Abort the open writes of processes that died; ``is_alive`` tells by lease id."""
        leases = {write.lease_id for write in self.list_writes(WriteState.OPEN)}
        dead = {lease_id for lease_id in leases if not is_alive(lease_id)}
        if not dead:
            return
        with self._register_write() as catalog:
            for write in self.list_writes(WriteState.OPEN):
                if write.lease_id in dead:
                    catalog.close_write(write.number, WriteState.ABORTED)
            catalog.forget_committed_writes(_COMMITTED_WRITES_KEPT)

    def list_writes(self, state: WriteState | None = None) -> list[Write]:
        """The registered writes by number; committed ones only as far as they are kept."""
        with self._store.read() as connection:
            rows = connection.execute(
                f"SELECT {_WRITE} FROM writes WHERE ? IS NULL OR state = ? ORDER BY number", (state, state)
            ).fetchall()
        return [self._write(row) for row in rows]

    def list_replaced_files(self) -> list[ReplacedFile]:
        """The files that committed writes replaced, oldest first: to be deleted when no reader can want them."""
        with self._store.read() as connection:
            rows = connection.execute(
                "SELECT uri, write_number, replaced_time, size, modified FROM replaced_files"
                " ORDER BY replaced_time, uri"
            ).fetchall()
        return [
            ReplacedFile(uri, number, from_microseconds(time), _fingerprint(size, modified))
            for uri, number, time, size, modified in rows
        ]

    def forget_replaced_files(self, uris: Collection[str]) -> None:
        """Drop the marks of replaced files that are gone from the lake."""
        with self._register_write() as catalog:
            catalog.forget_replaced_files(uris)

    def _write(self, row: tuple[int, str, str, str, str, str, int, int | None]) -> Write:
        number, state, lease_id, database, table, locations, start_time, end_time = row
        return Write(
            number,
            write_token(self.home_id, number),
            WriteState(state),
            database,
            table,
            tuple(json.loads(locations)),
            lease_id,
            from_microseconds(start_time),
            None if end_time is None else from_microseconds(end_time),
        )

    def _register(self, connection: sqlite3.Connection) -> Register:
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'writes'").fetchone()
        hidden = connection.execute("SELECT number FROM writes WHERE state <> 'committed'").fetchall()
        return Register(
            self.home_id,
            last[0] if last else 0,
            frozenset(number for (number,) in hidden),
            self._replaced_files(connection),
        )

    def _replaced_files(self, connection: sqlite3.Connection) -> Mapping[str, Fingerprint | None]:
        """Read again only when they changed: compaction can leave very many."""
        generation = Reader(connection).setting("replaced_files_generation")
        if generation is None:
            return {}
        with self._replaced_lock:
            if self._replaced[0] != generation:
                rows = connection.execute("SELECT uri, size, modified FROM replaced_files")
                self._replaced = (generation, {uri: _fingerprint(size, modified) for uri, size, modified in rows})
            return self._replaced[1]


def _fingerprint(size: int | None, modified: int | None) -> Fingerprint | None:
    return None if size is None or modified is None else (size, modified)
