"""Enhanced fan-out: records pushed to a consumer as events, on a clock that stands still unless it is moved."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import pytest

from owlake.dbapi import Connection
from tests.connectors.kinesis.test_shards import ACCOUNT, refusal

NOON = datetime(2026, 1, 22, 12, tzinfo=UTC)
SHARD = "shardId-000000000000"
HALF = str(1 << 127)


@pytest.fixture
def consumer(connection: Connection, kinesis: Any) -> str:
    """A consumer of a stream with one shard and three records, a minute from one to the next."""
    connection.home.scheduler.set(NOON)
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    for number in range(3):
        put(kinesis, number)
        connection.home.scheduler.advance(timedelta(minutes=1))
    return register(kinesis, "reader")


def register(kinesis: Any, name: str) -> str:
    stream = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"]
    arn: str = kinesis.register_stream_consumer(StreamARN=stream, ConsumerName=name)["Consumer"]["ConsumerARN"]
    return arn


def put(kinesis: Any, number: int, size: int = 0) -> str:
    found: str = kinesis.put_record(StreamName="clicks", Data=b"%d" % number + bytes(size), PartitionKey="a")[
        "SequenceNumber"
    ]
    return found


def subscribe(kinesis: Any, consumer: str, kind: str, shard: str = SHARD, **position: Any) -> Any:
    start = {"Type": kind, **position}
    return kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=shard, StartingPosition=start)["EventStream"]


def events(stream: Any) -> Iterator[dict[str, Any]]:
    """The events up to the first without records."""
    return takewhile(lambda one: one["Records"], (one["SubscribeToShardEvent"] for one in stream))


def pushed(stream: Any) -> list[bytes]:
    return [record["Data"] for event in events(stream) for record in event["Records"]]


def test_all_five_positions_begin_where_the_service_says(connection: Connection, kinesis: Any, consumer: str) -> None:
    first = pushed_numbers = [
        record["SequenceNumber"] for event in events(subscribe(kinesis, consumer, "TRIM_HORIZON"))
        for record in event["Records"]
    ]  # fmt: skip
    assert len(first) == 3
    for kind, position, expected in (
        ("TRIM_HORIZON", {}, [b"0", b"1", b"2"]),
        ("LATEST", {}, []),
        ("AT_SEQUENCE_NUMBER", {"SequenceNumber": pushed_numbers[1]}, [b"1", b"2"]),
        ("AFTER_SEQUENCE_NUMBER", {"SequenceNumber": pushed_numbers[1]}, [b"2"]),
        ("AT_TIMESTAMP", {"Timestamp": NOON + timedelta(minutes=1)}, [b"1", b"2"]),
    ):
        connection.home.scheduler.advance(timedelta(seconds=5))
        assert pushed(subscribe(kinesis, consumer, kind, **position)) == expected, kind


def test_what_is_put_later_is_pushed_to_whoever_still_reads(kinesis: Any, consumer: str) -> None:
    stream = subscribe(kinesis, consumer, "LATEST")
    put(kinesis, 3)
    event = next(iter(stream))["SubscribeToShardEvent"]
    assert [one["Data"] for one in event["Records"]] == [b"3"]
    assert (event["MillisBehindLatest"], "ChildShards" in event) == (0, False)
    put(kinesis, 4)
    assert pushed(stream) == [b"4"]


def test_one_who_waits_is_given_what_another_thread_puts(connection: Connection, kinesis: Any, consumer: str) -> None:
    connection.execute("CALL system.runtime.reset_clock()")
    stream = subscribe(kinesis, consumer, "LATEST")
    putting = threading.Timer(0.1, put, (kinesis, 3))
    putting.start()
    found = next(one["SubscribeToShardEvent"] for one in stream if one["SubscribeToShardEvent"]["Records"])
    putting.join()
    assert [one["Data"] for one in found["Records"]] == [b"3"]


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_nothing_is_missed_from_the_number_of_an_empty_event_on(
    connection: Connection, kinesis: Any, consumer: str, kind: str
) -> None:
    empty = next(iter(subscribe(kinesis, consumer, "LATEST")))["SubscribeToShardEvent"]
    assert empty["Records"] == []
    put(kinesis, 3)
    connection.home.scheduler.advance(timedelta(seconds=5))
    stream = subscribe(kinesis, consumer, kind, SequenceNumber=empty["ContinuationSequenceNumber"])
    assert pushed(stream)[-1:] == [b"3"]


def test_the_number_of_an_event_is_that_of_its_last_record(connection: Connection, kinesis: Any, consumer: str) -> None:
    event = next(iter(subscribe(kinesis, consumer, "TRIM_HORIZON")))["SubscribeToShardEvent"]
    assert event["ContinuationSequenceNumber"] == event["Records"][-1]["SequenceNumber"]
    connection.home.scheduler.advance(timedelta(seconds=5))
    number = event["ContinuationSequenceNumber"]
    assert pushed(subscribe(kinesis, consumer, "AFTER_SEQUENCE_NUMBER", SequenceNumber=number)) == []


def test_a_subscription_lives_for_five_minutes(connection: Connection, kinesis: Any, consumer: str) -> None:
    stream = subscribe(kinesis, consumer, "TRIM_HORIZON")
    assert pushed(stream) == [b"0", b"1", b"2"]
    connection.home.scheduler.advance(timedelta(minutes=5))
    put(kinesis, 3)
    assert list(stream) == []


def test_one_that_nobody_moves_the_clock_for_ends_too(kinesis: Any, consumer: str) -> None:
    # The three records, and an empty event for every five seconds after them.
    found = [one["SubscribeToShardEvent"]["Records"] for one in subscribe(kinesis, consumer, "TRIM_HORIZON")]
    assert list(map(len, found)) == [3] + [0] * 59


def test_a_second_subscription_is_refused_for_five_seconds_and_then_takes_over(
    connection: Connection, kinesis: Any, consumer: str
) -> None:
    other = register(kinesis, "other")
    stream = subscribe(kinesis, consumer, "TRIM_HORIZON")
    text = f"Another active subscription exists for this consumer: {ACCOUNT}:clicks:{SHARD}:reader"
    connection.home.scheduler.advance(timedelta(seconds=4, milliseconds=999))
    refused = refusal(lambda: subscribe(kinesis, consumer, "LATEST"))
    assert refused == ("ResourceInUseException", text)
    assert pushed(subscribe(kinesis, other, "TRIM_HORIZON")) == [b"0", b"1", b"2"]
    connection.home.scheduler.advance(timedelta(milliseconds=1))
    taken_over = subscribe(kinesis, consumer, "TRIM_HORIZON")
    with pytest.raises(kinesis.exceptions.ClientError) as problem:
        next(iter(stream))
    assert type(problem.value).__name__ == "EventStreamError"
    assert problem.value.response["Error"] == {"Code": "ResourceInUseException", "Message": text}
    assert pushed(taken_over) == [b"0", b"1", b"2"]


def test_it_ends_with_the_shard_and_names_the_children(connection: Connection, kinesis: Any, consumer: str) -> None:
    stream = subscribe(kinesis, consumer, "TRIM_HORIZON")
    kinesis.split_shard(StreamName="clicks", ShardToSplit=SHARD, NewStartingHashKey=HALF)
    put(kinesis, 3)
    (event,) = [one["SubscribeToShardEvent"] for one in stream]
    assert [one["Data"] for one in event["Records"]] == [b"0", b"1", b"2"]
    assert "ContinuationSequenceNumber" not in event
    assert [(one["ShardId"], one["ParentShards"]) for one in event["ChildShards"]] == [
        ("shardId-000000000001", [SHARD]),
        ("shardId-000000000002", [SHARD]),
    ]
    children = [subscribe(kinesis, consumer, "TRIM_HORIZON", one["ShardId"]) for one in event["ChildShards"]]
    assert sorted(map(pushed, children)) == [[], [b"3"]]
    connection.home.scheduler.advance(timedelta(seconds=5))
    (again,) = subscribe(kinesis, consumer, "LATEST")
    assert again["SubscribeToShardEvent"]["Records"] == []
    assert len(again["SubscribeToShardEvent"]["ChildShards"]) == 2


def test_a_loop_that_waits_ends_when_it_is_closed(connection: Connection, kinesis: Any, consumer: str) -> None:
    connection.execute("CALL system.runtime.reset_clock()")
    stream = subscribe(kinesis, consumer, "LATEST")
    closing = threading.Timer(0.1, stream.close)
    closing.start()
    assert [one for one in stream if one["SubscribeToShardEvent"]["Records"]] == []
    closing.join()


def test_it_ends_with_the_connection(connection: Connection, kinesis: Any, consumer: str) -> None:
    stream = subscribe(kinesis, consumer, "LATEST")
    connection.close()
    assert list(stream) == []


def test_a_consumer_has_two_mebibytes_a_second_of_its_own(connection: Connection, kinesis: Any, consumer: str) -> None:
    other = register(kinesis, "other")
    for number in range(8):
        put(kinesis, number, 1_000_000)
    kinesis.update_settings(RateLimits="aws")
    for one in (consumer, other):
        found = [len(event["Records"]) for event in events(subscribe(kinesis, one, "LATEST"))]
        assert found == []
    connection.home.scheduler.advance(timedelta(seconds=5))
    streams = [subscribe(kinesis, one, "TRIM_HORIZON") for one in (consumer, other)]
    for stream in streams:
        # A second's worth, and the record that goes beyond it.
        sizes = [len(record["Data"]) for event, _ in zip(stream, range(3), strict=False)
                 for record in event["SubscribeToShardEvent"]["Records"]]  # fmt: skip
        assert 2 << 20 <= sum(sizes) <= 3 << 20


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("CALL kinesis.system.deregister_stream_consumer(consumer_arn => '{consumer}')", "ResourceNotFoundException"),
        ("CALL kinesis.system.delete_stream('clicks', true)", "ResourceNotFoundException"),
    ],
)
def test_what_is_deleted_ends_it_with_an_error(
    connection: Connection, kinesis: Any, consumer: str, change: str, code: str
) -> None:
    stream = subscribe(kinesis, consumer, "TRIM_HORIZON")
    connection.execute(change.format(consumer=consumer))
    with pytest.raises(kinesis.exceptions.ClientError) as problem:
        next(iter(stream))
    assert problem.value.response["Error"]["Code"] == code


def test_what_cannot_be_subscribed_to_is_refused_at_once(kinesis: Any, consumer: str) -> None:
    unknown = consumer.replace("/reader:", "/nobody:")
    assert refusal(lambda: subscribe(kinesis, unknown, "LATEST"))[0] == "ResourceNotFoundException"
    assert refusal(lambda: subscribe(kinesis, consumer, "LATEST", "shardId-000000000007")) == (
        "ResourceNotFoundException",
        f"Shard shardId-000000000007 in stream clicks under account {ACCOUNT} does not exist",
    )
    assert refusal(lambda: subscribe(kinesis, consumer, "AT_SEQUENCE_NUMBER"))[0] == "InvalidArgumentException"
    code, text = refusal(lambda: subscribe(kinesis, consumer, "FIRST"))
    assert code == "ValidationException"
    assert "at 'startingPosition.type' failed to satisfy constraint: Member must satisfy enum value set" in text
    start = {"Type": "LATEST"}
    tried = refusal(
        lambda: kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=SHARD, StartingPosition=start, DryRun=True)
    )
    assert tried[0] == "DryRunOperationException"
    assert pushed(subscribe(kinesis, consumer, "LATEST")) == []


def test_a_consumer_that_is_not_there_yet_cannot_subscribe(connection: Connection, kinesis: Any, consumer: str) -> None:
    kinesis.update_settings(TransitionSeconds=1)
    coming = register(kinesis, "coming")
    code, text = refusal(lambda: subscribe(kinesis, coming, "LATEST"))
    assert code == "ResourceInUseException"
    assert text.endswith("is not in ACTIVE status.")
    connection.home.scheduler.advance(timedelta(seconds=1))
    assert pushed(subscribe(kinesis, coming, "TRIM_HORIZON")) == [b"0", b"1", b"2"]
    assert consumer


def test_sql_has_an_event_a_row(connection: Connection, kinesis: Any, consumer: str) -> None:
    kinesis.split_shard(StreamName="clicks", ShardToSplit=SHARD, NewStartingHashKey=HALF)
    call = f"CALL kinesis.system.subscribe_to_shard('{consumer}', '{SHARD}', MAP(ARRAY['type'], ARRAY['TRIM_HORIZON']))"
    cursor = connection.execute(call)
    assert [one[0] for one in cursor.description or ()] == [
        "records",
        "continuation_sequence_number",
        "millis_behind_latest",
        "child_shards",
    ]
    ((records, number, behind, children),) = cursor.fetchall()
    assert ([one["data"] for one in records], number, behind, len(children)) == ([b"0", b"1", b"2"], None, 0, 2)
