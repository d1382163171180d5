"""Files of each format are read back with readers of their own: fastavro, pyarrow, DuckDB, Python's json and codecs."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import json
import struct
from decimal import Decimal

import cramjam
import duckdb
import fastavro
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import orc

from owlake.catalog.model import Column, SerDeInfo, StorageDescriptor, Table
from owlake.errors import OwlakeError
from owlake.lake.storage import Storage
from owlake.lake.writing import WriteTarget, write_table

LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
HIVE_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"
OPENX_JSON = "org.openx.data.jsonserde.JsonSerDe"
ORC = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"
AVRO = "org.apache.hadoop.hive.serde2.avro.AvroSerDe"
MOMENT = dt.datetime.fromisoformat("2020-01-01 00:00:00.500")
DAY = dt.date(2020, 1, 2)


def written(storage: Storage, library: str, columns: dict[str, str], rows: pa.Table, **properties: str) -> list[str]:
    """The files that rows make in a table of the SerDe."""
    described = tuple(Column(*column) for column in columns.items())
    options = {name.replace("__", "."): value for name, value in properties.items()}
    stored = StorageDescriptor(described, "s3://lake/t/", serde=SerDeInfo(library, options))
    target = WriteTarget(Table("db", "t", stored), "s3://lake/t/", "owl0123456789w7")
    manifest = write_table(storage, target, rows.to_batches(1000))
    return [one.file.uri for one in manifest.files]


def plain(storage: Storage, library: str, columns: dict[str, str], rows: pa.Table, **properties: str) -> bytes:
    """The text of the one file that the rows make."""
    (uri,) = written(storage, library, columns, rows, write__compression="NONE", **properties)
    return storage.read(uri)


# Compression --------------------------------------------------------------------------------------------------


def hadoop_blocks(data: bytes, decompress) -> bytes:
    """Plain length, length, bytes, again and again."""
    found = b""
    while data:
        plain_length, length = struct.unpack(">II", data[:8])
        piece = bytes(decompress(data[8 : 8 + length], plain_length))
        assert len(piece) == plain_length
        found, data = found + piece, data[8 + length :]
    return found


READERS = {
    "GZIP": (".gz", gzip.decompress),
    "BZIP2": (".bz2", bz2.decompress),
    "ZSTD": (".zst", lambda data: cramjam.zstd.decompress(data).read()),
    "SNAPPY": (".snappy", lambda data: hadoop_blocks(data, lambda piece, _: cramjam.snappy.decompress_raw(piece))),
    "LZ4": (".lz4", lambda data: hadoop_blocks(
        data, lambda piece, size: cramjam.lz4.decompress_block(piece, output_len=size))),
    "NONE": ("", bytes),
}  # fmt: skip


@pytest.mark.parametrize("codec", READERS)
@pytest.mark.parametrize("library", [LAZY, HIVE_JSON])
def test_text_is_compressed_as_the_table_says(storage, library, codec):
    rows = pa.table({"a": [f"{number} and {number * number}" for number in range(60_000)]})
    (uri,) = written(storage, library, {"a": "string"}, rows, write__compression=codec)
    ending, decompress = READERS[codec]
    assert uri.rpartition("/")[2] == f"owl0123456789w7_00000{ending}"
    lines = decompress(storage.read(uri)).decode().splitlines()
    found = lines if library == LAZY else [json.loads(line)["a"] for line in lines]
    assert found == rows["a"].to_pylist()


@pytest.mark.parametrize(("library", "ending"), [(LAZY, ".gz"), (HIVE_JSON, ".gz"), (ORC, ".orc"), (AVRO, ".avro")])
def test_what_is_written_without_a_word_about_compression(storage, library, ending):
    (uri,) = written(storage, library, {"a": "int"}, pa.table({"a": pa.array([1], pa.int32())}))
    assert uri.endswith(ending)
    data = storage.read(uri)
    if library == ORC:
        assert orc.ORCFile(pa.BufferReader(data)).compression == "ZLIB"
    if library == AVRO:
        assert b"deflate" in data


@pytest.mark.parametrize("codec", ["LZ4", "NONE", "SNAPPY", "ZLIB", "ZSTD"])
def test_orc_is_compressed_as_the_table_says(storage, codec):
    rows = pa.table({"a": pa.array(range(10_000), pa.int64())})
    (uri,) = written(storage, ORC, {"a": "bigint"}, rows, orc__compress=codec)
    with storage.open_input(uri) as stream:
        file = orc.ORCFile(stream)
        assert file.compression == codec.replace("NONE", "UNCOMPRESSED")
        assert file.read().equals(rows)


@pytest.mark.parametrize(
    ("codec", "name"),
    [("BZIP2", "bzip2"), ("DEFLATE", "deflate"), ("NONE", "null"), ("SNAPPY", "snappy"), ("ZSTD", "zstandard")],
)
def test_avro_is_compressed_as_the_table_says(storage, codec, name):
    rows = pa.table({"a": pa.array(range(10_000), pa.int64())})
    (uri,) = written(storage, AVRO, {"a": "bigint"}, rows, write__compression=codec)
    with storage.open_input(uri) as stream:
        reader = fastavro.reader(stream)
        assert reader.codec == name
        assert [record["a"] for record in reader] == list(range(10_000))


@pytest.mark.parametrize(
    ("library", "properties"),
    [
        (LAZY, {"write__compression": "ZLIB"}),
        (HIVE_JSON, {"write__compression": "LZO"}),
        (ORC, {"orc__compress": "GZIP"}),
        (AVRO, {"write__compression": "LZ4"}),
        (LAZY, {"write__compression": "ZSTD", "compression_level": "0"}),
    ],
)
def test_codecs_that_a_format_lacks_are_refused(storage, library, properties):
    with pytest.raises(OwlakeError, match="INVALID_TABLE_PROPERTY"):
        written(storage, library, {"a": "int"}, pa.table({"a": pa.array([1], pa.int32())}), **properties)


# Types --------------------------------------------------------------------------------------------------------

TYPES = {
    "b": ("boolean", pa.array([True, None])),
    "t": ("tinyint", pa.array([-5, None], pa.int8())),
    "s": ("smallint", pa.array([-300, None], pa.int16())),
    "i": ("int", pa.array([2**31 - 1, None], pa.int32())),
    "l": ("bigint", pa.array([-(2**63), None], pa.int64())),
    "f": ("float", pa.array([1.5, None], pa.float32())),
    "d": ("double", pa.array([1.5e10, None])),
    "n": ("decimal(38,2)", pa.array([Decimal("-1.20"), None], pa.decimal128(38, 2))),
    "v": ("string", pa.array(["h\u00e9", None])),
    "x": ("binary", pa.array([b"\xca\xfe", None])),
    "day": ("date", pa.array([DAY, None])),
    "ts": ("timestamp", pa.array([MOMENT, None], pa.timestamp("us"))),
    "a": ("array<int>", pa.array([[1, None], None], pa.list_(pa.int32()))),
    "m": ("map<string,int>", pa.array([[("k", 1), ("j", None)], None], pa.map_(pa.string(), pa.int32()))),
    "r": ("struct<a:int,b:array<string>>", pa.array([{"a": 1, "b": ["x", None]}, None],
          pa.struct([("a", pa.int32()), ("b", pa.list_(pa.string()))]))),
}  # fmt: skip
ROWS = pa.table({name: values for name, (_, values) in TYPES.items()})
COLUMNS = {name: type_ for name, (type_, _) in TYPES.items()}


def test_orc_holds_every_type(storage):
    (uri,) = written(storage, ORC, COLUMNS, ROWS)
    with storage.open_input(uri) as stream:
        found = orc.ORCFile(stream).read()
    assert [str(field.type) for field in found.schema][:13] == [
        "bool", "int8", "int16", "int32", "int64", "float", "double", "decimal128(38, 2)", "string", "binary",
        "date32[day]", "timestamp[ns]", "list<item: int32>",
    ]  # fmt: skip
    assert found.cast(ROWS.schema).to_pylist() == ROWS.to_pylist()


def test_avro_holds_every_type(storage):
    (uri,) = written(storage, AVRO, COLUMNS, ROWS)
    with storage.open_input(uri) as stream:
        records = list(fastavro.reader(stream))
    expected = ROWS.to_pylist(maps_as_pydicts="strict")
    expected[0]["ts"] = MOMENT.replace(tzinfo=dt.UTC)
    assert records == expected


@pytest.mark.parametrize("library", [HIVE_JSON, OPENX_JSON])
def test_json_holds_every_type(storage, library):
    columns = {name: type_ for name, type_ in COLUMNS.items() if name != "x"}
    text = plain(storage, library, columns, ROWS.select(list(columns)))
    first, second = (json.loads(line) for line in text.decode().splitlines())
    assert first == {
        "b": True, "t": -5, "s": -300, "i": 2**31 - 1, "l": -(2**63), "f": 1.5, "d": 1.5e10, "n": -1.2, "v": "h\u00e9",
        "day": "2020-01-02", "ts": "2020-01-01 00:00:00.5", "a": [1, None], "m": {"k": 1, "j": None},
        "r": {"a": 1, "b": ["x", None]},
    }  # fmt: skip
    assert second == dict.fromkeys(columns)


def test_duckdb_reads_json(storage):
    columns = {name: COLUMNS[name] for name in ("i", "d", "v", "day", "ts", "a")}
    text = plain(storage, HIVE_JSON, columns, ROWS.select(list(columns)))
    path = storage.local_path("s3://lake/duck.json")
    path.write_bytes(text)
    found = duckdb.sql(f"SELECT * FROM read_json('{path}')").fetchall()
    assert found == [(2**31 - 1, 1.5e10, "h\u00e9", DAY, MOMENT, [1, None]), (None,) * 6]


def test_numbers_that_json_lacks_stand_in_quotes(storage):
    text = plain(storage, HIVE_JSON, {"d": "double"}, pa.table({"d": [1.0, float("nan"), float("-inf"), None]}))
    assert text == b'{"d":1.0}\n{"d":"NaN"}\n{"d":"-Infinity"}\n{"d":null}\n'


def test_bytes_that_json_cannot_hold_are_refused(storage):
    with pytest.raises(OwlakeError, match="HIVE_WRITER_DATA_ERROR"):
        plain(storage, HIVE_JSON, {"x": "binary"}, pa.table({"x": [b"\xff"]}))


def test_json_keys_that_a_table_renames_are_refused(storage):
    with pytest.raises(OwlakeError, match=r"NOT_SUPPORTED: Inserting into JSON tables with the property mapping\.a"):
        plain(storage, OPENX_JSON, {"a": "int"}, pa.table({"a": pa.array([1], pa.int32())}), mapping__a="b")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12) | st.none(), min_size=1, max_size=20), st.data())
def test_json_of_any_text_is_what_pythons_reader_finds(tmp_path_factory, texts, data):
    storage = Storage(tmp_path_factory.mktemp("buckets"))
    storage.create_bucket("lake")
    start = data.draw(st.integers(0, len(texts) - 1))
    column = pa.array(texts, pa.string())
    lists = pa.array([[text, "x"] for text in texts])
    maps = pa.array([[(text or "", text)] for text in texts], pa.map_(pa.string(), pa.string()))
    rows = pa.table({"t": column, "l": lists, "m": maps}).slice(start)
    text = plain(storage, HIVE_JSON, {"t": "string", "l": "array<string>", "m": "map<string,string>"}, rows)
    lines = text.decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [
        {"t": one, "l": [one, "x"], "m": {one or "": one}} for one in texts[start:]
    ]


# Delimited text -----------------------------------------------------------------------------------------------


def test_delimited_text_is_hives(storage):
    text = plain(storage, LAZY, COLUMNS, ROWS)
    assert text.split(b"\n") == [
        b"\x01".join([
            b"true", b"-5", b"-300", b"2147483647", b"-9223372036854775808", b"1.5", b"1.5E10", b"-1.20",
            "h\u00e9".encode(), b"yv4=", b"2020-01-02", b"2020-01-01 00:00:00.5", b"1\x02\\N", b"k\x031\x02j\x03\\N",
            b"1\x02x\x03\\N",
        ]),
        b"\x01".join([b"\\N"] * 15),
        b"",
    ]  # fmt: skip


def test_the_tables_own_delimiters_and_null_are_used(storage):
    rows = pa.table({"a": pa.array([1, None], pa.int32()), "l": pa.array([["x", "y"], None])})
    options = {"field__delim": ",", "colelction__delim": ";", "serialization__null__format": ""}
    assert plain(storage, LAZY, {"a": "int", "l": "array<string>"}, rows, **options) == b"1,x;y\n,\n"


def test_separators_are_escaped_where_the_table_has_an_escape(storage):
    rows = pa.table({"a": ["x,y\\", "plain"], "b": ["\x02", "z"]})
    options = {"field__delim": ",", "escape__delim": "\\"}
    text = plain(storage, LAZY, {"a": "string", "b": "string"}, rows, **options)
    assert text == b"x\\,y\\\\,\\\x02\nplain,z\n"


def test_a_header_is_written_where_readers_pass_over_one(storage):
    rows = pa.table({"a": ["x"], "b": ["y"]})
    options = {"field__delim": ",", "skip__header__line__count": "1"}
    assert plain(storage, LAZY, {"a": "string", "b": "string"}, rows, **options) == b"a,b\nx,y\n"


@pytest.mark.parametrize("options", [{"skip__header__line__count": "2"}, {"skip__footer__line__count": "1"}])
def test_lines_that_nothing_could_be_written_to_are_refused(storage, options):
    with pytest.raises(OwlakeError, match="NOT_SUPPORTED: Inserting into Hive table with"):
        plain(storage, LAZY, {"a": "string"}, pa.table({"a": ["x"]}), **options)


def test_char_is_written_with_its_padding(storage):
    assert plain(storage, LAZY, {"a": "char(3)"}, pa.table({"a": ["x", None]})) == b"x  \n\\N\n"


def test_duckdb_reads_delimited_text(storage):
    columns = {name: COLUMNS[name] for name in ("i", "d", "v", "day", "ts")}
    options = {"field__delim": "|", "serialization__null__format": ""}
    (uri,) = written(storage, LAZY, columns, ROWS.select(list(columns)), **options)
    found = duckdb.sql(f"SELECT * FROM read_csv('{storage.local_path(uri)}', delim='|', header=false)").fetchall()
    assert found == [(2**31 - 1, 1.5e10, "h\u00e9", DAY, MOMENT), (None,) * 5]


@pytest.mark.parametrize(
    ("library", "type_", "message"),
    [
        (AVRO, "map<int,int>", "NOT_SUPPORTED: Avro maps have keys of type varchar, not integer"),
        (
            LAZY,
            "array<array<array<array<array<array<array<array<int>>>>>>>>",
            "NOT_SUPPORTED: Text files nest 7 levels",
        ),
    ],
)
def test_types_that_a_format_cannot_hold_are_refused(storage, library, type_, message):
    with pytest.raises(OwlakeError, match=message):
        written(storage, library, {"a": type_}, pa.table({"a": [None]}))


def test_names_that_avro_lacks_are_refused(storage):
    with pytest.raises(OwlakeError, match="HIVE_WRITER_OPEN_ERROR: Avro has no fields named 'a b'"):
        written(storage, AVRO, {"a b": "int"}, pa.table({"a b": pa.array([1], pa.int32())}))
