"""Results drawn in characters."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from owlake.errors import OwlakeError
from owlake.types.model import BIGINT, DATE, DOUBLE, VARCHAR
from owlake_shell.charts import BARS, chart_text
from owlake_shell.render.cells import width_of
from owlake_shell.render.rows import Listing

CITIES = Listing(("city", "amount"), [("Köln", 3), ("東京", 12), ("Rome", None), ("Oslo", -6)], (VARCHAR, BIGINT))


def bars(text: str) -> dict[str, tuple[int, int]]:
    """Where each bar begins and how long it is, by the text before it."""
    found = {}
    for line in text.splitlines():
        label, frame, rest = line.partition("┤")
        if frame:
            found[label.strip()] = (rest.find("█"), rest.count("█"))
    return found


def test_bars_are_as_long_as_their_values() -> None:
    drawn = bars(chart_text(CITIES, "bar", [], 60))
    assert list(drawn) == ["Köln 3", "東京 12", "Oslo -6"]
    assert abs(drawn["東京 12"][1] - 4 * drawn["Köln 3"][1]) <= 4
    # What is below zero grows to the other side.
    assert drawn["Oslo -6"][0] == 0
    assert abs(drawn["Köln 3"][0] - drawn["Oslo -6"][1]) <= 1


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_chart_is_no_wider_than_the_terminal(width: int) -> None:
    for kind in ("bar", "line", "histogram"):
        names = ["amount"] if kind == "histogram" else []
        for line in chart_text(CITIES, kind if kind != "line" else None, names, width).splitlines():
            assert width_of(line) <= width


def test_labels_that_repeat_are_bars_of_their_own() -> None:
    rows = Listing(("a", "b"), [("x", 1), ("x", 2)], (VARCHAR, BIGINT))
    assert list(bars(chart_text(rows, "bar", [], 60))) == ["x 1", "x 2"]


def test_too_many_bars_are_said_to_be_left_out() -> None:
    rows = Listing(("a", "b"), [(str(number), number) for number in range(BARS + 5)], (VARCHAR, BIGINT))
    text = chart_text(rows, "bar", [], 60)
    assert len(bars(text)) == BARS
    assert f"The first {BARS} of {BARS + 5} rows." in text


def test_dates_and_numbers_are_a_line_between_them() -> None:
    days = [dt.date(2024, 1, day) for day in (1, 10, 31)]
    rows = Listing(("day", "high", "low"), [(day, day.day * 2.0, 1.0) for day in days], (DATE, DOUBLE, DOUBLE))
    text = chart_text(rows, None, [], 60)
    assert "2024-01-01" in text
    assert "2024-01-31" in text
    assert "high" in text
    assert "low" in text
    assert "62.0┤" in text


def test_one_column_of_numbers_is_a_histogram() -> None:
    rows = Listing(("n",), [(number % 10 + 0.0,) for number in range(100)] + [(math.nan,), (None,)], (DOUBLE,))
    text = chart_text(rows, None, [], 60)
    assert "10.0┤" in text
    assert text.endswith("n\n")


def test_columns_are_chosen_by_name() -> None:
    rows = Listing(("a", "b", "c"), [(1, 2, "x"), (3, 4, "y")], (BIGINT, BIGINT, VARCHAR))
    assert list(bars(chart_text(rows, "bar", ["c", "b"], 60))) == ["x 2", "y 4"]


def test_only_nulls_cannot_be_drawn() -> None:
    with pytest.raises(OwlakeError, match="no numbers to draw"):
        chart_text(Listing(("a", "b"), [("x", None)], (VARCHAR, BIGINT)), "bar", [], 60)
