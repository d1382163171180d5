"""What DescribeDeliveryStream says of destinations: what they were told, and what they default to, but no secrets."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any

from owlake.spi import Name
from owlake_connectors.firehose.configuration import MEGABYTE, Buffering
from owlake_connectors.firehose.model import Destination
from owlake_connectors.firehose.shapes import (
    BufferingHints,
    CloudWatchLoggingOptions,
    CompressionFormat,
    EncryptionConfiguration,
    EndpointSettings,
    ExtendedS3DestinationConfiguration,
    HttpEndpointBufferingHints,
    HttpEndpointConfiguration,
    HttpEndpointDestinationConfiguration,
    HttpEndpointRequestConfiguration,
    LakeSettings,
    PluginDestinationConfiguration,
    ProcessingConfiguration,
    RetryOptions,
    S3DestinationConfiguration,
    S3DestinationUpdate,
    TableDestinationConfiguration,
)

_NOT_ENCRYPTED = EncryptionConfiguration(no_encryption_config="NoEncryption")
_RETRY_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class S3DestinationDescription(S3DestinationConfiguration):
    """A place in the lake."""

    buffering_hints: BufferingHints
    compression_format: CompressionFormat
    encryption_configuration: EncryptionConfiguration


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedS3DestinationDescription(LakeSettings):
    """The lake."""

    role_arn: Annotated[str, Name("RoleARN")]
    bucket_arn: Annotated[str, Name("BucketARN")]
    buffering_hints: BufferingHints
    compression_format: CompressionFormat
    encryption_configuration: EncryptionConfiguration
    s3_backup_description: Annotated[S3DestinationDescription, Name("S3BackupDescription")] | None = None


@dataclass(frozen=True, slots=True)
class HttpEndpointDescription:
    """An endpoint, without its access key."""

    url: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpEndpointDestinationDescription(EndpointSettings):
    """An HTTP endpoint."""

    endpoint_configuration: HttpEndpointDescription
    s3_destination_description: Annotated[S3DestinationDescription, Name("S3DestinationDescription")]


@dataclass(frozen=True, slots=True)
class DestinationDescription:
    """Where records go."""

    destination_id: str
    s3_destination_description: Annotated[S3DestinationDescription, Name("S3DestinationDescription")] | None = None
    extended_s3_destination_description: (
        Annotated[ExtendedS3DestinationDescription, Name("ExtendedS3DestinationDescription")] | None
    ) = None
    http_endpoint_destination_description: HttpEndpointDestinationDescription | None = None
    plugin_destination_description: PluginDestinationConfiguration | None = None
    table_destination_description: TableDestinationConfiguration | None = None


def described(id_: str, destination: Destination) -> DestinationDescription:
    """A destination as it is described."""
    lake, http = destination.lake, destination.http
    if lake is not None:
        return DestinationDescription(
            id_,
            _place(lake, destination.place.buffering),
            _lake(lake, destination),
        )
    if http is not None:
        return DestinationDescription(id_, http_endpoint_destination_description=_http(http, destination))
    return DestinationDescription(
        id_,
        plugin_destination_description=destination.plugin,
        table_destination_description=destination.table,
    )


def _place(place: S3DestinationUpdate, buffering: Buffering) -> S3DestinationDescription:
    return S3DestinationDescription(**_place_values(place, buffering))


def _place_values(place: S3DestinationUpdate, buffering: Buffering) -> dict[str, Any]:
    values = {one.name: getattr(place, one.name) for one in fields(S3DestinationUpdate)}
    return {
        **values,
        "buffering_hints": _hints(buffering),
        "compression_format": place.compression_format or "UNCOMPRESSED",
        "encryption_configuration": place.encryption_configuration or _NOT_ENCRYPTED,
        "cloud_watch_logging_options": place.cloud_watch_logging_options or CloudWatchLoggingOptions(enabled=False),
    }


def _lake(lake: ExtendedS3DestinationConfiguration, destination: Destination) -> ExtendedS3DestinationDescription:
    values = {one.name: getattr(lake, one.name) for one in fields(LakeSettings)}
    backup = lake.s3_backup_configuration
    found = destination.backup
    return ExtendedS3DestinationDescription(
        **{
            **values,
            **_place_values(lake, destination.place.buffering),
            "processing_configuration": lake.processing_configuration or _NO_PROCESSING,
            "s3_backup_mode": lake.s3_backup_mode or "Disabled",
            "s3_backup_description": _place(backup, found.buffering) if backup is not None and found else None,
        }
    )


def _http(http: HttpEndpointDestinationConfiguration, destination: Destination) -> HttpEndpointDestinationDescription:
    values = {one.name: getattr(http, one.name) for one in fields(EndpointSettings)}
    hints = http.buffering_hints or _hints(Buffering(5 * MEGABYTE, destination.buffering.seconds))
    return HttpEndpointDestinationDescription(
        **{
            **values,
            "buffering_hints": HttpEndpointBufferingHints(
                size_in_mbs=hints.size_in_mbs, interval_in_seconds=hints.interval_in_seconds
            ),
            "cloud_watch_logging_options": http.cloud_watch_logging_options or CloudWatchLoggingOptions(enabled=False),
            "request_configuration": http.request_configuration or HttpEndpointRequestConfiguration("NONE"),
            "processing_configuration": http.processing_configuration or _NO_PROCESSING,
            "retry_options": http.retry_options or RetryOptions(_RETRY_SECONDS),
            "s3_backup_mode": http.s3_backup_mode or "FailedDataOnly",
            "endpoint_configuration": _endpoint(http.endpoint_configuration),
            "s3_destination_description": _place(http.s3_configuration, destination.place.buffering),
        }
    )


def _endpoint(configuration: HttpEndpointConfiguration) -> HttpEndpointDescription:
    return HttpEndpointDescription(configuration.url, configuration.name)


def _hints(buffering: Buffering) -> BufferingHints:
    return BufferingHints(buffering.bytes // MEGABYTE, buffering.seconds)


_NO_PROCESSING = ProcessingConfiguration(enabled=False, processors=())
