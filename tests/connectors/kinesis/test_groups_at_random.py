"""Whatever members and producers do, a group is given everything, in order, and again only from a checkpoint."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from owlake.dbapi import Connection

MEMBERS = st.sampled_from(["one", "two", "three"])
STEPS = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 6)),
    st.tuples(st.just("split"), st.integers(0, 9)),
    st.tuples(st.just("merge"), st.integers(0, 9)),
    st.tuples(st.just("poll"), MEMBERS),
    st.tuples(st.just("poll"), MEMBERS),
    st.tuples(st.just("check in"), MEMBERS),
    st.tuples(st.just("leave"), MEMBERS),
    st.tuples(st.just("wait"), st.sampled_from([1, 9, 10, 31])),
)


class Reading:
    """A stream, and what its group is given: each page is held against what was put and checked in."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.clock = connection.home.scheduler
        self.client: Any = connection.client("kinesis")
        self.refusals = self.client.exceptions
        self.name = name
        self.client.create_stream(StreamName=name, ShardCount=2)
        self.put: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self.numbers = count()
        self.given: dict[tuple[str, str], int] = {}
        self.checked_in: dict[str, int] = defaultdict(int)
        self.seen: list[int] = []
        self.parents: dict[str, list[str]] = {}

    def do(self, what: str, argument: Any) -> None:
        """One step."""
        match what:
            case "put":
                for number in [next(self.numbers) for _ in range(argument)]:
                    record = {"Data": b"%d" % number, "PartitionKey": f"k{number % 7}"}
                    answer = self.client.put_record(StreamName=self.name, **record)
                    self.put[answer["ShardId"]].append((answer["SequenceNumber"], number))
            case "split" | "merge":
                self._reshard(what, argument)
            case "poll":
                self.poll(argument)
            case "check in":
                self.check_in(argument)
            case "leave":
                self.given = {key: place for key, place in self.given.items() if key[0] != argument}
                if self.seen:
                    self.client.leave(Group=self.name, Member=argument)
            case _:
                self.clock.advance(timedelta(seconds=argument))

    def _reshard(self, what: str, place: int) -> None:
        found = self.client.list_shards(StreamName=self.name, ShardFilter={"Type": "AT_LATEST"})["Shards"]
        found.sort(key=lambda one: int(one["HashKeyRange"]["StartingHashKey"]))
        one = found[place % len(found)]
        start, end = (int(one["HashKeyRange"][f"{name}HashKey"]) for name in ("Starting", "Ending"))
        if what == "split":
            key = str((start + end) // 2)
            self.client.split_shard(StreamName=self.name, ShardToSplit=one["ShardId"], NewStartingHashKey=key)
        elif end + 1 < 2**128:
            following = found[place % len(found) + 1]["ShardId"]
            pair = {"ShardToMerge": one["ShardId"], "AdjacentShardToMerge": following}
            self.client.merge_shards(StreamName=self.name, **pair)
        for shard in self.client.list_shards(StreamName=self.name)["Shards"]:
            parents = [shard.get("ParentShardId"), shard.get("AdjacentParentShardId")]
            self.parents[shard["ShardId"]] = [parent for parent in parents if parent is not None]

    def poll(self, member: str) -> int:
        """Take a page, and look at it."""
        page = self.client.poll(Group=self.name, Stream=self.name, Member=member, MaxRecords=4)["Records"]
        of_shard: dict[str, list[int]] = defaultdict(list)
        for record in page:
            shard, number = record["ShardId"], int(record["Data"])
            place = self.put[shard].index((record["SequenceNumber"], number))
            of_shard[shard].append(place)
            if number not in self.seen:
                for parent in self.parents.get(shard, []):
                    assert {number for _, number in self.put[parent]} <= set(self.seen)
                assert all(before < number for before in self.seen if before % 7 == number % 7)
                self.seen.append(number)
        for shard, places in of_shard.items():
            assert places == list(range(places[0], places[-1] + 1))
            assert places[0] in (self.given.get((member, shard)), self.checked_in[shard])
            self.given[member, shard] = places[-1] + 1
        return len(page)

    def check_in(self, member: str) -> None:
        """Check in all that a member was given."""
        for (name, shard), place in self.given.items():
            if name == member and place > self.checked_in[shard]:
                number = self.put[shard][place - 1][0]
                # Where the lease is lost, or was taken anew: then that was not given to the member.
                with suppress(self.refusals.ShutdownException, self.refusals.InvalidArgumentException):
                    self.client.checkpoint(Group=self.name, Member=member, ShardId=shard, SequenceNumber=number)
                    self.checked_in[shard] = place


NAMES = count()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=15, max_size=40))
def test_a_group_is_given_everything_in_order(connection: Connection, steps: list[tuple[str, Any]]) -> None:
    connection.home.scheduler.set(datetime(2026, 3, 1, tzinfo=UTC))
    reading = Reading(connection, f"s{next(NAMES)}")
    for what, argument in steps:
        reading.do(what, argument)
    reading.do("wait", 31)
    reading.given = {}
    idle = 0
    while idle < 12:
        idle = 0 if reading.poll("last") else idle + 1
        reading.check_in("last")
    assert sorted(reading.seen) == list(range(next(reading.numbers)))


@pytest.fixture(autouse=True)
def _rates(connection: Connection) -> None:
    connection.client("kinesis").update_settings(Limits="off")
