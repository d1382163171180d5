"""Files that are damaged, or never were what they say, read through SQL.

    python -m tests.campaigns.files [--seconds 120] [--seed 1]

Valid files of every format are cut, have bytes changed, inserted, repeated or left out; others are bytes at random, or
a few that stand for very many. Each is asked for by its SerDes. The answer must be
rows or one of Athena's errors: never the end of the process, never an error of another kind, never an internal one,
and there must be one, within bounded memory. Children do the reading, so that a crash is counted. Memory is what is
used: a limit of addresses (``ulimit -v``) also counts the stacks that the engine's threads reserve, 256 MB each, and a
process that cannot start a thread ends, whatever the file.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from io import BytesIO
from pathlib import Path

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from amazon.ion import simpleion
from pyarrow import orc

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session

_COLUMNS = "i int, l bigint, d double, s string, b boolean, t date, m timestamp, n decimal(10,2)"
_NESTED = f"{_COLUMNS}, a array<int>, p map<string,int>, r struct<x:int,y:string>"
_FLAT_QUERIES = (
    "SELECT * FROM {table}",
    "SELECT count(*), sum(l), max(s), count(t) FROM {table} WHERE d > 0 OR b",
    'SELECT "$path", count(*) FROM {table} GROUP BY 1',
)
_SERDES = {
    "lazy": (f"({_NESTED}) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','", "csv"),
    "lazy_header": (
        f"({_COLUMNS}) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\\\'",
        "csv",
    ),
    "opencsv": (f"({_COLUMNS}) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'", "csv"),
    "openx": (f"({_NESTED}) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'", "json"),
    "openx_tolerant": (
        (
            f"({_NESTED}) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
            "WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')"
        ),
        "json",
    ),
    "hive_json": (f"({_NESTED}) ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'", "json"),
    "parquet": (f"({_NESTED}) STORED AS PARQUET", "parquet"),
    "orc": (f"({_NESTED}) STORED AS ORC TBLPROPERTIES ('orc.column.index.access' = 'false')", "orc"),
    "avro": (f"({_NESTED}) STORED AS AVRO", "avro"),
    "ion": (f"({_NESTED}) STORED AS ION", "ion"),
    "ion_tolerant": (
        (
            f"({_NESTED}) ROW FORMAT SERDE 'com.amazon.ionhiveserde.IonHiveSerDe' "
            "WITH SERDEPROPERTIES ('ion.ignore_malformed' = 'true', 'ion.fail_on_overflow' = 'false') STORED AS ION"
        ),
        "ion",
    ),
    "regex": (
        (
            f"({_COLUMNS}) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe' WITH SERDEPROPERTIES "
            "('input.regex' = '([^,]*),([^,]*),(-|[0-9.]*),(\"[^\"]*\"|[^,]*)(?:,([^,]*))?(.*)')"
        ),
        "csv",
    ),
    "grok": (
        (
            f"({_COLUMNS}) ROW FORMAT SERDE 'com.amazonaws.glue.serde.GrokSerDe' WITH SERDEPROPERTIES "
            "('input.format' = '%{INT:i},%{INT:l},%{NUMBER:d},%{DATA:s},%{WORD:b},%{NOTSPACE:t}')"
        ),
        "csv",
    ),
    "cloudtrail": (
        (
            f"({_NESTED}) ROW FORMAT SERDE 'com.amazon.emr.hive.serde.CloudTrailSerde' "
            "STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' "
            "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'"
        ),
        "records",
    ),
    "symlinks": (
        (
            f"({_COLUMNS}) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
            "STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat' "
            "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'"
        ),
        "names",
    ),
}
_PACKED = {"csv": ".gz", "json": ".gz", "records": ".gz", "ion": ".gz"}
_MEMORY = 2 << 30
"""More than any of these files may take to read, whatever it says of itself."""
_BOMB = 1 << 28
_PATIENCE = 60


def _rows(chance: random.Random) -> list[dict[str, object]]:
    def row() -> dict[str, object]:
        return {
            "i": chance.randint(-(2**31), 2**31 - 1),
            "l": chance.randint(-(2**63), 2**63 - 1),
            "d": chance.choice((1.5, -0.0, 1e300, 7.0)),
            "s": chance.choice(("text", "", 'quo"ted', "a,b", "ünï", "\\N", "back\\slash")),
            "b": chance.random() < 0.5,
            "t": "2024-02-29",
            "m": "2024-02-29 12:34:56.789",
            "n": "12.34",
            "a": [1, None, 3],
            "p": {"k": 1},
            "r": {"x": 1, "y": "z"},
        }

    return [row() for _ in range(chance.choice((1, 3, 50, 2000)))]


def _valid(chance: random.Random, kind: str) -> bytes:
    rows = _rows(chance)
    match kind:
        case "csv":
            lines = [",".join(str(value) for value in list(row.values())[:8]) for row in rows]
            return "\n".join(lines).encode()
        case "json":
            return "\n".join(json.dumps(row) for row in rows).encode()
        case "records":
            return json.dumps({"Records": rows}).encode()
        case "names":
            return "\n".join(f"s3://lake/names/{number}.csv" for number in range(len(rows))).encode()
        case "ion":
            return b"".join(_ion(chance, row) for row in rows)
        case "avro":
            return _avro(chance, rows)
        case "orc":
            names = ("i", "l", "d", "s", "b", "a", "r")
            sink = BytesIO()
            codec = chance.choice(("uncompressed", "zlib", "snappy", "zstd", "lz4"))
            orc.write_table(pa.table({name: [row[name] for row in rows] for name in names}), sink, compression=codec)
            return sink.getvalue()
        case _:
            names = ("i", "l", "d", "s", "b", "a", "r")
            table = pa.table({name: [row[name] for row in rows] for name in names})
            table = table.set_column(0, "i", table.column("i").cast(pa.int32()))
            sink = BytesIO()
            pq.write_table(table, sink, compression=chance.choice(("none", "snappy", "zstd", "gzip")))
            return sink.getvalue()


def _ion(chance: random.Random, row: dict[str, object]) -> bytes:
    return (
        bytes(simpleion.dumps(row, binary=True))
        if chance.random() < 0.5
        else str(simpleion.dumps(row, binary=False)).encode()
    )


def _avro(chance: random.Random, rows: list[dict[str, object]]) -> bytes:
    types = {"i": "int", "l": "long", "d": ["null", "double"], "s": "string", "b": "boolean"}
    nested = {
        "a": {"type": "array", "items": ["null", "int"]},
        "p": {"type": "map", "values": "int"},
        "r": {"type": "record", "name": "r", "fields": [{"name": "x", "type": "int"}, {"name": "y", "type": "string"}]},
    }
    fields = [{"name": name, "type": type_} for name, type_ in (types | nested).items()]
    sink = BytesIO()
    codec = chance.choice(("null", "deflate", "snappy", "zstandard", "bzip2"))
    fastavro.writer(sink, {"type": "record", "name": "t", "fields": fields}, rows, codec=codec, sync_interval=3000)
    return sink.getvalue()


def _bomb(chance: random.Random, suffix: str) -> tuple[bytes, str]:
    """A few bytes that stand for hundreds of megabytes without an end of a line."""
    unit = chance.choice((b" ", b"x", b"[", b'{"a":')) * (1 << 18)
    if chance.random() < 0.5:
        return bytes(pa.compress(unit * (_BOMB // len(unit)), "zstd", asbytes=True)), f"{suffix}.zst"
    packer = zlib.compressobj(level=1, wbits=31)
    packed = [packer.compress(unit) for _ in range(_BOMB // len(unit))]
    return b"".join([*packed, packer.flush()]), f"{suffix}.gz"


def _damaged(chance: random.Random, content: bytes) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 30))):
        if not data:
            break
        at = chance.randrange(len(data))
        # The ends of a file are where its structure is.
        at = chance.choice((at, at, max(0, len(data) - 1 - chance.randrange(min(300, len(data)))), at % 64 % len(data)))
        length = chance.choice((1, 1, 2, 4, 16, 200))
        match chance.randrange(6):
            case 0:
                data[at : at + length] = chance.randbytes(min(length, len(data) - at))
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = chance.randbytes(length)
            case 3:
                data[at:at] = data[at : at + length] * chance.randint(1, 20)
            case 4:
                data[at] ^= 1 << chance.randrange(8)
            case _:
                del data[at:]
    return bytes(data)


def content(chance: random.Random, kind: str) -> bytes:
    """A file that may be anything."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.choice((0, 1, 10, 5000)))
    return _damaged(chance, _valid(chance, kind))


def read(seed: int, seconds: float) -> None:
    """The child's work: a line for each file before it is read, and one for what came of it."""
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder, Home.open(Path(folder) / "home") as home, Session(home) as session:
        for name, (columns, _) in _SERDES.items():
            clauses, at, properties = columns.partition(" TBLPROPERTIES")
            session.execute(f"CREATE EXTERNAL TABLE {name} {clauses} LOCATION 's3://lake/{name}/'{at}{properties}")
        session.execute("ALTER TABLE lazy_header SET TBLPROPERTIES ('skip.header.line.count' = '1')")
        while time.monotonic() < end:
            seed += 1
            chance = random.Random(seed)
            name = chance.choice(list(_SERDES))
            kind = _SERDES[name][1]
            data = content(chance, kind)
            suffix = kind
            if kind in _PACKED and chance.random() < 0.15:
                suffix += _PACKED[kind]
                data = gzip.compress(data) if chance.random() < 0.5 else _damaged(chance, gzip.compress(data))
            if kind in _PACKED and chance.random() < 0.01:
                data, suffix = _bomb(chance, kind)
            file = home.path / "buckets" / "lake" / name / f"{seed}.{suffix}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            print(f"{seed} {name}", flush=True)
            for query in _FLAT_QUERIES:
                print(f"  {_outcome(session, query.format(table=name))}", flush=True)
            file.unlink()
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > _MEMORY:
                print(f"  OTHER memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB", flush=True)
                return


def _outcome(session: Session, query: str) -> str:
    try:
        session.execute(query).table()
    except OwlakeError as problem:
        if problem.code == "GENERIC_INTERNAL_ERROR":
            return f"INTERNAL {query}: {str(problem)[:300]!r}"
        return problem.code
    except BaseException as problem:  # noqa: BLE001  (whatever else it is, it is what is looked for)
        return f"OTHER {query}: {type(problem).__name__} {str(problem)[:300]!r}"
    return "rows"


def main() -> int:
    """Start children until the time is over; tell what they saw."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--child", action="store_true")
    given = options.parse_args()
    if given.child:
        read(given.seed, given.seconds)
        return 0
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}")
    counts: Counter[str] = Counter()
    faults: list[str] = []
    end = time.monotonic() + given.seconds
    while (left := end - time.monotonic()) > 1:
        command = [sys.executable, "-m", "tests.campaigns.files", "--child", f"--seed={seed}", f"--seconds={left}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=left + _PATIENCE)
        except subprocess.TimeoutExpired as stuck:
            last = _count((stuck.stdout or b"").decode(), counts, faults)
            faults.append(f"{last}: no answer for {_PATIENCE} seconds")
            seed = int(last.split()[0]) if last else seed + 1
            continue
        last = _count(done.stdout, counts, faults)
        if done.returncode:
            counts["crashes"] += 1
            faults.append(f"{last}: the process died with {done.returncode}: {done.stderr[-300:]}")
        seed = int(last.split()[0]) if last else seed + 1
    for fault in faults[:20]:
        print(fault)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    return int(bool(faults))


def _count(output: str, counts: Counter[str], faults: list[str]) -> str:
    """Count what a child told; the last file that it began."""
    file = ""
    for line in output.splitlines():
        if not line.startswith("  "):
            file = line
            counts["files"] += 1
            continue
        outcome = line.strip()
        counts[outcome.split()[0]] += 1
        if outcome.startswith(("INTERNAL", "OTHER")):
            faults.append(f"{file}: {outcome}")
    return file


if __name__ == "__main__":
    sys.exit(main())
