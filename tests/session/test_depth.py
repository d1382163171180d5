"""Statements that are deep or long: an answer or a clear error, never a crash. Each runs in a child process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_CHILD = """
import sys
import owlake
statement, home = sys.stdin.read(), sys.argv[1]
with owlake.connect(home) as connection:
    try:
        print("rows", connection.execute(statement).fetchall())
    except owlake.Error as problem:
        print("error", str(problem)[:300])
"""


def _nested_subqueries(depth: int) -> str:
    query = "SELECT x FROM (VALUES 7) AS t(x)"
    for level in range(depth):
        query = f"SELECT x FROM ({query}) AS t{level}"
    return query


def _computed_subqueries(depth: int) -> str:
    query = "SELECT x FROM (VALUES 7, 8) AS t(x)"
    for level in range(depth):
        query = f"SELECT x + 1 AS x FROM ({query}) AS t{level}"
    return f"SELECT min(x) FROM ({query}) AS t"


def _long_text() -> str:
    items = ", ".join(f"'{number:06}'" for number in range(22_000))
    return f"SELECT count(*) FROM UNNEST(ARRAY[1]) AS t(x) WHERE CAST(x AS varchar) NOT IN ({items})"


CASES = {
    "500 parentheses": (f"SELECT {'(' * 500}7{')' * 500}", "rows [(7,)]"),
    "500 subqueries": (_nested_subqueries(500), "rows [(7,)]"),
    "200 computed subqueries": (_computed_subqueries(200), "rows [(207,)]"),
    "an OR of 20,000 terms": (
        f"SELECT x FROM (VALUES 7) AS t(x) WHERE {' OR '.join(f'x = {number}' for number in range(20_000))}",
        "rows [(7,)]",
    ),
    "an OR of 20,000 different terms": (
        "SELECT x FROM (VALUES (7, 'a')) AS t(x, s) WHERE "
        + " OR ".join(f"(x = {number} AND s = 'b')" for number in range(20_000)),
        "rows []",
    ),
    "an IN of 30,000": (
        f"SELECT x FROM (VALUES 7) AS t(x) WHERE x IN ({', '.join(str(number) for number in range(30_000))})",
        "rows [(7,)]",
    ),
    "5,000 additions of constants": (f"SELECT {' + '.join(['1'] * 5000)}", "rows [(5000,)]"),
    "5,000 additions of a column": (f"SELECT {' + '.join(['x'] * 5000)} FROM (VALUES 1) AS t(x)", "rows [(5000,)]"),
    "5,000 additions of doubles": (f"SELECT {' + '.join(['x'] * 5000)} FROM (VALUES 1e0) AS t(x)", "rows [(5000.0,)]"),
    "5,000 concatenations": (f"SELECT length({' || '.join(['x'] * 5000)}) FROM (VALUES 'a') AS t(x)", "rows [(5000,)]"),
    "200 KB of text": (_long_text(), "rows [(1,)]"),
    "500 nested CASEs": (
        f"SELECT {'CASE WHEN x = 0 THEN 0 ELSE ' * 500}x{' END' * 500} FROM (VALUES 7) AS t(x)",
        "rows [(7,)]",
    ),
    "500 nested calls": (f"SELECT {'abs(' * 500}x{')' * 500} FROM (VALUES 7) AS t(x)", "rows [(7,)]"),
    "1,000 UNIONs": (" UNION ALL ".join(["SELECT 1"] * 1000), None),
    "300 joins": (
        "SELECT count(*) FROM " + ", ".join(f"(VALUES 1) AS t{number}(x{number})" for number in range(300)),
        "rows [(1,)]",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_answers_or_says_why_not(name: str, tmp_path: Path) -> None:
    statement, expected = CASES[name]
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tmp_path / "home")],
        input=statement,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"the process died with {done.returncode}: {done.stderr[-500:]}"
    if expected is None:
        assert done.stdout.startswith(("rows", "error"))
        assert "GENERIC_INTERNAL_ERROR" not in done.stdout
    else:
        assert done.stdout.strip() == expected
