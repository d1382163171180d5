"""What becomes of tables of each kind, and what is left as it is."""

from __future__ import annotations

import duckdb
import pytest

from tests.upkeep.lake import FORMATS, compacted, make, rows, seen, uris


@pytest.mark.parametrize("stored", FORMATS.values(), ids=FORMATS)
def test_each_partition_becomes_one_file_with_the_same_rows(home, session, stored):
    make(session, stored, inserts=3)
    before = sorted(rows(session, "SELECT * FROM t"))
    assert compacted(home) == {"k=a": ("COMPACTED", 3, 1), "k=b": ("COMPACTED", 3, 1)}
    assert sorted(rows(session, "SELECT * FROM t")) == before
    assert [len(found) for found in (before, seen(session))] == [30, 2]


def test_what_is_merged_already_stays_as_it_is(home, session):
    make(session, inserts=3)
    compacted(home)
    files = seen(session)
    assert compacted(home) == {"k=a": ("UNCHANGED", 1, 1), "k=b": ("UNCHANGED", 1, 1)}
    assert seen(session) == files


def test_a_condition_chooses_partitions(home, session):
    make(session, inserts=3)
    assert compacted(home, where="k > 'a' AND length(k) = 1") == {"k=b": ("COMPACTED", 3, 1)}
    assert len(seen(session)) == 4


def test_a_dry_run_changes_nothing(home, session):
    make(session, inserts=3)
    files, writes = uris(home), home.metastore.list_writes()
    assert compacted(home, dry_run=True) == {"k=a": ("PLANNED", 3, 1), "k=b": ("PLANNED", 3, 1)}
    assert (uris(home), home.metastore.list_writes()) == (files, writes)


def test_files_end_at_the_target_size(home, session):
    session.execute(
        "CREATE TABLE t WITH (external_location = 's3://lake/t/', write_compression = 'NONE') AS SELECT 1 AS x"
    )
    digits = "lower(to_hex(sha256(to_big_endian_64(x))))"
    for number in range(8):
        session.execute(
            f"INSERT INTO t SELECT x FROM UNNEST(sequence(1, 4096)) AS s(x) WHERE {number} >= 0 AND {digits} <> ''"
        )
    (before,) = home.upkeep.compact("default.t", target_size="64KB", dry_run=True)
    (after,) = home.upkeep.compact("default.t", target_size="64KB")
    assert (after.state, before.files_before) == ("COMPACTED", 9)
    assert 2 <= after.files_after < 9
    assert rows(session, "SELECT count(*), sum(x) FROM t") == [(1 + 8 * 4096, 1 + 8 * 4096 * 4097 // 2)]


def test_large_files_are_left_alone(home, session):
    options = "external_location = 's3://lake/t/', write_compression = 'NONE'"
    session.execute(f"CREATE TABLE t WITH ({options}) AS SELECT x FROM UNNEST(sequence(1, 1000)) AS s(x)")
    session.execute("INSERT INTO t SELECT x FROM t")
    assert min(file.size for file in home.storage.list_files("s3://lake/t/")) > 2048
    assert compacted(home, target_size="2KB") == {"": ("UNCHANGED", 2, 2)}
    assert compacted(home, target_size="2MB") == {"": ("COMPACTED", 2, 1)}


def test_buckets_stay_buckets(home, session):
    options = "external_location = 's3://lake/t/', bucketed_by = ARRAY['x'], bucket_count = 4"
    session.execute(f"CREATE TABLE t WITH ({options}) AS SELECT x FROM UNNEST(sequence(0, 99)) AS s(x)")
    session.execute("INSERT INTO t SELECT x FROM UNNEST(sequence(100, 199)) AS s(x)")
    buckets = set(rows(session, 'SELECT x, "$bucket" FROM t'))
    assert compacted(home) == {"": ("COMPACTED", 8, 4)}
    assert set(rows(session, 'SELECT x, "$bucket" FROM t')) == buckets
    assert len(rows(session, 'SELECT DISTINCT "$path" FROM t WHERE x = 7')) == 1


def test_a_file_of_no_known_bucket_is_left_alone(home, session):
    options = "external_location = 's3://lake/t/', bucketed_by = ARRAY['x'], bucket_count = 2"
    session.execute(f"CREATE TABLE t WITH ({options}) AS SELECT x FROM UNNEST(sequence(0, 99)) AS s(x)")
    session.execute("INSERT INTO t VALUES 4711")
    (first, *_) = uris(home)
    home.storage.write("s3://lake/t/stranger.parquet", home.storage.read(first))
    compacted(home)
    assert "s3://lake/t/stranger.parquet" in seen(session)


def test_projected_partitions_are_merged(home, session):
    session.execute(
        "CREATE EXTERNAL TABLE t (x bigint) PARTITIONED BY (k int) STORED AS PARQUET LOCATION 's3://lake/t/' "
        "TBLPROPERTIES ('projection.enabled' = 'true', 'projection.k.type' = 'integer', 'projection.k.range' = '1,9')"
    )
    for number in range(3):
        session.execute(f"INSERT INTO t VALUES ({number}, 1), ({number}, 2)")
    assert compacted(home, where="k = 2") == {"k=2": ("COMPACTED", 3, 1)}
    assert sorted(rows(session, "SELECT * FROM t")) == [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]


def test_files_stay_in_their_folder(home, session):
    """Another table may lie over a folder inside of this one's."""
    session.execute("CREATE EXTERNAL TABLE t (x bigint) STORED AS PARQUET LOCATION 's3://lake/t/'")
    session.execute("CREATE EXTERNAL TABLE inner_t (x bigint) STORED AS PARQUET LOCATION 's3://lake/t/inner/'")
    for number in range(3):
        session.execute(f"INSERT INTO t VALUES {number}")
        session.execute(f"INSERT INTO inner_t VALUES {number + 10}")
    compacted(home)
    assert sorted(rows(session, "SELECT x FROM inner_t")) == [(10,), (11,), (12,)]
    assert len(rows(session, "SELECT x FROM t")) == 6
    assert len(seen(session)) == 2


def test_an_independent_reader_finds_the_same_values(home, session):
    make(session, inserts=3)
    compacted(home)
    (path,) = (home.storage.local_path(uri) for uri in seen(session) if "k=a" in uri)
    found = duckdb.sql(f"SELECT x, name FROM read_parquet('{path}', hive_partitioning = false) ORDER BY x").fetchall()
    assert found == [(x, f"v{x}") for x in range(0, 30, 2)]
