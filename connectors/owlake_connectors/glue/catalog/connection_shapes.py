"""Connections, as Glue's API has them (https://docs.aws.amazon.com/glue/latest/webapi/API_ConnectionInput.html).

New kinds and properties come with every version of the API, so any name in capitals is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import Bounds, Json, Length, Name, Pattern
from owlake_connectors.glue.catalog.shapes import Description, NameText

_CAPITALS = Pattern("[A-Z][A-Z0-9_]*")

ConnectionType = Annotated[str, _CAPITALS]
ConnectionProperties = Annotated[
    Mapping[Annotated[str, _CAPITALS], Annotated[str, Length(1, 1024)]],
    Length(0, 100),
]
PropertyMap = Mapping[Annotated[str, Length(1, 128)], Annotated[str, Length(1, 2048)]]
MatchCriteria = Annotated[Sequence[NameText], Length(0, 10)]
ComputeEnvironment = Literal["SPARK", "ATHENA", "PYTHON"]
AuthenticationType = Literal["BASIC", "OAUTH2", "CUSTOM", "IAM"]
SecretArn = Annotated[str, Pattern(r"^arn:aws(-(cn|us-gov|iso(-[bef])?))?:secretsmanager:.*$")]
KmsKeyArn = Annotated[str, Pattern(r"^$|arn:aws[a-z0-9-]*:kms:.*")]
SchemaVersion = Annotated[int, Bounds(1, 2)]


@dataclass(frozen=True, slots=True)
class PhysicalConnectionRequirements:
    """The network that AWS would connect from. Kept, and not used."""

    subnet_id: NameText | None = None
    security_group_id_list: Annotated[Sequence[NameText], Length(0, 50)] | None = None
    availability_zone: NameText | None = None


@dataclass(frozen=True, slots=True)
class AuthenticationConfigurationInput:
    """How one shows who one is. What would have to be kept in a secret is refused: there is no store of secrets."""

    authentication_type: AuthenticationType | None = None
    o_auth2_properties: Annotated[Json, Name("OAuth2Properties")] | None = None
    secret_arn: SecretArn | None = None
    kms_key_arn: KmsKeyArn | None = None
    basic_authentication_credentials: Json | None = None
    custom_authentication_credentials: Json | None = None


@dataclass(frozen=True, slots=True)
class AuthenticationConfiguration:
    """How one shows who one is."""

    authentication_type: AuthenticationType | None = None
    secret_arn: SecretArn | None = None
    kms_key_arn: KmsKeyArn | None = None


@dataclass(frozen=True, slots=True)
class ConnectionInput:
    """A connection, as it is created and updated."""

    name: NameText
    connection_type: ConnectionType
    connection_properties: ConnectionProperties
    description: Description | None = None
    match_criteria: MatchCriteria | None = None
    spark_properties: PropertyMap | None = None
    athena_properties: PropertyMap | None = None
    python_properties: PropertyMap | None = None
    physical_connection_requirements: PhysicalConnectionRequirements | None = None
    authentication_configuration: AuthenticationConfigurationInput | None = None
    validate_credentials: bool | None = None
    validate_for_compute_environments: Sequence[ComputeEnvironment] | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection."""

    name: NameText | None = None
    description: Description | None = None
    connection_type: ConnectionType | None = None
    match_criteria: MatchCriteria | None = None
    connection_properties: ConnectionProperties | None = None
    spark_properties: PropertyMap | None = None
    athena_properties: PropertyMap | None = None
    python_properties: PropertyMap | None = None
    physical_connection_requirements: PhysicalConnectionRequirements | None = None
    creation_time: datetime | None = None
    last_updated_time: datetime | None = None
    status: Literal["READY", "IN_PROGRESS", "FAILED"] | None = None
    status_reason: Annotated[str, Length(1, 16_384)] | None = None
    last_connection_validation_time: datetime | None = None
    authentication_configuration: AuthenticationConfiguration | None = None
    connection_schema_version: SchemaVersion | None = None


@dataclass(frozen=True, slots=True)
class TestConnectionInput:
    """A connection that is tried and not kept."""

    connection_type: ConnectionType
    connection_properties: ConnectionProperties
    authentication_configuration: AuthenticationConfigurationInput | None = None


@dataclass(frozen=True, slots=True)
class GetConnectionsFilter:
    """Which connections are wanted: those that match in all that is said."""

    match_criteria: MatchCriteria | None = None
    connection_type: ConnectionType | None = None
    connection_schema_version: SchemaVersion | None = None
