"""Tables that crawlers make of real files that nobody here wrote. What to expect was written down first, by hand."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import fastavro
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.orc
import pyarrow.parquet as pq
import pyarrow.tests
import pytest

from tests.connectors.glue.lake import Lake

HERE = Path(__file__).parent / "datasets"
FLIGHTS = Path(__file__).parents[3] / "datasets" / "flights"
ARROW = Path(pyarrow.tests.__file__).parent / "data"

FLIGHT_TABLES = {
    # Both columns are texts: by AWS's rule there is no header, and the header is a row.
    "airlines": "col0 string, col1 string",
    "airports": "faa string, name string, lat double, lon double, alt bigint, tz bigint, dst string, tzone string",
    # Where the first thousand flights have a missing value, NA, a column is text.
    "flights": (
        "year bigint, month bigint, day bigint, dep_time string, sched_dep_time bigint, dep_delay string,"
        " arr_time string, sched_arr_time bigint, arr_delay string, carrier string, flight bigint, tailnum string,"
        " origin string, dest string, air_time string, distance bigint, hour bigint, minute bigint, time_hour string"
    ),
    "planes": (
        "tailnum string, year string, type string, manufacturer string, model string, engines bigint, seats bigint,"
        " speed string, engine string"
    ),
    "weather": (
        "origin string, year bigint, month bigint, day bigint, hour bigint, temp double, dewp double, humid double,"
        " wind_dir string, wind_speed double, wind_gust string, precip double, pressure string, visib double,"
        " time_hour string"
    ),
}


def test_flights(lake: Lake) -> None:
    lake.put({f"nyc/{file.parent.name}/{file.name}": file.read_bytes() for file in FLIGHTS.glob("*/*.csv*")})
    assert lake.crawl("nyc/") == [f"{name}({columns})" for name, columns in FLIGHT_TABLES.items()]
    assert lake.table("flights").parameters["compressionType"] == "gzip"
    # The numbers of datasets/flights/README.md, and the header of airlines.
    counts = {name: lake.sql(f"SELECT count(*) FROM db.{name}")[0][0] for name in FLIGHT_TABLES}
    assert counts == {"airlines": 17, "airports": 1458, "flights": 336776, "planes": 3322, "weather": 26115}
    assert lake.sql("SELECT carrier, count(*) FROM db.flights WHERE dest = 'LEX' GROUP BY 1") == [("9E", 1)]


PENGUINS = (
    "species string, island string, bill_length_mm double, bill_depth_mm double, flipper_length_mm bigint,"
    " body_mass_g bigint, sex string"
)
TABLES = {
    "penguins.csv": (PENGUINS, "LazySimpleSerDe"),
    # In quotes: OpenCSVSerde, whose columns are texts.
    "titanic_all.csv": ("name string, class string, age string, sex string, survived string", "OpenCSVSerde"),
    "sprint.csv": ("name string, country string, medal string, time string, year string", "OpenCSVSerde"),
    "lincoln_weather.csv": ("station string, name string, date string, tmax string, tmin string", "OpenCSVSerde"),
    # Of columns without a value nothing is known.
    "routes.csv.gz": (
        (
            "airline string, airlineid bigint, source string, sourceid bigint, destination string,"
            " destinationid bigint, codeshare string, stops bigint, equipment string"
        ),
        "LazySimpleSerDe",
    ),
    "commits.txt.gz": ("col0 string, col1 string", "LazySimpleSerDe"),
    "auto-mpg.csv": (
        (
            "mpg double, cyl bigint, displ double, hp bigint, weight bigint, accel double, yr bigint, origin bigint,"
            " name string"
        ),
        "LazySimpleSerDe",
    ),
    "Blocks.txt": ("col0 string, col1 string", "LazySimpleSerDe"),
    "olympics2014.json": (
        (
            "count int, object string,"
            " data array<struct<name:string,abbr:string,medals:struct<gold:int,total:int,silver:int,bronze:int>>>"
        ),
        "JsonSerDe",
    ),
    # A whole array is one record.
    "burtin.json": (
        (
            "array array<struct<bacteria:string,penicillin:double,streptomycin:double,neomycin:double,"
            "gram_staining:string,genus:string>>"
        ),
        "JsonSerDe",
    ),
    "weather.avro": ("station string, time bigint, temp int", "AvroSerDe"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_file_alone(lake: Lake, name: str) -> None:
    columns, serde = TABLES[name]
    lake.put({f"t/{name}": (HERE / name).read_bytes()})
    assert lake.crawl("t/") == [f"t({columns})"]
    assert lake.table("t").storage.serde.library.rpartition(".")[2] == serde


@pytest.mark.parametrize(
    ("name", "sql", "rows"),
    [
        # From Python's csv and gzip modules, and from looking.
        ("penguins.csv", "SELECT count(*), count(body_mass_g), sum(body_mass_g) FROM db.t", [(344, 342, 1437000)]),
        ("titanic_all.csv", "SELECT count(*), min(name) FROM db.t", [(1313, "Abbing, Mr Anthony")]),
        (
            "sprint.csv",
            "SELECT country, time FROM db.t WHERE name = 'Usain Bolt' AND trim(year) = '2012'",
            [("JAM", "    9.63")],
        ),
        ("routes.csv.gz", "SELECT count(*), sum(stops) FROM db.t", [(9161, 0)]),
        ("commits.txt.gz", "SELECT count(*) FROM db.t WHERE col0 = 'Sat'", [(379,)]),
        ("lincoln_weather.csv", "SELECT tmax FROM db.t WHERE date = '2016-01-02'", [("39",)]),
        ("auto-mpg.csv", "SELECT count(*), max(hp) FROM db.t", [(392, 230)]),
        ("Blocks.txt", "SELECT col1 FROM db.t WHERE col0 = '0080..00FF'", [(" Latin-1 Supplement",)]),
        ("olympics2014.json", "SELECT count, data[1].name, cardinality(data) FROM db.t", [(87, "Albania", 87)]),
        ("burtin.json", 'SELECT cardinality("array"), "array"[1].bacteria FROM db.t', [(16, "Aerobacter aerogenes")]),
        ("weather.avro", "SELECT count(*), max(temp) FROM db.t", [(5, 111)]),
    ],
)  # fmt: skip
def test_a_file_is_queried(lake: Lake, name: str, sql: str, rows: list[tuple[object, ...]]) -> None:
    lake.put({f"t/{name}": (HERE / name).read_bytes()})
    lake.crawl("t/")
    assert lake.sql(sql) == rows


def test_outlines_of_countries(lake: Lake) -> None:
    lake.put({f"geo/{file.name}": file.read_bytes() for file in HERE.glob("*.geo.json")})
    geometry = "geometry:struct<type:string,coordinates:array<array<array<double>>>>"
    features = f"array<struct<type:string,properties:struct<cca2:string>,{geometry}>>"
    assert lake.crawl("geo/") == [f"geo(type string, features {features})"]
    sql = "SELECT features[1].properties.cca2, features[1].geometry.coordinates[1][1][1] FROM db.geo ORDER BY 1"
    assert lake.sql(sql) == [("ad", 1.78172), ("ai", -63.167778), ("aw", -69.882233)]


def test_a_folder_of_everything(lake: Lake) -> None:
    names = ("penguins.csv", "titanic_all.csv", "olympics2014.json", "weather.avro", "routes.csv.gz")
    lake.put({f"mixed/{name}": (HERE / name).read_bytes() for name in names})
    expected = {name.lower().replace(".", "_").replace("-", "_"): TABLES[name][0] for name in names}
    assert lake.crawl("mixed/") == [f"{name}({columns})" for name, columns in sorted(expected.items())]
    assert lake.sql("SELECT count(*) FROM db.penguins_csv") == [(344,)]
    assert lake.sql("SELECT count(*) FROM db.routes_csv_gz") == [(9161,)]


def test_orc_by_hive(lake: Lake) -> None:
    lake.put({"t/x.orc": (ARROW / "orc" / "TestOrcFile.test1.orc").read_bytes()})
    inner = "struct<int1:int,string1:string>"
    assert lake.crawl("t/") == [
        (
            "t(boolean1 boolean, byte1 tinyint, short1 smallint, int1 int, long1 bigint, float1 float, double1 double,"
            f" bytes1 binary, string1 string, middle struct<list:array<{inner}>>, list array<{inner}>,"
            f" map map<string,{inner}>)"
        )
    ]
    assert lake.sql("SELECT int1, long1, string1, list[1].string1 FROM db.t") == [
        (65536, 9223372036854775807, "hi", "good"),
        (65536, 9223372036854775807, "bye", "cat"),
    ]


def test_parquet_by_an_old_pandas(lake: Lake) -> None:
    lake.put({"t/x.parquet": (ARROW / "parquet" / "v0.7.1.parquet").read_bytes()})
    assert lake.crawl("t/") == [
        (
            "t(carat double, cut string, color string, clarity string, depth double, table double, price bigint,"
            " x double, y double, z double, __index_level_0__ bigint)"
        )
    ]
    assert lake.sql("SELECT count(*), min(price) FROM db.t") == [(10, 326)]


def written_by_three(tmp_path: Path) -> Iterator[tuple[str, bytes]]:
    """The penguins as Parquet, each island by another writer."""
    penguins = pyarrow.csv.read_csv(HERE / "penguins.csv")
    islands = {
        name: penguins.filter(pa.compute.equal(penguins["island"], name)).drop_columns("island")
        for name in ("Biscoe", "Dream", "Torgersen")
    }
    sink = io.BytesIO()
    pq.write_table(islands["Biscoe"], sink)
    yield "Biscoe", sink.getvalue()
    dream = islands["Dream"]  # noqa: F841  (DuckDB finds it by its name)
    duckdb.sql(f"COPY (SELECT * FROM dream) TO '{tmp_path / 'dream.parquet'}' (FORMAT parquet)")
    yield "Dream", (tmp_path / "dream.parquet").read_bytes()
    sink = io.BytesIO()
    frame = pl.from_arrow(islands["Torgersen"])
    assert isinstance(frame, pl.DataFrame)
    frame.write_parquet(sink)
    yield "Torgersen", sink.getvalue()


def test_parquet_by_three_writers_is_one_table(lake: Lake, tmp_path: Path) -> None:
    lake.put({f"t/island={island}/f.parquet": data for island, data in written_by_three(tmp_path)})
    assert lake.crawl("t/") == [
        (
            "t(species string, bill_length_mm double, bill_depth_mm double, flipper_length_mm bigint,"
            " body_mass_g bigint, sex string) [island]"
        )
    ]
    assert lake.sql("SELECT island, count(*), sum(body_mass_g) FROM db.t GROUP BY 1 ORDER BY 1") == [
        ("Biscoe", 168, 787575),
        ("Dream", 124, 460400),
        ("Torgersen", 52, 189025),
    ]


LOG = (
    '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326'
    ' "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"\n'
)
"""The example of Apache's own documentation (https://httpd.apache.org/docs/current/logs.html#combined)."""


def test_gzipped_logs_by_day(lake: Lake) -> None:
    lake.put({f"logs/2000/10/{day}/access_log.gz": gzip.compress(LOG.encode() * 3) for day in (10, 11)})
    assert lake.crawl("logs/") == [
        (
            "logs(clientip string, ident string, auth string, timestamp string, verb string, request string,"
            " httpversion string, rawrequest string, response string, bytes string, referrer string, agent string)"
            " [partition_0, partition_1, partition_2]"
        )
    ]
    sql = "SELECT partition_2, auth, response, sum(CAST(bytes AS bigint)) FROM db.logs GROUP BY 1, 2, 3 ORDER BY 1"
    assert lake.sql(sql) == [
        ("10", "frank", "200", 6978),
        ("11", "frank", "200", 6978),
    ]  # fmt: skip


TIMES = pa.table(
    {
        "id": [1],
        "day": pa.array([1], pa.time64("us")),
        "long": pa.array([Decimal(10) ** 40], pa.decimal256(50, 0)),
        "wait": pa.array([1], pa.duration("s")),
        "u": pa.array([2**63], pa.uint64()),
        "s": pa.array([{"a:b": 1}]),
        "zone": pa.array([0], pa.timestamp("us", "UTC")),
        "bits": pa.array([b"ab"], pa.binary(2)),
    }
)


def test_columns_that_no_type_of_a_table_has_are_left_out(lake: Lake) -> None:
    sink = io.BytesIO()
    pq.write_table(TIMES, sink)
    lake.put({"t/f": sink.getvalue()})
    assert lake.crawl("t/") == ["t(id bigint, u decimal(20,0), zone timestamp, bits binary)"]
    assert lake.sql("SELECT * FROM db.t") == [(1, Decimal(2**63), datetime.fromisoformat("1970-01-01"), b"ab")]
    assert lake.log("level = 'WARN'") == [
        f"The column {name} is left out: no type of a table has such values" for name in ("day", "long", "wait", "s")
    ]


def test_unions_of_avro_are_left_out(lake: Lake) -> None:
    fields = [
        {"name": "id", "type": ["null", "long"]},
        {"name": "either", "type": ["null", "long", "string"]},
        {"name": "alone", "type": ["int"]},
        {"name": "inside", "type": {"type": "array", "items": ["int", "string"]}},
        {"name": "long", "type": {"type": "bytes", "logicalType": "decimal", "precision": 39}},
    ]
    sink = io.BytesIO()
    row = {"id": 1, "either": "x", "alone": 2, "inside": [1], "long": Decimal(1)}
    fastavro.writer(sink, {"type": "record", "name": "r", "fields": fields}, [row])
    lake.put({"t/f": sink.getvalue()})
    assert lake.crawl("t/") == ["t(id bigint, alone int)"]
    assert lake.sql("SELECT * FROM db.t") == [(1, 2)]
