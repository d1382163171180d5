"""Errors as a person sees them: the line, a caret below the place, the hint."""

from __future__ import annotations

import pytest

from owlake.dialect.nodes.base import Position
from owlake.errors import error
from owlake_shell.problems import explained
from owlake_shell.render.cells import width_of

LONG = "SELECT " + ", ".join(f"column_{number}" for number in range(40)) + " FROM t"

PLACES = [
    ("SELECT nope", (1, 8), ["1 | SELECT nope", "           ^"]),
    ("SELECT a,\n  nope\nFROM t", (2, 3), ["2 |   nope", "      ^"]),
    # Wide characters take two cells; positions count UTF-16's units, of which an emoji has two.
    ("SELECT '日本', nope", (1, 14), ["1 | SELECT '日本', nope", "                   ^"]),
    ("SELECT '🎉', nope", (1, 14), ["1 | SELECT '🎉', nope", "                 ^"]),
    ("SELECT\t1,\tnope", (1, 11), ["1 | SELECT\\t1,\\tnope", "                ^"]),
    ("SELECT 1\r\n  x", (1, 8), ["1 | SELECT 1", "           ^"]),
    ("SELECT", (1, 7), ["1 | SELECT", "          ^"]),
    ("SELECT", (3, 1), []),
]


@pytest.mark.parametrize(("statement", "place", "lines"), PLACES)
def test_the_place_is_shown(statement: str, place: tuple[int, int], lines: list[str]) -> None:
    problem = error("COLUMN_NOT_FOUND", "It is wrong", Position(*place), hint="Mend it.")
    shown = explained(problem, statement).splitlines()
    assert shown == [f"COLUMN_NOT_FOUND: line {place[0]}:{place[1]}: It is wrong", *lines, "Hint: Mend it."]


def test_without_a_place_there_is_no_line() -> None:
    assert explained(error("HOME_ERROR", "Away"), "SELECT 1") == "HOME_ERROR: Away"


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", ["column_0,", "column_20,", "column_39"])
def test_a_long_line_is_cut_around_its_place(width: int, name: str) -> None:
    column = LONG.index(name) + 1
    _, line, caret = explained(error("X", "x", Position(1, column)), LONG, width).splitlines()
    assert width_of(line) <= width
    assert line[caret.index("^") :].startswith(name[:5])
