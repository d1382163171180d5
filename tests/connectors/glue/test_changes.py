"""What a crawl makes of tables that are there: each policy, over files that are others than they were."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import owlake
from tests.connectors.glue.lake import Lake

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOON_MILLISECONDS = "1767268800000"
MERGE = '{"Version":1.0,"CrawlerOutput":{"Tables":{"AddOrUpdateBehavior":"MergeNewColumns"}}}'
INHERIT = '{"Version":1.0,"CrawlerOutput":{"Partitions":{"AddOrUpdateBehavior":"InheritFromTable"}}}'


def policy(update: str = "UPDATE_IN_DATABASE", delete: str = "DEPRECATE_IN_DATABASE") -> dict[str, Any]:
    return {"schema_change_policy": {"UpdateBehavior": update, "DeleteBehavior": delete}}


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


DAYS = {f"t/day={day}/f": f'{{"a":{day},"b":"x","c":1.5}}\n' for day in (1, 2, 3)}


@pytest.fixture
def evolving(lake: Lake) -> Lake:
    """Three days, and a clock that stands still."""
    lake.home.scheduler.set(NOON)
    lake.put(DAYS)
    return lake


def test_nothing_new_changes_nothing(evolving: Lake) -> None:
    evolving.crawl("t/")
    before = evolving.table("t"), evolving.partitions("t")
    evolving.home.scheduler.advance(timedelta(hours=1))
    evolving.start()
    assert (evolving.table("t"), evolving.partitions("t")) == before
    row = evolving.last()
    assert [row[name] for name in row if name.startswith(("tables_", "partitions_"))] == [0] * 6


def test_a_contradicting_type_is_text(evolving: Lake) -> None:
    evolving.crawl("t/")
    evolving.put({"t/day=4/f": '{"a":"four","b":"y","c":2.5}\n'})
    evolving.start()
    assert evolving.tables() == ["t(a string, b string, c double) [day]"]
    assert evolving.sql("SELECT a FROM db.t ORDER BY day") == [("1",), ("2",), ("3",), ("four",)]
    reasons = evolving.sql("SELECT type, path, message FROM glue.system.crawl_log WHERE column_name = 'a'")
    assert reasons[-2:] == [
        ("int", "s3://lake/t/day=1/f", "int in 3 of 4 files; with the others that makes string"),
        ("string", "s3://lake/t/day=4/f", "string in 1 of 4 files"),
    ]


def test_a_contradicting_type_in_parquet_stays_with_its_partition(lake: Lake) -> None:
    lake.put({"t/k=1/f": parquet(a=[1], b=["x"]), "t/k=2/f": parquet(a=["two"], b=["y"])})
    lake.crawl("t/")
    assert lake.tables() == ["t(a string, b string) [k]"]
    types = {name: one.storage.columns[0].type for name, one in lake.partitions("t").items()}
    assert types == {"1": "bigint", "2": "string"}
    with pytest.raises(owlake.Error, match="HIVE_PARTITION_SCHEMA_MISMATCH"):
        lake.sql("SELECT b FROM db.t")


def test_partitions_that_inherit_have_the_tables_columns(lake: Lake) -> None:
    lake.put({"t/k=1/f": parquet(a=pa.array([1], pa.int32()))})
    lake.crawl("t/", configuration=INHERIT)
    lake.put({"t/k=2/f": parquet(a=pa.array([2], pa.int64()), b=["y"])})
    lake.put({"t/k=3/f": parquet(a=pa.array([2], pa.int64()), b=["y"])})
    lake.glue.update_crawler(
        Name="c", Configuration=INHERIT[:-1] + ',"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}'
    )
    lake.start()
    assert lake.tables() == ["t(a bigint, b string) [k]"]
    assert {tuple(c.type for c in one.storage.columns) for one in lake.partitions("t").values()} == {
        ("bigint", "string")
    }
    assert lake.sql("SELECT a, b FROM db.t ORDER BY k") == [(1, None), (2, "y"), (2, "y")]


@pytest.mark.parametrize(
    ("delete", "tables", "marked"),
    [
        ("DELETE_FROM_DATABASE", [], None),
        ("DEPRECATE_IN_DATABASE", ["t(a int, b string, c double) [day]"], NOON_MILLISECONDS),
        ("LOG", ["t(a int, b string, c double) [day]"], None),
    ],
)
def test_a_table_whose_files_are_gone(evolving: Lake, delete: str, tables: list[str], marked: str | None) -> None:
    evolving.put({"other/f": '{"x":1}'})
    evolving.crawl("", **policy(delete=delete))
    evolving.delete(*DAYS)
    evolving.start()
    assert [one for one in evolving.tables() if one.startswith("t(")] == tables
    if tables:
        assert evolving.table("t").parameters.get("DEPRECATED_BY_CRAWLER") == marked


def test_tables_of_others_are_left_alone(evolving: Lake) -> None:
    evolving.crawl("t/", **policy(delete="DELETE_FROM_DATABASE"))
    evolving.sql("CREATE EXTERNAL TABLE db.mine (x int) LOCATION 's3://lake/t/nothing/'")
    evolving.start()
    assert evolving.tables() == ["mine(x int)", "t(a int, b string, c double) [day]"]


def test_a_deprecated_table_that_is_there_again_is_updated(evolving: Lake) -> None:
    evolving.put({"other/f": '{"x":1}'})
    evolving.crawl("")
    evolving.delete(*DAYS)
    evolving.start()
    assert "DEPRECATED_BY_CRAWLER" in evolving.table("t").parameters
    evolving.put(DAYS)
    evolving.start()
    assert "DEPRECATED_BY_CRAWLER" not in evolving.table("t").parameters


def test_merging_refuses_another_compression_in_awss_words(evolving: Lake) -> None:
    evolving.crawl("t/", configuration=MERGE)
    evolving.delete(*DAYS)
    evolving.put({"t/day=1/f.gz": gzip.compress(b'{"a":4,"b":"y","c":2.5,"d":1}\n')})
    evolving.start()
    assert evolving.tables() == ["t(a int, b string, c double) [day]"]
    assert evolving.table("t").parameters["DEPRECATED_BY_CRAWLER"] == NOON_MILLISECONDS
    assert (
        "Cannot merge new columns into the table t as defined in the Data Catalog because the parameter"
        " 'compressionType' has changed. The existing value is 'none', and the crawled value is 'gzip'."
    ) in evolving.log("level = 'WARN' AND kind = 'TABLE'")


def test_what_merging_leaves_as_it_is_stands_in_the_log(evolving: Lake) -> None:
    evolving.crawl("t/", configuration=MERGE)
    evolving.put({"t/day=4/f": '{"a":"four","b":"y","c":2.5}\n'})
    evolving.start()
    assert evolving.log("level = 'WARN' AND kind = 'TABLE'") == [
        "The column a stays int (MergeNewColumns), and is string in the files"
    ]


def test_a_partition_that_another_serde_reads_than_an_unchanged_table_keeps_its_own(lake: Lake) -> None:
    lake.put({"t/k=1/f": "x,y\n1,2\n"})
    lake.crawl("t/", **policy("LOG", "LOG"))
    lake.put({"t/k=1/f": "x;y\n3;4\n", "t/k=2/f": "x;y\n5;6\n"})
    lake.start()
    assert {name: one.storage.serde.parameters["field.delim"] for name, one in lake.partitions("t").items()} == {
        "1": ",",
        "2": ";",
    }
    assert lake.sql("SELECT x, y FROM db.t WHERE k = '2'") == [(5, 6)]


def test_merging_adds_fields_in_structs_and_changes_nothing_else(lake: Lake) -> None:
    lake.put({"t/f": '{"s":{"x":1},"gone":1}\n'})
    lake.crawl("t/", configuration=MERGE)
    lake.put({"t/f": '{"s":{"x":1.5,"y":"z"},"new":1}\n'})
    lake.start()
    assert lake.tables() == ["t(s struct<x:int,y:string>, gone int, new int)"]


def test_updating_takes_away_what_a_person_added(evolving: Lake) -> None:
    """The guide: "Remove any metadata that is not set by the crawler." """
    evolving.crawl("t/")
    evolving.sql("ALTER TABLE db.t SET TBLPROPERTIES ('mine' = '1')")
    evolving.sql("ALTER TABLE db.t ADD COLUMNS (extra int)")
    evolving.start()
    assert "mine" not in evolving.table("t").parameters
    assert evolving.tables() == ["t(a int, b string, c double) [day]"]


def test_more_files_are_counted(evolving: Lake) -> None:
    evolving.crawl("t/")
    assert evolving.table("t").parameters["objectCount"] == "3"
    evolving.put({"t/day=3/g": '{"a":3,"b":"x","c":1.5}\n'})
    evolving.start()
    assert evolving.table("t").parameters["objectCount"] == "4"
    assert evolving.partitions("t")["3"].parameters["recordCount"] == "2"


def test_new_folders_only(evolving: Lake) -> None:
    """The guide: new partitions are added where schemas are compatible, and nothing else is."""
    evolving.put({"other/f": '{"x":1}\n'})
    evolving.crawl("", recrawl_policy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"})
    tables = ["other(x int)", "t(a int, b string, c double) [day]"]
    assert evolving.tables() == tables
    evolving.put(
        {
            "t/day=1/g": '{"other":1}\n',
            "t/day=4/f": '{"a":4,"b":"x","d":1,"c":1.5}\n',
            "t/day=5/f": '{"a":"five","b":"x","c":1.5}\n',
            "t/day=6/f": '{"x":1,"y":2,"a":3}\n',
            "t/night=1/f": '{"a":1,"b":"x","c":1.5}\n',
            "t/day=7/hour=1/f": '{"a":1,"b":"x","c":1.5}\n',
            "new/f": '{"a":1}\n',
        }
    )
    evolving.delete("t/day=2/f")
    for _ in range(2):
        evolving.start()
        assert evolving.tables() == tables
        assert list(evolving.partitions("t")) == ["1", "2", "3", "4"]
        text = "Partition does not match table schema or has mismatch keys"
        assert evolving.problems() == {
            "t/day=5/": f"{text}: the column a is string, and the table's is int",
            "t/day=6/": f"{text}: no more than 70% of its columns are the table's",
            "t/night=1/": f"{text}: it has the keys of none",
            "t/day=7/hour=1/": f"{text}: it has the keys of none",
            "new/": f"{text}: it has the keys of none",
        }
    # It is looked at again.
    evolving.put({"t/day=5/f": '{"a":5,"b":"x","c":1.5}\n'})
    evolving.start()
    assert list(evolving.partitions("t")) == ["1", "2", "3", "4", "5"]
    assert evolving.sql("SELECT day, a FROM db.t WHERE day > '3' ORDER BY 1") == [("4", 4), ("5", 5)]


def test_too_many_tables_are_none(lake: Lake) -> None:
    lake.put({f"{name}/f": json.dumps({name: 1}) for name in ("x", "y", "z")})
    lake.crawl("", configuration='{"Version":1.0,"CrawlerOutput":{"Tables":{"TableThreshold":2}}}')
    assert lake.tables() == []
    row = lake.last()
    assert (row["state"], "(3) is greater than the table threshold value provided (2)" in row["error_message"]) == (
        "FAILED",
        True,
    )


def test_catalog_targets_update_tables_and_make_none(evolving: Lake) -> None:
    evolving.sql("CREATE DATABASE db")
    evolving.sql(
        "CREATE EXTERNAL TABLE db.mine (a int) PARTITIONED BY (day string)"
        " ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://lake/t/'"
    )
    targets = {"CatalogTargets": [{"DatabaseName": "db", "Tables": ["mine"]}]}
    evolving.crawl(targets=targets, **policy(delete="LOG"))
    assert evolving.tables() == ["mine(a int, b string, c double) [day]"]
    assert evolving.sql("SELECT sum(a) FROM db.mine") == [(6,)]


def test_a_dry_run_tells_all_and_changes_nothing(evolving: Lake) -> None:
    evolving.create("t/", **policy(delete="DELETE_FROM_DATABASE"))
    told = evolving.sql("CALL glue.system.start_crawler(name => 'c', dry_run => true)")
    assert evolving.tables() == []
    assert [row[0] for row in told] == ["CREATE TABLE", *["ADD PARTITION"] * 3]
    # What it tells can be run, and makes what a run would make.
    evolving.sql("CREATE DATABASE db")
    for row in told:
        evolving.sql(row[6])
    assert evolving.tables() == ["t(a int, b string, c double) [day]"]
    assert evolving.sql("SELECT count(*), sum(a) FROM db.t") == [(3, 6)]

    evolving.start()
    assert evolving.last()["tables_updated"] == 0
    evolving.put({"t/day=4/f": '{"a":3000000000,"b":"x","c":1.5,"d":true}\n'})
    evolving.delete("t/day=1/f")
    told = evolving.sql("CALL glue.system.start_crawler(name => 'c', dry_run => true)")
    changes = [(row[0], *row[3:6]) for row in told if row[0] != "SET" and row[0] != "UPDATE PARTITION"]
    assert changes == [
        ("CHANGE COLUMN", "a", "int", "bigint"),
        ("ADD COLUMN", "d", None, "boolean"),
        ("ADD PARTITION", "day=4", None, "s3://lake/t/day=4/"),
        ("DROP PARTITION", "day=1", None, None),
    ]
    assert told[0][6] == "ALTER TABLE db.t REPLACE COLUMNS (`a` bigint, `b` string, `c` double, `d` boolean)"
    assert evolving.tables() == ["t(a int, b string, c double) [day]"]
