"""Results as a person and as a program read them: widths, control characters, CSV."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.types.model import BIGINT, DOUBLE, VARCHAR
from owlake.types.rendering import render_column
from owlake_shell.render import render
from owlake_shell.render.cells import visible, width_of
from owlake_shell.render.look import Expanded, Look
from owlake_shell.render.rows import Listing


def shown(rows: Listing, form: str = "table", look: Look | None = None) -> str:
    output = io.StringIO()
    render(rows, form, output, look)
    return output.getvalue()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\tb\r\n", "a\\tb\\r\n"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202egnp", "\\u202egnp"),
        ("é 日本 🎉", "é 日本 🎉"),
    ],
)
def test_a_value_cannot_steer_the_terminal(text: str, expected: str) -> None:
    assert visible(text) == expected
    assert expected.rstrip("\n") in shown(Listing(("a",), [(text.rstrip("\n"),)]))


@pytest.mark.parametrize("word", ["日本", "🎉🎉", "e\u0301te\u0301", "👨‍👩‍👧", "ﾊﾝｶｸ", "한국"])
def test_columns_are_aligned_by_cells(word: str) -> None:
    lines = shown(Listing(("a", "b"), [(word, "|"), ("abcdefgh", "|")])).splitlines()
    assert {width_of(line.partition("|")[0]) for line in lines[2:]} == {10}


def test_null_is_told_from_text() -> None:
    rows = Listing(("a",), [(None,), ("",), ("NULL",)])
    assert shown(rows, look=Look(null="∅")).splitlines()[2:] == ["∅", "", "NULL"]
    assert shown(rows, look=Look(color=True)).splitlines()[2] == "\x1b[2mNULL\x1b[0m"
    assert shown(rows, "vertical").splitlines()[1::2] == ["a | NULL", "a | ", "a | NULL"]


def test_colors_do_not_move_columns() -> None:
    rows = Listing(("a", "b"), [(None, "|"), ("text", "|")])
    plain = [
        line.replace("\x1b[2m", "").replace("\x1b[0m", "") for line in shown(rows, look=Look(color=True)).split("\n")
    ]
    assert "\n".join(plain) == shown(rows)


def test_a_table_that_is_too_wide_becomes_lines_for_values() -> None:
    rows = Listing(("a", "b"), [("x" * 30, "y" * 20)])
    wide = Look(expanded=Expanded.AUTO, width=52)
    assert shown(rows, look=wide) == shown(rows)
    assert shown(rows, look=Look(expanded=Expanded.AUTO, width=51)).startswith("-[ row 1 ]-")
    # Where nobody looks there is no width to keep to.
    assert shown(rows, look=Look(expanded=Expanded.AUTO)) == shown(rows)


TEXTS = st.none() | st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=50)
@given(st.lists(st.tuples(TEXTS, st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.floats()), max_size=20))
def test_csv_is_what_each_value_is_shown_as(rows: list[tuple[object, ...]]) -> None:
    listing = Listing(("a", 'b"', "c"), rows, (VARCHAR, BIGINT, DOUBLE))
    expected = io.StringIO()
    expected.write('"a","b""","c"\n')
    for batch in listing:
        columns = [render_column(batch.column(index), one.type) for index, one in enumerate(listing.columns)]
        for row in zip(*columns, strict=True):
            expected.write(",".join("" if one is None else '"' + one.replace('"', '""') + '"' for one in row) + "\n")
    text = shown(listing, "csv")
    assert text == expected.getvalue()
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
    assert [row[0] for row in read] == [row[0] or "" for row in rows]
