"""A statement that comes again is not planned again, and yet never answers as if nothing had happened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from owlake.home import Home
from owlake.planning import planner
from owlake.session import Session

COUNT = "SELECT count(*) AS n, sum(id) AS s FROM t"


@pytest.fixture
def folder(home: Home, session: Session) -> Path:
    place = home.path / "buckets" / "lake" / "t"
    place.mkdir(parents=True)
    write(place / "a.parquet", [1, 2, 3])
    session.execute("CREATE EXTERNAL TABLE t (id bigint) STORED AS PARQUET LOCATION 's3://lake/t/'")
    return place


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with every plan that is made."""
    made: list[int] = []
    original = planner.plan

    def plan(analysis, statement, evaluate):
        made.append(statement)
        return original(analysis, statement, evaluate)

    monkeypatch.setattr(planner, "plan", plan)
    return made


def write(path: Path, ids: list[int]) -> None:
    pq.write_table(pa.table({"id": pa.array(ids, pa.int64())}), path)


def rows(session: Session, text: str) -> list[tuple]:
    return [tuple(row.values()) for batch in session.execute(text) for row in batch.to_pylist()]


@pytest.mark.usefixtures("folder")
def test_the_second_time_nothing_is_planned(session: Session, planned: list[int]) -> None:
    assert [rows(session, COUNT) for _ in range(3)] == [[(3, 6)]] * 3
    assert len(planned) == 1


def test_new_changed_and_deleted_files_are_seen(session: Session, folder: Path) -> None:
    assert rows(session, COUNT) == [(3, 6)]
    write(folder / "b.parquet", [10])
    assert rows(session, COUNT) == [(4, 16)]
    write(folder / "b.parquet", [10, 20])
    assert rows(session, COUNT) == [(5, 36)]
    (folder / "a.parquet").unlink()
    assert rows(session, COUNT) == [(2, 30)]
    (folder / "b.parquet").unlink()
    assert rows(session, COUNT) == [(0, None)]


@pytest.mark.usefixtures("folder")
def test_insert_and_ddl_are_seen(session: Session) -> None:
    assert rows(session, COUNT) == [(3, 6)]
    session.execute("INSERT INTO t VALUES 4")
    assert rows(session, COUNT) == [(4, 10)]
    session.execute("CREATE VIEW v AS SELECT id + 1 AS id FROM t")
    assert rows(session, "SELECT sum(id) FROM v") == [(14,)]
    session.execute("CREATE OR REPLACE VIEW v AS SELECT id + 2 AS id FROM t")
    assert rows(session, "SELECT sum(id) FROM v") == [(18,)]
    session.execute("DROP TABLE t")
    with pytest.raises(Exception, match="TABLE_NOT_FOUND"):
        session.execute(COUNT)


@pytest.mark.usefixtures("folder")
def test_another_sessions_and_another_processs_changes_are_seen(home: Home, session: Session) -> None:
    session.execute("CREATE VIEW v AS SELECT id FROM t")
    assert rows(session, "SELECT sum(id) FROM v") == [(6,)]
    with Session(home) as other:
        other.execute("CREATE OR REPLACE VIEW v AS SELECT id * 10 AS id FROM t")
    assert rows(session, "SELECT sum(id) FROM v") == [(60,)]
    statement = "CREATE OR REPLACE VIEW v AS SELECT id * 100 AS id FROM t"
    command = [sys.executable, "-m", "owlake_shell.main", "--home", str(home.path), "-c", statement]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert rows(session, "SELECT sum(id) FROM v") == [(600,)]


@pytest.mark.usefixtures("folder")
def test_the_same_text_means_another_thing_in_another_database(session: Session) -> None:
    assert rows(session, COUNT) == [(3, 6)]
    session.execute("CREATE DATABASE d")
    session.execute("CREATE VIEW d.t AS SELECT BIGINT '7' AS id")
    session.database = "d"
    assert rows(session, COUNT) == [(1, 7)]
    session.database = "default"
    assert rows(session, COUNT) == [(3, 6)]


def test_a_property_changes_the_meaning_of_a_text(session: Session) -> None:
    text = "SELECT typeof(1.5)"
    assert rows(session, text) == [("double",)]
    session.properties = session.properties.with_values({"parse_decimal_literals_as_double": False})
    assert rows(session, text) == [("decimal(2,1)",)]


@pytest.mark.parametrize("text", ["SELECT current_timestamp", "SELECT now()", "SELECT localtime", "SELECT uuid()"])
def test_what_is_another_value_every_time_is_one(session: Session, text: str) -> None:
    assert rows(session, text) != rows(session, text)


def test_projection_up_to_now_moves_with_the_clock(session: Session, home: Home, planned: list[int]) -> None:
    (home.path / "buckets" / "lake").mkdir(parents=True, exist_ok=True)
    session.execute(
        "CREATE EXTERNAL TABLE p (id bigint) PARTITIONED BY (d string) STORED AS PARQUET LOCATION 's3://lake/p/' "
        "TBLPROPERTIES ('projection.enabled' = 'true', 'projection.d.type' = 'date', 'projection.d.format' = "
        "'yyyy-MM-dd', 'projection.d.range' = 'NOW-1DAYS,NOW')"
    )
    for _ in range(2):
        assert rows(session, "SELECT count(*) FROM p") == [(0,)]
    assert len(planned) == 2


def test_values_of_parameters_are_no_part_of_a_plan(session: Session) -> None:
    text = "SELECT ? + 1"
    answers = [[tuple(r.values()) for b in session.execute(text, (n,)) for r in b.to_pylist()] for n in (1, 2)]
    assert answers == [[(2,)], [(3,)]]


def test_warnings_come_again(session: Session) -> None:
    text = f"SELECT concat({', '.join(['x'] * 200)}) FROM (VALUES 'a') AS t(x)"
    for _ in range(2):
        assert [warning.code for warning in session.execute(text).execution.warnings] == ["TOO_MANY_ARGUMENTS"]


@pytest.mark.usefixtures("folder")
def test_two_of_a_kind_at_once(session: Session) -> None:
    one, other = session.execute("SELECT id FROM t ORDER BY id"), session.execute("SELECT id FROM t ORDER BY id")
    assert [row["id"] for batch in other for row in batch.to_pylist()] == [1, 2, 3]
    assert [row["id"] for batch in one for row in batch.to_pylist()] == [1, 2, 3]
