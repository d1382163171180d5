"""Statements from files, from the command line and from standard input; exit statuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell.conftest import Owlake, Spawn, without_progress


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.sql"


def test_files_run_one_after_the_other_in_one_session(owlake: Owlake, tmp_path: Path) -> None:
    first, second = tmp_path / "1.sql", tmp_path / "2.sql"
    first.write_text("PREPARE p FROM SELECT ? AS a;")
    second.write_text("EXECUTE p USING 7")
    ran = owlake("--format", "csv", "run", str(first), str(second))
    assert (ran.status, ran.out) == (0, '"a"\n"7"\n')


def test_a_script_stops_at_the_first_failure(owlake: Owlake, script: Path) -> None:
    script.write_text("SELECT 1 AS a;\nSELECT b;\nSELECT 3 AS c;")
    ran = owlake("--format", "csv", "run", str(script))
    assert (ran.status, ran.out) == (1, '"a"\n"1"\n')


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELECT 1;\n\n-- what follows is wrong\nSELECT a,\n       nope\nFROM (VALUES 1) AS t (a);\n", "5:8"),
        ("SELECT 1; SELECT nope", "1:18"),
        ("SELECT 1;\n  SELEC 2;", "2:3"),
        ("SELECT 1;\n SHOW TABLES IN nowhere;", "2:2"),
    ],
)
def test_an_error_names_its_place_in_the_file(owlake: Owlake, script: Path, text: str, place: str) -> None:
    script.write_text(text)
    ran = owlake("run", str(script))
    assert ran.status == 1
    assert ran.err.startswith(f"{script}:{place}: ")


def test_an_error_keeps_athenas_text_and_says_what_was_meant(owlake: Owlake) -> None:
    ran = owlake("-c", "SELECT nam FROM (VALUES 1) AS t (name)")
    assert ran.status == 1
    assert ran.err.startswith("COLUMN_NOT_FOUND: line 1:8: Column 'nam' cannot be resolved")
    assert ran.err.endswith("\nHint: Did you mean name?\n")


def test_comments_and_blanks_are_no_statements(owlake: Owlake, script: Path) -> None:
    script.write_text("-- nothing\n;;\n/* here */;\n")
    assert owlake("run", str(script)) == owlake("-c", "")


@pytest.mark.parametrize("encoded", [b"\xef\xbb\xbfSELECT 'a' AS x", b"SELECT\r\n 'a' AS x;\r\n-- b\r\n"])
def test_marks_and_line_ends_of_other_systems(owlake: Owlake, script: Path, encoded: bytes) -> None:
    script.write_bytes(encoded)
    assert owlake("--format", "csv", "run", str(script)).out == '"x"\n"a"\n'


def test_lines_are_counted_with_carriage_returns_too(owlake: Owlake, script: Path) -> None:
    script.write_bytes(b"SELECT 1;\r\nSELECT\r\n  nope")
    assert owlake("run", str(script)).err.startswith(f"{script}:3:3: ")


def test_what_cannot_be_read_is_wrong_usage(owlake: Owlake, tmp_path: Path) -> None:
    (tmp_path / "latin.sql").write_bytes("SELECT 'é'".encode("latin-1"))
    for name in ("missing.sql", "latin.sql", "."):
        for words in (("run",), ("translate", "--from", "spark")):
            ran = owlake(*words, str(tmp_path / name))
            assert (ran.status, ran.out) == (2, "")
            assert "cannot be read" in ran.err
            assert "Traceback" not in ran.err


def test_results_are_written_where_an_option_says(owlake: Owlake, tmp_path: Path) -> None:
    ran = owlake("--result-location", "s3://answers/team", "--format", "csv", "-c", "SELECT 1 AS a; SELECT 'x' AS b")
    files = (tmp_path / "home" / "buckets" / "answers" / "team").glob("*.csv")
    assert sorted(file.read_text() for file in files) == ['"a"\n"1"\n', '"b"\n"x"\n']
    assert ran.out == '"a"\n"1"\n"b"\n"x"\n'
    assert owlake("--result-location", "answers", "-c", "SELECT 1").status == 1


@pytest.mark.parametrize("words", [("--bucket", "nyc"), ("--property", "athena_strict"), ("--bucket", "=x")])
def test_pairs_without_a_name_or_a_value_are_wrong_usage(owlake: Owlake, words: tuple[str, str]) -> None:
    ran = owlake(*words, "-c", "SELECT 1")
    assert ran.status == 2
    assert f"not '{words[1]}'" in ran.err


def test_parameters_are_classified_as_athena_does(owlake: Owlake) -> None:
    sql = "SELECT ? + 1 AS a, ? AS b, ? AS c, ? AS d"
    ran = owlake(
        "--format",
        "csv",
        "-c",
        sql,
        "--param",
        "41",
        "--param",
        "it's",
        "--param",
        "DATE '2020-01-01'",
        "--param",
        "NULL",
    )
    assert ran.out == '"a","b","c","d"\n"42","it\'s","2020-01-01",\n'


def test_session_properties_are_set_on_the_command_line(owlake: Owlake) -> None:
    ran = owlake("--property", "athena_strikt=true", "-c", "SELECT 1")
    assert ran.status == 1
    assert "Hint: Did you mean athena_strict?" in ran.err


def test_a_bucket_is_a_folder_outside_the_home_from_then_on(owlake: Owlake, tmp_path: Path) -> None:
    (tmp_path / "outside" / "lines").mkdir(parents=True)
    (tmp_path / "outside" / "lines" / "a.csv").write_text("1\n2\n")
    made = owlake(
        "--bucket", f"raw={tmp_path / 'outside'}", "-c", "CREATE EXTERNAL TABLE t (a int) LOCATION 's3://raw/lines/'"
    )
    assert made.status == 0
    assert owlake("--format", "csv", "-c", "SELECT sum(a) AS s FROM t").out == '"s"\n"3"\n'
    missing = owlake("--bucket", f"raw2={tmp_path / 'nowhere'}", "-c", "SELECT 1")
    assert (missing.status, "does not exist" in missing.err) == (1, True)


def test_a_database_to_look_names_up_in(owlake: Owlake) -> None:
    owlake("-c", "CREATE DATABASE d; CREATE TABLE d.t AS SELECT 5 AS a")
    assert owlake("--database", "d", "--format", "csv", "-c", "SELECT a FROM t").out == '"a"\n"5"\n'


def test_echo_and_summary_frame_each_result(owlake: Owlake, script: Path) -> None:
    script.write_text("SELECT 1 AS a;\nCREATE DATABASE d;\n")
    ran = owlake("--format", "csv", "run", "--echo", "--summary", str(script))
    lines = ran.err.splitlines()
    assert lines[0] == "SELECT 1 AS a;"
    assert lines[1].startswith("-- 1 row, 0 B scanned, 0.000050 USD, ")
    assert lines[3] == "CREATE DATABASE d;"
    assert lines[4].startswith("-- ok, ")
    assert ran.out == '"a"\n"1"\n'


def test_warnings_go_to_stderr(owlake: Owlake) -> None:
    ran = owlake("--format", "csv", "-c", "CREATE TABLE t (b) AS SELECT 1 AS a; SELECT b FROM t")
    assert ran.out == '"b"\n"1"\n'
    assert ran.err.startswith("Warning: MISSING_COLUMN_NAME")


def test_a_statement_comes_from_standard_input(spawn: Spawn) -> None:
    with spawn("--format", "csv") as child:
        out, err = child.communicate("SELECT 2 AS a;")
    assert (child.returncode, out, without_progress(err)) == (0, '"a"\n"2"\n', "")


def test_translation_of_another_dialect(owlake: Owlake, script: Path) -> None:
    script.write_text("SELECT a::int FROM t")
    ran = owlake("translate", "--from", "postgres", str(script))
    assert (ran.status, ran.out.strip().rstrip(";")) == (0, "SELECT CAST(a AS INTEGER) FROM t")
    unknown = owlake("translate", "--from", "klingon", str(script))
    assert (unknown.status, "klingon" in unknown.err) == (1, True)


def test_wrong_words_are_wrong_usage(spawn: Spawn) -> None:
    with spawn("--format", "xml") as child:
        _, err = child.communicate()
    assert child.returncode == 2
    assert "invalid choice: 'xml'" in err


def test_the_homes_place_comes_from_the_environment(spawn: Spawn, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    with spawn("-c", "SELECT 1") as child:
        _, err = child.communicate()
    assert child.returncode == 1
    assert err.startswith("HOME_ERROR: ")
