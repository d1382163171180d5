"""A process that is killed in the middle of `up`: the history says what took effect, and repair goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from owlake.catalog.migration_runs import MigrationRun, RunState
from owlake.home import Home
from tests.shell.migrations.conftest import CREATE_EVENTS, DAILY, Migrate, Sql, Write

# The process kills itself in the middle of what the second statement does: before its change is committed, or when it
# is committed and the history does not say so yet.
KILLED = """
import os, signal, sys
from owlake.catalog.migration_runs import MigrationRuns, RunState
from owlake.catalog.store import Metastore
from owlake_shell.main import main

moment, number = sys.argv[1], int(sys.argv[2])

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

record, counting = MigrationRuns.record, MigrationRuns.counting

def recording(self, run):
    done = [one for one in run.statements if one.number == number and one.state is RunState.SUCCEEDED]
    if moment == "after" and run.migration == "0002_daily" and done:
        kill()
    record(self, run)

def counted(self, run, statement):
    count = counting(self, run, statement)

    def counting_and_dying(connection):
        count(connection)
        if moment == "before" and run.migration == "0002_daily" and statement.number == number:
            kill()

    return counting_and_dying

MigrationRuns.record, MigrationRuns.counting = recording, counted
main(sys.argv[3:])
"""


def killed(tmp_path: Path, folder: Path, moment: str, number: int) -> None:
    words = ["--home", str(tmp_path / "home"), "migrate", "--folder", str(folder), "up", "--create"]
    process = subprocess.run(
        [sys.executable, "-c", KILLED, moment, str(number), *words], check=False, capture_output=True, timeout=120
    )
    assert process.returncode == -signal.SIGKILL, process.stderr


def last_run(tmp_path: Path) -> MigrationRun:
    with Home.open(tmp_path / "home") as home:
        return home.migration_runs.list_runs()[-1]


@pytest.mark.parametrize(
    ("moment", "number", "took_effect"),
    [
        ("before", 2, [True, False, False]),
        ("after", 2, [True, True, False]),
    ],
)
def test_the_history_says_what_took_effect_and_repair_goes_on(
    migrate: Migrate,
    write: Write,
    sql: Sql,
    tmp_path: Path,
    folder: Path,
    moment: str,
    number: int,
    took_effect: list[bool],
) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    path = write("0002_daily.sql", DAILY)
    killed(tmp_path, folder, moment, number)
    run = last_run(tmp_path)
    assert (run.migration, run.state) == ("0002_daily", RunState.INTERRUPTED)
    assert [one.took_effect for one in run.statements] == took_effect
    assert run.failed_statement == run.statements[number - 1]
    refused = migrate("up")
    assert refused.status == 3
    assert f"0002_daily was interrupted at statement {number} of 3" in refused.err
    # What took effect must stay as it is; what did not may be corrected.
    done = sum(took_effect)
    path.write_text(DAILY.replace("'a' AS url", "'z' AS url"))
    assert "statement 1 took effect, and was changed since" in migrate("repair").err
    fixed = DAILY if done > 1 else DAILY.replace("'b', 2", "'c', 3")
    path.write_text(fixed)
    assert migrate("repair").out == "0002_daily: applied, 3 statements, 0.00 s\n"
    second = ["b", 2] if done > 1 else ["c", 3]
    assert sql("SELECT url, clicks FROM lake.daily ORDER BY url") == [["a", 1], second]
    assert sql('SELECT dt FROM lake."events$partitions"') == [["2026-01-01"]]
    assert migrate("validate").status == 0


def test_a_kill_in_a_long_statement(migrate: Migrate, write: Write, sql: Sql, tmp_path: Path, folder: Path) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    numbers = "UNNEST(sequence(1, 100000))"
    path = write(
        "0002_long.sql",
        "-- intent: x\n\nCREATE DATABASE first;\nCREATE TABLE first.t AS SELECT count(*) AS n\n"
        f"FROM {numbers} AS a (x) CROSS JOIN {numbers} AS b (y) WHERE sin(x * y) > 2;\nCREATE DATABASE third;",
    )
    words = ["--home", str(tmp_path / "home"), "migrate", "--folder", str(folder), "up", "--create"]
    process = subprocess.Popen([sys.executable, "-m", "owlake_shell.main", *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        # The first migration is done, and the second one runs until its long statement does.
        assert process.stdout.readline().startswith("0001_create_events: applied")
        with Home.open(tmp_path / "home") as home:
            while not _runs_second(home):
                assert process.poll() is None
            ran = migrate("up")
            assert ran.status == 4
            assert (
                f"MIGRATION_LOCKED: {home.migration_runs.list_runs()[-1].principal} runs `owlake migrate up`" in ran.err
            )
            assert f":{process.pid}\n" in ran.err
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert [one.took_effect for one in last_run(tmp_path).statements] == [True, False, False]
    path.write_text(
        "-- intent: x\n\nCREATE DATABASE first;\nCREATE TABLE first.t AS SELECT 1 AS n;\nCREATE DATABASE third;"
    )
    assert migrate("repair").status == 0
    assert sql("SELECT n FROM first.t") == [[1]]


def _runs_second(home: Home) -> bool:
    run = home.migration_runs.list_runs()[-1]
    return len(run.statements) > 1 and run.migration == "0002_long" and run.statements[1].state is RunState.RUNNING
