"""Aggregates over ever more rows of matches: step by step, or a part of the rows at a time, as if laid out at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from owlake.errors import OwlakeError
from owlake.operators import recognition
from owlake.session import Session

VALUES = [3, None, 9, -4, 0, 8, 9, None, 2, -7, 5, 5, 9, 1]


def _is_a(value: int | None) -> bool:
    return value is not None and value < 6


def expected(over: Callable[[list[int | None]], Any]) -> list[tuple[int, Any]]:
    """For every row of the one match of ``A (A | B)*``, where B is any row, what the rows of A so far come to."""
    found: list[tuple[int, Any]] = []
    seen: list[int | None] = []
    is_in_match = False
    for place, value in enumerate(VALUES):
        if not is_in_match and not _is_a(value):
            continue
        is_in_match = True
        if _is_a(value):
            seen.append(value)
        found.append((place, over(list(seen))))
    return found


def _sum(values: list[int | None]) -> int | None:
    there = [one for one in values if one is not None]
    return sum(there) if there else None


MEASURES: dict[str, Callable[[list[int | None]], Any]] = {
    "sum(A.v)": _sum,
    "sum(CAST(A.v AS double))": lambda values: None if _sum(values) is None else float(_sum(values) or 0),
    "count(A.v)": len,
    "count(A.*)": len,
    "max(A.v)": lambda values: max(one for one in values if one is not None),
    "array_agg(A.v)": lambda values: values,
}


@pytest.mark.parametrize("at_once", [1, 3, 1_000_000])
@pytest.mark.parametrize("measure", MEASURES)
def test_running_aggregates(measure: str, at_once: int, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "_ROWS_AT_ONCE", at_once)
    rows = ", ".join(f"({place}, {'NULL' if value is None else value})" for place, value in enumerate(VALUES))
    query = f"""SELECT x, m FROM (VALUES {rows}) AS t(x, v) MATCH_RECOGNIZE (
        ORDER BY x MEASURES RUNNING {measure} AS m ALL ROWS PER MATCH PATTERN (A (A | B)*) DEFINE A AS v < 6)"""
    found = session.execute(query).table().to_pydict()
    assert list(zip(found["x"], found["m"], strict=True)) == expected(MEASURES[measure])


@pytest.mark.parametrize("at_once", [1, 1_000_000])
def test_a_sum_that_leaves_its_type_on_the_way(at_once: int, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "_ROWS_AT_ONCE", at_once)
    query = """SELECT m FROM (VALUES (1, 9223372036854775807), (2, {}), (3, -5)) AS t(x, v) MATCH_RECOGNIZE (
        ORDER BY x MEASURES RUNNING sum(A.v) AS m ALL ROWS PER MATCH PATTERN (A+) DEFINE A AS true)"""
    found = session.execute(query.format(-9223372036854775807)).table().to_pydict()
    assert found == {"m": [9223372036854775807, 0, -5]}
    with pytest.raises(OwlakeError, match="NUMERIC_VALUE_OUT_OF_RANGE"):
        session.execute(query.format(1)).table()


@pytest.mark.parametrize("at_once", [1, 1_000_000])
def test_more_matches_than_one_and_rows_without(
    at_once: int, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "_ROWS_AT_ONCE", at_once)
    query = """SELECT x, s, c, f FROM (VALUES (1, 1), (2, 2), (3, 9), (4, 4), (5, 5), (6, NULL)) AS t(x, v)
        MATCH_RECOGNIZE (ORDER BY x MEASURES sum(A.v) AS s, count(*) AS c, sum(CAST(v AS double)) AS f
        ALL ROWS PER MATCH WITH UNMATCHED ROWS PATTERN (A+) DEFINE A AS v < 6) ORDER BY x"""
    assert session.execute(query).table().to_pydict() == {
        "x": [1, 2, 3, 4, 5, 6],
        "s": [1, 3, None, 4, 9, None],
        "c": [1, 2, None, 1, 2, None],
        "f": [1.0, 3.0, None, 4.0, 9.0, None],
    }
