"""Files of each format through SQL, beside the bare library that knows the format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import fastavro
import pyarrow as pa
import pyarrow.compute as pc
from datafusion import SessionConfig, SessionContext
from pyarrow import orc

from owlake.home import Home
from owlake.lake.formats.grok import expanded
from owlake.lake.formats.text.line_match import PatternSplitter
from owlake.lake.formats.text.line_plan import line_plan
from owlake.session import Session
from tests.benchmarks.measuring import Line, Setting, best_of

_ROWS = 400_000
_LINES = 60_000
_MEGABYTE = 1e6
_BLOCK = 2 << 20
_LEAST_SPEED = 150
_COLUMNS = "id bigint, v double, name string, k int"
_QUERY = "SELECT count(*), sum(id), sum(v), max(name), sum(k) FROM t"
_ALB = (
    r"([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*):([0-9]*) ([^ ]*)[:-]([0-9]*) ([-.0-9]*) ([-.0-9]*) ([-.0-9]*) (|[-0-9]*) "
    r'(-|[-0-9]*) ([-0-9]*) ([-0-9]*) "([^ ]*) ([^ ]*) (- |[^ ]*)" "([^"]*)" ([A-Z0-9-]+) ([A-Za-z0-9.-]*) ([^ ]*)'
    r"(.*)"
)
_ALB_LINE = (
    "https 2018-07-02T22:23:00.{0:06}Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 "
    '0.048 0.037 200 200 0 {0} "GET https://www.example.com:443/{0} HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-SHA256 '
    "TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067"
)
_GROK = "%{NOTSPACE:a} %{NOTSPACE:b} %{NOTSPACE:c} %{NOTSPACE:d} %{NOTSPACE:e} %{GREEDYDATA:rest}"


def run(setting: Setting) -> Iterator[Line]:
    """A line for each format, then the patterns' speed on one core."""
    table = pa.table(
        {
            "id": pa.array(range(_ROWS)),
            "v": pc.random(_ROWS),
            "name": [f"name {number % 5000}" for number in range(_ROWS)],
            "k": pa.array([number % 7 for number in range(_ROWS)], pa.int32()),
        }
    )
    for name, limit, stored, write, bare in (
        ("csv", 1.5, "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','", _write_csv, _bare("read_csv", table.schema)),
        (
            "opencsv",
            1.5,
            "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'",
            _write_quoted,
            _bare("read_csv", table.schema),
        ),
        (
            "json",
            1.5,
            "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'",
            _write_json,
            _bare("read_json", table.schema),
        ),
        ("orc", 1.5, "STORED AS ORC", _write_orc, _bare_orc),
        ("avro", 1.0, "STORED AS AVRO", _write_avro, _bare_avro),
    ):
        if setting.wants(name):
            yield _beside(setting, name, limit, stored, (write, bare), table)
    for name, pattern in (("regex", _ALB), ("grok", f"{expanded(_GROK, '').pattern}(?:.*)")):
        if setting.wants(name):
            yield _pattern(setting, name, pattern)


def _beside(
    setting: Setting,
    name: str,
    limit: float,
    stored: str,
    sides: tuple[Callable[..., None], Callable[..., None]],
    table: pa.Table,
) -> Line:
    write, bare = sides
    with Home.open(setting.scratch / name) as home, Session(home) as session:
        file = home.path / "buckets" / "lake" / "t" / f"a.{name}"
        file.parent.mkdir(parents=True)
        write(table, file)
        session.execute(f"CREATE EXTERNAL TABLE t ({_COLUMNS}) {stored} LOCATION 's3://lake/t/'")

        def ours() -> None:
            (row,) = session.execute(_QUERY).table().to_pylist()
            assert row["_col0"] == _ROWS

        mine, theirs = best_of(setting, ours, lambda: bare(file))
    return Line(name, mine / theirs, "x", limit, f"{mine * 1000:.0f} against {theirs * 1000:.0f} ms for {_ROWS:,} rows")


def _pattern(setting: Setting, name: str, pattern: str) -> Line:
    plan = line_plan(pattern)
    assert plan is not None
    lines = "".join(_ALB_LINE.format(number) + "\n" for number in range(_LINES)).encode()
    blocks, start = [], 0
    while start < len(lines):
        end = lines.rfind(b"\n", start, start + _BLOCK) + 1
        blocks.append(lines[start:end])
        start = end
    splitter = PatternSplitter(plan, lambda _line: None)

    def split() -> None:
        for block in blocks:
            splitter.split(block, range(plan.groups))

    (seconds,) = best_of(setting, split)
    speed = len(lines) / _MEGABYTE / seconds
    return Line(name, speed, "MB/s", _LEAST_SPEED, f"{plan.groups} groups, all of them", at_least=True)


def _write_csv(table: pa.Table, file: Path) -> None:
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    file.write_text("".join(f"{a},{b!r},{c},{d}\n" for a, b, c, d in rows))


def _write_quoted(table: pa.Table, file: Path) -> None:
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    file.write_text("".join(f'{a},{b!r},"{c}",{d}\n' for a, b, c, d in rows))


def _write_json(table: pa.Table, file: Path) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))


def _write_orc(table: pa.Table, file: Path) -> None:
    orc.write_table(table, str(file), compression="zlib")


def _write_avro(table: pa.Table, file: Path) -> None:
    types = {"id": "long", "v": "double", "name": "string", "k": "int"}
    fields = [{"name": name, "type": type_} for name, type_ in types.items()]
    with file.open("wb") as sink:
        fastavro.writer(sink, {"type": "record", "name": "t", "fields": fields}, table.to_pylist(), codec="snappy")


def _bare(read: str, schema: pa.Schema) -> Callable[[Path], None]:
    def run_bare(file: Path) -> None:
        context = SessionContext(SessionConfig().with_target_partitions(2))
        more = {"has_header": False} if read == "read_csv" else {}
        frame = getattr(context, read)(str(file), schema=schema, file_extension=file.suffix, **more)
        context.register_table("t", frame)
        context.sql(_QUERY).collect()

    return run_bare


def _bare_orc(file: Path) -> None:
    reader = orc.ORCFile(str(file))
    for stripe in range(reader.nstripes):
        reader.read_stripe(stripe)


def _bare_avro(file: Path) -> None:
    with file.open("rb") as source:
        for _ in fastavro.reader(source):
            pass
