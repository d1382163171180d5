"""kill -9 in the middle of a statement: nothing half-written is ever seen, and the next start cleans up."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator

import pytest

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session

_STOP = """
import sys
from owlake.home import Home
from owlake.session import Session

def stop_before(owner, name, nth=1):
    original, calls = getattr(owner, name), [0]
    def stopped(*arguments, **named):
        calls[0] += 1
        if calls[0] == nth:
            print("stopped", flush=True)
            sys.stdin.readline()
        return original(*arguments, **named)
    setattr(owner, name, stopped)

home, statement = sys.argv[1:3]
from owlake.catalog.store import Metastore
from owlake.catalog.transaction import Transaction
from owlake.lake.storage import Storage
{point}
with Home.open(home) as opened, Session(opened) as session:
    session.execute(statement)
print("ended", flush=True)
"""

Stop = Callable[[str, str], "subprocess.Popen[str]"]

FIRST_FILE = "stop_before(Storage, 'open_output', 1)"
SECOND_FILE = "stop_before(Storage, 'open_output', 2)"
BEFORE_COMMIT = "stop_before(Metastore, 'commit_write')"
IN_THE_TRANSACTION = "stop_before(Transaction, 'create_partitions')"


@pytest.fixture
def stop(home: Home) -> Iterator[Stop]:
    """Starts a process that runs a statement up to a point, and waits there to be killed."""
    children: list[subprocess.Popen[str]] = []

    def start(statement: str, point: str) -> subprocess.Popen[str]:
        code = textwrap.dedent(_STOP).replace("{point}", point)
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(home.path), statement],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "stopped\n"
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def kill(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait()


@pytest.fixture
def lake(session: Session) -> Session:
    session.home.storage.create_bucket("lake")
    session.home.storage.create_bucket("elsewhere")
    session.execute(
        "CREATE EXTERNAL TABLE t (id bigint) PARTITIONED BY (k string) STORED AS PARQUET LOCATION 's3://lake/t/'"
    )
    session.execute("ALTER TABLE t ADD PARTITION (k = 'far') LOCATION 's3://elsewhere/far/'")
    session.execute("INSERT INTO t VALUES (1, 'a'), (2, 'far')")
    return session


def rows(session: Session, query: str) -> list[tuple[object, ...]]:
    table = session.execute(query).table()
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def files(home: Home) -> set[str]:
    return {str(path.relative_to(home.path)) for path in (home.path / "buckets").rglob("*") if path.is_file()}


@pytest.mark.parametrize("point", [FIRST_FILE, SECOND_FILE, BEFORE_COMMIT, IN_THE_TRANSACTION])
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (10, 'a'), (11, 'new'), (12, 'far'), (13, 'newer')",
        """CREATE TABLE made WITH (partitioned_by = ARRAY['k'], bucketed_by = ARRAY['id'], bucket_count = 2)
        AS SELECT * FROM (VALUES (BIGINT '10', 'a'), (11, 'b'), (12, 'c')) AS r(id, k)""",
    ],
)
def test_a_write_that_is_killed_was_never_there(statement: str, point: str, lake: Session, stop: Stop) -> None:
    before = files(lake.home)
    kill(stop(statement, point))
    query = "SELECT id, k FROM t ORDER BY id"
    assert rows(lake, query) == [(1, "a"), (2, "far")]
    with pytest.raises(OwlakeError, match="TABLE_NOT_FOUND"):
        lake.execute("SELECT * FROM made")
    with Home.open(lake.home.path) as again, Session(again) as session:
        assert files(again) == before
        assert rows(session, query) == [(1, "a"), (2, "far")]
        assert rows(session, 'SELECT k FROM "t$partitions" ORDER BY k') == [("a",), ("far",)]
        session.execute(statement)
    assert rows(lake, "SELECT count(*) FROM t") == [(6 if statement.startswith("INSERT") else 2,)]


@pytest.mark.parametrize(
    ("statement", "point"),
    [
        ("ALTER TABLE t ADD PARTITION (k = 'x') PARTITION (k = 'y')", "stop_before(Transaction, 'create_partitions')"),
        ("CREATE EXTERNAL TABLE made (id int) LOCATION 's3://lake/m/'", "stop_before(Transaction, 'create_table')"),
        ("DROP TABLE t", "stop_before(Transaction, 'delete_table')"),
        ("CREATE DATABASE made", "stop_before(Transaction, 'create_database')"),
        ("ALTER TABLE t ADD COLUMNS (more string)", "stop_before(Transaction, 'update_table')"),
        ("ALTER TABLE t DROP PARTITION (k = 'a')", "stop_before(Transaction, 'delete_partitions')"),
        ("CREATE VIEW made AS SELECT 1 AS one", "stop_before(Transaction, 'create_table')"),
    ],
)
def test_a_definition_that_is_killed_was_never_made(statement: str, point: str, lake: Session, stop: Stop) -> None:
    describe = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'default'"
    before = rows(lake, describe), rows(lake, "SHOW DATABASES"), rows(lake, "SHOW PARTITIONS t")
    kill(stop(statement, point))
    with Home.open(lake.home.path) as again, Session(again) as session:
        assert (rows(session, describe), rows(session, "SHOW DATABASES"), rows(session, "SHOW PARTITIONS t")) == before
        session.execute(statement)
    after = rows(lake, "SHOW DATABASES"), rows(lake, "SHOW TABLES"), rows(lake, describe)
    assert after != (before[1], [("t",)], before[0]) or "PARTITION" in statement


def test_a_write_that_fails_leaves_no_file_behind_wherever_it_wrote(lake: Session) -> None:
    before = files(lake.home)
    with pytest.raises(OwlakeError, match="DIVISION_BY_ZERO"):
        lake.execute("INSERT INTO t SELECT 10 / (4 - x), IF(x = 4, 'z', 'far') FROM UNNEST(sequence(1, 4)) AS s(x)")
    assert files(lake.home) == before
    assert rows(lake, "SELECT count(*) FROM t") == [(2,)]


def test_a_table_that_is_dropped_while_rows_are_inserted_does_not_come_back(lake: Session, stop: Stop) -> None:
    child = stop("INSERT INTO t VALUES (10, 'a')", BEFORE_COMMIT)
    lake.execute("DROP TABLE t")
    child.communicate("\n")
    assert child.returncode == 1
    with pytest.raises(OwlakeError, match="TABLE_NOT_FOUND"):
        lake.execute("SELECT * FROM t")


def test_rows_of_a_living_write_are_not_seen_and_not_swept(lake: Session, stop: Stop, home: Home) -> None:
    child = stop("INSERT INTO t VALUES (10, 'far'), (11, 'a')", BEFORE_COMMIT)
    with Home.open(home.path) as again, Session(again) as other:
        assert rows(other, "SELECT count(*) FROM t") == [(2,)]
    child.communicate("\n")
    assert child.returncode == 0
    assert rows(lake, "SELECT id, k FROM t ORDER BY id") == [(1, "a"), (2, "far"), (10, "far"), (11, "a")]
