"""Rows that sinks append: seen once, whoever dies and asks again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import owlake
from owlake.catalog.appends import Append
from owlake.catalog.model import Table
from owlake.dbapi import Connection
from owlake.errors import OwlakeError

KEY = "sink 7"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    (tmp_path / "home" / "buckets" / "lake").mkdir(parents=True)
    with owlake.connect(tmp_path / "home") as opened:
        opened.execute("CREATE DATABASE d")
        opened.execute(
            "CREATE EXTERNAL TABLE d.t (a bigint) PARTITIONED BY (p string) STORED AS PARQUET LOCATION 's3://lake/t/'"
        )
        yield opened


def table(connection: Connection) -> Table:
    with connection.home.metastore.read() as reader:
        return reader.get_table("d", "t")


def rows(*values: tuple[int, str | None]) -> Iterator[pa.RecordBatch]:
    for a, p in values:
        yield pa.RecordBatch.from_pydict({"a": pa.array([a], pa.int64()), "p": pa.array([p], pa.string())})


def content(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT a, p FROM d.t ORDER BY a").fetchall()


def test_rows_come_to_their_partitions(connection: Connection) -> None:
    found = connection.home.appending.append(table(connection), rows((1, "x"), (2, None), (3, "x")), KEY)
    assert found.rows == 3
    assert content(connection) == [(1, "x"), (2, None), (3, "x")]
    assert connection.execute('SELECT count(*) FROM d."t$partitions"').fetchall() == [(2,)]


def test_rows_of_one_key_are_added_once(connection: Connection) -> None:
    appending = connection.home.appending
    first = appending.append(table(connection), rows((1, "x")), KEY, lambda: "note")
    assert (first.rows, first.note) == (1, "note")

    others = rows((2, "x"))
    assert appending.append(table(connection), others, KEY) == first == appending.find(KEY)
    assert len(list(others)) == 1
    appending.append(table(connection), rows((2, "x")), "sink 8")
    assert content(connection) == [(1, "x"), (2, "x")]


def test_what_is_forgotten_can_be_appended_again(connection: Connection) -> None:
    appending = connection.home.appending
    for key in (KEY, "sink 8"):
        appending.append(table(connection), rows((1, "x")), key)
    appending.forget(KEY)
    assert appending.find(KEY) is None
    assert isinstance(appending.find("sink 8"), Append)
    appending.append(table(connection), rows((1, "x")), KEY)
    assert content(connection) == [(1, "x")] * 3


class Death(BaseException):
    """Where the process ends."""


def die() -> str:
    raise Death


def dying() -> Iterator[pa.RecordBatch]:
    yield from rows((1, "x"))
    die()


@pytest.mark.parametrize(("batches", "note"), [(dying, str), (lambda: rows((1, "x")), die)])
def test_who_dies_before_the_commit_has_added_nothing(
    connection: Connection, batches: Callable[[], Iterator[pa.RecordBatch]], note: Callable[[], str]
) -> None:
    appending = connection.home.appending
    with pytest.raises(Death):
        appending.append(table(connection), batches(), KEY, note)
    assert content(connection) == []
    assert appending.find(KEY) is None
    assert not [one for one in (connection.home.path / "buckets").rglob("*") if one.is_file()]
    appending.append(table(connection), rows((1, "x")), KEY)
    assert content(connection) == [(1, "x")]


def test_two_who_append_under_one_key_add_the_rows_once(connection: Connection) -> None:
    """The second began before the first was done."""
    appending = connection.home.appending

    def meanwhile() -> Iterator[pa.RecordBatch]:
        yield from rows((1, "x"))
        appending.append(table(connection), rows((1, "x")), KEY)

    with pytest.raises(OwlakeError, match="already"):
        appending.append(table(connection), meanwhile(), KEY)
    assert content(connection) == [(1, "x")]


def test_only_what_can_be_inserted_into_is_appended_to(connection: Connection) -> None:
    connection.execute("CREATE VIEW d.v AS SELECT 1 AS a")
    with connection.home.metastore.read() as reader:
        view = reader.get_table("d", "v")
    with pytest.raises(OwlakeError, match="views"):
        connection.home.appending.append(view, rows(), KEY)
    gone = table(connection)
    connection.execute("DROP TABLE d.t")
    with pytest.raises(OwlakeError, match="Table t not found"):
        connection.home.appending.append(gone, rows((1, "x")), KEY)


def test_nothing_appended_is_kept_too(connection: Connection) -> None:
    found = connection.home.appending.append(table(connection), iter(()), KEY, lambda: "all bad")
    assert found == Append(0, 0, "all bad") == connection.home.appending.find(KEY)
