"""Tables over symlink manifests: lines that name the files."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from owlake.errors import OwlakeError

SYMLINK = (
    "STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat' "
    "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'"
)
CSV = f"ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' {SYMLINK}"
PARQUET = f"ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' {SYMLINK}"


def data(lake, name: str) -> str:
    """The URI of a file beside the table's folder."""
    return f"{lake.location.rstrip('/')}-data/{name}"


def put_data(lake, name: str, content: bytes) -> str:
    folder = lake.path("x").parent
    place = folder.parent / f"{folder.name}-data" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return data(lake, name)


def test_the_named_files_are_read_and_no_others(lake):
    first = put_data(lake, "1.csv", b"1,a\n")
    put_data(lake, "left-out.csv", b"9,z\n")
    second = put_data(lake, "deep/2.csv", b"2,b\n3,c\n")
    lake.put("manifest", f"{first}\n\n{second}".encode())
    lake.table("n int, s string", CSV)
    assert lake.rows("SELECT * FROM t ORDER BY 1") == [(1, "a"), (2, "b"), (3, "c")]


def test_paths_and_sizes_are_those_of_the_named_files(lake):
    first = put_data(lake, "1.csv", b"1,a\n")
    second = put_data(lake, "2.csv", b"2,b\n")
    lake.put("manifest", f"{first}\n{second}\n".encode())
    lake.table("n int, s string", CSV)
    assert lake.rows('SELECT "$path", "$file_size" FROM t ORDER BY 1') == [(first, 4), (second, 4)]
    assert lake.rows(f"SELECT n FROM t WHERE \"$path\" = '{second}'") == [(2,)]


def test_several_manifests_and_hadoops_names_for_s3(lake):
    first = put_data(lake, "1.csv", b"1,a\n").replace("s3://", "s3a://")
    second = put_data(lake, "2.csv", b"2,b\n").replace("s3://", "s3n://")
    lake.put("m1", first.encode())
    lake.put("m2", second.encode())
    lake.put("_hidden", b"s3://lake/nothing")
    lake.table("n int, s string", CSV)
    assert lake.rows("SELECT n FROM t ORDER BY 1") == [(1,), (2,)]


def test_parquet_files_as_other_engines_name_them(lake):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"s": ["x"], "n": [7]}), sink)
    named = put_data(lake, "part-0.snappy.parquet", sink.getvalue().to_pybytes())
    lake.put("manifest", f"{named}\n".encode())
    lake.table("n bigint, s string", PARQUET)
    assert lake.rows() == [(7, "x")]


def test_partitions_have_manifests_of_their_own(lake):
    for day in ("a", "b"):
        named = put_data(lake, f"{day}.csv", f"{day}\n".encode())
        lake.put(f"day={day}/manifest", named.encode())
    lake.session.execute("DROP TABLE IF EXISTS t")
    lake.session.execute(
        f"CREATE EXTERNAL TABLE t (s string) PARTITIONED BY (day string) {CSV} LOCATION '{lake.location}'"
    )
    lake.session.execute("MSCK REPAIR TABLE t")
    assert lake.rows("SELECT day, s FROM t ORDER BY 1") == [("a", "a"), ("b", "b")]


def test_a_file_that_is_not_there(lake):
    lake.put("manifest", b"s3://lake/missing.csv\n")
    lake.table("n int", CSV)
    with pytest.raises(OwlakeError, match=r"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://lake/missing\.csv"):
        lake.rows()


def test_what_is_no_manifest(lake):
    lake.put("manifest", b"\xff\xfe\x00")
    lake.table("n int", CSV)
    with pytest.raises(OwlakeError, match="HIVE_BAD_DATA: Error parsing symlinks from"):
        lake.rows()


def test_show_create_table_says_it_again(lake):
    lake.table("n int", CSV)
    shown = "\n".join(line for (line,) in lake.rows("SHOW CREATE TABLE t"))
    lake.session.execute("DROP TABLE t")
    lake.session.execute(shown)
    assert "\n".join(line for (line,) in lake.rows("SHOW CREATE TABLE t")) == shown
