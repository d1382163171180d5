"""Processes that share a home: who comes first wins, and everybody sees what is done."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from owlake.home import Home
from owlake.session import Session

_CHILD = """
import sys
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
with Home.open(sys.argv[1]) as home, Session(home) as session:
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            table = session.execute(line).table()
            print("rows", list(zip(*(column.to_pylist() for column in table.columns))), flush=True)
        except OwlakeError as problem:
            print("error", problem.code, str(problem)[:200].replace(chr(10), " "), flush=True)
"""


class Process:
    """A session in another process."""

    def __init__(self, home: Home) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(home.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.child.stdout is not None
        return self.child.stdout.readline().strip()

    def begin(self, statement: str) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(statement + "\n")
        self.child.stdin.flush()

    def run(self, statement: str) -> str:
        self.begin(statement)
        return self.line()


@pytest.fixture
def processes(home: Home) -> Iterator[list[Process]]:
    started = [Process(home) for _ in range(3)]
    yield started
    for process in started:
        process.child.kill()
        process.child.communicate()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("CREATE EXTERNAL TABLE t{} (a int) LOCATION 's3://lake/t/'", "HIVE_DDL"),
        ("CREATE TABLE t{} AS SELECT x AS a FROM UNNEST(sequence(1, 50000)) AS s(x)", "TABLE_ALREADY_EXISTS"),
        ("CREATE DATABASE t{}", "HIVE_DDL_METASTORE"),
    ],
)
def test_of_several_that_create_the_same_one_wins(
    statement: str, code: str, processes: list[Process], session: Session
) -> None:
    for number in range(5):
        for process in processes:
            process.begin(statement.format(number))
        answers = [process.line() for process in processes]
        assert sorted(answer.split()[0] for answer in answers) == ["error", "error", "rows"]
        lost = [answer for answer in answers if answer.startswith("error")]
        assert all(answer.split()[1] in (code, "HIVE_DDL") for answer in lost), lost
        assert all("exist" in answer for answer in lost)
    if "AS SELECT" in statement:
        assert session.execute('SELECT count(*), count(DISTINCT "$path") FROM t0').table().to_pylist() == [
            {"_col0": 50_000, "_col1": 1}
        ]


def test_what_one_inserts_the_others_see_at_once(processes: list[Process]) -> None:
    first, second, third = processes
    create = "CREATE TABLE t WITH (partitioned_by = ARRAY['k']) AS SELECT 1 AS a, CAST('x' AS varchar) AS k"
    assert first.run(create) == "rows []"
    for number in range(2, 6):
        assert second.run(f"INSERT INTO t VALUES ({number}, 'k{number}')") == "rows []"
        assert third.run("SELECT count(*), max(a) FROM t") == f"rows [({number}, {number})]"
        assert first.run(f"SELECT k FROM t WHERE a = {number}") == f"rows [('k{number}',)]"
    assert third.run("DROP TABLE t") == "rows []"
    assert first.run("SELECT * FROM t").startswith("error TABLE_NOT_FOUND")


def test_all_insert_at_once_and_nothing_is_lost(processes: list[Process], session: Session) -> None:
    session.execute("CREATE TABLE t WITH (partitioned_by = ARRAY['k']) AS SELECT 0 AS a, 0 AS k")
    for number in range(1, 9):
        for process in processes:
            process.begin(f"INSERT INTO t SELECT CAST(x AS integer), {number} FROM UNNEST(sequence(1, 10)) AS s(x)")
        assert [process.line() for process in processes] == ["rows []"] * 3
    found = session.execute("SELECT count(*), sum(a), count(DISTINCT k) FROM t").table().to_pylist()
    assert found == [{"_col0": 1 + 3 * 8 * 10, "_col1": 3 * 8 * 55, "_col2": 9}]


def test_a_query_reads_what_was_there_when_it_began(processes: list[Process], session: Session) -> None:
    session.execute("CREATE TABLE t AS SELECT x AS a FROM UNNEST(sequence(1, 1000)) AS s(x)")
    result = session.execute("SELECT count(*) FROM t")
    assert processes[0].run("INSERT INTO t VALUES (2000)") == "rows []"
    assert result.table().to_pylist() == [{"_col0": 1000}]
    assert session.execute("SELECT count(*) FROM t").table().to_pylist() == [{"_col0": 1001}]
