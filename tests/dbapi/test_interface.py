"""The surface that PEP 249 asks for."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from pathlib import Path

import pytest

import owlake
from owlake.dbapi import Connection


def test_module_globals() -> None:
    assert (owlake.apilevel, owlake.threadsafety, owlake.paramstyle) == ("2.0", 2, "qmark")


def test_every_name_of_the_package_can_be_had() -> None:
    assert [name for name in owlake.__all__ if not hasattr(owlake, name)] == []


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("InterfaceError", "Error"),
        ("DatabaseError", "Error"),
        ("DataError", "DatabaseError"),
        ("OperationalError", "DatabaseError"),
        ("IntegrityError", "DatabaseError"),
        ("InternalError", "DatabaseError"),
        ("ProgrammingError", "DatabaseError"),
        ("NotSupportedError", "DatabaseError"),
    ],
)
def test_exceptions_form_the_tree(name: str, parent: str) -> None:
    assert issubclass(getattr(owlake, name), getattr(owlake, parent))
    assert getattr(Connection, name) is getattr(owlake, name)


def test_error_and_warning_are_exceptions() -> None:
    assert issubclass(owlake.Error, Exception)
    assert issubclass(owlake.Warning, Exception)


def test_constructors_make_the_values_that_parameters_take() -> None:
    assert owlake.Date(2020, 2, 29) == dt.date(2020, 2, 29)
    assert owlake.Time(1, 2, 3) == dt.time(1, 2, 3)
    assert owlake.Timestamp(2020, 1, 1, 12) == dt.datetime(2020, 1, 1, 12)  # noqa: DTZ001
    assert owlake.Binary(b"a") == b"a"


def test_ticks_are_local_time() -> None:
    moment = time.mktime((2020, 6, 1, 12, 30, 15, 0, 0, -1))
    assert owlake.DateFromTicks(moment) == dt.date(2020, 6, 1)
    assert owlake.TimeFromTicks(moment) == dt.time(12, 30, 15)
    assert owlake.TimestampFromTicks(moment) == dt.datetime(2020, 6, 1, 12, 30, 15)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("sql", "group"),
    [
        ("'a'", "STRING"),
        ("CAST('a' AS char(3))", "STRING"),
        ("X'00'", "BINARY"),
        ("1", "NUMBER"),
        ("DECIMAL '1.5'", "NUMBER"),
        ("1e0", "NUMBER"),
        ("DATE '2020-01-01'", "DATETIME"),
        ("TIMESTAMP '2020-01-01 00:00:00'", "DATETIME"),
        ("TIMESTAMP '2020-01-01 00:00:00 UTC'", "DATETIME"),
        ("TIME '01:02:03'", "DATETIME"),
    ],
)
def test_type_codes_equal_their_type_object_and_no_other(connection: Connection, sql: str, group: str) -> None:
    code = connection.execute(f"SELECT {sql}").description[0][1]
    groups = ("STRING", "BINARY", "NUMBER", "DATETIME", "ROWID")
    assert [name for name in groups if code == getattr(owlake, name)] == [group]


def test_description_names_types_and_digits(connection: Connection) -> None:
    cursor = connection.execute("SELECT 1 AS a, CAST(1 AS decimal(10, 2)) AS \"B b\", 'x' AS c, ARRAY[1] AS d")
    shown = [(name, str(code), precision, scale) for name, code, _, _, precision, scale, _ in cursor.description]
    assert shown == [
        ("a", "integer", None, None),
        ("B b", "decimal(10,2)", 10, 2),
        ("c", "varchar(1)", None, None),
        ("d", "array(integer)", None, None),
    ]


def test_statements_without_rows_have_no_description(connection: Connection) -> None:
    cursor = connection.cursor()
    assert cursor.description is None
    assert cursor.execute("CREATE DATABASE d").description is None
    with pytest.raises(owlake.Error, match="There are no rows"):
        cursor.fetchone()


def test_rows_come_one_by_one_by_size_and_all(connection: Connection) -> None:
    cursor = connection.execute("SELECT x FROM (VALUES 1, 2, 3, 4, 5, 6, 7) AS t (x) ORDER BY x")
    assert cursor.fetchone() == (1,)
    assert cursor.fetchmany(2) == [(2,), (3,)]
    assert cursor.fetchmany(0) == []
    assert next(cursor) == (4,)
    assert cursor.fetchall() == [(5,), (6,), (7,)]
    assert (cursor.fetchone(), cursor.fetchmany(3), cursor.fetchall()) == (None, [], [])


def test_arraysize_is_the_size_of_fetchmany(connection: Connection) -> None:
    cursor = connection.execute("SELECT x FROM (VALUES 1, 2, 3) AS t (x) ORDER BY x")
    cursor.arraysize = 2
    assert cursor.fetchmany() == [(1,), (2,)]


def test_a_cursor_is_iterated(connection: Connection) -> None:
    cursor = connection.execute("SELECT x FROM (VALUES 1, 2, 3) AS t (x) ORDER BY x")
    assert iter(cursor) is cursor
    assert [x for (x,) in cursor] == [1, 2, 3]


def test_rowcount_is_what_was_written(connection: Connection) -> None:
    cursor = connection.cursor()
    assert cursor.rowcount == -1
    assert cursor.execute("CREATE TABLE t AS SELECT * FROM (VALUES 1, 2) AS v (a)").rowcount == 2
    assert cursor.execute("INSERT INTO t VALUES 3").rowcount == 1
    assert cursor.execute("SELECT * FROM t").rowcount == -1
    assert cursor.execute("DROP TABLE t").rowcount == -1


def test_executemany_runs_once_for_each_list_and_counts_all(connection: Connection) -> None:
    cursor = connection.execute("CREATE TABLE t AS SELECT 0 AS a, 'zero' AS b")
    cursor.executemany("INSERT INTO t VALUES (?, ?)", [(1, "one"), (2, None), (3, "it's")])
    assert cursor.rowcount == 3
    rows = connection.execute("SELECT a, b FROM t ORDER BY a").fetchall()
    assert rows == [(0, "zero"), (1, "one"), (2, None), (3, "it's")]


def test_arrow_tables_and_streams(connection: Connection) -> None:
    sql = "SELECT x, 'a' AS y FROM (VALUES 1, 2) AS t (x) ORDER BY x"
    assert connection.execute(sql).fetch_arrow_table().to_pydict() == {"x": [1, 2], "y": ["a", "a"]}
    assert connection.execute(sql).fetch_record_batch().read_all().num_rows == 2


def test_a_stream_whose_cursor_goes_on_is_no_shorter_answer(connection: Connection) -> None:
    sql = "SELECT x FROM UNNEST(sequence(1, 20000)) AS t (x)"
    cursor = connection.execute(sql)
    stream = cursor.fetch_record_batch()
    cursor.execute("SELECT 1")
    with pytest.raises(owlake.InterfaceError, match="The result was closed before its last row"):
        stream.read_all()
    assert cursor.fetchall() == [(1,)]
    with connection.cursor() as other:
        stream = other.execute(sql).fetch_record_batch()
        taken = stream.read_next_batch().num_rows
    assert 0 < taken < 20000
    with pytest.raises(owlake.InterfaceError, match="The result was closed before its last row"):
        stream.read_all()


def test_rows_that_an_error_kept_back_stay_an_error(connection: Connection) -> None:
    cursor = connection.execute("SELECT 1 / x FROM (VALUES 1, 0) AS t (x)")
    for take in (cursor.fetchall, cursor.fetchone, cursor.fetch_arrow_table):
        with pytest.raises(owlake.DataError, match="Division by zero"):
            take()


def test_nothing_works_on_a_closed_cursor(connection: Connection) -> None:
    cursor = connection.execute("SELECT 1")
    cursor.close()
    cursor.close()
    for use in (cursor.fetchone, cursor.fetchall, lambda: cursor.execute("SELECT 1"), lambda: next(cursor)):
        with pytest.raises(owlake.InterfaceError, match="The cursor is closed"):
            use()


def test_nothing_works_on_a_closed_connection(tmp_path: Path) -> None:
    connection = owlake.connect(tmp_path / "home")
    cursor = connection.execute("SELECT 1")
    connection.close()
    connection.close()
    for use in (cursor.fetchone, connection.cursor, connection.commit, lambda: connection.execute("SELECT 1")):
        with pytest.raises(owlake.InterfaceError, match="The connection is closed"):
            use()


def test_with_blocks_close(tmp_path: Path) -> None:
    with owlake.connect(tmp_path / "home") as connection, connection.cursor() as cursor:
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    with pytest.raises(owlake.InterfaceError):
        connection.cursor()


def test_there_are_no_transactions(connection: Connection) -> None:
    connection.commit()
    with pytest.raises(owlake.NotSupportedError):
        connection.rollback()


def test_one_statement_a_call(connection: Connection) -> None:
    with pytest.raises(owlake.ProgrammingError, match="Only one sql statement is allowed"):
        connection.execute("SELECT 1; SELECT 2")


def test_errors_carry_code_position_and_hint(connection: Connection) -> None:
    with pytest.raises(owlake.ProgrammingError) as caught:
        connection.execute("SELECT nam FROM (VALUES 1) AS t (name)")
    problem = caught.value
    assert (problem.code, problem.position.line, problem.position.column) == ("COLUMN_NOT_FOUND", 1, 8)
    assert "name" in problem.hint


def test_an_unknown_session_property_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(owlake.Error, match="Session property 'athena_strikt' does not exist") as caught:
        owlake.connect(tmp_path / "home", session_properties={"athena_strikt": True})
    assert "athena_strict" in caught.value.hint


def test_session_properties_are_those_of_the_connection(tmp_path: Path) -> None:
    sql = "SELECT a FROM (SELECT 1 AS a) AS t, LATERAL (SELECT 1 AS b) AS u"
    with owlake.connect(tmp_path / "home", session_properties={"workgroup": "etl"}) as connection:
        connection.home.workgroups.create("etl")
        assert connection.execute(sql).query_execution.workgroup == "etl"


def test_a_missing_home_is_made_unless_told_otherwise(tmp_path: Path) -> None:
    with pytest.raises(owlake.OperationalError, match="There is no owlake home"):
        owlake.connect(tmp_path / "nowhere", create=False)
    owlake.connect(tmp_path / "here").close()
    assert (tmp_path / "here" / "catalog.db").is_file()


def test_the_home_is_the_environments_when_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWLAKE_HOME", str(tmp_path / "elsewhere"))
    owlake.connect().close()
    assert (tmp_path / "elsewhere" / "catalog.db").is_file()


def test_an_error_in_a_with_block_is_the_one_that_comes_out_and_what_ran_is_stopped(tmp_path: Path) -> None:
    sql = "SELECT x FROM UNNEST(sequence(1, 10000)) AS s (x), UNNEST(sequence(1, 10000)) AS r (y)"
    with owlake.connect(tmp_path / "home") as other:
        connection = owlake.connect(tmp_path / "home")
        cursor = connection.execute(sql)
        with pytest.raises(ZeroDivisionError), connection, cursor:
            cursor.fetchmany(1 // 0)
        with pytest.raises(owlake.InterfaceError, match="The cursor is closed"):
            cursor.fetchone()
        with pytest.raises(owlake.InterfaceError, match="The connection is closed"):
            connection.execute("SELECT 1")
        states = other.execute("SELECT state FROM system.runtime.queries WHERE query = ?", [sql]).fetchall()
        assert states == [("CANCELLED",)]


def test_misuse_says_what_to_do_instead(connection: Connection) -> None:
    cursor = connection.cursor()
    with pytest.raises(owlake.InterfaceError) as caught:
        cursor.fetchall()
    assert "Execute a query first" in caught.value.hint
    cursor.close()
    with pytest.raises(owlake.InterfaceError) as caught:
        cursor.execute("SELECT 1")
    assert "connection.cursor()" in caught.value.hint
    connection.close()
    with pytest.raises(owlake.InterfaceError) as caught:
        connection.cursor()
    assert "owlake.connect" in caught.value.hint
    with pytest.raises(owlake.ProgrammingError) as caught:
        owlake.dbapi._values("abc")
    assert "[value]" in caught.value.hint


def test_a_home_of_a_newer_owlake_is_left_alone(tmp_path: Path) -> None:
    owlake.connect(tmp_path / "home").close()
    database = sqlite3.connect(tmp_path / "home" / "catalog.db")
    with database:
        database.execute("INSERT INTO schema_version VALUES (9999, 'tomorrow', datetime('now'))")
    database.close()
    with pytest.raises(owlake.OperationalError, match="newer") as caught:
        owlake.connect(tmp_path / "home")
    assert caught.value.code == "HOME_ERROR"
    assert "pip install" in caught.value.hint


def test_what_is_no_directory_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(owlake.OperationalError, match="cannot be an owlake home") as caught:
        owlake.connect(tmp_path / "file")
    assert "OWLAKE_HOME" in caught.value.hint
