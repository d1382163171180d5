"""What died in the middle is done again, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import owlake
from owlake.dbapi import Connection
from owlake_connectors.firehose import delivery, pipeline, worker
from tests.connectors.firehose.conftest import advance, lake

Objects = Callable[[], dict[str, bytes]]


class Death(BaseException):
    """Where the process ends."""


def die(*_: Any, **__: Any) -> None:
    raise Death


@pytest.fixture
def stream(firehose: Any) -> str:
    firehose.create_delivery_stream(DeliveryStreamName="clicks", ExtendedS3DestinationConfiguration=lake())
    for one in (b"a", b"b", b"c"):
        firehose.put_record(DeliveryStreamName="clicks", Record={"Data": one})
    return "clicks"


@pytest.mark.parametrize(
    ("module", "place"),
    [
        (pipeline, "_append"),
        # The records are in the log of processed ones, and nothing says so.
        (pipeline, "_keep"),
        (delivery, "write_object"),
        # The object is written, and nothing says so.
        (delivery, "_note_delivered"),
    ],
)
def test_a_death_loses_nothing_and_doubles_nothing(
    firehose: Any, stream: str, objects: Objects, monkeypatch: pytest.MonkeyPatch, module: Any, place: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(module, place, die)
        with pytest.raises(Death):
            firehose.flush(DeliveryStreamName=stream)
    firehose.put_record(DeliveryStreamName=stream, Record={"Data": b"d"})
    firehose.flush(DeliveryStreamName=stream)
    assert sorted(b"".join(objects().values())) == sorted(b"abcd")


def test_a_death_after_each_step_of_several(
    connection: Connection, firehose: Any, stream: str, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        with monkeypatch.context() as patched:
            patched.setattr(pipeline, "_keep", die)
            with pytest.raises(Death):
                firehose.flush(DeliveryStreamName=stream)
        firehose.put_record(DeliveryStreamName=stream, Record={"Data": b"%d" % number})
    firehose.flush(DeliveryStreamName=stream)
    assert b"".join(objects().values()) == b"abc012"
    assert connection.execute("SELECT sum(records) FROM firehose.system.deliveries").fetchall() == [(6,)]


def test_what_goes_wrong_behind_a_put_is_not_the_putters(
    connection: Connection, firehose: Any, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints = {"SizeInMBs": 1, "IntervalInSeconds": 0}
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks", ExtendedS3DestinationConfiguration=lake(BufferingHints=hints)
    )

    def fail(*_: Any) -> None:
        text = "a step that fails"
        raise RuntimeError(text)

    with monkeypatch.context() as patched:
        patched.setattr(worker, "process", fail)
        firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"a"})
        advance(connection, 1)
        ((message,),) = connection.execute("SELECT error_message FROM system.runtime.tasks").fetchall()
        assert "a step that fails" in message
    advance(connection, 60)
    assert list(objects().values()) == [b"a"]


def test_records_of_one_process_are_delivered_though_another_one_did_the_work_that_it_expected(
    connection: Connection, firehose: Any, objects: Objects
) -> None:
    firehose.create_delivery_stream(DeliveryStreamName="clicks", ExtendedS3DestinationConfiguration=lake())
    firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"a"})
    with owlake.connect(connection.home.path) as other:
        other.client("firehose").flush(DeliveryStreamName="clicks")
        other.execute("CALL system.runtime.run_task('firehose.work.clicks')")
        firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"b"})
        advance(other, 300)
    assert sorted(objects().values()) == [b"a", b"b"]
