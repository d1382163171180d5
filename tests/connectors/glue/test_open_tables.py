"""Tables of Iceberg and Delta Lake: written by pyiceberg and delta-rs, found and read in the version that they have."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyiceberg.catalog.memory import InMemoryCatalog

from tests.connectors.glue.lake import BUCKET, Lake

ROWS = pa.table({"id": pa.array([1, 2], pa.int64()), "kind": ["a", "b"]})
MORE = pa.table({"id": pa.array([3], pa.int64()), "kind": ["c"]})


class Iceberg:
    """A table in the lake's folder, by pyiceberg. Its catalog names the folder as the disk has it."""

    def __init__(self, lake: Lake, name: str) -> None:
        folder = lake.home.path / "buckets" / "lake" / name
        catalog = InMemoryCatalog("test", warehouse=f"file://{folder.parent}")
        catalog.create_namespace("n")
        self.table = catalog.create_table(f"n.{folder.name}", ROWS.schema, location=f"file://{folder}")
        self.table.append(ROWS)


def delta(lake: Lake, name: str) -> Path:
    folder = lake.home.path / "buckets" / "lake" / name
    folder.mkdir(parents=True)
    write_deltalake(str(folder), ROWS)
    return folder


def test_delta_tables(lake: Lake) -> None:
    folder = delta(lake, "d/orders")
    lake.crawl(targets={"DeltaTargets": [{"DeltaTables": [f"{BUCKET}/d/orders/"], "CreateNativeDeltaTable": True}]})
    assert lake.sql("SELECT id, kind FROM db.orders ORDER BY id") == [(1, "a"), (2, "b")]
    write_deltalake(str(folder), MORE, mode="append")
    assert lake.sql("SELECT count(*) FROM db.orders") == [(3,)]
    before = lake.table("orders")
    lake.start()
    assert lake.table("orders") == before


def test_iceberg_tables_follow_their_versions(lake: Lake) -> None:
    orders = Iceberg(lake, "i/deep/orders")
    lake.crawl(targets={"IcebergTargets": [{"Paths": [f"{BUCKET}/i/"]}]})
    assert lake.tables() == ["orders(id bigint, kind string)"]
    assert lake.sql("SELECT id, kind FROM db.orders ORDER BY id") == [(1, "a"), (2, "b")]
    first = lake.table("orders").parameters["metadata_location"]
    orders.table.append(MORE)
    # The catalog's version is read until a crawl finds the next.
    assert lake.sql("SELECT count(*) FROM db.orders") == [(2,)]
    lake.start()
    assert lake.sql("SELECT count(*) FROM db.orders") == [(3,)]
    assert lake.table("orders").parameters["previous_metadata_location"] == first
    assert lake.last()["tables_updated"] == 1
    lake.start()
    assert lake.last()["tables_updated"] == 0


def test_how_deep_iceberg_tables_are_looked_for(lake: Lake) -> None:
    Iceberg(lake, "i/near")
    Iceberg(lake, "i/a/b/far")
    Iceberg(lake, "i/old/gone")
    target = {"Paths": [f"{BUCKET}/i/"], "MaximumTraversalDepth": 2, "Exclusions": ["old/**"]}
    lake.crawl(targets={"IcebergTargets": [target]})
    assert lake.tables() == ["near(id bigint, kind string)"]


def test_files_of_open_tables_are_no_hive_table(lake: Lake) -> None:
    """What their metadata has replaced would be read again."""
    delta(lake, "t/orders")
    Iceberg(lake, "t/sales")
    lake.put({"t/plain/f": '{"a":1}\n'})
    lake.crawl("t/")
    assert lake.tables() == ["t(a int) [partition_0]"]
    assert set(lake.problems()) == {"t/orders/", "t/sales/"}


@pytest.mark.parametrize("kind", ["DeltaTargets", "IcebergTargets"])
def test_where_there_is_none(lake: Lake, kind: str) -> None:
    lake.put({"t/f": '{"a":1}\n'})
    paths = {"DeltaTargets": "DeltaTables", "IcebergTargets": "Paths"}
    lake.crawl(targets={kind: [{paths[kind]: [f"{BUCKET}/t/"]}]})
    assert (lake.tables(), lake.last()["state"]) == ([], "FAILED")
