"""``threadsafety`` 2: threads share a connection, each with cursors of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import owlake
from owlake.dbapi import Connection
from owlake.execution.executor import Executor

_THREADS = 6


@pytest.fixture
def table(connection: Connection) -> Connection:
    connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES 1, 2, 3) AS v (a)")
    return connection


def _at_once(work: Callable[[int], object]) -> list[object]:
    """What each thread gives; all of them begin together."""
    together = threading.Barrier(_THREADS)

    def run(number: int) -> object:
        together.wait(30)
        return work(number)

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(run, range(_THREADS)))


def test_threads_run_the_same_query_on_one_connection(table: Connection) -> None:
    def work(_: int) -> object:
        return {tuple(table.execute("SELECT sum(a), count(*) FROM t").fetchall()) for _ in range(20)}

    assert _at_once(work) == [{((6, 3),)}] * _THREADS


def test_a_plan_is_run_again_once_the_names_that_it_registered_are_free(
    table: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    deregister = Executor._deregister
    meanwhile: list[object] = []

    def slowly(executor: Executor, *arguments: Any) -> None:
        if not meanwhile:
            meanwhile.append("begun")
            with ThreadPoolExecutor(1) as pool:
                meanwhile.append(pool.submit(lambda: table.execute("SELECT sum(a) FROM t").fetchall()).result())
        deregister(executor, *arguments)

    monkeypatch.setattr(Executor, "_deregister", slowly)
    assert table.execute("SELECT sum(a) FROM t").fetchall() == [(6,)]
    assert meanwhile == ["begun", [(6,)]]


def test_threads_get_the_rows_of_their_own_parameters(table: Connection) -> None:
    def work(number: int) -> object:
        cursor = table.cursor()
        return [cursor.execute("SELECT a * ? FROM t ORDER BY a", [number + turn]).fetchall() for turn in range(10)]

    assert _at_once(work) == [
        [[(number + turn,), (2 * (number + turn),), (3 * (number + turn),)] for turn in range(10)]
        for number in range(_THREADS)
    ]


def test_threads_write_into_one_table(table: Connection) -> None:
    def work(number: int) -> object:
        cursor = table.cursor()
        for turn in range(3):
            cursor.execute("INSERT INTO t VALUES (?)", [100 + 10 * number + turn])
        return cursor.rowcount

    assert _at_once(work) == [1] * _THREADS
    rows = table.execute("SELECT a FROM t WHERE a >= 100 ORDER BY a").fetchall()
    assert rows == [(100 + 10 * number + turn,) for number in range(_THREADS) for turn in range(3)]


def test_threads_take_turns_with_the_rows_of_streams_that_are_open(table: Connection) -> None:
    sql = "SELECT x FROM UNNEST(sequence(1, 10000)) AS s (x)"
    open_ones = [table.execute(sql) for _ in range(_THREADS)]
    sums = _at_once(lambda number: sum(x for (x,) in open_ones[number]))
    assert sums == [50_005_000] * _THREADS


def test_a_cursor_cancels_its_own_statement_and_no_other(table: Connection) -> None:
    sql = "SELECT x FROM UNNEST(sequence(1, 10000)) AS s (x), UNNEST(sequence(1, 1000)) AS r (y)"
    stopped, other = table.execute(sql), table.execute(sql)
    assert stopped.fetchone() is not None
    _at_once(lambda _: stopped.cancel())
    with pytest.raises(owlake.OperationalError, match="USER_CANCELED"):
        stopped.fetchall()
    assert len(other.fetchmany(20_000)) == 20_000
    assert stopped.execute("SELECT 1").fetchall() == [(1,)]
