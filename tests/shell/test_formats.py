"""Results as text: ``--format``."""

from __future__ import annotations

import csv
import io
import json

import pytest

from owlake_shell import main
from owlake_shell.render import FORMS
from tests.shell.conftest import Owlake


def test_the_command_line_has_every_form() -> None:
    assert tuple(FORMS) == main.FORMS


def test_a_table_is_the_default(owlake: Owlake) -> None:
    ran = owlake("-c", "SELECT * FROM (VALUES (1, 'one'), (20, 'twenty')) AS t (number, word) ORDER BY number")
    lines = ["  number  word", "--------  ------", "       1  one", "      20  twenty", ""]
    assert ran.out == "\n".join(lines)
    assert (ran.status, ran.err) == (0, "")


def test_a_table_without_rows_has_its_header(owlake: Owlake) -> None:
    assert owlake("-c", "SELECT 1 AS a WHERE false").out == "a\n---\n"


def test_a_table_tells_null_from_empty_text(owlake: Owlake) -> None:
    lines = owlake("-c", "SELECT CAST(NULL AS varchar) AS a, '' AS b, 'x' AS c").out.splitlines()
    assert lines[2].split() == ["NULL", "x"]


def test_a_table_keeps_blanks_and_aligns_wide_characters(owlake: Owlake) -> None:
    ran = owlake("-c", "SELECT * FROM (VALUES (1, '日本', '|'), (2, '  ab', '|')) AS t (n, a, b) ORDER BY n")
    # Two wide characters take four cells, as many as the blanks and the letters of the other row.
    assert ran.out.splitlines()[2:] == ["  1  日本  |", "  2    ab  |"]


def test_values_are_shown_as_athena_does(owlake: Owlake) -> None:
    sql = (
        "SELECT true AS a, 1e10 AS b, DECIMAL '1.50' AS c, DATE '2020-02-29' AS d, "
        "TIMESTAMP '2020-01-01 00:00:00.5' AS e, ARRAY[1, NULL] AS f, X'00ff' AS g, "
        "CAST(ROW(1, 'x') AS row(p integer, q varchar)) AS h"
    )
    shown = next(csv.reader(io.StringIO(owlake("--format", "csv", "-c", sql).out.splitlines()[1])))
    assert shown == [
        "true",
        "1.0E10",
        "1.50",
        "2020-02-29",
        "2020-01-01 00:00:00.5",
        "[1, null]",
        "00 ff",
        "{p=1, q=x}",
    ]


def test_csv_quotes_everything_but_null(owlake: Owlake) -> None:
    ran = owlake("--format", "csv", "-c", "SELECT 'a\"b' AS \"x,y\", NULL AS n, '' AS e, 'l1' || chr(10) || 'l2' AS l")
    assert ran.out == '"x,y","n","e","l"\n"a""b",,"","l1\nl2"\n'


def test_json_is_an_array_and_jsonl_a_line_a_row(owlake: Owlake) -> None:
    sql = "SELECT * FROM (VALUES (1, 'é'), (2, NULL)) AS t (a, b) ORDER BY a"
    rows = [{"a": 1, "b": "é"}, {"a": 2, "b": None}]
    assert json.loads(owlake("--format", "json", "-c", sql).out) == rows
    assert [json.loads(line) for line in owlake("--format", "jsonl", "-c", sql).out.splitlines()] == rows
    assert json.loads(owlake("--format", "json", "-c", "SELECT 1 AS a WHERE false").out) == []


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("9007199254740993", 9007199254740993),
        ("DECIMAL '1.50'", "1.50"),
        ("1.5e0", 1.5),
        ("nan()", "NaN"),
        ("infinity()", "Infinity"),
        ("true", True),
        ("X'00ff'", "00 ff"),
        ("TIMESTAMP '2020-01-01 00:00:00.000'", "2020-01-01 00:00:00.000"),
        ("ARRAY[DATE '2020-01-01', NULL]", ["2020-01-01", None]),
        ("ARRAY[X'61']", ["61"]),
        ("CAST(ROW(1, DECIMAL '2.0') AS row(a integer, b decimal(2, 1)))", {"a": 1, "b": "2.0"}),
        ("map_agg(1, 'x')", {"1": "x"}),
        ("map_agg(DATE '2020-01-01', NULL)", {"2020-01-01": None}),
        ("JSON '[1]'", "[1]"),
        ("CAST('a' AS char(3))", "a  "),
    ],
)
def test_json_has_values_of_every_type(owlake: Owlake, sql: str, value: object) -> None:
    ran = owlake("--format", "jsonl", "-c", f"SELECT {sql} AS v")
    assert json.loads(ran.out) == {"v": value}


def test_json_loses_no_column_that_shares_its_name(owlake: Owlake) -> None:
    ran = owlake("--format", "jsonl", "-c", "SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a")
    assert json.loads(ran.out) == {"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}


def test_markdown_keeps_a_row_on_a_line(owlake: Owlake) -> None:
    ran = owlake("--format", "markdown", "-c", "SELECT 'a|b' AS x, 'l1' || chr(10) || 'l2' AS y, NULL AS z")
    assert ran.out.splitlines() == [
        "| x    | y        | z    |",
        "|------|----------|------|",
        "| a\\|b | l1<br>l2 | NULL |",
    ]


def test_every_row_of_a_long_result_is_there(owlake: Owlake) -> None:
    series = "SELECT a.x * 1000 + b.x AS n FROM UNNEST(sequence(0, 24)) AS a (x), UNNEST(sequence(0, 999)) AS b (x)"
    ran = owlake("-c", series)
    numbers = [int(line) for line in ran.out.splitlines() if line.strip().isdigit()]
    assert sorted(numbers) == list(range(25_000))
