"""The Python door: many statements in one process, many rows out of it, many rows into it."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import owlake
from owlake.dbapi import Connection
from tests.benchmarks.measuring import Line, Setting, best_of, milliseconds

_STATEMENTS = int(os.environ.get("OWLAKE_BENCHMARK_STATEMENTS", "100000"))
_GROWTH = 2.0
_ROWS = 1_000_000
_FETCHALL = 1.2
_INSERTED = 100_000
_EXECUTEMANY = 2.0


def run(setting: Setting) -> Iterator[Line]:
    """Memory of statements, fetchall beside DuckDB's, executemany."""
    with owlake.connect(setting.scratch / "home") as connection:
        yield from _fetchall(setting, connection)
        yield _executemany(setting, connection)
    yield _statements(setting)


_MANY = """
import sys, owlake
from tests.benchmarks.measuring import anonymous_memory
count = int(sys.argv[2])
cursor = owlake.connect(sys.argv[1]).cursor()
for number in range(1, count + 1):
    assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    if number in (count // 5, count):
        print(anonymous_memory())
"""


def _statements(setting: Setting) -> Line:
    """What statements leave behind in a process of their own, after the first fifth of them."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _MANY, str(setting.scratch / "statements"), str(_STATEMENTS)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    each = milliseconds((time.perf_counter() - started) / _STATEMENTS)
    early, late = (int(line) / 1e6 for line in done.stdout.split())
    detail = f"{early:.1f} MB after {_STATEMENTS // 5:,}, {late:.1f} MB after {_STATEMENTS:,}, {each} each"
    return Line("growth by SELECT 1", late - early, "MB", _GROWTH, detail)


def _fetchall(setting: Setting, connection: Connection) -> Iterator[Line]:
    random = np.random.default_rng(1)
    table = pa.table(
        {
            "i": random.integers(0, 2**31 - 1, _ROWS, dtype=np.int32),
            "d": random.random(_ROWS),
            "s": [f"name {number}" for number in random.integers(0, 100_000, _ROWS)],
            "a": pa.array(random.integers(0, 20_000, _ROWS, dtype=np.int32)).cast(pa.date32()),
            "t": pa.array(random.integers(0, 1_700_000_000_000_000, _ROWS), pa.timestamp("us")),
            "m": pa.array(random.integers(-(10**9), 10**9, _ROWS))
            .cast(pa.decimal128(21, 2))
            .cast(pa.decimal128(15, 2)),
        }
    )
    folder = connection.home.path / "buckets" / "data" / "rows"
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "a.parquet")
    connection.execute(
        "CREATE EXTERNAL TABLE mixed (i int, d double, s string, a date, t timestamp, m decimal(15,2)) "
        "STORED AS PARQUET LOCATION 's3://data/rows/'"
    )
    with duckdb.connect() as other:
        for name, columns in (("with dates", "i, d, s, a, m"), ("with timestamps", "i, d, s, t, m")):
            sql = f"SELECT {columns} FROM"
            ours, theirs = best_of(
                setting,
                lambda sql=sql: connection.execute(f"{sql} mixed").fetchall(),
                lambda sql=sql: other.execute(f"{sql} '{folder / 'a.parquet'}'").fetchall(),
            )
            detail = f"{_ROWS:,} rows of 5 columns: {milliseconds(ours)}, DuckDB {milliseconds(theirs)}"
            yield Line(f"fetchall {name}", ours / theirs, "x", _FETCHALL, detail)


def _executemany(setting: Setting, connection: Connection) -> Line:
    day = dt.date(2020, 1, 1)
    rows = [
        (number, number / 2, f"name {number}", day + dt.timedelta(number % 1000), Decimal(number % 10) / 4)
        for number in range(_INSERTED)
    ]
    connection.execute(
        "CREATE TABLE filled AS SELECT 0 AS i, 1e0 AS d, CAST('' AS varchar) AS s, DATE '2020-01-01' AS a, "
        "DECIMAL '1.50' AS m WHERE false"
    )
    cursor = connection.cursor()
    (seconds,) = best_of(setting, lambda: cursor.executemany("INSERT INTO filled VALUES (?, ?, ?, ?, ?)", rows))
    return Line("executemany", seconds, "s", _EXECUTEMANY, f"{_INSERTED:,} rows of 5 columns")
