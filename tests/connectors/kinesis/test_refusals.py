"""What is refused, in the service's own words; and nothing else is disturbed by it."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import owlake
from owlake.connector.log import writer
from owlake.dbapi import Connection
from owlake.errors import Error
from owlake_connectors.kinesis.settings import Settings
from tests.connectors.kinesis.test_records import read
from tests.connectors.kinesis.test_shards import ACCOUNT, refusal, shards

MIB = 1 << 20


@pytest.fixture
def stream(kinesis: Any) -> str:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    return "clicks"


def entry(data: bytes, key: str = "a") -> dict[str, Any]:
    return {"Data": data, "PartitionKey": key}


def test_a_record_over_the_limit(kinesis: Any, stream: str) -> None:
    large = b"x" * MIB
    assert refusal(kinesis.put_record, StreamName=stream, **entry(large)) == (
        "ValidationException",
        (
            "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048576 cap=1048576]' at 'data'"
            " failed to satisfy constraint: Member must have length less than or equal to 1048576"
        ),
    )
    code, text = refusal(kinesis.put_records, StreamName=stream, Records=[entry(b"1"), entry(large), entry(b"3")])
    assert code == "ValidationException"
    assert "at 'records.2.member.data'" in text
    assert read(kinesis, stream, 0) == []
    kinesis.put_record(StreamName=stream, **entry(large[1:]))
    kinesis.update_max_record_size(
        StreamARN=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/clicks", MaxRecordSizeInKiB=10240
    )
    kinesis.put_record(StreamName=stream, **entry(large * 9))
    kinesis.update_settings(Limits="off")
    kinesis.put_record(StreamName=stream, **entry(large * 10))
    assert len(read(kinesis, stream, 0)) == 3


def test_a_batch_over_the_limit(kinesis: Any, stream: str) -> None:
    code, text = refusal(kinesis.put_records, StreamName=stream, Records=[entry(b"")] * 501)
    assert code == "ValidationException"
    assert text.endswith("at 'records' failed to satisfy constraint: Member must have length less than or equal to 500")
    assert refusal(kinesis.put_records, StreamName=stream, Records=[entry(b"x" * (MIB - 1))] * 11) == (
        "InvalidArgumentException",
        "Records size exceeds 10 MB limit",
    )
    assert refusal(kinesis.put_records, StreamName=stream, Records=[])[0] == "ValidationException"
    assert read(kinesis, stream, 0) == []


def test_values_that_are_none_of_the_services(kinesis: Any, stream: str) -> None:
    enum = "Member must satisfy enum value set: [AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST,"
    arguments = {"StreamName": stream, "ShardId": "", "ShardIteratorType": "FIRST"}
    code, text = refusal(kinesis.get_shard_iterator, **arguments)
    assert code == "ValidationException"
    assert text.startswith("3 validation errors detected: Value '' at 'shardId' failed to satisfy constraint: Member")
    assert f"Value 'FIRST' at 'shardIteratorType' failed to satisfy constraint: {enum} AT_TIMESTAMP]" in text
    metrics = ["IncomingBytes", "Bytes"]
    code, text = refusal(kinesis.enable_enhanced_monitoring, StreamName=stream, ShardLevelMetrics=metrics)
    assert code == "ValidationException"
    assert text.startswith(
        "1 validation error detected: Value '[IncomingBytes, Bytes]' at 'shardLevelMetrics' failed to satisfy"
        " constraint: Member must satisfy constraint: [Member must satisfy enum value set: [IncomingBytes, "
    )


def test_an_empty_key(kinesis: Any, stream: str) -> None:
    assert refusal(kinesis.put_record, StreamName=stream, Data=b"", PartitionKey="") == (
        "ValidationException",
        (
            "1 validation error detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have"
            " length greater than or equal to 1"
        ),
    )
    records = [entry(b"", "a"), entry(b"", ""), entry(b"", "ö" * 257)]
    assert refusal(kinesis.put_records, StreamName=stream, Records=records) == (
        "ValidationException",
        (
            "2 validation errors detected: Value '' at 'records.2.member.partitionKey' failed to satisfy constraint:"
            f" Member must have length greater than or equal to 1; Value '{'ö' * 257}' at"
            " 'records.3.member.partitionKey' failed to satisfy constraint: Member must have length less than or equal"
            " to 256"
        ),
    )
    assert refusal(kinesis.put_records, StreamName=stream, Records=[{"Data": b""}]) == (
        "ValidationException",
        (
            "1 validation error detected: Value null at 'records.1.member.partitionKey' failed to satisfy constraint:"
            " Member must not be null"
        ),
    )
    kinesis.put_record(StreamName=stream, Data=b"", PartitionKey="ö" * 256)


def test_an_unknown_stream_or_shard(kinesis: Any, stream: str) -> None:
    missing = ("ResourceNotFoundException", f"Stream nope under account {ACCOUNT} not found.")
    assert refusal(kinesis.put_record, StreamName="nope", **entry(b"")) == missing
    assert refusal(kinesis.put_records, StreamName="nope", Records=[entry(b"")]) == missing
    assert refusal(kinesis.describe_stream, StreamName="nope") == missing
    assert refusal(kinesis.delete_stream, StreamARN=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/nope") == missing
    ask = kinesis.get_shard_iterator
    assert refusal(ask, StreamName=stream, ShardId="shardId-7", ShardIteratorType="LATEST") == (
        "ResourceNotFoundException",
        f"Shard shardId-000000000007 in stream clicks under account {ACCOUNT} does not exist",
    )
    assert refusal(ask, StreamName=stream, ShardId="x", ShardIteratorType="LATEST") == (
        "ResourceNotFoundException",
        f"Could not find shard x in stream clicks under account {ACCOUNT}.",
    )


def test_findings_come_all_at_once(kinesis: Any) -> None:
    code, text = refusal(kinesis.create_stream, StreamName="a b" * 50, ShardCount=0)
    assert code == "ValidationException"
    assert text.startswith("3 validation errors detected: ")
    assert text.endswith(
        "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1"
    )


def test_a_stream_that_is_there_already(kinesis: Any, stream: str) -> None:
    assert refusal(kinesis.create_stream, StreamName=stream, ShardCount=1) == (
        "ResourceInUseException",
        f"Stream clicks under account {ACCOUNT} already exists.",
    )


_CREATE = """
import sys, owlake
with owlake.connect(sys.argv[1]) as connection:
    client = connection.client("kinesis")
    made = 0
    for number in range(8):
        try:
            client.create_stream(StreamName=f"s{number}", ShardCount=2)
            made += 1
        except client.exceptions.ResourceInUseException:
            pass
    print(made)
"""


def test_processes_that_create_the_same_streams(tmp_path: Path) -> None:
    with owlake.connect(tmp_path / "home"):
        pass
    command = [sys.executable, "-c", _CREATE, str(tmp_path / "home")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    made = [int(process.communicate()[0]) for process in running]
    assert sum(made) == 8
    with owlake.connect(tmp_path / "home") as connection:
        client = connection.client("kinesis")
        assert len(client.list_streams()["StreamNames"]) == 8
        assert all(len(shards(client, f"s{number}")) == 2 for number in range(8))


def test_a_full_disk(kinesis: Any, stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kinesis.put_record(StreamName=stream, **entry(b"before"))
    write = os.pwritev

    def full(descriptor: int, parts: list[bytes], offset: int) -> int:
        # Half of it has room: as a disk does it.
        write(descriptor, [b"".join(parts)[: sum(map(len, parts)) // 2]], offset)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writer.os, "pwritev", full)
    assert refusal(kinesis.put_records, StreamName=stream, Records=[entry(b"lost")] * 3) == (
        "InternalFailureException",
        "Internal service failure.",
    )
    monkeypatch.undo()
    assert [one["Data"] for one in read(kinesis, stream, 0)] == [b"before"]
    kinesis.put_record(StreamName=stream, **entry(b"after"))
    assert [one["Data"] for one in read(kinesis, stream, 0)] == [b"before", b"after"]


@contextmanager
def full(size: int) -> Iterator[None]:
    """A block in which the system lets no file grow beyond a size: a write is taken in part, then refused."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("fsync", ["always", "interval"])
def test_a_file_that_cannot_grow_takes_nothing_and_loses_nothing(
    connection: Connection, kinesis: Any, stream: str, fsync: str
) -> None:
    kinesis.update_settings(Fsync=fsync)
    kinesis.create_stream(StreamName="other", ShardCount=1)
    kinesis.put_record(StreamName="other", **entry(b"small"))
    records = [entry(b"%d" % number * 100_000) for number in range(10)]
    with full(3 * MIB):
        for _ in range(3):
            assert kinesis.put_records(StreamName=stream, Records=records)["FailedRecordCount"] == 0
        for _ in range(2):
            assert refusal(kinesis.put_records, StreamName=stream, Records=records) == (
                "InternalFailureException",
                "Internal service failure.",
            )
        # What there is room for is taken, here and elsewhere, and all of it is read.
        kinesis.put_record(StreamName=stream, **entry(b"x"))
        kinesis.put_record(StreamName="other", **entry(b"small, too"))
        query = 'SELECT count(*), sum(length("$data")) FROM kinesis.streams.clicks'
        assert connection.execute(query).fetchall() == [(31, 3_000_001)]
    kinesis.put_records(StreamName=stream, Records=records)
    wanted = [*(one["Data"] for one in records * 3), b"x", *(one["Data"] for one in records)]
    assert [one["Data"] for one in read(kinesis, stream, 0)] == wanted
    assert [one["Data"] for one in read(kinesis, "other", 0)] == [b"small", b"small, too"]


def test_an_insert_that_there_is_no_room_for_puts_nothing(connection: Connection) -> None:
    connection.execute("CREATE STREAM clicks (page VARCHAR)")
    insert = "INSERT INTO kinesis.streams.clicks SELECT rpad('p', 1000, 'x') FROM UNNEST(sequence(1, 3000)) AS t(n)"
    with full(2 * MIB), pytest.raises(Error, match="Internal service failure"):
        connection.execute(insert)
    count = "SELECT count(*) FROM kinesis.streams.clicks"
    assert connection.execute(count).fetchall() == [(0,)]
    connection.execute(insert)
    assert connection.execute(count).fetchall() == [(3000,)]


def test_what_cannot_be_kept_of_a_stream_is_not_changed(connection: Connection, kinesis: Any, stream: str) -> None:
    kinesis.put_record(StreamName=stream, **entry(b"before"))
    member = {"Group": "readers", "Stream": stream, "Member": "one"}
    told = ("InternalFailureException", "Internal service failure.")
    calls = [
        (kinesis.create_stream, {"StreamName": "other", "ShardCount": 1}),
        (kinesis.split_shard, {"StreamName": stream, "ShardToSplit": "0", "NewStartingHashKey": "1000"}),
        (kinesis.add_tags_to_stream, {"StreamName": stream, "Tags": {"a": "b"}}),
        (kinesis.delete_stream, {"StreamName": stream}),
        (kinesis.update_settings, {"Fsync": "always"}),
        (kinesis.poll, member),
    ]
    # Who writes while the system refuses it, and what SQLite says then, is told after the block: it writes, too.
    refusals = []
    with full(0):
        for call, arguments in calls:
            refusals.append(refusal(call, **arguments))
    assert refusals == [told] * len(calls)
    with full(0), pytest.raises(Error) as caught:
        connection.home.catalogs.connector("kinesis")._store.configure(Settings())  # type: ignore[attr-defined]
    assert caught.value.hint is not None
    assert kinesis.list_streams()["StreamNames"] == [stream]
    assert len(shards(kinesis, stream)) == 1
    assert kinesis.list_tags_for_stream(StreamName=stream)["Tags"] == []
    assert [one["Data"] for one in kinesis.poll(**member)["Records"]] == [b"before"]
    kinesis.create_stream(StreamName="other", ShardCount=1)


# Rates --------------------------------------------------------------------------------------------------


def test_shards_take_a_thousand_records_a_second_and_refuse_the_others(connection: Connection, kinesis: Any) -> None:
    connection.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    kinesis.update_settings(RateLimits="aws")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    text = f"Rate exceeded for shard shardId-000000000000 in stream clicks under account {ACCOUNT}."
    for number in range(2):
        response = kinesis.put_records(StreamName="clicks", Records=[entry(b"%d" % number)] * 500)
        assert response["FailedRecordCount"] == 0
    response = kinesis.put_records(StreamName="clicks", Records=[entry(b"3")] * 2)
    assert response["FailedRecordCount"] == 2
    refused = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": text}
    assert response["Records"] == [refused, refused]
    assert refusal(kinesis.put_record, StreamName="clicks", **entry(b"")) == (
        "ProvisionedThroughputExceededException",
        text,
    )
    connection.home.scheduler.advance(timedelta(milliseconds=3))
    response = kinesis.put_records(StreamName="clicks", Records=[entry(b"4")] * 5)
    assert response["FailedRecordCount"] == 2
    assert ["ErrorCode" in one for one in response["Records"]] == [False, False, False, True, True]
    assert len(read(kinesis, "clicks", 0)) == 1003


def test_a_shard_takes_a_mebibyte_a_second_and_a_small_record_that_still_fits(
    connection: Connection, kinesis: Any
) -> None:
    connection.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    kinesis.update_settings(RateLimits="aws")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    sizes = (700_000, 700_000, 100_000)
    response = kinesis.put_records(StreamName="clicks", Records=[entry(b"x" * size) for size in sizes])
    assert ["ErrorCode" in one for one in response["Records"]] == [False, True, False]
    assert [len(one["Data"]) for one in read(kinesis, "clicks", 0)] == [700_000, 100_000]


def test_a_shard_answers_five_calls_a_second_and_waits_after_ten_mebibytes(
    connection: Connection, kinesis: Any
) -> None:
    connection.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    for _ in range(10):
        kinesis.put_record(StreamName="clicks", **entry(b"x" * (MIB - 1)))
    kinesis.update_settings(RateLimits="aws")
    arguments = {"StreamName": "clicks", "ShardId": "0", "ShardIteratorType": "LATEST"}
    token = kinesis.get_shard_iterator(**arguments)["ShardIterator"]
    for _ in range(5):
        kinesis.get_records(ShardIterator=token)
    told = (
        "ProvisionedThroughputExceededException",
        f"Rate exceeded for Shard - {ACCOUNT}/clicks/shardId-000000000000",
    )
    assert refusal(kinesis.get_records, ShardIterator=token) == told
    connection.home.scheduler.advance(timedelta(seconds=1))
    first = kinesis.get_shard_iterator(**{**arguments, "ShardIteratorType": "TRIM_HORIZON"})["ShardIterator"]
    assert len(kinesis.get_records(ShardIterator=first)["Records"]) == 10
    connection.home.scheduler.advance(timedelta(seconds=4.9))
    assert refusal(kinesis.get_records, ShardIterator=token) == told
    connection.home.scheduler.advance(timedelta(seconds=0.1))
    kinesis.get_records(ShardIterator=token)


def test_scaled_rates_are_the_services_times_the_scale(connection: Connection, kinesis: Any) -> None:
    connection.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    kinesis.update_settings(RateLimits="scaled", Scale=0.01)
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    response = kinesis.put_records(StreamName="clicks", Records=[entry(b"")] * 12)
    assert response["FailedRecordCount"] == 2
