"""Expected hashes: Trino's TestHiveBucketing, which holds them against Hive's own code."""

from __future__ import annotations

import datetime as dt
import math
import struct

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.catalog.model import Column, StorageDescriptor, Table
from owlake.errors import OwlakeError
from owlake.lake.bucket_hash import bucket_hashes, bucket_numbers, hash_column
from owlake.lake.buckets import bucket_file_name, bucket_number, prune_buckets, wanted_buckets
from owlake.lake.model import DataFile, Domain, Range
from owlake.types.arrow import arrow_type
from owlake.types.hive import parse_hive_type
from owlake.types.model import VARCHAR


def hash_of(hive_type: str, value) -> int:
    type_ = parse_hive_type(hive_type)
    return int(hash_column(pa.array([value], arrow_type(type_)), type_).view(np.int32)[0])


def float_of(bits: int) -> float:
    return struct.unpack(">f", struct.pack(">I", bits))[0]


def double_of(bits: int) -> float:
    return struct.unpack(">d", struct.pack(">Q", bits))[0]


CHINESE = "\u5f3a\u5927\u7684Trino\u5f15\u64ce"
PLANE_2 = "\U00020ffc\U00020ffd\U00020ffe\U00020fff"
LARGEST_FLOAT = 3.4028234663852886e38
SMALLEST_FLOAT = 1.401298464324817e-45


@pytest.mark.parametrize(
    ("hive_type", "value", "expected"),
    [
        ("string", "Trino rocks", 1132136730),
        ("boolean", None, 0),
        ("boolean", True, 1),
        ("boolean", False, 0),
        ("tinyint", 5, 5),
        ("tinyint", -128, -128),
        ("smallint", 300, 300),
        ("smallint", -32768, -32768),
        ("int", 300_000, 300_000),
        ("int", -(2**31), -(2**31)),
        ("int", 2**31 - 1, 2**31 - 1),
        ("bigint", None, 0),
        ("bigint", 300_000_000_000, -647710651),
        ("bigint", -(2**63), -(2**31)),
        ("bigint", 2**63 - 1, -(2**31)),
        ("float", 12.34, 1095069860),
        ("float", -LARGEST_FLOAT, -8388609),
        ("float", SMALLEST_FLOAT, 1),
        ("float", math.inf, 2139095040),
        ("float", -math.inf, -8388608),
        ("float", math.nan, 2143289344),
        ("float", float_of(0xFFC00000), 2143289344),
        ("float", float_of(0x7FC01234), 2143289344),
        ("double", 12.34, 986311098),
        ("double", -1.7976931348623157e308, 1048576),
        ("double", 5e-324, 1),
        ("double", math.inf, 2146435072),
        ("double", -math.inf, -1048576),
        ("double", math.nan, 2146959360),
        ("double", double_of(0xFFF8123412341234), 2146959360),
        ("varchar(15)", None, 0),
        ("varchar(15)", "", 1),
        ("varchar(15)", "test string", -189841218),
        ("varchar(15)", CHINESE, 1899852420),
        ("varchar(15)", PLANE_2, -457487557),
        ("string", "", 0),
        ("string", "test string", -318923937),
        ("string", CHINESE, 1688501507),
        ("string", PLANE_2, -1810797254),
        ("date", dt.date(1970, 1, 1), 0),
        ("date", dt.date(2015, 11, 19), 16758),
        ("date", dt.date(1950, 11, 19), -6983),
        ("array<boolean>", [], 0),
        ("array<smallint>", [5, 8, 13], 5066),
        ("array<string>", ["test1", "test2", "test3", "test4"], 957612994),
        ("array<array<bigint>>", [[10, 20], [-10, -20], [None]], 326368),
        ("map<string,bigint>", [("key", 123), ("key2", 123456789), ("key3", -123456)], 127880789),
        ("map<array<double>,map<int,string>>", [([12.3, 45.7], [(123, "test99")])], -34001111),
    ],
)
def test_a_value_has_hives_hash(hive_type, value, expected):
    assert hash_of(hive_type, value) == expected


def test_several_columns_are_hashed_together():
    hive_types = ("float", "array<smallint>", "map<string,bigint>")
    types = [parse_hive_type(text) for text in hive_types]
    values = [12.34, [5, 8, 13], [("key", 123)]]
    columns = [pa.array([value], arrow_type(type_)) for value, type_ in zip(values, types, strict=True)]
    assert int(bucket_hashes(columns, types).view(np.int32)[0]) == 95411006


def test_nulls_among_several_columns():
    hive_types = ("double", "array<smallint>", "boolean", "map<string,bigint>", "tinyint")
    types = [parse_hive_type(text) for text in hive_types]
    values = [None, [5, 8, 13], None, [("key", 123)], None]
    columns = [pa.array([value], arrow_type(type_)) for value, type_ in zip(values, types, strict=True)]
    assert int(bucket_hashes(columns, types).view(np.int32)[0]) == 154207826


def test_the_bucket_is_the_hash_without_its_sign_modulo_the_count():
    text = pa.array(["Trino rocks", "test string"])
    assert bucket_numbers([text], [VARCHAR], 4).to_pylist() == [1132136730 % 4, (-318923937 & 0x7FFFFFFF) % 4]


@pytest.mark.parametrize("hive_type", ["timestamp", "decimal(10,2)", "char(3)", "binary", "struct<a:int>"])
def test_other_types_are_refused(hive_type):
    type_ = parse_hive_type(hive_type)
    with pytest.raises(OwlakeError, match="NOT_SUPPORTED: Bucketing by a column of type"):
        hash_column(pa.array([None], arrow_type(type_)), type_)


def polynomial(text: str) -> int:
    value = 0
    for byte in text.encode():
        value = (value * 31 + (byte - 256 if byte > 127 else byte)) & 0xFFFFFFFF
    return value


@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | st.text(max_size=20), max_size=30), st.integers(0, 5), st.integers(1, 40))
def test_texts_have_the_hash_of_a_byte_by_byte_loop(texts, cut, run):
    column = pa.array(texts, pa.string())[cut:]
    expected = [0 if text is None else polynomial(text) for text in texts[cut:]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("owlake.lake.bucket_hash._LONGEST_RUN", run)
        assert hash_column(column, VARCHAR).tolist() == expected


def test_views_and_dictionaries_are_texts_too():
    texts = pa.array(["a", None, "bb"])
    for column in (texts.dictionary_encode(), texts.cast(pa.large_string()), texts.cast(pa.string_view())):
        assert hash_column(column, VARCHAR).tolist() == hash_column(texts, VARCHAR).tolist()


@pytest.mark.parametrize(
    ("name", "bucket"),
    [
        # Trino's TestHiveWriterFactory and TestBackgroundHiveSplitLoader.
        ("001234_0_20180102_030405_00641_x1y2z", 1234),
        ("0234_0", 234),
        ("000234_0", 234),
        ("0234_99", 234),
        ("0234_0.txt", 234),
        ("0234_0_copy_1", 234),
        ("20190526_072952_00009_fn7s5_bucket-00234", 234),
        ("20190526_072952_00009_fn7s5_bucket-00234.txt", 234),
        ("20190526_235847_87654_fn7s5_bucket-56789", 56789),
        ("bucket_00001", 1),
        ("bucket_00001_0", 1),
        ("part-00000.parquet", None),
        ("data.csv", None),
    ],
)
def test_a_files_name_tells_its_bucket(name, bucket):
    assert bucket_number(f"s3://b/t/{name}") == bucket


def test_a_written_name_reads_back():
    assert bucket_file_name(1234, "owl0123456789w7") == "001234_0_owl0123456789w7"
    assert bucket_number(bucket_file_name(99_999, "owl0123456789w7")) == 99_999


def bucketed(columns: dict[str, str], by: tuple[str, ...], count: int, **parameters: str) -> Table:
    described = tuple(Column(*column) for column in columns.items())
    storage = StorageDescriptor(described, "s3://b/t/", bucket_columns=by, number_of_buckets=count)
    return Table("db", "t", storage, parameters=parameters)


def points(*values, null: bool = False) -> Domain:
    return Domain(values=frozenset(values), null_allowed=null)


class TestPruning:
    def test_combinations_of_values_are_hashed(self):
        table = bucketed({"a": "int", "b": "tinyint"}, ("a", "b"), 8)
        assert wanted_buckets(table, {"a": points(1, 10), "b": points(5, 6)}) == {3, 4, 5}

    def test_null_is_in_bucket_zero(self):
        assert wanted_buckets(bucketed({"a": "int"}, ("a",), 8), {"a": points(3, null=True)}) == {0, 3}

    def test_a_range_of_one_value_is_a_value(self):
        assert wanted_buckets(bucketed({"a": "int"}, ("a",), 8), {"a": Domain(ranges=(Range(11, 11),))}) == {3}

    @pytest.mark.parametrize(
        ("table", "domains"),
        [
            (bucketed({"a": "int"}, ("a",), 8), {}),
            (bucketed({"a": "int"}, ("a",), 8), {"a": Domain(ranges=(Range(1, 2),))}),
            (bucketed({"a": "int", "b": "int"}, ("a", "b"), 8), {"a": points(1)}),
            (bucketed({"a": "double"}, ("a",), 8), {"a": points(0.0)}),
            (bucketed({"a": "timestamp"}, ("a",), 8), {"a": points(dt.datetime.fromisoformat("2020-01-01"))}),
            (bucketed({"a": "int"}, ("a",), 8, bucketing_version="2"), {"a": points(1)}),
            (bucketed({"a": "int"}, ("a",), 8), {"a": points(*range(1001))}),
            (bucketed({"a": "int"}, (), -1), {"a": points(1)}),
        ],
    )
    def test_otherwise_any_bucket_can_be_wanted(self, table, domains):
        assert wanted_buckets(table, domains) is None

    def test_files_of_other_buckets_are_left_out(self):
        table = bucketed({"a": "int"}, ("a",), 4)
        names = ["000000_0", "000001_0", "000002_0_owl0123456789w1", "000003_0", "stray.parquet", "000009_0"]
        files = [DataFile(f"s3://b/t/{name}", 1, 0) for name in names]
        kept = prune_buckets(table, {"a": points(6)}, files)
        assert [file.uri.removeprefix("s3://b/t/") for file in kept] == [
            "000002_0_owl0123456789w1", "stray.parquet", "000009_0",
        ]  # fmt: skip

    def test_no_values_leave_no_bucket(self):
        table = bucketed({"a": "int"}, ("a",), 4)
        assert prune_buckets(table, {"a": points()}, [DataFile("s3://b/t/000000_0", 1, 0)]) == ()
