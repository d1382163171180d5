"""Delivery streams: how many records a second go from a stream into Parquet, whole and by keys of their own.

The same into a table, one by partitions of it, and through SQL. At last records that are put, until they are in the
lake, beside other emulators.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import owlake
from owlake.dbapi import Connection
from tests.benchmarks.emulators import EMULATORS
from tests.benchmarks.measuring import Line, Setting, anonymous_memory

RECORDS, RECORD_BYTES, BATCH, PARTITIONS = 500_000, 300, 500, 500

BESIDE = 5_000
"""Records that are put into other emulators, too."""

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
    yield from _beside(setting)


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


def _beside(setting: Setting) -> Iterator[Line]:
    """Puts until every byte is in the lake, in process beside those over HTTP, by the time that passes."""
    wanted = [name for name in EMULATORS if setting.wants(f"emulator {name}")]
    if not wanted or find_spec("boto3") is None:
        return
    wall = replace(setting, clock=time.perf_counter)
    with owlake.connect(setting.scratch / "beside") as connection:
        connection.home.storage.create_bucket("lake")
        firehose = connection.client("firehose")
        ours = _delivered(wall, firehose, lambda: firehose.flush(DeliveryStreamName="beside"))
        names = list((connection.home.path / "buckets" / "lake").rglob("beside-*"))
        assert sum(one.stat().st_size for one in names) == BESIDE * RECORD_BYTES
    for name in wanted:
        with EMULATORS[name](setting.cache) as endpoint:
            if endpoint is None:
                yield Line(f"emulator {name}", 0, "", detail="left out: it is not installed, and cannot be")
                continue
            theirs, objects = _over_http(wall, endpoint)
        detail = f"put until delivered: {ours:,.0f} records/s in process in {len(names)} objects, "
        yield Line(f"emulator {name}", ours / theirs, "x", detail=f"{detail}{theirs:,.0f} over HTTP in {objects:,}")


def _over_http(setting: Setting, endpoint: str) -> tuple[float, int]:
    """Records a second, and the objects that they became."""
    import boto3  # noqa: PLC0415  (not on every machine)

    secret = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "endpoint_url": endpoint}
    firehose, storage = (boto3.client(service, "us-east-1", **secret) for service in ("firehose", "s3"))
    storage.create_bucket(Bucket="lake")
    sizes: list[int] = []

    def wait() -> None:
        while sum(sizes) < BESIDE * RECORD_BYTES:
            pages = storage.get_paginator("list_objects_v2").paginate(Bucket="lake")
            sizes[:] = [one["Size"] for page in pages for one in page.get("Contents", ())]

    return _delivered(setting, firehose, wait), len(sizes)


def _delivered(setting: Setting, firehose: Any, wait: Callable[[], object]) -> float:
    """Records a second, from the first put until all are delivered."""
    firehose.create_delivery_stream(
        DeliveryStreamName="beside",
        ExtendedS3DestinationConfiguration={"RoleARN": _ROLE, "BucketARN": "arn:aws:s3:::lake"},
    )
    batches = [[{"Data": _record(number)} for number in range(at, at + BATCH)] for at in range(0, BESIDE, BATCH)]
    began = setting.clock()
    for records in batches:
        assert firehose.put_record_batch(DeliveryStreamName="beside", Records=records)["FailedPutCount"] == 0
    wait()
    return BESIDE / (setting.clock() - began)


def _put(kinesis: Any) -> None:
    for start in range(0, RECORDS, BATCH):
        records = [{"Data": _record(number), "PartitionKey": str(number)} for number in range(start, start + BATCH)]
        kinesis.put_records(StreamName="events", Records=records)


def _record(number: int) -> bytes:
    content = {"id": number, "customer": number % PARTITIONS, "kind": "click", "amount": number / 4}
    text = json.dumps(content)[:-1] + ', "note": "'
    return (text + "x" * (RECORD_BYTES - len(text) - 2) + '"}').encode()
