"""The log keeps what was acknowledged: when a writer is killed, when its tail is torn, when the power was lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import owlake
from owlake.connector.log import recovery, writer
from owlake.connector.log.frames import ENTRY, Frame, Run, build, build_of_arrays
from owlake.connector.log.head import Head
from owlake.connector.log.log import Log
from owlake.connector.log.reader import Span
from owlake.connector.log.retention import reclaim
from owlake.connector.log.segments import segments
from owlake.connector.log.writer import LogWriter, StaleError
from tests.connectors.kinesis.test_records import read


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    found = tmp_path / "log"
    LogWriter.create(found)
    return found


@pytest.fixture
def log(directory: Path) -> Iterator[Log]:
    opened = Log.open(directory, None)
    yield opened
    opened.close()


def frame(*runs: tuple[int, list[bytes]]) -> Frame:
    """A frame with records of some shards; each one's key is its data's text."""
    data = [one for _, records in runs for one in records]
    told = [Run(shard, len(records), 2 * sum(map(len, records))) for shard, records in runs]
    lengths = np.array(list(map(len, data)))
    return build(told, [one.decode() for one in data], None, data, 0, (lengths, lengths))


def data_of(log: Log, span: Span = Span()) -> list[bytes]:  # noqa: B008
    return [one for run in log.reader.records(span) for one in run.data.to_pylist()]


def append(log: Log, *frames: Frame, arrival: int = 0) -> int:
    return log.writer.append(frames, arrival, log.head.generation)


# Reading ------------------------------------------------------------------------------------------------


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=1, max_size=3), max_size=6),
    st.integers(0, 40),
    st.integers(0, 40),
    st.none() | st.sets(st.integers(0, 2), min_size=1),
)
def test_a_span_gives_what_lies_in_it(
    tmp_path_factory: pytest.TempPathFactory,
    puts: list[list[tuple[int, int]]],
    first: int,
    before: int,
    shards: set[int] | None,
) -> None:
    directory = tmp_path_factory.mktemp("log") / "log"
    LogWriter.create(directory)
    log = Log.open(directory, None)
    # Segments of a few frames, so that spans cross them.
    log.writer._segment_bytes = 500
    written: list[tuple[int, int, int, bytes]] = []
    for arrival, put in enumerate(puts):
        ordinal = log.head.ordinal
        runs = [(shard, [b"%d-%d" % (ordinal, place) for place in range(rows)]) for shard, rows in put]
        flat = [(shard, one) for shard, records in runs for one in records]
        append(log, frame(*runs), arrival=arrival)
        written += [(ordinal + place, arrival, shard, one) for place, (shard, one) in enumerate(flat)]

    def expected(since: int, until: int) -> list[bytes]:
        return [
            one
            for ordinal, arrival, shard, one in written
            if first <= ordinal < before and (shards is None or shard in shards) and since <= arrival < until
        ]

    assert data_of(log, Span(shards, first, before)) == expected(0, 100)
    assert data_of(log, Span(shards, first, before, 2, 4)) == expected(2, 4)
    assert log.reader.end() == log.head.ordinal
    log.close()


def test_of_an_index_only_what_is_committed_is_mapped(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest may be cut by a writer whose disk is full, and what was mapped there must not be looked at any more."""
    for _ in range(3):
        append(log, frame((0, [b"a"]), (1, [b"b"])))
    monkeypatch.setattr(log.writer, "sync", lambda *_: None)
    append(log, frame((0, [b"c"]), (1, [b"d"])))
    ((view, entries),) = log.reader.runs(Span())
    assert len(entries) == 6
    assert len(view.entries.base) == 6 * ENTRY.itemsize
    monkeypatch.undo()
    log.writer.sync()
    ((view, entries),) = log.reader.runs(Span())
    assert len(entries) == 8


# Writing ------------------------------------------------------------------------------------------------


def test_what_was_prepared_before_or_during_a_change_is_refused(log: Log) -> None:
    before = log.writer.settled_generation()
    with log.writer.changing() as head:
        during = head.generation
    for generation in (before, during):
        with pytest.raises(StaleError):
            log.writer.append([frame((0, [b"a"]))], 0, generation)
    assert data_of(log) == []
    log.writer.append([frame((0, [b"b"]))], 0, log.writer.settled_generation())
    assert data_of(log) == [b"b"]


def test_a_change_that_was_cut_off_is_over_for_the_next_one(log: Log) -> None:
    log.head.words[Head.GENERATION] += 1
    cut_off = log.head.generation
    assert log.writer.settled_generation() == cut_off + 1
    with pytest.raises(StaleError):
        log.writer.append([frame((0, [b"a"]))], 0, cut_off)


def test_frames_of_a_put_are_there_all_or_none(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.writer._segment_bytes = 300
    append(log, frame((0, [b"before"])))
    write, calls = os.pwritev, []

    def third_fails(descriptor: int, parts: list[bytes], offset: int) -> int:
        calls.append(offset)
        if len(calls) > 4:
            raise OSError(28, "No space left on device")
        return write(descriptor, parts, offset)

    monkeypatch.setattr(writer.os, "pwritev", third_fails)
    with pytest.raises(OSError, match="No space"):
        append(log, frame((0, [b"x" * 200])), frame((0, [b"y" * 200])), frame((0, [b"z" * 200])))
    monkeypatch.undo()
    assert data_of(log) == [b"before"]
    append(log, frame((0, [b"after"])))
    assert data_of(log) == [b"before", b"after"]
    assert log.head.ordinal == 3


@pytest.mark.parametrize("sizes", [[10], [200, 200, 200]])
def test_what_cannot_be_flushed_is_cut(directory: Path, monkeypatch: pytest.MonkeyPatch, sizes: list[int]) -> None:
    one, two = Log.open(directory, None), Log.open(directory, None)
    for log in (one, two):
        log.writer._segment_bytes = 300
    append(one, frame((0, [b"before"])))
    cuts = one.head.words[Head.CUTS]

    def fails(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(writer, "_flush", fails)
    with pytest.raises(OSError, match="Input/output"):
        append(one, *(frame((0, [b"x" * size])) for size in sizes))
    monkeypatch.undo()
    # Who wrote meanwhile, and waits for the flush, is told.
    with pytest.raises(OSError, match="cut"):
        two.writer.sync(one.head.words[Head.WRITTEN], cuts)
    assert data_of(one) == data_of(two) == [b"before"]
    append(two, *(frame((0, [b"y" * size])) for size in sizes))
    append(one, frame((0, [b"after"])))
    assert data_of(one) == data_of(two) == [b"before", *(b"y" * size for size in sizes), b"after"]
    one.close()
    two.close()


def test_what_nobody_flushed_is_there_once_the_stream_is_changed(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the end of a shard would never be seen: its writer has died."""
    monkeypatch.setattr(log.writer, "sync", lambda *_: None)
    append(log, frame((0, [b"a"])))
    monkeypatch.undo()
    assert data_of(log) == []
    with log.writer.changing():
        assert data_of(log) == [b"a"]


_PRODUCER = """
import sys, owlake
with owlake.connect(sys.argv[1]) as connection:
    client = connection.client("kinesis")
    number = 0
    while True:
        records = [{"Data": b"%s-%d" % (sys.argv[2].encode(), number + i), "PartitionKey": str(i)} for i in range(10)]
        client.put_records(StreamName="clicks", Records=records)
        number += 10
        print(number, flush=True)
"""


def test_producers_that_are_killed_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with owlake.connect(home) as connection:
        client = connection.client("kinesis")
        client.create_stream(StreamName="clicks", ShardCount=1)
        acknowledged = {}
        commands = {name: [sys.executable, "-c", _PRODUCER, str(home), name] for name in ("a", "b")}
        running = {
            name: subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for name, command in commands.items()
        }
        for process in running.values():
            assert process.stdout is not None
            for _ in range(20):
                process.stdout.readline()
        for name, process in running.items():
            process.send_signal(signal.SIGKILL)
            told = process.communicate()[0].split()
            # A line may be cut off at its end.
            acknowledged[name] = max([200, *map(int, told[:-1])])
        found: dict[str, list[int]] = {}
        for row in read(client, "clicks", 0):
            name, number = row["Data"].decode().split("-")
            found.setdefault(name, []).append(int(number))
        for name, count in acknowledged.items():
            assert found[name] == list(range(len(found[name])))
            assert len(found[name]) >= count
        client.put_record(StreamName="clicks", Data=b"after", PartitionKey="a")
        assert read(client, "clicks", 0)[-1]["Data"] == b"after"


# Recovery -----------------------------------------------------------------------------------------------


def _torn(directory: Path, cut: int) -> tuple[list[bytes], list[bytes]]:
    """A log whose last frame was begun and not ended: what was acknowledged, and what was not."""
    log = Log.open(directory, None)
    kept = [b"%d" % number for number in range(10)]
    for one in kept:
        append(log, frame((0, [one])))
    lost = frame((1, [b"torn" * 50]))
    words = log.head.words
    words[Head.WRITING] = 1
    segment = segments(directory)[-1]
    with segment.log.open("r+b") as file:
        file.seek(words[Head.WRITTEN] - segment.start)
        file.write(b"".join(lost.parts(words[Head.ORDINAL], 0))[:cut])
    log.close()
    return kept, [b"torn" * 50]


@pytest.mark.parametrize("cut", [1, 63, 64, 100, 299])
def test_a_torn_tail_is_cut(directory: Path, cut: int) -> None:
    kept, _ = _torn(directory, cut)
    log = Log.open(directory, None)
    assert data_of(log) == kept
    append(log, frame((0, [b"after"])))
    assert data_of(log) == [*kept, b"after"]
    assert data_of(log, Span((1,))) == []
    log.close()


def test_a_whole_frame_of_a_writer_that_died_stays(directory: Path) -> None:
    kept, whole = _torn(directory, 10_000)
    log = Log.open(directory, None)
    assert data_of(log) == [*kept, *whole]
    assert append(log, frame((0, [b"after"]))) == len(kept) + 2
    log.close()


def test_after_a_loss_of_power_the_log_ends_where_its_frames_are_whole(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log.open(directory, None)
    log.writer._segment_bytes = 500
    records = [b"%02d" % number * 40 for number in range(20)]
    for one in records:
        append(log, frame((0, [one])))
    # What the disk had when the power went: the head of long ago, no index, a frame of which a part is zeros.
    log.head.words[Head.SYNCED] = 0
    log.close()
    found = segments(directory)
    assert len(found) > 3
    for segment in found:
        segment.index.write_bytes(b"")
    damaged = found[-2]
    content = damaged.log.read_bytes()
    damaged.log.write_bytes(content[:-40] + b"\0" * 40)
    before = sum(one.log.stat().st_size for one in found[:-2]) // len(b"".join(frame((0, [records[0]])).parts(0, 0)))
    monkeypatch.setattr(recovery, "boot", lambda: 7)
    log = Log.open(directory, None)
    left = data_of(log)
    assert left == records[: len(left)]
    assert before <= len(left) < len(records)
    assert segments(directory) == [one for one in found if one.start <= damaged.start]
    append(log, frame((0, [b"after"])))
    assert data_of(log) == [*left, b"after"]
    log.close()


def test_a_log_whose_head_is_lost_is_read_anew(directory: Path) -> None:
    log = Log.open(directory, None)
    append(log, frame((0, [b"a"]), (1, [b"b"])))
    log.close()
    (directory / "head").unlink()
    log = Log.open(directory, None)
    assert data_of(log) == [b"a", b"b"]
    assert append(log, frame((0, [b"c"]))) == 3
    log.close()


# Retention ----------------------------------------------------------------------------------------------


def test_segments_go_once_everything_in_them_has_expired(log: Log) -> None:
    log.writer._segment_bytes = 500
    for number in range(20):
        append(log, frame((0, [b"%02d" % number * 40])), arrival=number)
    reading = log.reader.records(Span())
    first = next(reading)
    before = segments(log.directory)
    latest = reclaim(log, 10)
    assert latest is not None
    assert latest >= 10
    assert len(segments(log.directory)) < len(before)
    left = data_of(log)
    assert left[-1] == b"19" * 40
    assert b"10" * 40 in left
    # Who was reading goes on with what there is.
    assert first.data.to_pylist() == [b"00" * 40]
    assert [one for run in reading for one in run.data.to_pylist()][-1] == b"19" * 40
    assert reclaim(log, 1000) is None
    assert len(segments(log.directory)) == 1


def test_the_index_has_one_layout() -> None:
    """Files are older than the program."""
    assert ENTRY.itemsize == 48
    content = b"".join(frame((3, [b"ab", b"c"]), (5, [b""])).parts(7, 1_000_000))
    assert len(content) % 8 == 0
    assert content[:4] == b"KFRM"


@given(st.lists(st.tuples(st.text(), st.binary()), min_size=1), st.integers(0, 3))
def test_a_frame_of_arrays_is_the_frame_of_their_values(records: list[tuple[str, bytes]], skipped: int) -> None:
    keys, data = [key for key, _ in records], [one for _, one in records]
    runs = [Run(3, len(data), sum(map(len, data)))]
    arrays = (
        pa.array([*["x"] * skipped, *keys], pa.string()).slice(skipped),
        pa.array([*[b"yy"] * skipped, *data], pa.binary()).slice(skipped),
    )
    made, expected = build_of_arrays(runs, *arrays, 0), build(runs, keys, None, data, 0)
    assert b"".join(made.parts(1, 2)) == b"".join(expected.parts(1, 2))
