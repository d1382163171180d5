"""What is seen of delivery streams: each of the tables, what it shows and for how long."""

from __future__ import annotations

from typing import Any

from owlake.dbapi import Connection
from tests.connectors.firehose.conftest import advance, lake

START = "2026-03-04 05:06:07.000 UTC"


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def test_delivery_streams(connection: Connection, firehose: Any) -> None:
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration=lake(Prefix="data/"),
        Tags=[{"Key": "team", "Value": "web"}],
    )
    firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"abc"})
    firehose.start_delivery_stream_encryption(DeliveryStreamName="clicks")
    shown = (
        "SELECT delivery_stream_name, delivery_stream_status, delivery_stream_type, version, source_arn, destination,"
        " prefix, tags, encryption_status FROM firehose.system.delivery_streams"
    )
    assert rows(connection, shown) == [
        (
            "clicks",
            "ACTIVE",
            "DirectPut",
            1,
            None,
            "lake",
            "s3://lake/data/!{timestamp:yyyy/MM/dd/HH/}",
            {"team": "web"},
            "ENABLED",
        )
    ]
    firehose.delete_delivery_stream(DeliveryStreamName="clicks")
    assert rows(connection, shown) == []
    assert rows(connection, "SELECT count(*) FROM firehose.system.deliveries") == [(0,)]
    assert rows(connection, "SELECT count(*) FROM firehose.system.metrics") == [(0,)]
    assert rows(connection, "SELECT name FROM system.runtime.tasks WHERE state = 'SCHEDULED'") == []


def test_deliveries_and_errors(connection: Connection, firehose: Any) -> None:
    decompression = {"Type": "Decompression", "Parameters": []}
    processing = {"ProcessingConfiguration": {"Enabled": True, "Processors": [decompression]}}
    firehose.create_delivery_stream(DeliveryStreamName="clicks", ExtendedS3DestinationConfiguration=lake(**processing))
    firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"plain"})
    advance(connection, 300)
    shown = (
        "SELECT kind, state, records, attempts, error_code, CAST(opened AS varchar), CAST(ended AS varchar)"
        " FROM firehose.system.deliveries"
    )
    late = "2026-03-04 05:11:07.000 UTC"
    # It is gathered from when it arrived, and processed only when it is time for records: so it is at once over.
    assert rows(connection, shown) == [("processing-failed", "DELIVERED", 1, 1, None, START, late)]
    found = rows(connection, "SELECT error_type, state, records, target FROM firehose.system.errors")
    assert [one[:3] for one in found] == [("processing-failed", "DELIVERED", 1)]
    assert found[0][3].startswith("s3://lake/processing-failed/2026/03/04/05/clicks-1-")


def test_metrics(connection: Connection, firehose: Any) -> None:
    firehose.create_delivery_stream(DeliveryStreamName="clicks", ExtendedS3DestinationConfiguration=lake())
    for data in (b"abc", b"defgh"):
        firehose.put_record(DeliveryStreamName="clicks", Record={"Data": data})
    advance(connection, 300)
    shown = 'SELECT metric, sample_count, "sum", maximum FROM firehose.system.metrics ORDER BY metric'
    assert rows(connection, shown) == [
        ("DeliveryToS3.Bytes", 1, 8.0, 8.0),
        ("DeliveryToS3.DataFreshness", 1, 300.0, 300.0),
        ("DeliveryToS3.Records", 1, 2.0, 2.0),
        ("DeliveryToS3.Success", 1, 1.0, 1.0),
        ("IncomingBytes", 1, 8.0, 8.0),
        ("IncomingRecords", 1, 2.0, 2.0),
    ]


def test_metrics_of_conversion_partitions_and_failures(connection: Connection, firehose: Any) -> None:
    connection.execute("CREATE DATABASE web")
    connection.execute("CREATE EXTERNAL TABLE web.t (k string) STORED AS PARQUET LOCATION 's3://lake/t/'")
    query = {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{k: .k}"}
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration=lake(
            BucketARN="arn:aws:s3:::missing",
            Prefix="k=!{partitionKeyFromQuery:k}/",
            ErrorOutputPrefix="errors/",
            BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
            DynamicPartitioningConfiguration={"Enabled": True},
            ProcessingConfiguration={
                "Enabled": True,
                "Processors": [{"Type": "MetadataExtraction", "Parameters": [query]}],
            },
            DataFormatConversionConfiguration={
                "SchemaConfiguration": {"DatabaseName": "web", "TableName": "t"},
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
            },
        ),
    )
    for key in (b"a", b"b", b"a"):
        firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b'{"k":"%s"}' % key})
    firehose.flush(DeliveryStreamName="clicks")
    shown = 'SELECT metric, "sum" FROM firehose.system.metrics'
    assert dict(rows(connection, shown)) == {
        "IncomingRecords": 3,
        "IncomingBytes": 27,
        "PartitionCount": 2,
        "PartitionCountExceeded": 0,
        "DeliveryToS3.Success": 0,
    }
    connection.home.storage.create_bucket("missing")
    firehose.flush(DeliveryStreamName="clicks")
    found = dict(rows(connection, shown))
    assert (found["SucceedConversion.Records"], found["FailedConversion.Records"]) == (3, 0)
    assert (found["DeliveryToS3.Success"], found["DeliveryToS3.Records"]) == (2, 3)


def test_what_is_over_is_seen_for_a_month_and_metrics_for_15_days(connection: Connection, firehose: Any) -> None:
    firehose.create_delivery_stream(DeliveryStreamName="clicks", ExtendedS3DestinationConfiguration=lake())
    counts = (
        "SELECT (SELECT count(*) FROM firehose.system.deliveries),"
        " (SELECT count(DISTINCT minute) FROM firehose.system.metrics WHERE metric = 'IncomingRecords')"
    )

    def put() -> None:
        firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"x"})
        firehose.flush(DeliveryStreamName="clicks")

    put()
    advance(connection, 15 * 86_400)
    put()
    assert rows(connection, counts) == [(2, 2)]
    advance(connection, 15 * 86_400)
    put()
    # The first delivery is 30 days old, the metrics of the first minute 30 days, of the second 15.
    assert rows(connection, counts) == [(3, 2)]
    advance(connection, 60)
    put()
    assert rows(connection, counts) == [(3, 2)]
