"""The metastore's verbs behave as the Glue API's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from owlake.catalog.errors import AlreadyExists, ConcurrentModification, EntityNotFound, InvalidInput
from owlake.catalog.model import (
    VIRTUAL_VIEW,
    Column,
    Database,
    Partition,
    SerDeInfo,
    SortColumn,
    StorageDescriptor,
    Table,
)
from owlake.catalog.store import Metastore
from owlake.errors import ProgrammingError
from owlake.home import Home

FULL_STORAGE = StorageDescriptor(
    columns=(Column("id", "int"), Column("tags", "array<string>", "all of them", {"k": "v"})),
    location="s3://bucket/t",
    input_format="in.Format",
    output_format="out.Format",
    compressed=True,
    number_of_buckets=4,
    serde=SerDeInfo("a.SerDe", {"field.delim": "\t", "z": "1", "a": "2"}, "serde"),
    bucket_columns=("id",),
    sort_columns=(SortColumn("id", 0),),
    parameters={"p": "q"},
    stored_as_sub_directories=True,
)
KEYS = (Column("dt", "string"), Column("hour", "int"))


def table(name: str = "t", **changes: object) -> Table:
    return replace(Table("default", name, FULL_STORAGE, KEYS, parameters={"EXTERNAL": "TRUE"}), **changes)


def partition(*values: str) -> Partition:
    return Partition(values, replace(FULL_STORAGE, location="s3://bucket/t/" + "/".join(values)))


@pytest.fixture
def partitioned(metastore: Metastore) -> Metastore:
    with metastore.write() as catalog:
        catalog.create_table(table())
    return metastore


def test_a_new_home_has_the_default_database(metastore: Metastore) -> None:
    with metastore.read() as catalog:
        assert [database.name for database in catalog.list_databases()] == ["default"]


def test_a_database_comes_back_as_it_was_created(metastore: Metastore) -> None:
    database = Database("sales", "What we sold", "s3://bucket/sales", {"owner": "me", "a": "b"})
    with metastore.write() as catalog:
        catalog.create_database(database)
        stored = catalog.get_database("sales")
    assert replace(stored, create_time=None) == database


def test_the_clock_says_when_a_database_was_created(home: Home) -> None:
    home.scheduler.set(datetime(2024, 5, 6, 7, 8, 9, 123456, UTC))
    with home.metastore.write() as catalog:
        catalog.create_database(Database("sales"))
        assert catalog.get_database("sales").create_time == datetime(2024, 5, 6, 7, 8, 9, 123456, UTC)


def test_names_are_stored_in_lower_case_and_found_in_any(metastore: Metastore) -> None:
    with metastore.write() as catalog:
        catalog.create_database(Database("Sales"))
        catalog.create_table(table("Orders", database="SALES"))
        found = catalog.get_table("sALES", "oRDERS")
    assert (found.database, found.name) == ("sales", "orders")


def test_a_database_of_a_taken_name_is_refused(metastore: Metastore) -> None:
    with metastore.write() as catalog, pytest.raises(AlreadyExists, match=r"Database already exists\."):
        catalog.create_database(Database("DEFAULT"))


def test_refusals_are_programming_errors_of_pep_249(metastore: Metastore) -> None:
    with metastore.read() as catalog, pytest.raises(ProgrammingError, match="Database nope not found"):
        catalog.get_database("nope")


def test_updating_a_database_replaces_all_but_its_name(metastore: Metastore) -> None:
    with metastore.write() as catalog:
        catalog.create_database(Database("sales", "old", "s3://old", {"a": "b"}))
        catalog.update_database(Database("sales", "new"))
        stored = catalog.get_database("sales")
    assert (stored.description, stored.location_uri, dict(stored.parameters)) == ("new", None, {})


def test_deleting_a_database_deletes_its_tables_and_partitions(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1")])
        catalog.delete_database("default")
        assert catalog.find_table("default", "t") is None
        catalog.create_database(Database("default"))
        catalog.create_table(table())
        assert catalog.list_partitions("default", "t") == []


def test_a_table_comes_back_as_it_was_created(metastore: Metastore) -> None:
    written = table(
        description="d",
        owner="o",
        view_original_text="original",
        view_expanded_text="expanded",
        retention=3,
        last_access_time=datetime(2024, 1, 1, tzinfo=UTC),
        created_by="c",
    )
    with metastore.write() as catalog:
        catalog.create_table(written)
        stored = catalog.get_table("default", "t")
    assert replace(stored, create_time=None, update_time=None) == written


def test_parameters_keep_the_order_in_which_they_were_written(metastore: Metastore) -> None:
    with metastore.write() as catalog:
        catalog.create_table(table(parameters={"z": "1", "a": "2", "m": "3"}))
        assert list(catalog.get_table("default", "t").parameters) == ["z", "a", "m"]


def test_a_table_needs_its_database(metastore: Metastore) -> None:
    with metastore.write() as catalog, pytest.raises(EntityNotFound, match=r"Database nope not found\."):
        catalog.create_table(table(database="nope"))


def test_a_table_of_a_taken_name_is_refused(partitioned: Metastore) -> None:
    with partitioned.write() as catalog, pytest.raises(AlreadyExists, match=r"Table already exists\."):
        catalog.create_table(table("T"))


def test_every_update_counts_the_version(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.update_table(table(description="new"))
        stored = catalog.get_table("default", "t")
    assert (stored.version_id, stored.description) == (1, "new")


def test_an_update_of_an_older_version_is_refused(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.update_table(table(), expected_version=0)
        with pytest.raises(ConcurrentModification):
            catalog.update_table(table(), expected_version=0)


def test_an_update_keeps_the_time_of_creation(home: Home) -> None:
    created, updated = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)
    home.scheduler.set(created)
    with home.metastore.write() as catalog:
        catalog.create_table(table())
    home.scheduler.advance(timedelta(days=1))
    with home.metastore.write() as catalog:
        catalog.update_table(table())
        stored = catalog.get_table("default", "t")
    assert (stored.create_time, stored.update_time) == (created, updated)


def test_renaming_a_table_takes_its_partitions_along(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1")])
        catalog.create_database(Database("other"))
        catalog.rename_table("default", "t", "other", "New")
        assert catalog.find_table("default", "t") is None
        assert catalog.list_partition_values("other", "new") == [("a", "1")]


def test_renaming_onto_a_taken_name_is_refused(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.create_table(table("u"))
        with pytest.raises(AlreadyExists):
            catalog.rename_table("default", "t", "default", "u")


def test_a_deleted_table_is_gone_with_its_partitions(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1")])
        catalog.delete_table("default", "t")
        catalog.create_table(table())
        assert catalog.list_partitions("default", "t") == []


def test_tables_are_listed_by_name_and_kind(metastore: Metastore) -> None:
    with metastore.write() as catalog:
        for name in ("b", "a"):
            catalog.create_table(table(name))
        catalog.create_table(table("v", table_type=VIRTUAL_VIEW))
        assert catalog.list_table_names("default") == ["a", "b", "v"]
        assert catalog.list_table_names("default", VIRTUAL_VIEW) == ["v"]


def test_listing_tables_can_be_limited_to_databases_and_names(metastore: Metastore) -> None:
    with metastore.write() as catalog:
        catalog.create_database(Database("other"))
        for database in ("default", "other"):
            for name in ("a", "b"):
                catalog.create_table(table(name, database=database))
        listed = [(found.database, found.name) for found in catalog.list_tables(["OTHER"], ["b", "c"])]
    assert listed == [("other", "b")]


def test_a_partition_comes_back_as_it_was_created(partitioned: Metastore) -> None:
    written = replace(partition("2024-01-01", "5"), parameters={"rows": "3"})
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [written])
        stored = catalog.get_partition("default", "t", ("2024-01-01", "5"))
    assert replace(stored, create_time=None) == written


def test_a_partition_keeps_its_own_storage_when_others_differ(partitioned: Metastore) -> None:
    odd = Partition(("b", "2"), StorageDescriptor((Column("x", "date"),), "s3://elsewhere", "other.Format"))
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1"), odd, partition("c", "3")])
        stored = [found.storage for found in catalog.list_partitions("default", "t")]
    assert stored == [partition("a", "1").storage, odd.storage, partition("c", "3").storage]


def test_if_one_partition_exists_none_is_added(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1")])
    with pytest.raises(AlreadyExists, match=r"Partition already"), partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("b", "2"), partition("a", "1")])
    with partitioned.read() as catalog:
        assert catalog.list_partition_values("default", "t") == [("a", "1")]


def test_with_if_not_exists_only_new_partitions_are_added(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1")])
        new = [partition("b", "2"), partition("a", "1"), partition("c", "3")]
        created = catalog.create_partitions("default", "t", new, if_not_exists=True)
    assert created == [("b", "2"), ("c", "3")]


def test_as_many_values_as_keys_are_needed(partitioned: Metastore) -> None:
    with partitioned.write() as catalog, pytest.raises(InvalidInput):
        catalog.create_partitions("default", "t", [partition("a")])


def test_updating_a_partition_replaces_its_storage(partitioned: Metastore) -> None:
    moved = Partition(("a", "1"), StorageDescriptor(location="s3://elsewhere"), {"k": "v"})
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1")])
        catalog.update_partitions("default", "t", [moved])
        stored = catalog.get_partition("default", "t", ("a", "1"))
    assert replace(stored, create_time=None) == moved


def test_updating_a_partition_that_is_not_there_is_refused(partitioned: Metastore) -> None:
    with partitioned.write() as catalog, pytest.raises(EntityNotFound, match=r"Cannot find partition\."):
        catalog.update_partitions("default", "t", [partition("a", "1")])


def test_renaming_a_partition_keeps_its_location(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1")])
        catalog.rename_partition("default", "t", ("a", "1"), ("b", "2"))
        (stored,) = catalog.list_partitions("default", "t")
    assert (stored.values, stored.storage.location) == (("b", "2"), "s3://bucket/t/a/1")


def test_renaming_onto_an_existing_partition_is_refused(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1"), partition("b", "2")])
        with pytest.raises(AlreadyExists):
            catalog.rename_partition("default", "t", ("a", "1"), ("b", "2"))


def test_deleted_partitions_are_gone(partitioned: Metastore) -> None:
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition("a", "1"), partition("b", "2")])
        catalog.delete_partitions("default", "t", [("a", "1")])
        assert catalog.list_partition_values("default", "t") == [("b", "2")]


def test_deleting_a_partition_that_is_not_there_is_refused(partitioned: Metastore) -> None:
    with partitioned.write() as catalog, pytest.raises(EntityNotFound):
        catalog.delete_partitions("default", "t", [("a", "1")])


def test_partition_values_may_hold_any_character(partitioned: Metastore) -> None:
    values = ('a"b\\c/d=e%f\n\u0001', "日本 🦉")
    with partitioned.write() as catalog:
        catalog.create_partitions("default", "t", [partition(*values)])
        assert catalog.list_partition_values("default", "t") == [values]


def test_settings_and_prepared_statements_are_kept(metastore: Metastore) -> None:
    with metastore.write() as catalog:
        catalog.put_setting("k", "v")
        catalog.put_prepared_statement("primary", "Mine", "SELECT ?")
        catalog.put_prepared_statement("other", "Mine", "SELECT 2")
    with metastore.read() as catalog:
        assert catalog.setting("k") == "v"
        assert [each.statement for each in catalog.list_prepared_statements("primary")] == ["SELECT ?"]


def test_a_prepared_statement_that_is_not_there_cannot_be_deleted(metastore: Metastore) -> None:
    with metastore.write() as catalog, pytest.raises(EntityNotFound):
        catalog.delete_prepared_statement("primary", "x")


def test_what_a_block_did_before_it_raised_is_undone(metastore: Metastore) -> None:
    def create_twice() -> None:
        with metastore.write() as catalog:
            catalog.create_database(Database("sales"))
            catalog.create_database(Database("sales"))

    with pytest.raises(AlreadyExists):
        create_twice()
    with metastore.read() as catalog:
        assert catalog.find_database("sales") is None
