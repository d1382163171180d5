"""The delivery streams of a home: what each is, in SQLite, and its two logs. Safe for threads and processes.

``incoming`` has the records as they were put, ``processed`` what became of them, those of each buffer under a number of
its own. Whoever processes or delivers holds the stream's lock.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from owlake.spi import ConnectorContext, Database, FileLock, Home, Log, LogFlusher, LogWriter, open_database
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.limits import Settings, read_settings
from owlake_connectors.firehose.model import Buffer, DeliveryStream
from owlake_connectors.firehose.rows import (
    insert_stream,
    read_buffers,
    read_destination,
    read_stream,
    save_stream,
    update_stream,
)

INCOMING, PROCESSED = "incoming", "processed"


class DeliveryStore:
    """The delivery streams of one home."""

    def __init__(self, context: ConnectorContext) -> None:
        self.context = context
        self._guard = threading.RLock()
        self._flusher = LogFlusher()
        self._logs: dict[tuple[int, str], Log] = {}
        self._locks: dict[int, FileLock] = {}
        self._known: dict[str, DeliveryStream] = {}
        self._version = -1
        self._settings: tuple[int, Settings] | None = None

    @property
    def home(self) -> Home:
        """The home."""
        return self.context.home

    @cached_property
    def database(self) -> Database:
        """The database; made when it is first asked for."""
        with self._guard:
            return open_database(self.context.directory / "firehose.db", "owlake_connectors.firehose")

    def now(self) -> datetime:
        """The home's time."""
        return self.home.clock.now()

    def names(self) -> list[str]:
        """The names of all delivery streams, in order."""
        with self.database.read() as connection:
            rows = connection.execute("SELECT name FROM delivery_streams ORDER BY name").fetchall()
        return [name for (name,) in rows]

    def find(self, name: str) -> DeliveryStream | None:
        """The delivery stream of this name; kept until somebody changes the database."""
        version = self.database.version()
        with self._guard:
            if version != self._version:
                self._known, self._version = {}, version
            known = self._known.get(name)
        if known is None:
            with self.database.read() as connection:
                known = read_stream(connection, name)
            if known is not None:
                with self._guard:
                    self._known[name] = known
        return known

    def stream(self, name: str) -> DeliveryStream:
        """The delivery stream of this name. Errors: ResourceNotFoundException."""
        found = self.find(name)
        if found is None:
            raise errors.stream_not_found(name)
        return found

    def settings(self) -> Settings:
        """How delivery streams behave; kept until somebody changes the database."""
        version = self.database.version()
        if self._settings is None or self._settings[0] != version:
            with self.database.read() as connection:
                self._settings = version, read_settings(connection)
        return self._settings[1]

    def create(self, stream: DeliveryStream) -> DeliveryStream:
        """Add a delivery stream; its id is given here. Errors: ResourceInUseException."""
        with self.database.write() as connection:
            if read_stream(connection, stream.name) is not None:
                raise errors.stream_exists(stream.name)
            id_ = insert_stream(connection, stream)
            # What is there was made by a process that died before it said so.
            shutil.rmtree(self._directory(id_), ignore_errors=True)
            for log in (INCOMING, PROCESSED):
                LogWriter.create(self._directory(id_) / log)
        return self.stream(stream.name)

    def update(self, stream: DeliveryStream) -> None:
        """Change a delivery stream. To be called with its lock held."""
        with self.database.write() as connection:
            update_stream(connection, stream)
        with self._guard:
            self._known.pop(stream.name, None)

    def save(self, stream: DeliveryStream) -> None:
        """Change a delivery stream's tags and encryption."""
        with self.database.write() as connection:
            save_stream(connection, stream)

    def check_version(self, stream: DeliveryStream, version: int) -> None:
        """Errors: ConcurrentModificationException, where it is another version by now."""
        known = self.stream(stream.name)
        if known.version != version:
            text = f"Cannot update firehose: {stream.name}. The current version is {known.version}."
            raise errors.changed_meanwhile(text)

    def at_version(self, stream: DeliveryStream, version: int) -> DeliveryStream:
        """A delivery stream as it was in a version of which something is still to be delivered."""
        if version == stream.version:
            return stream
        with self.database.read() as connection:
            return replace(stream, destination=read_destination(connection, stream, version), version=version)

    def delete(self, stream: DeliveryStream) -> None:
        """Forget a delivery stream and what it has gathered."""
        with self.alone(stream), self.database.write() as connection:
            connection.execute("DELETE FROM delivery_streams WHERE id = ?", (stream.id,))
        with self._guard:
            self._known.pop(stream.name, None)
        shutil.rmtree(self._directory(stream.id), ignore_errors=True)

    def incoming(self, stream: DeliveryStream) -> Log:
        """The log of records as they were put."""
        return self._log(stream, INCOMING)

    def processed(self, stream: DeliveryStream) -> Log:
        """The log of records as they will be delivered."""
        return self._log(stream, PROCESSED)

    def buffers(self, stream: DeliveryStream) -> list[Buffer]:
        """What is gathered, oldest first."""
        with self.database.read() as connection:
            return read_buffers(connection, stream)

    @contextmanager
    def alone(self, stream: DeliveryStream) -> Iterator[None]:
        """A block in which nobody else processes or delivers records of the stream."""
        with self._guard:
            lock = self._locks.get(stream.id)
            if lock is None:
                self._directory(stream.id).mkdir(parents=True, exist_ok=True)
                lock = self._locks[stream.id] = FileLock(self._directory(stream.id) / "process.lock")
        with lock:
            yield

    def close(self) -> None:
        """Flush and let go of everything."""
        self._flusher.close()
        with self._guard:
            held: list[Log | FileLock] = [*self._logs.values(), *self._locks.values()]
            self._logs, self._locks = {}, {}
        for one in held:
            one.close()
        if "database" in self.__dict__:
            self.database.close()

    def _log(self, stream: DeliveryStream, name: str) -> Log:
        with self._guard:
            found = self._logs.get((stream.id, name))
            if found is None:
                try:
                    found = Log.open(self._directory(stream.id) / name, self._flusher)
                except FileNotFoundError:
                    raise errors.stream_not_found(stream.name) from None
                self._logs[stream.id, name] = found
            return found

    def _directory(self, id_: int) -> Path:
        return self.context.directory / "logs" / str(id_)
