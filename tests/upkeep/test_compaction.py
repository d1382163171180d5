"""Small files become few, while others read and write the table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from owlake.catalog.writes import WriteState
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
from tests.upkeep.lake import compacted, insert, rows, seen, uris


@pytest.fixture
def home(filled_home):
    """With the table ``t``: forty rows in two partitions of four files each."""
    return filled_home


def test_rows_that_are_inserted_meanwhile_stay(home, session):
    with Session(home) as other:
        compacted(home, while_it_runs=lambda: insert(other, 4))
    assert len(rows(session, "SELECT * FROM t")) == 50


def test_a_file_that_somebody_drops_into_the_folder_meanwhile_stays(home, session):
    content = home.storage.read(uris(home)[0])
    compacted(home, while_it_runs=lambda: home.storage.write("s3://lake/t/k=a/foreign.parquet", content))
    assert "s3://lake/t/k=a/foreign.parquet" in seen(session)
    assert len(rows(session, "SELECT * FROM t")) == 45


def test_a_file_that_changes_meanwhile_keeps_its_new_rows(home, session):
    changed = next(uri for uri in uris(home) if "k=a" in uri)
    other = next(uri for uri in uris(home) if "k=b" in uri)
    content = home.storage.read(other)
    states = compacted(home, while_it_runs=lambda: home.storage.write(changed, content))
    assert states == {"k=a": ("SKIPPED", 4, 4), "k=b": ("COMPACTED", 4, 1)}
    assert sorted(rows(session, f"SELECT x FROM t WHERE \"$path\" = '{changed}'")) == [(1,), (3,), (5,), (7,), (9,)]
    assert len(rows(session, "SELECT * FROM t")) == 40


def test_a_partition_that_is_dropped_meanwhile_stays_dropped(home, session):
    with Session(home) as other:
        states = compacted(home, while_it_runs=lambda: other.execute("ALTER TABLE t DROP PARTITION (k = 'a')"))
    assert states == {"k=a": ("SKIPPED", 4, 4), "k=b": ("COMPACTED", 4, 1)}
    assert rows(session, "SELECT count(*) FROM t") == [(20,)]
    session.execute("ALTER TABLE t ADD PARTITION (k = 'a') LOCATION 's3://lake/t/k=a/'")
    assert rows(session, "SELECT count(*) FROM t WHERE k = 'a'") == [(20,)]


def test_a_table_that_is_dropped_meanwhile_leaves_its_files_alone(home):
    files = uris(home)
    with Session(home) as other, pytest.raises(OwlakeError, match=r"default\.t was dropped while it was compacted"):
        compacted(home, while_it_runs=lambda: other.execute("DROP TABLE t"))
    assert uris(home) == files
    assert home.metastore.list_writes(WriteState.OPEN) == []


def test_a_second_compaction_of_the_table_is_refused(home):

    def second() -> None:
        with pytest.raises(OwlakeError, match=r"HIVE_CONCURRENT_MODIFICATION_DETECTED.*is being compacted by another"):
            home.upkeep.compact("default.t")

    assert compacted(home, while_it_runs=second)["k=a"] == ("COMPACTED", 4, 1)
    assert compacted(home)["k=a"] == ("UNCHANGED", 1, 1)


def test_another_table_over_the_same_files_is_compacted_by_one_of_the_two(home, session):
    session.execute(
        "CREATE EXTERNAL TABLE u (x bigint, name string) PARTITIONED BY (k string) STORED AS PARQUET "
        "LOCATION 's3://lake/t/'"
    )
    session.execute("MSCK REPAIR TABLE u")
    states = compacted(home, while_it_runs=lambda: home.upkeep.compact("default.u"))
    assert {state for state, _, _ in states.values()} == {"SKIPPED"}
    assert len(rows(session, "SELECT * FROM t")) == len(rows(session, "SELECT * FROM u")) == 40


def test_a_failure_leaves_everything_as_it_was(home):
    files = uris(home)

    def fail() -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        home.upkeep.compact("default.t", check=fail)
    with pytest.raises(RuntimeError):
        compacted(home, while_it_runs=fail)
    assert uris(home) == files
    assert compacted(home)["k=a"] == ("COMPACTED", 4, 1)


def test_a_broken_file_fails_the_compaction_and_nothing_else(home):
    home.storage.write("s3://lake/t/k=a/broken.parquet", b"PAR1 and no more")
    files = uris(home)
    with pytest.raises(OwlakeError, match="HIVE_BAD_DATA"):
        compacted(home)
    assert uris(home) == files


# What was replaced ----------------------------------------------------------------------------------------


def at_noon(home: Home) -> None:
    home.scheduler.set(datetime(2024, 2, 29, 12, tzinfo=UTC))


def test_replaced_files_go_after_a_time_of_grace(home, session):
    at_noon(home)
    old = seen(session)
    compacted(home)
    home.scheduler.advance(timedelta(minutes=9))
    assert old < set(uris(home))
    home.scheduler.advance(timedelta(minutes=2))
    assert set(uris(home)) == seen(session)
    assert home.metastore.list_replaced_files() == []


def test_replaced_files_stay_as_long_as_somebody_may_read_them(home):
    at_noon(home)
    with Session(home) as reader:
        result = reader.execute("SELECT * FROM t")
        home.scheduler.advance(timedelta(seconds=1))
        compacted(home)
        old = {one.uri for one in home.metastore.list_replaced_files()}
        home.scheduler.advance(timedelta(hours=3))
        assert old < set(uris(home))
        assert result.table().num_rows == 40
    home.scheduler.advance(timedelta(hours=3))
    assert not old & set(uris(home))


def test_a_file_in_the_place_of_a_replaced_one_is_seen_and_stays(home, session):
    at_noon(home)
    place = next(uri for uri in uris(home) if "k=a" in uri)
    content = home.storage.read(next(uri for uri in uris(home) if "k=b" in uri))
    compacted(home)
    assert place not in seen(session)
    home.storage.write(place, content)
    assert place in seen(session)
    assert rows(session, "SELECT count(*) FROM t") == [(45,)]
    home.scheduler.advance(timedelta(hours=1))
    assert rows(session, "SELECT count(*) FROM t") == [(45,)]


def test_a_sweep_deletes_at_once_what_nobody_reads(home, session):
    compacted(home)
    swept = home.upkeep.sweep(timedelta(0))
    assert (swept.aborted_writes, swept.replaced_files) == (0, 8)
    assert set(uris(home)) == seen(session)


def test_what_a_dead_process_was_at_does_not_stop_the_next(home):
    with Home.open(home.path) as other:
        other.metastore.begin_compaction("default", "t")
    assert compacted(home)["k=a"] == ("COMPACTED", 4, 1)
