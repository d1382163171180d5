"""The metastore's model: AWS Glue's Data Catalog, as frozen values.

Names and shapes are the Glue API's (https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html) in
snake_case. Column types are Hive type strings in Glue's form: lower case, no blanks. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

Parameters = Mapping[str, str]
NO_PARAMETERS: Parameters = MappingProxyType({})


def _no_parameters() -> Parameters:
    """Dataclasses of Python 3.11 refuse a mappingproxy as a default, but not a function that returns it."""
    return NO_PARAMETERS


EXTERNAL_TABLE = "EXTERNAL_TABLE"
VIRTUAL_VIEW = "VIRTUAL_VIEW"


@dataclass(frozen=True, slots=True)
class Column:
    """A column or partition key. SQL knows its ``name``, in lower case; ``spelled`` is how somebody wrote it."""

    name: str
    type: str
    comment: str | None = None
    parameters: Parameters = field(default_factory=_no_parameters)
    spelled: str | None = None


@dataclass(frozen=True, slots=True)
class SerDeInfo:
    """How rows are read and written: the SerDe's Java class name stands for it."""

    library: str = ""
    parameters: Parameters = field(default_factory=_no_parameters)
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A sort column of a bucketed table; ``sort_order`` 1 is ascending."""

    column: str
    sort_order: int = 1


@dataclass(frozen=True, slots=True)
class SkewedInfo:
    """Values that are very frequent, and where those lie that have a place of their own. Kept, and not used."""

    column_names: tuple[str, ...] = ()
    column_values: tuple[str, ...] = ()
    locations: Parameters = field(default_factory=_no_parameters)


NOT_SKEWED = SkewedInfo()


@dataclass(frozen=True, slots=True)
class StorageDescriptor:
    """Where the data of a table or partition lies and how it is read."""

    columns: tuple[Column, ...] = ()
    location: str = ""
    input_format: str = ""
    output_format: str = ""
    compressed: bool = False
    number_of_buckets: int = -1
    serde: SerDeInfo = field(default_factory=SerDeInfo)
    bucket_columns: tuple[str, ...] = ()
    sort_columns: tuple[SortColumn, ...] = ()
    parameters: Parameters = field(default_factory=_no_parameters)
    stored_as_sub_directories: bool = False
    skewed: SkewedInfo = NOT_SKEWED


@dataclass(frozen=True, slots=True)
class Permissions:
    """What somebody may do. Kept, and not used."""

    principal: str | None
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """A database (= schema). ``table_permissions``: those that new tables get; None for everybody and everything."""

    name: str
    description: str | None = None
    location_uri: str | None = None
    parameters: Parameters = field(default_factory=_no_parameters)
    create_time: datetime | None = None
    table_permissions: tuple[Permissions, ...] | None = None
    tags: Parameters = field(default_factory=_no_parameters)


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view. ``version_id`` counts the table's changes; every update writes the next one."""

    database: str
    name: str
    storage: StorageDescriptor = field(default_factory=StorageDescriptor)
    partition_keys: tuple[Column, ...] = ()
    table_type: str = EXTERNAL_TABLE
    parameters: Parameters = field(default_factory=_no_parameters)
    description: str | None = None
    owner: str | None = None
    view_original_text: str | None = None
    view_expanded_text: str | None = None
    retention: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None
    last_access_time: datetime | None = None
    last_analyzed_time: datetime | None = None
    created_by: str | None = None
    version_id: int = 0

    @property
    def is_view(self) -> bool:
        """A view: rows come from its text, not from files."""
        return self.table_type == VIRTUAL_VIEW

    @property
    def columns(self) -> tuple[Column, ...]:
        """The data columns that there are: Iceberg's writers keep in Glue what a table had once, too, and mark it."""
        return tuple(one for one in self.storage.columns if one.parameters.get("iceberg.field.current") != "false")

    @property
    def open_format(self) -> str | None:
        """``ICEBERG``, ``DELTA`` or ``HUDI`` where the table's own metadata lies in the lake; None for Hive."""
        kind = self.parameters.get("table_type", "").upper()
        if self.parameters.get("spark.sql.sources.provider", "").lower() == "delta":
            kind = "DELTA"
        return kind if kind in {"ICEBERG", "DELTA", "HUDI"} else None


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of a table. ``values`` are in the order of the table's partition keys."""

    values: tuple[str, ...]
    storage: StorageDescriptor
    parameters: Parameters = field(default_factory=_no_parameters)
    create_time: datetime | None = None
    last_access_time: datetime | None = None
    last_analyzed_time: datetime | None = None


BackfillErrorCode = Literal[
    "ENCRYPTED_PARTITION_ERROR",
    "INTERNAL_ERROR",
    "INVALID_PARTITION_TYPE_DATA_ERROR",
    "MISSING_PARTITION_VALUE_ERROR",
    "UNSUPPORTED_PARTITION_CHARACTER_ERROR",
]


@dataclass(frozen=True, slots=True)
class BackfillError:
    """Why a partition index could not be built, and some of the partitions, by their values, that are in its way."""

    code: BackfillErrorCode
    partitions: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PartitionIndex:
    """An index over partition keys, in the order of its own."""

    name: str
    keys: tuple[str, ...]
    state: Literal["ACTIVE", "FAILED"]
    errors: tuple[BackfillError, ...] = ()
    create_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class ResourceUri:
    """A file that a function needs: a JAR, FILE or ARCHIVE."""

    resource_type: str | None
    uri: str | None
    last_modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function that other engines load from a file of code (Glue's user-defined function)."""

    database: str
    name: str
    class_name: str | None = None
    owner_name: str | None = None
    owner_type: str | None = None
    function_type: str | None = None
    resources: tuple[ResourceUri, ...] = ()
    artifact_location: str | None = None
    governance_mode: str | None = None
    create_time: datetime | None = None
