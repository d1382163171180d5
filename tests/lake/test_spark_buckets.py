"""Expected hashes: what Spark itself gave, as the tests of DataFusion Comet and of Spark's documentation keep it."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pyarrow as pa
import pytest

from owlake.catalog.model import Column, StorageDescriptor, Table
from owlake.catalog.writes import parse_write_token
from owlake.errors import OwlakeError
from owlake.lake.buckets import bucket_file_name, bucket_number, prune_buckets, wanted_buckets
from owlake.lake.model import DataFile, Domain
from owlake.lake.spark_hash import bucket_hashes, bucket_numbers
from owlake.types.arrow import arrow_type
from owlake.types.hive import parse_hive_type
from owlake.types.model import INTEGER, VARCHAR

CASES = [
    ("tinyint", [1, 0, -1, 127, -128], [0xDEA578E3, 0x379FAE8F, 0xA0590E3D, 0x43B4D8ED, 0x422A1365]),
    ("int", [1, 0, -1, 2**31 - 1, -(2**31)], [0xDEA578E3, 0x379FAE8F, 0xA0590E3D, 0x07FB67E7, 0x2B1F0FC6]),
    ("int", [1, 2, 3, 4], [-559580957, 1765031574, -1823081949, -397064898]),
    ("bigint", [1, 0, -1, 2**63 - 1, -(2**63)], [0x99F0149D, 0x9C67B85D, 0xC8008529, 0xA05B5D7B, 0xCD1E64FB]),
    ("float", [1.0, 0.0, -0.0, -1.0, 99999999999.99999999999, -99999999999.99999999999],
     [0xE434CC39, 0x379FAE8F, 0x379FAE8F, 0xDC0DA8EB, 0xCBDC340F, 0xC0361C86]),
    ("double", [1.0, 0.0, -0.0, -1.0, 99999999999.99999999999, -99999999999.99999999999],
     [0xE4876492, 0x9C67B85D, 0x9C67B85D, 0x13D81357, 0xB87E1595, 0xA0EEF9F9]),
    ("string", ["hello", "bar", "", "\U0001f601", "\u5929\u5730"],
     [3286402344, 2486176763, 142593372, 885025535, 2395000894]),
    # What is a number underneath has the number's hash.
    ("boolean", [True, False], [0xDEA578E3, 0x379FAE8F]),
    ("date", [dt.date(1970, 1, 2), dt.date(1969, 12, 31)], [0xDEA578E3, 0xA0590E3D]),
    ("timestamp", [dt.datetime(1970, 1, 1, microsecond=1)], [0x99F0149D]),  # noqa: DTZ001
    ("decimal(9,2)", [None], [42]),
    ("string", [None], [42]),
]  # fmt: skip


@pytest.mark.parametrize(("hive_type", "values", "expected"), CASES)
def test_values_have_sparks_hashes(hive_type, values, expected):
    type_ = parse_hive_type(hive_type)
    column = pa.array([*values[:1], *values], arrow_type(type_)).slice(1)
    assert bucket_hashes([column], [type_]).tolist() == [value & 0xFFFFFFFF for value in expected]


def test_decimals_have_the_hash_of_their_digits():
    type_ = parse_hive_type("decimal(9,2)")
    column = pa.array(["0.01", "-0.01"]).cast(pa.decimal128(9, 2))
    assert bucket_hashes([column], [type_]).tolist() == [0x99F0149D, 0xC8008529]


def test_each_column_is_seeded_with_those_before_it():
    columns = [pa.array(["hello", None]), pa.array([None, 1], pa.int32())]
    assert bucket_hashes(columns, [VARCHAR, INTEGER]).tolist() == [3286402344, 0xDEA578E3]


def test_the_bucket_is_the_positive_rest():
    assert bucket_numbers([pa.array([1, 2, 3], pa.int32())], [INTEGER], 8).to_pylist() == [
        -559580957 % 8, 1765031574 % 8, -1823081949 % 8,
    ]  # fmt: skip


def test_types_that_spark_hashes_otherwise_are_refused():
    type_ = parse_hive_type("array<int>")
    with pytest.raises(OwlakeError, match="NOT_SUPPORTED: Bucketing by a column of type"):
        bucket_hashes([pa.array([[1]])], [type_])


def bucketed(type_: str, count: int) -> Table:
    storage = StorageDescriptor((Column("a", type_),), "s3://b/t/", bucket_columns=("a",), number_of_buckets=count)
    return Table("db", "t", storage, parameters={"bucketing_format": "spark"})


def test_only_the_files_of_sparks_bucket_are_read():
    table, domains = bucketed("int", 8), {"a": Domain(values=frozenset([1]))}
    assert wanted_buckets(table, domains) == {int(np.mod(-559580957, 8))}
    names = [f"part-00000-6c5fd5a5-0000-4000-8000-000000000000_{bucket:05}.c000.snappy.parquet" for bucket in range(8)]
    files = [DataFile(f"s3://b/t/{name}", 1, 0) for name in names]
    assert [bucket_number(file.uri) for file in files] == list(range(8))
    assert [file.uri for file in prune_buckets(table, domains, files)] == [files[-559580957 % 8].uri]


def test_what_is_written_has_a_name_in_which_spark_finds_the_bucket():
    name = bucket_file_name(3, "owl0123456789w7", is_sparks=True) + ".parquet"
    # The pattern of Spark's BucketingUtils.
    assert re.fullmatch(r".*_(\d+)(?:\..*)?", name)[1] == "00003"
    assert bucket_number(name) == 3
    assert parse_write_token(name) == ("0123456789", 7)


def test_other_names_of_sparks_hold_no_bucket():
    assert bucket_number("s3://b/t/part-00000-6c5fd5a5-0000-4000-8000-000000000000.c000.snappy.parquet") is None
    assert bucket_number("s3://b/t/part-00000-6c5fd5a5-0000-4000-8000-000000000000-c000.snappy.parquet") is None
