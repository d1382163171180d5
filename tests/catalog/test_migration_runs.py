"""The history of migrations: what it keeps, and that it counts changes in the transactions that make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from owlake.catalog.migration_runs import Action, LockHolder, MigrationRun, RunState, StatementRun
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STATEMENTS = (StatementRun(1, 4, "CREATE DATABASE d"), StatementRun(2, 5, "INSERT INTO d.t SELECT 1"))
RUN = MigrationRun(
    "r1", "0001_first", Action.UP, RunState.RUNNING, "abc", "dev", "me", "here:1", NOW, statements=STATEMENTS
)


def run_counted(home: Home, session: Session, statement: StatementRun, text: str) -> int | None:
    with home.metastore.noting(home.migration_runs.counting(RUN, statement)):
        session.execute(text)
    return home.migration_runs.list_runs()[0].statements[statement.number - 1].effects


def test_a_run_comes_back_as_it_was_recorded(home: Home) -> None:
    runs = home.migration_runs
    runs.record(RUN)
    over = replace(RUN, state=RunState.FAILED, completed=NOW, seconds=1.5, error="SYNTAX_ERROR: no").with_statement(
        replace(STATEMENTS[0], state=RunState.FAILED, query_id="q", started=NOW, completed=NOW, error="no")
    )
    runs.record(over)
    assert runs.list_runs() == [over]
    assert over.failed_statement == over.statements[0]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE DATABASE other",
        "CREATE EXTERNAL TABLE t2 (a int) LOCATION 's3://b/t2/'",
        "CREATE TABLE t3 AS SELECT 1 AS a",
        "INSERT INTO t SELECT 2",
        "INSERT INTO p SELECT 2, 'y'",
        "ALTER TABLE p ADD PARTITION (k = 'z')",
        "ALTER TABLE p DROP PARTITION (k = 'x')",
        "ALTER TABLE t SET TBLPROPERTIES ('a' = 'b')",
        "CREATE VIEW v AS SELECT 1 AS a",
        "DROP TABLE t",
        "PREPARE q FROM SELECT 1",
    ],
)
def test_every_change_is_counted_once(home: Home, session: Session, text: str) -> None:
    session.execute("CREATE TABLE t AS SELECT 1 AS a")
    session.execute("CREATE TABLE p WITH (partitioned_by = ARRAY['k']) AS SELECT 1 AS a, 'x' AS k")
    home.migration_runs.record(RUN)
    assert run_counted(home, session, STATEMENTS[0], text) == 1


def test_what_was_begun_and_not_committed_is_no_change(home: Home, session: Session) -> None:
    session.execute("CREATE TABLE t AS SELECT 1 AS a")
    home.migration_runs.record(RUN)
    with pytest.raises(OwlakeError, match="DIVISION_BY_ZERO"):
        run_counted(home, session, STATEMENTS[1], "INSERT INTO t SELECT 1 / (a - 1) FROM t")
    with pytest.raises(OwlakeError, match="already exist"):
        run_counted(home, session, STATEMENTS[1], "CREATE EXTERNAL TABLE t (a int) LOCATION 's3://b/t/'")
    with home.metastore.noting(home.migration_runs.counting(RUN, STATEMENTS[1])):
        write = home.metastore.begin_write("default", "t", ["s3://b/t/"])
        home.metastore.add_write_location(write, "s3://b/elsewhere/")
        home.metastore.abort_write(write)
    assert [one.took_effect for one in home.migration_runs.list_runs()[0].statements] == [False, False]


def test_what_a_dead_process_left_running_is_interrupted(tmp_path: Path) -> None:
    running = RUN.with_statement(replace(STATEMENTS[0], state=RunState.RUNNING))
    with Home.open(tmp_path) as first, Home.open(tmp_path) as second:
        first.migration_runs.record(running)
        assert second.migration_runs.list_runs() == [running]
        first.close()
        (found,) = second.migration_runs.list_runs()
        assert found.state is RunState.INTERRUPTED
        assert found.failed_statement == replace(STATEMENTS[0], state=RunState.INTERRUPTED)


def test_the_lock_is_held_by_one_living_process(tmp_path: Path) -> None:
    ours, theirs = (LockHolder(name, "here:1", "up", NOW) for name in ("us", "them"))
    with Home.open(tmp_path) as first, Home.open(tmp_path) as second:
        assert first.migration_runs.acquire(ours) is None
        assert second.migration_runs.acquire(theirs) == ours
        second.migration_runs.release()
        assert second.migration_runs.acquire(theirs) == ours
        first.close()
        assert second.migration_runs.acquire(theirs) is None


def test_the_history_is_read_in_sql(home: Home, session: Session) -> None:
    failed = replace(STATEMENTS[1], state=RunState.FAILED, error="DIVISION_BY_ZERO")
    done = replace(STATEMENTS[0], state=RunState.SUCCEEDED)
    home.migration_runs.record(replace(RUN, state=RunState.FAILED, seconds=0.5, statements=(done, failed)))
    history = session.execute(
        "SELECT migration, action, state, principal, seconds, statements, statements_applied, failed_statement,"
        " failed_line FROM system.migrations.history"
    ).table()
    assert list(history.to_pylist()[0].values()) == ["0001_first", "UP", "FAILED", "me", 0.5, 2, 1, 2, 5]
    statements = session.execute(
        "SELECT statement, line, state, took_effect, error FROM system.migrations.statements ORDER BY statement"
    ).table()
    assert [list(row.values()) for row in statements.to_pylist()] == [
        [1, 4, "SUCCEEDED", True, None],
        [2, 5, "FAILED", False, "DIVISION_BY_ZERO"],
    ]
