"""What DESCRIBE FORMATTED says of a table or partition below its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from owlake.catalog.model import Partition, StorageDescriptor, Table
from owlake.statements.hive_text import java_date, java_escaped, java_list, padded, sort_columns
from owlake.statements.output import Row


def table_details(table: Table) -> Iterator[Row]:
    """The sections of a table or view."""
    yield _section("# Detailed Table Information")
    yield _line("Database:", table.database)
    yield _line("Owner:", table.owner)
    yield _line("CreateTime:", java_date(table.create_time))
    yield _line("LastAccessTime:", java_date(table.last_access_time))
    yield _line("Protect Mode:", "None")
    yield _line("Retention:", str(table.retention))
    if not table.is_view:
        yield _line("Location:", table.storage.location)
    yield _line("Table Type:", table.table_type)
    yield from _parameters("Table Parameters:", table.parameters)
    yield from _storage(table.storage)
    if table.is_view:
        yield from (("", " ", " "), _section("# View Information"))
        yield _line("View Original Text:", table.view_original_text)
        yield _line("View Expanded Text:", table.view_expanded_text)


def partition_details(table: Table, partition: Partition) -> Iterator[Row]:
    """The sections of a partition."""
    yield _section("# Detailed Partition Information")
    yield _line("Partition Value:", java_list(partition.values))
    yield _line("Database:", table.database)
    yield _line("Table:", table.name)
    yield _line("CreateTime:", java_date(partition.create_time))
    yield _line("LastAccessTime:", java_date(partition.last_access_time))
    yield _line("Protect Mode:", "None")
    yield _line("Location:", partition.storage.location)
    yield from _parameters("Partition Parameters:", partition.parameters)
    yield from _storage(partition.storage)


def _storage(storage: StorageDescriptor) -> Iterator[Row]:
    yield from (("", " ", " "), _section("# Storage Information"))
    yield _line("SerDe Library:", storage.serde.library or None)
    yield _line("InputFormat:", storage.input_format or None)
    yield _line("OutputFormat:", storage.output_format or None)
    yield _line("Compressed:", "Yes" if storage.compressed else "No")
    yield _line("Num Buckets:", str(storage.number_of_buckets))
    yield _line("Bucket Columns:", java_list(storage.bucket_columns))
    yield _line("Sort Columns:", sort_columns(storage))
    yield from _parameters("Storage Desc Params:", storage.serde.parameters)


def _parameters(title: str, parameters: Mapping[str, str]) -> Iterator[Row]:
    if parameters:
        yield _section(title)
        for key, value in sorted(parameters.items()):
            yield ("", padded(key), padded(java_escaped(value)))


def _section(title: str) -> Row:
    return (title, " ", " ")


def _line(name: str, value: str | None) -> Row:
    return (padded(name), padded(value), " ")
