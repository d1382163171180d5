"""What the service's operations take and give: its shapes, with the constraints of its model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from owlake.spi import Bounds, Length, Pattern, error
from owlake_connectors.schema_registry.model import (
    Compatibility,
    DataFormat,
    Registry,
    Schema,
    Version,
    VersionStatus,
    api_time,
)

_NAME = Pattern("[a-zA-Z0-9-_$#.]+")
_ARN = Pattern(r"arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*")

RegistryName = Annotated[str, Length(1, 255), _NAME]
SchemaName = Annotated[str, Length(1, 255), _NAME]
ResourceArn = Annotated[str, Length(1, 10_240), _ARN]
Description = Annotated[str, Length(0, 2048)]
Definition = Annotated[str, Length(1, 170_000), Pattern(r"[\s\S]*\S[\s\S]*")]
VersionId = Annotated[str, Length(36, 36), Pattern("[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}")]
Number = Annotated[int, Bounds(1, 100_000)]
Tags = Annotated[dict[Annotated[str, Length(1, 128)], Annotated[str, Length(0, 256)]], Length(0, 50)]
MetadataKey = Annotated[str, Length(1, 128), Pattern("[a-zA-Z0-9+-=._./@]+")]
MetadataValue = Annotated[str, Length(1, 256), Pattern("[a-zA-Z0-9+-=._./@]+")]
Page = Annotated[int, Bounds(1, 100)]
MOST_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class RegistryId:
    """Which registry is meant: by its name or its ARN."""

    registry_name: RegistryName | None = None
    registry_arn: ResourceArn | None = None


@dataclass(frozen=True, slots=True)
class SchemaId:
    """Which schema is meant: by its ARN, or its name and its registry's."""

    schema_arn: ResourceArn | None = None
    schema_name: SchemaName | None = None
    registry_name: RegistryName | None = None


@dataclass(frozen=True, slots=True)
class SchemaVersionNumber:
    """Which version is meant."""

    latest_version: bool | None = None
    version_number: Number | None = None


@dataclass(frozen=True, slots=True)
class MetadataKeyValuePair:
    """What a version is marked with."""

    metadata_key: MetadataKey | None = None
    metadata_value: MetadataValue | None = None


@dataclass(frozen=True, slots=True)
class RegistryItem:
    """A registry."""

    registry_name: str
    registry_arn: str
    description: str | None
    status: str
    created_time: str
    updated_time: str


@dataclass(frozen=True, slots=True)
class SchemaItem:
    """A schema in a list."""

    registry_name: str
    schema_name: str
    schema_arn: str
    description: str | None
    schema_status: str
    created_time: str
    updated_time: str


@dataclass(frozen=True, slots=True)
class SchemaDetails:
    """A schema."""

    registry_name: str
    registry_arn: str
    schema_name: str
    schema_arn: str
    description: str | None
    data_format: DataFormat
    compatibility: Compatibility
    schema_checkpoint: int
    latest_schema_version: int
    next_schema_version: int
    schema_status: str
    created_time: str
    updated_time: str


@dataclass(frozen=True, slots=True)
class VersionItem:
    """A version in a list."""

    schema_arn: str
    schema_version_id: str
    version_number: int
    status: VersionStatus
    created_time: str


def registry_item(one: Registry) -> RegistryItem:
    """A registry as the service describes it."""
    return RegistryItem(one.name, one.arn, one.description, "AVAILABLE", api_time(one.created), api_time(one.updated))


def schema_item(one: Schema) -> SchemaItem:
    """A schema as the service lists it."""
    times = api_time(one.created), api_time(one.updated)
    return SchemaItem(one.registry, one.name, one.arn, one.description, "AVAILABLE", *times)


def version_item(one: Version) -> VersionItem:
    """A version as the service lists it."""
    return VersionItem(one.schema_arn, one.id, one.number, one.status, api_time(one.created))


def paged(items: list, max_results: int | None, next_token: str | None) -> tuple[list, str | None]:  # type: ignore[type-arg]
    """The items from the token's place on, and the token of the next page. Errors: InvalidInputException."""
    if next_token is not None and not next_token.isdecimal():
        raise error("InvalidInputException", f"Invalid continuation token: {next_token}")
    start = int(next_token or 0)
    end = start + (max_results or MOST_ON_A_PAGE)
    return items[start:end], str(end) if end < len(items) else None
