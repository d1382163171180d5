"""Results that are given again: when they still hold, and never when they do not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import owlake
from owlake.analysis.access import AllowAll
from owlake.home import Home
from owlake.queries.model import QueryExecution
from owlake.session import Session

REUSE = {"result_reuse_max_age": 60}
QUERY = "SELECT k, sum(x) AS total FROM t GROUP BY k ORDER BY k"


@pytest.fixture
def session(home: Home) -> Iterator[Session]:
    """A table of two files in two partitions, one of text, and a view."""
    with _opened(home) as opened:
        yield opened


@pytest.fixture(scope="module")
def unchanging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The same, for tests that change nothing."""
    with Home.open(tmp_path_factory.mktemp("reuse")) as home, _opened(home) as opened:
        yield opened


@contextmanager
def _opened(home: Home) -> Iterator[Session]:
    home.storage.create_bucket("lake")
    with Session(home, properties=REUSE) as opened:
        opened.execute(
            "CREATE TABLE t WITH (external_location = 's3://lake/t/', partitioned_by = ARRAY['k']) AS "
            "SELECT x, x % 2 AS k FROM UNNEST(sequence(1, 10)) AS u(x)"
        )
        home.storage.write("s3://lake/lines/a.csv", b"1,one\n2,two\n")
        opened.execute(
            "CREATE EXTERNAL TABLE lines (n int, s string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
            "LOCATION 's3://lake/lines/'"
        )
        opened.execute("CREATE VIEW v AS SELECT x FROM t WHERE k = 1")
        yield opened


def asked(session: Session, sql: str) -> tuple[list[dict], QueryExecution]:
    result = session.execute(sql)
    return result.table().to_pylist(), result.execution


def is_reused(session: Session, sql: str) -> bool:
    return asked(session, sql)[1].reused_previous_result


def test_the_same_query_gives_the_earlier_rows_and_scans_nothing(unchanging: Session) -> None:
    first, computed = asked(unchanging, QUERY)
    again, reused = asked(unchanging, QUERY)
    assert first == again == [{"k": 0, "total": 30}, {"k": 1, "total": 25}]
    assert (computed.reused_previous_result, reused.reused_previous_result) == (False, True)
    assert computed.bytes_scanned > 0
    assert (reused.bytes_scanned, reused.cost, reused.rows) == (0, 0.0, 2)


def test_types_and_values_are_those_of_the_first_time(unchanging: Session) -> None:
    sql = (
        "SELECT ARRAY[x, NULL] AS a, MAP(ARRAY['k'], ARRAY[x]) AS m, CAST(ROW(x, 's') AS row(n bigint, s varchar)) AS r"
        ", CAST(x AS decimal(38, 2)) AS d, TIMESTAMP '2020-01-01 01:02:03.456 UTC' AS z, CAST(NULL AS varchar) AS s"
        ", JSON '[1]' AS j, X'00ff' AS b, IPADDRESS '10.0.0.1' AS ip, nan() AS f FROM t WHERE x < 3 ORDER BY x"
    )
    first, second = unchanging.execute(sql), unchanging.execute(sql)
    assert second.execution.reused_previous_result
    assert first.columns == second.columns
    assert first.schema == second.schema
    assert str(first.table().to_pylist()) == str(second.table().to_pylist())


def test_no_rows_are_kept_as_well(unchanging: Session) -> None:
    sql = "SELECT x, k FROM t WHERE x > 100"
    assert asked(unchanging, sql)[0] == []
    rows, execution = asked(unchanging, sql)
    assert (rows, execution.reused_previous_result) == ([], True)


def test_nothing_is_reused_unless_it_is_wanted(home: Home, session: Session) -> None:
    asked(session, QUERY)
    with Session(home) as other:
        assert not is_reused(other, QUERY)
        assert not is_reused(other, QUERY)


def test_other_processes_reuse_it(home: Home, session: Session) -> None:
    asked(session, QUERY)
    code = (
        "import sys, owlake\n"
        "with owlake.connect(sys.argv[1], session_properties={'result_reuse_max_age': 60}) as c:\n"
        "    cursor = c.execute(sys.argv[2]); rows = cursor.fetchall()\n"
        "    print(rows, cursor.query_execution.reused_previous_result)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(home.path), QUERY], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[(0, 30), (1, 25)] True\n"


# Age ----------------------------------------------------------------------------------------------------


def test_a_result_is_good_for_as_long_as_was_said(home: Home, session: Session) -> None:
    home.scheduler.set(datetime(2024, 2, 29, 12, tzinfo=UTC))
    asked(session, QUERY)
    home.scheduler.advance(timedelta(minutes=60))
    assert is_reused(session, QUERY)
    home.scheduler.advance(timedelta(seconds=1))
    assert not is_reused(session, QUERY)
    # That one is new.
    assert is_reused(session, QUERY)


def test_a_week_is_the_longest(home: Home) -> None:
    with pytest.raises(owlake.Error, match="cannot be '10081'") as refused:
        Session(home, properties={"result_reuse_max_age": 10081})
    assert refused.value.hint == "Give minutes, 10080 at most."
    with pytest.raises(owlake.Error, match="cannot be 'soon'"):
        Session(home, properties={"result_reuse_max_age": "soon"})


def test_files_of_results_go_with_their_time_and_with_newer_ones(home: Home, session: Session) -> None:
    home.scheduler.set(datetime(2024, 2, 29, 12, tzinfo=UTC))
    asked(session, "SELECT 1 AS a")
    asked(session, QUERY)
    session.execute("INSERT INTO t VALUES (100, 1)")
    asked(session, QUERY)
    assert len(list((home.path / "results").iterdir())) == 2
    home.scheduler.advance(timedelta(days=7, minutes=1))
    asked(session, "SELECT 2 AS a")
    assert len(list((home.path / "results").iterdir())) == 1


# What it was made of ------------------------------------------------------------------------------------


def _insert(_: Home, session: Session) -> None:
    session.execute("INSERT INTO t VALUES (100, 1)")


def _new_partition(_: Home, session: Session) -> None:
    session.execute("INSERT INTO t VALUES (100, 7)")


def _file_dropped_in(home: Home, _: Session) -> None:
    folder = home.storage.local_path("s3://lake/t/k=1/")
    assert folder is not None
    pq.write_table(pa.table({"x": pa.array([100], pa.int64())}), folder / "dropped")


def _file_replaced(home: Home, _: Session) -> None:
    (file, *_rest) = home.storage.list_files("s3://lake/t/k=1/")
    path = home.storage.local_path(file.uri)
    assert path is not None
    status = path.stat()
    # The same bytes but later: nobody can tell that they are the same.
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def _file_deleted(home: Home, _: Session) -> None:
    home.storage.delete_files([file.uri for file in home.storage.list_files("s3://lake/t/k=1/")])


def _partition_dropped(_: Home, session: Session) -> None:
    session.execute("ALTER TABLE t DROP PARTITION (k = 1)")


def _column_added(_: Home, session: Session) -> None:
    session.execute("ALTER TABLE t ADD COLUMNS (y int)")


def _table_replaced(_: Home, session: Session) -> None:
    session.execute("DROP TABLE t")
    session.execute(
        "CREATE EXTERNAL TABLE t (x bigint) PARTITIONED BY (k bigint) STORED AS PARQUET LOCATION 's3://lake/elsewhere/'"
    )


@pytest.mark.parametrize(
    "change",
    [
        _insert, _new_partition, _file_dropped_in, _file_replaced, _file_deleted, _partition_dropped, _column_added,
        _table_replaced,
    ],
)  # fmt: skip
def test_what_changes_a_table_ends_its_results(home: Home, session: Session, change) -> None:
    asked(session, QUERY)
    assert is_reused(session, QUERY)
    change(home, session)
    rows, execution = asked(session, QUERY)
    assert not execution.reused_previous_result
    with Session(home) as other:
        assert rows == other.execute(QUERY).table().to_pylist()
    assert is_reused(session, QUERY)


def test_changes_elsewhere_do_not(home: Home, session: Session) -> None:
    asked(session, QUERY)
    narrow = "SELECT sum(x) AS s FROM t WHERE k = 0"
    asked(session, narrow)
    session.execute("CREATE TABLE other AS SELECT 1 AS a")
    home.storage.write("s3://lake/lines/b", b"3,x\n")
    assert is_reused(session, QUERY)
    session.execute("INSERT INTO t VALUES (101, 1)")
    assert is_reused(session, narrow)
    assert not is_reused(session, QUERY)


def test_text_files_count_too(home: Home, session: Session) -> None:
    sql = "SELECT s FROM lines WHERE n > 0 ORDER BY n"
    assert asked(session, sql)[0] == [{"s": "one"}, {"s": "two"}]
    assert is_reused(session, sql)
    home.storage.write("s3://lake/lines/b.csv", b"3,three\n")
    rows, execution = asked(session, sql)
    assert (len(rows), execution.reused_previous_result) == (3, False)


def test_a_way_of_reading_that_changes_ends_the_results_of_the_table(session: Session) -> None:
    sql = "SELECT n FROM lines WHERE s IS NOT NULL ORDER BY n"
    assert len(asked(session, sql)[0]) == 2
    session.execute("ALTER TABLE lines SET TBLPROPERTIES ('skip.header.line.count' = '1')")
    rows, execution = asked(session, sql)
    assert (len(rows), execution.reused_previous_result) == (1, False)


def test_a_view_that_changes_ends_its_results(session: Session) -> None:
    sql = "SELECT count(*) AS n FROM v WHERE regexp_like(CAST(x AS varchar), '^[0-9]+$')"
    assert asked(session, sql)[0] == [{"n": 5}]
    assert is_reused(session, sql)
    session.execute("CREATE OR REPLACE VIEW v AS SELECT x FROM t WHERE k >= 0")
    rows, execution = asked(session, sql)
    assert (rows, execution.reused_previous_result) == ([{"n": 10}], False)


def test_properties_databases_principals_and_texts_are_part_of_the_question(home: Home, session: Session) -> None:
    sql = "SELECT 1.5 AS a FROM default.t ORDER BY 1"
    asked(session, sql)
    assert is_reused(session, sql)
    assert not is_reused(session, sql + " -- again")
    session.execute("CREATE DATABASE d")
    for settings in (
        {"properties": {**REUSE, "parse_decimal_literals_as_double": False}},
        {"properties": {**REUSE, "output_location": "s3://lake/results/"}},
        {"properties": REUSE, "database": "d"},
        {"properties": REUSE, "principal": "somebody"},
    ):
        with Session(home, **settings) as other:
            assert not is_reused(other, sql)
            assert is_reused(other, sql)
    home.workgroups.create("etl")
    with Session(home, properties={**REUSE, "workgroup": "etl", "memory_limit": "64MB"}) as other:
        assert not is_reused(other, sql)
    with Session(home, properties={**REUSE, "memory_limit": "64MB", "target_partitions": 1}) as other:
        assert is_reused(other, sql)


def test_parameters_and_prepared_texts_are_part_of_the_question(session: Session) -> None:
    sql = "SELECT count(*) AS n FROM t WHERE x < ?"

    def answered(parameter: int) -> tuple[list[dict], bool]:
        result = session.execute(sql, [parameter])
        return result.table().to_pylist(), result.execution.reused_previous_result

    assert answered(3) == ([{"n": 2}], False)
    assert answered(4) == ([{"n": 3}], False)
    assert answered(3) == ([{"n": 2}], True)
    session.execute("PREPARE p FROM SELECT count(*) AS n FROM t WHERE x < ?")
    assert [asked(session, "EXECUTE p USING 3")[1].reused_previous_result for _ in range(2)] == [False, True]
    session.execute("PREPARE p FROM SELECT count(*) AS n FROM t WHERE x > ?")
    rows, execution = asked(session, "EXECUTE p USING 3")
    assert (rows, execution.reused_previous_result) == ([{"n": 7}], False)


# What never is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT x, now() AS n FROM t",
        "SELECT x FROM t WHERE current_date > DATE '2020-01-01'",
        "SELECT x, localtimestamp AS n FROM t",
        "SELECT random() AS r FROM t",
        "SELECT rand(5) AS r FROM t",
        "SELECT uuid() AS u",
        "SELECT shuffle(ARRAY[1, 2, 3]) AS s",
        "SELECT x FROM (SELECT x, random() AS r FROM t) WHERE r < 2",
        "WITH w AS (SELECT uuid() AS u FROM t) SELECT count(*) AS n FROM w",
        "SELECT x FROM t WHERE x = (SELECT max(k) FROM t WHERE rand() >= 0)",
        "SELECT x FROM t LIMIT 3",
        "SELECT count(*) AS n FROM (SELECT x FROM t LIMIT 3)",
        "SELECT x FROM t TABLESAMPLE BERNOULLI (50)",
        "SELECT table_name FROM information_schema.tables",
        "SELECT count(*) AS n FROM system.runtime.queries",
        "SHOW TABLES",
        "DESCRIBE t",
        "EXPLAIN SELECT 1",
    ],
)
def test_what_is_another_each_time_is_computed_each_time(unchanging: Session, sql: str) -> None:
    assert [asked(unchanging, sql)[1].reused_previous_result for _ in range(2)] == [False, False]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT x FROM t ORDER BY x LIMIT 3",
        "SELECT x + 1 AS y FROM t ORDER BY x DESC OFFSET 1 LIMIT 2",
        "SELECT DATE '2024-01-01' AS d",
        "SELECT approx_distinct(x) AS n FROM t",
        'SELECT "$path" AS p, k FROM t ORDER BY 1, 2',
    ],
)
def test_what_is_the_same_each_time_is_not(unchanging: Session, sql: str) -> None:
    assert [asked(unchanging, sql)[1].reused_previous_result for _ in range(2)] == [False, True]


def test_writing_is_never_left_out(session: Session) -> None:
    session.execute("INSERT INTO t SELECT x, k FROM t")
    session.execute("INSERT INTO t SELECT x, k FROM t")
    assert asked(session, "SELECT count(*) AS n FROM t")[0] == [{"n": 40}]


def test_files_of_the_second_in_which_a_query_starts_may_still_change(home: Home, session: Session) -> None:
    home.scheduler.set(datetime(2024, 2, 29, 12, tzinfo=UTC))
    written = int(home.clock.now().timestamp()) * 1_000_000_000
    for file in home.storage.list_files("s3://lake/lines/"):
        path = home.storage.local_path(file.uri)
        assert path is not None
        os.utime(path, ns=(written, written))
    sql = "SELECT n FROM lines ORDER BY n"
    assert [is_reused(session, sql) for _ in range(2)] == [False, False]
    home.scheduler.advance(timedelta(seconds=2))
    assert [is_reused(session, sql) for _ in range(2)] == [False, True]


def test_partitions_that_come_with_time_are_seen(home: Home, session: Session) -> None:
    home.storage.write("s3://lake/days/2024-02-29/a", b"1\n")
    home.storage.write("s3://lake/days/2024-03-01/a", b"2\n")
    session.execute(
        "CREATE EXTERNAL TABLE days (n int) PARTITIONED BY (d string) LOCATION 's3://lake/days/' TBLPROPERTIES ("
        "'projection.enabled' = 'true', 'projection.d.type' = 'date', 'projection.d.format' = 'yyyy-MM-dd', "
        "'projection.d.range' = '2024-02-01,NOW', 'storage.location.template' = 's3://lake/days/${d}/')"
    )
    home.scheduler.set(datetime(2024, 2, 29, 12, tzinfo=UTC))
    sql = "SELECT n FROM days ORDER BY n"
    assert asked(session, sql)[0] == [{"n": 1}]
    assert is_reused(session, sql)
    home.scheduler.set(datetime(2024, 3, 1, 0, 30, tzinfo=UTC))
    with Session(home, properties={"result_reuse_max_age": 10080}) as patient:
        rows, execution = asked(patient, sql)
    assert (rows, execution.reused_previous_result) == ([{"n": 1}, {"n": 2}], False)


def test_where_access_is_controlled_nothing_is_reused(home: Home, session: Session) -> None:
    asked(session, QUERY)

    # It allows everything, but might not.
    home.access = AllowAll()
    assert [is_reused(session, QUERY) for _ in range(2)] == [False, False]


def test_a_query_that_fails_or_is_stopped_is_not_kept(home: Home, session: Session) -> None:
    with pytest.raises(owlake.Error, match="DIVISION_BY_ZERO"):
        session.execute("SELECT 1 / (x - 5) AS y FROM t")
    stops: list[threading.Timer] = []

    def began(stop) -> None:
        stops.append(threading.Timer(0.3, stop))
        stops[0].start()

    rows = "UNNEST(sequence(1, 50000)) AS a(x), UNNEST(sequence(1, 50000)) AS b(y)"
    with pytest.raises(owlake.Error, match="USER_CANCELED"):
        session.execute(f"SELECT a.x, sin(b.y) AS s FROM {rows}", began=began)
    stops[0].join()
    assert list((home.path / "results").glob("*")) == []


# Strict -------------------------------------------------------------------------------------------------


def test_athena_looks_at_age_alone(home: Home, session: Session) -> None:
    with Session(home, properties={**REUSE, "athena_strict": True}) as strict:
        first, _ = asked(strict, QUERY)
        _insert(home, session)
        again, execution = asked(strict, QUERY)
        assert (again, execution.reused_previous_result) == (first, True)
        session.execute("DROP TABLE t")
        with pytest.raises(owlake.Error, match="TABLE_NOT_FOUND"):
            strict.execute(QUERY)


# Files and records --------------------------------------------------------------------------------------


def test_the_place_is_the_earlier_results_as_long_as_that_is_there(home: Home) -> None:
    home.storage.create_bucket("lake")
    with Session(home, properties={**REUSE, "output_location": "s3://lake/results/"}) as session:
        sql = "SELECT 1 AS a"
        _, computed = asked(session, sql)
        _, reused = asked(session, sql)
        assert reused.reused_previous_result
        assert reused.output_location == computed.output_location
        names = sorted(file.uri for file in home.storage.list_files("s3://lake/results/"))
        assert names == [computed.output_location, computed.output_location + ".metadata"]
        home.storage.delete_files([computed.output_location])
        _, anew = asked(session, sql)
        assert not anew.reused_previous_result
        assert home.storage.file(anew.output_location)


def test_a_kept_file_that_is_damaged_or_gone_is_no_answer(home: Home, session: Session) -> None:
    rows, _ = asked(session, QUERY)
    (file,) = (home.path / "results").iterdir()
    file.write_bytes(b"no rows")
    assert asked(session, QUERY)[0] == rows
    (file,) = (home.path / "results").iterdir()
    # What is left reads as fewer rows.
    file.write_bytes(file.read_bytes()[:-8])
    assert asked(session, QUERY)[0] == rows
    (file,) = (home.path / "results").iterdir()
    file.unlink()
    again, execution = asked(session, QUERY)
    assert (again, execution.reused_previous_result) == (rows, False)


def test_what_a_process_left_that_died_is_swept(home: Home, session: Session) -> None:
    asked(session, QUERY)
    (home.path / "results" / "some-query.some-lease").write_bytes(b"half a result")
    (home.path / "results" / "another.arrow").write_bytes(b"without a row")
    asked(session, "SELECT 1 AS a")
    assert {file.suffix for file in (home.path / "results").iterdir()} == {".arrow"}
    assert len(list((home.path / "results").iterdir())) == 2


def test_the_api_and_the_system_table_tell_of_it(tmp_path: Path) -> None:
    with owlake.connect(tmp_path, session_properties={"result_reuse_max_age": 5}) as connection:
        for _ in range(2):
            connection.execute("SELECT 1 AS a").fetchall()
        athena = connection.client("athena")
        ids = athena.list_query_executions()["QueryExecutionIds"]
        found = [athena.get_query_execution(QueryExecutionId=one)["QueryExecution"] for one in ids]
        shown = connection.execute(
            "SELECT reused_previous_result, bytes_scanned, cost_usd FROM system.runtime.queries "
            "WHERE query = 'SELECT 1 AS a' ORDER BY 1"
        ).fetchall()
    reused = [one["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"] for one in found]
    assert sorted(reused) == [False, True]
    wanted = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}}
    assert [one["ResultReuseConfiguration"] for one in found] == [wanted, wanted]
    assert shown == [(False, 0, 0.00005), (True, 0, 0.0)]
