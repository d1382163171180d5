"""LazySimpleSerDe, as https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html and Trino have it."""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import math
import re
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.catalog.model import SerDeInfo
from owlake.errors import OwlakeError
from owlake.lake.formats import scans
from owlake.lake.formats.text.nested import LazyOptions, lazy_converter
from owlake.types.arrow import arrow_type
from owlake.types.hive import parse_hive_type
from tests.lake.engine import context, hive_table, read, request, rows

LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"


def serde(**parameters: str) -> SerDeInfo:
    return SerDeInfo(LAZY, {key.replace("_", "."): value for key, value in parameters.items()})


CSV = serde(field_delim=",", serialization_format=",")


def put(storage, content: bytes | str, name: str = "a.csv") -> None:
    storage.write(f"s3://lake/t/{name}", content.encode() if isinstance(content, str) else content)


def one(storage, type_: str, *texts: str | bytes, serde: SerDeInfo = CSV) -> list:
    """The values of a column in a file with one field a line and an id behind it (so that no line is empty)."""
    lines = [text.encode() if isinstance(text, str) else text for text in texts]
    separator = serde.parameters.get("field.delim", "\x01").encode()
    put(storage, b"".join(line + separator + b"1\n" for line in lines))
    return read(hive_table({"c": type_, "id": "int"}, serde), storage, ["c"]).column("c").to_pylist()


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


class TestLines:
    def test_missing_fields_are_null_and_surplus_ones_ignored(self, storage):
        put(storage, "1,a,x\n2\n3,b,y,z\n")
        table = hive_table({"n": "int", "s": "string", "t": "string"}, CSV)
        assert rows(table, storage) == [(1, "a", "x"), (2, None, None), (3, "b", "y")]

    def test_an_empty_line_is_a_row_with_an_empty_first_field(self, storage):
        put(storage, "a,b\n\nc,d\n")
        assert rows(hive_table({"s": "string", "t": "string"}, CSV), storage) == [("a", "b"), ("", None), ("c", "d")]

    def test_nothing_is_quoted(self, storage):
        put(storage, '"a,b",c\n')
        assert rows(hive_table({"s": "string", "t": "string"}, CSV), storage) == [('"a', 'b"')]

    def test_the_default_separator_is_control_a(self, storage):
        put(storage, "1\x01a,b\n")
        assert rows(hive_table({"n": "int", "s": "string"}, serde()), storage) == [(1, "a,b")]

    @pytest.mark.parametrize("delimiter", ["|", "\t", ";", "9"])
    def test_a_delimiter_is_a_character_or_the_number_of_its_byte(self, storage, delimiter):
        put(storage, f"1{chr(9) if delimiter == '9' else delimiter}a\n")
        assert rows(hive_table({"n": "int", "s": "string"}, serde(field_delim=delimiter)), storage) == [(1, "a")]

    def test_an_escape_takes_the_meaning_from_the_next_character(self, storage):
        put(storage, "a\\,b,c\\\\,\\N\nx,y,z\n")
        escaped = serde(field_delim=",", escape_delim="\\")
        table = hive_table({"a": "string", "b": "string", "c": "string"}, escaped)
        assert rows(table, storage) == [("a,b", "c\\", None), ("x", "y", "z")]

    def test_the_last_column_may_take_the_rest(self, storage):
        put(storage, "1,a,b,c\n2\n")
        rest = serde(field_delim=",", serialization_last_column_takes_rest="true")
        assert rows(hive_table({"n": "int", "s": "string"}, rest), storage) == [(1, "a,b,c"), (2, None)]

    def test_headers_are_skipped_in_every_file(self, storage):
        for name in ("1.csv", "2.csv"):
            put(storage, "n,s\n1,a\n", name)
        table = hive_table({"n": "int", "s": "string"}, CSV, **{"skip.header.line.count": "1"})
        assert rows(table, storage) == [(1, "a"), (1, "a")]

    def test_files_of_every_codec_are_one_table(self, storage):
        put(storage, "1\n", "a.csv")
        put(storage, pa.compress(b"2\n", codec="gzip", asbytes=True), "b.csv.gz")
        put(storage, pa.compress(b"3\n", codec="zstd", asbytes=True), "c.csv.zst")
        assert sorted(rows(hive_table({"n": "int"}, CSV), storage)) == [(1,), (2,), (3,)]

    def test_empty_files_have_no_rows(self, storage):
        put(storage, b"", "a.csv")
        put(storage, "1\n", "b.csv")
        assert rows(hive_table({"n": "int"}, CSV), storage) == [(1,)]

    def test_rows_are_counted_without_cutting_them(self, storage):
        put(storage, "1,a\n\n3\n")
        assert read(hive_table({"n": "int", "s": "string"}, CSV), storage, []).num_rows == 3

    def test_columns_in_any_order_and_number(self, storage):
        put(storage, ",".join(map(str, range(1000))) + "\n")
        table = hive_table({f"c{number}": "int" for number in range(1000)}, CSV)
        assert rows(table, storage) == [tuple(range(1000))]
        assert rows(table, storage, ["c7", "c990"]) == [(7, 990)]

    def test_bytes_that_are_no_utf8_become_the_replacement_character(self, storage):
        assert one(storage, "string", b"a\xffb", b"ok", b"\xc3") == ["a\ufffdb", "ok", "\ufffd"]

    def test_filters_see_the_typed_values(self, storage):
        put(storage, "".join(f"{number},x{number}\n" for number in range(100)))
        (scan,) = scans(request(hive_table({"n": "int", "s": "string"}, CSV), storage))
        session = context()
        session.register_dataset("t", scan.dataset)
        found = session.sql("SELECT s FROM t WHERE n > 97 AND s <> 'x98'").to_arrow_table()
        assert found.column("s").to_pylist() == ["x99"]


def test_every_row_tells_its_file(storage):
    put(storage, "1\n2\n", "a.csv")
    put(storage, "3\n", "b.csv")
    (scan,) = scans(request(hive_table({"n": "int"}, CSV), storage))
    session = context()
    session.register_dataset("t", scan.dataset)
    found = session.sql('SELECT n, "$file" AS f FROM t ORDER BY n').to_arrow_table()
    assert found.column("f").to_pylist() == ["s3://lake/t/a.csv", "s3://lake/t/a.csv", "s3://lake/t/b.csv"]
    counted = session.sql('SELECT "$file" AS f, count(*) AS c FROM t GROUP BY 1 ORDER BY 1').to_arrow_table()
    assert counted.column("c").to_pylist() == [2, 1]


class TestNull:
    def test_backslash_n_is_null_in_every_type(self, storage):
        for type_ in (
            "string",
            "int",
            "double",
            "boolean",
            "date",
            "timestamp",
            "decimal(3,1)",
            "array<int>",
            "binary",
        ):
            assert one(storage, type_, "\\N") == [None]

    def test_another_null_text(self, storage):
        dashes = serde(field_delim=",", serialization_null_format="-")
        assert one(storage, "string", "-", "\\N", "", serde=dashes) == [None, "\\N", ""]
        assert one(storage, "int", "-", "5", serde=dashes) == [None, 5]

    def test_an_empty_text_is_text_and_no_number(self, storage):
        assert one(storage, "string", "", "a") == ["", "a"]
        for type_ in ("int", "double", "decimal(5,2)", "boolean", "date", "timestamp"):
            assert one(storage, type_, "") == [None]

    def test_an_empty_text_may_be_null(self, storage):
        assert one(storage, "string", "", "a", serde=serde(field_delim=",", serialization_null_format="")) == [
            None,
            "a",
        ]


SCALARS = {
    "int": ("int", {"1": 1, "-1": -1, "+1": 1, "007": 7, "1.9": 1, "-1.9": -1, ".": 0, "1e3": None, "x": None, "": None,
                    " 1": None, "2147483647": 2147483647, "2147483648": None, "0x1F": None, "1-2": None, "-": None}),
    "tinyint": ("tinyint", {"127": 127, "128": None, "-128": -128, "-129": None}),
    "bigint": ("bigint", {"9223372036854775807": 2**63 - 1, "9223372036854775808": None,
                          "-9223372036854775808": -(2**63), "00000000000000000000000001": 1, "1" * 200: None}),
    "double": ("double", {"1.5": 1.5, "-1e3": -1000.0, "+2": 2.0, ".5": 0.5, "5.": 5.0, " 1 ": 1.0, "1d": 1.0,
                          "1f": 1.0, "Infinity": math.inf, "-Infinity": -math.inf,
                          "inf": None, "nan": None, "x": None}),
    "float": ("float", {"1.5": 1.5, "0.1": 0.10000000149011612}),
    "decimal": ("decimal(5,2)", {"1.5": Decimal("1.50"), "1.005": Decimal("1.01"), "-1.005": Decimal("-1.01"),
                                 "999.994": Decimal("999.99"), "999.995": None, "1e2": Decimal("100.00"), "x": None,
                                 "+7": Decimal("7.00"), "1000": None, " 1": None, "1e999999999": None, "": None}),
    "boolean": ("boolean", {"true": True, "FALSE": False, "True": True, "1": None, "t": None, "yes": None}),
    "date": ("date", {"2020-02-29": dt.date(2020, 2, 29), "2021-02-30": dt.date(2021, 3, 2),
                      "2020-1-2": dt.date(2020, 1, 2), "2020-01-02 10:11:12": dt.date(2020, 1, 2),
                      "20200102": None, "x": None, "0001-01-01": dt.date(1, 1, 1)}),
    "timestamp": ("timestamp", {
        "2020-01-02 03:04:05": moment("2020-01-02 03:04:05"),
        "2020-01-02 03:04:05.678": moment("2020-01-02 03:04:05.678"),
        "2020-01-02 03:04:05.6785": moment("2020-01-02 03:04:05.679"),
        "2020-01-02 03:04:05.678499999": moment("2020-01-02 03:04:05.678"),
        "2020-01-02T03:04:05": moment("2020-01-02 03:04:05"),
        "2020-01-02T03:04": moment("2020-01-02 03:04:00"),
        "2020-1-2 3:4:5": moment("2020-01-02 03:04:05"),
        "2020-01-02": moment("2020-01-02"),
        "2020-01-02 03:04": None, "2020-01-02 03": None, "1577934245": None, "x": None, "2020-01-02 03:04:05Z": None,
        "1969-12-31 23:59:59.9999": moment("1970-01-01"),
    }),
    "varchar": ("varchar(2)", {"äöü": "äö", "a": "a"}),
    "char": ("char(3)", {"ab  ": "ab", "abcd": "abc"}),
    "binary": ("binary", {base64.b64encode(b"\x00\xff").decode(): b"\x00\xff", "no base64": b"no base64"}),
}  # fmt: skip


@pytest.mark.parametrize("case", SCALARS)
def test_values_are_read_as_hive_reads_them(storage, case):
    type_, texts = SCALARS[case]
    separated = serde(field_delim="|") if case != "x" else CSV
    texts = {text.rstrip(","): value for text, value in texts.items()}
    assert one(storage, type_, *texts, serde=separated) == list(texts.values())


def test_not_a_number_is_read(storage):
    assert math.isnan(one(storage, "double", "NaN")[0])


def test_extended_booleans(storage):
    extended = SerDeInfo(LAZY, {"field.delim": ",", "hive.lazysimple.extended_boolean_literal": "true"})
    assert one(storage, "boolean", "t", "F", "1", "0", "x", serde=extended) == [True, False, True, False, None]


def test_a_tables_own_timestamps_go_first(storage):
    own = serde(field_delim="|", timestamp_formats="yyyy-dd-MM HH:mm:ss,millis")
    assert one(storage, "timestamp", "2020-02-01 00:00:00", "1577934245678", "2020-01-31 00:00:00", "x", serde=own) == [
        moment("2020-01-02 00:00:00"),
        moment("2020-01-02 03:04:05.678"),
        moment("2020-01-31 00:00:00"),
        None,
    ]


class TestNested:
    NESTED = serde(field_delim=",", colelction_delim=";", mapkey_delim=":")

    def read(self, storage, type_, *texts, serde=None):
        return one(storage, type_, *texts, serde=serde or self.NESTED)

    def test_arrays(self, storage):
        found = self.read(storage, "array<int>", "1;2;x;", "", "\\N", "5", "1;\\N")
        assert found == [[1, 2, None, None], [], None, [5], [1, None]]

    def test_arrays_of_text_keep_empty_elements(self, storage):
        assert self.read(storage, "array<string>", "a;;b", ";", "") == [["a", "", "b"], ["", ""], []]

    def test_maps(self, storage):
        found = self.read(storage, "map<string,int>", "a:1;b:2", "a", "", "\\N", "a:x", "a:1;a:2;c:3", ":5", "a:1:2")
        assert found == [
            [("a", 1), ("b", 2)], [("a", None)], [], None, [("a", None)], [("a", 1), ("c", 3)], [("", 5)],
            [("a", None)],
        ]  # fmt: skip

    def test_entries_without_a_key_are_none(self, storage):
        assert self.read(storage, "map<int,int>", "x:1;2:3", "\\N:1") == [[(2, 3)], []]

    def test_rows(self, storage):
        found = self.read(storage, "struct<a:int,b:string>", "1;x", "1", "", "\\N", "1;x;y")
        assert found == [
            {"a": 1, "b": "x"}, {"a": 1, "b": None}, {"a": None, "b": None}, None, {"a": 1, "b": "x"},
        ]  # fmt: skip

    def test_deeper_levels_have_separators_of_their_own(self, storage):
        found = self.read(storage, "array<array<int>>", "1:2;3", "", "4:")
        assert found == [[[1, 2], [3]], [], [[4, None]]]
        found = self.read(storage, "map<string,array<struct<a:int,b:int>>>", "k:1\x052\x043\x054;l:")
        assert found == [[("k", [{"a": 1, "b": 2}, {"a": 3, "b": 4}]), ("l", [])]]

    def test_escaped_separators_do_not_separate(self, storage):
        escaped = serde(field_delim=",", colelction_delim=";", mapkey_delim=":", escape_delim="\\")
        assert self.read(storage, "array<string>", "a\\;b;c\\\\;d\\,e", serde=escaped) == [["a;b", "c\\", "d,e"]]
        assert self.read(storage, "map<string,string>", "a\\:b:c\\;d", serde=escaped) == [[("a:b", "c;d")]]

    def test_types_are_those_of_the_table(self, storage):
        type_ = "map<string,array<struct<a:int,b:decimal(5,2)>>>"
        put(storage, "k:1\x052,1\n")
        found = read(hive_table({"c": type_, "id": "int"}, self.NESTED), storage)
        assert found.schema.field("c").type == arrow_type(parse_hive_type(type_))

    def test_too_many_levels_are_refused(self, storage):
        type_ = "array<" * 8 + "int" + ">" * 8
        with pytest.raises(OwlakeError, match="HIVE_INVALID_METADATA: Text files nest 7 levels at most"):
            self.read(storage, type_, "1")


def test_no_such_encoding(storage):
    put(storage, "a\n")
    with pytest.raises(OwlakeError, match=r"HIVE_INVALID_METADATA: Unknown serialization\.encoding: klingon"):
        rows(hive_table({"c": "string"}, serde(serialization_encoding="klingon")), storage)


def test_another_encoding(storage):
    put(storage, "ä,1\n".encode("cp1252"))
    assert rows(
        hive_table({"c": "string"}, serde(field_delim=",", serialization_encoding="windows-1252")), storage
    ) == [("ä",)]


OPTIONS = LazyOptions(b"\x01\x02\x03\x04\x05\x06\x07\x08", b"\\N", None, extended_booleans=False)


def reference(type_: str, text: str):
    """One value at a time, by Python's own means."""
    if text in ("\\N", ""):
        return None
    if type_ == "int":
        found = re.fullmatch(r"([+-]?)(\d*)(\.\d*)?", text, re.ASCII)
        value = int(found[1] + (found[2] or "0")) if found and text not in "+-" else None
        return value if value is not None and -(2**31) <= value < 2**31 else None
    if type_ == "double":
        found = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text.strip(" "), re.ASCII)
        return float(text) if found else None
    try:
        value = Decimal(text).quantize(Decimal("0.01"), decimal.ROUND_HALF_UP)
    except decimal.InvalidOperation:
        return None
    return value if abs(value) < 1000 and " " not in text else None


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(["int", "double", "decimal(5,2)"]),
    st.lists(
        st.one_of(st.text("0123456789+-.eE ", max_size=7), st.sampled_from(["\\N", "12", "3.25", "-7"])), max_size=12
    ),
)
def test_numbers_are_those_of_a_reader_that_goes_one_by_one(type_, texts):
    convert = lazy_converter(parse_hive_type(type_), OPTIONS)
    column = pa.array([text.encode() for text in texts], pa.binary())
    assert convert(column).to_pylist() == [reference(type_, text) for text in texts]
