"""What CTAS, INSERT and UNLOAD leave in the lake, looked at as files."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from owlake.catalog.writes import WriteState
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session

SHUFFLED = "SELECT (x * 7919) % 20011 AS id, CAST(x % 3 AS integer) AS k FROM UNNEST(sequence(1, 20000)) AS t(x)"


@pytest.fixture
def home(tmp_path):
    with Home.open(tmp_path / "home") as opened:
        opened.storage.create_bucket("lake")
        yield opened


@pytest.fixture
def session(home):
    with Session(home) as opened:
        yield opened


def columns_of(home: Home, location: str) -> list[list[int]]:
    """The first column of each Parquet file."""
    found = []
    for file in home.storage.list_files(location):
        with home.storage.open_input(file.uri) as stream:
            found.append(pq.read_table(stream).column(0).to_pylist())
    return found


@pytest.mark.parametrize("partitions", ["", ", partitioned_by = ARRAY['k']"])
@pytest.mark.parametrize(
    "statement",
    [
        f"UNLOAD ({SHUFFLED} ORDER BY id DESC) TO 's3://lake/o/' WITH (format = 'PARQUET'{{partitions}})",
        f"CREATE TABLE o WITH (external_location = 's3://lake/o/'{{partitions}}) AS {SHUFFLED} ORDER BY id DESC",
    ],
)
def test_the_rows_of_a_file_are_in_the_querys_order(home, session, statement, partitions):
    session.execute(statement.replace("{partitions}", partitions))
    found = columns_of(home, "s3://lake/o/")
    assert len(found) == (3 if partitions else 1)
    assert sum(map(len, found)) == 20_000
    assert all(column == sorted(column, reverse=True) for column in found)


def test_buckets_keep_the_querys_order(home, session):
    options = "external_location = 's3://lake/o/', bucketed_by = ARRAY['k'], bucket_count = 2"
    session.execute(f"CREATE TABLE o WITH ({options}) AS {SHUFFLED} ORDER BY id")
    found = columns_of(home, "s3://lake/o/")
    assert len(found) == 2
    assert all(column == sorted(column) for column in found)


def test_a_session_says_how_large_files_become(home):
    numbers = "FROM UNNEST(sequence(1, 1500)) AS a(y), UNNEST(sequence(1, 1500)) AS b(z)"
    with Session(home, properties={"target_max_file_size": "16MB"}) as session:
        session.execute(
            f"UNLOAD (SELECT xxhash64(to_big_endian_64(y * 2000 + z)) AS h {numbers}) TO 's3://lake/o/' "
            "WITH (format = 'PARQUET', compression = 'NONE')"
        )
    sizes = sorted(file.size for file in home.storage.list_files("s3://lake/o/"))
    assert len(sizes) > 1
    assert all(size > 15 << 20 for size in sizes[1:])


def manifest(home: Home, place: str) -> list[str]:
    """The lines of a manifest in the results' bucket."""
    return home.storage.read(f"s3://athena-query-results/{place}-manifest.csv").decode().splitlines()


def test_a_manifest_names_the_files_that_were_written(home, session):
    made = session.execute(
        "CREATE TABLE t WITH (partitioned_by = ARRAY['k']) AS SELECT 1 AS a, x AS k FROM (VALUES 1, 2) AS t(x)"
    )
    listed = manifest(home, f"tables/{made.execution.id}")
    assert sorted(listed) == sorted(
        file.uri for file in home.storage.list_files(f"s3://athena-query-results/tables/{made.execution.id}/")
    )
    assert len(listed) == 2
    added = session.execute("INSERT INTO t VALUES (2, 1)")
    (line,) = manifest(home, added.execution.id)
    assert line.startswith(f"s3://athena-query-results/tables/{made.execution.id}/k=1/")
    unloaded = session.execute("UNLOAD (SELECT 1 AS a) TO 's3://lake/u/' WITH (format = 'JSON')")
    assert manifest(home, unloaded.execution.id) == [file.uri for file in home.storage.list_files("s3://lake/u/")]


def test_a_statement_that_writes_no_rows_has_no_manifest(home, session):
    session.execute("CREATE TABLE t AS SELECT 1 AS a")
    nothing = session.execute("INSERT INTO t SELECT 1 WHERE false")
    uri = f"s3://athena-query-results/{nothing.execution.id}-manifest.csv"
    assert home.storage.file(uri) is None


def test_unload_counts_its_rows_and_makes_no_table(session):
    result = session.execute(f"UNLOAD ({SHUFFLED}) TO 's3://lake/u/' WITH (format = 'ORC')")
    assert result.execution.rows == 20_000
    assert session.execute("SHOW TABLES").table().num_rows == 0


def test_an_unload_that_fails_leaves_no_file_and_no_entry(home, session):
    with pytest.raises(OwlakeError, match="DIVISION_BY_ZERO"):
        session.execute(f"UNLOAD (SELECT 1 / (id - 7) AS a FROM ({SHUFFLED})) TO 's3://lake/u/' WITH (format = 'JSON')")
    assert home.storage.list_files("s3://lake/u/") == []
    assert home.metastore.list_writes(WriteState.OPEN) == []
    assert home.metastore.list_writes(WriteState.ABORTED) == []
