"""A change of one table, done in one transaction: whoever reads sees the table as it was, or as it is."""

from __future__ import annotations

from dataclasses import replace

from owlake.spi import Home
from owlake_connectors.glue.crawlers.changes import Change

INDEX = "crawler_partition_index"
"""The index that crawlers give new tables: over all partition keys."""


def apply_change(home: Home, change: Change, role: str | None, *, indexes: bool) -> None:
    """Change the catalog. Errors: what it refuses, such as a table that somebody else has changed since."""
    table = change.after or change.before
    assert table is not None
    database, name = table.database, table.name
    with home.metastore.write() as catalog:
        if change.after is None:
            catalog.delete_table(database, name)
            return
        if change.deleted:
            catalog.delete_partitions(database, name, change.deleted, if_exists=True)
        kept: list[str] = []
        if change.before is None:
            catalog.create_table(replace(change.after, created_by=role))
        elif change.after != change.before:
            if change.after.partition_keys != change.before.partition_keys:
                # An index promises that its keys do not change.
                kept = [one.name for one in catalog.list_partition_indexes(database, name)]
                for one in kept:
                    catalog.delete_partition_index(database, name, one)
            catalog.update_table(change.after, expected_version=change.before.version_id)
        if change.added:
            catalog.create_partitions(database, name, change.added, if_not_exists=True)
        if change.updated:
            catalog.update_partitions(database, name, change.updated)
        keys = [one.name for one in change.after.partition_keys]
        if keys and (INDEX in kept or (change.before is None and indexes)):
            catalog.create_partition_index(database, name, INDEX, keys)
