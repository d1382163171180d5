"""Records are put into the shard of their key and read back in order."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def read(kinesis: Any, stream: str, shard: int, kind: str = "TRIM_HORIZON", **where: Any) -> list[dict[str, Any]]:
    """The records of a shard, by as many calls as it takes."""
    iterator = kinesis.get_shard_iterator(
        StreamName=stream, ShardId=f"shardId-{shard:012d}", ShardIteratorType=kind, **where
    )["ShardIterator"]
    found: list[dict[str, Any]] = []
    while iterator is not None:
        page = kinesis.get_records(ShardIterator=iterator)
        found += page["Records"]
        iterator = page.get("NextShardIterator") if page["Records"] else None
    return found


def test_what_is_put_is_read_in_order_from_the_shard_that_was_named(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=3)
    entries = [{"Data": f"click {number}".encode(), "PartitionKey": f"user-{number % 7}"} for number in range(100)]
    response = kinesis.put_records(StreamName="clicks", Records=entries)
    assert response["FailedRecordCount"] == 0
    expected: dict[str, list[tuple[str, bytes, str]]] = {}
    for entry, put in zip(entries, response["Records"], strict=True):
        expected.setdefault(put["ShardId"], []).append((put["SequenceNumber"], entry["Data"], entry["PartitionKey"]))
    for number in range(3):
        rows = read(kinesis, "clicks", number)
        assert [(row["SequenceNumber"], row["Data"], row["PartitionKey"]) for row in rows] == expected.get(
            f"shardId-{number:012d}", []
        )
        numbers = [int(row["SequenceNumber"]) for row in rows]
        assert numbers == sorted(set(numbers))


def test_an_explicit_hash_key_decides(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    for key, shard in (("0", 0), (str(2**127 - 1), 0), (str(2**127), 1), (str(2**128 - 1), 1)):
        put = kinesis.put_record(StreamName="clicks", Data=b"", PartitionKey="a", ExplicitHashKey=key)
        assert put["ShardId"] == f"shardId-{shard:012d}"
    with pytest.raises(ClientError) as caught:
        kinesis.put_record(StreamName="clicks", Data=b"", PartitionKey="a", ExplicitHashKey=str(2**128))
    assert caught.value.response["Error"] == {
        "Code": "InvalidArgumentException",
        "Message": "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was"
        f" {2**128}",
    }
