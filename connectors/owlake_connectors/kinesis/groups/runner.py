"""A member of a group as a program: it takes leases, and has a processor for each."""

from __future__ import annotations

import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from owlake.spi import OwlakeError
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.groups.lease import SHARD_END, InitialPosition, place
from owlake_connectors.kinesis.groups.processor import GivenRecord, Processor

if TYPE_CHECKING:
    from owlake.dbapi import Connection

RENEWAL_SECONDS = 3.0
"""Between two renewals: of the machine's time, as the life of a process is."""
_IDLE_SECONDS = 0.2
_MEMBERS = {name: "".join(map(str.capitalize, name.split("_"))) for name in GivenRecord._fields}


@dataclass(frozen=True, slots=True)
class _Member:
    """What each request of a member has."""

    client: Any
    stream: str
    group: str
    name: str

    def checkpoint(self, shard_id: str, sequence_number: str, subsequence: int | None = None) -> None:
        more = {} if subsequence is None else {"SubsequenceNumber": subsequence}
        self.client.checkpoint(
            Group=self.group, Member=self.name, ShardId=shard_id, SequenceNumber=sequence_number, **more
        )

    def request(self) -> dict[str, Any]:
        return {"Group": self.group, "Stream": self.stream, "Member": self.name}


@dataclass(slots=True)
class _Running:
    """A processor of a shard, and what it was given last: its checkpointer."""

    member: _Member
    shard_id: str
    processor: Processor
    last: GivenRecord | None = None
    is_ending: bool = False
    is_ended: bool = False
    is_asked: bool = False

    def checkpoint(self, record: GivenRecord | None = None) -> None:
        """Let the group go on behind a record."""
        if record is None and self.is_ending:
            self.member.checkpoint(self.shard_id, SHARD_END)
            self.is_ended = True
            return
        one = record or self.last
        if one is not None:
            self.member.checkpoint(self.shard_id, one.sequence_number, one.subsequence_number)

    def end(self) -> None:
        """Let the processor end its shard. Errors: InvalidArgumentException, for one that does not check that in."""
        self.is_ending = True
        self.processor.shard_ended(self)
        if not self.is_ended:
            raise errors.no_checkpoint_at_end(self.shard_id)

    def request_shutdown(self) -> None:
        """Tell the processor, once, that its lease is about to go."""
        if not self.is_asked:
            self.is_asked = True
            self.processor.shutdown_requested(self)


@dataclass(slots=True)
class Runner:
    """Reads a stream as a member of a group, in the thread that calls it; any number of processes may each have one.

    While it runs, a thread renews the leases, so a processor may take its time. That is no task of the home: tasks are
    done by any process, also for one that has died, and a lease says that this one lives.

    Attributes:
        processors: Makes the processor of a shard.
        member: The member's name; a new one each time if nothing is said.
    """

    connection: Connection
    stream: str
    group: str
    processors: Callable[[], Processor]
    member: str = field(default_factory=lambda: f"{socket.gethostname()}:{uuid.uuid4()}")
    initial_position: InitialPosition = "TRIM_HORIZON"
    timestamp: datetime | None = None
    max_records: int = 1000
    _running: dict[str, _Running] = field(default_factory=dict, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _is_known: bool = field(default=False, init=False)

    def run(self) -> None:
        """Process records until ``stop`` is called, by another thread or by a processor."""
        try:
            with self._renewing():
                while not self._stopping.is_set():
                    if not self.step():
                        self._stopping.wait(_IDLE_SECONDS)
        finally:
            self.shut_down()

    def stop(self) -> None:
        """Let ``run`` come to its end, when what was given is processed."""
        self._stopping.set()

    def step(self) -> int:
        """Renew the leases, take and hand over, and process what there is once: how many records there were."""
        member = self._member()
        if not self._is_known:
            self._leave(member)
            self._is_known = True
        start: dict[str, Any] = {"InitialPosition": self.initial_position}
        if self.timestamp is not None:
            start["Timestamp"] = self.timestamp
        found = member.client.renew_leases(**member.request(), **start)["Leases"]
        held: dict[str, dict[str, Any]] = {one["ShardId"]: one for one in found}
        for shard in list(self._running):
            self._see(shard, held.get(shard))
        total = 0
        for shard, lease in held.items():
            if not lease["IsRead"] and lease["Checkpoint"] != SHARD_END and not self._stopping.is_set():
                total += self._process(member, shard)
        return total

    def shut_down(self) -> None:
        """Tell the processors, and give up the leases."""
        running, self._running = self._running, {}
        try:
            for one in running.values():
                one.request_shutdown()
        finally:
            self._leave(self._member())
            self._is_known = False

    @contextmanager
    def _renewing(self) -> Iterator[None]:
        """A block in which the leases are renewed, whatever the thread of the processors does."""
        is_over = threading.Event()

        def renew() -> None:
            member = self._member()
            while not is_over.wait(RENEWAL_SECONDS):
                # What is wrong shows in the next step, or is over the next time.
                with suppress(OwlakeError, member.client.exceptions.ClientError):
                    member.client.keep_leases(Group=self.group, Member=self.member)

        thread = threading.Thread(target=renew, name="owlake-kinesis-renewal", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _see(self, shard: str, lease: Mapping[str, Any] | None) -> None:
        """Tell a processor what became of its lease."""
        one = self._running[shard]
        is_lost = lease is None
        if lease is not None and one.last is not None and lease.get("GivenSequenceNumber") is None:
            # It ran out, and was taken anew: from its checkpoint, not from where this processor is.
            is_lost = True
        if is_lost:
            del self._running[shard]
            one.processor.lease_lost()
        elif lease is not None and (lease["IsRead"] or lease["Checkpoint"] == SHARD_END):
            del self._running[shard]
            one.end()
        elif lease is not None and lease.get("WantedBy") is not None:
            one.request_shutdown()

    def _process(self, member: _Member, shard: str) -> int:
        one = self._running.get(shard) or self._begin(member, shard)
        page = member.client.poll(**member.request(), ShardId=shard, MaxRecords=self.max_records)["Records"]
        if page:
            records = [GivenRecord(**{name: given[key] for name, key in _MEMBERS.items()}) for given in page]
            if one.last is not None and _place(records[0]) <= _place(one.last):
                # It ran out since the last look, and was taken anew: from its checkpoint.
                one.processor.lease_lost()
                one = self._begin(member, shard)
            one.last = records[-1]
            one.processor.process_records(records, one)
        return len(page)

    def _begin(self, member: _Member, shard: str) -> _Running:
        one = self._running[shard] = _Running(member, shard, self.processors())
        one.processor.initialize(shard)
        return one

    def _member(self) -> _Member:
        return _Member(self.connection.client("kinesis"), self.stream, self.group, self.member)

    def _leave(self, member: _Member) -> None:
        """Whoever had the name before is gone, and what it was given and did not check in is given again."""
        with suppress(member.client.exceptions.ResourceNotFoundException):
            member.client.leave(Group=self.group, Member=self.member)


def _place(record: GivenRecord) -> tuple[int, float]:
    return place(record.sequence_number, record.subsequence_number)
