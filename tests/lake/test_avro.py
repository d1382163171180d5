"""Avro files, written by fastavro: https://avro.apache.org/docs/1.12.0/specification/."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from io import BytesIO

import fastavro
import pytest

from owlake.errors import OwlakeError

STORED = "STORED AS AVRO"


def put(lake, fields: list[tuple[str, object]], rows: list[dict], name: str = "a.avro", **options) -> None:
    schema = {
        "type": "record",
        "name": "r",
        "namespace": "org.example",
        "fields": [{"name": name, "type": type_} for name, type_ in fields],
    }
    sink = BytesIO()
    fastavro.writer(sink, schema, rows, **options)
    lake.put(name, sink.getvalue())


def table_with_schema(lake, columns: str, fields: list[dict]) -> None:
    schema = json.dumps({"type": "record", "name": "t", "fields": fields})
    serde = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.avro.AvroSerDe'"
    lake.table(columns, f"{serde} WITH SERDEPROPERTIES ('avro.schema.literal' = '{schema}') {STORED}")


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "zstandard", "bzip2", "xz"])
def test_every_codec_is_read(lake, codec):
    rows = [{"n": number, "s": f"text {number % 9}"} for number in range(5000)]
    put(lake, [("n", "long"), ("s", "string")], rows, codec=codec)
    lake.table("n bigint, s string", STORED)
    assert lake.rows("SELECT count(*), sum(n), min(s), max(s) FROM t") == [(5000, 12497500, "text 0", "text 8")]


def logical(kind: str, means: str, **more) -> dict:
    return {"type": kind, "logicalType": means, **more}


RECORD = {
    "type": "record",
    "name": "q",
    "fields": [{"name": "X", "type": "int"}, {"name": "y", "type": ["null", "string"]}],
}
VALUES = {
    "boolean": ("boolean", "boolean", True, True),
    "int": ("int", "int", -5, -5),
    "long": ("long", "bigint", 1 << 40, 1 << 40),
    "float": ("float", "float", 1.5, 1.5),
    "double": ("double", "double", -0.1, -0.1),
    "string": ("string", "string", "ünï", "ünï"),
    "bytes": ("bytes", "binary", b"\x00\xff", b"\x00\xff"),
    "fixed": ({"type": "fixed", "name": "f", "size": 3}, "binary", b"abc", b"abc"),
    "enum": ({"type": "enum", "name": "e", "symbols": ["RED", "BLUE"]}, "string", "BLUE", "BLUE"),
    "date": (logical("int", "date"), "date", dt.date(9999, 12, 31), dt.date(9999, 12, 31)),
    "timestamp-millis": (
        logical("long", "timestamp-millis"), "timestamp",
        dt.datetime(1969, 12, 31, 23, 59, 59, 999000, dt.UTC), dt.datetime.fromisoformat("1969-12-31 23:59:59.999000"),
    ),
    "timestamp-micros, rounded": (
        logical("long", "timestamp-micros"), "timestamp",
        dt.datetime(9999, 1, 1, 0, 0, 0, 1500, dt.UTC), dt.datetime.fromisoformat("9999-01-01 00:00:00.002000"),
    ),
    "local-timestamp-millis": (
        logical("long", "local-timestamp-millis"), "timestamp",
        dt.datetime.fromisoformat("2020-01-01 00:00:00"), dt.datetime.fromisoformat("2020-01-01 00:00:00"),
    ),
    "decimal in bytes": (
        logical("bytes", "decimal", precision=38, scale=2), "decimal(38,2)", Decimal("-1.25"), Decimal("-1.25"),
    ),
    "decimal in fixed": (
        logical("fixed", "decimal", name="d", size=9, precision=20, scale=3), "decimal(22,3)",
        Decimal("12345678901234567.125"), Decimal("12345678901234567.125"),
    ),
    "uuid": (logical("string", "uuid"), "string", uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    "time-millis": (logical("int", "time-millis"), "int", dt.time(0, 0, 1), 1000),
    "unknown logical type": (logical("int", "shoe-size"), "int", 43, 43),
    "int as bigint": ("int", "bigint", 5, 5),
    "int as double": ("int", "double", 5, 5.0),
    "long as float": ("long", "float", 5, 5.0),
    "float as double": ("float", "double", 1.5, 1.5),
    "char": ("string", "char(4)", "ab   ", "ab"),
    "varchar": ("string", "varchar(2)", "äöü", "äö"),
    "array": ({"type": "array", "items": ["null", "int"]}, "array<int>", [1, None], [1, None]),
    "map": ({"type": "map", "values": ["null", "long"]}, "map<string,bigint>", {"a": 1}, [("a", 1)]),
    "record": (RECORD, "struct<y:string,x:bigint,z:int>", {"X": 1, "y": None}, {"y": None, "x": 1, "z": None}),
    "records in arrays": (
        {"type": "array", "items": RECORD}, "array<struct<x:int>>", [{"X": 1, "y": "a"}], [{"x": 1}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", VALUES)
@pytest.mark.parametrize("is_nullable", [False, True])
def test_values_of_every_type(lake, case, is_nullable):
    type_, hive, written, value = VALUES[case]
    rows = [{"c": written}, {"c": None}] if is_nullable else [{"c": written}]
    put(lake, [("c", ["null", type_] if is_nullable else type_)], rows)
    lake.table(f"c {hive}", STORED)
    assert lake.rows() == [(value,), (None,)][: len(rows)]


def test_fields_are_matched_by_name_without_case(lake):
    put(lake, [("B", "long"), ("gone", "int"), ("a", "string")], [{"B": 1, "gone": 2, "a": "x"}])
    lake.table("a string, b bigint, c int", STORED)
    assert lake.rows() == [("x", 1, None)]


def test_named_types_may_come_again(lake):
    put(lake, [("a", RECORD), ("b", "q"), ("c", ["null", "org.example.q"])], [
        {"a": {"X": 1, "y": None}, "b": {"X": 2, "y": "b"}, "c": None}
    ])  # fmt: skip
    lake.table("a struct<x:int>, b struct<x:int,y:string>, c struct<x:int>", STORED)
    assert lake.rows() == [({"x": 1}, {"x": 2, "y": "b"}, None)]


def test_the_tables_schema_gives_aliases_and_defaults(lake):
    put(lake, [("old", "int")], [{"old": 1}], "1.avro")
    put(lake, [("fresh", "int"), ("t", "string")], [{"fresh": 2, "t": "own"}], "2.avro")
    table_with_schema(
        lake,
        "fresh int, t string, n double, l array<int>, nothing string",
        [
            {"name": "fresh", "type": "int", "aliases": ["old"]},
            {"name": "t", "type": "string", "default": "ünï"},
            {"name": "n", "type": "double", "default": 1.5},
            {"name": "l", "type": {"type": "array", "items": "int"}, "default": []},
            {"name": "nothing", "type": ["null", "string"], "default": None},
        ],
    )
    assert sorted(lake.rows()) == [(1, "ünï", 1.5, [], None), (2, "own", 1.5, [], None)]


def test_the_tables_schema_may_lie_in_a_file(lake):
    put(lake, [("a", "int")], [{"a": 1}])
    schema = {"type": "record", "name": "t", "fields": [{"name": "b", "type": "int", "default": 7}]}
    lake.path("../schema.avsc").write_text(json.dumps(schema))
    lake.table("a int, b int", STORED, **{"avro.schema.url": "s3://lake/schema.avsc"})
    assert lake.rows() == [(1, 7)]


def test_a_schema_that_is_none(lake):
    put(lake, [("a", "int")], [{"a": 1}])
    lake.table("a int", STORED, **{"avro.schema.literal": "{"})
    with pytest.raises(OwlakeError, match="HIVE_INVALID_METADATA: Invalid Avro schema of table t"):
        lake.rows()


def test_files_of_different_schemas_in_one_table(lake):
    put(lake, [("a", "int")], [{"a": 1}], "1.avro")
    put(lake, [("b", "string"), ("a", "long")], [{"a": 2, "b": "x"}], "2.avro")
    lake.table("a bigint, b string", STORED)
    assert sorted(lake.rows()) == [(1, None), (2, "x")]


def test_more_files_than_are_told_apart_by_constants(lake):
    for number in range(20):
        put(lake, [("n", "long")], [{"n": number}] * 3, f"{number}.avro")
    lake.table("n bigint", STORED)
    expected = [(f"{lake.location}{number}.avro", number, 3) for number in range(20)]
    assert lake.rows('SELECT "$path", min(n), count(*) FROM t GROUP BY 1 ORDER BY 2') == expected
    assert lake.rows("SELECT count(*) FROM t") == [(60,)]


@pytest.mark.parametrize("type_", [["null", "int", "string"], {"type": "array", "items": ["int", "string"]}])
def test_a_union_of_several_types_is_read_by_no_column(lake, type_):
    put(lake, [("c", type_), ("d", "int")], [{"c": ["a"] if isinstance(type_, dict) else 1, "d": 1}])
    lake.table("c string, d int", STORED)
    assert lake.rows("SELECT d FROM t") == [(1,)]
    with pytest.raises(OwlakeError, match="HIVE_BAD_DATA: Field c's type a union of several types in avro file"):
        lake.rows()


def test_types_that_do_not_fit(lake):
    put(lake, [("c", "string")], [{"c": "1"}])
    lake.table("c int", STORED)
    with pytest.raises(
        OwlakeError, match=r"HIVE_BAD_DATA: Field c's type string in avro file s3://lake/t\d+/a\.avro is"
    ):
        lake.rows()


def test_recursive_schemas_are_refused(lake):
    put(lake, [("v", "int"), ("next", ["null", "r"])], [{"v": 1, "next": None}])
    lake.table("v int", STORED)
    with pytest.raises(OwlakeError, match="NOT_SUPPORTED: Recursive Avro schemas are not supported: r"):
        lake.rows()


def test_records_that_take_no_bytes_are_refused(lake):
    put(lake, [("c", "null")], [{"c": None}] * 5)
    lake.table("c string", STORED)
    with pytest.raises(OwlakeError, match="NOT_SUPPORTED"):
        lake.rows()


def test_a_file_without_records(lake):
    put(lake, [("a", "int")], [])
    lake.put("empty.avro", b"")
    lake.table("a int", STORED)
    assert lake.rows() == []
    assert lake.rows("SELECT count(*) FROM t") == [(0,)]


def test_a_header_longer_than_what_is_read_first(lake):
    fields = [(f"column_with_a_long_name_{number}", "int") for number in range(3000)]
    put(lake, fields, [{name: number for number, (name, _) in enumerate(fields)}])
    lake.table("column_with_a_long_name_2999 int", STORED)
    assert lake.rows() == [(2999,)]


def test_what_is_no_avro_file(lake):
    lake.put("a.avro", b"PAR1 or anything else")
    lake.table("a int", STORED)
    with pytest.raises(OwlakeError, match=r"HIVE_BAD_DATA: Not valid Avro file: s3://lake/t\d+/a\.avro"):
        lake.rows()


def test_wherever_a_file_ends_early_it_is_an_error(lake):
    put(lake, [("n", "long"), ("s", "string")], [{"n": n, "s": "abc"} for n in range(300)], sync_interval=500)
    content = lake.path("a.avro").read_bytes()
    sync = content[-16:]
    lake.table("n bigint, s string", STORED)
    whole_blocks = {at + 16 for at in range(len(content)) if content.startswith(sync, at)}
    for size in range(1, len(content), 37):
        if size in whole_blocks:
            continue
        lake.put("a.avro", content[:size])
        with pytest.raises(OwlakeError, match="HIVE_BAD_DATA: Not valid Avro file"):
            lake.rows("SELECT count(*) FROM t")


def test_a_damaged_block_names_its_file(lake):
    rows = [{"s": f"text {number}"} for number in range(1000)]
    put(lake, [("s", "string")], rows, "good.avro", codec="deflate")
    put(lake, [("s", "string")], rows, "bad.avro", codec="deflate")
    content = bytearray(lake.path("bad.avro").read_bytes())
    content[-300:-200] = bytes(100)
    lake.put("bad.avro", bytes(content))
    lake.table("s string", STORED)
    with pytest.raises(OwlakeError, match=r"HIVE_BAD_DATA: Not valid Avro file: s3://lake/t\d+/bad\.avro"):
        lake.rows()
