"""Members of the group: some run a ``Runner``, some poll by SQL. Each says what it is given, and what it checks in.

I shard                       a processor begins
G shard sequence:id ...       records that were given
C shard sequence              a checkpoint that is begun, and
A shard sequence              done; ``end``: of the whole shard
L shard                       the lease is lost
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

import owlake
from owlake.errors import OwlakeError
from owlake_connectors.kinesis.groups import Checkpointer, GivenRecord, Processor, Runner
from tests.campaigns.streams.journal import GROUP, STREAM, Journal

_POLL = "CALL kinesis.system.poll(group => ?, stream => ?, member => ?, max_records => ?)"
_CHECKPOINT = "CALL kinesis.system.checkpoint(group => ?, member => ?, shard_id => ?, sequence_number => ?)"


def told(sequence_number: str, data: bytes) -> str:
    """A record in the journal."""
    one = json.loads(data)
    return f"{sequence_number}:{one['writer']}.{one['batch']}.{one['place']}"


class Witness(Processor):
    """Processes the records of a shard by saying that they were given; checks in now and then."""

    def __init__(self, journal: Journal, chance: random.Random, stop: list[Runner]) -> None:
        self._journal, self._chance, self._runner = journal, chance, stop
        self._shard = ""
        self._last: GivenRecord | None = None

    def initialize(self, shard_id: str) -> None:
        self._shard = shard_id
        self._journal.say("I", shard_id)

    def process_records(self, records: Sequence[GivenRecord], checkpointer: Checkpointer) -> None:
        self._journal.say("G", self._shard, *(told(one.sequence_number, one.data) for one in records))
        self._last = records[-1]
        if self._chance.random() < 0.02:
            time.sleep(self._chance.uniform(0.0, 1.0))
        draw = self._chance.random()
        if draw < 0.85:
            self._check_in(checkpointer, records[-1] if draw < 0.7 else self._chance.choice(records))
        if self._chance.random() < 0.001:
            self._runner[0].stop()

    def lease_lost(self) -> None:
        self._journal.say("L", self._shard)

    def shard_ended(self, checkpointer: Checkpointer) -> None:
        self._journal.say("C", self._shard, "end")
        checkpointer.checkpoint()
        self._journal.say("A", self._shard, "end")

    def shutdown_requested(self, checkpointer: Checkpointer) -> None:
        if self._last is not None:
            self._check_in(checkpointer, self._last)

    def _check_in(self, checkpointer: Checkpointer, record: GivenRecord) -> None:
        self._journal.say("C", self._shard, record.sequence_number)
        try:
            checkpointer.checkpoint(record)
        except Exception as problem:
            if type(problem).__name__ != "ShutdownException":
                raise
            self._journal.say("L", self._shard)
        else:
            self._journal.say("A", self._shard, record.sequence_number)


def run(folder: Path, seed: int, member: int, life: int, name: str) -> None:
    """A member that is a program."""
    chance = random.Random(f"{seed}/member/{member}/{life}")
    journal = Journal(folder / f"member-{member}-{life}.txt")
    with owlake.connect(folder.parent / "home") as connection:
        runners: list[Runner] = []
        runner = Runner(connection, STREAM, GROUP, lambda: Witness(journal, chance, runners), member=name)
        runners.append(runner)
        runner.run()


def poll(folder: Path, seed: int, member: int, life: int, name: str) -> None:
    """A member that is a script of SQL."""
    chance = random.Random(f"{seed}/member/{member}/{life}")
    journal = Journal(folder / f"member-{member}-{life}.txt")
    pending: dict[str, str] = {}

    def check_in(shard: str) -> None:
        number = pending.pop(shard)
        journal.say("C", shard, number)
        try:
            connection.execute(_CHECKPOINT, (GROUP, name, shard, number))
        except OwlakeError as problem:
            if problem.code != "ShutdownException":
                raise
            journal.say("L", shard)
        else:
            journal.say("A", shard, number)

    with owlake.connect(folder.parent / "home") as connection:
        try:
            connection.execute("CALL kinesis.system.leave(group => ?, member => ?)", (GROUP, name))
        except OwlakeError as problem:
            if problem.code != "ResourceNotFoundException":
                raise
        while True:
            rows = connection.execute(_POLL, (GROUP, STREAM, name, chance.randint(1, 3000))).fetchall()
            given: dict[str, list[str]] = {}
            for shard, number, _, _, _, data in rows:
                given.setdefault(shard, []).append(told(number, data))
                pending[shard] = number
            for shard, records in given.items():
                journal.say("G", shard, *records)
            for shard in list(pending):
                if not rows or chance.random() < 0.8:
                    check_in(shard)
            if not rows:
                time.sleep(chance.uniform(0.0, 0.3))
