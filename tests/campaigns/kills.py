"""Processes that write one home and are killed (kill -9) at random moments.

    python -m tests.campaigns.kills [--seconds 120] [--seed 1] [--writers 2]

Writers insert batches into tables of every format (one of each's partitions lies elsewhere), unload batches into a
folder that a table lies over, create tables from queries (partitioned and bucketed), add pairs of partitions, drop
tables, merge the small files of tables and sweep what was replaced; a reader asks all the time. After every round of
kills the home is opened again: each batch, table and pair must be whole or not there, what a writer had reported done
must be there, and no file and no entry of a dead write may be left.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO

from owlake.catalog.writes import WriteState
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session

_ROWS = 400
_MADE_ROWS = 300

_STORED = {
    "t": "STORED AS PARQUET",
    "t_orc": "STORED AS ORC",
    "t_avro": "STORED AS AVRO",
    "t_json": "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'",
    "t_text": "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','",
}
"""Batches go into these tables in turn, by their number."""

_KINDS = ("insert", "insert", "insert", "unload", "create", "pair", "drop", "compact", "compact", "compact")

_INSERT = (
    "INSERT INTO {table} SELECT x, {batch}, IF(x % 4 = 0, 'far', concat('k', CAST(x % 4 AS varchar))) "
    f"FROM UNNEST(sequence(1, {_ROWS})) AS s(x)"
)
_CREATE = (
    "CREATE TABLE made_{batch} WITH (partitioned_by = ARRAY['k'], bucketed_by = ARRAY['x'], bucket_count = 3) AS "
    f"SELECT x, {{batch}} AS batch, x % 3 AS k FROM UNNEST(sequence(1, {_MADE_ROWS})) AS s(x)"
)
_UNLOAD = (
    f"UNLOAD (SELECT x, {{batch}} AS batch, x % 3 AS k FROM UNNEST(sequence(1, {_ROWS})) AS s(x)) "
    "TO 's3://lake/u/{batch}/' WITH (format = 'PARQUET', partitioned_by = ARRAY['k'])"
)
_PAIR = "ALTER TABLE pairs ADD PARTITION (k = '{batch}a') PARTITION (k = '{batch}b')"


def write(path: str, seed: int) -> None:
    """A writer: says what it begins and what is done, until it is killed."""
    chance = random.Random(seed)
    with Home.open(path) as home, Session(home) as session:
        made: list[int] = []
        # What takes long the first time is not what is to be killed.
        session.execute(_INSERT.format(table="t", batch=0) + " WHERE x < 0")
        session.execute("CALL system.lake.compact('default.t', dry_run => true)")
        for batch in range(seed * 10_000, seed * 10_000 + 10_000):
            kind = chance.choice(_KINDS)
            if kind == "drop":
                if not made:
                    continue
                batch = made.pop(0)  # noqa: PLW2901  (the table of an earlier batch)
            print(f"begin {kind} {batch}", flush=True)
            match kind:
                case "insert":
                    session.execute(_INSERT.format(table=_table_of(batch), batch=batch))
                case "unload":
                    session.execute(_UNLOAD.format(batch=batch))
                case "create":
                    session.execute(_CREATE.format(batch=batch))
                    made.append(batch)
                case "pair":
                    session.execute(_PAIR.format(batch=batch))
                case "compact":
                    _compact(session, chance.choice((*_STORED, "unloaded")))
                case _:
                    session.execute(f"DROP TABLE made_{batch}")
            print(f"done {kind} {batch}", flush=True)


def _compact(session: Session, table: str) -> None:
    """Merge a table's files, unless another writer is at it, and delete what nobody reads any more."""
    try:
        session.execute(f"CALL system.lake.compact('default.{table}')")
    except OwlakeError as problem:
        if problem.code != "HIVE_CONCURRENT_MODIFICATION_DETECTED":
            raise
    session.execute("CALL system.lake.sweep(older_than => INTERVAL '0' SECOND)")


def _table_of(batch: int) -> str:
    return list(_STORED)[batch % len(_STORED)]


def watch(path: str) -> None:
    """A reader: whatever it sees of a batch must be all of it."""
    with Home.open(path) as home, Session(home) as session:
        while True:
            for table in (*_STORED, "unloaded"):
                for batch, count in _pairs(session, f"SELECT batch, count(*) FROM {table} GROUP BY batch"):
                    if count != _ROWS:
                        print(f"a reader of {table} saw {count} rows of batch {batch}", flush=True)


def _pairs(session: Session, query: str) -> list[tuple[int, int]]:
    table = session.execute(query).table()
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


class Campaign:
    """The home, what was begun and done in it, and what was found wrong."""

    def __init__(self, path: Path, seed: int, writers: int) -> None:
        self.path = path
        self.chance = random.Random(seed)
        self.writers = writers
        self.next_seed = 1
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.begun: dict[str, set[int]] = {kind: set() for kind in _KINDS}
        self.done: dict[str, set[int]] = {kind: set() for kind in self.begun}
        with Home.open(path) as home, Session(home) as session:
            for bucket in ("lake", "elsewhere"):
                home.storage.create_bucket(bucket)
            for table, stored in _STORED.items():
                session.execute(
                    f"CREATE EXTERNAL TABLE {table} (x bigint, batch int) PARTITIONED BY (k string) "
                    f"{stored} LOCATION 's3://lake/{table}/'"
                )
                session.execute(f"ALTER TABLE {table} ADD PARTITION (k = 'far') LOCATION 's3://elsewhere/{table}/'")
            session.execute(
                "CREATE EXTERNAL TABLE unloaded (x bigint, batch int) STORED AS PARQUET LOCATION 's3://lake/u/'"
            )
            session.execute(
                "CREATE EXTERNAL TABLE pairs (x int) PARTITIONED BY (k string) STORED AS PARQUET LOCATION 's3://lake/p/'"
            )

    def round(self) -> None:
        """Writers and a reader, killed after a while; then everything is looked at."""
        children = [self._start("--writer", str(self.next_seed + number)) for number in range(self.writers)]
        reader = self._start("--reader", "0")
        self.next_seed += self.writers
        # From the first word on: before it there is nothing to kill.
        said = [_stream(child).readline() for child in children]
        time.sleep(self.chance.uniform(0.0, 6.0))
        for child in (*children, reader):
            child.kill()
        for child, first in zip(children, said, strict=True):
            self._note(first + _stream(child).read())
        self.faults.extend(_stream(reader).read().splitlines())
        for child in (*children, reader):
            child.wait()
        self.counts["rounds"] += 1
        self.counts["kills"] += self.writers
        self._check()

    def _start(self, role: str, seed: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.campaigns.kills", role, str(self.path), "--seed", seed]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def _note(self, output: str) -> None:
        at = ""
        for line in output.splitlines():
            state, kind, batch = line.split()
            (self.done if state == "done" else self.begun)[kind].add(int(batch))
            self.counts[f"{kind}s {state}"] += 1
            at = kind if state == "begin" else ""
        self.counts[f"killed in {at}" if at else "killed between statements"] += 1

    def _check(self) -> None:
        with Home.open(self.path) as home, Session(home) as session:
            home.upkeep.sweep(timedelta(0))
            self._check_batches(session)
            self._check_tables(session)
            self._check_pairs(session)
            for state in (WriteState.OPEN, WriteState.ABORTED):
                self._expect(not home.metastore.list_writes(state), f"writes are left {state}")
            for table in _STORED:
                self._check_files(home, session, table, (f"s3://lake/{table}/", f"s3://elsewhere/{table}/"))
            self._check_files(home, session, "unloaded", ("s3://lake/u/",))

    def _check_files(self, home: Home, session: Session, table: str, places: Sequence[str]) -> None:
        read = {row[0] for row in _pairs(session, f'SELECT DISTINCT "$path" FROM {table}')}
        there = {file.uri for place in places for file in home.storage.list_files(place)}
        self._expect(read == there, f"files of nobody: {there ^ read}")

    def _check_batches(self, session: Session) -> None:
        for kind, tables in (("insert", list(_STORED)), ("unload", ["unloaded"])):
            found = {
                batch: count
                for table in tables
                for batch, count in _pairs(session, f"SELECT batch, count(*) FROM {table} GROUP BY batch")
            }
            for batch, count in found.items():
                self._expect(count == _ROWS, f"batch {batch} has {count} rows")
                self._expect(batch in self.begun[kind], f"batch {batch} was never begun")
            self._expect(self.done[kind] <= found.keys(), f"lost: {self.done[kind] - found.keys()}")

    def _check_tables(self, session: Session) -> None:
        names = {row[0] for row in _pairs(session, "SHOW TABLES 'made_.*'")}
        tables = {int(name.removeprefix("made_")) for name in names}
        self._expect(tables <= self.begun["create"], "a table was never begun")
        self._expect(self.done["create"] - self.begun["drop"] <= tables, "a table that was made is lost")
        self._expect(not (tables & self.done["drop"]), "a table that was dropped is back")
        for batch in self.chance.sample(sorted(tables), k=min(5, len(tables))):
            found = _pairs(session, f"SELECT count(*), sum(x) FROM made_{batch} WHERE batch = {batch}")
            wanted = [(_MADE_ROWS, _MADE_ROWS * (_MADE_ROWS + 1) // 2)]
            self._expect(found == wanted, f"made_{batch} has {found}")

    def _check_pairs(self, session: Session) -> None:
        values = {row[0] for row in _pairs(session, 'SELECT k FROM "pairs$partitions"')}
        halves = [{int(value[:-1]) for value in values if value.endswith(end)} for end in "ab"]
        self._expect(halves[0] == halves[1], f"half of a pair: {halves[0] ^ halves[1]}")
        self._expect(self.done["pair"] <= halves[0], "a pair is lost")

    def _expect(self, holds: bool, fault: str) -> None:
        self.counts["checks"] += 1
        if not holds:
            self.faults.append(fault)


def _stream(child: subprocess.Popen[str]) -> IO[str]:
    assert child.stdout is not None
    return child.stdout


def main() -> int:
    """Rounds until the time is over, or something is wrong."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--writers", type=int, default=2)
    options.add_argument("--writer")
    options.add_argument("--reader")
    given = options.parse_args()
    if given.writer:
        write(given.writer, given.seed)
    if given.reader:
        watch(given.reader)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}")
    end = time.monotonic() + given.seconds
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(Path(folder) / "home", seed, given.writers)
        while time.monotonic() < end and not campaign.faults:
            campaign.round()
    for fault in campaign.faults[:20]:
        print(fault)
    print(", ".join(f"{count} {what}" for what, count in campaign.counts.most_common()))
    return int(bool(campaign.faults))


if __name__ == "__main__":
    sys.exit(main())
