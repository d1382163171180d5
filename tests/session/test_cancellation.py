"""Cancelling: the statement ends as cancelled, and the engine falls silent.

How fast is measured by ``python -m tests.benchmarks cancellation``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

import owlake
from owlake.dbapi import Connection
from tests.session.heavy import STATEMENTS, connect, statement

MOST_COPIES = 512
PATIENCE = 30.0


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with connect(tmp_path_factory.mktemp("cancellation")) as opened:
        yield opened


def _is_silent() -> bool:
    before = time.process_time()
    time.sleep(0.3)
    return time.process_time() - before < 0.1


def _cancelled_after(connection: Connection, sql: str, seconds: float) -> list[owlake.Error] | None:
    """The errors that the statement ended with; None where it ended before the cancel."""
    problems: list[owlake.Error] = []

    def run() -> None:
        try:
            connection.execute(sql).fetchall()
        except owlake.Error as problem:
            problems.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(seconds)
    if not thread.is_alive():
        return None
    deadline = time.monotonic() + PATIENCE
    while thread.is_alive():
        # On a busy machine the statement may still wait for its turn: there is nothing to cancel before it runs.
        connection.cancel()
        thread.join(0.2)
        assert time.monotonic() < deadline
    return problems


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_cancelled_statement_ends_and_the_work_stops(connection: Connection, kind: str) -> None:
    copies = 16
    while (problems := _cancelled_after(connection, statement(kind, copies), 0.5)) is None:
        # A fast machine gets more to do.
        copies *= 2
        assert copies <= MOST_COPIES
    assert [problem.code for problem in problems] == ["USER_CANCELED"]
    # The error is still there, and its traceback: neither may keep the query running.
    deadline = time.monotonic() + PATIENCE
    while not _is_silent():
        assert time.monotonic() < deadline, "the engine still computes"


def test_a_cancelled_statement_is_a_row_of_history(connection: Connection) -> None:
    sql = statement("sort", 64)
    assert _cancelled_after(connection, sql, 0.2)
    rows = connection.execute(
        "SELECT state, error_code FROM system.runtime.queries WHERE query = ? ORDER BY submitted DESC LIMIT 1", [sql]
    ).fetchall()
    assert rows == [("CANCELLED", "USER_CANCELED")]


def test_the_session_goes_on_after_a_cancel(connection: Connection) -> None:
    connection.cancel()
    assert connection.execute("SELECT 1").fetchall() == [(1,)]
