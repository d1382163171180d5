"""The register of writes decides which files a reader sees."""

import pytest

from owlake.catalog.errors import ConcurrentModification, EntityNotFound
from owlake.catalog.model import Database
from owlake.catalog.store import Metastore
from owlake.catalog.transaction import Transaction
from owlake.catalog.writes import Write, WriteState, parse_write_token, write_token


def nothing(_: Transaction) -> None:
    """A statement without catalog changes."""


def file_of(write: Write) -> str:
    return f"s3://b/t/dt=1/000000_0_{write.token}.parquet"


def sees(metastore: Metastore, uri: str) -> bool:
    with metastore.snapshot() as snapshot:
        return snapshot.is_visible(uri)


def begin(metastore: Metastore) -> Write:
    return metastore.begin_write("default", "T", ["s3://b/t"])


def test_a_token_can_be_read_back_from_a_file_name() -> None:
    name = f"000003_0_{write_token('0123456789', 42)}-1.snappy.parquet"
    assert parse_write_token(name) == ("0123456789", 42)


@pytest.mark.parametrize("name", ["part-0.parquet", "owl.csv", "owlet-w1", "owl0123w4", "fowl0123456789"])
def test_other_names_hold_no_token(name: str) -> None:
    assert parse_write_token(name) is None


def test_files_of_others_are_seen(metastore: Metastore) -> None:
    begin(metastore)
    assert sees(metastore, "s3://b/t/dt=1/somebody-elses.parquet")


def test_files_that_another_home_wrote_are_seen(metastore: Metastore) -> None:
    other = write_token("ffffffffff" if metastore.home_id != "ffffffffff" else "0000000000", 10**9)
    assert sees(metastore, f"s3://b/t/{other}.parquet")


def test_files_of_an_open_write_are_not_seen(metastore: Metastore) -> None:
    assert not sees(metastore, file_of(begin(metastore)))


def test_files_of_a_committed_write_are_seen(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.commit_write(write, nothing)
    assert sees(metastore, file_of(write))


def test_files_of_an_aborted_write_are_not_seen(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.abort_write(write)
    assert not sees(metastore, file_of(write))


def test_a_snapshot_does_not_see_what_was_committed_after_it(metastore: Metastore) -> None:
    open_before = begin(metastore)
    with metastore.snapshot() as snapshot:
        begun_after = begin(metastore)
        metastore.commit_write(open_before, nothing)
        metastore.commit_write(begun_after, nothing)
    assert not snapshot.is_visible(file_of(open_before))
    assert not snapshot.is_visible(file_of(begun_after))


def test_a_commit_and_its_catalog_changes_are_one(metastore: Metastore) -> None:
    write = begin(metastore)

    def fails(catalog: Transaction) -> None:
        catalog.create_database(Database("made"))
        catalog.get_table("made", "nope")

    with pytest.raises(EntityNotFound):
        metastore.commit_write(write, fails)
    with metastore.snapshot() as snapshot:
        assert snapshot.find_database("made") is None
        assert not snapshot.is_visible(file_of(write))


def test_a_commit_applies_the_catalog_changes(metastore: Metastore) -> None:
    metastore.commit_write(begin(metastore), lambda catalog: catalog.create_database(Database("made")))
    with metastore.read() as catalog:
        assert catalog.find_database("made")


def test_a_write_commits_once(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.commit_write(write, nothing)
    with pytest.raises(ConcurrentModification):
        metastore.commit_write(write, nothing)


def test_an_aborted_write_cannot_be_committed(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.abort_write(write)
    with pytest.raises(ConcurrentModification):
        metastore.commit_write(write, nothing)


def test_replaced_files_are_not_seen_after_the_commit(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.commit_write(
        write, lambda catalog: catalog.replace_files(write.number, dict.fromkeys(["s3://b/t/old.parquet"]))
    )
    assert not sees(metastore, "s3://b/t/old.parquet")
    assert sees(metastore, "s3://b/u/old.parquet")


def test_an_older_snapshot_still_sees_replaced_files(metastore: Metastore) -> None:
    with metastore.snapshot() as snapshot:
        write = begin(metastore)
        metastore.commit_write(
            write, lambda catalog: catalog.replace_files(write.number, dict.fromkeys(["s3://b/t/old.parquet"]))
        )
    assert snapshot.is_visible("s3://b/t/old.parquet")


def test_replaced_files_are_listed_until_they_are_forgotten(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.commit_write(
        write, lambda catalog: catalog.replace_files(write.number, dict.fromkeys(["s3://b/2", "s3://b/1"]))
    )
    (first, second) = metastore.list_replaced_files()
    assert (first.uri, second.uri, first.write_number) == ("s3://b/1", "s3://b/2", write.number)
    with metastore.write() as catalog:
        catalog.forget_replaced_files(["s3://b/1"])
    assert sees(metastore, "s3://b/1")
    assert not sees(metastore, "s3://b/2")


def test_a_write_is_listed_with_the_folders_it_may_write_to(metastore: Metastore) -> None:
    write = begin(metastore)
    with metastore.write() as catalog:
        catalog.add_write_location(write.number, "s3://elsewhere/p")
        catalog.add_write_location(write.number, "s3://elsewhere/p")
    (listed,) = metastore.list_writes(WriteState.OPEN)
    assert (listed.table, listed.locations) == ("t", ("s3://b/t", "s3://elsewhere/p"))


def test_writes_of_dead_leases_are_swept(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.sweep_writes(lambda _: False)
    assert [swept.number for swept in metastore.list_writes(WriteState.ABORTED)] == [write.number]


def test_writes_of_live_leases_are_left_alone(metastore: Metastore) -> None:
    begin(metastore)
    metastore.sweep_writes(lambda _: True)
    assert metastore.list_writes(WriteState.ABORTED) == []


def test_an_aborted_write_is_gone_when_forgotten(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.abort_write(write)
    metastore.forget_writes([write])
    assert metastore.list_writes() == []


def test_an_open_write_cannot_be_forgotten(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.forget_writes([write])
    assert not sees(metastore, file_of(write))


def test_numbers_are_never_given_twice(metastore: Metastore) -> None:
    write = begin(metastore)
    metastore.abort_write(write)
    metastore.forget_writes([write])
    assert begin(metastore).number == write.number + 1


def test_files_of_a_write_whose_row_was_pruned_are_still_seen(metastore: Metastore) -> None:
    first, second = begin(metastore), begin(metastore)
    for write in (first, second):
        metastore.commit_write(write, nothing)
    with metastore.write() as catalog:
        catalog.forget_committed_writes(1)
    assert [write.number for write in metastore.list_writes()] == [second.number]
    assert sees(metastore, file_of(first))
