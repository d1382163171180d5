"""``cursor.callproc`` (https://peps.python.org/pep-0249/#callproc)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

import owlake
from owlake.dbapi import Connection
from tests.operations.example import Example, Mode, Tag


def test_a_sequence_is_arguments_by_place(connection: Connection, streams: Example) -> None:
    given = ["clicks", 3]
    assert connection.cursor().callproc("example.system.create_stream", given) is given
    assert streams.streams["clicks"].shard_count == 3


def test_a_mapping_is_arguments_by_name(connection: Connection, streams: Example) -> None:
    given = {
        "stream_name": "clicks",
        "tags": [{"Key": "k", "Value": "v"}],
        "mode": Mode.ON_DEMAND,
        "retention": timedelta(days=2),
    }
    assert connection.cursor().callproc("example.system.create_stream", given) is given
    found = streams.streams["clicks"]
    assert (found.mode, found.tags, found.retention) == (Mode.ON_DEMAND, [Tag("k", "v")], timedelta(days=2))


def test_rows_are_fetched(connection: Connection) -> None:
    cursor = connection.cursor()
    cursor.callproc("example.tools.count_to", (3,))
    assert cursor.fetchall() == [(0,), (1,), (2,)]
    cursor.callproc("example.tools.all_types")
    assert cursor.description is not None
    assert cursor.description[0][0] == "text"


def test_every_type_of_python_arrives(connection: Connection) -> None:
    cursor = connection.cursor()
    given = {
        "text": "it's",
        "whole": 2**40,
        "real": 1.5,
        "yes": False,
        "exact": Decimal("1.5"),
        "binary": b"\x00",
        "span": timedelta(seconds=1),
        "document": {"a": [1, {"b": None}]},
        "names": {"x": 1},
        "lists": [[1], []],
        "level": "HIGH",
    }
    cursor.callproc("example.tools.echo", given)
    assert cursor.fetchall() == [(", ".join(f"{name}={value!r}" for name, value in given.items()),)]
    cursor.callproc("example.tools.instant", [datetime(2024, 1, 1, 12, tzinfo=UTC)])
    assert cursor.fetchall() == [("2024-01-01T12:00:00+00:00",)]


def test_names_that_are_words_of_sql_are_quoted(connection: Connection) -> None:
    cursor = connection.cursor()
    cursor.callproc("example.tools.values", {"from": "a"})
    assert cursor.fetchall() == [("a",)]
    assert cursor.query_execution is not None
    assert cursor.query_execution.query == 'CALL example.tools."values"("from" => ?)'


@pytest.mark.parametrize("name", ["example.tools.count_to(1); CALL x", 'example."tools', "", "a.b.c.d"])
def test_a_name_is_no_more_than_a_name(connection: Connection, name: str) -> None:
    with pytest.raises(owlake.Error):
        connection.cursor().callproc(name, (1,))


@pytest.mark.parametrize("given", ["abc", 5, b"abc"])
def test_parameters_are_a_sequence_or_a_mapping(connection: Connection, given: object) -> None:
    with pytest.raises(owlake.ProgrammingError, match="INVALID_PARAMETER_USAGE"):
        connection.cursor().callproc("example.tools.count_to", given)  # type: ignore[arg-type]


def test_values_without_a_type_are_refused(connection: Connection) -> None:
    with pytest.raises(owlake.ProgrammingError, match="INVALID_PARAMETER_USAGE"):
        connection.cursor().callproc("example.tools.count_to", [object()])
