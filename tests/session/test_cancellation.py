"""Cancelling: control comes back at once, the work stops soon after."""

from __future__ import annotations

import resource
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import owlake
from owlake.dbapi import Connection

ROWS = 3_000_000

HEAVY = {
    "scan": "SELECT count(*) FROM big a WHERE sqrt(a.x) + sqrt(a.y) + sqrt(a.x * a.y) > 1e300 UNION ALL " * 60
    + "SELECT count(*) FROM big",
    "hash join": "SELECT count(*) FROM big a JOIN big b ON a.id = b.id JOIN big c ON b.id = c.id "
    "JOIN big d ON c.id = d.id WHERE a.x + b.y + c.x + d.y > 0",
    "aggregate": "SELECT count(*) FROM (SELECT x, y, count(*) FROM big GROUP BY x, y UNION ALL "
    "SELECT y, x, count(*) FROM big GROUP BY y, x) AS t",
    "sort": "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY y, x, k) AS n FROM big) AS t",
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    home = tmp_path_factory.mktemp("cancellation")
    folder = home / "buckets" / "data" / "big"
    folder.mkdir(parents=True)
    _write(folder / "part.parquet")
    opened = owlake.connect(home)
    opened.execute(
        "CREATE EXTERNAL TABLE big (id bigint, k bigint, x double, y double) STORED AS PARQUET LOCATION 's3://data/big/'"
    )
    return opened


def _write(path: Path) -> None:
    numbers = pa.array(range(ROWS), pa.int64())
    table = pa.table(
        {
            "id": numbers,
            "k": pc.bit_wise_and(numbers, 1023),
            "x": pc.multiply(numbers, 0.7),
            "y": pc.multiply(pc.bit_wise_xor(numbers, 0x5A5A5A), 1.3),
        }
    )
    pq.write_table(table, path, row_group_size=200_000)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize("kind", HEAVY)
def test_control_returns_and_the_work_stops(connection: Connection, kind: str) -> None:
    failures: list[BaseException] = []
    ended = threading.Event()

    def run() -> None:
        try:
            connection.execute(HEAVY[kind]).fetchall()
        except owlake.Error as problem:
            failures.append(problem)
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.6)
    if ended.is_set():
        pytest.skip(f"the machine ran the {kind} before it could be cancelled")
    asked = time.monotonic()
    connection.cancel()
    assert ended.wait(5)
    returned = time.monotonic() - asked
    thread.join()
    assert [getattr(problem, "code", "") for problem in failures] == ["USER_CANCELED"]
    time.sleep(max(0.0, 1.0 - returned))
    before = _cpu_seconds()
    time.sleep(0.3)
    busy = _cpu_seconds() - before
    assert busy < 0.15, f"still computing a second after the cancel: {busy:.2f} s of 0.3 s"
    assert returned < 1.0


def test_a_cancelled_statement_is_a_row_of_history(connection: Connection) -> None:
    rows = connection.execute(
        "SELECT state, error_code FROM system.runtime.queries WHERE state = 'CANCELLED' LIMIT 1"
    ).fetchall()
    assert rows == [("CANCELLED", "USER_CANCELED")]


def test_the_session_goes_on_after_a_cancel(connection: Connection) -> None:
    connection.cancel()
    assert connection.execute("SELECT 1").fetchall() == [(1,)]
