"""Ending executions from outside: from another session, another opening of the home, another process."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import owlake
from owlake.dbapi import Connection
from owlake.home import Home
from owlake.queries.model import QueryExecution, State
from owlake.session import Session
from tests.session.heavy import connect

LONG = "SELECT count(*) FROM big a JOIN big b ON a.k = b.k WHERE a.x + b.y < 0"
"""A billion pairs, one by one."""

PATIENCE = 60.0

KILLER = """
import sys
from owlake.home import Home
with Home.open(sys.argv[1]) as home:
    home.executions.kill(sys.argv[2], sys.argv[3])
"""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with connect(tmp_path_factory.mktemp("kills")) as opened:
        yield opened


def _eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _running(home: Home, query: str) -> QueryExecution | None:
    return next((one for one in home.history.executions() if one.query == query and one.state is State.RUNNING), None)


def _killed(connection: Connection, sql: str, kill: Callable[[str], None]) -> owlake.Error:
    """What the statement ends with that is killed while it runs."""
    problems: list[owlake.Error] = []

    def run() -> None:
        try:
            connection.execute(sql).fetchall()
        except owlake.Error as problem:
            problems.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    _eventually(lambda: _running(connection.home, sql))
    execution = _running(connection.home, sql)
    assert execution is not None
    kill(execution.id)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    recorded = connection.home.history.find([execution.id])[execution.id]
    assert recorded.state is State.CANCELLED
    assert recorded.state_change_reason == problems[0].message
    return problems[0]


def test_a_session_kills_the_statement_of_another(connection: Connection) -> None:
    problem = _killed(connection, LONG, lambda query_id: connection.home.executions.kill(query_id, "too long"))
    assert str(problem) == "USER_CANCELED: Query killed. Message: too long"


def test_a_process_kills_the_statement_of_another(connection: Connection) -> None:
    def kill(query_id: str) -> None:
        words = [sys.executable, "-c", KILLER, str(connection.home.path), query_id, "from afar"]
        subprocess.run(words, check=True)

    problem = _killed(connection, LONG, kill)
    assert str(problem) == "USER_CANCELED: Query killed. Message: from afar"


def test_a_statement_that_is_stopped_was_cancelled_by_its_user(connection: Connection) -> None:
    assert str(_killed(connection, LONG, connection.home.executions.stop)) == "USER_CANCELED: Query cancelled by user"


def test_rows_that_nobody_takes_are_killed_by_another_process(connection: Connection) -> None:
    cursor = connection.execute("SELECT id, x, y FROM big")
    assert cursor.fetchone() is not None
    assert cursor.query_execution is not None
    query_id = cursor.query_execution.id
    subprocess.run([sys.executable, "-c", KILLER, str(connection.home.path), query_id, "idle"], check=True)
    _eventually(lambda: connection.home.history.find([query_id])[query_id].state is State.CANCELLED)
    with pytest.raises(owlake.OperationalError, match=r"Query killed\. Message: idle"):
        cursor.fetchall()


def test_a_killed_insert_adds_nothing(connection: Connection) -> None:
    connection.execute("CREATE TABLE pairs AS SELECT CAST(0 AS bigint) AS n")
    _killed(connection, f"INSERT INTO pairs {LONG}", connection.home.executions.kill)
    assert connection.execute("SELECT n FROM pairs").fetchall() == [(0,)]


def test_what_has_ended_cannot_be_killed_and_stopping_it_does_nothing(connection: Connection) -> None:
    cursor = connection.execute("SELECT 1")
    cursor.fetchall()
    assert cursor.query_execution is not None
    query_id = cursor.query_execution.id
    with pytest.raises(owlake.NotSupportedError, match=f"NOT_SUPPORTED: Target query is not running: {query_id}"):
        connection.home.executions.kill(query_id)
    connection.home.executions.stop(query_id)
    assert connection.home.history.find([query_id])[query_id].state is State.SUCCEEDED


def test_what_is_not_there_cannot_be_killed(connection: Connection) -> None:
    with pytest.raises(owlake.Error, match="NOT_FOUND: Target query not found: x"):
        connection.home.executions.kill("x")


def test_a_statement_of_a_dead_process_cannot_be_killed(tmp_path: Path) -> None:
    script = """
import os, sys, owlake
connection = owlake.connect(sys.argv[1])
cursor = connection.execute(
    "SELECT a.n FROM UNNEST(sequence(1, 10000)) AS a (n) CROSS JOIN UNNEST(sequence(1, 100)) AS b (n)"
)
cursor.fetchone()
print(cursor.query_execution.id, flush=True)
os._exit(1)
"""
    words = [sys.executable, "-c", script, str(tmp_path / "home")]
    query_id = subprocess.run(words, check=False, capture_output=True, text=True).stdout.strip()
    with Home.open(tmp_path / "home") as home, pytest.raises(owlake.Error, match="Target query is not running"):
        home.executions.kill(query_id)


def test_a_session_that_nobody_holds_is_not_kept_by_its_statement(home: Home) -> None:
    def abandoned() -> tuple[str, weakref.ref[Session]]:
        session = Session(home)
        result = session.execute("SELECT a.n FROM UNNEST(sequence(1, 10000)) a (n), UNNEST(sequence(1, 100)) b (n)")
        assert result.next() is not None
        return result.execution.id, weakref.ref(session)

    query_id, session = abandoned()
    gc.collect()
    assert session() is None
    # Its process lives, so that it may be killed; there is nothing left to stop.
    home.executions.kill(query_id)
