"""Registries, schemas and their versions, as they stand in the home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ACCOUNT, REGION = "123456789012", "us-east-1"
DEFAULT_REGISTRY = "default-registry"
"""The registry of schemas that name none; it is made with the first of them."""

DataFormat = Literal["AVRO", "JSON", "PROTOBUF"]
Compatibility = Literal["NONE", "DISABLED", "BACKWARD", "BACKWARD_ALL", "FORWARD", "FORWARD_ALL", "FULL", "FULL_ALL"]
VersionStatus = Literal["AVAILABLE", "PENDING", "FAILURE", "DELETING"]

_ARN = f"arn:aws:glue:{REGION}:{ACCOUNT}"


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry."""

    name: str
    description: str | None
    created: datetime
    updated: datetime

    @property
    def arn(self) -> str:
        """Its Amazon resource name."""
        return f"{_ARN}:registry/{self.name}"


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema: what its versions have in common.

    Attributes:
        checkpoint: The version at which the compatibility was last changed.
        next_version: The number that the next version gets.
    """

    registry: str
    name: str
    data_format: DataFormat
    compatibility: Compatibility
    description: str | None
    checkpoint: int
    next_version: int
    created: datetime
    updated: datetime

    @property
    def arn(self) -> str:
        """Its Amazon resource name."""
        return schema_arn(self.registry, self.name)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a schema. ``reason`` is why it is not compatible, where its status is FAILURE."""

    id: str
    registry: str
    name: str
    number: int
    definition: str
    status: VersionStatus
    reason: str | None
    created: datetime

    @property
    def schema_arn(self) -> str:
        """The Amazon resource name of its schema."""
        return schema_arn(self.registry, self.name)


def schema_arn(registry: str, name: str) -> str:
    """The Amazon resource name of a schema."""
    return f"{_ARN}:schema/{registry}/{name}"


def api_time(moment: datetime) -> str:
    """``2024-02-29T12:00:00.000Z``: the registry's times are texts."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
