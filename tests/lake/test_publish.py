from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from datetime import timedelta

import pyarrow as pa
import pytest

from owlake.catalog.model import Column, Database, SerDeInfo, StorageDescriptor, Table
from owlake.catalog.writes import WriteState
from owlake.errors import OwlakeError, error
from owlake.home import Home
from owlake.lake.listing import list_data_files
from owlake.lake.publish import delete_replaced_files, discard, publish
from owlake.lake.writing import WriteTarget, write_table

PARQUET = SerDeInfo("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe")
TABLE = Table("db", "t", StorageDescriptor((Column("a", "bigint"),), "s3://lake/t/", serde=PARQUET))


@pytest.fixture
def home(tmp_path):
    with Home.open(tmp_path / "home") as opened:
        opened.storage.create_bucket("lake")
        with opened.metastore.write() as catalog:
            catalog.create_database(Database("db"))
        yield opened


def insert(home, values, apply=None):
    def write_files(write):
        return write_table(
            home.storage, WriteTarget(TABLE, "s3://lake/t/", write.token), pa.table({"a": values}).to_batches()
        )

    return publish(
        home.metastore, home.storage, database="db", table="t", locations=["s3://lake/t/"], write_files=write_files,
        apply=apply or (lambda _catalog, _manifest: None),
    )  # fmt: skip


def seen(home) -> list[str]:
    with home.metastore.snapshot() as snapshot:
        (files,) = list_data_files(home.storage, ["s3://lake/t/"], snapshot.is_visible)
    return [file.uri for file in files]


def lying(home) -> list[str]:
    return sorted(file.uri for file in home.storage.list_files("s3://lake/t/"))


def test_a_published_write_is_seen(home):
    manifest = insert(home, [1, 2])
    assert seen(home) == [written.file.uri for written in manifest.files]


def test_the_catalog_changes_with_the_files(home):
    insert(home, [1], lambda catalog, _manifest: catalog.create_table(TABLE))
    with home.metastore.read() as catalog:
        assert catalog.find_table("db", "t") is not None


def test_files_of_an_open_write_are_not_seen(home):
    def look(_catalog, _manifest):
        assert len(lying(home)) == 1
        assert seen_by_others == []

    seen_by_others = []

    def write_files(write):
        manifest = write_table(
            home.storage, WriteTarget(TABLE, "s3://lake/t/", write.token), pa.table({"a": [1]}).to_batches()
        )
        seen_by_others.extend(seen(home))
        return manifest

    publish(
        home.metastore, home.storage, database="db", table="t", locations=["s3://lake/t/"], write_files=write_files,
        apply=look,
    )  # fmt: skip
    assert len(seen(home)) == 1


def test_a_reader_does_not_see_what_is_published_after_its_snapshot(home):
    snapshot = home.metastore.snapshot()
    snapshot.close()
    insert(home, [1])
    (files,) = list_data_files(home.storage, ["s3://lake/t/"], snapshot.is_visible)
    assert files == ()


def test_a_foreign_file_is_seen(home):
    home.storage.write("s3://lake/t/dropped.parquet", b"x")
    assert seen(home) == ["s3://lake/t/dropped.parquet"]


def test_a_failure_while_writing_leaves_nothing(home):
    def write_files(write):
        write_table(home.storage, WriteTarget(TABLE, "s3://lake/t/", write.token), pa.table({"a": [1]}).to_batches())
        raise error("DIVISION_BY_ZERO", "Division by zero")

    with pytest.raises(OwlakeError, match="DIVISION_BY_ZERO"):
        publish(
            home.metastore, home.storage, database="db", table="t", locations=["s3://lake/t/"],
            write_files=write_files, apply=lambda _catalog, _manifest: None,
        )  # fmt: skip
    assert lying(home) == []
    assert home.metastore.list_writes() == []


def test_a_failure_while_committing_leaves_nothing(home):
    def fail(_catalog, _manifest):
        raise error("TABLE_ALREADY_EXISTS", "t")

    with pytest.raises(OwlakeError, match="TABLE_ALREADY_EXISTS"):
        insert(home, [1], fail)
    assert lying(home) == []
    assert home.metastore.list_writes() == []


def test_other_files_of_the_folder_stay(home):
    first = insert(home, [1])
    home.storage.write("s3://lake/t/dropped.parquet", b"x")

    def fail(_catalog, _manifest):
        raise error("TABLE_ALREADY_EXISTS", "t")

    with pytest.raises(OwlakeError):
        insert(home, [2], fail)
    assert lying(home) == sorted([first.files[0].file.uri, "s3://lake/t/dropped.parquet"])


def test_discarding_a_committed_write_does_nothing(home):
    insert(home, [1])
    (write,) = home.metastore.list_writes(WriteState.COMMITTED)
    discard(home.metastore, home.storage, write)
    assert len(seen(home)) == 1


def test_a_write_that_was_taken_for_dead_cannot_commit(home):
    def write_files(write):
        manifest = write_table(
            home.storage, WriteTarget(TABLE, "s3://lake/t/", write.token), pa.table({"a": [1]}).to_batches()
        )
        home.metastore.abort_write(write)
        return manifest

    with pytest.raises(OwlakeError, match="HIVE_CONCURRENT_MODIFICATION_DETECTED"):
        publish(
            home.metastore, home.storage, database="db", table="t", locations=["s3://lake/t/"],
            write_files=write_files, apply=lambda _catalog, _manifest: None,
        )  # fmt: skip
    assert lying(home) == []


def test_what_a_killed_process_wrote_is_never_seen_and_swept(home):
    script = textwrap.dedent(
        """
        import os, signal, sys, time
        import pyarrow as pa
        from owlake.catalog.model import Column, SerDeInfo, StorageDescriptor, Table
        from owlake.home import Home
        from owlake.lake.writing import WriteTarget, write_table

        serde = SerDeInfo("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe")
        table = Table("db", "t", StorageDescriptor((Column("a", "bigint"),), "s3://lake/t/", serde=serde))
        home = Home.open(sys.argv[1])
        write = home.metastore.begin_write("db", "t", ["s3://lake/t/"])

        def batches():
            yield from pa.table({"a": range(1000)}).to_batches()
            while not home.storage.list_files("s3://lake/t/"):
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)

        write_table(home.storage, WriteTarget(table, "s3://lake/t/", write.token), batches(), target_file_size=1)
        """
    )
    killed = subprocess.run([sys.executable, "-c", script, str(home.path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(lying(home)) == 1
    assert seen(home) == []
    with Home.open(home.path) as again:
        assert seen(again) == []
    assert lying(home) == []
    assert home.metastore.list_writes() == []


def test_replaced_files_are_deleted_after_their_time(home):
    old = insert(home, [1])
    uris = [written.file.uri for written in old.files]
    with home.metastore.write() as catalog:
        catalog.replace_files(1, dict.fromkeys(uris))
    assert seen(home) == []
    now = home.clock.now()
    assert delete_replaced_files(home.metastore, home.storage, now - timedelta(hours=1)) == 0
    assert lying(home) == uris
    assert delete_replaced_files(home.metastore, home.storage, now + timedelta(hours=1)) == 1
    assert lying(home) == []
