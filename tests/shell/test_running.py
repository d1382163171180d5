"""A command while it runs: progress, Ctrl-C, readers that go away."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import owlake as library
from owlake.session import Session
from owlake_shell.progress import Progress
from tests.shell.conftest import Owlake, Spawn

TABLE = "CREATE EXTERNAL TABLE series (x bigint) STORED AS PARQUET LOCATION 's3://data/series/'"
# Hash joins of everything with half of everything, twice: nobody sees the end of it.
ENDLESS = "SELECT count(*) AS n FROM series a JOIN series b ON a.x % 2 = b.x % 2 JOIN series c ON b.x % 2 = c.x % 2"


@pytest.fixture
def lake(tmp_path: Path, owlake: Owlake) -> Path:
    folder = tmp_path / "home" / "buckets" / "data" / "series"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"x": pa.array(range(50_000), pa.int64())}), folder / "a.parquet")
    assert owlake("-c", TABLE).status == 0
    return tmp_path / "home"


def _wait_until_planned(lake: Path) -> None:
    with library.connect(lake) as connection:
        sql = "SELECT 1 FROM system.runtime.queries WHERE state = 'RUNNING' AND query LIKE '%series%'"
        # The question itself is one of them.
        for _ in range(600):
            if len(connection.execute(sql).fetchall()) == 2:
                break
            time.sleep(0.05)
    time.sleep(1.0)


@pytest.mark.parametrize("sql", [ENDLESS, f"CREATE TABLE made AS {ENDLESS}"])
def test_ctrl_c_cancels_the_statement_and_ends_the_script(lake: Path, spawn: Spawn, sql: str) -> None:
    with spawn("-c", f"{sql}; SELECT 'after' AS a") as child:
        _wait_until_planned(lake)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "after" not in out
    assert err.splitlines()[-1] == "USER_CANCELED: Query cancelled by user"
    assert "Traceback" not in err
    with library.connect(lake) as connection:
        rows = connection.execute("SELECT state FROM system.runtime.queries WHERE query LIKE '%JOIN%JOIN%'").fetchall()
        assert ("CANCELLED",) in rows
        assert connection.execute("SHOW TABLES").fetchall() == [("series",)]


@pytest.mark.usefixtures("lake")
def test_progress_of_what_runs_over_a_second_is_on_stderr(spawn: Spawn) -> None:
    with spawn("-c", ENDLESS) as child:
        line = child.stderr.readline()
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
    assert line.startswith("running 1 s, 0 rows, ")
    assert out == ""


def test_what_is_quick_shows_no_progress(session: Session) -> None:
    output = io.StringIO()
    with Progress(session, output):
        session.execute("SELECT 1").table()
    assert output.getvalue() == ""


def test_a_reader_that_goes_away_is_no_error(spawn: Spawn) -> None:
    sql = "SELECT a.x + b.x AS n FROM UNNEST(sequence(0, 999)) AS a (x), UNNEST(sequence(0, 999)) AS b (x)"
    with spawn("--format", "csv", "-c", sql) as child:
        assert child.stdout.readline() == '"n"\n'
        child.stdout.close()
        err = child.stderr.read()
        child.wait(60)
    assert child.returncode == 0
    assert [line for line in err.splitlines() if not line.startswith("running ")] == []


def test_the_package_runs_without_being_installed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "owlake_shell.main", "--version"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout == f"owlake {library.__version__}\n"
