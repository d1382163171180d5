"""What the history says was scanned: of Parquet the column chunks that were read, of text the files."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from owlake.home import Home
from owlake.session import Session


def scanned(session: Session, query: str) -> int:
    """The bytes that the history has for the query, from a session of its own."""
    result = session.execute(query)
    result.table()
    with Session(session.home) as other:
        found = other.execute(
            "SELECT bytes_scanned FROM system.runtime.queries WHERE query_id = ?", [result.execution.id]
        )
        (bytes_scanned,) = found.table().to_pydict()["bytes_scanned"]
    assert bytes_scanned == result.execution.bytes_scanned
    return int(bytes_scanned)


def stored(home: Home, folder: str) -> dict[str, int]:
    """The bytes of each column in the files, as Parquet's own metadata says them."""
    sizes: dict[str, int] = {}
    for file in home.storage.list_files(folder):
        path = home.storage.local_path(file.uri)
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            for index in range(metadata.num_columns):
                column = metadata.row_group(group).column(index)
                sizes[column.path_in_schema] = sizes.get(column.path_in_schema, 0) + column.total_compressed_size
    return sizes


@pytest.fixture
def parquet(session: Session) -> Session:
    session.home.storage.create_bucket("lake")
    made = "SELECT x AS a, x * 7919 % 100003 AS b, CAST(x * 31 AS varchar) AS c FROM UNNEST(sequence(1, 10000)) AS u(x)"
    session.execute(f"CREATE TABLE t WITH (external_location = 's3://lake/t/') AS {made}")
    session.execute("INSERT INTO t SELECT a + 10000000, b, c FROM t")
    return session


def test_of_parquet_only_the_columns_that_are_read_count(parquet: Session) -> None:
    sizes = stored(parquet.home, "s3://lake/t/")
    assert scanned(parquet, "SELECT sum(a) FROM t") == sizes["a"]
    assert scanned(parquet, "SELECT sum(a), max(length(c)) FROM t") == sizes["a"] + sizes["c"]
    assert scanned(parquet, "SELECT count(*) FROM t") == 0
    assert scanned(parquet, "SELECT sum(b) FROM t WHERE a < 0") == 0


def test_a_write_counts_what_it_reads(parquet: Session) -> None:
    sizes = stored(parquet.home, "s3://lake/t/")
    assert scanned(parquet, "CREATE TABLE n AS SELECT b FROM t") == sizes["b"]


def test_of_text_whole_files_count(session: Session) -> None:
    session.home.storage.create_bucket("lake")
    session.home.storage.write("s3://lake/c/a.csv", b"1,x\n2,y\n")
    session.home.storage.write("s3://lake/c/b.csv", b"3,z\n")
    row_format = "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"
    session.execute(f"CREATE EXTERNAL TABLE c (a int, b string) {row_format} LOCATION 's3://lake/c/'")
    assert scanned(session, "SELECT sum(a) FROM c") == len(b"1,x\n2,y\n3,z\n")
