"""The comparison that the campaigns rest on tells what differs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.answers import difference, same_value


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, None, False),
        (None, None, True),
        ("a", "b", False),
        (True, 1, True),
        (Decimal("1.25"), Decimal("1.25"), True),
        (Decimal("1.25"), Decimal("1.26"), False),
        (Decimal("1.25"), 1.2451, True),
        (Decimal("1.25"), 1.2449, False),
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.0001, False),
        (float("nan"), float("nan"), True),
        (float("inf"), float("-inf"), False),
    ],
)
def test_values(left: Any, right: Any, *, same: bool) -> None:
    assert same_value(left, right) is same


def test_rows_and_columns_that_are_missing_are_a_difference() -> None:
    assert difference([(1,)], []) == "1 rows against 0"
    assert difference([(1, 2)], [(1,)]) == "2 columns against 1"
    assert difference([(1, "x")], [(1, "y")]) == "row 1, column 2: 'x' against 'y'"
    assert difference([(1, "x")], [(1, "x")]) is None
