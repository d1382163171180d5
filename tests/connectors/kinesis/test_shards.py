"""Shards are split, merged and scaled; their lineage is whole, and what was in them stays readable."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from owlake.dbapi import Connection
from tests.connectors.kinesis.test_records import read

ACCOUNT = "123456789012"


def shards(kinesis: Any, stream: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = kinesis.list_shards(StreamName=stream)["Shards"]
    return found


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    found = caught.value.response["Error"]
    return found["Code"], found["Message"]


def check_lineage(found: list[dict[str, Any]]) -> None:
    """Open shards tile the hash space; a child's range is within its parents', and its numbers come after theirs."""
    opened = sorted(
        (int(one["HashKeyRange"]["StartingHashKey"]), int(one["HashKeyRange"]["EndingHashKey"]))
        for one in found
        if "EndingSequenceNumber" not in one["SequenceNumberRange"]
    )
    assert opened[0][0] == 0
    assert opened[-1][1] == 2**128 - 1
    assert all(left[1] + 1 == right[0] for left, right in pairwise(opened))
    by_id = {one["ShardId"]: one for one in found}
    for one in found:
        for parent in (one.get("ParentShardId"), one.get("AdjacentParentShardId")):
            if parent is not None:
                assert int(one["SequenceNumberRange"]["StartingSequenceNumber"]) > int(
                    by_id[parent]["SequenceNumberRange"]["EndingSequenceNumber"]
                )


@pytest.mark.parametrize(
    ("before", "after", "total"), [(2, 4, 6), (4, 5, 15), (10, 13, 37), (4, 2, 6), (5, 3, 7), (10, 3, 17)]
)
def test_scaling_leaves_as_many_shards_as_the_service_is_seen_to(
    kinesis: Any, before: int, after: int, total: int
) -> None:
    """The totals, open and closed, are those that moto's tests have from the service; the ranges are moto's."""
    kinesis.update_settings(Limits="off")
    kinesis.create_stream(StreamName="clicks", ShardCount=before)
    response = kinesis.update_shard_count(StreamName="clicks", TargetShardCount=after, ScalingType="UNIFORM_SCALING")
    assert (response["CurrentShardCount"], response["TargetShardCount"]) == (before, after)
    found = shards(kinesis, "clicks")
    assert len(found) == total
    check_lineage(found)
    with mock_aws():
        theirs = boto3.client("kinesis", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106
        theirs.create_stream(StreamName="clicks", ShardCount=before)
        theirs.update_shard_count(StreamName="clicks", TargetShardCount=after, ScalingType="UNIFORM_SCALING")
        listed = theirs.list_shards(StreamName="clicks")["Shards"]

    def relations(listing: list[dict[str, Any]]) -> list[tuple[str, str | None, str | None]]:
        return [(one["ShardId"], one.get("ParentShardId"), one.get("AdjacentParentShardId")) for one in listing]

    assert relations(found) == relations(listed)


def test_scaling_is_refused_beyond_double_and_half_and_ten_times_a_day(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=4)
    update = kinesis.update_shard_count
    assert refusal(update, StreamName="clicks", TargetShardCount=9, ScalingType="UNIFORM_SCALING") == (
        "LimitExceededException",
        (
            "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 4"
            " Target shard count: 9"
        ),
    )
    assert refusal(update, StreamName="clicks", TargetShardCount=1, ScalingType="UNIFORM_SCALING")[0] == (
        "LimitExceededException"
    )
    for round_ in range(10):
        update(StreamName="clicks", TargetShardCount=4 + round_ % 2, ScalingType="UNIFORM_SCALING")
    assert refusal(update, StreamName="clicks", TargetShardCount=4, ScalingType="UNIFORM_SCALING")[0] == (
        "LimitExceededException"
    )


def test_a_split_closes_the_parent_and_its_records_stay(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.put_record(StreamName="clicks", Data=b"before", PartitionKey="a")
    kinesis.split_shard(StreamName="clicks", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    found = shards(kinesis, "clicks")
    assert [one.get("ParentShardId") for one in found] == [None, "shardId-000000000000", "shardId-000000000000"]
    check_lineage(found)
    put = kinesis.put_record(StreamName="clicks", Data=b"after", PartitionKey="a")
    assert put["ShardId"] in ("shardId-000000000001", "shardId-000000000002")
    iterator = kinesis.get_shard_iterator(StreamName="clicks", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    page = kinesis.get_records(ShardIterator=iterator["ShardIterator"])
    assert [one["Data"] for one in page["Records"]] == [b"before"]
    assert "NextShardIterator" not in page
    assert page["ChildShards"] == [
        {
            "ShardId": f"shardId-{number:012d}",
            "ParentShards": ["shardId-000000000000"],
            "HashKeyRange": found[number]["HashKeyRange"],
        }
        for number in (1, 2)
    ]
    assert [one["Data"] for one in read(kinesis, "clicks", int(put["ShardId"][-1]))] == [b"after"]


def test_a_merge_has_both_parents(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=3)
    kinesis.merge_shards(StreamName="clicks", ShardToMerge="shardId-1", AdjacentShardToMerge="shardId-2")
    found = shards(kinesis, "clicks")
    child = found[3]
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == ("shardId-000000000001", "shardId-000000000002")
    check_lineage(found)
    iterator = kinesis.get_shard_iterator(StreamName="clicks", ShardId="1", ShardIteratorType="LATEST")
    page = kinesis.get_records(ShardIterator=iterator["ShardIterator"])
    assert page["ChildShards"][0]["ParentShards"] == ["shardId-000000000001", "shardId-000000000002"]


def test_what_cannot_be_split_or_merged_is_told_in_the_services_words(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=3)
    split, merge = kinesis.split_shard, kinesis.merge_shards
    end = (2**128 // 3) - 1
    assert refusal(split, StreamName="clicks", ShardToSplit="shardId-0", NewStartingHashKey="1") == (
        "InvalidArgumentException",
        (
            "NewStartingHashKey 1 used in SplitShard() on shard shardId-000000000000 in stream clicks under account"
            f" {ACCOUNT} is not both greater than one plus the shard's StartingHashKey 0 and less than the shard's"
            f" EndingHashKey {end}."
        ),
    )
    assert refusal(split, StreamName="clicks", ShardToSplit="shardId-7", NewStartingHashKey="2") == (
        "ResourceNotFoundException",
        f"Could not find shard shardId-000000000007 in stream clicks under account {ACCOUNT}.",
    )
    assert refusal(merge, StreamName="clicks", ShardToMerge="1", AdjacentShardToMerge="0") == (
        "InvalidArgumentException",
        (
            f"Shards shardId-000000000001 and shardId-000000000000 in stream clicks under account {ACCOUNT} are not an"
            " adjacent pair of shards eligible for merging"
        ),
    )
    split(StreamName="clicks", ShardToSplit="shardId-0", NewStartingHashKey="100")
    assert refusal(split, StreamName="clicks", ShardToSplit="shardId-0", NewStartingHashKey="100") == (
        "InvalidArgumentException",
        (
            f"Shard shardId-000000000000 in stream clicks under account {ACCOUNT} has already been merged or split, and"
            " thus is not eligible for merging or splitting."
        ),
    )


def test_streams_on_demand_are_not_split_by_hand(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert len(shards(kinesis, "clicks")) == 4
    assert refusal(kinesis.split_shard, StreamName="clicks", ShardToSplit="0", NewStartingHashKey="100") == (
        "ValidationException",
        f"Request is invalid. Stream clicks under account {ACCOUNT} is in On-Demand mode.",
    )


def test_shards_are_listed_by_filters_and_pages(connection: Connection, kinesis: Any) -> None:
    connection.execute("CALL system.runtime.set_clock(TIMESTAMP '2026-01-01 00:00:00 UTC')")
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    connection.execute("CALL system.runtime.advance_clock(INTERVAL '1' HOUR)")
    kinesis.split_shard(StreamName="clicks", ShardToSplit="shardId-0", NewStartingHashKey="100")

    def numbers(**arguments: Any) -> list[int]:
        listed = kinesis.list_shards(StreamName="clicks", **arguments)["Shards"]
        return [int(one["ShardId"][-12:]) for one in listed]

    def filtered(kind: str, **arguments: Any) -> list[int]:
        return numbers(ShardFilter={"Type": kind, **arguments})

    assert filtered("FROM_TRIM_HORIZON") == [0, 1, 2, 3]
    assert filtered("AT_TRIM_HORIZON") == [0, 1]
    assert filtered("AT_LATEST") == [1, 2, 3]
    assert filtered("AFTER_SHARD_ID", ShardId="shardId-000000000001") == [2, 3]
    assert filtered("AT_TIMESTAMP", Timestamp="2026-01-01T00:30:00+00:00") == [0, 1]
    assert filtered("FROM_TIMESTAMP", Timestamp="2026-01-01T00:30:00+00:00") == [0, 1, 2, 3]
    assert filtered("AT_TIMESTAMP", Timestamp="2026-01-01T01:00:00+00:00") == [1, 2, 3]
    assert numbers(ExclusiveStartShardId="shardId-000000000002") == [3]

    page = kinesis.list_shards(StreamName="clicks", MaxResults=3)
    token = page["NextToken"]
    assert [one["ShardId"][-1] for one in kinesis.list_shards(NextToken=token)["Shards"]] == ["3"]
    assert refusal(kinesis.list_shards, StreamName="clicks", NextToken=token)[0] == "InvalidArgumentException"
    connection.execute("CALL system.runtime.advance_clock(INTERVAL '301' SECOND)")
    assert refusal(kinesis.list_shards, NextToken=token)[0] == "ExpiredNextTokenException"

    # A closed shard is there for as long as its records could be.
    connection.execute("CALL system.runtime.advance_clock(INTERVAL '1' DAY)")
    assert numbers() == [1, 2, 3]
