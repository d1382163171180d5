"""Programs that read a stream as members of a group: what their processors are told, and when."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from owlake.dbapi import Connection
from owlake.errors import Error
from owlake_connectors.kinesis.groups import Checkpointer, GivenRecord, Processor, Runner


@pytest.fixture(autouse=True)
def _virtual(connection: Connection, kinesis: Any) -> None:
    connection.home.scheduler.set(datetime(2026, 3, 1, tzinfo=UTC))
    kinesis.create_stream(StreamName="clicks", ShardCount=1)


def put(kinesis: Any, *numbers: int) -> None:
    records = [{"Data": str(number).encode(), "PartitionKey": f"k{number % 5}"} for number in numbers]
    assert kinesis.put_records(StreamName="clicks", Records=records)["FailedRecordCount"] == 0


class Told(Processor):
    """Writes down what it is told, and checks in every page, or only when it must."""

    def __init__(self, log: list[tuple[str, object]], *, eager: bool = True) -> None:
        self.log, self.eager = log, eager

    def initialize(self, shard_id: str) -> None:
        self.log.append(("initialize", shard_id[-1]))

    def process_records(self, records: Sequence[GivenRecord], checkpointer: Checkpointer) -> None:
        self.log.append(("records", [int(one.data) for one in records]))
        if self.eager:
            checkpointer.checkpoint()

    def lease_lost(self) -> None:
        self.log.append(("lease_lost", None))

    def shard_ended(self, checkpointer: Checkpointer) -> None:
        self.log.append(("shard_ended", None))
        super().shard_ended(checkpointer)

    def shutdown_requested(self, checkpointer: Checkpointer) -> None:
        self.log.append(("shutdown_requested", None))
        checkpointer.checkpoint()


def runner(connection: Connection, name: str, log: list[tuple[str, object]], *, eager: bool = True) -> Runner:
    return Runner(connection, "clicks", "readers", lambda: Told(log, eager=eager), member=name)


@pytest.mark.parametrize("eager", [True, False])
def test_a_processor_lives_from_its_first_record_to_the_end_of_its_shard(
    connection: Connection, kinesis: Any, eager: bool
) -> None:
    put(kinesis, 1, 2)
    kinesis.split_shard(StreamName="clicks", ShardToSplit="0", NewStartingHashKey=str(2**127))
    log: list[tuple[str, object]] = []
    one = runner(connection, "one", log, eager=eager)
    assert one.step() == 2
    assert log == [("initialize", "0"), ("records", [1, 2])]
    one.step()
    one.step()
    assert log[2:] == [("shard_ended", None), ("initialize", "1"), ("initialize", "2")]


def test_a_lease_goes_to_another_member_without_a_record_given_twice(connection: Connection, kinesis: Any) -> None:
    kinesis.split_shard(StreamName="clicks", ShardToSplit="0", NewStartingHashKey=str(2**127))
    first: list[tuple[str, object]] = []
    second: list[tuple[str, object]] = []
    one, two = runner(connection, "one", first, eager=False), runner(connection, "two", second, eager=False)
    for _ in range(3):
        one.step()
    put(kinesis, *range(20))
    for _ in range(3):
        one.step()
        two.step()
    put(kinesis, *range(20, 40))
    one.step()
    two.step()
    assert first[-3:-1] == [("shutdown_requested", None), ("lease_lost", None)]
    given = [number for kind, page in first + second if kind == "records" for number in page]  # type: ignore[attr-defined]
    assert sorted(given) == list(range(40))
    assert [kind for kind, _ in second] == ["initialize", "records"]


def test_a_program_that_dies_is_followed_and_finds_its_lease_lost(connection: Connection, kinesis: Any) -> None:
    put(kinesis, 1, 2)
    first: list[tuple[str, object]] = []
    second: list[tuple[str, object]] = []
    one, two = runner(connection, "one", first, eager=False), runner(connection, "two", second)
    one.step()
    connection.home.scheduler.advance(timedelta(seconds=10))
    two.step()
    assert second == [("initialize", "0"), ("records", [1, 2])]
    one.step()
    assert first[-1] == ("lease_lost", None)


def test_a_program_that_begins_anew_under_its_name_is_given_what_was_not_checked_in(
    connection: Connection, kinesis: Any
) -> None:
    put(kinesis, 1, 2)
    log: list[tuple[str, object]] = []
    runner(connection, "one", log, eager=False).step()
    runner(connection, "one", log, eager=False).step()
    assert log == [("initialize", "0"), ("records", [1, 2])] * 2


def test_run_ends_with_a_last_checkpoint_when_it_is_stopped(connection: Connection, kinesis: Any) -> None:
    put(kinesis, 1, 2)
    log: list[tuple[str, object]] = []

    class Stopping(Told):
        def process_records(self, records: Sequence[GivenRecord], checkpointer: Checkpointer) -> None:
            super().process_records(records, checkpointer)
            one.stop()

    one = Runner(connection, "clicks", "readers", lambda: Stopping(log, eager=False))
    one.run()
    assert log == [("initialize", "0"), ("records", [1, 2]), ("shutdown_requested", None)]
    assert connection.execute("SELECT state FROM kinesis.system.leases").fetchall() == [("FREE",)]
    put(kinesis, 3)
    runner(connection, "two", log).step()
    assert log[-1] == ("records", [3])


def _counter(connection: Connection) -> int:
    ((counter,),) = connection.execute("SELECT lease_counter FROM kinesis.system.leases").fetchall()
    return int(counter)


def test_leases_are_renewed_while_a_processor_takes_its_time(
    connection: Connection, kinesis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("owlake_connectors.kinesis.groups.runner.RENEWAL_SECONDS", 0.01)
    put(kinesis, 1, 2)
    others: list[Any] = []

    class Slow(Processor):
        def process_records(self, records: Sequence[GivenRecord], checkpointer: Checkpointer) -> None:
            for _ in range(3):
                connection.home.scheduler.advance(timedelta(seconds=7))
                # The second one after now began after it.
                until = _counter(connection) + 2
                while _counter(connection) < until:
                    threading.Event().wait(0.005)
            others.extend(kinesis.poll(Group="readers", Stream="clicks", Member="two")["Records"])
            checkpointer.checkpoint()
            assert [int(one.data) for one in records] == [1, 2]
            one.stop()

    one = Runner(connection, "clicks", "readers", Slow)
    one.run()
    assert others == []
    assert connection.execute("SELECT checkpoint FROM kinesis.system.checkpoints").fetchall() != [("TRIM_HORIZON",)]
    # Nobody renews them any more.
    assert [one.name for one in threading.enumerate() if one.name == "owlake-kinesis-renewal"] == []


def test_a_lease_that_is_lost_in_the_middle_of_a_page_is_checked_in_no_more(
    connection: Connection, kinesis: Any
) -> None:
    put(kinesis, 1, 2, 3)
    log: list[tuple[str, object]] = []
    second: list[tuple[str, object]] = []

    class Interrupted(Told):
        def process_records(self, records: Sequence[GivenRecord], checkpointer: Checkpointer) -> None:
            checkpointer.checkpoint(records[0])
            connection.home.scheduler.advance(timedelta(seconds=10))
            runner(connection, "two", second, eager=False).step()
            self.log.append(("records", [int(one.data) for one in records]))
            with pytest.raises(kinesis.exceptions.ClientError) as caught:
                checkpointer.checkpoint()
            self.log.append(("refused", caught.value.response["Error"]["Code"]))

    one = Runner(connection, "clicks", "readers", lambda: Interrupted(log), member="one")
    one.step()
    one.step()
    assert log == [
        ("initialize", "0"),
        ("records", [1, 2, 3]),
        ("refused", "ShutdownException"),
        ("lease_lost", None),
    ]
    # Behind what was checked in before.
    assert second == [("initialize", "0"), ("records", [2, 3])]


def test_a_lease_that_ran_out_beside_another_shard_is_told_before_records_come_again(
    connection: Connection, kinesis: Any
) -> None:
    kinesis.create_stream(StreamName="orders", ShardCount=2)
    for number in range(2):
        key = str(number * 2**127)
        kinesis.put_record(StreamName="orders", Data=b"%d" % number, PartitionKey="a", ExplicitHashKey=key)
    log: list[tuple[str, object]] = []
    one = Runner(connection, "orders", "readers", lambda: Told(log, eager=False), member="one")
    assert one.step() == 2
    log.clear()

    class Slow(Told):
        def process_records(self, records: Sequence[GivenRecord], checkpointer: Checkpointer) -> None:
            connection.home.scheduler.advance(timedelta(seconds=10))
            super().process_records(records, checkpointer)

    kinesis.put_record(StreamName="orders", Data=b"2", PartitionKey="a", ExplicitHashKey="0")
    one._running["shardId-000000000000"].processor = Slow(log, eager=False)
    assert one.step() == 2
    assert log == [("records", [2]), ("lease_lost", None), ("initialize", "1"), ("records", [1])]


def test_the_end_of_a_shard_has_to_be_checked_in(connection: Connection, kinesis: Any) -> None:
    put(kinesis, 1)
    kinesis.split_shard(StreamName="clicks", ShardToSplit="0", NewStartingHashKey=str(2**127))

    class Silent(Told):
        def shard_ended(self, checkpointer: Checkpointer) -> None:
            pass

    one = Runner(connection, "clicks", "readers", lambda: Silent([], eager=False))
    one.step()
    with pytest.raises(Error, match="did not checkpoint in shard_ended"):
        one.step()
