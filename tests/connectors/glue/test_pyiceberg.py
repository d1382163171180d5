"""pyiceberg's own Glue catalog over this one: what it writes is what Athena's SQL reads."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NamespaceNotEmptyError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.io import InputFile, OutputFile
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.types import DoubleType

from tests.connectors.glue.checked import Checked
from tests.connectors.glue.lake import Lake

ROWS = pa.table({"Id": pa.array([1, 2], pa.int64()), "name": ["one", "two"]})


class BucketFileIO(PyArrowFileIO):
    """The lake's bucket as the folder that it is."""

    def new_input(self, location: str) -> InputFile:
        return super().new_input(self._path(location))

    def new_output(self, location: str) -> OutputFile:
        return super().new_output(self._path(location))

    def delete(self, location: str | InputFile | OutputFile) -> None:
        super().delete(self._path(location) if isinstance(location, str) else location)

    def _path(self, location: str) -> str:
        return location.replace("s3://", f"file://{self.properties['buckets']}/")


class ExceptionsOfClient(Checked):
    """As pyiceberg uses the client: with its exceptions."""

    def __init__(self, client) -> None:
        super().__init__(client)
        self.exceptions = client.exceptions


@pytest.fixture
def catalog(lake: Lake) -> Iterator[GlueCatalog]:
    properties = {
        "warehouse": "s3://lake/warehouse",
        "py-io-impl": f"{__name__}.BucketFileIO",
        "buckets": str(lake.home.path / "buckets"),
    }
    found = GlueCatalog("glue", client=ExceptionsOfClient(lake.glue), **properties)
    found.create_namespace("db")
    yield found
    lake.clear()


def test_athenas_sql_reads_what_pyiceberg_writes(lake: Lake, catalog: GlueCatalog) -> None:
    table = catalog.create_table("db.orders", schema=ROWS.schema)
    table.append(ROWS)
    assert lake.sql("SELECT id, name FROM db.orders ORDER BY id") == [(1, "one"), (2, "two")]
    with table.update_schema() as update:
        update.add_column("price", DoubleType())
    table.append(pa.table({"Id": pa.array([3], pa.int64()), "name": ["three"], "price": [9.5]}))
    assert lake.sql("SELECT id, price FROM db.orders ORDER BY id") == [(1, None), (2, None), (3, 9.5)]

    shown = lake.glue.get_table(DatabaseName="db", Name="orders")["Table"]
    assert shown["TableType"] == "EXTERNAL_TABLE"
    assert shown["Parameters"]["table_type"] == "ICEBERG"
    assert shown["Parameters"]["metadata_location"] == table.metadata_location
    assert shown["StorageDescriptor"]["Columns"][0] == {
        "Name": "Id",
        "Type": "bigint",
        "Parameters": {
            "iceberg.field.id": "1",
            "iceberg.field.optional": "true",
            "iceberg.field.current": "true",
        },
    }
    # Three commits, and none was archived.
    assert shown["VersionId"] == "3"
    assert len(lake.glue.get_table_versions(DatabaseName="db", TableName="orders")["TableVersions"]) == 1


def test_of_two_commits_to_one_state_one_wins(lake: Lake, catalog: GlueCatalog) -> None:
    catalog.create_table("db.orders", schema=ROWS.schema, properties={"commit.retry.num-retries": "0"})
    here, there = catalog.load_table("db.orders"), catalog.load_table("db.orders")
    load = catalog._get_glue_table

    def load_then_lose(database_name: str, table_name: str):
        # The other one commits after this one has read the version, and before it writes the next.
        found = load(database_name, table_name)
        catalog._get_glue_table = load
        there.append(ROWS.slice(0, 1))
        return found

    catalog._get_glue_table = load_then_lose
    with pytest.raises(
        CommitFailedException, match=r"Cannot commit db\.orders because Glue detected concurrent update"
    ):
        here.append(ROWS.slice(1, 1))
    assert lake.sql("SELECT name FROM db.orders") == [("one",)]
    here.refresh()
    here.append(ROWS.slice(1, 1))
    assert lake.sql("SELECT name FROM db.orders ORDER BY id") == [("one",), ("two",)]


def test_pyiceberg_lists_renames_and_drops(lake: Lake, catalog: GlueCatalog) -> None:
    catalog.create_table("db.orders", schema=ROWS.schema)
    lake.sql("CREATE VIEW db.v AS SELECT 1 AS one")
    assert catalog.list_tables("db") == [("db", "orders")]
    assert ("db",) in catalog.list_namespaces()
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table("db.orders", schema=ROWS.schema)
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace("db")
    catalog.rename_table("db.orders", "db.sold")
    assert catalog.list_tables("db") == [("db", "sold")]
    catalog.drop_table("db.sold")
    with pytest.raises(NoSuchTableError):
        catalog.load_table("db.sold")


def test_pyiceberg_keeps_namespaces(catalog: GlueCatalog) -> None:
    with pytest.raises(NamespaceAlreadyExistsError):
        catalog.create_namespace("db")
    summary = catalog.update_namespace_properties("db", updates={"comment": "what is sold", "owner": "sales"})
    assert sorted(summary.updated) == ["comment", "owner"]
    assert catalog.load_namespace_properties("db") == {"comment": "what is sold", "owner": "sales"}
    catalog.drop_namespace("db")
    with pytest.raises(NoSuchNamespaceError):
        catalog.load_namespace_properties("db")
