"""Whatever Glue's API takes of a table is given back, by the catalog, after an update and from its versions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.connectors.glue.checked import Checked
from tests.connectors.glue.lake import Lake

_CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
LINE = st.text(_CHARACTERS, max_size=12)
NAME = st.text(_CHARACTERS, min_size=1, max_size=12)
PARAMETERS = st.dictionaries(NAME, st.text(max_size=12), max_size=3)
MOMENT = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
COLUMN = st.fixed_dictionaries(
    {"Name": NAME},
    optional={
        "Type": st.sampled_from(["int", "array<string>", "struct<a:int>", "whatever"]),
        "Comment": LINE,
        "Parameters": st.dictionaries(NAME, LINE, min_size=1, max_size=2),
    },
)
LOWER = NAME.map(str.lower)
STORAGE = st.fixed_dictionaries(
    {
        "Columns": st.lists(COLUMN, max_size=3),
        "Location": LINE,
        "Compressed": st.booleans(),
        "NumberOfBuckets": st.integers(-1, 5),
        "SerdeInfo": st.fixed_dictionaries(
            {"Parameters": PARAMETERS}, optional={"Name": NAME, "SerializationLibrary": NAME}
        ),
        "BucketColumns": st.lists(LOWER, max_size=2),
        "SortColumns": st.lists(
            st.fixed_dictionaries({"Column": LOWER, "SortOrder": st.integers(0, 1)}),
            max_size=2,
        ),
        "Parameters": PARAMETERS,
        "SkewedInfo": st.fixed_dictionaries(
            {
                "SkewedColumnNames": st.lists(NAME, max_size=2),
                "SkewedColumnValues": st.lists(LINE, max_size=2),
                "SkewedColumnValueLocationMaps": st.dictionaries(LINE, LINE, max_size=2),
            }
        ),
        "StoredAsSubDirectories": st.booleans(),
    },
    optional={"InputFormat": NAME, "OutputFormat": NAME},
)
TABLE = st.fixed_dictionaries(
    {
        "Retention": st.integers(0, 2**31 - 1),
        "StorageDescriptor": STORAGE,
        "PartitionKeys": st.lists(COLUMN, max_size=2),
        "Parameters": PARAMETERS,
    },
    optional={
        "Description": LINE,
        "Owner": NAME,
        "LastAccessTime": MOMENT,
        "LastAnalyzedTime": MOMENT,
        "ViewOriginalText": st.text(max_size=20),
        "ViewExpandedText": st.text(max_size=20),
        "TableType": st.sampled_from(["EXTERNAL_TABLE", "VIRTUAL_VIEW", "GOVERNED"]),
    },
)
SET_BY_GLUE = {
    "CatalogId",
    "CreateTime",
    "CreatedBy",
    "DatabaseName",
    "IsRegisteredWithLakeFormation",
    "Name",
    "UpdateTime",
    "VersionId",
}


def told(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in SET_BY_GLUE}


@given(TABLE, TABLE)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_given_of_a_table_is_given_back(lake: Lake, one: dict[str, Any], other: dict[str, Any]) -> None:
    glue = Checked(lake.glue)
    glue.create_database(DatabaseInput={"Name": "db"})
    try:
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", **one})
        assert told(glue.get_table(DatabaseName="db", Name="t")["Table"]) == one
        glue.update_table(DatabaseName="db", TableInput={"Name": "t", **other})
        assert told(glue.get_table(DatabaseName="db", Name="t")["Table"]) == other
        found = glue.get_table_versions(DatabaseName="db", TableName="t")["TableVersions"]
        assert [told(each["Table"]) for each in found] == [other, one]
    finally:
        glue.delete_database(Name="db")
