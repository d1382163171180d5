"""Glue's operations on partition indexes (https://docs.aws.amazon.com/glue/latest/dg/partition-indexes.html)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from owlake.spi import Length, catalog_model, operation
from owlake_connectors.glue.catalog.operations.base import OfCatalog, existing_table
from owlake_connectors.glue.catalog.operations.partitions import PartitionValueList
from owlake_connectors.glue.catalog.shapes import NameText

IndexStatus = Literal["CREATING", "ACTIVE", "DELETING", "FAILED"]


@dataclass(frozen=True, slots=True)
class PartitionIndex:
    """An index, as it is created."""

    keys: Annotated[Sequence[NameText], Length(1)]
    index_name: NameText


@dataclass(frozen=True, slots=True)
class KeySchemaElement:
    """A key of an index."""

    name: NameText
    type: str


@dataclass(frozen=True, slots=True)
class BackfillError:
    """Why an index could not be built, and partitions that are in its way."""

    code: str
    partitions: list[PartitionValueList]


@dataclass(frozen=True, slots=True)
class PartitionIndexDescriptor:
    """An index."""

    index_name: NameText
    keys: list[KeySchemaElement]
    index_status: IndexStatus
    backfill_errors: list[BackfillError]


@dataclass(frozen=True, slots=True)
class GetPartitionIndexesOutput:
    """The indexes of a table: all of them, there are so few."""

    partition_index_descriptor_list: list[PartitionIndexDescriptor]
    next_token: str | None = None


class PartitionIndexes(OfCatalog):
    """Operations on partition indexes."""

    @operation
    def create_partition_index(
        self,
        database_name: NameText,
        table_name: NameText,
        partition_index: PartitionIndex,
        catalog_id: NameText | None = None,
    ) -> None:
        """Add an index over some partition keys: from then on their values are of their types."""
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            catalog.create_partition_index(database_name, table_name, partition_index.index_name, partition_index.keys)

    @operation
    def get_partition_indexes(
        self,
        database_name: NameText,
        table_name: NameText,
        next_token: str | None = None,
        catalog_id: NameText | None = None,
    ) -> GetPartitionIndexesOutput:
        """The indexes of a table, those that could not be built among them."""
        with self._reading(catalog_id) as catalog:
            table = existing_table(catalog, database_name, table_name)
            found = catalog.list_partition_indexes(database_name, table_name)
        return GetPartitionIndexesOutput([descriptor(table, one) for one in found])

    @operation
    def delete_partition_index(
        self,
        database_name: NameText,
        table_name: NameText,
        index_name: NameText,
        catalog_id: NameText | None = None,
    ) -> None:
        """Delete an index."""
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            catalog.delete_partition_index(database_name, table_name, index_name)


def descriptor(table: catalog_model.Table, index: catalog_model.PartitionIndex) -> PartitionIndexDescriptor:
    """An index as Glue shows it."""
    types = {key.name: key.type for key in table.partition_keys}
    return PartitionIndexDescriptor(
        index.name,
        [KeySchemaElement(key, types.get(key, "")) for key in index.keys],
        index.state,
        [BackfillError(one.code, [PartitionValueList(each) for each in one.partitions]) for one in index.errors],
    )
