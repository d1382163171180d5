"""Partitions and their indexes by Glue's operations: one store with Athena's statements."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.connectors.glue.checked import Checked, refused
from tests.connectors.glue.lake import Lake

T = {"DatabaseName": "db", "TableName": "t"}
STORAGE = {
    "Columns": [{"Name": "n", "Type": "int"}],
    "Location": "s3://lake/other/",
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
}


@pytest.fixture
def glue(lake: Lake) -> Checked:
    lake.sql("CREATE SCHEMA db")
    lake.sql("CREATE EXTERNAL TABLE db.t (n int) PARTITIONED BY (country string, hour int) LOCATION 's3://lake/t/'")
    return Checked(lake.glue)


def given(*values: str, **more: Any) -> dict[str, Any]:
    return {"Values": list(values), "StorageDescriptor": STORAGE, **more}


def add(lake: Lake, *partitions: tuple[str, int]) -> None:
    specs = " ".join(f"PARTITION (country = '{country}', hour = {hour})" for country, hour in partitions)
    lake.sql(f"ALTER TABLE db.t ADD {specs}")


def listed(glue: Checked, **more: Any) -> list[list[str]]:
    """All pages."""
    found, token = [], {}
    while True:
        answer = glue.get_partitions(**T, **more, **token)
        found += [one["Values"] for one in answer["Partitions"]]
        if "NextToken" not in answer:
            return found
        token = {"NextToken": answer["NextToken"]}


def test_a_partition_is_what_it_was_made_as(lake: Lake, glue: Checked) -> None:
    lake.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    accessed = datetime(2025, 12, 31, tzinfo=UTC)
    times = {"LastAccessTime": accessed, "LastAnalyzedTime": datetime(2025, 12, 30, tzinfo=UTC)}
    glue.create_partition(**T, PartitionInput=given("de", "1", Parameters={"a": "b"}, **times))
    found = glue.get_partition(**T, PartitionValues=["de", "1"])["Partition"]
    storage = found.pop("StorageDescriptor")
    assert found == {
        "Values": ["de", "1"],
        "DatabaseName": "db",
        "TableName": "t",
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
        **times,
        "Parameters": {"a": "b"},
        "CatalogId": "123456789012",
    }
    assert {key: storage[key] for key in ("Columns", "Location", "InputFormat")} == {
        key: STORAGE[key] for key in ("Columns", "Location", "InputFormat")
    }
    lake.put({"other/f": "7\n8\n"})
    assert lake.sql("SELECT sum(n), country, hour FROM db.t GROUP BY 2, 3") == [(15, "de", 1)]


def test_statements_and_operations_see_the_same_partitions(lake: Lake, glue: Checked) -> None:
    add(lake, ("de", 1), ("fr", 2))
    assert listed(glue) == [["de", "1"], ["fr", "2"]]
    glue.delete_partition(**T, PartitionValues=["de", "1"])
    assert lake.sql("SHOW PARTITIONS db.t") == [("country=fr/hour=2",)]
    glue.update_partition(**T, PartitionValueList=["fr", "2"], PartitionInput=given("it", "3"))
    assert lake.sql("SHOW PARTITIONS db.t") == [("country=it/hour=3",)]
    assert lake.sql("CALL glue.system.get_partitions('db', 't', 'hour > 2')")[0][0][0]["values"] == ["it", "3"]


def test_update_replaces_and_renames(lake: Lake, glue: Checked) -> None:
    lake.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    add(lake, ("de", 1), ("fr", 2))
    lake.home.scheduler.set(datetime(2026, 1, 2, tzinfo=UTC))
    accessed = datetime(2026, 1, 2, tzinfo=UTC)
    changed = {**STORAGE, "Location": "s3://lake/new/"}
    glue.update_partition(
        **T,
        PartitionValueList=["de", "1"],
        PartitionInput={"Values": ["de", "9"], "StorageDescriptor": changed, "LastAccessTime": accessed},
    )
    found = glue.get_partition(**T, PartitionValues=["de", "9"])["Partition"]
    assert (found["StorageDescriptor"]["Location"], found["LastAccessTime"]) == ("s3://lake/new/", accessed)
    assert found["CreationTime"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert listed(glue, Expression="hour = 9") == [["de", "9"]]
    assert listed(glue, Expression="hour = 1") == []
    update = glue.update_partition
    assert refused(update, **T, PartitionValueList=["de", "1"], PartitionInput=given("de", "1")) == (
        "EntityNotFoundException",
        "Cannot find partition.",
    )
    assert refused(update, **T, PartitionValueList=["de", "9"], PartitionInput=given("fr", "2")) == (
        "AlreadyExistsException",
        "Partition already exists.",
    )
    assert (
        refused(update, **T, PartitionValueList=["de", "9"], PartitionInput=given("fr"))[0] == "InvalidInputException"
    )


def test_batches_do_what_can_be_done(lake: Lake, glue: Checked) -> None:
    add(lake, ("de", 1))
    answer = glue.batch_create_partition(
        **T, PartitionInputList=[given("de", "1"), given("fr", "1"), given("it"), given("fr", "1"), given("es", "1")]
    )
    exists = {"ErrorCode": "AlreadyExistsException", "ErrorMessage": "Partition already exists."}
    count = "The number of partition keys do not match the number of partition values"
    assert answer["Errors"] == [
        {"PartitionValues": ["de", "1"], "ErrorDetail": exists},
        {"PartitionValues": ["it"], "ErrorDetail": {"ErrorCode": "InvalidInputException", "ErrorMessage": count}},
        {"PartitionValues": ["fr", "1"], "ErrorDetail": exists},
    ]
    assert listed(glue) == [["de", "1"], ["es", "1"], ["fr", "1"]]
    missing = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Cannot find partition."}
    answer = glue.batch_update_partition(
        **T,
        Entries=[
            {"PartitionValueList": ["xx", "1"], "PartitionInput": given("xx", "1")},
            {"PartitionValueList": ["de", "1"], "PartitionInput": given("de", "1", Parameters={"k": "v"})},
            {"PartitionValueList": ["es", "1"], "PartitionInput": given("fr", "1")},
        ],
    )
    assert answer["Errors"] == [
        {"PartitionValueList": ["xx", "1"], "ErrorDetail": missing},
        {"PartitionValueList": ["es", "1"], "ErrorDetail": exists},
    ]
    assert lake.partitions("t")["de/1"].parameters == {"k": "v"}
    keys = [{"Values": ["fr", "1"]}, {"Values": ["xx", "1"]}, {"Values": ["de", "1"]}, {"Values": ["de"]}]
    answer = glue.batch_get_partition(**T, PartitionsToGet=keys)
    assert [one["Values"] for one in answer["Partitions"]] == [["fr", "1"], ["de", "1"]]
    assert answer["UnprocessedKeys"] == []
    answer = glue.batch_delete_partition(**T, PartitionsToDelete=keys[:2])
    assert answer["Errors"] == [{"PartitionValues": ["xx", "1"], "ErrorDetail": missing}]
    assert listed(glue) == [["de", "1"], ["es", "1"]]


@pytest.mark.parametrize(
    ("operation", "argument", "item", "most"),
    [
        ("batch_create_partition", "PartitionInputList", given("a", "1"), 100),
        (
            "batch_update_partition",
            "Entries",
            {"PartitionValueList": ["a", "1"], "PartitionInput": given("a", "1")},
            100,
        ),
        ("batch_delete_partition", "PartitionsToDelete", {"Values": ["a", "1"]}, 25),
        ("batch_get_partition", "PartitionsToGet", {"Values": ["a", "1"]}, 1000),
    ],
)
def test_batches_have_their_sizes(glue: Checked, operation: str, argument: str, item: Any, most: int) -> None:
    getattr(glue, operation)(**T, **{argument: [item] * most})
    code, text = refused(getattr(glue, operation), **T, **{argument: [item] * (most + 1)})
    assert code in ("ValidationException", "InvalidInputException")
    assert f"Member must have length less than or equal to {most}" in text


def test_pages_go_on_behind_the_last_partition(lake: Lake, glue: Checked) -> None:
    add(lake, *[(country, hour) for country in "abc" for hour in range(4)])
    everything = listed(glue)
    assert listed(glue, MaxResults=5) == everything
    assert listed(glue, MaxResults=3, Expression="hour >= 1") == [one for one in everything if one[1] != "0"]
    assert listed(glue, MaxResults=12) == everything
    first = glue.get_partitions(**T, MaxResults=5)
    glue.delete_partition(**T, PartitionValues=first["Partitions"][4]["Values"])
    glue.delete_partition(**T, PartitionValues=everything[5])
    add(lake, ("a", 9))
    following = glue.get_partitions(**T, MaxResults=2, NextToken=first["NextToken"])
    assert [one["Values"] for one in following["Partitions"]] == everything[6:8]
    for token in ("x", "e30=", "WzFd"):
        assert refused(glue.get_partitions, **T, NextToken=token) == (
            "InvalidInputException",
            f"Invalid continuation token: {token}",
        )


def test_segments_share_the_partitions(lake: Lake, glue: Checked) -> None:
    add(lake, *[(country, hour) for country in "abc" for hour in range(4)])
    everything = listed(glue)
    parts = [listed(glue, MaxResults=2, Segment={"SegmentNumber": number, "TotalSegments": 3}) for number in range(3)]
    assert sorted(one for part in parts for one in part) == sorted(everything)
    segment = {"SegmentNumber": 3, "TotalSegments": 3}
    assert refused(glue.get_partitions, **T, Segment=segment)[0] == "InvalidInputException"


def test_columns_can_be_left_out(lake: Lake, glue: Checked) -> None:
    add(lake, ("a", 1))
    (found,) = glue.get_partitions(**T, ExcludeColumnSchema=True)["Partitions"]
    assert "Columns" not in found["StorageDescriptor"]
    assert found["StorageDescriptor"]["Location"] == "s3://lake/t/country=a/hour=1"


def test_expressions_are_refused_in_glues_words(lake: Lake, glue: Checked) -> None:
    add(lake, ("a", 1), ("b", 2))
    assert listed(glue, Expression=" ") == [["a", "1"], ["b", "2"]]
    assert listed(glue, Expression="country LIKE '%b' OR (hour = '1' AND NOT country = 'a')") == [["b", "2"]]
    for expression, text in (
        ("n = 1", "Invalid partition expression!"),
        ("hour = 'x'", 'For input string: "x" is not an integer.'),
        ("hour = ", "Unsupported expression 'hour = '"),
        ("hour LIKE '1'", "Integral data type doesn't support operation 'LIKE'"),
    ):
        assert refused(glue.get_partitions, **T, Expression=expression) == ("InvalidInputException", text)
    glue.create_partition(**T, PartitionInput=given("c", "soon"))
    assert refused(glue.get_partitions, **T, Expression="hour > 1") == (
        "InvalidStateException",
        'For input string: "soon" is not an integer.',
    )
    assert listed(glue, Expression="hour > 1 AND country < 'c'") == [["b", "2"]]


def test_what_is_not_there(glue: Checked) -> None:
    for names, text in (
        ({"DatabaseName": "db", "TableName": "x"}, "Table x not found."),
        ({"DatabaseName": "x", "TableName": "t"}, "Database x not found."),
    ):
        not_found = ("EntityNotFoundException", text)
        assert refused(glue.get_partitions, **names) == not_found
        assert refused(glue.get_partition, **names, PartitionValues=["a", "1"]) == not_found
        assert refused(glue.create_partition, **names, PartitionInput=given("a", "1")) == not_found
        assert refused(glue.batch_create_partition, **names, PartitionInputList=[]) == not_found
        assert refused(glue.batch_get_partition, **names, PartitionsToGet=[]) == not_found
        assert refused(glue.get_partition_indexes, **names) == not_found
    missing = ("EntityNotFoundException", "Cannot find partition.")
    assert refused(glue.get_partition, **T, PartitionValues=["a", "1"]) == missing
    assert refused(glue.delete_partition, **T, PartitionValues=["a", "1"]) == missing
    assert refused(glue.create_partition, **T, PartitionInput={"Values": []})[0] == "InvalidInputException"
    assert refused(glue.get_partitions, **T, CatalogId="1")[0] == "EntityNotFoundException"


# Indexes ------------------------------------------------------------------------------------------------


def test_an_index_is_active_at_once(lake: Lake, glue: Checked) -> None:
    add(lake, ("a", 1))
    glue.create_partition_index(**T, PartitionIndex={"Keys": ["hour", "country"], "IndexName": "by_hour"})
    assert glue.get_partition_indexes(**T)["PartitionIndexDescriptorList"] == [
        {
            "IndexName": "by_hour",
            "Keys": [{"Name": "hour", "Type": "int"}, {"Name": "country", "Type": "string"}],
            "IndexStatus": "ACTIVE",
            "BackfillErrors": [],
        }
    ]
    assert refused(glue.create_partition, **T, PartitionInput=given("b", "soon"))[0] == "InvalidInputException"
    lake.sql("ALTER TABLE db.t ADD PARTITION (country = 'b', hour = 2)")
    glue.delete_partition_index(**T, IndexName="by_hour")
    assert glue.get_partition_indexes(**T)["PartitionIndexDescriptorList"] == []
    glue.create_partition(**T, PartitionInput=given("b", "soon"))


def test_an_index_says_what_is_in_its_way(glue: Checked) -> None:
    glue.create_partition(**T, PartitionInput=given("b", "soon"))
    glue.create_partition_index(**T, PartitionIndex={"Keys": ["hour"], "IndexName": "i"})
    (found,) = glue.get_partition_indexes(**T)["PartitionIndexDescriptorList"]
    assert found["IndexStatus"] == "FAILED"
    assert found["BackfillErrors"] == [
        {"Code": "INVALID_PARTITION_TYPE_DATA_ERROR", "Partitions": [{"Values": ["b", "soon"]}]}
    ]


def test_which_indexes_there_can_be(glue: Checked) -> None:
    def create(name: str, *keys: str) -> tuple[str, str] | None:
        index = {"Keys": list(keys), "IndexName": name}
        return refused(glue.create_partition_index, **T, PartitionIndex=index)

    for name, keys in (("a", ["hour"]), ("b", ["country"]), ("c", ["hour", "country"])):
        glue.create_partition_index(**T, PartitionIndex={"Keys": keys, "IndexName": name})
    assert create("a", "country", "hour")[0] == "AlreadyExistsException"
    assert create("d", "country")[0] == "AlreadyExistsException"
    assert create("d", "country", "hour")[0] == "ResourceNumberLimitExceededException"
    glue.delete_partition_index(**T, IndexName="a")
    assert create("d", "n")[0] == "InvalidInputException"
    assert refused(glue.delete_partition_index, **T, IndexName="a")[0] == "EntityNotFoundException"
