"""The Data Catalog's shapes, as its API has them: databases, tables, partitions, with the constraints of its model.

https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html and its neighbours. ``translation`` makes the
engine's model of them, and them of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import Bounds, Json, Length, Pattern

_LINE = Pattern(
    "[\t\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"
)
_LINES = Pattern(
    "[\r\n\t\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*",
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*",
)

NameText = Annotated[str, Length(1, 255), _LINE]
"""Of whatever the catalog keeps."""
Description = Annotated[str, Length(0, 2048), _LINES]
Uri = Annotated[str, Length(1, 1024), _LINES]
LocationText = Annotated[str, Length(None, 2056), _LINES]
FormatText = Annotated[str, Length(None, 128), _LINE]
ViewText = Annotated[str, Length(None, 409_600)]
Parameters = Mapping[Annotated[str, Length(1, 255), _LINE], Annotated[str, Length(None, 512_000)]]
TransactionId = Annotated[str, Length(1, 255)]
"""Of governed tables, which AWS has given up."""
VersionText = Annotated[str, Length(1, 255), _LINE]
ValueText = Annotated[str, Length(1, 1024)]
TagKey = Annotated[str, Length(1, 128)]
Tags = Annotated[Mapping[TagKey, Annotated[str, Length(0, 256)]], Length(0, 50)]
Page = Annotated[int, Bounds(1, 100)]
"""Of databases, tables, versions and functions."""
LongPage = Annotated[int, Bounds(1, 1000)]
"""Of partitions, connections and what a search finds."""
Permission = Literal[
    "ALL",
    "SELECT",
    "ALTER",
    "DROP",
    "DELETE",
    "INSERT",
    "CREATE_DATABASE",
    "CREATE_TABLE",
    "DATA_LOCATION_ACCESS",
]


# Databases ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DataLakePrincipal:
    """Who is permitted something."""

    data_lake_principal_identifier: Annotated[str, Length(1, 255)] | None = None


@dataclass(frozen=True, slots=True)
class PrincipalPermissions:
    """What somebody may do."""

    principal: DataLakePrincipal | None = None
    permissions: Sequence[Permission] | None = None


@dataclass(frozen=True, slots=True)
class DatabaseInput:
    """A database, as it is created and updated."""

    name: NameText
    description: Description | None = None
    location_uri: Uri | None = None
    parameters: Parameters | None = None
    create_table_default_permissions: Sequence[PrincipalPermissions] | None = None
    target_database: Json | None = None
    federated_database: Json | None = None


@dataclass(frozen=True, slots=True)
class Database:
    """A database."""

    name: NameText
    description: Description | None = None
    location_uri: Uri | None = None
    parameters: Parameters | None = None
    create_time: datetime | None = None
    create_table_default_permissions: Sequence[PrincipalPermissions] | None = None
    catalog_id: NameText | None = None


# Tables -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column or partition key."""

    name: NameText
    type: Annotated[str, Length(0, 131_072), _LINE] | None = None
    comment: Annotated[str, Length(0, 255), _LINE] | None = None
    parameters: Parameters | None = None


@dataclass(frozen=True, slots=True)
class SerDeInfo:
    """How rows are read and written."""

    name: NameText | None = None
    serialization_library: NameText | None = None
    parameters: Parameters | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A sort column; order 1 is ascending, 0 descending."""

    column: NameText
    sort_order: Annotated[int, Bounds(0, 1)]


@dataclass(frozen=True, slots=True)
class SkewedInfo:
    """Values that are very frequent."""

    skewed_column_names: Sequence[NameText] | None = None
    skewed_column_values: Sequence[str] | None = None
    skewed_column_value_location_maps: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class StorageDescriptor:
    """Where the data of a table or partition lies, and how it is read."""

    columns: Sequence[Column] | None = None
    location: LocationText | None = None
    additional_locations: Sequence[LocationText] | None = None
    input_format: FormatText | None = None
    output_format: FormatText | None = None
    compressed: bool | None = None
    number_of_buckets: int | None = None
    serde_info: SerDeInfo | None = None
    bucket_columns: Sequence[NameText] | None = None
    sort_columns: Sequence[Order] | None = None
    parameters: Parameters | None = None
    skewed_info: SkewedInfo | None = None
    stored_as_sub_directories: bool | None = None
    schema_reference: Json | None = None


@dataclass(frozen=True, slots=True)
class TableInput:
    """A table or view, as it is created and updated."""

    name: NameText
    description: Description | None = None
    owner: NameText | None = None
    last_access_time: datetime | None = None
    last_analyzed_time: datetime | None = None
    retention: Annotated[int, Bounds(0)] | None = None
    storage_descriptor: StorageDescriptor | None = None
    partition_keys: Sequence[Column] | None = None
    view_original_text: ViewText | None = None
    view_expanded_text: ViewText | None = None
    table_type: Annotated[str, Length(None, 255)] | None = None
    parameters: Parameters | None = None
    target_table: Json | None = None
    federated_table: Json | None = None
    view_definition: Json | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view."""

    name: NameText
    database_name: NameText | None = None
    description: Description | None = None
    owner: NameText | None = None
    create_time: datetime | None = None
    update_time: datetime | None = None
    last_access_time: datetime | None = None
    last_analyzed_time: datetime | None = None
    retention: int | None = None
    storage_descriptor: StorageDescriptor | None = None
    partition_keys: Sequence[Column] | None = None
    view_original_text: ViewText | None = None
    view_expanded_text: ViewText | None = None
    table_type: str | None = None
    parameters: Parameters | None = None
    created_by: NameText | None = None
    is_registered_with_lake_formation: bool | None = None
    catalog_id: NameText | None = None
    version_id: VersionText | None = None


# Partitions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartitionInput:
    """A partition, as it is created and updated."""

    values: Sequence[ValueText] | None = None
    last_access_time: datetime | None = None
    storage_descriptor: StorageDescriptor | None = None
    parameters: Parameters | None = None
    last_analyzed_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of a table."""

    values: Sequence[ValueText] | None = None
    database_name: NameText | None = None
    table_name: NameText | None = None
    creation_time: datetime | None = None
    last_access_time: datetime | None = None
    storage_descriptor: StorageDescriptor | None = None
    parameters: Parameters | None = None
    last_analyzed_time: datetime | None = None
    catalog_id: NameText | None = None


# Batches ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """What an operation on one of many would have raised."""

    error_code: NameText | None = None
    error_message: Description | None = None
