"""Shard iterators: where each kind begins, what expires, how far behind a reader is told to be."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from owlake.dbapi import Connection
from tests.connectors.kinesis.test_shards import ACCOUNT, refusal

NOON = datetime(2026, 1, 22, 12, tzinfo=UTC)
SHARD = "shardId-000000000000"


@pytest.fixture
def stream(connection: Connection, kinesis: Any) -> Any:
    """One shard with five records, a minute from one to the next; it is a minute after the last."""
    connection.home.scheduler.set(NOON)
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    numbers = []
    for number in range(5):
        put = kinesis.put_record(StreamName="clicks", Data=b"%d" % number, PartitionKey="a")
        numbers.append(put["SequenceNumber"])
        connection.home.scheduler.advance(timedelta(minutes=1))
    return numbers


def iterator(kinesis: Any, kind: str, **arguments: Any) -> str:
    found: str = kinesis.get_shard_iterator(StreamName="clicks", ShardId=SHARD, ShardIteratorType=kind, **arguments)[
        "ShardIterator"
    ]
    return found


def read(kinesis: Any, kind: str, **arguments: Any) -> list[bytes]:
    page = kinesis.get_records(ShardIterator=iterator(kinesis, kind, **arguments))
    return [one["Data"] for one in page["Records"]]


def test_each_kind_begins_where_the_service_says(kinesis: Any, stream: list[str]) -> None:
    assert read(kinesis, "TRIM_HORIZON") == [b"0", b"1", b"2", b"3", b"4"]
    assert read(kinesis, "LATEST") == []
    assert read(kinesis, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=stream[2]) == [b"2", b"3", b"4"]
    assert read(kinesis, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=stream[2]) == [b"3", b"4"]
    moment = NOON + timedelta(minutes=2)
    assert read(kinesis, "AT_TIMESTAMP", Timestamp=moment) == [b"2", b"3", b"4"]
    assert read(kinesis, "AT_TIMESTAMP", Timestamp=moment + timedelta(milliseconds=1)) == [b"3", b"4"]
    assert read(kinesis, "AT_TIMESTAMP", Timestamp=NOON - timedelta(days=1000)) == [b"0", b"1", b"2", b"3", b"4"]


def test_the_shards_own_first_number_is_before_every_record(kinesis: Any, stream: list[str]) -> None:
    first = kinesis.list_shards(StreamName="clicks")["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        assert len(read(kinesis, kind, StartingSequenceNumber=first)) == len(stream)


def test_latest_is_decided_when_the_iterator_is_issued(kinesis: Any, stream: list[str]) -> None:
    latest = iterator(kinesis, "LATEST")
    at_time = iterator(kinesis, "AT_TIMESTAMP", Timestamp=NOON + timedelta(minutes=5))
    kinesis.put_record(StreamName="clicks", Data=b"new", PartitionKey="a")
    for one in (latest, at_time):
        assert [row["Data"] for row in kinesis.get_records(ShardIterator=one)["Records"]] == [b"new"]
    assert len(stream) == 5


def test_each_call_gives_a_fresh_iterator_that_goes_on(kinesis: Any, stream: list[str]) -> None:
    first = iterator(kinesis, "TRIM_HORIZON")
    assert len(base64.b64decode(first)) % 16 == 8
    seen, tokens = [], [first]
    for _ in range(7):
        page = kinesis.get_records(ShardIterator=tokens[-1], Limit=1)
        seen += [(row["Data"], page["MillisBehindLatest"]) for row in page["Records"]]
        tokens.append(page["NextShardIterator"])
    # The record that was read last is so old; nothing is behind the last one.
    assert seen == [(b"0", 300_000), (b"1", 240_000), (b"2", 180_000), (b"3", 120_000), (b"4", 0)]
    assert len(set(tokens[:6])) == 6
    assert len(stream) == 5


def test_an_iterator_is_good_for_five_minutes(connection: Connection, kinesis: Any, stream: list[str]) -> None:
    token = iterator(kinesis, "TRIM_HORIZON")
    connection.home.scheduler.advance(timedelta(minutes=5))
    assert len(kinesis.get_records(ShardIterator=token)["Records"]) == len(stream)
    connection.home.scheduler.advance(timedelta(milliseconds=1))
    assert refusal(kinesis.get_records, ShardIterator=token) == (
        "ExpiredIteratorException",
        (
            "Iterator expired. The iterator was created at time Thu Jan 22 12:05:00 UTC 2026 while right now it is"
            " Thu Jan 22 12:10:00 UTC 2026 which is further in the future than the tolerated delay of 300000"
            " milliseconds."
        ),
    )


@pytest.mark.parametrize("token", ["x", "AAAA", base64.b64encode(b"\0" * 160).decode(), "A" * 512])
def test_what_is_no_iterator_is_invalid(kinesis: Any, token: str) -> None:
    assert refusal(kinesis.get_records, ShardIterator=token) == ("InvalidArgumentException", "Invalid ShardIterator.")


def test_an_iterator_of_a_stream_that_was_made_anew_is_of_no_shard(kinesis: Any, stream: list[str]) -> None:
    token = iterator(kinesis, "TRIM_HORIZON")
    kinesis.delete_stream(StreamName="clicks")
    gone = ("ResourceNotFoundException", f"Shard {SHARD} in stream clicks under account {ACCOUNT} does not exist")
    assert refusal(kinesis.get_records, ShardIterator=token) == gone
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    assert refusal(kinesis.get_records, ShardIterator=token) == gone
    used = {"StreamName": "clicks", "ShardId": SHARD, "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    assert refusal(kinesis.get_shard_iterator, **used, StartingSequenceNumber=stream[0]) == (
        "InvalidArgumentException",
        (
            f"StartingSequenceNumber {stream[0]} used in GetShardIterator on shard {SHARD} in stream clicks under"
            f" account {ACCOUNT} is invalid because it did not come from this stream."
        ),
    )


def test_what_does_not_fit_the_kind_is_told_in_the_services_words(kinesis: Any, stream: list[str]) -> None:
    def told(kind: str, shard: str = SHARD, **arguments: Any) -> tuple[str, str]:
        return refusal(
            kinesis.get_shard_iterator, StreamName="clicks", ShardId=shard, ShardIteratorType=kind, **arguments
        )

    either = (
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2)"
        " TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified "
    )
    invalid = "InvalidArgumentException"
    assert told("LATEST", StartingSequenceNumber=stream[0]) == (
        invalid,
        f"{either}LATEST and also a StartingSequenceNumber.",
    )
    assert told("AT_SEQUENCE_NUMBER") == (invalid, f"{either}AT_SEQUENCE_NUMBER and no StartingSequenceNumber.")
    assert told("AT_SEQUENCE_NUMBER", StartingSequenceNumber="5") == (
        invalid,
        (
            f"StartingSequenceNumber 5 used in GetShardIterator on shard {SHARD} in stream clicks under account"
            f" {ACCOUNT} is invalid."
        ),
    )
    assert told("AT_TIMESTAMP") == (
        invalid,
        (
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no"
            " timestamp parameter."
        ),
    )
    assert told("AT_TIMESTAMP", Timestamp=NOON + timedelta(minutes=6)) == (
        invalid,
        (
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis:"
            f" {int((NOON + timedelta(minutes=6)).timestamp() * 1000)}, currentTimestampInMillis:"
            f" {int((NOON + timedelta(minutes=5)).timestamp() * 1000)}"
        ),
    )
    kinesis.split_shard(StreamName="clicks", ShardToSplit=SHARD, NewStartingHashKey="1000")
    assert told("AT_SEQUENCE_NUMBER", "shardId-000000000001", StartingSequenceNumber=stream[0]) == (
        invalid,
        (
            f"Invalid StartingSequenceNumber. It encodes {SHARD}, while it was used in a call to a shard with"
            " shardId-000000000001"
        ),
    )


def test_records_expire_and_do_not_come_back(connection: Connection, kinesis: Any, stream: list[str]) -> None:
    connection.home.scheduler.set(NOON + timedelta(hours=24, minutes=2))
    assert read(kinesis, "TRIM_HORIZON") == [b"2", b"3", b"4"]
    assert read(kinesis, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=stream[0]) == [b"2", b"3", b"4"]
    kinesis.increase_stream_retention_period(StreamName="clicks", RetentionPeriodHours=48)
    assert read(kinesis, "TRIM_HORIZON") == [b"2", b"3", b"4"]
    connection.home.scheduler.advance(timedelta(hours=23))
    assert read(kinesis, "TRIM_HORIZON") == [b"2", b"3", b"4"]
    kinesis.decrease_stream_retention_period(StreamName="clicks", RetentionPeriodHours=24)
    assert read(kinesis, "TRIM_HORIZON") == []


def test_a_page_has_ten_mebibytes_at_most_and_one_record_at_least(kinesis: Any, stream: list[str]) -> None:
    large = b"x" * (1 << 20)
    for _ in range(12):
        kinesis.put_record(StreamName="clicks", Data=large[:-1], PartitionKey="a")
    page = kinesis.get_records(
        ShardIterator=iterator(kinesis, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=stream[4])
    )
    assert len(page["Records"]) == 10
    rest = kinesis.get_records(ShardIterator=page["NextShardIterator"])
    assert (len(rest["Records"]), rest["MillisBehindLatest"]) == (2, 0)
