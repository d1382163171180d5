"""A stream under load: producers, splits and merges, a group of consumers and queries, killed at random moments.

    python -m tests.campaigns.streams [--records 1000000] [--seed 1] [--fsync interval|always] [--seconds 900]

Eight processes put the records, one of them by INSERT; two split and merge shards; the members of one group, two
programs and two scripts of SQL, read them; one process asks by SQL. All of them are killed (kill -9) again and again,
producers also in the middle of a write to the log, and begun anew. Each writes down what it does outside of the home.

In the end the log's files are read by their description and held against that: every acknowledged record is where it
was said to be, none is there twice that was not put twice, the shards are those of the keys and have their lineage;
the group was given every record, those of a key in order, children after their parents, and again only what a member
that was killed had not checked in.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import owlake
from owlake.dbapi import Connection
from tests.campaigns.streams.checks import Faults, GroupCheck, check_producers, check_shards, number_of
from tests.campaigns.streams.evidence import index_of, puts
from tests.campaigns.streams.journal import STREAM, lines
from tests.campaigns.streams.work import work

_PRODUCERS, _RESHARDERS, _MEMBERS = 8, 2, 4
_PROCESSES = multiprocessing.get_context("forkserver")
_PATIENCE = 180
"""Seconds without a new record after which the group is not waited for any longer."""


@dataclass(slots=True)
class _Role:
    """A process that is begun anew when it is killed: once its journal has a number of lines more than ``said``."""

    kind: str
    number: int
    life: int = -1
    name: str = ""
    process: ForkServerProcess | None = None
    said: int = 0
    lives_for: int = 0
    is_done: bool = False

    @property
    def journal(self) -> str:
        """The name of its journal; each life of a member has its own."""
        return f"{self.kind}-{self.number}-{self.life}" if self.kind == "member" else f"{self.kind}-{self.number}"


@dataclass(slots=True)
class Campaign:
    """The home, and the processes that work in it."""

    folder: Path
    seed: int
    records: int
    fsync: str
    counts: Counter[str] = field(default_factory=Counter)
    given: set[int] = field(default_factory=set)
    looked: Counter[Path] = field(default_factory=Counter)
    killed: set[str] = field(default_factory=set)
    roles: list[_Role] = field(default_factory=list)
    chance: random.Random = field(init=False)
    end: float = 0.0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.evidence.mkdir()
        with owlake.connect(self.folder / "home") as connection:
            connection.client("kinesis").update_settings(Fsync=self.fsync)
            connection.execute(
                f"CREATE STREAM {STREAM} (writer INTEGER, batch INTEGER, place INTEGER, key VARCHAR, pad VARCHAR)"
                " WITH (shard_count = 4, partition_key = 'key')"
            )
            # What every process needs is imported once, here and by the server that they are forked from.
            connection.execute(f"SELECT count(place) FROM kinesis.streams.{STREAM}").fetchall()
        _PROCESSES.set_forkserver_preload(sorted(name for name in sys.modules if not name.startswith("__m")))
        wanted = {"producer": _PRODUCERS, "resharder": _RESHARDERS, "member": _MEMBERS, "reader": 1}
        self.roles = [_Role(kind, number) for kind, count in wanted.items() for number in range(count)]

    @property
    def evidence(self) -> Path:
        """What the processes write down."""
        return self.folder / "evidence"

    def run(self) -> None:
        """Until everything is put, and read."""
        began = time.monotonic()
        for role in self.roles:
            self._start(role)
        try:
            while not self._is_put() and time.monotonic() < self.end:
                time.sleep(self.chance.uniform(0.1, 1.0))
                self._tend()
                for role in self.roles:
                    if self._said(role) >= role.said + role.lives_for:
                        self._kill(role)
            for role in self.roles:
                if role.kind in ("producer", "resharder"):
                    self._stop(role)
            self.counts["seconds of putting"] = int(time.monotonic() - began)
            self._read_on(sum(len(put.places) for put in puts(self.log)))
            self.counts["seconds in all"] = int(time.monotonic() - began)
        finally:
            for role in self.roles:
                self._stop(role)

    def _is_put(self) -> bool:
        """Whether all producers are done, or one of the processes has ended with an error."""
        return all(one.is_done for one in self._of("producer")) or any(self.evidence.glob("errors-*.txt"))

    def _read_on(self, wanted: int) -> None:
        """Let the group come to its end, killed less and less often."""
        seen, moved, pause = 0, time.monotonic(), 3.0
        following = time.monotonic() + pause
        while seen < wanted and time.monotonic() - moved < _PATIENCE and not any(self.evidence.glob("errors-*.txt")):
            time.sleep(1.0)
            self._tend()
            role = self.chance.choice(self._of("member"))
            if time.monotonic() > following and self._said(role) > role.said:
                pause *= 1.5
                following = time.monotonic() + pause
                self._kill(role)
            count = self._count_given()
            if count > seen:
                seen, moved = count, time.monotonic()

    def _count_given(self) -> int:
        """How many records the group was given, by what its members have said since this was last asked."""
        for path in self.evidence.glob("member-*.txt"):
            whole = path.read_bytes().rfind(b"\n") + 1
            for word, _, _, *records in lines(path, self.looked[path]):
                if word == "G":
                    self.given.update(index_of(one.split(":")[0])[1] for one in records)
            self.looked[path] = whole
        return len(self.given)

    @property
    def log(self) -> Path:
        """The directory of the stream's log."""
        (found,) = (self.folder / "home" / "connectors" / "kinesis" / "logs").iterdir()
        return found

    # Processes ------------------------------------------------------------------------------------------

    def _of(self, kind: str) -> list[_Role]:
        return [one for one in self.roles if one.kind == kind]

    def _start(self, role: _Role) -> None:
        role.life += 1
        if not role.name or self.chance.random() < 0.5:
            role.name = f"{role.kind}-{role.number}-{role.life}"
        role.said, role.lives_for = self._said(role), self.chance.randint(1, self._most_lines(role))
        role.process = _PROCESSES.Process(
            target=work,
            args=(self.evidence, self.seed, role.kind, role.number, role.life, role.name, self.records // _PRODUCERS),
        )
        role.process.start()

    def _said(self, role: _Role) -> int:
        path = self.evidence / f"{role.journal}.txt"
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def _most_lines(self, role: _Role) -> int:
        """How long a life may be: so that a producer has about eight of them, on a slow machine too."""
        return {"producer": max(self.records // 3000, 20), "member": 400, "resharder": 60, "reader": 30}[role.kind]

    def _kill(self, role: _Role) -> None:
        """Kill a process that has come so far as to do something, and begin it anew."""
        if role.process is not None and role.process.exitcode is None:
            self._stop(role)
            self._start(role)

    def _stop(self, role: _Role) -> None:
        process = role.process
        if process is not None and process.exitcode is None:
            process.kill()
            self.counts[f"{role.kind}s killed"] += 1
        self._see_end(role)

    def _see_end(self, role: _Role) -> None:
        process, role.process = role.process, None
        if process is not None:
            process.join()
            if process.exitcode != 0:
                self.killed.add(role.journal)

    def _tend(self) -> None:
        """Begin anew what has ended by itself: died within a write, or left the group."""
        for role in self.roles:
            status = None if role.process is None else role.process.exitcode
            if status is not None:
                self._see_end(role)
                role.is_done = role.kind == "producer" and status == 0
                if not role.is_done:
                    self.counts[f"{role.kind}s {'dead within a write' if status else 'gone by themselves'}"] += 1
                    self._start(role)

    # What must hold -------------------------------------------------------------------------------------

    def check(self, faults: Faults) -> None:
        """Everything."""
        for path in self.evidence.glob("errors-*.txt"):
            faults.expect(not path.read_text(), f"{path.name}: {path.read_text()[-2000:]}")
        for path in self.evidence.glob("reader-*.txt"):
            for word, _, *more in lines(path):
                faults.counts["queries"] += word == "Q"
                faults.expect(word != "X", " ".join(more))
        log = list(puts(self.log))
        with owlake.connect(self.folder / "home") as connection:
            shards = _shards(connection)
            check_producers(self.evidence, self.seed, log, faults)
            check_shards(shards, log, faults)
            GroupCheck(log, shards, self.killed, faults).run(self.evidence)
            counts = Counter((put.writer, put.batch) for put in log for _ in put.places)
            query = f"SELECT writer, batch, count(*) FROM kinesis.streams.{STREAM} GROUP BY writer, batch"
            found = {(writer, batch): count for writer, batch, count in connection.execute(query).fetchall()}
            faults.expect(found == counts, "a query does not find what is in the log")
        faults.counts["records in the log"] = sum(counts.values())
        faults.counts["shards"] = len(shards)


def _shards(connection: Connection) -> dict[int, dict[str, Any]]:
    pages = connection.client("kinesis").get_paginator("list_shards").paginate(StreamName=STREAM)
    return {number_of(one["ShardId"]): one for page in pages for one in page["Shards"]}


def main() -> int:
    """Run the campaign once."""
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--seconds", type=float, default=900, help="no more is put after so many")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--fsync", choices=["interval", "always"], default="interval")
    options.add_argument("--keep", type=Path, help="a new folder for the home and what the processes wrote down")
    given = options.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        campaign = Campaign(folder, seed, given.records, given.fsync)
        campaign.end = time.monotonic() + given.seconds
        faults = Faults()
        campaign.run()
        campaign.check(faults)
    for fault in faults.found[:20]:
        print(fault)
    print(f"{len(faults.found)} faults")
    print(", ".join(f"{count:,} {what}" for what, count in (campaign.counts + faults.counts).most_common()))
    return int(bool(faults.found))


if __name__ == "__main__":
    sys.exit(main())
