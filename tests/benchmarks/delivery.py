"""Delivery streams: how many records a second go from a stream into Parquet, whole and by keys of their own.

The same into a table, one by partitions of it, and through SQL.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import owlake
from owlake.dbapi import Connection
from tests.benchmarks.measuring import Line, Setting, anonymous_memory

RECORDS, RECORD_BYTES, BATCH, PARTITIONS = 500_000, 300, 500, 500

_ROLE = "arn:aws:iam::123456789012:role/delivery"
_STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/events"
_TABLE = """
CREATE EXTERNAL TABLE lake.events (id bigint, customer bigint, kind varchar(10), amount double, note string)
STORED AS PARQUET LOCATION 's3://lake/events/'
TBLPROPERTIES ('write.compression' = 'SNAPPY')
"""
_PARTS = """
CREATE EXTERNAL TABLE lake.parts (id bigint, kind varchar(10), amount double, note string)
PARTITIONED BY (customer bigint) STORED AS PARQUET LOCATION 's3://lake/parts/'
TBLPROPERTIES ('write.compression' = 'SNAPPY')
"""
_HINTS = {"SizeInMBs": 128, "IntervalInSeconds": 300}
_PARTITIONED = {
    "Prefix": "parts/customer=!{partitionKeyFromQuery:customer}/",
    "ErrorOutputPrefix": "errors/",
    "DynamicPartitioningConfiguration": {"Enabled": True},
    "ProcessingConfiguration": {
        "Enabled": True,
        "Processors": [
            {
                "Type": "MetadataExtraction",
                "Parameters": [
                    {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{customer: .customer}"},
                    {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
                ],
            }
        ],
    },
}


_BY_SQL = {
    "Enabled": True,
    "Processors": [
        {
            "Type": "Lambda",
            "Parameters": [
                {"ParameterName": "LambdaArn", "ParameterValue": "sql:SELECT data FROM records WHERE text LIKE '{%'"}
            ],
        }
    ],
}


def _lake(**more: Any) -> dict[str, Any]:
    return {
        "ExtendedS3DestinationConfiguration": {
            "RoleARN": _ROLE,
            "BucketARN": "arn:aws:s3:::lake",
            "BufferingHints": _HINTS,
            "DataFormatConversionConfiguration": {
                "SchemaConfiguration": {"DatabaseName": "lake", "TableName": "events"},
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
            },
            **more,
        }
    }


def _table(name: str, **more: Any) -> dict[str, Any]:
    return {"DestinationTable": f"lake.{name}", "TableDestinationConfiguration": {"BufferingHints": _HINTS, **more}}


_WAYS = (
    ("stream to Parquet", 200_000, _lake()),
    ("500 partitions", 100_000, _lake(**_PARTITIONED)),
    ("stream to a table", 200_000, _table("events")),
    ("500 partitions of a table", 100_000, _table("parts")),
    ("by SQL to a table", 100_000, _table("events", ProcessingConfiguration=_BY_SQL)),
)


def run(setting: Setting) -> Iterator[Line]:
    """All ways, each over a stream of its own home."""
    for name, limit, destination in _WAYS:
        if setting.wants(name):
            with owlake.connect(setting.scratch / name) as connection:
                yield from _measured(setting, connection, name, limit, destination)


def _measured(
    setting: Setting, connection: Connection, name: str, limit: int, destination: dict[str, Any]
) -> Iterator[Line]:
    (connection.home.path / "buckets" / "lake").mkdir(parents=True)
    connection.execute("CALL system.runtime.set_clock(TIMESTAMP '2026-01-01 00:00:00 UTC')")
    connection.execute("CREATE DATABASE lake")
    connection.execute(_TABLE)
    connection.execute(_PARTS)
    kinesis, firehose = connection.client("kinesis"), connection.client("firehose")
    kinesis.create_stream(StreamName="events", ShardCount=4)
    firehose.create_delivery_stream(
        DeliveryStreamName="events",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": _STREAM, "RoleARN": _ROLE},
        **destination,
    )
    _put(kinesis)
    before = anonymous_memory()
    began = setting.clock()
    firehose.flush(DeliveryStreamName="events")
    seconds = setting.clock() - began
    memory = (anonymous_memory() - before) >> 20
    delivered = connection.execute(
        "SELECT sum(records), count(*) FROM firehose.system.deliveries WHERE state = 'DELIVERED' AND kind = 'records'"
    ).fetchall()
    assert delivered[0][0] == RECORDS, delivered
    rate = RECORDS / seconds
    yield Line(name, rate, "records/s", limit, f"{delivered[0][1]} objects, {memory} MB more", at_least=True)


def _put(kinesis: Any) -> None:
    for start in range(0, RECORDS, BATCH):
        records = [{"Data": _record(number), "PartitionKey": str(number)} for number in range(start, start + BATCH)]
        kinesis.put_records(StreamName="events", Records=records)


def _record(number: int) -> bytes:
    content = {"id": number, "customer": number % PARTITIONS, "kind": "click", "amount": number / 4}
    text = json.dumps(content)[:-1] + ', "note": "'
    return (text + "x" * (RECORD_BYTES - len(text) - 2) + '"}').encode()
