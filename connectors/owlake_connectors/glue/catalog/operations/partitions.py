"""Glue's operations on partitions (https://docs.aws.amazon.com/glue/latest/webapi/API_CreatePartition.html and on)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ParamSpec

from owlake.spi import Bounds, CatalogTransaction, Json, Length, OwlakeError, PartitionPlace, catalog_model, operation
from owlake_connectors.glue.catalog import shapes
from owlake_connectors.glue.catalog.errors import detail, invalid_input, translated
from owlake_connectors.glue.catalog.expressions.filters import partition_filter
from owlake_connectors.glue.catalog.operations.base import OfCatalog, existing_table, refuse
from owlake_connectors.glue.catalog.shapes import LongPage, NameText, PartitionInput, TransactionId, ValueText
from owlake_connectors.glue.catalog.translation import partition_of, partition_shape

P = ParamSpec("P")

_PAGE = 1000
Values = Sequence[ValueText]
BoundedValues = Annotated[Sequence[ValueText], Length(0, 100)]


@dataclass(frozen=True, slots=True)
class PartitionValueList:
    """A partition, by its values."""

    values: Values


@dataclass(frozen=True, slots=True)
class BatchUpdatePartitionRequestEntry:
    """A partition, by its values, and what it is to be."""

    partition_value_list: BoundedValues
    partition_input: PartitionInput


@dataclass(frozen=True, slots=True)
class Segment:
    """One of so many parts of a table's partitions, which have none in common."""

    segment_number: Annotated[int, Bounds(0)]
    total_segments: Annotated[int, Bounds(1, 10)]


@dataclass(frozen=True, slots=True)
class PartitionError:
    """Why one of many partitions was left as it was."""

    partition_values: Values | None = None
    error_detail: shapes.ErrorDetail | None = None


@dataclass(frozen=True, slots=True)
class BatchUpdatePartitionFailureEntry:
    """Why one of many partitions was left as it was."""

    partition_value_list: BoundedValues | None = None
    error_detail: shapes.ErrorDetail | None = None


@dataclass(frozen=True, slots=True)
class PartitionErrorsOutput:
    """What could not be done."""

    errors: list[PartitionError]


@dataclass(frozen=True, slots=True)
class BatchUpdatePartitionOutput:
    """What could not be done."""

    errors: list[BatchUpdatePartitionFailureEntry]


@dataclass(frozen=True, slots=True)
class BatchGetPartitionOutput:
    """The partitions that there are; none is left for another call."""

    partitions: list[shapes.Partition]
    unprocessed_keys: list[PartitionValueList]


@dataclass(frozen=True, slots=True)
class GetPartitionOutput:
    """A partition."""

    partition: shapes.Partition


@dataclass(frozen=True, slots=True)
class GetPartitionsOutput:
    """A page of partitions."""

    partitions: list[shapes.Partition]
    next_token: str | None = None


class Partitions(OfCatalog):
    """Operations on partitions."""

    @operation
    def create_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partition_input: PartitionInput,
        catalog_id: NameText | None = None,
    ) -> None:
        """Add a partition."""
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            catalog.create_partitions(database_name, table_name, [partition_of(partition_input)])

    @operation
    def batch_create_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partition_input_list: Annotated[Sequence[PartitionInput], Length(0, 100)],
        catalog_id: NameText | None = None,
    ) -> PartitionErrorsOutput:
        """Add partitions, each or not by itself."""
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            problems = [
                (one.values, _problem(_create, catalog, database_name, table_name, one)) for one in partition_input_list
            ]
        return PartitionErrorsOutput([PartitionError(values, found) for values, found in problems if found])

    @operation
    def update_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partition_value_list: BoundedValues,
        partition_input: PartitionInput,
        catalog_id: NameText | None = None,
    ) -> None:
        """Replace all of a partition, whatever is not said of it included; other values rename it."""
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            _update(catalog, database_name, table_name, partition_value_list, partition_input)

    @operation
    def batch_update_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        entries: Annotated[Sequence[BatchUpdatePartitionRequestEntry], Length(1, 100)],
        catalog_id: NameText | None = None,
    ) -> BatchUpdatePartitionOutput:
        """Replace partitions, each or not by itself."""
        errors = []
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            for one in entries:
                values = one.partition_value_list
                found = _problem(_update, catalog, database_name, table_name, values, one.partition_input)
                if found is not None:
                    errors.append(BatchUpdatePartitionFailureEntry(values, found))
        return BatchUpdatePartitionOutput(errors)

    @operation
    def delete_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partition_values: Values,
        catalog_id: NameText | None = None,
    ) -> None:
        """Delete a partition; its files stay."""
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            catalog.delete_partitions(database_name, table_name, [tuple(partition_values)])

    @operation
    def batch_delete_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partitions_to_delete: Annotated[Sequence[PartitionValueList], Length(0, 25)],
        catalog_id: NameText | None = None,
    ) -> PartitionErrorsOutput:
        """Delete partitions, each or not by itself; files stay."""
        errors = []
        with self._writing(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            for one in partitions_to_delete:
                found = _problem(catalog.delete_partitions, database_name, table_name, [tuple(one.values)])
                if found is not None:
                    errors.append(PartitionError(one.values, found))
        return PartitionErrorsOutput(errors)

    @operation
    def get_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partition_values: Values,
        audit_context: Json | None = None,
        catalog_id: NameText | None = None,
    ) -> GetPartitionOutput:
        """A partition."""
        with self._reading(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            found = catalog.get_partition(database_name, table_name, tuple(partition_values))
        return GetPartitionOutput(partition_shape(database_name, table_name, found))

    @operation
    def batch_get_partition(
        self,
        database_name: NameText,
        table_name: NameText,
        partitions_to_get: Annotated[Sequence[PartitionValueList], Length(0, 1000)],
        audit_context: Json | None = None,
        query_session_context: Json | None = None,
        catalog_id: NameText | None = None,
    ) -> BatchGetPartitionOutput:
        """Those of many partitions that there are."""
        with self._reading(catalog_id) as catalog:
            existing_table(catalog, database_name, table_name)
            asked = [catalog.find_partition(database_name, table_name, tuple(one.values)) for one in partitions_to_get]
        found = [partition_shape(database_name, table_name, one) for one in asked if one is not None]
        return BatchGetPartitionOutput(found, [])

    @operation
    def get_partitions(
        self,
        database_name: NameText,
        table_name: NameText,
        expression: Annotated[str, Length(0, 2048)] | None = None,
        next_token: str | None = None,
        segment: Segment | None = None,
        max_results: LongPage | None = None,
        exclude_column_schema: bool | None = None,
        transaction_id: TransactionId | None = None,
        query_as_of_time: datetime | None = None,
        audit_context: Json | None = None,
        catalog_id: NameText | None = None,
    ) -> GetPartitionsOutput:
        """The partitions of a table, or those that an expression over its keys selects, a page at a time."""
        refuse(TransactionId=transaction_id, QueryAsOfTime=query_as_of_time)
        place = _place(next_token, segment)
        size = max_results or _PAGE
        found: list[catalog_model.Partition] = []
        with self._reading(catalog_id) as catalog:
            table = existing_table(catalog, database_name, table_name)
            chosen = partition_filter(expression, table.partition_keys)
            rows = catalog.iterate_partitions(
                database_name, table_name, chosen.constraint, place, chosen.accepts if chosen.is_needed else None
            )
            for one in rows:
                found.append(one)
                if len(found) > size:
                    break
        following = _token(found[size - 1].values) if len(found) > size else None
        pages = [
            partition_shape(database_name, table_name, one, with_columns=not exclude_column_schema)
            for one in found[:size]
        ]
        return GetPartitionsOutput(pages, following)


def _create(catalog: CatalogTransaction, database: str, table: str, given: PartitionInput) -> None:
    catalog.create_partitions(database, table, [partition_of(given)])


def _update(
    catalog: CatalogTransaction, database: str, table: str, values: Sequence[str], given: PartitionInput
) -> None:
    known = catalog.get_partition(database, table, tuple(values))
    changed = partition_of(given if given.values else replace(given, values=known.values))
    if changed.values != known.values:
        catalog.rename_partition(database, table, known.values, changed.values)
    catalog.update_partitions(database, table, [changed])


def _problem(change: Callable[P, None], *arguments: P.args, **named: P.kwargs) -> shapes.ErrorDetail | None:
    """What is said against the change of one of many; then it has changed nothing."""
    try:
        with translated():
            change(*arguments, **named)
    except OwlakeError as problem:
        return detail(problem)
    return None


def _place(token: str | None, segment: Segment | None) -> PartitionPlace:
    share, shares = (segment.segment_number, segment.total_segments) if segment is not None else (0, 1)
    if share >= shares:
        raise invalid_input("SegmentNumber must be less than TotalSegments")
    return PartitionPlace(_values(token) if token else None, share, shares)


def _token(values: Sequence[str]) -> str:
    """A page begins behind the last partition of the one before, whatever came and went."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def _values(token: str) -> tuple[str, ...]:
    try:
        found = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise invalid_input(f"Invalid continuation token: {token}")
    return tuple(found)
