"""The work of delivery streams: done when records are put, when a buffer's time is over, when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Equipment:
    """The steps that a delivery stream does, and where records go; None is the lake."""

    steps: list[Step]
    destination: DeliveryDestination | None


class Worker:
    """Does the work of the delivery streams of one home."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store
        self._put: dict[int, int] = {}
        self._expected: dict[int, int] = {}
        self._equipped: dict[tuple[int, int], Equipment] = {}

    def run_task(self, task: Task) -> None:
        """Do what a task is for."""
        stream = self._store.find(task.arguments["stream"])
        if stream is not None:
            self._expected.pop(stream.id, None)
            self.work(stream)

    def note_put(self, stream: DeliveryStream, size: int) -> None:
        """Records of so many bytes were put: do the work if they are many, or see to it that it is done in time."""
        put = self._put.get(stream.id, 0) + size
        buffering = stream.destination.buffering
        if put >= min(buffering.bytes, _SOON) or not buffering.seconds:
            self.work(stream)
            return
        self._put[stream.id] = put
        if stream.id not in self._expected:
            self._expect(stream, to_microseconds(self._store.now() + timedelta(seconds=buffering.seconds)))

    def work(self, stream: DeliveryStream, *, flush: bool = False) -> None:
        """Take what the source has, deliver what is to be delivered, and say when the next work is due."""
        store = self._store
        with store.alone(stream):
            self._put[stream.id] = 0
            equipment = self._equipment(stream)
            process(store, stream, equipment.steps, self._taken(stream))
            if flush:
                hasten(store, stream)
            close_due(store, stream, all_of_them=flush)
            deliver_planned(store, stream, equipment.destination)
            if flush:
                # What could not be converted was gathered only now.
                close_due(store, stream, all_of_them=True)
                deliver_planned(store, stream, equipment.destination)
            reclaim(store, stream)
            due = next_due(store, stream)
        if stream.source is not None:
            poll = to_microseconds(store.now()) + poll_interval(stream) * 1_000_000
            due = poll if due is None else min(due, poll)
        if due is not None:
            self._expect(stream, due)

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
        self._expected.pop(stream.id, None)

    def _equipment(self, stream: DeliveryStream) -> Equipment:
        """What does the work of a delivery stream as it is configured now."""
        key = stream.id, stream.version
        if key not in self._equipped:
            self._equipped = {known: one for known, one in self._equipped.items() if known[0] != stream.id}
            destination = destination_of(self._store.home, stream.destination)
            self._equipped[key] = Equipment(steps_of(self._chain(stream)), destination)
        return self._equipped[key]

    def _chain(self, stream: DeliveryStream) -> ChainOf:
        source_arn = stream.source.kinesis_stream_arn if stream.source is not None else None
        return ChainOf(stream.name, source_arn, stream.destination, partial(find_function, self._store.home))

    def _taken(self, stream: DeliveryStream) -> Iterator[Taken]:
        if stream.source is None:
            return incoming(self._store, stream)
        return StreamSource(self._store, stream).taken()

    def _expect(self, stream: DeliveryStream, due: int) -> None:
        """Have the work done at a time, or before it."""
        scheduler, name = self._store.home.scheduler, f"{WORK}.{stream.name}"
        self._expected[stream.id] = due
        known = scheduler.find(name)
        if known is not None and known.state == "SCHEDULED" and to_microseconds(known.due) <= due:
            return
        owner = self._store.context.catalog
        task = TaskDefinition(name, WORK, owner, {"stream": stream.name}, due=from_microseconds(due))
        scheduler.schedule(task, replace=True)
