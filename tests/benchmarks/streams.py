"""Streams: how fast records are put and read, against a bare loop, the disk and other emulators; what memory they take.

``--gigabytes`` is how much goes through a stream while its memory is looked at.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import json

import owlake
from owlake.dbapi import Connection
from owlake.spi import LogSpan
from owlake_connectors.kinesis.columns import batch_of
from tests.benchmarks.emulators import EMULATORS
from tests.benchmarks.measuring import Line, Setting, anonymous_memory, best_of

RECORD_BYTES, BATCH, SHARDS = 1024, 500, 4
_ROUNDS = 120
"""Batches of a round."""
_SYNCED = 40
_SENT = 10
_GOAL = 300_000
_TABLE = "kinesis.streams.clicks"
_TYPED_ROWS = 500_000


def run(setting: Setting) -> Iterator[Line]:
    """Puts, reads, memory."""
    data = [os.urandom(RECORD_BYTES) for _ in range(BATCH)]
    keys = [f"user-{number}" for number in range(BATCH)]
    # First: what the others hold would be counted.
    with owlake.connect(setting.scratch / "long") as connection:
        yield from _memory(setting, connection, data, keys)
    with owlake.connect(setting.scratch / "home") as connection:
        yield from _puts(setting, connection, data, keys)
        yield from _reads(setting, connection)
        yield from _typed(setting, connection)
    with owlake.connect(setting.scratch / "synced") as connection:
        yield from _synced(setting, connection, data, keys)
    yield from _emulators(setting, data, keys)


def _records(data: list[bytes], keys: list[str]) -> list[dict[str, Any]]:
    return [{"Data": one, "PartitionKey": key} for one, key in zip(data, keys, strict=True)]


def _puts(setting: Setting, connection: Connection, data: list[bytes], keys: list[str]) -> Iterator[Line]:
    if not setting.wants("put_records, interval"):
        return
    client = connection.client("kinesis")
    client.create_stream(StreamName="clicks", ShardCount=SHARDS)
    records = _records(data, keys)
    bare, ours = [], []
    with _bare_loop(setting.scratch / "bare", data, keys) as put:
        for _ in range(setting.rounds):
            bare.append(_rate(setting, put, _ROUNDS))
            ours.append(_rate(setting, lambda: client.put_records(StreamName="clicks", Records=records), _ROUNDS))
    detail = f"{max(ours):,.0f} records/s (goal {_GOAL:,}); MD5 and IPC in a bare loop {max(bare):,.0f}"
    yield Line("put_records, interval", max(ours) / max(bare), "x", 0.6, detail, at_least=True)


@contextmanager
def _bare_loop(path: Path, data: list[bytes], keys: list[str]) -> Iterator[Any]:
    """The yardstick: keys hashed, a batch appended to an IPC stream, the file flushed about every second."""
    schema = pa.schema([("key", pa.string()), ("hash", pa.binary(16)), ("data", pa.binary())])
    with path.open("wb") as file, pa.ipc.new_stream(file, schema) as stream:
        flushed = time.monotonic()

        def put() -> None:
            nonlocal flushed
            hashes = [hashlib.md5(key.encode()).digest() for key in keys]  # noqa: S324
            stream.write_batch(pa.record_batch([keys, pa.array(hashes, pa.binary(16)), data], schema=schema))
            if time.monotonic() - flushed > 1.0:
                os.fdatasync(file.fileno())
                flushed = time.monotonic()

        yield put
    path.unlink()


def _synced(setting: Setting, connection: Connection, data: list[bytes], keys: list[str]) -> Iterator[Line]:
    if not setting.wants("put_records, always"):
        return
    client = connection.client("kinesis")
    client.update_settings(Fsync="always")
    client.create_stream(StreamName="clicks", ShardCount=SHARDS)
    records, content = _records(data, keys), b"".join(data)
    disk, ours = [], []
    descriptor = os.open(setting.scratch / "disk", os.O_WRONLY | os.O_CREAT)

    def flush() -> None:
        os.write(descriptor, content)
        os.fdatasync(descriptor)

    # The disk's time counts here, whatever the machine does beside it.
    for _ in range(setting.rounds):
        began = time.perf_counter()
        for _ in range(_SYNCED):
            flush()
        disk.append(_SYNCED / (time.perf_counter() - began))
        began = time.perf_counter()
        for _ in range(_SYNCED):
            client.put_records(StreamName="clicks", Records=records)
        ours.append(_SYNCED * BATCH / (time.perf_counter() - began))
    os.close(descriptor)
    detail = f"{max(ours):,.0f} records/s; the disk flushes a batch {max(disk):,.0f} times a second"
    yield Line("put_records, always", max(ours) / (BATCH * max(disk)), "x", 0.5, detail, at_least=True)


def _reads(setting: Setting, connection: Connection) -> Iterator[Line]:
    if not setting.wants("read"):
        return
    store = connection.home.catalogs.connector("kinesis")._store  # type: ignore[attr-defined]
    stream = store.stream("clicks")
    reader = store.log(stream).reader

    def read(columns: list[str]) -> float:
        best = 0.0
        for _ in range(setting.rounds):
            began = setting.clock()
            batches = (batch_of(runs, stream.by_number, columns) for runs in reader.grouped(LogSpan()))
            rows = sum(batch.num_rows for batch in batches)
            best = max(best, rows / (setting.clock() - began))
        return best

    everything = ["shard_id", "sequence_number", "partition_key", "approximate_arrival_timestamp", "data"]
    yield Line("read raw data", read(["data"]) / 1e6, "M/s", 2, "records of 1 KB as Arrow batches", at_least=True)
    yield Line("read with every column", read(everything) / 1e6, "M/s")
    best, rows = 0.0, 0
    for _ in range(setting.rounds):
        began = setting.clock()
        ((rows, _),) = connection.execute(f'SELECT count(*), sum(length("$data")) FROM {_TABLE}').fetchall()
        best = max(best, rows / (setting.clock() - began))
    yield Line("read raw data by SQL", best / 1e6, "M/s", 2, f"{rows:,} records: count, sum of lengths", at_least=True)
    client = connection.client("kinesis")
    began, rows = setting.clock(), 0
    for number in range(SHARDS):
        token = client.get_shard_iterator(StreamName="clicks", ShardId=str(number), ShardIteratorType="TRIM_HORIZON")
        page = client.get_records(ShardIterator=token["ShardIterator"])
        while page["Records"]:
            rows += len(page["Records"])
            page = client.get_records(ShardIterator=page["NextShardIterator"])
    yield Line("read by get_records", rows / (setting.clock() - began) / 1e6, "M/s")


def _typed(setting: Setting, connection: Connection) -> Iterator[Line]:
    """Rows of JSON through SQL, beside Arrow's own reader of lines."""
    if not setting.wants("typed JSON by SQL"):
        return
    columns = "user_id VARCHAR, n BIGINT, price DOUBLE, at TIMESTAMP, ok BOOLEAN"
    connection.execute(f"CREATE STREAM typed ({columns}) WITH (shard_count = {SHARDS}, partition_key = 'user_id')")
    rows = (
        "SELECT 'user-' || CAST(n % 1000 AS VARCHAR), n, n * 0.5, TIMESTAMP '2024-01-01' + n * INTERVAL '1' SECOND, "
        "n % 2 = 0 FROM UNNEST(sequence(0, 99)) AS a (h) CROSS JOIN UNNEST(sequence(0, 4999)) AS b (l) "
        "CROSS JOIN LATERAL (SELECT h * 5000 + l AS n)"
    )
    began = setting.clock()
    connection.execute(f"INSERT INTO kinesis.streams.typed {rows}").close()
    yield Line("INSERT of JSON rows", _TYPED_ROWS / (setting.clock() - began) / 1e6, "M/s")
    content = connection.execute('SELECT "$data" FROM kinesis.streams.typed').fetch_arrow_table()
    lines = b"\n".join(content.column(0).to_pylist())
    types = [
        ("user_id", pa.string()),
        ("n", pa.int64()),
        ("price", pa.float64()),
        ("at", pa.string()),
        ("ok", pa.bool_()),
    ]
    parsing = json.ParseOptions(explicit_schema=pa.schema(types))

    def bare() -> object:
        return json.read_json(pa.BufferReader(lines), json.ReadOptions(block_size=4 << 20), parsing)

    query = "SELECT count(user_id), sum(n), sum(price), max(at), count_if(ok) FROM kinesis.streams.typed"
    expected = (_TYPED_ROWS, _TYPED_ROWS * (_TYPED_ROWS - 1) // 2)

    def ours() -> None:
        assert connection.execute(query).fetchall()[0][:2] == expected

    arrow, taken = best_of(setting, bare, ours)
    detail = f"{_TYPED_ROWS:,} rows of five columns; Arrow's reader of lines {_TYPED_ROWS / arrow / 1e6:.2f} M/s"
    yield Line("typed JSON by SQL", _TYPED_ROWS / taken / 1e6, "M/s", 1.5, detail, at_least=True)


def _memory(setting: Setting, connection: Connection, data: list[bytes], keys: list[str]) -> Iterator[Line]:
    if not setting.wants("memory"):
        return
    client = connection.client("kinesis")
    connection.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    client.update_settings(Limits="off")
    client.create_stream(StreamName="clicks", ShardCount=SHARDS)
    client.decrease_stream_retention_period(StreamName="clicks", RetentionPeriodHours=1)
    records = _records(data, keys)
    token = client.get_shard_iterator(StreamName="clicks", ShardId="0", ShardIteratorType="LATEST")["ShardIterator"]
    most = total = held = 0
    while total < setting.gigabytes * 1e9:
        # 5 MB in three minutes: so about 100 MB are of the last hour.
        connection.home.scheduler.advance(timedelta(seconds=180))
        for _ in range(10):
            client.put_records(StreamName="clicks", Records=records)
            total += len(records) * RECORD_BYTES
        token = client.get_records(ShardIterator=token)["NextShardIterator"]
        most = max(most, anonymous_memory())
        logs = setting.scratch / "long" / "connectors" / "kinesis" / "logs"
        held = max(held, sum(one.stat().st_size for one in logs.rglob("*.log")))
    detail = f"{total / 1e9:.1f} GB through a stream that keeps an hour; {held / 1e6:,.0f} MB on disk at most"
    yield Line("memory", most / 1e6, "MB", 300, detail)


def _emulators(setting: Setting, data: list[bytes], keys: list[str]) -> Iterator[Line]:
    """Puts in process beside those over HTTP into other emulators, by the time that passes: for orientation."""
    wanted = [name for name in EMULATORS if setting.wants(f"emulator {name}")]
    if not wanted or find_spec("boto3") is None:
        return
    wall = replace(setting, clock=time.perf_counter)
    records = _records(data, keys)
    with owlake.connect(setting.scratch / "beside") as connection:
        client = connection.client("kinesis")
        client.create_stream(StreamName="clicks", ShardCount=SHARDS)
        ours = max(
            _rate(wall, lambda: client.put_records(StreamName="clicks", Records=records), _ROUNDS)
            for _ in range(setting.rounds)
        )
    for name in wanted:
        with EMULATORS[name](setting.cache) as endpoint:
            if endpoint is None:
                yield Line(f"emulator {name}", 0, "", detail="left out: it is not installed, and cannot be")
                continue
            theirs = _over_http(wall, endpoint, records)
        detail = f"put_records: {ours:,.0f} records/s in process, {theirs:,.0f} over HTTP"
        yield Line(f"emulator {name}", ours / theirs, "x", detail=detail)


def _over_http(setting: Setting, endpoint: str, records: list[dict[str, Any]]) -> float:
    import boto3  # noqa: PLC0415  (not on every machine)

    secret = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    client = boto3.client("kinesis", "us-east-1", endpoint_url=endpoint, **secret)
    client.create_stream(StreamName="clicks", ShardCount=SHARDS)
    client.get_waiter("stream_exists").wait(StreamName="clicks", WaiterConfig={"Delay": 1, "MaxAttempts": 30})

    def put() -> None:
        assert client.put_records(StreamName="clicks", Records=records)["FailedRecordCount"] == 0

    return max(_rate(setting, put, _SENT) for _ in range(setting.rounds))


def _rate(setting: Setting, put: Any, batches: int) -> float:
    """Records a second."""
    began = setting.clock()
    for _ in range(batches):
        put()
    return batches * BATCH / (setting.clock() - began)
