"""Groups of consumers: who has which lease, what is given to whom, and in which order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from aws_kinesis_agg.aggregator import RecordAggregator

import owlake
from owlake.dbapi import Connection
from owlake_connectors.kinesis.groups.lease import Lease, new_lease
from owlake_connectors.kinesis.groups.taking import discover

START = datetime(2026, 3, 1, tzinfo=UTC)
MIDDLE = str(2**127)


@pytest.fixture(autouse=True)
def _virtual(connection: Connection) -> None:
    connection.home.scheduler.set(START)


def put(kinesis: Any, *numbers: int, keys: int = 5) -> None:
    records = [{"Data": str(number).encode(), "PartitionKey": f"k{number % keys}"} for number in numbers]
    assert kinesis.put_records(StreamName="clicks", Records=records)["FailedRecordCount"] == 0


def poll(kinesis: Any, member: str, most: int = 1000, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = kinesis.poll(
        Group="readers", Stream="clicks", Member=member, MaxRecords=most, **more
    )["Records"]
    return found


def check_in(kinesis: Any, member: str, records: list[dict[str, Any]]) -> None:
    last = {one["ShardId"]: one["SequenceNumber"] for one in records}
    for shard, number in last.items():
        kinesis.checkpoint(Group="readers", Member=member, ShardId=shard, SequenceNumber=number)


def numbers(records: list[dict[str, Any]]) -> list[int]:
    return [int(one["Data"]) for one in records]


def owners(connection: Connection) -> dict[str, int]:
    query = "SELECT lease_owner, count(*) FROM kinesis.system.leases WHERE state = 'HELD' GROUP BY 1"
    return dict(connection.execute(query).fetchall())


def test_order_of_each_key_holds_through_a_split_and_a_merge(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    put(kinesis, *range(20))
    kinesis.split_shard(StreamName="clicks", ShardToSplit="0", NewStartingHashKey=MIDDLE)
    put(kinesis, *range(20, 40))
    kinesis.merge_shards(StreamName="clicks", ShardToMerge="1", AdjacentShardToMerge="2")
    put(kinesis, *range(40, 60))
    seen: dict[str, list[int]] = defaultdict(list)
    for turn in range(60):
        member = ("one", "two")[turn % 2]
        page = poll(kinesis, member, 3)
        for record in page:
            seen[record["PartitionKey"]].append(int(record["Data"]))
        check_in(kinesis, member, page)
    assert seen == {f"k{key}": list(range(key, 60, 5)) for key in range(5)}


def test_a_child_waits_for_both_of_its_parents(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    put(kinesis, *range(10))
    kinesis.merge_shards(StreamName="clicks", ShardToMerge="0", AdjacentShardToMerge="1")
    put(kinesis, *range(10, 12))
    page = poll(kinesis, "one")
    assert sorted(numbers(page)) == list(range(10))
    check_in(kinesis, "one", [one for one in page if one["ShardId"].endswith("0")])
    assert poll(kinesis, "one") == []
    check_in(kinesis, "one", page)
    assert numbers(poll(kinesis, "one")) == [10, 11]


def test_a_child_waits_only_for_those_parents_that_the_group_will_come_to(connection: Connection, kinesis: Any) -> None:
    """Whatever a group began with: a parent that it never had is none to wait for, unless it had that one's parent."""
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    kinesis.split_shard(StreamName="clicks", ShardToSplit="0", NewStartingHashKey=str(2**126))
    kinesis.merge_shards(StreamName="clicks", ShardToMerge="3", AdjacentShardToMerge="1")
    store = connection.home.catalogs.connector("kinesis")._store  # type: ignore[attr-defined]
    stream = store.stream("clicks")
    ended, begun = (new_lease("readers", 0, checkpoint, 0) for checkpoint in ("SHARD_END", "TRIM_HORIZON"))

    def found(**leases: Lease) -> list[int]:
        known = {int(name[1:]): replace(one, shard=int(name[1:])) for name, one in leases.items()}
        return sorted(discover(stream, "readers", known, START).keys() - known.keys())

    assert found(_0=begun) == []
    assert found(_0=ended) == [2, 3]
    # Shard 4 came from 3, which came from 0, and from 1.
    assert found(_1=ended) == [4]
    assert found(_1=begun) == []
    assert found(_0=begun, _1=ended) == []
    assert found(_0=ended, _1=ended) == [2, 3]
    assert found(_1=ended, _2=begun, _3=begun) == []
    assert found(_1=begun, _2=begun, _3=ended) == []
    assert found(_1=ended, _2=begun, _3=ended) == [4]


def test_leases_go_with_their_shards_once_the_children_are_begun(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    put(kinesis, *range(4))
    kinesis.split_shard(StreamName="clicks", ShardToSplit="0", NewStartingHashKey=MIDDLE)
    check_in(kinesis, "one", poll(kinesis, "one"))
    query = "SELECT shard_id, state FROM kinesis.system.leases ORDER BY 1"
    connection.home.scheduler.advance(timedelta(hours=23))
    assert poll(kinesis, "one") == []
    kinesis.merge_shards(StreamName="clicks", ShardToMerge="1", AdjacentShardToMerge="2")
    connection.home.scheduler.advance(timedelta(hours=2))
    # Shard 0 has expired, but for as long as nobody was through with it its children were not there.
    for _ in range(4):
        assert poll(kinesis, "one") == []
    assert connection.execute(query).fetchall() == [
        ("shardId-000000000001", "SHARD_END"),
        ("shardId-000000000002", "SHARD_END"),
        ("shardId-000000000003", "HELD"),
    ]
    put(kinesis, *range(4, 8))
    page = poll(kinesis, "one")
    assert numbers(page) == [4, 5, 6, 7]
    check_in(kinesis, "one", page)
    connection.home.scheduler.advance(timedelta(hours=24))
    for _ in range(3):
        assert poll(kinesis, "two") == []
    assert connection.execute(query).fetchall() == [("shardId-000000000003", "HELD")]


def test_a_checkpoint_is_refused_for_the_first_thing_that_is_wrong(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    put(kinesis, *range(20))
    page = poll(kinesis, "one")
    of_shard = {one["ShardId"][-1]: one["SequenceNumber"] for one in page}

    def code(group: str, member: str, shard: str, number: str) -> str:
        with pytest.raises(kinesis.exceptions.ClientError) as caught:
            kinesis.checkpoint(Group=group, Member=member, ShardId=shard, SequenceNumber=number)
        return str(caught.value.response["Error"]["Code"])

    assert code("nobody", "two", "7", "17") == "ResourceNotFoundException"
    assert code("readers", "two", "7", "17") == "ResourceNotFoundException"
    assert code("readers", "two", "0", "17") == "ShutdownException"
    assert code("readers", "one", "0", of_shard["1"]) == "InvalidArgumentException"
    assert code("readers", "one", "0", "SHARD_END") == "InvalidArgumentException"
    assert code("readers", "one", "0", "TRIM_HORIZON") == "InvalidArgumentException"
    kinesis.checkpoint(Group="readers", Member="one", ShardId="0", SequenceNumber=of_shard["0"])


def test_a_member_that_dies_is_followed_at_its_last_checkpoint(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    put(kinesis, *range(10))
    check_in(kinesis, "one", poll(kinesis, "one", 4))
    assert numbers(poll(kinesis, "one", 3)) == [4, 5, 6]
    connection.home.scheduler.advance(timedelta(seconds=9.999))
    assert poll(kinesis, "two") == []
    connection.home.scheduler.advance(timedelta(seconds=0.001))
    assert numbers(poll(kinesis, "two")) == [4, 5, 6, 7, 8, 9]


def test_who_reads_the_clock_before_another_one_renews_takes_nothing(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    put(kinesis, *range(4))
    assert numbers(poll(kinesis, "one", 1)) == [0]
    # As if the other one had waited for the transaction since then; or the machine's clock was put right.
    connection.home.scheduler.set(START - timedelta(seconds=1))
    assert poll(kinesis, "two") == []
    assert numbers(poll(kinesis, "one", 1)) == [1]
    # A clock that was set back for good keeps nobody waiting.
    connection.home.scheduler.set(START - timedelta(hours=1))
    assert numbers(poll(kinesis, "two")) == [0, 1, 2, 3]


def test_a_member_that_lost_its_lease_checks_in_nothing(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    put(kinesis, *range(4))
    page = poll(kinesis, "one", 2)
    connection.home.scheduler.advance(timedelta(seconds=10))
    assert numbers(poll(kinesis, "two", 1)) == [0]
    with pytest.raises(kinesis.exceptions.ClientError) as caught:
        check_in(kinesis, "one", page)
    assert caught.value.response["Error"]["Code"] == "ShutdownException"
    assert connection.execute("SELECT checkpoint FROM kinesis.system.checkpoints").fetchall() == [("TRIM_HORIZON",)]


def test_only_what_was_given_is_checked_in_and_never_backwards(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    put(kinesis, *range(3))
    page = poll(kinesis, "one", 2)
    check_in(kinesis, "one", page[1:])
    check_in(kinesis, "one", page[1:])
    iterator = kinesis.get_shard_iterator(StreamName="clicks", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    ahead = kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"][2]
    for refused in (page[0], {**ahead, "ShardId": "0"}, {"ShardId": "0", "SequenceNumber": "17"}):
        with pytest.raises(kinesis.exceptions.ClientError, match="acceptable range"):
            check_in(kinesis, "one", [refused])
    with pytest.raises(kinesis.exceptions.ClientError, match="acceptable range"):
        kinesis.checkpoint(Group="readers", Member="one", ShardId="0", SequenceNumber="SHARD_END")


def test_two_members_come_to_have_half_each_and_nothing_is_given_twice(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=6)
    put(kinesis, *range(60), keys=60)
    seen = numbers(first := poll(kinesis, "one"))
    assert owners(connection) == {"one": 6}
    held = []
    for turn in range(8):
        seen += numbers(poll(kinesis, "two"))
        seen += numbers(poll(kinesis, "one"))
        if turn == 0:
            assert owners(connection) == {"one": 6}  # Not before it has checked in what it was given.
            check_in(kinesis, "one", first)
        held.append(owners(connection).get("two", 0))
    assert all(after - before in (0, 1) for before, after in pairwise(held))
    assert owners(connection) == {"one": 3, "two": 3}
    put(kinesis, *range(60, 90), keys=60)
    both = [poll(kinesis, "one"), poll(kinesis, "two")]
    assert all(both)
    assert sorted(seen + numbers(both[0] + both[1])) == list(range(90))


def test_who_does_not_hand_over_in_time_loses_the_lease(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    put(kinesis, *range(20))
    assert len(poll(kinesis, "one")) == 20
    for _ in range(4):
        assert poll(kinesis, "two") == []
        assert poll(kinesis, "one") == []
        connection.home.scheduler.advance(timedelta(seconds=9))
    assert poll(kinesis, "two")
    assert owners(connection) == {"one": 1, "two": 1}


def test_who_leaves_is_followed_at_once(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    put(kinesis, *range(3))
    check_in(kinesis, "one", poll(kinesis, "one", 1))
    assert numbers(poll(kinesis, "one", 1)) == [1]
    kinesis.leave(Group="readers", Member="one")
    assert numbers(poll(kinesis, "two")) == [1, 2]


def test_groups_begin_where_they_are_told(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    put(kinesis, 0)
    connection.home.scheduler.advance(timedelta(seconds=60))
    assert kinesis.poll(Group="late", Stream="clicks", Member="m", InitialPosition="LATEST")["Records"] == []
    put(kinesis, 1)
    since = kinesis.poll(
        Group="since",
        Stream="clicks",
        Member="m",
        InitialPosition="AT_TIMESTAMP",
        Timestamp=START + timedelta(seconds=5),
    )
    assert numbers(since["Records"]) == [1]
    connection.home.scheduler.advance(timedelta(seconds=11))
    again = kinesis.poll(Group="late", Stream="clicks", Member="other", InitialPosition="TRIM_HORIZON")
    assert numbers(again["Records"]) == [1]
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    with pytest.raises(kinesis.exceptions.ClientError, match="Consumer group late reads stream clicks, not orders"):
        kinesis.poll(Group="late", Stream="orders", Member="m")


def test_the_records_of_an_aggregate_are_checked_in_one_by_one(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    packer = RecordAggregator()
    for number in range(4):
        packer.add_user_record(f"k{number}", str(number).encode())
    key, _, data = packer.clear_and_get().get_contents()
    kinesis.put_record(StreamName="clicks", Data=data, PartitionKey=key)
    page = poll(kinesis, "one")
    assert [(one["SubsequenceNumber"], one["PartitionKey"]) for one in page] == [(n, f"k{n}") for n in range(4)]
    done = {"Group": "readers", "Member": "one", "ShardId": "0", "SequenceNumber": page[1]["SequenceNumber"]}
    kinesis.checkpoint(**done, SubsequenceNumber=1)
    connection.home.scheduler.advance(timedelta(seconds=10))
    assert numbers(poll(kinesis, "two")) == [2, 3]


def test_a_second_process_of_the_home_shares_the_shards(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    put(kinesis, *range(20))
    with owlake.connect(connection.home.path) as other:
        theirs = other.client("kinesis")
        first = poll(kinesis, "one")
        check_in(kinesis, "one", first)
        for _ in range(3):
            assert poll(theirs, "two") == poll(kinesis, "one") == []
        put(kinesis, *range(20, 40))
        mine, others = poll(kinesis, "one"), poll(theirs, "two")
    assert {one["ShardId"] for one in mine} | {one["ShardId"] for one in others} == {one["ShardId"] for one in first}
    assert sorted(numbers(mine + others)) == list(range(20, 40))
    assert mine
    assert others


def test_a_group_is_polled_and_checked_in_with_sql(connection: Connection, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    put(kinesis, 7)
    call = "CALL kinesis.system.poll(group => 'g', stream => 'clicks', member => 'm', max_records => 10)"
    (row,) = connection.execute(call).fetchall()
    shard, number, subsequence, key, arrival, data = row
    assert (shard, subsequence, key, data) == ("shardId-000000000000", 0, "k2", b"7")
    assert arrival == START
    connection.execute(f"CALL kinesis.system.checkpoint('g', 'm', '{shard}', '{number}')")
    query = "SELECT checkpoint FROM kinesis.system.checkpoints WHERE group_name = 'g'"
    assert connection.execute(query).fetchall() == [(number,)]
