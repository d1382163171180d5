"""Amazon Ion: https://amazon-ion.github.io/ion-docs/docs/spec.html, type mapping of the Ion Hive SerDe."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal
from io import BytesIO

import pytest
from amazon.ion import simpleion

from owlake.errors import OwlakeError

STORED = "STORED AS ION"


def table(lake, columns: str, **properties: str) -> None:
    given = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
    serde = "ROW FORMAT SERDE 'com.amazon.ionhiveserde.IonHiveSerDe'"
    lake.table(columns, f"{serde} WITH SERDEPROPERTIES ({given}) {STORED}" if given else STORED)


VALUES = {
    "bool": ("true", "boolean", True),
    "tinyint": ("-128", "tinyint", -128),
    "int": ("0x10", "int", 16),
    "bigint": ("9223372036854775807", "bigint", (1 << 63) - 1),
    "float": ("1.5e0", "float", 1.5),
    "double": ("-1.25e2", "double", -125.0),
    "decimal": ("1.20", "decimal(10,3)", Decimal("1.200")),
    "int as decimal": ("7", "decimal(3,1)", Decimal("7.0")),
    "string": ('"ünï"', "string", "ünï"),
    "symbol": ("a_symbol", "string", "a_symbol"),
    "varchar": ('"äöü"', "varchar(2)", "äö"),
    "char": ('"ab  "', "char(4)", "ab"),
    "blob": ("{{aGVsbG8=}}", "binary", b"hello"),
    "clob": ('{{"text"}}', "binary", b"text"),
    "timestamp": ("2020-01-02T03:04:05.678Z", "timestamp", dt.datetime.fromisoformat("2020-01-02 03:04:05.678")),
    "with an offset": ("2020-01-02T03:04:05+01:00", "timestamp", dt.datetime.fromisoformat("2020-01-02 02:04:05")),
    "rounded": ("2020-01-02T03:04:05.0015Z", "timestamp", dt.datetime.fromisoformat("2020-01-02 03:04:05.002")),
    "date": ("2020-01-02", "date", dt.date(2020, 1, 2)),
    "list": ("[1, null, 3]", "array<int>", [1, None, 3]),
    "s-expression": ("(a b)", "array<string>", ["a", "b"]),
    "map": ("{a: 1, b: null}", "map<string,int>", [("a", 1), ("b", None)]),
    "struct": ("{X: 1, gone: 2}", "struct<x:int,y:string>", {"x": 1, "y": None}),
    "annotated": ("note::5", "int", 5),
    "null": ("null", "int", None),
    "typed null": ("null.string", "string", None),
}


@pytest.mark.parametrize("case", VALUES)
def test_values_of_every_type(lake, case):
    text, hive, value = VALUES[case]
    document = f"{{c: {text}}}".encode()
    lake.put("a.ion", document)
    binary = BytesIO()
    simpleion.dump(list(simpleion.load(BytesIO(document), single_value=False)), binary, sequence_as_stream=True)
    lake.put("b.10n", binary.getvalue())
    lake.put("c.ion.gz", gzip.compress(document))
    table(lake, f"c {hive}")
    assert lake.rows() == [(value,)] * 3


def test_each_struct_is_a_row_on_however_many_lines(lake):
    lake.put("a.ion", b'$ion_1_0 {id: 1,\n name: "a"} {"ID": 2,\n "other": [1]}\n null 5')
    table(lake, "id int, name string")
    assert lake.rows() == [(1, "a"), (2, None), (None, None), (None, None)]
    assert lake.rows("SELECT count(*), count(id) FROM t") == [(4, 2)]


def test_names_are_matched_without_case_unless_they_are_not(lake):
    lake.put("a.ion", b"{ALIAS: 1} {alias: 2}")
    table(lake, "alias int", **{"ion.alias.path_extractor": "(alias)"})
    assert lake.rows() == [(1,), (2,)]
    table(lake, "alias int", **{"ion.alias.path_extractor": "(alias)", "ion.path_extractor.case_sensitive": "true"})
    assert lake.rows() == [(None,), (2,)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("(a b 0)", 1),
        ("(a b 1)", 2),
        ("(a b 9)", None),
        ("(a c)", 7),
        ("(* c)", 7),
        ("(x)", None),
        ("(a A::d)", 8),
        ("(a B::d)", None),
        ("(a $ion_extractor_field::e)", 9),
    ],
)
def test_paths(lake, path, value):
    lake.put("a.ion", b"{a: {b: [1, 2], c: 7, d: A::8, e: 9}}")
    table(lake, "c int", **{"ion.c.path_extractor": path})
    assert lake.rows() == [(value,)]


def test_a_path_that_is_none(lake):
    lake.put("a.ion", b"{a: 1}")
    table(lake, "c int", **{"ion.c.path_extractor": "(a"})
    with pytest.raises(OwlakeError, match="HIVE_INVALID_METADATA: Invalid path extractor"):
        lake.rows()


def test_numbers_too_great(lake):
    lake.put("a.ion", b"{n: 300, m: 1}")
    table(lake, "n tinyint, m tinyint")
    with pytest.raises(OwlakeError, match="HIVE_BAD_DATA: Ion value 300 does not fit into Trino type tinyint"):
        lake.rows()
    table(lake, "n tinyint, m tinyint", **{"ion.fail_on_overflow": "false"})
    assert lake.rows() == [(44, 1)]
    table(lake, "n tinyint, m tinyint", **{"ion.fail_on_overflow": "true", "ion.n.fail_on_overflow": "false"})
    assert lake.rows() == [(44, 1)]


@pytest.mark.parametrize(
    ("text", "type_"), [("true", "int"), ('"1"', "int"), ("1", "string"), ("[1]", "map<string,int>")]
)
def test_values_of_another_kind(lake, text, type_):
    lake.put("a.ion", f"{{c: {text}}}".encode())
    table(lake, f"c {type_}")
    with pytest.raises(OwlakeError, match="HIVE_BAD_DATA: Cannot coerce IonType"):
        lake.rows()


@pytest.mark.parametrize("content", [b"{c: 1} {c:", b"\xe0\x01\x00\xea\xde\xff\xff", b"{c: }"])
def test_what_is_no_ion(lake, content):
    lake.put("a.ion", content)
    table(lake, "c int")
    with pytest.raises(OwlakeError, match=r"HIVE_CURSOR_ERROR: Failed to read file: s3://lake/t\d+/a\.ion"):
        lake.rows()


def test_what_is_no_ion_may_be_ignored(lake):
    lake.put("a.ion", b"{c: 1} {c:")
    lake.put("b.ion", b"{c: 2}")
    table(lake, "c int", **{"ion.ignore_malformed": "true"})
    assert sorted(lake.rows()) == [(1,), (2,)]


@pytest.mark.parametrize("unit", [b"[", b"(", b"{a:", b"[{a:"])
def test_what_is_nested_without_end_is_an_error(lake, unit):
    lake.put("a.ion", unit * 300_000)
    table(lake, "c int")
    with pytest.raises(OwlakeError, match=r"HIVE_CURSOR_ERROR.*nested more than 1,000 deep"):
        lake.rows()


def test_what_is_nested_deep_is_read(lake):
    lake.put("a.ion", b"{c: " + b"[" * 900 + b"]" * 900 + b", d: 7}")
    table(lake, "d int")
    assert lake.rows() == [(7,)]
