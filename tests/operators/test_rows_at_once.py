"""Aggregates over the matches of windows come to the same, however many rows are laid out at a time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import Any

import pytest

from owlake.operators import recognition
from owlake.session import Session

VALUES = [3, 9, -4, 0, 5, 9, 9, 2, -7, 5, 5, 9, 1]

MEASURES: dict[str, Callable[[list[int]], Any]] = {
    "sum(A.v)": sum,
    "sum(CAST(A.v AS double))": lambda values: float(sum(values)),
    "count(A.v)": len,
    "max(A.v)": max,
    "array_agg(A.v)": list,
}


@pytest.mark.parametrize("at_once", [1, 3, 1_000_000])
@pytest.mark.parametrize("measure", MEASURES)
def test_aggregates_of_matches(measure: str, at_once: int, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "_ROWS_AT_ONCE", at_once)
    rows = ", ".join(f"({place}, {value})" for place, value in enumerate(VALUES))
    query = f"""SELECT x, m OVER w FROM (VALUES {rows}) AS t(x, v) WINDOW w AS (
        ORDER BY x MEASURES {measure} AS m ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
        AFTER MATCH SKIP TO NEXT ROW PATTERN (A+) DEFINE A AS v < 6)"""
    found = session.execute(query).table().to_pydict()
    runs = [list(takewhile(lambda value: value < 6, VALUES[place:])) for place in range(len(VALUES))]
    assert dict(zip(found["x"], found["_col1"], strict=True)) == {
        place: MEASURES[measure](run) if run else None for place, run in enumerate(runs)
    }
