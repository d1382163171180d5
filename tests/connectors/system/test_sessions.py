"""The ``system`` catalog as two sessions and two processes see it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

import owlake
from owlake.dbapi import Connection
from owlake.session import Session
from tests.queries.test_kills import LONG, PATIENCE
from tests.session.heavy import connect

OTHER = """
import sys, owlake
with owlake.connect(sys.argv[1]) as connection:
    cursor = connection.cursor()
    for statement in sys.argv[2:]:
        cursor.execute(statement)
        print(cursor.fetchall() if cursor.description else None)
"""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with connect(tmp_path_factory.mktemp("sessions")) as opened:
        yield opened


def test_settings_are_those_of_the_session_that_asks(connection: Connection) -> None:
    sql = "SELECT value FROM system.runtime.settings WHERE name = 'memory_limit'"
    with Session(connection.home, properties={"memory_limit": "64MB"}) as other:
        assert connection.execute(sql).fetchall() == [(None,)]
        assert other.execute(sql).table()[0].to_pylist() == [str(64 << 20)]


@pytest.mark.parametrize("from_another_process", [False, True])
def test_a_query_is_killed_by_sql(connection: Connection, from_another_process: bool) -> None:
    problems: list[owlake.Error] = []

    def run() -> None:
        try:
            connection.execute(LONG).fetchall()
        except owlake.Error as problem:
            problems.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    find = f"SELECT query_id FROM system.runtime.queries WHERE state = 'RUNNING' AND query = '{LONG}'"
    kill = "CALL system.runtime.kill_query(query_id => '{}', message => 'too long')"
    deadline = time.monotonic() + PATIENCE
    with Session(connection.home) as other:
        while not (found := other.execute(find).table()[0].to_pylist()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        if from_another_process:
            _other(connection, kill.format(found[0]))
        else:
            other.execute(kill.format(found[0]))
        thread.join(PATIENCE)
        assert [str(problem) for problem in problems] == ["USER_CANCELED: Query killed. Message: too long"]
        state = f"SELECT state, state_change_reason FROM system.runtime.queries WHERE query_id = '{found[0]}'"
        assert other.execute(state).table().to_pylist() == [
            {"state": "CANCELLED", "state_change_reason": "Query killed. Message: too long"}
        ]
        with pytest.raises(owlake.Error, match="NOT_SUPPORTED: Target query is not running"):
            other.execute(kill.format(found[0]))


def test_what_a_process_does_another_sees(connection: Connection) -> None:
    connection.execute("CALL system.runtime.create_work_group('shared')")
    words = _other(
        connection,
        "SELECT state FROM system.runtime.workgroups WHERE name = 'shared'",
        "CALL system.runtime.update_work_group(work_group => 'shared', state => 'DISABLED')",
        "CALL system.runtime.set_clock(TIMESTAMP '2024-02-29 12:00:00 UTC')",
    )
    assert words.splitlines() == ["[('ENABLED',)]", "None", "None"]
    refused = pytest.raises(owlake.Error, match="WorkGroup shared is disabled")
    with Session(connection.home, properties={"workgroup": "shared"}) as other, refused:
        other.execute("SELECT 1")
    assert connection.execute("SELECT mode FROM system.runtime.clock").fetchall() == [("VIRTUAL",)]
    connection.execute("CALL system.runtime.reset_clock()")


def _other(connection: Connection, *statements: str) -> str:
    words = [sys.executable, "-c", OTHER, str(connection.home.path), *statements]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
