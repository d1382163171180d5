"""The streams of a home: what each is, in SQLite, and its log. Safe for threads and processes.

A stream is kept as it was read for as long as its log's head counts the same generation: so a put asks no database.
Who changes a stream holds the log's lock and counts on first; a put that was prepared for the stream as it was before
is then refused, and prepared anew.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from owlake.spi import (
    ConnectorContext,
    Database,
    Log,
    LogFlusher,
    LogWriter,
    TaskDefinition,
    from_microseconds,
    open_database,
    reclaim_log,
    to_microseconds,
)
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.changes import Change
from owlake_connectors.kinesis.limits import ShardRates
from owlake_connectors.kinesis.metrics import Metrics
from owlake_connectors.kinesis.model import Consumer, Shard, Stream
from owlake_connectors.kinesis.quotas import check_stream
from owlake_connectors.kinesis.rows import (
    insert_shard,
    insert_stream,
    read_consumers,
    read_stream,
    read_tags,
)
from owlake_connectors.kinesis.settings import Settings, read_settings, write_settings

SETTLE, RECLAIM, SCALE = "kinesis.settle", "kinesis.reclaim", "kinesis.scale"
"""The kinds of tasks: what ends a transition, deletes what has expired, scales streams on demand."""


class StreamStore:
    """The streams of one home."""

    def __init__(self, context: ConnectorContext) -> None:
        self._context = context
        self.home = context.home
        self.clock = context.home.clock
        self._guard = threading.RLock()
        self._known: dict[str, Stream] = {}
        self._logs: dict[int, Log] = {}
        self._rates: dict[int, ShardRates] = {}
        self._reclaims: dict[int, datetime] = {}
        self._flusher = LogFlusher()
        self.is_closed = False
        self.metrics = Metrics(self)

    @cached_property
    def database(self) -> Database:
        """The database; made when it is first asked for."""
        with self._guard:
            return open_database(self._context.directory / "kinesis.db", "owlake_connectors.kinesis")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that changes what is known of streams. Errors: InternalFailureException."""
        with errors.storing(), self.database.write() as connection:
            yield connection

    def now(self) -> datetime:
        """The home's time."""
        return self.clock.now()

    @property
    def settings(self) -> Settings:
        """How the streams behave; each stream that is found has them too."""
        with self.database.read() as connection:
            return read_settings(connection)

    def configure(self, settings: Settings) -> None:
        """Let the streams behave like this, in every process."""
        with self.writing() as connection:
            write_settings(connection, settings)
        for name in self.names():
            # A change: so every process reads the stream anew.
            with self.changing(name):
                pass

    # Streams --------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """The names of all streams, in order."""
        with self.database.read() as connection:
            rows = connection.execute("SELECT name FROM streams ORDER BY name").fetchall()
        return [name for (name,) in rows if self.find(name) is not None]

    def find(self, name: str) -> Stream | None:
        """The stream of this name; None where there is none."""
        known = self._known.get(name)
        if known is None or self._logs[known.id].head.generation != known.generation:
            known = self._load(name)
        if known is not None and known.settles is not None and known.settles <= self.now():
            self._settle(known)
            return self._load(name)
        return known

    def stream(self, name: str) -> Stream:
        """The stream of this name. Errors: ResourceNotFoundException."""
        found = self.find(name)
        if found is None:
            raise errors.stream_not_found(name)
        return found

    def log(self, stream: Stream) -> Log:
        """The log of a stream that was found."""
        return self._logs[stream.id]

    def rates(self, stream: Stream) -> ShardRates:
        """The rates of a stream's shards."""
        with self._guard:
            if stream.id not in self._rates:
                self._rates[stream.id] = ShardRates(self._directory(stream.id))
            return self._rates[stream.id]

    def create(self, stream: Stream, also: Callable[[sqlite3.Connection, int], None] = lambda *_: None) -> None:
        """Add a stream, with an empty log; its ``id`` and ``generation`` are given here.

        ``also`` writes what else is known of the stream with this id, in the same transaction.

        Errors: ResourceInUseException.
        """
        if self.find(stream.name) is not None:
            raise errors.stream_exists(stream.name)
        check_stream(self, stream)
        with self.writing() as connection:
            if connection.execute("SELECT 1 FROM streams WHERE name = ?", (stream.name,)).fetchone():
                raise errors.stream_exists(stream.name)
            id_ = insert_stream(connection, stream)
            for shard in stream.shards:
                insert_shard(connection, id_, shard)
            also(connection, id_)
            directory = self._directory(id_)
            # What is there was made by a process that died before it said so.
            shutil.rmtree(directory, ignore_errors=True)
            LogWriter.create(directory)
        self._schedule(stream.name, stream.settles)
        self.watch_on_demand()

    @contextmanager
    def changing(self, name: str) -> Iterator[Change]:
        """A block that changes a stream: all of it or, after an error, nothing.

        Errors: ResourceNotFoundException.
        """
        found = self._load(name)
        if found is None:
            raise errors.stream_not_found(name)
        log = self.log(found)
        settles = self.settles()
        with errors.storing(), log.writer.changing() as head, self.database.write() as connection:
            stream = read_stream(connection, name, head.generation)
            if stream is None or self._directory(stream.id) != log.directory:
                raise errors.stream_not_found(name)
            yield Change(connection, stream, head, self.now(), settles)
        self._schedule(name, settles)

    def settles(self) -> datetime | None:
        """When a change that is begun now will be done; None: at once."""
        seconds = self.settings.transition_seconds
        return self.now() + timedelta(seconds=seconds) if seconds > 0 else None

    def _settle(self, stream: Stream) -> None:
        """End the transition of a stream whose time is over."""
        if stream.status == "DELETING":
            self.delete(stream.name)
            return
        with self.changing(stream.name) as change:
            change.set(status="ACTIVE", settles=None)

    def delete(self, name: str) -> None:
        """Forget a stream and its records."""
        with self.changing(name) as change:
            stream = change.stream
            change.connection.execute("DELETE FROM streams WHERE id = ?", (stream.id,))
            for table in ("tags", "policies"):
                change.connection.execute(
                    f"DELETE FROM {table} WHERE resource_arn = ? OR resource_arn LIKE ?",
                    (stream.arn, f"{stream.arn}/consumer/%"),
                )
        with self._guard:
            self._known.pop(name, None)
        shutil.rmtree(self._directory(stream.id), ignore_errors=True)

    def begin_deletion(self, name: str) -> None:
        """Delete a stream, or let it be DELETING for as long as that takes."""
        settles = self.settles()
        if settles is None:
            self.delete(name)
            return
        with self.changing(name) as change:
            change.begin("DELETING")

    # What belongs to them -------------------------------------------------------------------------------

    def consumers(self, stream: Stream) -> list[Consumer]:
        """The consumers of a stream, by name."""
        with self.database.read() as connection:
            return self.consumers_of(connection, stream)

    def consumers_of(self, connection: sqlite3.Connection, stream: Stream) -> list[Consumer]:
        """The same, as a transaction sees them."""
        return read_consumers(connection, stream, self.now())

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a resource, by key."""
        with self.database.read() as connection:
            return read_tags(connection, arn)

    def open_shard_count(self) -> int:
        """How many shards take records, of all streams."""
        return self._count("SELECT count(*) FROM shards WHERE closed IS NULL")

    def stream_count(self, column: str, value: str) -> int:
        """How many streams have this mode, or this status."""
        now = to_microseconds(self.now())
        return self._count(
            f"SELECT count(*) FROM streams WHERE {column} = ? AND (settles IS NULL OR settles > ?)", value, now
        )

    # Later ----------------------------------------------------------------------------------------------

    def reclaim(self, name: str) -> None:
        """Delete the segments of a stream in which everything has expired, and see to the next ones."""
        stream = self.find(name)
        if stream is None:
            return
        horizon = to_microseconds(stream.trim_horizon(self.now()))
        following = reclaim_log(self.log(stream), horizon)
        if following is not None:
            due = from_microseconds(following + 1000) + timedelta(hours=stream.retention_hours)
            if self._reclaims.get(stream.id) != due:
                # Said once: it stays so until the oldest segment is another one.
                self._task(RECLAIM, name, due)
                self._reclaims[stream.id] = due

    def watch_on_demand(self) -> None:
        """Have streams on demand scaled as long as there are any."""
        name = f"{self._context.catalog}.scale"
        if self.stream_count("mode", "ON_DEMAND") and self._context.home.scheduler.find(name) is None:
            task = TaskDefinition(name, SCALE, self._context.catalog, schedule="rate(15 minutes)")
            self._context.home.scheduler.schedule(task, replace=True)

    def close(self) -> None:
        """Flush and let go of everything."""
        self.is_closed = True
        self.metrics.flush()
        self._flusher.close()
        with self._guard:
            held: list[Log | ShardRates] = [*self._logs.values(), *self._rates.values()]
            self._logs, self._rates, self._known = {}, {}, {}
        for one in held:
            one.close()
        if "database" in self.__dict__:
            self.database.close()

    def _load(self, name: str) -> Stream | None:
        with self._guard:
            with self.database.read() as connection:
                row = connection.execute("SELECT id FROM streams WHERE name = ?", (name,)).fetchone()
            try:
                log = self._open(row[0]) if row is not None else None
            except FileNotFoundError:
                log = None
            if log is None:
                self._known.pop(name, None)
                return None
            # Before the rows are read: a change that comes between makes the next look read them again.
            generation = log.writer.settled_generation()
            with self.database.read() as connection:
                stream = read_stream(connection, name, generation)
            if stream is None or stream.id != row[0]:
                return None
            log.writer.flusher = None if stream.settings.fsync == "always" else self._flusher
            self._known[name] = stream
            return stream

    def _open(self, id_: int) -> Log:
        if id_ not in self._logs:
            self._logs[id_] = Log.open(self._directory(id_), self._flusher)
        return self._logs[id_]

    def _directory(self, id_: int) -> Path:
        return self._context.directory / "logs" / str(id_)

    def _schedule(self, name: str, settles: datetime | None) -> None:
        """See to it that a transition ends, also where nobody looks at the stream."""
        if settles is not None:
            self._task(SETTLE, name, settles)

    def _task(self, kind: str, name: str, due: datetime) -> None:
        catalog = self._context.catalog
        task = TaskDefinition(f"{kind}.{name}", kind, catalog, {"stream": name}, due=due)
        self._context.home.scheduler.schedule(task, replace=True)

    def _count(self, query: str, *values: object) -> int:
        with self.database.read() as connection:
            return int(connection.execute(query, values).fetchone()[0])


def shards_of(ranges: list[tuple[int, int]], now: datetime) -> tuple[Shard, ...]:
    """The shards that a new stream begins with."""
    epoch = int(now.timestamp())
    return tuple(Shard(number, start, end, epoch, now) for number, (start, end) in enumerate(ranges))
