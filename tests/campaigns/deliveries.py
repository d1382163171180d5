"""Delivery streams are killed at random while records flow; then every record is counted by its id.

    python -m tests.campaigns.deliveries --kills 50 --records 500000

Several processes put records into delivery streams of every kind (text, columns by partitions, rows of a table, an HTTP
endpoint that fails at times) and into a stream that another one reads while its shards are split and merged. Others
deliver. Any of them is killed (kill -9) at any moment, and another one takes its place. In the end each record that was
acknowledged must be in the lake, at the endpoint, or in the error output. Records that are there twice are counted: the
lake and its error output may have none, an endpoint gets a request again whose answer nobody lived to see.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import owlake
from owlake.dbapi import Connection
from owlake.errors import OwlakeError

_ROLE = "arn:aws:iam::123456789012:role/delivery"
_ID = re.compile(rb'"id": (\d+)')
_TABLE = "rows"
_DIRECT = ("plain", "columns", _TABLE, "posted")
_STREAM, _READ = "events", "read"
"""The stream, and the delivery stream that reads it."""
_SPAN = 10_000_000
"""Ids of one producer: so many, counted on from its number."""
_MALFORMED = 997
"""Each record whose id this divides is cut off."""
_PATIENCE = 300
"""Seconds after which what was acknowledged is delivered."""
_RATE = 4000
"""Records a second of one producer, so that there is time to be killed."""
_JQ = {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{kind: .kind}"}
_CONVERSION = {
    "SchemaConfiguration": {"DatabaseName": "lake", "TableName": "columns"},
    "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
    "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
}


# The processes ------------------------------------------------------------------------------------------


def produce(connection: Connection, number: int, *, into_stream: bool) -> None:
    """Put records; say what is begun and what is acknowledged."""
    chance = random.Random(number)
    service = connection.client("kinesis" if into_stream else "firehose")
    first = number * _SPAN
    while True:
        count = chance.randrange(1, 500)
        records = [_record(id_, chance) for id_ in range(first, first + count)]
        target = _STREAM if into_stream else chance.choice(_DIRECT)
        print(f"begin {target} {first} {count}", flush=True)
        if into_stream:
            keyed = [{"Data": one, "PartitionKey": str(chance.random())} for one in records]
            failed = service.put_records(StreamName=target, Records=keyed)["FailedRecordCount"]
        else:
            entries = [{"Data": one} for one in records]
            failed = service.put_record_batch(DeliveryStreamName=target, Records=entries)["FailedPutCount"]
        if not failed:
            print(f"done {target} {first} {count}", flush=True)
        first += count
        time.sleep(count / _RATE)


def deliver(connection: Connection, number: int) -> None:
    """Do what is due, and flush at times."""
    chance = random.Random(number)
    firehose = connection.client("firehose")
    connection.home.scheduler.start()
    print("begin deliver 0 0", flush=True)
    while True:
        time.sleep(chance.uniform(0, 2))
        firehose.flush(DeliveryStreamName=chance.choice([*_DIRECT, _READ]))


def reshard(connection: Connection, number: int) -> None:
    """Split and merge the shards of the stream."""
    chance = random.Random(number)
    kinesis = connection.client("kinesis")
    print("begin reshard 0 0", flush=True)
    while True:
        time.sleep(chance.uniform(0, 2))
        shards = kinesis.list_shards(StreamName=_STREAM)["Shards"]
        open_ = [one for one in shards if "EndingSequenceNumber" not in one["SequenceNumberRange"]]
        open_.sort(key=lambda one: int(one["HashKeyRange"]["StartingHashKey"]))
        try:
            if len(open_) < 4 or chance.random() < 0.4:
                one = chance.choice(open_)
                low, high = (int(one["HashKeyRange"][f"{end}HashKey"]) for end in ("Starting", "Ending"))
                kinesis.split_shard(
                    StreamName=_STREAM, ShardToSplit=one["ShardId"], NewStartingHashKey=str((low + high) // 2 + 1)
                )
            else:
                at = chance.randrange(len(open_) - 1)
                kinesis.merge_shards(
                    StreamName=_STREAM, ShardToMerge=open_[at]["ShardId"], AdjacentShardToMerge=open_[at + 1]["ShardId"]
                )
        except OwlakeError as problem:
            if problem.code not in ("ResourceInUseException", "LimitExceededException", "InvalidArgumentException"):
                raise


def _record(id_: int, chance: random.Random) -> bytes:
    text = json.dumps({"id": id_, "kind": f"k{id_ % 7}", "note": "x" * chance.randrange(300)})
    return (text if id_ % _MALFORMED else text[:-1]).encode() + b"\n"


# The campaign -------------------------------------------------------------------------------------------


class Endpoint:
    """Takes requests, fails at times, and counts the ids that it said 200 to."""

    def __init__(self, seed: int) -> None:
        self.ids: Counter[int] = Counter()
        self.requests: Counter[str] = Counter()
        lock, chance, outer = threading.Lock(), random.Random(seed), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(gzip.decompress(self.rfile.read(int(self.headers["Content-Length"]))))
                with lock:
                    fails = chance.random() < 0.2
                    if not fails:
                        outer.requests[said["requestId"]] += 1
                        outer.ids.update(_ids(base64.b64decode(one["data"]) for one in said["records"]))
                self.send_response(500 if fails else 200)
                self.end_headers()
                self.wfile.write(json.dumps({"requestId": said["requestId"], "timestamp": 1}).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Child:
    """A process, and what it said."""

    def __init__(self, path: Path, role: str, number: int) -> None:
        self.role = role
        self.is_at_work = threading.Event()
        self.lines: list[str] = []
        command = [sys.executable, "-m", "tests.campaigns.deliveries", "--home", str(path), "--role", role]
        self.process = subprocess.Popen([*command, "--seed", str(number)], stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self.is_at_work.set()
        self.is_at_work.set()

    def kill(self) -> None:
        """End it, and read what it said to the end."""
        self.process.kill()
        self.process.wait()
        self._reader.join()


class Campaign:
    """The home, who works in it, what was acknowledged, and what was found wrong."""

    roles = ("direct", "direct", "stream", "deliver", "deliver", "reshard")

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        self.chance = random.Random(seed)
        self.endpoint = Endpoint(seed)
        self.begun: dict[str, set[int]] = {name: set() for name in (*_DIRECT, _STREAM)}
        self.done: dict[str, set[int]] = {name: set() for name in self.begun}
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.next_number = 1
        with owlake.connect(path) as connection:
            _make(connection, f"http://127.0.0.1:{self.endpoint.server.server_port}/")

    def run(self, kills: int, records: int) -> None:
        """Kill at random until it was often enough, and enough records were acknowledged; then count."""
        children = [self._start(role) for role in self.roles]
        try:
            while self.counts["kills"] < kills or self._acknowledged(children) < records:
                time.sleep(self.chance.uniform(0, 2))
                at = self.chance.randrange(len(children))
                if self.counts["kills"] < kills or children[at].process.poll() is not None:
                    self._end(children[at])
                    children[at] = self._start(children[at].role)
        finally:
            for child in children:
                self._end(child)
        self._check()

    def _start(self, role: str) -> Child:
        self.next_number += 1
        return Child(self.path, role, self.next_number)

    def _end(self, child: Child) -> None:
        """Kill a process that is at work, and note what it said."""
        child.is_at_work.wait()
        if child.process.poll() is not None:
            self.faults.append(f"a process ended by itself: {child.role}, {child.process.returncode}")
        child.kill()
        self.counts["kills"] += 1
        self.counts[f"kills of {child.role}"] += 1
        for line in child.lines:
            state, target, first, count = line.split()
            if target in self.begun:
                ids = range(int(first), int(first) + int(count))
                (self.begun if state == "begin" else self.done)[target].update(ids)

    def _acknowledged(self, children: Iterable[Child]) -> int:
        lines = (line.split() for child in children for line in child.lines)
        return sum(map(len, self.done.values())) + sum(int(line[3]) for line in lines if line[0] == "done")

    def _check(self) -> None:
        with owlake.connect(self.path) as connection:
            firehose = connection.client("firehose")
            self._check_tasks(connection)
            for name in (*_DIRECT, _READ):
                firehose.flush(DeliveryStreamName=name)
            for _ in range(20):
                firehose.flush(DeliveryStreamName="posted")
            left = connection.execute(
                "SELECT delivery_stream_name, state, error_message FROM firehose.system.deliveries"
                " WHERE state IN ('PLANNED', 'FAILED', 'DISCARDED')"
            ).fetchall()
            rows = [id_ for (id_,) in connection.execute(f"SELECT id FROM lake.{_TABLE}")]
        self._expect(not left, f"not delivered: {left[:3]}")
        bucket = self.path / "buckets" / "lake"
        self._expect(not [*bucket.rglob(".*")], "hidden files are left")
        for name in self.begun:
            delivered = Counter(rows if name == _TABLE else _delivered(bucket / name))
            failed = Counter(_failed(bucket / f"{name}-errors"))
            at_endpoint = self.endpoint.ids if name == "posted" else Counter[int]()
            self._compare(name, delivered + failed, at_endpoint)
            self.counts[f"{name} in the error output"] += failed.total()

    def _check_tasks(self, connection: Connection) -> None:
        """Whatever was acknowledged is delivered in time, though nobody asks for it."""
        connection.home.scheduler.start()
        end = time.monotonic() + _PATIENCE
        while waiting := self._waiting(connection):
            if time.monotonic() > end:
                self._expect(holds=False, fault=f"nobody delivers {len(waiting)} records, such as {min(waiting)}")
                return
            time.sleep(1)

    def _waiting(self, connection: Connection) -> set[int]:
        """The acknowledged records that are gathered in delivery streams."""
        acknowledged = set().union(*self.done.values())
        found: set[int] = set()
        for name in (*_DIRECT, _READ):
            rows = connection.execute(f"SELECT data FROM firehose.delivery.{name}")
            found.update(_ids(data for (data,) in rows))
        return found & acknowledged

    def _compare(self, name: str, stored: Counter[int], posted: Counter[int]) -> None:
        found = stored.keys() | posted.keys()
        lost = self.done[name] - found
        twice = [id_ for id_, count in stored.items() if count > 1]
        self._expect(not lost, f"{name}: {len(lost)} acknowledged records are gone, such as {sorted(lost)[:3]}")
        strangers = sorted(found - self.begun[name])
        self._expect(not strangers, f"{name}: records that nobody put, such as {strangers[:3]}")
        self._expect(not twice, f"{name}: {len(twice)} records are stored twice, such as {sorted(twice)[:3]}")
        self.counts["records acknowledged"] += len(self.done[name])
        self.counts[f"{name} acknowledged"] += len(self.done[name])
        self.counts[f"{name} not acknowledged, and delivered all the same"] += len(found - self.done[name])
        if posted:
            self.counts["posted twice or more"] += sum(count > 1 for count in posted.values())
            self.counts["requests answered twice or more"] += sum(one > 1 for one in self.endpoint.requests.values())
            self.counts["posted and kept"] += len(stored.keys() & posted.keys())

    def _expect(self, holds: bool, fault: str) -> None:
        self.counts["checks"] += 1
        if not holds:
            self.faults.append(fault)


def _make(connection: Connection, url: str) -> None:
    connection.home.storage.create_bucket("lake")
    connection.execute("CREATE DATABASE lake")
    connection.execute(
        "CREATE EXTERNAL TABLE lake.columns (id bigint, kind string, note string) STORED AS PARQUET"
        " LOCATION 's3://lake/columns/'"
    )
    connection.execute(
        f"CREATE EXTERNAL TABLE lake.{_TABLE} (id bigint, note string) PARTITIONED BY (kind string) STORED AS PARQUET"
        f" LOCATION 's3://lake/{_TABLE}/'"
    )
    kinesis, firehose = connection.client("kinesis"), connection.client("firehose")
    kinesis.create_stream(StreamName=_STREAM, ShardCount=2)
    firehose.create_delivery_stream(
        DeliveryStreamName=_TABLE,
        DestinationTable=f"lake.{_TABLE}",
        TableDestinationConfiguration={
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 2},
            "S3Configuration": {**_lake(_TABLE), "Prefix": f"{_TABLE}-backup/"},
        },
    )
    firehose.create_delivery_stream(DeliveryStreamName="plain", ExtendedS3DestinationConfiguration=_lake("plain"))
    by_keys = {
        **_lake("columns"),
        "Prefix": "columns/kind=!{partitionKeyFromQuery:kind}/",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 3},
        "CompressionFormat": "UNCOMPRESSED",
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "DataFormatConversionConfiguration": _CONVERSION,
        "ProcessingConfiguration": {
            "Enabled": True,
            "Processors": [{"Type": "MetadataExtraction", "Parameters": [_JQ]}],
        },
    }
    firehose.create_delivery_stream(DeliveryStreamName="columns", ExtendedS3DestinationConfiguration=by_keys)
    firehose.create_delivery_stream(
        DeliveryStreamName="posted",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": url},
            "RequestConfiguration": {"ContentEncoding": "GZIP"},
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 2},
            "RetryOptions": {"DurationInSeconds": 20},
            "S3Configuration": _lake("posted"),
        },
    )
    firehose.create_delivery_stream(
        DeliveryStreamName=_READ,
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={
            "KinesisStreamARN": f"arn:aws:kinesis:us-east-1:123456789012:stream/{_STREAM}",
            "RoleARN": _ROLE,
        },
        ExtendedS3DestinationConfiguration=_lake(_STREAM),
    )


def _lake(name: str) -> dict[str, Any]:
    return {
        "RoleARN": _ROLE,
        "BucketARN": "arn:aws:s3:::lake",
        "Prefix": f"{name}/",
        "ErrorOutputPrefix": f"{name}-errors/",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 2},
        "CompressionFormat": "GZIP",
    }


def _delivered(folder: Path) -> Iterator[int]:
    for file in folder.rglob("*"):
        if file.suffix == ".parquet":
            yield from pq.read_table(file, columns=["id"], partitioning=None).column("id").to_pylist()
        elif file.is_file():
            yield from _ids(gzip.decompress(file.read_bytes()).splitlines())


def _failed(folder: Path) -> Iterator[int]:
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            lines = (gzip.decompress(content) if file.suffix == ".gz" else content).splitlines()
            yield from _ids(base64.b64decode(json.loads(line)["rawData"]) for line in lines)


def _ids(records: Iterable[bytes]) -> Iterator[int]:
    for record in records:
        yield from (int(found) for found in _ID.findall(record))


def _work(path: str, role: str, number: int) -> None:
    with owlake.connect(path) as connection:
        match role:
            case "deliver":
                deliver(connection, number)
            case "reshard":
                reshard(connection, number)
            case _:
                produce(connection, number, into_stream=role == "stream")


def main() -> int:
    """One campaign."""
    options = argparse.ArgumentParser()
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--records", type=int, default=500_000)
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--home")
    options.add_argument("--role")
    given = options.parse_args()
    if given.role:
        _work(given.home, given.role, given.seed)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(Path(folder) / "home", seed)
        campaign.run(given.kills, given.records)
    for fault in campaign.faults[:20]:
        print(fault)
    print("\n".join(f"{count} {what}" for what, count in sorted(campaign.counts.items())))
    return int(bool(campaign.faults))


if __name__ == "__main__":
    sys.exit(main())
