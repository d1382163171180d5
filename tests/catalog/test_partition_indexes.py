"""Partition indexes: what they promise of partitions that are there, of new ones, and of the keys."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from owlake.catalog.errors import AlreadyExists, EntityNotFound, InvalidInput, LimitExceeded
from owlake.catalog.model import BackfillError, Column, Partition, PartitionIndex, StorageDescriptor, Table
from owlake.catalog.store import Metastore

STORAGE = StorageDescriptor(location="s3://lake/t/")
KEYS = (("s", "string"), ("i", "int"), ("b", "bigint"), ("l", "long"), ("d", "date"))


def table(keys: Sequence[tuple[str, str]] = KEYS) -> Table:
    return Table("default", "t", STORAGE, tuple(Column(name, type_) for name, type_ in keys))


def partitions(*values: tuple[str, ...]) -> list[Partition]:
    return [Partition(each, STORAGE) for each in values]


def created(metastore: Metastore, values: Sequence[tuple[str, ...]], *keys: str) -> PartitionIndex:
    with metastore.write() as catalog:
        catalog.create_table(table())
        catalog.create_partitions("default", "t", partitions(*values))
        return catalog.create_partition_index("default", "t", "one", keys)


def test_an_index_over_good_values_is_active(metastore: Metastore) -> None:
    index = created(metastore, [("a", "1", "-9223372036854775808", "7", "2024-01-01")], "I", "s", "l", "b")
    assert (index.name, index.keys, index.state, index.errors) == ("one", ("i", "s", "l", "b"), "ACTIVE", ())
    with metastore.read() as catalog:
        assert catalog.list_partition_indexes("default", "t") == [index]


def test_values_in_its_way_are_named(metastore: Metastore) -> None:
    bad, control, empty, good = (
        ("a", "x", "1", "9223372036854775808", "2024-01-01"),
        ("a\x01", "2147483648", "1", "1", "2024-01-01"),
        ("", "1", "1", "1", "2024-01-01"),
        ("a", "1", "1", "1", "2024-01-01"),
    )
    index = created(metastore, [bad, control, empty, good], "s", "i", "l")
    assert index.state == "FAILED"
    assert index.errors == (
        BackfillError("INVALID_PARTITION_TYPE_DATA_ERROR", (bad, control) if bad < control else (control, bad)),
        BackfillError("MISSING_PARTITION_VALUE_ERROR", (empty,)),
        BackfillError("UNSUPPORTED_PARTITION_CHARACTER_ERROR", (control,)),
    )
    with metastore.write() as catalog:
        catalog.delete_partitions("default", "t", [bad, control, empty])
        assert catalog.create_partition_index("default", "t", "one", ["s", "i", "l"]).state == "ACTIVE"
        assert len(catalog.list_partition_indexes("default", "t")) == 1


def test_what_indexes_there_cannot_be(metastore: Metastore) -> None:
    created(metastore, [], "s")
    with metastore.write() as catalog:

        def create(name: str, *keys: str) -> None:
            catalog.create_partition_index("default", "t", name, keys)

        for keys in (("x",), ("d",), ("i", "i")):
            with pytest.raises(InvalidInput):
                create("two", *keys)
        with pytest.raises(AlreadyExists):
            create("one", "i")
        with pytest.raises(AlreadyExists):
            create("two", "s")
        create("two", "s", "i")
        create("three", "i", "s")
        with pytest.raises(LimitExceeded):
            create("four", "i")
        with pytest.raises(EntityNotFound):
            catalog.delete_partition_index("default", "t", "four")
        catalog.delete_partition_index("default", "t", "two")
        create("four", "i")


def test_new_partitions_are_of_the_types_of_indexed_keys(metastore: Metastore) -> None:
    created(metastore, [], "i")
    with metastore.write() as catalog:
        catalog.create_partitions("default", "t", partitions(("a", "1", "not indexed", "1", "1")))
        with pytest.raises(InvalidInput, match="Partition value 'x' of i is not of type int"):
            catalog.create_partitions("default", "t", partitions(("a", "x", "1", "1", "1")))
        with pytest.raises(InvalidInput):
            catalog.rename_partition("default", "t", ("a", "1", "not indexed", "1", "1"), ("a", "", "1", "1", "1"))


def test_indexed_keys_stay_as_they_are(metastore: Metastore) -> None:
    created(metastore, [], "i", "s")
    with metastore.write() as catalog:
        for changed in (
            (("s", "string"), ("i", "bigint"), *KEYS[2:]),
            (("s", "string"), ("other", "int"), *KEYS[2:]),
            (("i", "int"), ("s", "string"), *KEYS[2:]),
        ):
            with pytest.raises(InvalidInput, match="cannot change: partition index one is built on it"):
                catalog.update_table(table(changed))
        catalog.update_table(table((*KEYS[:2], ("b", "string"), *KEYS[3:])))
        catalog.rename_table("default", "t", "default", "u")
        assert [one.name for one in catalog.list_partition_indexes("default", "u")] == ["one"]
        catalog.delete_table("default", "u")
        catalog.create_table(table())
        assert catalog.list_partition_indexes("default", "t") == []


def test_ten_indexes_that_failed_are_remembered(metastore: Metastore) -> None:
    created(metastore, [("a", "x", "1", "1", "1")], "i")
    with metastore.write() as catalog:
        for number in range(12):
            catalog.create_partition_index("default", "t", f"n{number:02}", ["i"])
        assert len(catalog.list_partition_indexes("default", "t")) == 10
        catalog.create_partition_index("default", "t", "good", ["s"])
        assert len(catalog.list_partition_indexes("default", "t")) == 11
