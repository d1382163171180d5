"""Crawlers and classifiers by Glue's operations, in SQL and in boto3's shape; their schedules, runs and tables."""

from __future__ import annotations

import gzip
import io
import json
import signal
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

import owlake
from tests.connectors.glue.lake import Lake

TARGETS = {"S3Targets": [{"Path": "s3://lake/t/"}]}
AB = '{"a":1,"b":2}\n'


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_crawler_is_what_it_was_made_as(lake: Lake) -> None:
    lake.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    lake.glue.create_crawler(
        Name="c",
        Role="arn:aws:iam::1:role/r",
        DatabaseName="db",
        Targets={"S3Targets": [{"Path": "s3://lake/t/", "Exclusions": ["**.tmp"], "SampleSize": 5}]},
        Schedule="cron(0 12 * * ? *)",
        TablePrefix="p_",
        SchemaChangePolicy={"UpdateBehavior": "LOG"},
    )
    found = lake.glue.get_crawler(Name="c")["Crawler"]
    assert found == {
        "Name": "c",
        "Role": "arn:aws:iam::1:role/r",
        "DatabaseName": "db",
        "Targets": {"S3Targets": [{"Path": "s3://lake/t/", "Exclusions": ["**.tmp"], "SampleSize": 5}]},
        "Classifiers": [],
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
        "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
        "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
        "State": "READY",
        "TablePrefix": "p_",
        "Schedule": {"ScheduleExpression": "cron(0 12 * * ? *)", "State": "SCHEDULED"},
        "CrawlElapsedTime": 0,
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
        "LastUpdated": datetime(2026, 1, 1, tzinfo=UTC),
        "Version": 1,
    }
    lake.glue.update_crawler(Name="c", Description="hourly", Schedule="cron(0 * * * ? *)")
    changed = lake.glue.get_crawler(Name="c")["Crawler"]
    assert (changed["Version"], changed["Description"], changed["TablePrefix"]) == (2, "hourly", "p_")
    assert lake.glue.list_crawlers()["CrawlerNames"] == ["c"]
    assert lake.glue.batch_get_crawlers(CrawlerNames=["x", "c"])["CrawlersNotFound"] == ["x"]
    lake.glue.delete_crawler(Name="c")
    assert lake.glue.get_crawlers()["Crawlers"] == []


def test_what_is_refused(lake: Lake) -> None:
    glue = lake.glue
    create = glue.create_crawler
    glue.create_crawler(Name="c", Targets=TARGETS)
    assert refused(create, Name="c", Targets=TARGETS)[0] == "AlreadyExistsException"
    assert refused(glue.get_crawler, Name="x") == (
        "EntityNotFoundException",
        "Crawler entry with name x does not exist",
    )
    assert refused(glue.stop_crawler, Name="c") == (
        "CrawlerNotRunningException",
        "Crawler with name c isn't running",
    )
    assert refused(glue.start_crawler_schedule, CrawlerName="c")[0] == "NoScheduleException"
    assert refused(glue.stop_crawler_schedule, CrawlerName="c")[0] == "SchedulerNotRunningException"
    for schedule in ("every day", "rate(5 minutes)", "cron(0 12 * * * *)", "cron(* * * * ? *)", "cron(0/4 * * * ? *)"):
        assert refused(create, Name="d", Targets=TARGETS, Schedule=schedule)[0] == "InvalidInputException", schedule
    for targets in ({}, {"JdbcTargets": [{"Path": "x"}]}, {"S3Targets": [{"Path": "s3://lake/", "SampleSize": 250}]}):
        assert refused(create, Name="d", Targets=targets)[0] == "InvalidInputException", targets
    catalog = {"CatalogTargets": [{"DatabaseName": "db", "Tables": ["t"]}]}
    assert refused(create, Name="d", Targets=catalog)[1] == (
        "The DeleteBehavior of a crawler with catalog targets must be LOG"
    )
    assert refused(create, Name="d", Targets=TARGETS | catalog)[0] == "InvalidInputException"
    for configuration in ("{", "{}", '{"Version":1.0,"Grouping":{"TableLevelConfiguration":0}}'):
        assert refused(create, Name="d", Targets=TARGETS, Configuration=configuration)[0] == "InvalidInputException"
    assert refused(create, Name="d", Targets=TARGETS, Classifiers=["x"])[0] == "EntityNotFoundException"
    assert glue.list_crawlers()["CrawlerNames"] == ["c"]


def test_a_schedule_runs_a_crawler(lake: Lake) -> None:
    """Weekdays are AWS's: 1 is Sunday, so that ``2#1`` is the first Monday of a month."""
    lake.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    lake.put({"t/f": AB})
    lake.create("t/", schedule="cron(0 8 ? * 2#1 *)")
    lake.home.scheduler.advance(timedelta(days=60))
    assert [row[0] for row in lake.sql("SELECT CAST(start_time AS date) FROM glue.system.crawls")] == [
        datetime(2026, 1, 5, tzinfo=UTC).date(),
        datetime(2026, 2, 2, tzinfo=UTC).date(),
    ]
    lake.glue.stop_crawler_schedule(CrawlerName="c")
    lake.home.scheduler.advance(timedelta(days=60))
    assert lake.sql("SELECT count(*) FROM glue.system.crawls") == [(2,)]
    lake.glue.start_crawler_schedule(CrawlerName="c")
    lake.glue.update_crawler_schedule(CrawlerName="c", Schedule="cron(0 0 * * ? *)")
    lake.home.scheduler.advance(timedelta(days=3))
    assert lake.sql("SELECT count(*) FROM glue.system.crawls") == [(5,)]


def test_runs_are_listed_and_measured(lake: Lake) -> None:
    lake.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    lake.put({"t/k=1/f": AB})
    lake.crawl("t/")
    lake.start()
    glue = lake.glue
    second, first = glue.list_crawls(CrawlerName="c")["Crawls"]
    assert json.loads(json.loads(first["Summary"])["TABLE"]) == {"ADD": {"Count": 1}}
    assert json.loads(json.loads(first["Summary"])["PARTITION"]) == {"ADD": {"Count": 1}}
    assert "Summary" not in second
    assert (first["State"], first["LogGroup"], first["LogStream"]) == ("COMPLETED", "/aws-glue/crawlers", "c")
    only = [{"FieldName": "CRAWL_ID", "FilterOperator": "EQ", "FieldValue": first["CrawlId"]}]
    assert [one["CrawlId"] for one in glue.list_crawls(CrawlerName="c", Filters=only)["Crawls"]] == [first["CrawlId"]]
    wrong = [{"FieldName": "STATE", "FilterOperator": "GT", "FieldValue": "FAILED"}]
    assert refused(glue.list_crawls, CrawlerName="c", Filters=wrong)[1] == (
        "Only EQ or NE operator is allowed for field : STATE"
    )
    page = glue.list_crawls(CrawlerName="c", MaxResults=1)
    assert len(page["Crawls"]) == 1
    assert len(glue.list_crawls(CrawlerName="c", NextToken=page["NextToken"])["Crawls"]) == 1
    (metrics,) = glue.get_crawler_metrics()["CrawlerMetricsList"]
    assert (metrics["CrawlerName"], metrics["TablesCreated"], metrics["TablesUpdated"]) == ("c", 1, 0)
    assert glue.get_crawler(Name="c")["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"


def broken_parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), sink)
    return sink.getvalue()[:50]


def zipped() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("x", AB)
    return sink.getvalue()


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.put(
        {
            "t/good": AB,
            "p/broken.parquet": broken_parquet(),
            "z/x.json": zipped(),
            "z/x.zip": zipped(),
            "e/empty": "",
            "u/prose": "What?",
            "g/cut.json.gz": gzip.compress(AB.encode() * 1000)[:-12],
            "d/denied.json": AB,
        }
    )
    targets = [
        {"Path": "s3://lake/"},
        {"Path": "s3://lake/t/", "Exclusions": ["a{b"]},
        {"Path": "s3://elsewhere/t/"},
        {"Path": "ftp://lake/t/"},
        {"Path": "/etc"},
    ]
    opened = lake.home.storage.open_input

    def denied(uri: str) -> Any:
        if uri.endswith("denied.json"):
            raise PermissionError(13, "Permission denied", uri)
        return opened(uri)

    monkeypatch.setattr(lake.home.storage, "open_input", denied)
    lake.crawl(targets={"S3Targets": targets})
    assert lake.last()["state"] == "COMPLETED"
    problems = lake.problems()
    assert {path: text[:40] for path, text in problems.items()} == {
        "p/broken.parquet": "The Parquet file is damaged: Parquet mag",
        "z/x.json": "It is a ZIP archive, which tables do not",
        "z/x.zip": "It is a ZIP archive, which tables do not",
        "u/prose": "UNKNOWN: no classifier recognizes the fi",
        "g/cut.json.gz": "Truncated compressed stream",
        "d/denied.json": "[Errno 13] Permission denied: 's3://lake",
        "e/empty": "The file is empty: it is passed over",
        "t/": "InvalidInputException: Invalid exclusion",
        "s3://elsewhere/t/": "EntityNotFoundException: The bucket else",
        "ftp://lake/t/": "HIVE_FILESYSTEM_ERROR: Invalid location ",
        "/etc": "HIVE_FILESYSTEM_ERROR: Invalid location ",
    }
    assert lake.log("path = 's3://lake/e/empty'") == ["The file is empty: it is passed over"]
    assert lake.tables() == ["lake(a int, b int) [partition_0]"]
    error = lake.glue.get_crawler(Name="c")["Crawler"]["LastCrawl"]["ErrorMessage"]
    assert "broken.parquet" in error


def test_new_tables_have_a_partition_index(lake: Lake) -> None:
    """Over all keys, unless the crawler is told otherwise (crawler-configure-partition-indexes in the guide)."""
    lake.put({"t/k=1/j=2/f": AB, "u/f": AB})
    lake.crawl("t/")
    lake.create("t/", name="none", table_prefix="n_", configuration='{"Version":1.0,"CreatePartitionIndex":false}')
    lake.start("none")
    lake.create("u/", name="u")
    lake.start("u")
    found = {}
    for one in lake.catalog_tables():
        with lake.home.metastore.read() as catalog:
            indexes = catalog.list_partition_indexes("db", one.name)
        found[one.name] = [(index.name, index.keys, index.state) for index in indexes]
    assert found == {"t": [("crawler_partition_index", ("k", "j"), "ACTIVE")], "n_t": [], "u": []}
    # Other keys are another index's.
    lake.delete("t/k=1/j=2/f")
    lake.put({"t/day=1/f": AB})
    lake.start()
    assert lake.tables()[1:] == ["t(a int, b int) [day]", "u(a int, b int)"]
    assert lake.sql("SELECT day, a FROM db.t") == [("1", 1)]
    with lake.home.metastore.read() as catalog:
        assert [one.keys for one in catalog.list_partition_indexes("db", "t")] == [("day",)]
    wrong = '{"Version":1.0,"CreatePartitionIndex":"no"}'
    assert refused(lake.glue.update_crawler, Name="c", Configuration=wrong)[0] == "InvalidInputException"


def test_a_table_whose_file_is_damaged_stays(lake: Lake) -> None:
    lake.put({"t/k=1/f": AB, "t/k=2/f": AB, "o/x.csv": "x,y\n1,2\n"})
    targets = {"S3Targets": [{"Path": "s3://lake/t/"}, {"Path": "s3://lake/o/"}]}
    lake.crawl(targets=targets, schema_change_policy={"DeleteBehavior": "DELETE_FROM_DATABASE"})
    lake.put({"t/k=2/f": broken_parquet(), "o/x.csv": zipped()})
    lake.start()
    assert lake.tables() == ["o(x bigint, y bigint)", "t(a int, b int) [k]"]
    assert list(lake.partitions("t")) == ["1", "2"]


def test_a_crawl_without_a_target_that_can_be_read_fails(lake: Lake) -> None:
    lake.crawl(targets={"S3Targets": [{"Path": "s3://elsewhere/"}]})
    row = lake.last()
    assert (row["state"], row["error_message"].partition(":")[0]) == ("FAILED", "InvalidInputException")
    assert lake.glue.get_crawler(Name="c")["Crawler"]["LastCrawl"]["Status"] == "FAILED"


@pytest.mark.parametrize(
    ("definition", "content", "columns"),
    [
        (
            {"CsvClassifier": {"Name": "x", "ContainsHeader": "PRESENT", "AllowSingleColumn": True}},
            "name,city\nann,oslo\n",
            "name string, city string",
        ),
        ({"CsvClassifier": {"Name": "x", "Delimiter": "^", "Header": ["A", "B"]}}, "1^x\n2^y\n", "a bigint, b string"),
        (
            {
                "CsvClassifier": {
                    "Name": "x",
                    "ContainsHeader": "ABSENT",
                    "CustomDatatypeConfigured": True,
                    "CustomDatatypes": ["DOUBLE"],
                }
            },
            "1,2024-01-01\n",
            "col0 double, col1 string",
        ),
        (
            {"CsvClassifier": {"Name": "x", "QuoteSymbol": "'", "ContainsHeader": "ABSENT"}},
            "'a,b',1\n'c',2\n",
            "col0 string, col1 string",
        ),
        (
            {"GrokClassifier": {"Name": "x", "Classification": "mine", "GrokPattern": r"%{INT:n:int} %{WORD:w}"}},
            "1 a\n2 b\n",
            "n int, w string",
        ),
        (
            {
                "GrokClassifier": {
                    "Name": "x",
                    "Classification": "mine",
                    "GrokPattern": "%{CODE:code}-%{INT:n:long}",
                    "CustomPatterns": "CODE [A-Z]{2}",
                }
            },
            "AB-1\nCD-2\n",
            "code string, n bigint",
        ),
        (
            {"XMLClassifier": {"Name": "x", "Classification": "books", "RowTag": "book"}},
            '<shop><book id="1"><title>A</title></book><other/></shop>',
            "_id bigint, title string",
        ),
        ({"JsonClassifier": {"Name": "x", "JsonPath": "$[*]"}}, '[{"a":1},{"a":2.5}]', "a double"),
        ({"JsonClassifier": {"Name": "x", "JsonPath": "$.Records[*]"}}, '{"Records":[{"a":1}]}', "a int"),
        ({"JsonClassifier": {"Name": "x", "JsonPath": "$['r']"}}, '{"r":{"a":"b"}}', "a string"),
    ],
)
def test_custom_classifiers_come_first(lake: Lake, definition: dict[str, Any], content: str, columns: str) -> None:
    lake.put({"t/f": content})
    lake.glue.create_classifier(**definition)
    assert lake.crawl("t/", classifiers=["x"]) == [f"t({columns})"]


def test_tables_of_custom_classifiers_are_read(lake: Lake) -> None:
    lake.put({"t/f": "'a,b',1\n'c',2\n", "g/f": "AB-1\nCD-2\n"})
    lake.glue.create_classifier(CsvClassifier={"Name": "q", "QuoteSymbol": "'", "ContainsHeader": "ABSENT"})
    pattern = {"Classification": "mine", "GrokPattern": "%{CODE:code}-%{INT:n:long}", "CustomPatterns": "CODE [A-Z]{2}"}
    lake.glue.create_classifier(GrokClassifier={"Name": "g", **pattern})
    lake.crawl(targets={"S3Targets": [{"Path": "s3://lake/t/"}, {"Path": "s3://lake/g/"}]}, classifiers=["g", "q"])
    assert lake.sql("SELECT * FROM db.t") == [("a,b", "1"), ("c", "2")]
    assert lake.sql("SELECT * FROM db.g") == [("AB", 1), ("CD", 2)]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("$[*]", '[\n {"a": 1, "b": "x"},\n {"a": 2, "b": null}\n]'),
        ("$.Records[*]", '{"Records":[{"a":1,"b":"x"}]}\n{"Records":[{"a":2}]}\n'),
        ("$['two words'].*", '{"two words": {"one": {"a": 1, "b": "x"}, "two": {"a": 2}}}'),
    ],
)
def test_tables_of_json_paths_have_the_rows_that_the_path_leads_to(lake: Lake, path: str, content: str) -> None:
    lake.put({"t/f": content})
    lake.glue.create_classifier(JsonClassifier={"Name": "x", "JsonPath": path})
    lake.create("t/", classifiers=["x"])
    ((*_, statement, _),) = lake.sql("CALL glue.system.start_crawler(name => 'c', dry_run => true)")
    lake.start()
    assert lake.sql("SELECT a, b FROM db.t ORDER BY a") == [(1, "x"), (2, None)]
    lake.sql("DROP TABLE db.t")
    lake.sql(statement)
    assert lake.sql("SELECT a, b FROM db.t ORDER BY a") == [(1, "x"), (2, None)]


def test_tables_of_xml_are_none_that_athena_reads(lake: Lake) -> None:
    lake.put({"t/f": "<shop><book><title>A</title></book><book><title>B</title></book></shop>"})
    assert lake.crawl("t/") == ["t(title string)"]
    assert dict(lake.table("t").parameters)["classification"] == "xml"
    with pytest.raises(owlake.Error, match="HIVE_UNSUPPORTED_FORMAT: Unable to create input format"):
        lake.sql("SELECT * FROM db.t")


def test_classifiers_are_kept_changed_and_refused(lake: Lake) -> None:
    glue = lake.glue
    glue.create_classifier(JsonClassifier={"Name": "j", "JsonPath": "$[*]"})
    glue.update_classifier(JsonClassifier={"Name": "j", "JsonPath": "$.x"})
    found = glue.get_classifier(Name="j")["Classifier"]["JsonClassifier"]
    assert (found["JsonPath"], found["Version"]) == ("$.x", 2)
    assert lake.sql("SELECT name, kind, classification, json_format(definition) FROM glue.system.classifiers") == [
        ("j", "JSON", "json", '{"json_path":"$.x"}')
    ]
    assert refused(glue.create_classifier, JsonClassifier={"Name": "j", "JsonPath": "$"})[0] == "AlreadyExistsException"
    assert refused(glue.create_classifier, JsonClassifier={"Name": "k", "JsonPath": "x"})[0] == "InvalidInputException"
    assert refused(glue.create_classifier)[0] == "InvalidInputException"
    wrong = {"Name": "k", "Classification": "c", "GrokPattern": "%{NOSUCH:x}"}
    assert refused(glue.create_classifier, GrokClassifier=wrong)[0] == "InvalidInputException"
    assert refused(glue.update_classifier, CsvClassifier={"Name": "j"})[0] == "InvalidInputException"
    assert refused(glue.get_classifier, Name="x")[0] == "EntityNotFoundException"


def test_a_run_that_is_stopped_leaves_what_it_did(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    from owlake_connectors.glue.crawlers import runner  # noqa: PLC0415
    from owlake_connectors.glue.crawlers.crawl import Run  # noqa: PLC0415

    lake.put({f"{name}/f": json.dumps({name: 1}) for name in ("x", "y", "z")})
    applied = Run._apply

    def stop_after_one(run: Run, change: Any) -> None:
        applied(run, change)
        lake.glue.stop_crawler(Name="c")

    monkeypatch.setattr(Run, "_apply", stop_after_one)
    monkeypatch.setattr(runner, "_GLANCE", -1)
    lake.crawl("")
    assert lake.tables() == ["x(x int)"]
    assert (lake.last()["state"], lake.last()["tables_added"]) == ("STOPPED", 1)
    found = lake.glue.get_crawler(Name="c")["Crawler"]
    assert (found["State"], found["LastCrawl"]["Status"]) == ("READY", "CANCELLED")
    monkeypatch.undo()
    lake.start()
    assert lake.tables() == ["x(x int)", "y(y int)", "z(z int)"]


@pytest.mark.parametrize(
    ("content", "rows", "notes"),
    [
        ("\n\nid,v\n1,2\n3,4\n", [(1, 2), (3, 4)], []),
        ("id,v\r\n1,ä\r\n", [(1, "ä")], []),
        (
            "id,v\n1,ä\n".encode("latin-1"),
            [(1, "\ufffd")],
            ["The file is no UTF-8: characters are lost, unless the SerDe is told its serialization.encoding"],
        ),
        # Rows that are too short or too long: NULL, and what is beyond is lost; the log says so.
        (
            "id,v\n1,x\n2\n3,x,y\n" + "4,x\n" * 10,
            [(1, "x"), (2, None), (3, "x"), *[(4, "x")] * 10],
            ["2 of the first 14 rows have more or fewer values than 2"],
        ),
        # Amounts in quotes are texts.
        ('id,v\n1,"1,000.50"\n2,"7"\n', [("1", "1,000.50"), ("2", "7")], []),
        (
            'id,v\n1,"a\nb"\n2,"c"\n',
            [("1", None), (None, None), ("2", "c")],
            ["Values with line breaks in quotes are cut there when they are queried"],
        ),
    ],
    ids=["blank lines", "Windows", "Latin-1", "ragged", "quoted", "line breaks"],
)
def test_untidy_csv(lake: Lake, content: str | bytes, rows: list[tuple[Any, ...]], notes: list[str]) -> None:
    lake.put({"t/f": content})
    lake.crawl("t/")
    names = ", ".join(f'"{one.name}"' for one in lake.table("t").storage.columns)
    assert lake.sql(f"SELECT {names} FROM db.t") == rows
    assert lake.log("level = 'WARN'") == notes


def test_sampling_takes_the_rest_to_be_alike(lake: Lake) -> None:
    lake.put({f"t/{number}": AB for number in range(10)})
    lake.crawl("t/", s3={"SampleSize": 2})
    parameters = lake.table("t").parameters
    assert (parameters["objectCount"], parameters["recordCount"]) == ("10", "10")


def test_classifying_again_needs_other_files(lake: Lake) -> None:
    """The guide: "changing a classifier" does not classify again what was crawled."""
    lake.put({"t/f": "name,city\nann,oslo\n"})
    lake.glue.create_classifier(CsvClassifier={"Name": "x", "ContainsHeader": "ABSENT"})
    lake.crawl("t/", classifiers=["x"])
    lake.glue.update_classifier(CsvClassifier={"Name": "x", "ContainsHeader": "PRESENT"})
    lake.start()
    assert lake.tables() == ["t(col0 string, col1 string)"]
    lake.put({"t/f": "name,city\nann,oslo\nbob,bern\n"})
    lake.start()
    assert lake.tables() == ["t(name string, city string)"]


KILLED = """
import os, sys
import owlake
from owlake_connectors.glue.crawlers.crawl import Run

apply, done = Run._apply, []

def apply_and_die(run, change):
    apply(run, change)
    done.append(change)
    if len(done) == 2:
        os.kill(os.getpid(), 9)

Run._apply = apply_and_die
with owlake.connect(sys.argv[1]) as connection:
    connection.execute("CALL glue.system.start_crawler('c')").fetchall()
"""


def test_a_run_that_died_with_its_process_is_done_again(tmp_path: Path) -> None:
    with owlake.connect(tmp_path / "home") as connection:
        lake = Lake(connection)
        lake.put({f"{name}/f": json.dumps({name: 1}) for name in ("x", "y", "z")})
        lake.create("")
    died = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "home")], check=False, timeout=240)
    assert died.returncode == -signal.SIGKILL
    with owlake.connect(tmp_path / "home") as connection:
        lake = Lake(connection)
        # Whole tables are there; the next statement has the rest done.
        assert lake.tables() == ["x(x int)", "y(y int)"]
        assert lake.sql("SELECT state FROM glue.system.crawlers") == [("READY",)]
        assert lake.tables() == ["x(x int)", "y(y int)", "z(z int)"]
        assert lake.sql("SELECT state FROM glue.system.crawls") == [("COMPLETED",)]
