"""What a file says: header, statements, down section; and what is wrong with it, by file and line."""

from __future__ import annotations

import pytest

from owlake.errors import OwlakeError
from owlake_shell.migrations.model import Header, Statement, checksum_of
from owlake_shell.migrations.parsing import parse_migration

NAME = "0003_fill"


def test_a_header_says_what_the_migration_needs() -> None:
    text = (
        "-- intent: Days,\n--   and their clicks\n--\n-- requires: 0001, R__countries\n"
        "-- environments: dev, prod\n-- variables: bucket, days = 30, empty=\n\nSELECT 1;"
    )
    assert parse_migration(NAME, text).header == Header(
        "Days, and their clicks",
        ("0001", "R__countries"),
        ("dev", "prod"),
        (("bucket", None), ("days", "30"), ("empty", "")),
    )


def test_statements_have_their_lines_and_no_comments_before_them() -> None:
    text = "-- intent: x\n\n-- first\nSELECT ';' -- inside\n;\n/* a\n b */ SELECT 2;\n-- the end\n"
    assert parse_migration(NAME, text).up == (
        Statement(1, 4, "SELECT ';' -- inside"),
        Statement(2, 7, "SELECT 2"),
    )


@pytest.mark.parametrize("mark", ["-- down", "--down", "--  DOWN", "-- down:", "-- down\r"])
def test_what_follows_the_mark_undoes_the_migration(mark: str) -> None:
    migration = parse_migration(NAME, f"-- intent: x\n\nSELECT 1;\n{mark}\nSELECT 2;\n\nSELECT 3")
    assert migration.up == (Statement(1, 3, "SELECT 1"),)
    assert migration.down == (Statement(1, 5, "SELECT 2"), Statement(2, 7, "SELECT 3"))


def test_a_mark_among_other_words_is_a_comment() -> None:
    migration = parse_migration(NAME, "-- intent: x\n\nSELECT 1;\n-- down there\nSELECT 2;")
    assert (len(migration.up), migration.down) == (2, ())


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("SELECT 1;", 1, "the header does not say what the migration is for"),
        ("-- requires: 0001\n\nSELECT 1;", 1, "the header does not say what the migration is for"),
        ("-- intent:\n\nSELECT 1;", 1, "the header does not say what the migration is for"),
        ("-- intent: x\n-- Clicks of a day\n\nSELECT 1;", 2, "this is no line of a header: -- Clicks of a day"),
        ("-- intent: x\n-- depends: 0001\n\nSELECT 1;", 2, "a header has no 'depends'"),
        ("-- intent: x\n-- intent: y\n\nSELECT 1;", 2, "'intent' is there twice"),
        ("-- intent: x\n-- requires: first\n\nSELECT 1;", 2, "'first' names no migration"),
        ("-- intent: x\n-- environments: the one\n\nSELECT 1;", 2, "'the one' is no name of an environment"),
        ("-- intent: x\n-- variables: a-b\n\nSELECT 1;", 2, "'a-b' is no name of a variable"),
        ("-- intent: x\n\nSELECT 1;\n-- down\n-- down\nSELECT 2;", 5, "there are two down sections"),
        ("-- intent: x\n\nSELECT 1;\n-- down\nSELECT 2;\n-- down\nSELECT 3", 6, "there are two down sections"),
        ("-- intent: x\n\nSELECT 1;\n-- down\n", 4, "the down section has no statement"),
        ("-- intent: x\n\nSELECT 1\n-- down\nSELECT 2;", 4, "`-- down` stands inside of a statement"),
        ("-- intent: x\n\nSELECT 'a;\nSELECT 2;", 3, "a quote or comment is not closed"),
    ],
)
def test_what_is_wrong_with_a_file_has_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(OwlakeError) as refused:
        parse_migration(NAME, text)
    assert refused.value.code == "MIGRATION_INVALID"
    assert refused.value.message == f"0003_fill.sql:{line}: {problem}"
    assert refused.value.hint


@pytest.mark.parametrize(
    "text", ["-- intent: x\n\n", "-- intent: x\n\n-- nothing\n;;", "-- intent: x\n\n-- down\nSELECT 1"]
)
def test_a_file_without_statements_is_refused(text: str) -> None:
    with pytest.raises(OwlakeError, match=r"0003_fill\.sql: there is no statement in it"):
        parse_migration(NAME, text)


@pytest.mark.parametrize("name", ["1_first", "first", "0001-first", "0001_", "R_view", "R__", "0001_a.b"])
def test_other_names_are_no_migrations(name: str) -> None:
    with pytest.raises(OwlakeError, match="this is no name of a migration"):
        parse_migration(name, "-- intent: x\n\nSELECT 1")


@pytest.mark.parametrize("same", ["\ufeffa\nb\n", "a\r\nb\r\n", "a  \nb\t", "\n\na\nb\n\n\n", "a\rb"])
def test_a_checksum_is_that_of_the_text_not_of_its_blanks_and_line_ends(same: str) -> None:
    # printf 'a\nb' | sha256sum
    assert checksum_of(same) == "7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78"


@pytest.mark.parametrize("other", ["a\nc", " a\nb", "a\n\nb", "A\nb"])
def test_other_texts_have_other_checksums(other: str) -> None:
    assert checksum_of(other) != checksum_of("a\nb")
