"""Destinations that a plugin brings along: what they get, and what becomes of what they do not take."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import owlake
from owlake.dbapi import Connection
from owlake.home import Home
from owlake.spi import (
    DeliveryBuffer,
    DeliveryDestination,
    DeliveryDestinationFactory,
    DeliveryError,
    DeliveryFailure,
    DeliveryReceipt,
    RefusedRecord,
    error,
    hookimpl,
)
from tests.connectors.firehose.conftest import START, advance, lake

Objects = Callable[[], dict[str, bytes]]


class Queue(DeliveryDestination):
    """Notes what it gets, and fails as it is told."""

    error_type = "queue-failed"
    metric = "Queue"
    size_in_mbs = (1, 2)
    interval_in_seconds = (60, 120)
    retry_seconds = 30

    def __init__(self, plugin: Plugin, url: str) -> None:
        self._plugin = plugin
        self._url = url

    def deliver(self, buffer: DeliveryBuffer) -> DeliveryReceipt:
        records = [one for batch in buffer.batches for one in batch.data.to_pylist()]
        self._plugin.got.append((self._url, buffer.id, buffer.attempt, records))
        if self._plugin.failure is not None:
            raise self._plugin.failure
        refused = [
            RefusedRecord(place, "Queue.TooLong", "It is too long", {"length": len(one)})
            for place, one in enumerate(records)
            if len(one) > 5
        ]
        return DeliveryReceipt(sum(map(len, records)), refused)

    def details(self, buffer: DeliveryBuffer, place: int) -> Mapping[str, Any]:
        return {"queueId": f"{buffer.stream}/{place}"}


class Plugin:
    """The plugin, with what its destinations got."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, int, list[bytes]]] = []
        self.failure: Exception | None = None

    @hookimpl
    def register_delivery_destinations(self) -> Sequence[DeliveryDestinationFactory]:
        return [DeliveryDestinationFactory("queue", self.create, "A queue")]

    def create(self, _: Home, parameters: Mapping[str, str]) -> DeliveryDestination:
        if "url" not in parameters:
            raise error("InvalidArgumentException", "A queue must have a url")
        return Queue(self, parameters["url"])


@pytest.fixture
def plugin() -> Plugin:
    return Plugin()


@pytest.fixture
def connection(tmp_path: Path, plugin: Plugin) -> Iterator[Connection]:
    (tmp_path / "home" / "buckets" / "lake").mkdir(parents=True)
    with owlake.connect(tmp_path / "home", plugins={"queues": plugin}) as opened:
        opened.execute(f"CALL system.runtime.set_clock(TIMESTAMP '{START}')")
        yield opened


def create(firehose: Any, **more: Any) -> None:
    destination = {"DestinationName": "queue", "Parameters": {"url": "q://a"}, "S3Configuration": lake(), **more}
    firehose.create_delivery_stream(DeliveryStreamName="clicks", PluginDestinationConfiguration=destination)
    records = [{"Data": one} for one in (b"one", b"longer", b"two")]
    firehose.put_record_batch(DeliveryStreamName="clicks", Records=records)


def state(connection: Connection) -> Any:
    return connection.execute(
        "SELECT state, error_code FROM firehose.system.deliveries WHERE kind = 'records'"
    ).fetchall()


def test_a_buffer_is_delivered_after_the_destinations_own_interval(
    connection: Connection, firehose: Any, plugin: Plugin, objects: Objects
) -> None:
    create(firehose)
    advance(connection, 59)
    assert plugin.got == []
    advance(connection, 1)
    ((url, _, attempt, records),) = plugin.got
    assert (url, attempt, records) == ("q://a", 1, [b"one", b"longer", b"two"])
    assert state(connection) == [("DELIVERED", None)]
    # The record that was refused alone is in the error output.
    advance(connection, 300)
    ((name, line),) = objects().items()
    assert name == "queue-failed/2026/03/04/05/clicks-1-2026-03-04-05-06-07-*"
    said = json.loads(line)
    assert base64.b64decode(said["rawData"]) == b"longer"
    assert (said["errorCode"], said["length"]) == ("Queue.TooLong", 6)


def test_what_is_described_has_the_destinations_defaults(firehose: Any) -> None:
    create(firehose)
    described = firehose.describe_delivery_stream(DeliveryStreamName="clicks")["DeliveryStreamDescription"]
    (destination,) = described["Destinations"]
    assert destination["PluginDestinationDescription"]["BufferingHints"] == {"SizeInMBs": 1, "IntervalInSeconds": 60}
    assert destination["PluginDestinationDescription"]["RetryOptions"] == {"DurationInSeconds": 30}


@pytest.mark.parametrize(
    "failure",
    [DeliveryError("Queue.Full", "no room"), error("Queue.Full", "no room")],
)
def test_a_failure_is_tried_again_as_long_as_there_is_time_and_then_kept(
    connection: Connection, firehose: Any, plugin: Plugin, objects: Objects, failure: Exception
) -> None:
    plugin.failure = failure
    create(firehose)
    firehose.flush(DeliveryStreamName="clicks")
    assert state(connection) == [("PLANNED", "Queue.Full")]
    advance(connection, 60)
    assert state(connection) == [("KEPT", "Queue.Full")]
    # After 1, 2, 4, 8 and 16 s, 15 % more or less; the first that is 30 s behind the first failure is the last.
    attempts = len(plugin.got)
    assert attempts in (6, 7)
    assert [attempt for _, _, attempt, _ in plugin.got] == [*range(1, attempts + 1)]
    assert len({id_ for _, id_, _, _ in plugin.got}) == 1
    advance(connection, 300)
    (content,) = objects().values()
    said = [json.loads(line) for line in content.splitlines()]
    assert [base64.b64decode(one["rawData"]) for one in said] == [b"one", b"longer", b"two"]
    assert [one["queueId"] for one in said] == ["clicks/0", "clicks/1", "clicks/2"]
    assert {(one["errorCode"], one["attemptsMade"]) for one in said} == {("Queue.Full", attempts)}


def test_a_failure_that_is_for_ever_is_kept_at_once(
    connection: Connection, firehose: Any, plugin: Plugin, objects: Objects
) -> None:
    plugin.failure = DeliveryError("Queue.Gone", "no queue", DeliveryFailure.KEEP)
    create(firehose)
    firehose.flush(DeliveryStreamName="clicks")
    assert state(connection) == [("KEPT", "Queue.Gone")]
    (content,) = objects().values()
    assert len(content.splitlines()) == 3


def test_what_is_discarded_is_in_the_log_of_deliveries(
    connection: Connection, firehose: Any, plugin: Plugin, objects: Objects
) -> None:
    plugin.failure = DeliveryError("Queue.Never", "never", DeliveryFailure.DISCARD)
    create(firehose)
    firehose.flush(DeliveryStreamName="clicks")
    assert state(connection) == [("DISCARDED", "Queue.Never")]
    assert objects() == {}
    shown = connection.execute("SELECT state, error_message, records FROM firehose.system.errors").fetchall()
    assert shown == [("DISCARDED", "never", 3)]


def test_any_other_exception_is_tried_again(connection: Connection, firehose: Any, plugin: Plugin) -> None:
    plugin.failure = ZeroDivisionError("by zero")
    create(firehose)
    firehose.flush(DeliveryStreamName="clicks")
    assert state(connection) == [("PLANNED", "InternalFailure")]
    plugin.failure = None
    firehose.flush(DeliveryStreamName="clicks")
    assert state(connection) == [("DELIVERED", "InternalFailure")]


def test_all_records_are_backed_up_where_they_are_to_be(firehose: Any, objects: Objects) -> None:
    create(firehose, S3BackupMode="AllData")
    firehose.flush(DeliveryStreamName="clicks")
    assert objects()["2026/03/04/05/clicks-1-2026-03-04-05-06-07-*"] == b"onelongertwo"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"DestinationName": "nowhere"}, "No plugin brings the destination nowhere; there are queue"),
        ({"Parameters": {}}, "A queue must have a url"),
        ({"BufferingHints": {"SizeInMBs": 3, "IntervalInSeconds": 60}}, "SizeInMBs must be at most 2 for queue"),
        ({"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 121}}, "IntervalInSeconds must be at most 120"),
    ],
)
def test_a_configuration_that_cannot_be(firehose: Any, more: dict[str, Any], text: str) -> None:
    with pytest.raises(Exception, match=text):
        create(firehose, **more)
    assert firehose.list_delivery_streams()["DeliveryStreamNames"] == []
