"""Cutting a script into statements."""

import pytest

from owlake.dialect.script import Cutting, is_complete, split

SCRIPTS = [
    ("", []),
    (" ;; \n; ", []),
    ("SELECT 1", ["SELECT 1"]),
    (";SELECT 1;;", ["SELECT 1"]),
    ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
    ("SELECT ';'; SELECT \";\"", ["SELECT ';'", 'SELECT ";"']),
    ("SELECT 'it'';s'; x", ["SELECT 'it'';s'", "x"]),
    ("SELECT 1 -- ;\n, 2; x", ["SELECT 1 -- ;\n, 2", "x"]),
    ("SELECT /* ; */ 1; x", ["SELECT /* ; */ 1", "x"]),
    ("SELECT /* -- */ 1; x", ["SELECT /* -- */ 1", "x"]),
    ("SELECT 1; -- c", ["SELECT 1", "-- c"]),
    ("-- c\nSELECT 1;", ["-- c\nSELECT 1"]),
    ("SELECT '\\'; x", ["SELECT '\\'", "x"]),
    ("SELECT 'open; x", ["SELECT 'open", "x"]),
    ("SELECT /* open; x", ["SELECT /* open", "x"]),
    (
        "CREATE EXTERNAL TABLE t (a int COMMENT 'it\\'s; x'); y",
        ["CREATE EXTERNAL TABLE t (a int COMMENT 'it\\'s; x')", "y"],
    ),
    ('/* c */ ALTER TABLE t SET LOCATION "a\\";"; y', ['/* c */ ALTER TABLE t SET LOCATION "a\\";"', "y"]),
    ("DROP TABLE `a;b`; y", ["DROP TABLE `a;b`", "y"]),
]


@pytest.mark.parametrize(("script", "texts"), SCRIPTS)
def test_a_script_is_cut_at_semicolons_outside_quotes_and_comments(script: str, texts: list[str]) -> None:
    assert [piece.text for piece in split(script)] == texts


def test_a_piece_knows_where_it_begins() -> None:
    script = "SELECT 1;\n\n  -- c\n  SELECT 2;\n;SELECT 3"
    pieces = split(script)
    assert [(piece.offset, piece.line) for piece in pieces] == [(0, 1), (13, 3), (31, 5)]
    assert [script[piece.offset :].startswith(piece.text) for piece in pieces] == [True] * 3


@pytest.mark.parametrize(
    ("text", "only_comment"),
    [("-- c", True), ("/* c */ -- d\n/* e */", True), ("/* c */ SELECT 1", False), ("/* open", False)],
)
def test_a_piece_tells_whether_it_is_only_a_comment(text: str, only_comment: bool) -> None:
    (piece,) = split(text)
    assert piece.only_comment is only_comment


SHELL = Cutting((";", "\\G"), command="\\")


@pytest.mark.parametrize(
    ("script", "pieces"),
    [
        ("SELECT 1;", [("SELECT 1", ";")]),
        ("SELECT 1\\G SELECT 2", [("SELECT 1", "\\G"), ("SELECT 2", "")]),
        ("SELECT '\\G' \\G", [("SELECT '\\G'", "\\G")]),
        ("\\d t\nSELECT 1;", [("\\d t", "\n"), ("SELECT 1", ";")]),
        ("-- c\n \\o 'a;b'\r\nSELECT 1", [("\\o 'a;b'", "\n"), ("SELECT 1", "")]),
        ("SELECT 1;\\x\n\\l", [("SELECT 1", ";"), ("\\x", "\n"), ("\\l", "\n")]),
        ("\\d it's\nSELECT 1;", [("\\d it's", "\n"), ("SELECT 1", ";")]),
    ],
)
def test_a_reader_of_its_own_has_other_ends_and_commands(script: str, pieces: list[tuple[str, str]]) -> None:
    assert [(piece.text, piece.terminator) for piece in split(script, SHELL)] == pieces


@pytest.mark.parametrize(
    ("script", "complete"),
    [
        ("", True),
        ("SELECT 1", False),
        ("SELECT 1;", True),
        ("SELECT 1\\G", True),
        ("SELECT 1; SELECT", False),
        ("SELECT 'a;", False),
        ("SELECT 'a;\nb';", True),
        ("SELECT /* ;", False),
        ("SELECT 1; -- done", True),
        ("SELECT 1 -- ;", False),
        ("\\d t", True),
        ("ALTER TABLE t SET LOCATION 'it\\'s;", False),
    ],
)
def test_a_text_is_complete_once_nothing_is_open(script: str, complete: bool) -> None:
    assert is_complete(script, SHELL) is complete


def test_a_piece_without_its_comments_begins_at_its_first_word() -> None:
    script = "-- a\n/* b\n */ SELECT 1 -- c\n; -- d"
    first, last = (piece.without_comments_before for piece in split(script))
    assert (first.text, first.line, first.terminator) == ("SELECT 1 -- c", 3, ";")
    assert script[first.offset :].startswith("SELECT 1")
    assert last.text == ""
