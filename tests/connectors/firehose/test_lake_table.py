"""Delivery streams whose records become rows of a table."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from owlake.dbapi import Connection
from owlake_connectors.firehose import delivery
from owlake_connectors.firehose.destinations import lake_table
from tests.connectors.firehose.conftest import advance, lake

Objects = Callable[[], dict[str, bytes]]


def create_table(connection: Connection, more: str = "PARTITIONED BY (p string) STORED AS PARQUET") -> None:
    connection.execute("CREATE DATABASE web")
    connection.execute(f"CREATE EXTERNAL TABLE web.clicks (id bigint, page string) {more} LOCATION 's3://lake/t/'")


def create(connection: Connection, **configuration: Any) -> None:
    connection.client("firehose").create_delivery_stream(
        DeliveryStreamName="clicks",
        DestinationTable="web.clicks",
        **({"TableDestinationConfiguration": configuration} if configuration else {}),
    )


def put(firehose: Any, *records: bytes) -> None:
    firehose.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": one} for one in records])


def flush(connection: Connection) -> None:
    connection.execute("CALL firehose.system.flush('clicks')")


def rows(connection: Connection, columns: str = "id, page, p") -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT {columns} FROM web.clicks ORDER BY id").fetchall()


def test_records_are_rows_after_the_interval(connection: Connection, firehose: Any) -> None:
    create_table(connection)
    connection.execute(
        "CALL firehose.system.create_delivery_stream(delivery_stream_name => 'clicks',"
        " destination_table => 'web.clicks')"
    )
    put(firehose, b'{"id": 1, "page": "/", "p": "x"}', b'{"ID": 2, "p": "y"}{"id": 3}', b'{"p":"x","id":4,"other":[]}')
    advance(connection, 299)
    assert rows(connection) == []
    advance(connection, 1)
    assert rows(connection) == [(1, "/", "x"), (2, None, "y"), (3, None, None), (4, None, "x")]
    partitions = connection.execute('SELECT p FROM web."clicks$partitions" ORDER BY p NULLS LAST').fetchall()
    assert partitions == [("x",), ("y",), (None,)]
    shown = "SELECT destination, destination_table, buffered_records FROM firehose.system.delivery_streams"
    assert connection.execute(shown).fetchall() == [("table", "web.clicks", 0)]
    state = "SELECT kind, state, records FROM firehose.system.deliveries"
    assert connection.execute(state).fetchall() == [("records", "DELIVERED", 3)]


@pytest.mark.parametrize("form", ["PARQUET", "ORC", "AVRO", "TEXTFILE"])
def test_the_table_may_be_of_any_format_that_is_written(connection: Connection, firehose: Any, form: str) -> None:
    create_table(connection, f"STORED AS {form}")
    create(connection)
    put(firehose, b'{"id": 1, "page": "a"}', b'{"id": 2}')
    flush(connection)
    assert [one[0] for one in rows(connection, "id, page")] == [1, 2]


def test_partitions_by_when_records_arrived(connection: Connection, firehose: Any) -> None:
    create_table(connection, "PARTITIONED BY (day date, hour int, p string) STORED AS PARQUET")
    create(
        connection,
        Prefix="day=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/",
        CustomTimeZone="Asia/Tokyo",
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
    )
    put(firehose, b'{"id": 1, "p": "x", "hour": 3}')
    advance(connection, 60)
    put(firehose, b'{"id": 2, "p": "y"}')
    advance(connection, 60)
    found = rows(connection, "id, CAST(day AS varchar), hour, p")
    assert found == [(1, "2026-03-04", 14, "x"), (2, "2026-03-04", 14, "y")]


def test_what_is_no_row_is_in_the_error_output(connection: Connection, firehose: Any, objects: Objects) -> None:
    create_table(connection)
    create(connection)
    put(firehose, b"no", b'{"id": 1}', b'{"id": "x"}', b'{"id": 2}{"id": "y"}', b"null")
    flush(connection)
    assert rows(connection) == [(1, None, None)]
    name = "errors/clicks/format-conversion-failed/2026/03/04/05/clicks-1-2026-03-04-05-06-07-*"
    lines = [json.loads(line) for line in objects()[name].splitlines()]
    data = [base64.b64decode(one["rawData"]) for one in lines]
    assert data == [b"no", b'{"id": "x"}', b'{"id": 2}{"id": "y"}', b"null"]
    assert lines[1]["dataCatalogTable"] == {
        "catalogId": "123456789012",
        "databaseName": "web",
        "tableName": "clicks",
        "region": "us-east-1",
        "versionId": "LATEST",
        "catalogArn": "arn:aws:glue:us-east-1:123456789012:catalog",
    }
    assert "id" in lines[1]["errorMessage"]


class Death(BaseException):
    """Where the process ends."""


def die(*_: Any, **__: Any) -> None:
    raise Death


@pytest.mark.parametrize(("module", "place"), [(lake_table, "_as_text"), (delivery, "_note_delivered")])
def test_a_death_before_and_after_the_commit_loses_nothing_and_doubles_nothing(
    connection: Connection,
    firehose: Any,
    objects: Objects,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    place: str,
) -> None:
    create_table(connection)
    create(connection)
    put(firehose, b'{"id": 1}', b"no", b'{"id": 2}', b'{"id": 3, "new": 1}')
    with monkeypatch.context() as patched:
        patched.setattr(module, place, die)
        with pytest.raises(Death):
            firehose.flush(DeliveryStreamName="clicks")
    put(firehose, b'{"id": 4}')
    flush(connection)
    assert [one[0] for one in rows(connection)] == [1, 2, 3, 4]
    ((_, lines),) = [(name, found) for name, found in objects().items() if name.startswith("errors/")]
    assert [base64.b64decode(json.loads(line)["rawData"]) for line in lines.splitlines()] == [b"no"]


def test_a_record_that_did_not_fit_is_kept_even_where_it_would_fit_by_now(
    connection: Connection, firehose: Any, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_table(connection)
    create(connection)
    put(firehose, b'{"id": 1}', b'{"id": "x"}')
    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_note_delivered", die)
        with pytest.raises(Death):
            firehose.flush(DeliveryStreamName="clicks")
    connection.execute("ALTER TABLE web.clicks REPLACE COLUMNS (id string, page string)")
    flush(connection)
    ((_, lines),) = [(name, found) for name, found in objects().items() if name.startswith("errors/")]
    assert [base64.b64decode(json.loads(line)["rawData"]) for line in lines.splitlines()] == [b'{"id": "x"}']


def test_rows_wait_while_the_table_is_gone(connection: Connection, firehose: Any) -> None:
    create_table(connection)
    create(connection)
    put(firehose, b'{"id": 1}')
    connection.execute("DROP TABLE web.clicks")
    flush(connection)
    state = "SELECT state, error_code FROM firehose.system.deliveries"
    assert connection.execute(state).fetchall() == [("PLANNED", "EntityNotFoundException")]
    connection.execute("CREATE EXTERNAL TABLE web.clicks (id bigint) STORED AS ORC LOCATION 's3://lake/t2/'")
    advance(connection, 200)
    assert rows(connection, "id") == [(1,)]


def test_records_are_kept_as_they_came_too(connection: Connection, firehose: Any, objects: Objects) -> None:
    create_table(connection)
    place = lake(Prefix="raw/", ErrorOutputPrefix="bad/")
    create(connection, S3BackupMode="AllData", S3Configuration=place)
    put(firehose, b'{"id": 1}')
    flush(connection)
    assert rows(connection) == [(1, None, None)]
    assert objects()["raw/2026/03/04/05/clicks-1-2026-03-04-05-06-07-*"] == b'{"id": 1}'


@pytest.mark.parametrize(
    ("table", "configuration", "text"),
    [
        ("web.none", {}, "The destination table web.none does not exist"),
        ("none", {}, "it is to be database.table"),
        ("web.v", {}, "Inserting into views is not supported"),
        ("web.clicks", {"Prefix": "x=1/"}, "Prefix of a table must be of its partition columns .name=value/.: x"),
        ("web.clicks", {"Prefix": "!{timestamp:yyyy}/"}, "Prefix of a table must be of its partition columns"),
        ("web.clicks", {"DestinationTable": "web.v"}, "DestinationTable is given twice"),
        ("web.clicks", {"BufferingHints": {"SizeInMBs": 5}}, "must be specified together"),
        ("web.clicks", {"S3Configuration": lake(ErrorOutputPrefix="t/e/")}, "outside of the table"),
        ("web.whole", {}, "outside of the table"),
    ],
)
def test_a_configuration_that_cannot_be(
    connection: Connection, firehose: Any, table: str, configuration: dict[str, Any], text: str
) -> None:
    create_table(connection)
    connection.execute("CREATE VIEW web.v AS SELECT 1 AS id")
    connection.execute("CREATE EXTERNAL TABLE web.whole (id bigint) STORED AS PARQUET LOCATION 's3://lake/'")
    with pytest.raises(Exception, match=text):
        firehose.create_delivery_stream(
            DeliveryStreamName="clicks", DestinationTable=table, TableDestinationConfiguration=configuration
        )
    assert firehose.list_delivery_streams()["DeliveryStreamNames"] == []


def test_the_destination_is_shown_and_changed(connection: Connection, firehose: Any) -> None:
    create_table(connection)
    create(connection)
    shown = firehose.describe_delivery_stream(DeliveryStreamName="clicks")["DeliveryStreamDescription"]
    (destination,) = shown["Destinations"]
    assert destination["TableDestinationDescription"] == {
        "DestinationTable": "web.clicks",
        "S3Configuration": {
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": "arn:aws:s3:::lake",
            "ErrorOutputPrefix": "errors/clicks/",
        },
        "BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 300},
        "RetryOptions": {"DurationInSeconds": 300},
    }
    connection.execute("CREATE EXTERNAL TABLE web.other (id bigint) STORED AS PARQUET LOCATION 's3://lake/other/'")
    put(firehose, b'{"id": 1}')
    firehose.update_destination(
        DeliveryStreamName="clicks",
        CurrentDeliveryStreamVersionId="1",
        DestinationId=destination["DestinationId"],
        TableDestinationUpdate={"DestinationTable": "web.other"},
    )
    put(firehose, b'{"id": 2}')
    flush(connection)
    assert rows(connection, "id") == [(1,)]
    assert connection.execute("SELECT id FROM web.other").fetchall() == [(2,)]
