"""ORC files, written by pyarrow: https://orc.apache.org/specification/ORCv1/."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pyarrow as pa
import pytest
from pyarrow import orc

from owlake.errors import OwlakeError

UTC = dt.UTC
STORED = "STORED AS ORC"
BY_NAME = {"orc.column.index.access": "false"}


def put(lake, columns: dict[str, pa.Array] | pa.Table, name: str = "a.orc", **options) -> None:
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    sink = BytesIO()
    orc.write_table(table, sink, **options)
    lake.put(name, sink.getvalue())


@pytest.mark.parametrize("codec", ["uncompressed", "zlib", "snappy", "zstd", "lz4"])
def test_every_codec_is_read(lake, codec):
    put(lake, {"a": pa.array(range(5000)), "s": pa.array([f"text {n % 9}" for n in range(5000)])}, compression=codec)
    lake.table("a bigint, s string", STORED)
    assert lake.rows("SELECT count(*), sum(a), min(s), max(s) FROM t") == [(5000, 12497500, "text 0", "text 8")]


VALUES = {
    "boolean": (pa.bool_(), "boolean", True),
    "tinyint": (pa.int8(), "tinyint", -7),
    "smallint": (pa.int16(), "smallint", 300),
    "int": (pa.int32(), "int", -70000),
    "bigint": (pa.int64(), "bigint", 1 << 40),
    "float": (pa.float32(), "float", 1.5),
    "double": (pa.float64(), "double", -0.1),
    "string": (pa.string(), "string", "ünï "),
    "binary": (pa.binary(), "binary", b"\x00\xff"),
    "date": (pa.date32(), "date", dt.date(1582, 10, 15)),
    "last date": (pa.date32(), "date", dt.date(9999, 12, 31)),
    "timestamp": (pa.timestamp("ms"), "timestamp", dt.datetime.fromisoformat("1969-12-31 23:59:59.999000")),
    "instant": (pa.timestamp("ms", "UTC"), "timestamp", dt.datetime.fromisoformat("2020-01-01 12:00:00")),
    "decimal": (pa.decimal128(38, 2), "decimal(38,2)", Decimal("-1234567890123456789012345678901234.56")),
    "list": (pa.list_(pa.int32()), "array<int>", [1, None, 3]),
    "map": (pa.map_(pa.string(), pa.int64()), "map<string,bigint>", [("a", 1), ("b", None)]),
    "struct": (pa.struct([("X", pa.int32()), ("y", pa.string())]), "struct<x:int,y:string>", {"x": 1, "y": None}),
    "nested": (
        pa.list_(pa.struct([("m", pa.map_(pa.string(), pa.list_(pa.int32())))])),
        "array<struct<m:map<string,array<int>>>>",
        [{"m": [("k", [1])]}],
    ),
}


@pytest.mark.parametrize("case", VALUES)
def test_values_of_every_type(lake, case):
    arrow, hive, value = VALUES[case]
    written = value
    if case == "struct":
        written = {"X": 1, "y": None}
    if case == "instant":
        written = value.replace(tzinfo=UTC)
    put(lake, {"c": pa.array([written, None], arrow)})
    lake.table(f"c {hive}", STORED)
    assert lake.rows() == [(value,), (None,)]


WIDER = {
    "int as bigint": (pa.int32(), 5, "bigint", 5),
    "bigint as int": (pa.int64(), 5, "int", 5),
    "nested bigint as int": (pa.list_(pa.int64()), [5], "array<int>", [5]),
    "float as double": (pa.float32(), 1.5, "double", 1.5),
    "decimal with more digits": (pa.decimal128(5, 2), Decimal("1.25"), "decimal(10,4)", Decimal("1.2500")),
    "char": (pa.string(), "ab   ", "char(4)", "ab"),
    "varchar": (pa.string(), "äöü", "varchar(2)", "äö"),
    "microseconds are rounded": (
        pa.timestamp("us"),
        dt.datetime.fromisoformat("2020-01-01 00:00:00.001500"),
        "timestamp",
        dt.datetime.fromisoformat("2020-01-01 00:00:00.002000"),
    ),
}


@pytest.mark.parametrize("case", WIDER)
def test_other_types_of_the_table_that_fit(lake, case):
    arrow, written, hive, value = WIDER[case]
    put(lake, {"c": pa.array([written], arrow)})
    lake.table(f"c {hive}", STORED)
    assert lake.rows() == [(value,)]


def test_a_number_too_great_for_the_table_is_an_error(lake):
    put(lake, {"c": pa.array([1 << 40])})
    lake.table("c int", STORED)
    with pytest.raises(OwlakeError, match="NUMERIC_VALUE_OUT_OF_RANGE"):
        lake.rows()


def test_types_that_do_not_fit_in_athenas_words(lake):
    put(lake, {"c": pa.array([1])})
    lake.table("c timestamp", STORED)
    expected = (
        r"HIVE_BAD_DATA: Malformed ORC file\. Cannot read SQL type timestamp\(3\) from ORC stream \.c of type LONG"
    )
    with pytest.raises(OwlakeError, match=expected):
        lake.rows()


def test_columns_are_matched_by_position(lake):
    put(lake, {"b": pa.array([1]), "a": pa.array(["x"])})
    lake.table("a bigint, b string, c int", STORED)
    assert lake.rows() == [(1, "x", None)]


def test_or_by_name_without_case(lake):
    put(lake, {"B": pa.array([1]), "new": pa.array([2]), "a": pa.array(["x"])})
    lake.table("a string, b bigint, c int", STORED, **BY_NAME)
    assert lake.rows() == [("x", 1, None)]


def test_names_that_old_hive_gives_mean_nothing(lake):
    put(lake, {"_col0": pa.array([1]), "_col1": pa.array(["x"])})
    lake.table("a bigint, b string", STORED, **BY_NAME)
    assert lake.rows() == [(1, "x")]


def test_struct_fields_are_matched_by_name(lake):
    put(lake, {"r": pa.array([{"b": 1, "gone": 2, "A": "x"}, None])})
    lake.table("r struct<a:string,b:bigint,c:int>", STORED)
    assert lake.rows() == [({"a": "x", "b": 1, "c": None},), (None,)]


def test_files_of_different_schemas_in_one_table(lake):
    put(lake, {"a": pa.array([1], pa.int32())}, "1.orc")
    put(lake, {"a": pa.array([2], pa.int64()), "b": pa.array(["x"])}, "2.orc")
    lake.table("a bigint, b string", STORED)
    assert sorted(lake.rows()) == [(1, None), (2, "x")]


def test_many_stripes_and_files(lake):
    for number in range(20):
        first = number * 10_000
        rows = {"n": pa.array(range(first, first + 10_000)), "s": pa.array(["x" * 90] * 10_000)}
        put(lake, rows, f"{number}.orc", stripe_size=100_000, compression="uncompressed")
    lake.table("n bigint, s string", STORED)
    assert lake.rows("SELECT count(*), sum(n), count(DISTINCT n), count(s) FROM t") == [
        (200_000, 199_999 * 100_000, 200_000, 200_000)
    ]
    assert lake.rows("SELECT count(*) FROM t") == [(200_000,)]
    assert lake.rows("SELECT n FROM t WHERE n IN (5, 123456) ORDER BY 1") == [(5,), (123_456,)]
    assert lake.rows('SELECT count(*), sum(m) FROM (SELECT "$path", max(n) AS m FROM t GROUP BY 1)') == [
        (20, sum(range(9_999, 200_000, 10_000)))
    ]


def test_a_file_without_rows(lake):
    put(lake, {"a": pa.array([], pa.int64())})
    lake.put("empty.orc", b"")
    lake.table("a bigint", STORED)
    assert lake.rows() == []
    assert lake.rows("SELECT count(*) FROM t") == [(0,)]


def test_what_is_no_orc_file(lake):
    lake.put("a.orc", b"PAR1 or anything else")
    lake.table("a bigint", STORED)
    with pytest.raises(OwlakeError, match=r"HIVE_BAD_DATA: Malformed ORC file\. .*\[s3://lake/t\d+/a\.orc\]"):
        lake.rows()


def test_a_damaged_stripe_names_its_file(lake):
    rows = {"a": pa.array([f"text {number}" for number in range(10_000)])}
    put(lake, rows, "good.orc", compression="zstd")
    put(lake, rows, "bad.orc", compression="zstd")
    content = bytearray(lake.path("bad.orc").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 60] = bytes(60)
    lake.put("bad.orc", bytes(content))
    lake.table("a string", STORED)
    with pytest.raises(OwlakeError, match=r"HIVE_BAD_DATA: Malformed ORC file\. .*bad\.orc"):
        lake.rows()
