"""Commands that begin with a backslash, in ``-c`` and in scripts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from owlake_shell.commands import COMMANDS
from tests.shell.conftest import Owlake, without_progress


def test_every_command_has_its_line_of_help(owlake: Owlake) -> None:
    shown = owlake("-c", "\\?")
    assert shown.status == 0
    listed = [line.split()[0] for line in shown.out.splitlines() if line.startswith("\\")]
    assert listed == sorted(COMMANDS)
    assert all(one.help for one in COMMANDS.values())


def test_commands_stand_between_statements(owlake: Owlake) -> None:
    ran = owlake("-c", "SELECT 1 AS a;\n\\format csv\nSELECT 2 AS b;  \\format jsonl\nSELECT 3 AS c")
    assert ran.out == '  a\n---\n  1\n"b"\n"2"\n{"c": 3}\n'
    assert "Results are written as csv.\nResults are written as jsonl.\n" in ran.err


def test_a_statement_that_ends_vertically(owlake: Owlake) -> None:
    ran = owlake("-c", "SELECT 1 AS a, '' AS empty, NULL AS none\\G SELECT 2 AS a")
    assert ran.out.splitlines() == [
        "-[ row 1 ]----------------------",
        "a     | 1",
        "empty | ",
        "none  | NULL",
        "  a",
        "---",
        "  2",
    ]


LISTED = [
    ("\\l", [["awsdatacatalog", "default"], ["awsdatacatalog", "sales"], ["system", "runtime"]]),
    ("\\d", [["default", "t"], ["default", "v"]]),
    ("\\d sales", [["sales", "refunds"]]),
    ("\\d awsdatacatalog.sales;", [["sales", "refunds"]]),
    ("\\d t", [["a", "integer", "", "how many"], ["day", "varchar", "partition key", ""]]),
    ("\\d v", [["n", "integer", "", ""]]),
    ('\\d sales."refunds"', [["b", "integer", "", ""]]),
    ("\\d system.runtime.queries", [["query_id", "varchar", "", "The execution's id"]]),
]


@pytest.fixture
def lake(owlake: Owlake) -> None:
    made = owlake(
        "-c",
        "CREATE EXTERNAL TABLE t (a int COMMENT 'how many') PARTITIONED BY (day string) LOCATION 's3://b/t/';"
        "CREATE VIEW v AS SELECT 1 AS n; CREATE DATABASE sales; CREATE TABLE sales.refunds AS SELECT 1 AS b",
    )
    assert made.status == 0, made.err


@pytest.mark.usefixtures("lake")
def test_looking_around_in_the_catalogs(owlake: Owlake) -> None:
    script = "\\format csv\n" + "\n".join(command for command, _ in LISTED)
    shown = owlake("-c", script).out
    for command, rows in LISTED:
        for row in rows:
            assert ",".join(f'"{cell}"' for cell in row) in shown, command


def test_a_name_that_is_not_there(owlake: Owlake) -> None:
    ran = owlake("-c", "\\d nowhere")
    assert ran.status == 1
    assert ran.err.startswith("There is no table or database nowhere\nHint: ")


def test_types_in_the_header(owlake: Owlake) -> None:
    ran = owlake("-c", "\\types on\nSELECT 1 AS a, 'x' AS word;\\format vertical\nSELECT 1 AS a")
    lines = ran.out.splitlines()
    assert [line.split() for line in lines[:2]] == [["a", "word"], ["integer", "varchar(1)"]]
    assert lines[4:] == ["-[ row 1 ]----------------------", "a integer | 1"]


def test_lines_for_values_are_switched_on_and_off(owlake: Owlake) -> None:
    ran = owlake("-c", "\\x\nSELECT 1 AS a;\\x\nSELECT 1 AS a;\\x auto\nSELECT 1 AS a")
    assert ran.out.splitlines()[1:] == ["a | 1", *["  a", "---", "  1"] * 2]
    assert "A line for each value is auto." in ran.err


def test_results_go_to_a_file_and_back(owlake: Owlake, tmp_path: Path) -> None:
    file = tmp_path / "a b.csv"
    ran = owlake("--format", "csv", "-c", f"\\o '{file}'\nSELECT 1 AS a; SELECT 'é' AS b;\n\\o\nSELECT 3 AS c")
    assert file.read_text(encoding="utf-8") == '"a"\n"1"\n"b"\n"é"\n'
    assert ran.out == '"c"\n"3"\n'


def test_a_file_of_statements_and_commands(owlake: Owlake, tmp_path: Path) -> None:
    script = tmp_path / "one.sql"
    script.write_text("\\format csv\nSELECT 1 AS a;\n")
    assert owlake("-c", f"\\i {script}\nSELECT 2 AS b").out == '"a"\n"1"\n"b"\n"2"\n'


def test_an_error_in_a_file_ends_what_asked_for_it(owlake: Owlake, tmp_path: Path) -> None:
    script = tmp_path / "wrong.sql"
    script.write_text("SELECT 1 AS a;\nSELECT nope;\nSELECT 3 AS c;")
    ran = owlake("--format", "csv", "-c", f"\\i {script}\nSELECT 4 AS d")
    assert (ran.status, ran.out) == (1, '"a"\n"1"\n')
    assert ran.err.startswith(f"{script}:2:8: COLUMN_NOT_FOUND")
    assert ran.err.count("COLUMN_NOT_FOUND") == 1


def test_a_file_that_runs_itself(owlake: Owlake, tmp_path: Path) -> None:
    script = tmp_path / "again.sql"
    script.write_text(f"\\i {script}\n")
    ran = owlake("run", str(script))
    assert ran.status == 1
    assert "Scripts run each other more than 16 deep" in ran.err


def test_leaving_ends_the_script(owlake: Owlake, tmp_path: Path) -> None:
    first, second = tmp_path / "1.sql", tmp_path / "2.sql"
    first.write_text("SELECT 1 AS a;\n\\q\nSELECT 2 AS b;")
    second.write_text("SELECT 3 AS c;")
    ran = owlake("--format", "csv", "run", str(first), str(second))
    assert (ran.status, ran.out) == (0, '"a"\n"1"\n')


def test_the_last_statement_is_run_again(owlake: Owlake) -> None:
    ran = owlake("--format", "csv", "-c", "SELECT 1 AS a;\n\\watch 0 2")
    assert (ran.status, ran.out) == (0, '"a"\n"1"\n' * 3)


def test_plan_and_cost_of_a_statement(owlake: Owlake) -> None:
    ran = owlake("--format", "csv", "-c", "\\plan SELECT 1 AS a\nSELECT 2 AS b;\n\\plan\n\\cost")
    assert ran.status == 0
    assert ran.out.count("Output") == 2
    assert ran.out.endswith('"files","bytes","cost_usd","bound","reasons"\n"0","0","5.0E-5","exact",\n')


def test_timing_tells_the_parts(owlake: Owlake) -> None:
    ran = owlake("--format", "csv", "-c", "\\timing on\nSELECT 1 AS a;\\timing off\nSELECT 2 AS b")
    assert "Timing is on." in ran.err
    assert ran.err.count("(planning 0.") == 1
    assert "planning" not in ran.out


def test_a_chart_of_the_last_result(owlake: Owlake) -> None:
    ran = owlake("-c", "SELECT * FROM (VALUES ('a', 2), ('b', 4)) AS t (x, y) ORDER BY x;\n\\format csv\n\\chart bar")
    (row,) = [line for line in ran.out.splitlines() if line.startswith("a 2┤")]
    (other,) = [line for line in ran.out.splitlines() if line.startswith("b 4┤")]
    assert abs(row.count("█") * 2 - other.count("█")) <= 1


WRONG = [
    ("\\dd", "There is no command \\dd", "Did you mean \\d?"),
    ("\\1", "There is no command \\1", "\\? lists the commands."),
    ("\\", "There is no command \\", "\\? lists the commands."),
    ("\\format xml", "The format cannot be 'xml'", "Give table, vertical, markdown, csv, json or jsonl."),
    ("\\x maybe", "\\x cannot be 'maybe'", "Give on, off or auto."),
    ("\\timing 1", "timing cannot be '1'", "Give on or off."),
    ("\\i", "\\i needs FILE", "Usage: \\i FILE"),
    ("\\q now", "\\q does not take 'now'", "Usage: \\q"),
    ("\\o 'open", "No closing quotation", "Usage: \\o [FILE]"),
    ("\\i nowhere.sql", "nowhere.sql cannot be read: No such file or directory", ""),
    ("\\o /nowhere/a.csv", "/nowhere/a.csv cannot be written: No such file or directory", ""),
    ("\\watch soon", "\\watch takes a number, not 'soon'", "Usage: \\watch SECONDS [TIMES]"),
    ("\\watch nan", "\\watch takes a number, not 'nan'", ""),
    ("\\watch 1", "There is no last statement", "Run one first."),
    ("\\plan", "There is no last statement", "Run one first."),
    ("\\cost SHOW TABLES", "Queries of this type are not supported", ""),
    ("\\plan SELECT nope", "Column 'nope' cannot be resolved", ""),
    ("\\plan SELECT 1; SELECT 2", "Only one sql statement is allowed", ""),
    ("\\chart", "There is no last result", "Run a query first."),
    ("SELECT 'x' AS a;\n\\chart", "The last result has no numbers to draw", ""),
    ("SELECT 1 AS a WHERE false;\n\\chart", "The last result has no rows to draw", ""),
    ("SELECT 1 AS a;\n\\chart bar b", "The last result has no column b", "There are a."),
    ("SELECT 'x' AS a;\n\\chart histogram a", "The column a is no numbers", ""),
    ("\\d a.b.c.d", "There is no table or database a.b.c.d", ""),
    ("\\d 1", "mismatched input '1'", ""),
]


@pytest.mark.parametrize(("script", "text", "hint"), WRONG, ids=[case[0] for case in WRONG])
def test_a_command_given_something_else(owlake: Owlake, script: str, text: str, hint: str) -> None:
    ran = owlake("--format", "csv", "-c", script)
    assert ran.status == 1
    assert text in ran.err
    assert f"Hint: {hint}" in ran.err or not hint
    assert "Traceback" not in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is Linux's /dev/full")
def test_a_disk_that_is_full_is_an_error_of_the_statement(owlake: Owlake) -> None:
    ran = owlake("-c", "\\o /dev/full\nSELECT 1 AS a")
    assert ran.status == 1
    assert ran.err.splitlines() == [
        "/dev/full cannot be written: No space left on device",
        "Hint: Results go to standard output again",
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is Linux's /dev/full")
def test_standard_output_that_takes_no_more_is_an_error(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "owlake_shell.main", "--home", str(tmp_path / "home"), "-c", "SELECT 1 AS a"]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert without_progress(ran.stderr) == "Standard output cannot be written: No space left on device\n"
