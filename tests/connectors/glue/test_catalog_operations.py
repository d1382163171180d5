"""Databases, tables and their versions by Glue's operations: one store with Athena's statements."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.connectors.glue.checked import GLUE, Checked, refused
from tests.connectors.glue.lake import Lake

JSON_TABLE = {
    "Name": "T",
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"classification": "json"},
    "StorageDescriptor": {
        "Columns": [{"Name": "Id", "Type": "bigint"}, {"Name": "tags", "Type": "array<string>", "Comment": "marks"}],
        "Location": "s3://lake/t/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
    },
}


@pytest.fixture
def glue(lake: Lake) -> Checked:
    found = Checked(lake.glue)
    found.create_database(DatabaseInput={"Name": "db"})
    return found


def table(name: str, **more: Any) -> dict[str, Any]:
    return {**JSON_TABLE, "Name": name, **more}


# Databases ----------------------------------------------------------------------------------------------


def test_a_database_is_what_it_was_made_as(lake: Lake, glue: Checked) -> None:
    lake.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    given = {"Description": "what is sold", "LocationUri": "s3://lake/shop/", "Parameters": {"owner": "sales"}}
    glue.create_database(DatabaseInput={"Name": "Shop", **given})
    try:
        assert glue.get_database(Name="SHOP")["Database"] == {
            "Name": "shop",
            **given,
            "CreateTime": datetime(2026, 1, 1, tzinfo=UTC),
            "CatalogId": "123456789012",
            "CreateTableDefaultPermissions": [
                {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}
            ],
        }
        for_somebody = [{"Principal": {"DataLakePrincipalIdentifier": "somebody"}, "Permissions": ["SELECT", "DROP"]}]
        glue.update_database(Name="shop", DatabaseInput={"Name": "shop", "CreateTableDefaultPermissions": for_somebody})
        assert glue.get_database(Name="shop")["Database"]["CreateTableDefaultPermissions"] == for_somebody
        glue.update_database(Name="shop", DatabaseInput={"Name": "shop", "Description": "what was sold"})
        changed = glue.get_database(Name="shop")["Database"]
        assert (changed["Description"], changed["Parameters"]) == ("what was sold", {})
        assert "LocationUri" not in changed
        assert ("shop",) in lake.sql("SHOW DATABASES")
    finally:
        glue.delete_database(Name="shop")
    assert refused(glue.get_database, Name="Shop") == ("EntityNotFoundException", "Database shop not found.")


def test_databases_come_in_pages(glue: Checked) -> None:
    names, token = [], {}
    while True:
        page = glue.get_databases(MaxResults=1, **token)
        names += [one["Name"] for one in page["DatabaseList"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert names == ["db", "default"]
    assert glue.get_databases(AttributesToGet=["NAME"])["DatabaseList"] == [{"Name": "db"}, {"Name": "default"}]
    assert glue.get_databases(ResourceShareType="FOREIGN")["DatabaseList"] == []


def test_deleting_a_database_deletes_its_tables(glue: Checked) -> None:
    glue.create_table(DatabaseName="db", TableInput=JSON_TABLE)
    glue.delete_database(Name="db")
    glue.create_database(DatabaseInput={"Name": "db"})
    assert glue.get_tables(DatabaseName="db")["TableList"] == []


def test_refusals_of_databases(glue: Checked) -> None:
    assert refused(glue.create_database, DatabaseInput={"Name": "DB"}) == (
        "AlreadyExistsException",
        "Database already exists.",
    )
    not_found = ("EntityNotFoundException", "Database nowhere not found.")
    assert refused(glue.delete_database, Name="nowhere") == not_found
    assert refused(glue.update_database, Name="nowhere", DatabaseInput={"Name": "nowhere"}) == not_found
    assert refused(glue.get_tables, DatabaseName="nowhere") == not_found
    assert refused(glue.get_table, DatabaseName="nowhere", Name="t") == not_found
    assert refused(glue.create_table, DatabaseName="nowhere", TableInput={"Name": "t"}) == not_found
    assert refused(glue.get_database, Name="db", CatalogId="1") == ("EntityNotFoundException", "Catalog 1 not found.")
    assert refused(glue.create_database, DatabaseInput={"Name": "x", "TargetDatabase": {"DatabaseName": "db"}})[0] == (
        "InvalidInputException"
    )


def test_values_are_held_to_the_constraints_of_the_model(glue: Checked) -> None:
    failed = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must {}"
    for call, arguments, text in (
        (
            glue.create_database,
            {"DatabaseInput": {"Name": "x" * 256}},
            failed.format("x" * 256, "databaseInput.name", "have length less than or equal to 255"),
        ),
        (
            glue.get_tables,
            {"DatabaseName": "a\nb"},
            failed.format(
                "a\nb",
                "databaseName",
                r"satisfy regular expression pattern: [\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*",
            ),
        ),
        (
            glue.get_tables,
            {"DatabaseName": "db", "MaxResults": 101},
            failed.format(101, "maxResults", "have value less than or equal to 100"),
        ),
    ):
        # botocore checks none of these.
        assert refused(call, **arguments) == ("ValidationException", text)


# Tables -------------------------------------------------------------------------------------------------


def test_a_table_of_glue_is_queried_at_once(lake: Lake, glue: Checked) -> None:
    lake.put({"t/one.json": '{"id": 1, "tags": ["a", "b"]}\n{"id": 2}\n'})
    glue.create_table(DatabaseName="db", TableInput=JSON_TABLE)
    assert lake.sql("SELECT id, tags FROM db.t ORDER BY id") == [(1, ["a", "b"]), (2, None)]
    assert lake.sql("SELECT column_name FROM information_schema.columns WHERE table_name = 't'") == [
        ("id",),
        ("tags",),
    ]
    shown = glue.get_table(DatabaseName="DB", Name="T")["Table"]
    assert shown["Name"] == "t"
    assert [one["Name"] for one in shown["StorageDescriptor"]["Columns"]] == ["Id", "tags"]
    assert shown["StorageDescriptor"]["Columns"][1]["Comment"] == "marks"
    assert shown["VersionId"] == "0"


def test_a_table_is_made_with_its_indexes_or_not_at_all(glue: Checked) -> None:
    keys = [{"Name": "day", "Type": "string"}, {"Name": "hour", "Type": "int"}]
    good, bad = {"Keys": ["hour", "day"], "IndexName": "i"}, {"Keys": ["minute"], "IndexName": "j"}
    given = table("t", PartitionKeys=keys)
    assert refused(glue.create_table, DatabaseName="db", TableInput=given, PartitionIndexes=[good, bad])[0] == (
        "InvalidInputException"
    )
    glue.create_table(DatabaseName="db", TableInput=given, PartitionIndexes=[good])
    found = glue.get_partition_indexes(DatabaseName="db", TableName="t")["PartitionIndexDescriptorList"]
    assert [(one["IndexName"], [key["Name"] for key in one["Keys"]]) for one in found] == [("i", ["hour", "day"])]


def test_what_ddl_makes_is_seen_in_glues_shape(lake: Lake, glue: Checked) -> None:
    lake.sql(
        """
        CREATE EXTERNAL TABLE db.sold (id INT COMMENT 'number', price DECIMAL(10,2))
        COMMENT 'what was sold'
        PARTITIONED BY (day DATE)
        CLUSTERED BY (id) INTO 4 BUCKETS
        ROW FORMAT DELIMITED FIELDS TERMINATED BY ';'
        LOCATION 's3://lake/sold/'
        TBLPROPERTIES ('classification' = 'csv')
        """
    )
    shown = glue.get_table(DatabaseName="db", Name="sold")["Table"]
    assert shown["TableType"] == "EXTERNAL_TABLE"
    assert shown["PartitionKeys"] == [{"Name": "day", "Type": "date"}]
    assert (
        shown["Parameters"].items() >= {"EXTERNAL": "TRUE", "classification": "csv", "comment": "what was sold"}.items()
    )
    storage = shown["StorageDescriptor"]
    assert storage["Columns"] == [
        {"Name": "id", "Type": "int", "Comment": "number"},
        {"Name": "price", "Type": "decimal(10,2)"},
    ]
    assert storage["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "Parameters": {"field.delim": ";", "serialization.format": ";"},
    }
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert (storage["NumberOfBuckets"], storage["BucketColumns"]) == (4, ["id"])


def test_views_go_both_ways(lake: Lake, glue: Checked) -> None:
    lake.sql("CREATE VIEW db.v AS SELECT 1 AS one, CAST('x' AS VARCHAR) AS x")
    shown = glue.get_table(DatabaseName="db", Name="v")["Table"]
    assert shown["TableType"] == "VIRTUAL_VIEW"
    assert re.fullmatch(r"/\* Presto View: [A-Za-z0-9+/=]+ \*/", shown["ViewOriginalText"])
    assert shown["ViewExpandedText"] == "/* Presto View */"
    assert [(one["Name"], one["Type"]) for one in shown["StorageDescriptor"]["Columns"]] == [
        ("one", "int"),
        ("x", "string"),
    ]
    kept = {name: shown[name] for name in GLUE.shape_for("TableInput").members if name in shown}
    glue.create_table(DatabaseName="db", TableInput={**kept, "Name": "copy"})
    assert lake.sql("SELECT * FROM db.copy") == [(1, "x")]


def test_tables_come_by_name_in_pages(glue: Checked) -> None:
    for number in range(5):
        glue.create_table(DatabaseName="db", TableInput=table(f"t{number}"))
    glue.create_table(DatabaseName="db", TableInput=table("other"))
    first = glue.get_tables(DatabaseName="db", MaxResults=4)
    assert [one["Name"] for one in first["TableList"]] == ["other", "t0", "t1", "t2"]
    glue.delete_table(DatabaseName="db", Name="t0")
    rest = glue.get_tables(DatabaseName="db", MaxResults=4, NextToken=first["NextToken"])
    assert [one["Name"] for one in rest["TableList"]] == ["t3", "t4"]
    assert "NextToken" not in rest
    assert refused(glue.get_tables, DatabaseName="db", NextToken="%") == (
        "InvalidInputException",
        "Invalid continuation token: %",
    )


def test_expressions_are_regular_expressions_of_whole_names(glue: Checked) -> None:
    for name in ("items", "orders", "orders_2024"):
        glue.create_table(DatabaseName="db", TableInput=table(name))
    for expression, names in (
        ("orders", ["orders"]),
        ("orders.*", ["orders", "orders_2024"]),
        ("orders*", ["orders", "orders_2024"]),
        ("*2024", ["orders_2024"]),
        ("o.+_[0-9]{4}|items", ["items", "orders_2024"]),
        ("ORDERS", ["orders"]),
        ("order", []),
        ("ord%", []),
    ):
        found = glue.get_tables(DatabaseName="db", Expression=expression, AttributesToGet=["NAME"])
        assert found["TableList"] == [{"Name": name} for name in names], expression


def test_an_update_replaces_the_whole_table(lake: Lake, glue: Checked) -> None:
    lake.sql("CREATE EXTERNAL TABLE db.t (a INT) LOCATION 's3://lake/t/'")
    before = glue.get_table(DatabaseName="db", Name="t")["Table"]
    glue.update_table(DatabaseName="db", TableInput=JSON_TABLE)
    after = glue.get_table(DatabaseName="db", Name="t")["Table"]
    assert after["Parameters"] == {"classification": "json"}
    assert (after["CreateTime"], after["CreatedBy"]) == (before["CreateTime"], before["CreatedBy"])
    assert after["VersionId"] == "1"
    lake.put({"t/one.json": '{"id": 7}\n'})
    assert lake.sql("SELECT id FROM db.t") == [(7,)]


def test_a_batch_tells_what_it_did_not_delete(glue: Checked) -> None:
    for name in ("a", "b", "c"):
        glue.create_table(DatabaseName="db", TableInput=table(name))
    assert glue.batch_delete_table(DatabaseName="db", TablesToDelete=["a", "none", "C"])["Errors"] == [
        {
            "TableName": "none",
            "ErrorDetail": {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Table none not found."},
        }
    ]
    assert glue.get_tables(DatabaseName="db", AttributesToGet=["NAME"])["TableList"] == [{"Name": "b"}]


def test_refusals_of_tables(glue: Checked) -> None:
    glue.create_table(DatabaseName="db", TableInput=table("t"))
    assert refused(glue.create_table, DatabaseName="db", TableInput=table("t")) == (
        "AlreadyExistsException",
        "Table already exists.",
    )
    not_found = ("EntityNotFoundException", "Table none not found.")
    assert refused(glue.get_table, DatabaseName="db", Name="None") == not_found
    assert refused(glue.delete_table, DatabaseName="db", Name="none") == not_found
    assert refused(glue.update_table, DatabaseName="db", TableInput=table("none")) == not_found
    assert refused(glue.get_table_versions, DatabaseName="db", TableName="none") == not_found
    for arguments in ({"TransactionId": "1"}, {"QueryAsOfTime": datetime(2024, 1, 1, tzinfo=UTC)}):
        assert refused(glue.get_table, DatabaseName="db", Name="t", **arguments) == (
            "InvalidInputException",
            f"{next(iter(arguments))} is not supported",
        )
    assert refused(glue.get_tables, DatabaseName="db", Expression="(")[0] == "InvalidInputException"


# Versions -----------------------------------------------------------------------------------------------


def versions(glue: Checked, name: str = "t", **more: Any) -> dict[str, list[str]]:
    found = glue.get_table_versions(DatabaseName="db", TableName=name, **more)["TableVersions"]
    assert all(one["VersionId"] == one["Table"]["VersionId"] for one in found)
    return {one["VersionId"]: [each["Name"] for each in one["Table"]["StorageDescriptor"]["Columns"]] for one in found}


def test_every_change_keeps_the_version_before(lake: Lake, glue: Checked) -> None:
    lake.sql("CREATE EXTERNAL TABLE db.t (a INT) LOCATION 's3://lake/t/'")
    lake.sql("ALTER TABLE db.t ADD COLUMNS (b INT)")
    glue.update_table(DatabaseName="db", TableInput=JSON_TABLE)
    glue.update_table(DatabaseName="db", TableInput=table("t", StorageDescriptor={}), SkipArchive=True)
    assert versions(glue) == {"3": [], "1": ["a", "b"], "0": ["a"]}
    assert versions(glue, MaxResults=2) == {"3": [], "1": ["a", "b"]}
    old = glue.get_table_version(DatabaseName="db", TableName="t", VersionId="1")["TableVersion"]["Table"]
    assert (old["Name"], old["DatabaseName"], old["TableType"]) == ("t", "db", "EXTERNAL_TABLE")
    newest = glue.get_table_version(DatabaseName="db", TableName="t")["TableVersion"]
    assert newest["VersionId"] == "3"


def test_a_crawler_keeps_the_version_before(lake: Lake) -> None:
    lake.put({"t/one.json": '{"a": 1, "b": 2, "c": 3}\n'})
    lake.crawl("t/")
    lake.put({"t/two.json": '{"a": 1, "b": 2, "c": 3, "d": 4}\n'})
    lake.start()
    assert versions(Checked(lake.glue)) == {"1": ["a", "b", "c", "d"], "0": ["a", "b", "c"]}


def test_a_table_becomes_what_it_was(lake: Lake, glue: Checked) -> None:
    lake.put({"t/one.json": '{"id": 1, "tags": ["x"]}\n'})
    glue.create_table(DatabaseName="db", TableInput=JSON_TABLE)
    lake.sql("ALTER TABLE db.t REPLACE COLUMNS (other INT)")
    assert lake.sql("SELECT * FROM db.t") == [(None,)]
    lake.sql("CALL glue.system.restore_table_version('db', 't', '0')")
    assert lake.sql("SELECT * FROM db.t") == [(1, ["x"])]
    assert versions(glue) == {"2": ["Id", "tags"], "1": ["other"], "0": ["Id", "tags"]}


def test_versions_are_forgotten_but_the_one_that_is(glue: Checked) -> None:
    glue.create_table(DatabaseName="db", TableInput=JSON_TABLE)
    for _ in range(3):
        glue.update_table(DatabaseName="db", TableInput=JSON_TABLE)
    glue.delete_table_version(DatabaseName="db", TableName="t", VersionId="1")
    none = ("EntityNotFoundException", "Version not found.")
    assert refused(glue.delete_table_version, DatabaseName="db", TableName="t", VersionId="1") == none
    assert refused(glue.get_table_version, DatabaseName="db", TableName="t", VersionId="1") == none
    errors = glue.batch_delete_table_version(DatabaseName="db", TableName="t", VersionIds=["0", "1", "3", "x"])[
        "Errors"
    ]
    assert [(one["VersionId"], one["ErrorDetail"]["ErrorCode"]) for one in errors] == [
        ("1", "EntityNotFoundException"),
        ("3", "InvalidInputException"),
        ("x", "InvalidInputException"),
    ]
    assert list(versions(glue)) == ["3", "2"]


def test_an_update_of_another_version_is_refused(glue: Checked) -> None:
    glue.create_table(DatabaseName="db", TableInput=JSON_TABLE)
    glue.update_table(DatabaseName="db", TableInput=JSON_TABLE, VersionId="0")
    assert refused(glue.update_table, DatabaseName="db", TableInput=JSON_TABLE, VersionId="0") == (
        "ConcurrentModificationException",
        "Update table failed due to concurrent modifications.",
    )
    assert list(versions(glue)) == ["1", "0"]


COUNTING = """
import sys
import owlake
from tests.connectors.glue.test_catalog_operations import count_up
with owlake.connect(sys.argv[1]) as connection:
    print("ready", flush=True)
    count_up(connection.client("glue"))
"""


def count_up(glue: Any) -> None:
    for _ in range(5):
        while True:
            found = glue.get_table(DatabaseName="db", Name="counted")["Table"]
            count = {"count": str(int(found["Parameters"]["count"]) + 1)}
            given = {"Name": "counted", "Parameters": count}
            try:
                glue.update_table(DatabaseName="db", TableInput=given, VersionId=found["VersionId"])
                break
            except glue.exceptions.ConcurrentModificationException:
                continue


def test_no_update_is_lost_between_processes(lake: Lake, glue: Checked) -> None:
    glue.create_table(DatabaseName="db", TableInput={"Name": "counted", "Parameters": {"count": "0"}})
    command = [sys.executable, "-c", COUNTING, str(lake.home.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        count_up(lake.glue)
        assert other.wait(timeout=240) == 0
    found = glue.get_table_versions(DatabaseName="db", TableName="counted")["TableVersions"]
    counts = [(one["VersionId"], one["Table"]["Parameters"]["count"]) for one in found]
    assert counts == [(str(number), str(number)) for number in range(10, -1, -1)]
