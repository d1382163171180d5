"""SearchTables: by words of properties, by times, by text, sorted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import owlake
from tests.connectors.glue.checked import Checked, refused

TABLES = (
    ("customer-link", 1, {"Description": "who is who", "Owner": "sales"}),
    ("xx-link-yy", 2, {"Parameters": {"classification": "parquet"}}),
    ("xxlinkyy", 3, {"Parameters": {"classification": "csv"}, "Owner": "Sales"}),
    ("orders", 4, {"PartitionKeys": [{"Name": "day", "Type": "date", "Comment": "the day of the link"}]}),
)


@pytest.fixture(scope="module")
def glue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    with owlake.connect(tmp_path_factory.mktemp("glue") / "home") as connection:
        found = Checked(connection.client("glue"))
        found.create_database(DatabaseInput={"Name": "db"})
        for name, day, more in TABLES:
            connection.home.scheduler.set(datetime(2026, 1, day, tzinfo=UTC))
            found.create_table(DatabaseName="db", TableInput={"Name": name, **more})
        yield found


def names(glue: Checked, **arguments: Any) -> list[str]:
    return [one["Name"] for one in glue.search_tables(**arguments)["TableList"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        # The example of the API's own page.
        ([("Name", "link")], ["customer-link", "xx-link-yy"]),
        ([("Name", "customer-link")], ["customer-link"]),
        ([("Name", "LINK"), ("DatabaseName", "db")], ["customer-link", "xx-link-yy"]),
        ([("DatabaseName", "d")], []),
        ([("Owner", "sales")], ["customer-link", "xxlinkyy"]),
        ([("classification", "csv")], ["xxlinkyy"]),
        ([("nothing", "csv")], []),
        ([("CreateTime", "2026-01-02", "EQUALS")], ["xx-link-yy"]),
        ([("CreateTime", "2026-01-02", "GREATER_THAN")], ["orders", "xxlinkyy"]),
        ([("CreateTime", "2026-01-02T00:00:00Z", "LESS_THAN_EQUALS")], ["customer-link", "xx-link-yy"]),
        # 2 January 2026 in seconds.
        ([("CreateTime", "1767312000", "LESS_THAN")], ["customer-link"]),
        ([("CreateTime", "2026-01-02", "GREATER_THAN_EQUALS"), ("Name", "orders")], ["orders"]),
        ([("LastAccessTime", "2026-01-02", "GREATER_THAN")], []),
    ],
)
def test_filters_must_all_hold(glue: Checked, filters: list[tuple[str, ...]], found: list[str]) -> None:
    given = [dict(zip(("Key", "Value", "Comparator"), one, strict=False)) for one in filters]
    assert names(glue, Filters=given) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("link", ["customer-link", "orders", "xx-link-yy", "xxlinkyy"]),
        ("customer WHO", ["customer-link"]),
        ("day link", ["orders"]),
        ('"link"', []),
        ('"who is who"', ["customer-link"]),
        ("'Orders'", ["orders"]),
        ("parquet", ["xx-link-yy"]),
        ("nothing", []),
    ],
)
def test_a_text_is_searched_everywhere(glue: Checked, text: str, found: list[str]) -> None:
    assert names(glue, SearchText=text) == found


def test_what_is_found_is_sorted_and_comes_in_pages(glue: Checked) -> None:
    by_time = [{"FieldName": "CreateTime", "Sort": "DESC"}]
    assert names(glue, SortCriteria=by_time) == ["orders", "xxlinkyy", "xx-link-yy", "customer-link"]
    by_kind = [{"FieldName": "classification", "Sort": "ASC"}]
    assert names(glue, SortCriteria=by_kind) == ["xxlinkyy", "xx-link-yy", "customer-link", "orders"]
    first = glue.search_tables(MaxResults=3)
    assert [one["Name"] for one in first["TableList"]] == ["customer-link", "orders", "xx-link-yy"]
    assert names(glue, MaxResults=3, NextToken=first["NextToken"]) == ["xxlinkyy"]
    assert names(glue, ResourceShareType="FOREIGN") == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"Filters": [{"Key": "Name", "Value": "link", "Comparator": "LESS_THAN"}]},
        {"Filters": [{"Key": "CreateTime", "Value": "soon", "Comparator": "LESS_THAN"}]},
        {"Filters": [{"Value": "link"}]},
        {"Filters": [{"Key": "Name"}]},
        {"SortCriteria": [{"Sort": "ASC"}]},
        {"NextToken": "?"},
    ],
)
def test_what_cannot_be_searched_is_refused(glue: Checked, arguments: dict[str, Any]) -> None:
    assert refused(glue.search_tables, **arguments)[0] == "InvalidInputException"
