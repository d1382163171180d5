"""What is in files stays what it is when they are merged, whatever the table says of it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from owlake.catalog.model import SortColumn
from tests.upkeep.lake import rows, seen, uris


def parquet_files(home, *tables: pa.Table, **options) -> None:
    for number, table in enumerate(tables):
        with home.storage.open_output(f"s3://lake/t/{number}.parquet") as stream:
            pq.write_table(table, stream, **options)


def merged_parquet(home, session) -> pq.ParquetFile:
    (uri,) = seen(session)
    return pq.ParquetFile(home.storage.local_path(uri))


def over(session, columns: str, stored: str = "STORED AS PARQUET", properties: str = "") -> None:
    given = f" TBLPROPERTIES ({properties})" if properties else ""
    session.execute(f"CREATE EXTERNAL TABLE t ({columns}) {stored} LOCATION 's3://lake/t/'{given}")


def test_columns_that_the_table_does_not_have_stay(home, session):
    moment = datetime(2020, 1, 1, 0, 0, 0, 123456, UTC).replace(tzinfo=None)
    one = pa.table({"x": pa.array([1], pa.int32()), "at": pa.array([moment]), "other": ["kept"]})
    parquet_files(home, one, one)
    over(session, "x bigint, at timestamp")
    home.upkeep.compact("default.t")
    found = merged_parquet(home, session)
    assert found.read().to_pylist() == [{"x": 1, "at": moment, "other": "kept"}] * 2
    assert found.schema_arrow.field("x").type == pa.int32()


def test_files_of_other_columns_are_merged_among_themselves(home, session):
    one, two = pa.table({"x": [1]}), pa.table({"x": [2], "y": ["z"]})
    parquet_files(home, one, two, one, two)
    over(session, "x bigint, y string")
    home.upkeep.compact("default.t")
    assert len(seen(session)) == 2
    assert sorted(rows(session, "SELECT x, coalesce(y, '-') FROM t")) == [(1, "-"), (1, "-"), (2, "z"), (2, "z")]


def test_empty_files_are_no_obstacle(home, session):
    parquet_files(home, *(pa.table({"x": [number]}) for number in range(2)))
    home.storage.write("s3://lake/t/empty.parquet", b"")
    over(session, "x bigint")
    home.upkeep.compact("default.t")
    assert sorted(rows(session, "SELECT x FROM t")) == [(0,), (1,)]
    assert len(seen(session)) == 1


@pytest.mark.parametrize("int96", [True, False])
def test_timestamps_keep_their_physical_type(home, session, int96):
    table = pa.table(
        {
            "at": pa.array([datetime(2020, 1, 1, 0, 0, 0, 500000, UTC)], pa.timestamp("us", "UTC")).cast(
                pa.timestamp("us")
            )
        }
    )
    parquet_files(home, table, table, use_deprecated_int96_timestamps=int96)
    over(session, "at timestamp")
    before = rows(session, "SELECT * FROM t")
    home.upkeep.compact("default.t")
    assert merged_parquet(home, session).schema.column(0).physical_type == ("INT96" if int96 else "INT64")
    assert rows(session, "SELECT * FROM t") == before


def test_nested_columns_of_many_types_stay(home, session):
    table = pa.table(
        {
            "a": pa.array([[1, None], None], pa.list_(pa.int16())),
            "m": pa.array([[("k", 1.5)], []], pa.map_(pa.string(), pa.float32())),
            "s": pa.array([{"u": b"\x00", "d": None}, None], pa.struct([("u", pa.binary()), ("d", pa.date32())])),
            "n": pa.array([None, "12.34"]).cast(pa.decimal128(10, 2)),
            "e": pa.array(["x", "y"]).dictionary_encode(),
            "z": pa.array([datetime(2020, 1, 1, tzinfo=UTC), None], pa.timestamp("ms", "UTC")),
        }
    )
    parquet_files(home, table, table)
    over(session, "a array<smallint>")
    home.upkeep.compact("default.t")
    found = merged_parquet(home, session)
    expected = pa.concat_tables([table, table]).to_pylist()
    assert sorted(map(str, found.read().to_pylist())) == sorted(map(str, expected))
    (moment,) = (one for one in map(found.schema.column, range(len(found.schema))) if one.name == "z")
    assert moment.converted_type == "TIMESTAMP_MILLIS"


def test_a_sorted_table_stays_sorted(home, session):
    parquet_files(home, pa.table({"x": [3, None, 1], "y": [1, 2, 3]}), pa.table({"x": [2, 1], "y": [4, 5]}))
    over(session, "x bigint, y bigint")
    with home.metastore.write() as catalog:
        table = catalog.get_table("default", "t")
        sort = (SortColumn("x", 0), SortColumn("y", 1))
        catalog.update_table(replace(table, storage=replace(table.storage, sort_columns=sort)))
    home.upkeep.compact("default.t")
    found = merged_parquet(home, session).read().to_pydict()
    assert list(zip(found["x"], found["y"], strict=True)) == [(3, 1), (2, 4), (1, 3), (1, 5), (None, 2)]


# Lines ----------------------------------------------------------------------------------------------------

CSV = "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"


def text_of(home, session) -> bytes:
    (uri,) = seen(session)
    return home.storage.read(uri)


def test_lines_are_copied_as_they_are(home, session):
    for number, text in enumerate((b"1,a,more\n", b"no number", b"\xef\xbb\xbf2,b\r\n", b"3\r")):
        home.storage.write(f"s3://lake/t/{number}.csv", text)
    over(session, "x bigint, y string", CSV)
    before = sorted(rows(session, "SELECT * FROM t"), key=str)
    home.upkeep.compact("default.t")
    assert sorted(rows(session, "SELECT * FROM t"), key=str) == before
    assert text_of(home, session) == b"1,a,more\nno number\n2,b\r\n3\r\n"


def test_one_header_is_left_of_many(home, session):
    texts = (b"x,y\n1,a\n", b"", b"x,y\r2,b", b"x,y", b"x,y\r\n3,c\n")
    for number, text in enumerate(texts):
        home.storage.write(f"s3://lake/t/{number}", text)
    over(session, "x bigint, y string", CSV, "'skip.header.line.count' = '1'")
    before = sorted(rows(session, "SELECT * FROM t"))
    assert before == [(1, "a"), (2, "b"), (3, "c")]
    home.upkeep.compact("default.t")
    assert sorted(rows(session, "SELECT * FROM t")) == before
    assert text_of(home, session) == b"x,y\n1,a\n2,b\n3,c\n"


def test_a_first_file_without_rows_takes_none_of_the_next(home, session):
    for number, text in enumerate((b"", b"a\nb\n1\n", b"only", b"c\nd\n2\n")):
        home.storage.write(f"s3://lake/t/{number}", text)
    over(session, "x bigint", CSV, "'skip.header.line.count' = '2'")
    home.upkeep.compact("default.t")
    assert sorted(rows(session, "SELECT * FROM t")) == [(1,), (2,)]


def test_each_codec_is_merged_with_itself(home, session):
    for number in range(2):
        home.storage.write(f"s3://lake/t/{number}.json.gz", gzip.compress(b'{"x": 1, "other": 2}\n'))
        home.storage.write(f"s3://lake/t/{number}.json", b'{"X": 3}')
    over(session, "x bigint", "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'")
    home.upkeep.compact("default.t")
    assert sorted(rows(session, "SELECT * FROM t")) == [(1,), (1,), (3,), (3,)]
    texts = {uri.rpartition(".")[2]: home.storage.read(uri) for uri in seen(session)}
    assert gzip.decompress(texts["gz"]) == b'{"x": 1, "other": 2}\n' * 2
    assert texts["json"] == b'{"X": 3}\n' * 2


def test_files_that_nothing_here_reads_are_left_alone(home, session):
    for name in ("a.lzo", "b.lzo", "c", "d"):
        home.storage.write(f"s3://lake/t/{name}", b"1\n")
    over(session, "x bigint", CSV)
    home.upkeep.compact("default.t")
    assert {"s3://lake/t/a.lzo", "s3://lake/t/b.lzo"} <= set(uris(home))
    assert {one.uri for one in home.metastore.list_replaced_files()} == {"s3://lake/t/c", "s3://lake/t/d"}
