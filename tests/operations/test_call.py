"""CALL from Python: values for ``?``, rows that stream, what is recorded (SQL itself: tests/slt/operations)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

import owlake
from owlake.dbapi import Connection
from tests.operations.example import Example, Mode, Tag


def test_values_for_question_marks_are_arguments(connection: Connection, streams: Example) -> None:
    connection.execute("CALL example.system.create_stream(?, ? + 1, ?)", ["clicks", 2, "ON_DEMAND"])
    assert streams.streams["clicks"].shard_count == 3
    assert streams.streams["clicks"].mode is Mode.ON_DEMAND


def test_nested_values_of_python_are_arguments_as_they_are(connection: Connection, streams: Example) -> None:
    tags = [{"Key": "a", "Value": "b"}, {"key": "c"}, Tag("d")]
    connection.execute("CALL example.system.create_stream(stream_name => ?, tags => ?)", ["clicks", tags])
    assert streams.streams["clicks"].tags == [Tag("a", "b"), Tag("c"), Tag("d")]
    record = {"data": b"\x00", "partition_key": "p", "approximate_arrival": datetime(2024, 1, 1, tzinfo=UTC)}
    cursor = connection.execute("CALL example.system.put_records(?)", [[record]])
    assert cursor.fetchall() == [(0, [record])]


def test_nested_values_are_checked_like_those_of_sql(connection: Connection) -> None:
    with pytest.raises(owlake.ProgrammingError, match=r"INVALID_PROCEDURE_ARGUMENT: line 1:33: .* records\[0\].data"):
        connection.execute("CALL example.system.put_records(?)", [[{"data": "text", "partition_key": "p"}]])


def test_rows_come_as_they_are_asked_for(connection: Connection, streams: Example) -> None:
    cursor = connection.execute("CALL example.tools.count_to(1000000000)")
    assert cursor.fetchmany(3) == [(0,), (1,), (2,)]
    assert streams.counted < 10_000
    cursor.close()
    assert streams.closed_early == 1
    assert _last_state(connection) == ("CANCELLED", None)


def test_what_breaks_on_the_way_ends_the_rows(connection: Connection) -> None:
    cursor = connection.execute("CALL example.tools.count_to(5000, 4000)")
    assert cursor.fetchone() == (0,)
    with pytest.raises(owlake.InternalError, match=r"example\.tools\.count_to failed: RuntimeError: the line broke"):
        cursor.fetchall()
    assert _last_state(connection) == ("FAILED", "GENERIC_INTERNAL_ERROR")


def test_a_cancel_ends_the_rows(connection: Connection) -> None:
    cursor = connection.execute("CALL example.tools.count_to(1000000000)")
    cursor.fetchone()
    cursor.cancel()
    with pytest.raises(owlake.OperationalError, match="USER_CANCELED"):
        cursor.fetchmany(5000)


def test_an_operation_can_be_stopped_where_it_asks(connection: Connection, streams: Example) -> None:
    def cancel() -> None:
        assert streams.started.wait(60)
        connection.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(owlake.OperationalError, match="USER_CANCELED"):
        connection.execute("CALL example.tools.take_long()")
    thread.join()
    assert _last_state(connection) == ("CANCELLED", "USER_CANCELED")
    connection.client("example").stop_now()


def test_lists_inside_of_expressions_are_values_of_sql(connection: Connection) -> None:
    text = "CALL example.tools.echo(document => ?, whole => cardinality(?), lists => ARRAY[?])"
    cursor = connection.execute(text, [{"a": 1}, [1, 2], [3]])
    assert cursor.fetchall() == [("whole=2, document={'a': 1}, lists=[[3]]",)]


def test_names_are_completed_from_the_session(connection: Connection, streams: Example) -> None:
    with owlake.Session(connection.home, catalog="example", database="system") as session:
        session.execute("CALL create_stream('one')").table()
        session.execute("CALL tools.total(1)").table()
    assert list(streams.streams) == ["one"]


def test_procedures_without_a_result_have_no_columns_and_no_count(connection: Connection) -> None:
    cursor = connection.execute("CALL example.system.create_stream('clicks')")
    assert cursor.description is None
    assert cursor.rowcount == -1


def test_rows_are_an_arrow_table_too(connection: Connection) -> None:
    assert connection.execute("CALL example.tools.count_to(2500)").fetch_arrow_table().num_rows == 2500
    assert connection.execute("CALL example.tools.count_to(0)").fetch_arrow_table().column_names == ["result"]


def test_results_may_be_none(connection: Connection) -> None:
    assert connection.execute("CALL example.system.find_stream('nowhere')").fetchall() == []


def test_a_broken_catalog_does_not_hide_the_procedures_of_others(connection: Connection) -> None:
    connection.home.catalogs.create_catalog("down", "broken", {})
    cursor = connection.execute("SHOW PROCEDURES")
    rows = {row[:3]: row[3:] for row in cursor.fetchall()}
    assert rows[("example", "system", "describe_stream")] == ("stream_name varchar", "Describe a stream.")
    assert ("example", "tools", "shapeless") not in rows
    assert cursor.query_execution is not None
    said = "\n".join(map(str, cursor.query_execution.warnings))
    assert "no route to host" in said
    assert "shapeless" in said


def test_a_catalog_that_cannot_be_made_is_named(connection: Connection) -> None:
    connection.home.catalogs.create_catalog("down", "broken", {})
    for text in ("SHOW PROCEDURES FROM down", "CALL down.system.create_stream('x')"):
        with pytest.raises(owlake.Error, match=r"down.*no route to host"):
            connection.execute(text)


def _last_state(connection: Connection) -> tuple[object, ...]:
    rows = connection.execute("SELECT state, error_code FROM system.runtime.queries WHERE substatement_type = 'CALL'")
    found: tuple[object, ...] = rows.fetchall()[0]
    return found
