"""What each part of a text is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlake_shell.highlighting import Part, parts

KEYWORD, PLAIN, NAME = Part.KEYWORD, Part.PLAIN, Part.NAME
STRING, NUMBER, COMMENT, OPEN = Part.STRING, Part.NUMBER, Part.COMMENT, Part.OPEN
SELECT = ("SELECT", KEYWORD)

WHAT = [
    ("SELECT a", [SELECT, ("a", PLAIN)]),
    ("SELECT lower(x), lower", [SELECT, ("lower", Part.FUNCTION), ("x", PLAIN), ("lower", PLAIN)]),
    ("'a' X'00' 1 1.5 1e3", [("'a'", STRING), ("X'00'", STRING), ("1", NUMBER), ("1.5", NUMBER), ("1e3", NUMBER)]),
    ('"a b" `c`', [('"a b"', NAME), ("`c`", NAME)]),
    ("-- c\nSELECT /* d */ a", [("-- c\n", COMMENT), SELECT, (" /* d */ ", COMMENT), ("a", PLAIN)]),
    ("SELECT 'open FROM t", [SELECT, ("'open FROM t", OPEN)]),
    ("SELECT 'open; FROM t", [SELECT, ("'open; FROM t", OPEN)]),
    ("SELECT /* open ; x", [SELECT, ("/* open ; x", COMMENT)]),
    ("\\d t\nSELECT", [("\\d t\n", Part.COMMAND), SELECT]),
    ("SELECT a\\G", [SELECT, ("a", PLAIN), ("\\G", Part.COMMAND)]),
    ("MSCK REPAIR TABLE t", [("MSCK", KEYWORD), ("REPAIR", KEYWORD), ("TABLE", KEYWORD), ("t", PLAIN)]),
    ("DESCRIBE t 'it\\'s;'", [("DESCRIBE", KEYWORD), ("t", PLAIN), ("'it\\'s;'", STRING)]),
]


@pytest.mark.parametrize(("text", "expected"), WHAT, ids=[text for text, _ in WHAT])
def test_what_the_parts_of_a_text_are(text: str, expected: list[tuple[str, Part]]) -> None:
    found = parts(text, {"lower"})
    told = [(piece, part) for part, piece in found if part is not Part.PLAIN or piece.strip(" \n;(),")]
    assert [(piece.strip(" ") if part is Part.PLAIN else piece, part) for piece, part in told] == expected


@given(st.text(alphabet="ab '\"`\\-/*;\n\t(1.é😀", max_size=40))
def test_the_parts_are_the_text(text: str) -> None:
    assert "".join(piece for _, piece in parts(text)) == text
