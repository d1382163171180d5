"""What a statement leaves behind: its kind in Athena's words, its state, what it read and what it cost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import owlake
from owlake.dbapi import Connection

# Types and subtypes as GetQueryExecution of Athena gives them.
KINDS = [
    ("CREATE DATABASE d", "DDL", "CREATE_DATABASE"),
    ("CREATE EXTERNAL TABLE d.e (a int) LOCATION 's3://data/e/'", "DDL", "CREATE_TABLE"),
    ("CREATE TABLE d.t AS SELECT 1 AS a", "DDL", "CREATE_TABLE_AS_SELECT"),
    ("INSERT INTO d.t VALUES 2", "DML", "INSERT"),
    ("SELECT * FROM d.t", "DML", "SELECT"),
    ("WITH x AS (SELECT 1) SELECT * FROM x", "DML", "SELECT"),
    ("VALUES 1", "DML", "SELECT"),
    ("EXPLAIN SELECT 1", "DML", "EXPLAIN"),
    ("CREATE VIEW d.v AS SELECT 1 AS a", "DDL", "CREATE_VIEW"),
    ("SHOW TABLES IN d", "UTILITY", "SHOW_TABLES"),
    ("SHOW CREATE TABLE d.t", "UTILITY", "SHOW_CREATE_TABLE"),
    ("DESCRIBE d.t", "UTILITY", "DESCRIBE_TABLE"),
    ("ALTER TABLE d.e SET TBLPROPERTIES ('a' = 'b')", "DDL", "ALTER_TABLE_PROPERTIES"),
    ("DROP VIEW d.v", "DDL", "DROP_VIEW"),
    ("DROP TABLE d.t", "DDL", "DROP_TABLE"),
    ("DROP DATABASE d CASCADE", "DDL", "DROP_DATABASE"),
]


def test_statements_have_athenas_types_in_history_too(connection: Connection) -> None:
    for sql, *_ in KINDS:
        cursor = connection.execute(sql)
        if cursor.description:
            cursor.fetchall()
    rows = connection.execute(
        "SELECT query, statement_type, substatement_type, state FROM system.runtime.queries WHERE state <> 'RUNNING'"
    ).fetchall()
    assert sorted(rows) == sorted((*kind, "SUCCEEDED") for kind in KINDS)


def _history(connection: Connection, query: str, columns: str) -> tuple[object, ...]:
    rows = connection.execute(f"SELECT {columns} FROM system.runtime.queries WHERE query = ?", [query]).fetchall()
    assert len(rows) == 1
    return rows[0]


def test_a_query_counts_rows_bytes_and_time(connection: Connection) -> None:
    folder = connection.home.path / "buckets" / "data" / "lines"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("1\n2\n3\n")
    connection.execute("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://data/lines/'")
    sql = "SELECT a FROM t WHERE a > 1"
    cursor = connection.execute(sql)
    assert len(cursor.fetchall()) == 2
    execution = cursor.query_execution
    assert (execution.rows, execution.bytes_scanned, execution.state.value) == (2, 6, "SUCCEEDED")
    assert execution.planning_time > 0
    assert execution.engine_time > 0
    assert _history(
        connection, sql, "rows, bytes_scanned, planning_time > 0, engine_time > 0, completed >= submitted"
    ) == (
        2,
        6,
        True,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("sql", "usd"),
    [
        # 10 MB at least: 0.00001 TB at 5 USD.
        ("SELECT 1", 5e-5),
        ("CREATE TABLE t AS SELECT 1 AS a", 5e-5),
        ("EXPLAIN SELECT 1", 0.0),
        ("SHOW DATABASES", 0.0),
        ("CREATE DATABASE d", 0.0),
    ],
)
def test_the_price_has_a_floor_and_ddl_is_free(connection: Connection, sql: str, usd: float) -> None:
    connection.cursor().executemany(sql, [()])
    assert _history(connection, sql, "cost_usd") == (usd,)


def test_beyond_the_floor_the_price_is_by_the_megabyte_of_the_columns_read(connection: Connection) -> None:
    folder = connection.home.path / "buckets" / "data" / "big"
    folder.mkdir(parents=True)
    digits = os.urandom(12_000_000).hex()
    random = pa.array(digits[start : start + 16] for start in range(0, len(digits), 16))
    pq.write_table(pa.table({"a": random, "b": random}), folder / "a.parquet", use_dictionary=False, compression="NONE")
    size = (folder / "a.parquet").stat().st_size
    connection.execute("CREATE EXTERNAL TABLE big (a string, b string) STORED AS PARQUET LOCATION 's3://data/big/'")
    cursor = connection.execute("SELECT count(*) FROM big WHERE a < '8'")
    assert 0 < cursor.fetchone()[0] < 1_500_000
    execution = cursor.query_execution
    assert 0.45 * size < execution.bytes_scanned < 0.55 * size
    assert execution.cost == pytest.approx(-(-execution.bytes_scanned // 1_000_000) * 5e-6)


def test_failed_statements_say_why_and_cost_nothing(connection: Connection) -> None:
    sql = "SELECT 1 / (a - a) FROM (VALUES 1) AS t (a)"
    with pytest.raises(owlake.Error, match="DIVISION_BY_ZERO"):
        connection.execute(sql).fetchall()
    found = _history(connection, sql, "state, error_code, error_message, cost_usd")
    assert found == ("FAILED", "DIVISION_BY_ZERO", "DIVISION_BY_ZERO: Division by zero", 0.0)


def test_what_athena_refuses_before_the_run_leaves_no_execution(connection: Connection) -> None:
    with pytest.raises(owlake.ProgrammingError):
        connection.execute("SELEC 1")
    assert connection.execute("SELECT count(*) FROM system.runtime.queries").fetchall() == [(1,)]


def test_a_result_that_was_computed_is_a_success_though_nobody_took_all_of_it(connection: Connection) -> None:
    sql = "SELECT x FROM (VALUES 1, 2, 3) AS t (x)"
    with connection.execute(sql) as cursor:
        cursor.fetchone()
    assert _history(connection, sql, "state") == ("SUCCEEDED",)


def test_executions_of_a_prepared_statement_count_their_rows(connection: Connection) -> None:
    connection.execute("PREPARE p FROM SELECT * FROM (VALUES 1, 2, 3) AS t (x) WHERE x > ?")
    assert len(connection.execute("EXECUTE p USING 1").fetchall()) == 2
    assert _history(connection, "EXECUTE p USING 1", "rows, state") == (2, "SUCCEEDED")


def test_history_survives_the_process(tmp_path: Path) -> None:
    with owlake.connect(tmp_path / "home") as connection:
        connection.execute("SELECT 42").fetchall()
    with owlake.connect(tmp_path / "home") as connection:
        assert _history(connection, "SELECT 42", "state, rows") == ("SUCCEEDED", 1)


ABANDONED = """
import sys, time, owlake
connection = owlake.connect(sys.argv[1])
cursor = connection.execute("SELECT count(*) FROM (VALUES 1) AS t (x)")
print("running", flush=True)
time.sleep(60)
"""


def test_a_statement_whose_process_was_killed_has_failed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-c", ABANDONED, str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"running\n"
        with owlake.connect(home) as connection:
            states = "SELECT state FROM system.runtime.queries WHERE query LIKE 'SELECT count%'"
            assert connection.execute(states).fetchone() == ("RUNNING",)
            child.send_signal(signal.SIGKILL)
            child.wait()
            assert connection.execute(states).fetchall() == [("FAILED",)]


# Hash joins of everything with half of everything, twice.
ENDLESS = "SELECT count(*) FROM series a JOIN series b ON a.x % 2 = b.x % 2 JOIN series c ON b.x % 2 = c.x % 2"


@pytest.fixture
def series(connection: Connection) -> Connection:
    folder = connection.home.path / "buckets" / "data" / "series"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"x": pa.array(range(20_000), pa.int64())}), folder / "a.parquet")
    connection.execute("CREATE EXTERNAL TABLE series (x bigint) STORED AS PARQUET LOCATION 's3://data/series/'")
    return connection


@pytest.mark.parametrize(
    ("sql", "who"),
    [
        (ENDLESS, "connection"),
        (ENDLESS, "cursor"),
        (f"CREATE TABLE made AS {ENDLESS.replace('count(*)', 'count(*) AS n')}", "connection"),
        (f"CREATE TABLE made AS {ENDLESS.replace('count(*)', 'count(*) AS n')}", "cursor"),
        (f"EXPLAIN ANALYZE {ENDLESS}", "connection"),
    ],
)
def test_another_thread_cancels(series: Connection, sql: str, who: str) -> None:
    cursor = series.cursor()
    failures: list[owlake.Error] = []

    def run() -> None:
        try:
            cursor.execute(sql).fetchall()
        except owlake.Error as problem:
            failures.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    with owlake.connect(series.home.path) as other:
        while not other.execute(
            "SELECT 1 FROM system.runtime.queries WHERE planning_time > 0 OR query = ?", [sql]
        ).fetchall():
            time.sleep(0.05)
    time.sleep(0.5)
    (series if who == "connection" else cursor).cancel()
    thread.join(30)
    assert not thread.is_alive()
    assert [problem.code for problem in failures] == ["USER_CANCELED"]
    assert _history(series, sql, "state, error_code") == ("CANCELLED", "USER_CANCELED")
    assert series.execute("SHOW TABLES").fetchall() == [("series",)]
    assert list(Path(series.home.path).rglob("tables/*/*")) == []


INTERRUPTED = """
import os, signal, sys, threading, time, owlake
connection = owlake.connect(sys.argv[1])
threading.Timer(2.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    connection.execute(sys.argv[2]).fetchall()
except KeyboardInterrupt:
    rows = connection.execute("SELECT state FROM system.runtime.queries WHERE query = ?", [sys.argv[2]]).fetchall()
    print(rows, connection.execute("SHOW TABLES").fetchall())
"""


@pytest.mark.parametrize("sql", [ENDLESS, f"CREATE TABLE made AS {ENDLESS.replace('count(*)', 'count(*) AS n')}"])
def test_ctrl_c_in_a_program_cancels_and_leaves_nothing(series: Connection, sql: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(series.home.path), sql]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "[('CANCELLED',)] [('series',)]\n"
    assert list(Path(series.home.path).rglob("tables/*/*")) == []
