"""pyarrow and DuckDB write the files. Which types may be read: Athena's schema updates page and Trino's reader."""

from __future__ import annotations

import base64
import datetime as dt
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from owlake.catalog.model import SerDeInfo
from owlake.errors import OwlakeError
from owlake.lake.formats import scans
from owlake.types.arrow import arrow_type
from owlake.types.hive import parse_hive_type
from tests.lake.engine import hive_table, read, request, rows

PARQUET = SerDeInfo("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe")
BY_INDEX = SerDeInfo(PARQUET.library, {"parquet.column.index.access": "true"})


def put(storage, table: pa.Table | dict, name: str = "a.parquet", **options) -> None:
    with storage.open_output(f"s3://lake/t/{name}") as stream:
        pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), stream, **options)


def timestamps(*microseconds: int | None, unit: str = "us", zone: str | None = None) -> pa.Array:
    return pa.array(microseconds, pa.timestamp(unit, zone))


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_columns_are_found_by_name_without_case(storage):
    put(storage, {"ID": [1, 2], "Name": ["x", None]})
    assert rows(hive_table({"name": "string", "id": "bigint"}, PARQUET), storage) == [("x", 1), (None, 2)]


def test_a_column_that_fits_as_it_is_is_read_by_its_bare_name(storage):
    put(storage, {"ID": [1], "s": ["x"], "d": [1.5]})
    (scan,) = scans(request(hive_table({"id": "bigint", "s": "string", "d": "double"}, PARQUET), storage))
    assert scan.columns == {"id": '"ID"', "s": '"s"', "d": '"d"'}


def test_columns_are_found_by_position_where_the_serde_says_so(storage):
    put(storage, {"x": [1], "y": ["a"]})
    assert rows(hive_table({"a": "bigint", "b": "string", "c": "date"}, BY_INDEX), storage) == [(1, "a", None)]


def test_only_what_is_asked_for_is_read(storage):
    put(storage, {"a": [1], "b": [2], "c": [3]})
    (scan,) = scans(request(hive_table({"a": "bigint", "b": "bigint", "c": "bigint"}, PARQUET), storage, ["b"]))
    assert scan.schema.names == ["b"]
    assert list(scan.columns) == ["b"]


def test_no_column_at_all_still_counts_the_rows(storage):
    put(storage, {"a": [1, 2, 3]})
    assert read(hive_table({"a": "bigint"}, PARQUET), storage, []).num_rows == 3


@pytest.mark.parametrize(
    "type_",
    [
        "boolean", "tinyint", "int", "bigint", "float", "double", "decimal(10,2)", "string", "varchar(3)", "char(3)",
        "binary", "date", "timestamp", "array<int>", "map<string,int>", "struct<a:int,b:array<string>>",
    ],
)  # fmt: skip
def test_a_column_that_the_file_does_not_have_is_null_of_its_type(storage, type_):
    put(storage, {"x": [1]})
    found = read(hive_table({"x": "bigint", "c": type_}, PARQUET), storage)
    assert found.column("c").to_pylist() == [None]
    assert found.schema.field("c").type == arrow_type(parse_hive_type(type_))


def test_a_column_of_nulls_alone_is_null_of_any_type(storage):
    put(storage, {"c": pa.nulls(2)})
    assert rows(hive_table({"c": "struct<a:int>"}, PARQUET), storage) == [(None,), (None,)]


FITS = {
    "smallint <- int8": ("smallint", pa.array([-128, None], pa.int8()), [-128, None]),
    "bigint <- int32": ("bigint", pa.array([2**31 - 1, None], pa.int32()), [2**31 - 1, None]),
    "int <- int32": ("int", pa.array([5], pa.int32()), [5]),
    "tinyint <- int32": ("tinyint", pa.array([5], pa.int32()), [5]),
    "bigint <- uint32": ("bigint", pa.array([2**32 - 1], pa.uint32()), [2**32 - 1]),
    "double <- float": ("double", pa.array([1.5, None], pa.float32()), [1.5, None]),
    "float <- float": ("float", pa.array([1.5], pa.float32()), [1.5]),
    "decimal grows": ("decimal(12,4)", pa.array([Decimal("1.25")], pa.decimal128(5, 2)), [Decimal("1.2500")]),
    "decimal <- int32": ("decimal(12,2)", pa.array([7], pa.int32()), [Decimal("7.00")]),
    "decimal rounds": ("decimal(5,1)", pa.array([Decimal("1.25")], pa.decimal128(5, 2)), [Decimal("1.3")]),
    "string <- binary": ("string", pa.array([b"x", None], pa.binary()), ["x", None]),
    "string <- dictionary": ("string", pa.array(["x", None, "x"]).dictionary_encode(), ["x", None, "x"]),
    "string <- large": ("string", pa.array(["x"], pa.large_string()), ["x"]),
    "binary <- string": ("binary", pa.array(["x"]), [b"x"]),
    "varchar is cut": ("varchar(2)", pa.array(["äöü", "x", None]), ["äö", "x", None]),
    "char loses its blanks": ("char(3)", pa.array(["ab   ", "abcdef"]), ["ab", "abc"]),
    "date": ("date", pa.array([dt.date(1500, 1, 1)]), [dt.date(1500, 1, 1)]),
    "array widens": ("array<bigint>", pa.array([[1, None], [], None], pa.list_(pa.int32())), [[1, None], [], None]),
    "map widens": (
        "map<string,bigint>",
        pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int32())),
        [[("k", 1)], None],
    ),
}


@pytest.mark.parametrize("case", FITS)
def test_types_that_fit_are_read(storage, case):
    type_, values, expected = FITS[case]
    put(storage, {"c": values})
    found = read(hive_table({"c": type_}, PARQUET), storage)
    assert found.column("c").to_pylist() == expected
    assert found.schema.field("c").type == arrow_type(parse_hive_type(type_))


@pytest.mark.parametrize(
    ("type_", "values", "told"),
    [
        ("string", pa.array([1]), ("INT64", "varchar")),
        ("int", pa.array([1]), ("INT64", "integer")),
        ("bigint", pa.array(["1"]), ("BINARY", "bigint")),
        ("bigint", pa.array([1.5]), ("DOUBLE", "bigint")),
        ("float", pa.array([1.5]), ("DOUBLE", "real")),
        ("double", pa.array([1]), ("INT64", "double")),
        ("timestamp", pa.array(["2020"]), ("BINARY", "timestamp(3)")),
        ("array<int>", pa.array(["x"]), ("BINARY", "array(integer)")),
        ("string", pa.array([[1]]), ("GROUP", "varchar")),
        ("struct<a:string>", pa.array([{"a": 1}]), ("GROUP", "row(a varchar)")),
        ("boolean", pa.array([1], pa.int32()), ("INT32", "boolean")),
    ],
)
def test_types_that_do_not_fit_are_refused_in_athenas_words(storage, type_, values, told):
    put(storage, {"c": values})
    with pytest.raises(OwlakeError) as caught:
        read(hive_table({"c": type_}, PARQUET), storage)
    physical, declared = told
    assert str(caught.value) == (
        f"HIVE_BAD_DATA: Field c's type {physical} in parquet file s3://lake/t/a.parquet is incompatible with"
        f" type {declared} defined in table schema"
    )


def test_a_column_that_does_not_fit_harms_only_who_asks_for_it(storage):
    put(storage, {"a": [1], "b": ["x"]})
    assert rows(hive_table({"a": "string", "b": "string"}, PARQUET), storage, ["b"]) == [("x",)]


class TestTimestamps:
    """Trino rounds to milliseconds half up: io.trino.spi.type.Timestamps."""

    ROUNDED = (
        (-1500, -1000),
        (-501, -1000),
        (-500, 0),
        (-499, 0),
        (0, 0),
        (499, 0),
        (500, 1000),
        (1499, 1000),
        (1500, 2000),
    )

    def microseconds(self, storage) -> list[int | None]:
        found = read(hive_table({"c": "timestamp"}, PARQUET), storage).column("c")
        assert found.type == pa.timestamp("us")
        return found.cast(pa.int64()).to_pylist()

    @pytest.mark.parametrize("zone", [None, "UTC"])
    def test_microseconds_are_rounded_half_up(self, storage, zone):
        put(storage, {"c": timestamps(*(value for value, _ in self.ROUNDED), None, zone=zone)})
        assert self.microseconds(storage) == [*(value for _, value in self.ROUNDED), None]

    def test_milliseconds_are_read_as_they_are(self, storage):
        put(storage, {"c": timestamps(-1, 253402300799999, None, unit="ms")})
        assert self.microseconds(storage) == [-1000, 253402300799999000, None]

    def test_nanoseconds(self, storage):
        put(storage, {"c": timestamps(1_600_000_000_123_499_999, 500_000, None, unit="ns")}, version="2.6")
        assert self.microseconds(storage) == [1_600_000_000_123_000, 1000, None]

    def test_int96(self, storage):
        put(storage, {"c": timestamps(1_600_000_000_123_500, 499, None)}, use_deprecated_int96_timestamps=True)
        assert self.microseconds(storage) == [1_600_000_000_124_000, 0, None]

    def test_years_that_nanoseconds_do_not_reach(self, storage):
        years = ["1500-01-01 00:00:00.001501", "9998-12-31 23:59:59.999499"]
        put(storage, {"c": pa.array([moment(text) for text in years], pa.timestamp("us"))})
        found = rows(hive_table({"c": "timestamp"}, PARQUET), storage)
        assert found == [(moment("1500-01-01 00:00:00.002"),), (moment("9998-12-31 23:59:59.999"),)]

    def test_the_scan_tells_which_columns_it_rounds(self, storage):
        put(storage, {"Fine": timestamps(1), "coarse": timestamps(1, unit="ms")})
        (scan,) = scans(request(hive_table({"fine": "timestamp", "coarse": "timestamp"}, PARQUET), storage))
        assert scan.rounded == {"fine": "Fine"}

    def test_inside_of_arrays_and_rows(self, storage):
        put(
            storage,
            {
                "c": pa.array(
                    [[{"T": moment("2020-01-01 00:00:00.000600")}]], pa.list_(pa.struct([("T", pa.timestamp("us"))]))
                )
            },
        )
        found = rows(hive_table({"c": "array<struct<t:timestamp>>"}, PARQUET), storage)
        assert found == [([{"t": moment("2020-01-01 00:00:00.001")}],)]


class TestNested:
    def test_fields_are_found_by_name_without_case_and_missing_ones_are_null(self, storage):
        put(storage, {"c": [{"B": "x", "A": 1}, None, {"B": None, "A": None}]})
        found = rows(hive_table({"c": "struct<a:bigint,b:string,z:double>"}, PARQUET), storage)
        assert found == [({"a": 1, "b": "x", "z": None},), (None,), ({"a": None, "b": None, "z": None},)]

    def test_at_every_depth(self, storage):
        inner = pa.struct([("Y", pa.int32()), ("x", pa.string())])
        values = pa.array([[[{"Y": 1, "x": "a"}, None], None, []], None], pa.list_(pa.list_(inner)))
        put(storage, {"c": values})
        found = rows(hive_table({"c": "array<array<struct<x:string,y:bigint,z:int>>>"}, PARQUET), storage)
        assert found == [([[{"x": "a", "y": 1, "z": None}, None], None, []],), (None,)]

    def test_values_of_maps(self, storage):
        type_ = pa.map_(pa.string(), pa.struct([("A", pa.int32())]))
        put(storage, {"c": pa.array([[("k", {"A": 1}), ("l", None)], None, []], type_)})
        found = rows(hive_table({"c": "map<string,struct<a:bigint,b:int>>"}, PARQUET), storage)
        assert found == [([("k", {"a": 1, "b": None}), ("l", None)],), (None,), ([],)]

    def test_odd_names(self, storage):
        put(storage, {'say "hi"': [{"it's": 1}], "a b": [2]})
        found = rows(hive_table({'say "hi"': "struct<it's:bigint>", "a b": "bigint"}, PARQUET), storage, ["a b"])
        assert found == [(2,)]


class TestFiles:
    def test_files_of_different_schemas_are_read_together(self, storage):
        put(storage, {"a": pa.array([1], pa.int32()), "b": ["x"]}, "1.parquet")
        put(storage, {"B": ["y"], "A": [2]}, "2.parquet")
        put(storage, {"c": [0]}, "3.parquet")
        table = hive_table({"a": "bigint", "b": "string"}, PARQUET)
        assert len(scans(request(table, storage))) == 3
        assert rows(table, storage) == [(1, "x"), (2, "y"), (None, None)]

    def test_files_of_one_schema_are_one_scan(self, storage):
        for number in range(20):
            put(storage, {"a": [number]}, f"{number:02}.parquet")
        (scan,) = scans(request(hive_table({"a": "bigint"}, PARQUET), storage))
        assert len(scan.files) == 20

    def test_buckets_are_scanned_apart(self, storage):
        storage.create_bucket("other")
        put(storage, {"a": [1]})
        storage.write("s3://other/t/b.parquet", storage.read("s3://lake/t/a.parquet"))
        asked = request(hive_table({"a": "bigint"}, PARQUET), storage)
        both = type(asked)(
            [*asked.files, storage.file("s3://other/t/b.parquet")], asked.columns, asked.table, asked.stored, storage
        )
        assert [[file.uri for file in scan.files] for scan in scans(both)] == [
            ["s3://lake/t/a.parquet"],
            ["s3://other/t/b.parquet"],
        ]

    def test_a_file_that_changed_is_looked_at_again(self, storage):
        table = hive_table({"a": "bigint"}, PARQUET)
        put(storage, {"a": pa.array([1], pa.int32())})
        assert rows(table, storage) == [(1,)]
        put(storage, {"A": [1, 2, 3]})
        assert rows(table, storage) == [(1,), (2,), (3,)]

    def test_an_empty_file_has_no_rows(self, storage):
        storage.write("s3://lake/t/empty.parquet", b"")
        assert scans(request(hive_table({"a": "bigint"}, PARQUET), storage)) == []

    def test_zero_rows(self, storage):
        put(storage, pa.table({"a": pa.array([], pa.int32())}))
        assert rows(hive_table({"a": "bigint"}, PARQUET), storage) == []

    @pytest.mark.parametrize("content", [b"a,b,c\n1,2,3\n", b"PAR1PAR1", b"x"])
    def test_what_is_no_parquet_file_is_named(self, storage, content):
        storage.write("s3://lake/t/bad.parquet", content)
        with pytest.raises(OwlakeError, match=r"HIVE_BAD_DATA: Not valid Parquet file: s3://lake/t/bad\.parquet"):
            rows(hive_table({"a": "bigint"}, PARQUET), storage)

    def test_a_thousand_columns(self, storage):
        put(storage, {f"c{number}": [number] for number in range(1000)})
        table = hive_table({f"c{number}": "bigint" for number in range(1000)}, PARQUET)
        assert rows(table, storage) == [tuple(range(1000))]

    def test_files_of_another_writer(self, storage, tmp_path):
        path = tmp_path / "buckets" / "lake" / "t" / "duck.parquet"
        path.parent.mkdir(parents=True)
        duckdb.sql(
            f"""COPY (SELECT 1::SMALLINT AS a, 2.50::DECIMAL(9,2) AS b, DATE '2020-02-29' AS c, [1, NULL] AS d,
                MAP {{'k': 1}} AS e, {{'x': 'y'}} AS f, TIMESTAMP '2020-01-01 00:00:00.0005' AS g,
                '\\xC3\\xA4'::BLOB AS h)
                TO '{path}' (FORMAT parquet)"""
        )
        table = hive_table(
            {
                "a": "smallint", "b": "decimal(9,2)", "c": "date", "d": "array<int>", "e": "map<string,int>",
                "f": "struct<x:string>", "g": "timestamp", "h": "binary",
            },
            PARQUET,
        )  # fmt: skip
        assert rows(table, storage) == [
            (
                1, Decimal("2.50"), dt.date(2020, 2, 29), [1, None], [("k", 1)], {"x": "y"},
                moment("2020-01-01 00:00:00.001"), "ä".encode(),
            )
        ]  # fmt: skip


def test_footers_on_a_server(s3_storage):
    put(s3_storage, {"a": [1]}, "1.parquet")
    put(s3_storage, {"a": [2]}, "2.parquet")
    (scan,) = scans(request(hive_table({"a": "bigint"}, PARQUET), s3_storage))
    assert [file.uri for file in scan.files] == ["s3://lake/t/1.parquet", "s3://lake/t/2.parquet"]


@pytest.mark.parametrize(
    ("library", "told"),
    [
        ("org.apache.hadoop.hive.serde2.columnar.ColumnarSerDe", "NOT_SUPPORTED: RCFile files are not supported yet"),
        ("com.example.MySerDe", "HIVE_SERDE_NOT_FOUND: deserializer does not exist: com.example.MySerDe"),
    ],
)
def test_other_serdes_are_refused_by_name(storage, library, told):
    with pytest.raises(OwlakeError) as caught:
        scans(request(hive_table({"a": "int"}, SerDeInfo(library)), storage))
    assert str(caught.value).startswith(told)


def test_a_damaged_note_of_arrows_schema_is_an_error_of_the_file(lake):
    """Arrow keeps its own schema in the file's metadata; a precision that there is none of ends DataFusion's thread."""
    path = lake.path("a.parquet")
    pq.write_table(pa.table({"d": pa.array([1.5], pa.float64())}), path)
    note = pq.read_metadata(path).metadata[b"ARROW:schema"]
    damaged = bytearray(base64.b64decode(note))
    pq.write_table(pa.table({"d": pa.array([1.5], pa.float32())}), lake.path("other"))
    other = base64.b64decode(pq.read_metadata(lake.path("other")).metadata[b"ARROW:schema"])
    lake.path("other").unlink()
    (precision,) = (place for place, byte in enumerate(other) if byte != damaged[place])
    damaged[precision] = 0x7F
    path.write_bytes(path.read_bytes().replace(note, base64.b64encode(damaged)))
    lake.table("d double", "STORED AS PARQUET")
    with pytest.raises(OwlakeError, match=r"HIVE_BAD_DATA: Not valid Parquet file: s3://.*precision"):
        lake.rows('SELECT "$path", count(*) FROM t WHERE d > 0 GROUP BY 1')
