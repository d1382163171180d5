"""Files are read back with pyarrow and DuckDB."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.catalog.model import Column, SerDeInfo, StorageDescriptor, Table
from owlake.errors import OwlakeError, error
from owlake.lake.bucket_hash import bucket_numbers
from owlake.lake.buckets import bucket_number
from owlake.lake.storage import Storage
from owlake.lake.writing import WriteTarget, write_table
from owlake.lake.writing.runs import runs_of
from owlake.types.model import BIGINT

PARQUET = SerDeInfo("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe")
MARK = "owl0123456789w7"


def target(columns: dict[str, str], keys: dict[str, str] | None = None, buckets: tuple[tuple[str, ...], int] = ((), -1),
           location: str = "s3://lake/t/", **parameters: str) -> WriteTarget:  # fmt: skip
    storage = StorageDescriptor(
        tuple(Column(*column) for column in columns.items()), location, serde=PARQUET,
        bucket_columns=buckets[0], number_of_buckets=buckets[1],
    )  # fmt: skip
    table = Table("db", "t", storage, tuple(Column(*key) for key in (keys or {}).items()), parameters=parameters)
    return WriteTarget(table, location, MARK)


def batches(table: dict | pa.Table, size: int = 1000) -> list[pa.RecordBatch]:
    return (table if isinstance(table, pa.Table) else pa.table(table)).to_batches(size)


def read(storage: Storage, uri: str) -> list[tuple]:
    with storage.open_input(uri) as stream:
        found = pq.read_table(stream)
    return list(zip(*(column.to_pylist() for column in found.columns), strict=True))


def everything(storage: Storage) -> dict[str, list[tuple]]:
    listed = sorted(storage.list_files("s3://lake/t/"), key=lambda file: file.uri)
    return {file.uri.removeprefix("s3://lake/t/"): read(storage, file.uri) for file in listed}


def test_an_unpartitioned_table_is_one_file(any_storage):
    manifest = write_table(
        any_storage, target({"a": "bigint", "b": "string"}), batches({"a": [1, 2, None], "b": ["x", None, ""]})
    )
    assert everything(any_storage) == {f"{MARK}_00000.parquet": [(1, "x"), (2, None), (None, "")]}
    assert manifest.rows == 3
    assert manifest.partitions == ()
    assert [(written.file.uri, written.rows) for written in manifest.files] == [
        (f"s3://lake/t/{MARK}_00000.parquet", 3)
    ]
    assert manifest.size == any_storage.file(f"s3://lake/t/{MARK}_00000.parquet").size


def test_no_rows_make_no_file(storage):
    manifest = write_table(storage, target({"a": "bigint"}), batches(pa.table({"a": pa.array([], pa.int64())})))
    assert (manifest.rows, manifest.files) == (0, ())
    assert storage.list_files("s3://lake/t/") == []


def test_an_error_of_the_rows_is_the_writes(storage):
    def failing():
        yield from batches({"a": [1]})
        raise error("DIVISION_BY_ZERO", "Division by zero")

    with pytest.raises(OwlakeError, match="DIVISION_BY_ZERO"):
        write_table(storage, target({"a": "bigint"}), failing())


def test_rows_are_not_made_far_ahead_of_a_failing_writer(storage):
    made = []

    def endless():
        while True:
            made.append(1)
            yield from batches({"a": [len(made)], "k": [str(len(made))]})

    def two(partitions: int, _writers: int) -> None:
        if partitions > 2:
            raise error("HIVE_TOO_MANY_OPEN_PARTITIONS", "Exceeded limit")

    with pytest.raises(OwlakeError, match="HIVE_TOO_MANY_OPEN_PARTITIONS"):
        write_table(storage, target({"a": "bigint"}, {"k": "string"}), endless(), before_open=two)
    assert len(made) < 30
    assert not [thread for thread in threading.enumerate() if thread.name == "owlake-read-ahead"]


def test_partitions_lie_in_hives_folders(storage):
    rows = {"a": [1, 2, 3, 4], "dt": ["2020-01-01", "2020-01-01", "a/b:c", None]}
    manifest = write_table(storage, target({"a": "bigint"}, {"dt": "string"}), batches(rows))
    assert everything(storage) == {
        f"dt=2020-01-01/{MARK}_00000.parquet": [(1,), (2,)],
        f"dt=__HIVE_DEFAULT_PARTITION__/{MARK}_00002.parquet": [(4,)],
        f"dt=a%2Fb%3Ac/{MARK}_00001.parquet": [(3,)],
    }
    assert [(one.values, one.location) for one in manifest.partitions] == [
        (("2020-01-01",), "s3://lake/t/dt=2020-01-01/"),
        (("a/b:c",), "s3://lake/t/dt=a%2Fb%3Ac/"),
        ((None,), "s3://lake/t/dt=__HIVE_DEFAULT_PARTITION__/"),
    ]


def test_empty_text_and_null_are_one_partition_as_in_hive(storage):
    manifest = write_table(storage, target({"a": "bigint"}, {"k": "string"}), batches({"a": [1, 2], "k": ["", None]}))
    assert [one.values for one in manifest.partitions] == [(None,)]
    assert manifest.rows == 2
    assert all(name.startswith("k=__HIVE_DEFAULT_PARTITION__/") for name in everything(storage))


def test_keys_of_every_type_have_hives_text(storage):
    keys = {
        "a": ("int", pa.array([1], pa.int32())),
        "b": ("date", pa.array([dt.date(2020, 1, 2)])),
        "c": ("boolean", pa.array([True])),
        "d": ("decimal(5,2)", pa.array([Decimal("1.50")], pa.decimal128(5, 2))),
        "e": ("timestamp", pa.array([dt.datetime.fromisoformat("2020-01-02 03:04:05.5")], pa.timestamp("us"))),
        "f": ("double", pa.array([1e10])),
        "g": ("string", pa.array(["x"]).cast(pa.string_view())),
    }
    rows = pa.table({"n": [1], **{name: array for name, (_, array) in keys.items()}})
    where = target({"n": "bigint"}, {name: type_ for name, (type_, _) in keys.items()})
    manifest = write_table(storage, where, batches(rows))
    assert manifest.partitions[0].location == (
        "s3://lake/t/a=1/b=2020-01-02/c=true/d=1.50/e=2020-01-02 03%3A04%3A05.5/f=1.0E10/g=x/"
    )


def test_an_existing_partition_is_written_where_it_is(storage):
    where = target({"a": "bigint"}, {"k": "string"})
    elsewhere = WriteTarget(where.table, where.location, MARK, {("x",): "s3://lake/t/other/"})
    manifest = write_table(storage, elsewhere, batches({"a": [1, 2], "k": ["x", "y"]}))
    assert [one.location for one in manifest.partitions] == ["s3://lake/t/other/", "s3://lake/t/k=y/"]
    assert list(everything(storage)) == [f"k=y/{MARK}_00001.parquet", f"other/{MARK}_00000.parquet"]


def test_each_bucket_is_a_file_with_its_number(storage):
    numbers = pa.array(range(100))
    buckets = bucket_numbers([numbers], [BIGINT], 4)
    rows = pa.table({"a": numbers, "bucket": buckets}).sort_by("bucket").select(["a"])
    manifest = write_table(storage, target({"a": "bigint"}, buckets=(("a",), 4)), batches(rows, 7))
    assert list(everything(storage)) == [f"00000{bucket}_0_{MARK}.parquet" for bucket in range(4)]
    for written in manifest.files:
        assert bucket_number(written.file.uri) == written.bucket
        values = pa.array([value for (value,) in read(storage, written.file.uri)])
        assert set(bucket_numbers([values], [BIGINT], 4).to_pylist()) == {written.bucket}
    assert manifest.rows == 100


def test_rows_out_of_order_make_more_files_but_none_is_lost(storage):
    rows = {"a": [1, 2, 3, 4], "k": ["x", "y", "x", "y"]}
    manifest = write_table(storage, target({"a": "bigint"}, {"k": "string"}), batches(rows))
    assert manifest.rows == 4
    assert len(manifest.partitions) == 2
    assert sorted(row for found in everything(storage).values() for row in found) == [(1,), (2,), (3,), (4,)]


def test_buckets_out_of_order_are_hives_copies(storage):
    manifest = write_table(storage, target({"a": "bigint"}, buckets=(("a",), 2)), batches({"a": [0, 1, 2]}))
    names = [written.file.uri.rpartition("/")[2] for written in manifest.files]
    assert names == [f"000000_0_{MARK}.parquet", f"000001_0_{MARK}.parquet", f"000000_0_{MARK}_copy_1.parquet"]
    assert [bucket_number(name) for name in names] == [0, 1, 0]


def test_a_file_ends_at_its_target_size(storage):
    rows = pa.table({"a": range(100_000)})
    manifest = write_table(storage, target({"a": "bigint"}), batches(rows, 10_000), target_file_size=200_000)
    assert len(manifest.files) > 2
    assert manifest.rows == 100_000
    assert sorted(value for found in everything(storage).values() for (value,) in found) == list(range(100_000))


def test_a_new_partition_is_announced_before_it_is_opened(storage):
    asked = []

    def at_most_two(partitions: int, writers: int) -> None:
        asked.append((partitions, writers))
        if partitions > 2:
            raise error("HIVE_TOO_MANY_OPEN_PARTITIONS", "Exceeded limit")

    rows = {"a": [1, 2, 3, 4], "k": ["x", "x", "y", "z"]}
    with pytest.raises(OwlakeError, match="HIVE_TOO_MANY_OPEN_PARTITIONS"):
        write_table(storage, target({"a": "bigint"}, {"k": "string"}), batches(rows), before_open=at_most_two)
    assert asked == [(1, 1), (2, 2), (3, 3)]
    assert not storage.has_files("s3://lake/t/k=z/")


def test_partitions_and_buckets_are_counted_apart(storage):
    asked = []
    rows = {"a": [0, 2, 1, 0], "k": ["x", "x", "x", "y"]}
    write_table(
        storage, target({"a": "bigint"}, {"k": "string"}, (("a",), 2)), batches(rows, 2),
        before_open=lambda partitions, writers: asked.append((partitions, writers)),
    )  # fmt: skip
    assert asked == [(1, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("parameters", "codec"),
    [
        ({}, "GZIP"),
        ({"parquet.compression": "GZIP"}, "GZIP"),
        ({"parquet.compression": "snappy"}, "SNAPPY"),
        ({"parquet.compression": "UNCOMPRESSED"}, "UNCOMPRESSED"),
        ({"write.compression": "NONE"}, "UNCOMPRESSED"),
        ({"write_compression": "ZSTD", "compression_level": "9"}, "ZSTD"),
    ],
)
def test_files_are_compressed_as_the_table_says(storage, parameters, codec):
    manifest = write_table(storage, target({"a": "bigint"}, **parameters), batches({"a": [1]}))
    with storage.open_input(manifest.files[0].file.uri) as stream:
        assert pq.ParquetFile(stream).metadata.row_group(0).column(0).compression == codec


@pytest.mark.parametrize(
    "parameters", [{"parquet.compression": "LZO"}, {"write_compression": "ZSTD", "compression_level": "23"}]
)
def test_an_impossible_compression_is_refused(storage, parameters):
    with pytest.raises(OwlakeError, match="INVALID_TABLE_PROPERTY"):
        write_table(storage, target({"a": "bigint"}, **parameters), batches({"a": [1]}))


def test_other_formats_are_refused(storage):
    where = target({"a": "bigint"})
    text = Table("db", "t", StorageDescriptor(where.table.storage.columns, "s3://lake/t/", serde=SerDeInfo("x.Text")))
    with pytest.raises(OwlakeError, match=r"NOT_SUPPORTED: Writing files with SerDe x\.Text is not supported yet"):
        write_table(storage, WriteTarget(text, "s3://lake/t/", MARK), batches({"a": [1]}))


TYPES = {
    "boolean": ("boolean", pa.array([True, None])),
    "tinyint": ("tinyint", pa.array([1, None], pa.int8())),
    "decimal": ("decimal(38,2)", pa.array([Decimal("1.25"), None], pa.decimal128(38, 2))),
    "small decimal": ("decimal(9,2)", pa.array([Decimal("1.25"), None], pa.decimal128(9, 2))),
    "date": ("date", pa.array([dt.date(1, 1, 1), None])),
    "timestamp": ("timestamp", pa.array([dt.datetime(9999, 12, 31, 23, 59), None], pa.timestamp("us"))),  # noqa: DTZ001
    "string view": ("string", pa.array(["x", None]).cast(pa.string_view())),
    "binary": ("binary", pa.array([b"\xff", None])),
    "array": ("array<int>", pa.array([[1, None], None], pa.list_(pa.int32()))),
    "map": ("map<string,int>", pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int32()))),
    "row": ("struct<a:int,b:array<string>>", pa.array([{"a": 1, "b": ["x"]}, None],
            pa.struct([("a", pa.int32()), ("b", pa.list_(pa.string()))]))),
    "nested timestamp": ("array<timestamp>", pa.array([[dt.datetime.fromisoformat("2020-01-01 00:00:00.001")], None],
                         pa.list_(pa.timestamp("us")))),
}  # fmt: skip


@pytest.mark.parametrize("case", TYPES)
def test_every_type_is_read_back_by_others(storage, case):
    type_, values = TYPES[case]
    manifest = write_table(storage, target({"c": type_}), batches(pa.table({"c": values})))
    uri = manifest.files[0].file.uri
    assert read(storage, uri) == [(value,) for value in values.to_pylist()]
    found = duckdb.sql(f"SELECT c FROM read_parquet('{storage.local_path(uri)}')").to_arrow_table()
    assert found.num_rows == 2


def test_timestamps_are_stored_in_milliseconds(storage):
    moment = dt.datetime.fromisoformat("2020-01-01 00:00:00.123500")
    manifest = write_table(storage, target({"c": "timestamp"}), batches({"c": pa.array([moment], pa.timestamp("us"))}))
    with storage.open_input(manifest.files[0].file.uri) as stream:
        found = pq.read_table(stream)
    assert found.schema.field("c").type == pa.timestamp("ms")
    assert found.column("c").to_pylist() == [dt.datetime.fromisoformat("2020-01-01 00:00:00.124")]


def test_files_hold_nothing_of_arrow(storage):
    manifest = write_table(storage, target({"c": "string"}), batches({"c": ["x"]}))
    with storage.open_input(manifest.files[0].file.uri) as stream:
        assert pq.ParquetFile(stream).metadata.metadata is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.none() | st.integers(0, 2)), max_size=20))
def test_runs_are_those_that_going_row_by_row_finds(rows):
    keys = [pa.array([row[0] for row in rows], pa.string()), pa.array([row[1] for row in rows], pa.int64())]
    expected = []
    for index, row in enumerate(rows):
        if expected and rows[expected[-1][0]] == row:
            expected[-1] = (expected[-1][0], index + 1)
        else:
            expected.append((index, index + 1))
    assert list(runs_of(keys, len(rows))) == expected
