"""The work of delivery streams: done when records are put, when a buffer's time is over, when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

from owlake.spi import DeliveryDestination, Task, TaskDefinition, from_microseconds, to_microseconds
from owlake_connectors.firehose.configuration import check_conversion
from owlake_connectors.firehose.delivery import deliver_planned
from owlake_connectors.firehose.destinations.choice import destination_of, with_defaults
from owlake_connectors.firehose.functions import find_function
from owlake_connectors.firehose.model import DeliveryStream
from owlake_connectors.firehose.pipeline import Taken, close_due, hasten, incoming, next_due, process, reclaim
from owlake_connectors.firehose.processing.chain import ChainOf, steps_of
from owlake_connectors.firehose.processing.records import Step
from owlake_connectors.firehose.store import DeliveryStore
from owlake_connectors.firehose.stream_source import StreamSource, poll_interval

WORK = "firehose.work"
"""The kind of task that does a delivery stream's work when it is due."""

_SOON = 4 << 20
"""So many bytes are not left in the log of what was put until somebody looks."""


class Worker:
    """Does the work of the delivery streams of one home."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store
        self._put: dict[int, int] = {}
        self._steps: dict[tuple[int, int], list[Step]] = {}
        self._destinations: dict[tuple[int, int], DeliveryDestination | None] = {}

    def run_task(self, task: Task) -> None:
        """Do what a task is for."""
        stream = self._store.find(task.arguments["stream"])
        if stream is not None:
            self.work(stream)

    def note_put(self, stream: DeliveryStream, size: int) -> None:
        """Records of so many bytes were put: see to it that they are delivered in time, now if they are many.

        They are kept, so what goes wrong here is not the putter's: the work is done again by its task, which shows it.
        """
        buffering = stream.destination.buffering
        self._expect(stream, to_microseconds(self._store.now() + timedelta(seconds=buffering.seconds)))
        put = self._put[stream.id] = self._put.get(stream.id, 0) + size
        if put < min(buffering.bytes, _SOON) and buffering.seconds:
            return
        try:
            self.work(stream)
        except Exception:  # noqa: BLE001  (steps and destinations are anybody's code)
            self._expect(stream, to_microseconds(self._store.now()))

    def work(self, stream: DeliveryStream, *, flush: bool = False) -> None:
        """Take what the source has, deliver what is to be delivered, and say when the next work is due."""
        with self._store.alone(stream):
            found = self._store.find(stream.name)
            if found is None or found.id != stream.id:
                return
            self._work(found, flush=flush)

    def change(self, stream: DeliveryStream, changed: DeliveryStream, version: int) -> None:
        """Let a delivery stream be another; what it has gathered goes where it was to go.

        Errors: ConcurrentModificationException.
        """
        with self._store.alone(stream):
            # Nothing is changed, and nothing delivered early, for a version that is gone.
            self._store.check_version(stream, version)
            self._work(stream, flush=True)
            self._store.update(changed)

    def _work(self, stream: DeliveryStream, *, flush: bool) -> None:
        """The work itself, with the stream's lock held."""
        store = self._store
        self._put[stream.id] = 0
        try:
            process(store, stream, self._steps_of(stream), self._taken(stream))
        finally:
            # A source that is gone, or a step that fails, does not keep back what is gathered.
            self._deliver(stream, flush=flush)
        reclaim(store, stream)
        due = next_due(store, stream)
        if stream.source is not None:
            poll = to_microseconds(store.now()) + poll_interval(stream) * 1_000_000
            due = poll if due is None else min(due, poll)
        if due is not None:
            self._expect(stream, due)

    def _deliver(self, stream: DeliveryStream, *, flush: bool) -> None:
        if flush:
            hasten(self._store, stream)
        # What was not taken, or could not be converted, is gathered only when the rest is delivered.
        for _ in range(1 + flush):
            close_due(self._store, stream, all_of_them=flush)
            deliver_planned(self._store, stream, self._destination_of)

    def checked(self, stream: DeliveryStream) -> DeliveryStream:
        """A delivery stream that can do what it is told, with what it defaults to. Errors: InvalidArgumentException."""
        stream = replace(stream, destination=with_defaults(self._store.home, stream.name, stream.destination))
        destination = stream.destination
        _ = destination.place, destination.backup, destination.buffering
        if destination.conversion is not None:
            check_conversion(destination.conversion)
        steps_of(self._chain(stream))
        return stream

    def forget(self, stream: DeliveryStream) -> None:
        """The delivery stream will be no more."""
        self._store.home.scheduler.cancel(f"{WORK}.{stream.name}")

    def _steps_of(self, stream: DeliveryStream) -> list[Step]:
        """The steps that a delivery stream does in its version."""
        key = stream.id, stream.version
        if key not in self._steps:
            self._steps[key] = steps_of(self._chain(stream))
        return self._steps[key]

    def _destination_of(self, stream: DeliveryStream) -> DeliveryDestination | None:
        """Where the records of a delivery stream go in its version; None is the lake."""
        key = stream.id, stream.version
        if key not in self._destinations:
            self._destinations[key] = destination_of(self._store.home, stream.destination)
        return self._destinations[key]

    def _chain(self, stream: DeliveryStream) -> ChainOf:
        source_arn = stream.source.kinesis_stream_arn if stream.source is not None else None
        home = self._store.home
        return ChainOf(stream.name, source_arn, stream.destination, partial(find_function, home), home)

    def _taken(self, stream: DeliveryStream) -> Iterator[Taken]:
        if stream.source is None:
            return incoming(self._store, stream)
        return StreamSource(self._store, stream).taken()

    def _expect(self, stream: DeliveryStream, due: int) -> None:
        """Have the work done at a time, or before it."""
        scheduler, name = self._store.home.scheduler, f"{WORK}.{stream.name}"
        known = scheduler.find(name)
        if known is not None and known.state == "SCHEDULED" and to_microseconds(known.due) <= due:
            return
        owner = self._store.context.catalog
        task = TaskDefinition(name, WORK, owner, {"stream": stream.name}, due=from_microseconds(due))
        scheduler.schedule(task, replace=True)
