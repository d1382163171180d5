"""What cursors give where a value is none of Python's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import owlake
from owlake.dbapi import Connection

NEW_YORK = datetime(2020, 12, 31, 10, 0, tzinfo=ZoneInfo("America/New_York"))


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with owlake.connect(home=tmp_path_factory.mktemp("home")) as connection:
        yield connection


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        (
            "ARRAY[date_add('day', 1, TIMESTAMP '9999-12-31 10:00:00'), NULL, TIMESTAMP '2020-01-01 00:00:00']",
            ["+10000-01-01 10:00:00", None, datetime(2020, 1, 1)],  # noqa: DTZ001  (a local time)
        ),
        (
            "CAST(ROW(date_add('day', 1, DATE '9999-12-31'), DATE '2020-01-02') AS ROW(a date, b date))",
            {"a": "+10000-01-01", "b": date(2020, 1, 2)},
        ),
        (
            "MAP(ARRAY['k'], ARRAY[date_add('day', 1, TIMESTAMP '9999-12-31 10:00:00 UTC')])",
            {"k": "+10000-01-01 10:00:00 UTC"},
        ),
        (
            "ARRAY[TIMESTAMP '9999-12-31 10:00 UTC' + INTERVAL '1' DAY, TIMESTAMP '2020-12-31 10:00 America/New_York']",
            ["+10000-01-01 10:00:00.000 UTC", NEW_YORK],
        ),
        ("ARRAY[INTERVAL '2000000000' DAY, INTERVAL '1' DAY]", ["2000000000 00:00:00.000", timedelta(days=1)]),
        ("ARRAY[TIMESTAMP '2020-12-31 10:00:00 UTC']", [datetime(2020, 12, 31, 10, 0, tzinfo=UTC)]),
    ],
)
def test_years_and_intervals_beyond_python_are_text_inside_of_collections_too(
    connection: Connection, sql: str, value: object
) -> None:
    assert connection.execute(f"SELECT {sql}").fetchone() == (value,)
