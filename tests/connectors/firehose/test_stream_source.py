"""Delivery streams that read a stream: every record once, in the order of its key, and each step where it belongs.

The order of the steps: https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-flow.html
"""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_kinesis_agg.aggregator import RecordAggregator

import owlake
from owlake.dbapi import Connection
from owlake.spi import hookimpl
from owlake_connectors.firehose import pipeline
from tests.connectors.firehose.conftest import ROLE, START, advance, lake

Objects = Callable[[], dict[str, bytes]]


class Death(BaseException):
    """Where the process ends."""


class Upper:
    """A function that makes records upper case, and notes the events that it gets."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    @hookimpl
    def register_lambdas(self) -> Mapping[str, Callable[[Any], Any]]:
        return {"upper": self.upper}

    def upper(self, event: Any) -> Any:
        self.events.append(event)
        answers = [
            {
                "recordId": one["recordId"],
                "result": "Ok",
                "data": base64.b64encode(base64.b64decode(one["data"]).upper()).decode(),
                "metadata": {"partitionKeys": {"length": str(len(base64.b64decode(one["data"])))}},
            }
            for one in event["records"]
        ]
        return {"records": answers}


@pytest.fixture
def plugin() -> Upper:
    return Upper()


@pytest.fixture
def connection(tmp_path: Path, plugin: Upper) -> Iterator[Connection]:
    with owlake.connect(tmp_path / "home", plugins={"upper": plugin}) as opened:
        opened.home.storage.create_bucket("lake")
        opened.execute(f"CALL system.runtime.set_clock(TIMESTAMP '{START}')")
        opened.client("kinesis").create_stream(StreamName="events", ShardCount=1)
        yield opened


def create(firehose: Any, *steps: dict[str, Any], **more: Any) -> None:
    processing = {"ProcessingConfiguration": {"Enabled": True, "Processors": list(steps)}} if steps else {}
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={
            "KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/events",
            "RoleARN": ROLE,
        },
        ExtendedS3DestinationConfiguration=lake(**processing, **more),
    )


def step(type_: str, **parameters: str) -> dict[str, Any]:
    given = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Type": type_, "Parameters": given}


DELIMITED = step("RecordDeAggregation", SubRecordType="DELIMITED", Delimiter=base64.b64encode(b"|").decode())
LAMBDA = step("Lambda", LambdaArn="upper")
NEW_LINE = step("AppendDelimiterToRecord", Delimiter="\\n")


def aggregate(*records: tuple[str, bytes]) -> bytes:
    aggregator = RecordAggregator()
    for key, data in records:
        assert aggregator.add_user_record(key, data) is None
    packed: bytes = aggregator.clear_and_get().get_contents()[2]
    return packed


@pytest.mark.parametrize("steps", [(DELIMITED, LAMBDA, NEW_LINE), (NEW_LINE, LAMBDA, DELIMITED)])
def test_aggregates_are_taken_apart_then_records_then_the_function_is_called_then_delimiters_are_added(
    connection: Connection, firehose: Any, plugin: Upper, objects: Objects, steps: Any
) -> None:
    create(firehose, *steps)
    packed = aggregate(("k", b"a|b"), ("l", b"c"))
    number = connection.client("kinesis").put_record(StreamName="events", Data=packed, PartitionKey="p")
    firehose.flush(DeliveryStreamName="clicks")
    assert list(objects().values()) == [b"A\nB\nC\n"]
    (event,) = plugin.events
    assert event["deliveryStreamArn"] == "arn:aws:firehose:us-east-1:123456789012:deliverystream/clicks"
    assert event["sourceKinesisStreamArn"] == "arn:aws:kinesis:us-east-1:123456789012:stream/events"
    assert event["region"] == "us-east-1"
    assert [base64.b64decode(one["data"]) for one in event["records"]] == [b"a", b"b", b"c"]
    assert [one["kinesisRecordMetadata"] for one in event["records"]] == [
        {
            "shardId": "shardId-000000000000",
            "partitionKey": key,
            "sequenceNumber": number["SequenceNumber"],
            "subsequenceNumber": subsequence,
            "approximateArrivalTimestamp": 1772600767000,
        }
        for key, subsequence in (("k", 0), ("k", 0), ("l", 1))
    ]
    assert len({one["recordId"] for one in event["records"]}) == 3


def test_events_of_logs_are_decompressed_then_their_messages_taken_then_taken_apart(
    connection: Connection, firehose: Any, objects: Objects
) -> None:
    create(
        firehose,
        NEW_LINE,
        LAMBDA,
        step("CloudWatchLogProcessing", DataMessageExtraction="true"),
        step("Decompression", CompressionFormat="GZIP"),
        step("RecordDeAggregation", SubRecordType="DELIMITED", Delimiter=base64.b64encode(b"\n").decode()),
    )
    event = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": "one"}, {"message": "two"}]}
    packed = gzip.compress(json.dumps(event).encode())
    connection.client("kinesis").put_record(StreamName="events", Data=packed, PartitionKey="p")
    firehose.flush(DeliveryStreamName="clicks")
    assert list(objects().values()) == [b"ONE\nTWO\n"]


def test_keys_are_taken_out_of_what_the_function_made_and_before_delimiters(
    connection: Connection, firehose: Any, objects: Objects
) -> None:
    create(
        firehose,
        NEW_LINE,
        step("MetadataExtraction", MetadataExtractionQuery="{kind: .K}", JsonParsingEngine="JQ-1.6"),
        LAMBDA,
        step("RecordDeAggregation", SubRecordType="JSON"),
        Prefix="!{partitionKeyFromQuery:kind}/!{partitionKeyFromLambda:length}/",
        ErrorOutputPrefix="e/",
        DynamicPartitioningConfiguration={"Enabled": True},
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
    )
    records = b'{"k":"x"} {"k":"yy"}{"k":"z"}'
    connection.client("kinesis").put_record(StreamName="events", Data=records, PartitionKey="p")
    firehose.flush(DeliveryStreamName="clicks")
    name = "clicks-1-2026-03-04-05-06-07-*"
    assert objects() == {
        f"X/9/{name}": b'{"K":"X"}\n',
        f"YY/10/{name}": b'{"K":"YY"}\n',
        f"Z/9/{name}": b'{"K":"Z"}\n',
    }


# Positions ----------------------------------------------------------------------------------------------


def delivered(connection: Connection) -> list[bytes]:
    """The records in the order in which they were delivered."""
    rows = connection.execute("SELECT target FROM firehose.system.deliveries").fetchall()
    root = connection.home.path / "buckets"
    return b"".join((root / target.removeprefix("s3://")).read_bytes() for (target,) in rows).split(b"\n")[:-1]


@pytest.mark.parametrize("seed", range(2))
def test_every_record_comes_once_and_in_the_order_of_its_key_while_shards_are_split_and_merged(
    connection: Connection, firehose: Any, seed: int
) -> None:
    chance = random.Random(seed)
    kinesis = connection.client("kinesis")
    create(firehose, NEW_LINE, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 5})
    put: list[bytes] = []
    for _ in range(30):
        match chance.choice(["put", "put", "put", "split", "merge", "wait"]):
            case "put":
                for _ in range(chance.randrange(1, 5)):
                    key = f"key-{chance.randrange(6)}"
                    put.append(f"{key} {len(put)}".encode())
                    kinesis.put_record(StreamName="events", Data=put[-1], PartitionKey=key)
            case "wait":
                advance(connection, chance.randrange(1, 8))
            case change:
                reshard(kinesis, change, chance)
    advance(connection, 10)
    found = delivered(connection)
    assert sorted(found) == sorted(put)
    for number in range(6):
        key = f"key-{number} ".encode()
        assert [one for one in found if one.startswith(key)] == [one for one in put if one.startswith(key)]


def reshard(kinesis: Any, change: str, chance: random.Random) -> None:
    """Split a shard, or merge two that are side by side."""
    shards = kinesis.list_shards(StreamName="events")["Shards"]
    open_ = [one for one in shards if "EndingSequenceNumber" not in one["SequenceNumberRange"]]
    open_.sort(key=lambda one: int(one["HashKeyRange"]["StartingHashKey"]))
    if change == "split":
        one = chance.choice(open_)
        low, high = (int(one["HashKeyRange"][f"{end}HashKey"]) for end in ("Starting", "Ending"))
        kinesis.split_shard(
            StreamName="events", ShardToSplit=one["ShardId"], NewStartingHashKey=str((low + high) // 2 + 1)
        )
    elif len(open_) > 1:
        at = chance.randrange(len(open_) - 1)
        kinesis.merge_shards(
            StreamName="events", ShardToMerge=open_[at]["ShardId"], AdjacentShardToMerge=open_[at + 1]["ShardId"]
        )


def test_a_death_in_the_middle_reads_on_where_it_was(
    connection: Connection, firehose: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(firehose, NEW_LINE)
    kinesis = connection.client("kinesis")
    kinesis.put_record(StreamName="events", Data=aggregate(("a", b"1"), ("b", b"2")), PartitionKey="p")
    firehose.flush(DeliveryStreamName="clicks")

    def die(*_: Any) -> None:
        raise Death

    kinesis.put_record(StreamName="events", Data=aggregate(("a", b"3"), ("b", b"4")), PartitionKey="p")
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "_keep", die)
        with pytest.raises(Death):
            firehose.flush(DeliveryStreamName="clicks")
    firehose.flush(DeliveryStreamName="clicks")
    assert delivered(connection) == [b"1", b"2", b"3", b"4"]


def test_what_was_there_before_the_delivery_stream_is_not_read(connection: Connection, firehose: Any) -> None:
    kinesis = connection.client("kinesis")
    kinesis.put_record(StreamName="events", Data=b"before", PartitionKey="k")
    advance(connection, 1)
    create(firehose, NEW_LINE)
    kinesis.put_record(StreamName="events", Data=b"after", PartitionKey="k")
    firehose.flush(DeliveryStreamName="clicks")
    assert delivered(connection) == [b"after"]


def test_what_is_gathered_is_delivered_though_the_stream_is_gone(connection: Connection, firehose: Any) -> None:
    create(firehose, NEW_LINE, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 60})
    kinesis = connection.client("kinesis")
    kinesis.put_record(StreamName="events", Data=b"one", PartitionKey="k")
    advance(connection, 20)
    kinesis.delete_stream(StreamName="events")
    advance(connection, 60)
    assert delivered(connection) == [b"one"]
