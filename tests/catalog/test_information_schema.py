"""information_schema and "t$partitions" (https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html)."""

from datetime import date
from typing import Any

import pytest

from owlake.catalog import information_schema, partitions_table
from owlake.catalog.model import Column, Database, Partition, StorageDescriptor, Table
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.store import Metastore
from owlake.catalog.views import ViewDefinition, view_table
from owlake.errors import OwlakeError
from owlake.lake.model import Domain
from owlake.types.model import JSON


@pytest.fixture
def full(metastore: Metastore) -> Metastore:
    columns = (Column("id", "int", "the id"), Column("tags", "array<struct<k:string,at:timestamp>>"))
    view = ViewDefinition("SELECT 1 AS j", "awsdatacatalog", "sales", (("j", "json"),))
    with metastore.write() as catalog:
        catalog.create_database(Database("sales"))
        catalog.create_table(Table("sales", "orders", StorageDescriptor(columns), (Column("dt", "date", "day"),)))
        catalog.create_table(Table("sales", "ice", StorageDescriptor(columns), parameters={"table_type": "ICEBERG"}))
        catalog.create_table(view_table("sales", "v", view, [JSON]))
        catalog.create_table(Table("default", "broken", StorageDescriptor((Column("x", "nonsense<"),))))
    return metastore


def rows(metastore: Metastore, relation: str, **wanted: str) -> list[tuple[Any, ...]]:
    constraint = {column: Domain(frozenset([value])) for column, value in wanted.items()}
    with metastore.read() as catalog:
        return list(information_schema.rows(relation, catalog, "awsdatacatalog", constraint))


def test_schemata_are_the_databases_and_itself(full: Metastore) -> None:
    assert rows(full, "schemata") == [
        ("awsdatacatalog", "default"),
        ("awsdatacatalog", "information_schema"),
        ("awsdatacatalog", "sales"),
    ]


def test_tables_and_views_are_told_apart(full: Metastore) -> None:
    assert rows(full, "tables", table_schema="sales") == [
        ("awsdatacatalog", "sales", "ice", "BASE TABLE"),
        ("awsdatacatalog", "sales", "orders", "BASE TABLE"),
        ("awsdatacatalog", "sales", "v", "VIEW"),
    ]


def test_columns_have_trinos_types_and_keys_are_marked(full: Metastore) -> None:
    assert [row[3:] for row in rows(full, "columns", table_schema="sales", table_name="orders")] == [
        ("id", 1, None, "YES", "integer", "the id", None),
        ("tags", 2, None, "YES", "array(row(k varchar, at timestamp(3)))", None, None),
        ("dt", 3, None, "YES", "date", "day", "partition key"),
    ]


def test_timestamps_of_iceberg_tables_have_six_digits(full: Metastore) -> None:
    types = [row[7] for row in rows(full, "columns", table_name="ice")]
    assert types == ["integer", "array(row(k varchar, at timestamp(6)))"]


def test_a_views_columns_have_the_types_of_its_query(full: Metastore) -> None:
    assert [row[3:8] for row in rows(full, "columns", table_name="v")] == [("j", 1, None, "YES", "json")]


def test_a_table_with_a_broken_type_is_listed_all_the_same(full: Metastore) -> None:
    assert [row[7] for row in rows(full, "columns", table_name="broken")] == ["nonsense<"]


def test_views_show_their_query(full: Metastore) -> None:
    assert rows(full, "views") == [("awsdatacatalog", "sales", "v", "SELECT 1 AS j")]


def test_it_describes_itself(full: Metastore) -> None:
    tables = rows(full, "tables", table_schema="information_schema")
    assert [row[2] for row in tables] == ["columns", "schemata", "tables", "views"]
    columns = rows(full, "columns", table_schema="information_schema", table_name="schemata")
    assert [row[3] for row in columns] == ["catalog_name", "schema_name"]


@pytest.mark.parametrize("relation", information_schema.RELATIONS)
def test_rows_are_as_wide_as_their_columns(full: Metastore, relation: str) -> None:
    widths = {len(row) for row in rows(full, relation)}
    assert widths == {len(information_schema.RELATIONS[relation])}


def test_only_the_tables_asked_for_are_read(full: Metastore, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    kept = information_schema.trino_columns
    monkeypatch.setattr(information_schema, "trino_columns", lambda table: read.append(table.name) or kept(table))
    rows(full, "columns", table_schema="sales", table_name="orders")
    assert read == ["orders"]


def test_partitions_are_rows_in_the_types_of_their_keys(full: Metastore) -> None:
    storage = StorageDescriptor()
    with full.write() as catalog:
        values = [("2024-01-01",), ("2024-01-02",), (DEFAULT_PARTITION,)]
        catalog.create_partitions("sales", "orders", [Partition(each, storage) for each in values])
        table = catalog.get_table("sales", "orders")
        assert [name for name, _ in partitions_table.columns(table)] == ["dt"]
        assert list(partitions_table.rows(catalog, table, {})) == [(date(2024, 1, 1),), (date(2024, 1, 2),), (None,)]
        constraint = {"dt": Domain(frozenset([date(2024, 1, 2)]))}
        assert list(partitions_table.rows(catalog, table, constraint)) == [(date(2024, 1, 2),)]


def test_a_partition_value_that_is_no_date_is_named(full: Metastore) -> None:
    with full.write() as catalog:
        catalog.create_partitions("sales", "orders", [Partition(("soon",), StorageDescriptor())])
        table = catalog.get_table("sales", "orders")
        with pytest.raises(OwlakeError) as refused:
            list(partitions_table.rows(catalog, table, {}))
    assert str(refused.value) == (
        "HIVE_INVALID_PARTITION_VALUE: Invalid partition value 'soon' for DATE partition key: dt=soon"
    )
