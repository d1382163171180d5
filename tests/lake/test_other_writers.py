"""Files that other programs wrote: polars, pandas, DuckDB, fastavro and pyarrow, each in the formats that it knows."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import fastavro
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import orc

COLUMNS = "i int, l bigint, d double, s string, b boolean, t date, m timestamp, n decimal(10,2)"
MOMENT = dt.datetime.fromisoformat("2024-02-29 12:34:56.789")
BEFORE = dt.datetime.fromisoformat("1969-12-31 23:59:59")
ROWS = [
    (1, 1 << 40, 1.5, "text", True, dt.date(2024, 2, 29), MOMENT, Decimal("1.25")),
    (-7, -1, -0.25, 'quo"ted, ünï\ttab', False, dt.date(1969, 12, 31), BEFORE, Decimal(-3)),
    (None, None, None, None, None, None, None, None),
]  # fmt: skip
NAMES = [column.split()[0] for column in COLUMNS.split(", ")]
SCHEMA = pa.schema(
    [
        ("i", pa.int32()), ("l", pa.int64()), ("d", pa.float64()), ("s", pa.string()), ("b", pa.bool_()),
        ("t", pa.date32()), ("m", pa.timestamp("us")), ("n", pa.decimal128(10, 2)),
    ]
)  # fmt: skip
TABLE = pa.Table.from_arrays(
    [pa.array(values, field.type) for values, field in zip(zip(*ROWS, strict=True), SCHEMA, strict=True)], schema=SCHEMA
)
OPENX = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
DELIMITED = r"ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001'"


def as_pandas() -> pd.DataFrame:
    return TABLE.to_pandas(types_mapper=pd.ArrowDtype)


def by_duckdb(path: Path, options: str) -> None:
    with duckdb.connect() as connection:
        connection.register("rows", TABLE)
        connection.execute(f"COPY rows TO '{path}' ({options})")


def by_fastavro(path: Path) -> None:
    types = {
        "i": "int", "l": "long", "d": "double", "s": "string", "b": "boolean",
        "t": {"type": "int", "logicalType": "date"},
        "m": {"type": "long", "logicalType": "timestamp-millis"},
        "n": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
    }  # fmt: skip
    fields = [{"name": name, "type": ["null", type_]} for name, type_ in types.items()]
    rows = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    for row in rows:
        row["m"] = row["m"] and row["m"].replace(tzinfo=dt.UTC)
    with path.open("wb") as sink:
        fastavro.writer(sink, {"type": "record", "name": "r", "fields": fields}, rows, codec="deflate")


def by_pandas_as_text(path: Path) -> None:
    """Hive's own text: fields between \\001, NULL as \\N."""
    moments = "%Y-%m-%d %H:%M:%S.%f"
    as_pandas().to_csv(path, sep="\x01", index=False, header=False, na_rep="\\N", quoting=3, date_format=moments)


WRITERS: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "polars, parquet": ("STORED AS PARQUET", "a", lambda path: pl.from_arrow(TABLE).write_parquet(path)),
    "polars, json": (OPENX, "a.json", lambda path: pl.from_arrow(TABLE.drop(["m"])).write_ndjson(path)),
    "pandas, parquet": ("STORED AS PARQUET", "a", lambda path: as_pandas().to_parquet(path)),
    "pandas, orc": ("STORED AS ORC", "a", lambda path: as_pandas().to_orc(path)),
    "pandas, text": (DELIMITED, "a.txt", by_pandas_as_text),
    "duckdb, parquet": ("STORED AS PARQUET", "a", lambda path: by_duckdb(path, "FORMAT parquet, CODEC zstd")),
    "duckdb, json": (OPENX, "a.json.gz", lambda path: by_duckdb(path, "FORMAT json, COMPRESSION gzip")),
    "fastavro, avro": ("STORED AS AVRO", "a", by_fastavro),
    "pyarrow, orc": ("STORED AS ORC", "a", lambda path: orc.write_table(TABLE, str(path), compression="zstd")),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_what_others_wrote_is_read_as_they_meant_it(lake, writer):
    stored, name, write = WRITERS[writer]
    write(lake.path(name))
    lake.table(COLUMNS, stored)
    names = [name for name in NAMES if (writer, name) != ("polars, json", "m")]
    expected = [tuple(value for name, value in zip(NAMES, row, strict=True) if name in names) for row in ROWS]
    assert lake.rows(f"SELECT {', '.join(names)} FROM t") == expected


QUOTED = ROWS[0][:5], (-7, -1, -0.25, 'quo"ted, ünï;\ttab', False)


@pytest.mark.parametrize("writer", ["polars", "pandas", "duckdb"])
def test_quoted_values_of_others_with_a_header(lake, writer):
    frame = pa.table([pa.array(values) for values in zip(*QUOTED, strict=True)], NAMES[:5])
    path = lake.path("a.csv")
    match writer:
        case "polars":
            pl.from_arrow(frame).write_csv(path)
        case "pandas":
            frame.to_pandas().to_csv(path, index=False)
        case _:
            with duckdb.connect() as connection:
                connection.register("rows", frame)
                connection.execute(f"COPY rows TO '{path}' (FORMAT csv, HEADER)")
    serde = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"
    properties = {"skip.header.line.count": "1"}
    lake.table("i int, l bigint, d double, s string, b boolean", serde, **properties)
    assert lake.rows() == list(QUOTED)
    # The same compressed: the header is the file's, not the stream's.
    packed = gzip.compress(path.read_bytes())
    path.unlink()
    lake.put("a.csv.gz", packed)
    lake.put("b.csv.gz", packed)
    assert lake.rows("SELECT count(*), min(i), max(s) FROM t") == [(4, -7, "text")]


def test_partitions_in_other_formats_of_columns(lake):
    """A column more at the end, a wider one, and one that only the file has."""
    for number, columns in enumerate([{"a": pa.array([1], pa.int32())}, {"B": ["x"], "a": pa.array([2]), "z": [0.5]}]):
        lake.path(f"p={number}/a.parquet").parent.mkdir(exist_ok=True)
        pl.from_arrow(pa.table(columns)).write_parquet(lake.path(f"p={number}/a.parquet"))
    lake.session.execute("DROP TABLE IF EXISTS t")
    lake.session.execute(
        f"CREATE EXTERNAL TABLE t (a bigint, b string) PARTITIONED BY (p int) STORED AS PARQUET "
        f"LOCATION '{lake.location}'"
    )
    lake.session.execute("MSCK REPAIR TABLE t")
    assert lake.rows("SELECT a, b, p FROM t ORDER BY p") == [(1, None, 0), (2, "x", 1)]
