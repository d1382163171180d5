"""Operations on delivery streams: made, described, changed, deleted, flushed.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import Bounds, Length, Name, Pattern, operation
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.model import DeliveryStream, Destination, Encryption, StreamType
from owlake_connectors.firehose.operations.base import OfDeliveryStreams
from owlake_connectors.firehose.operations.descriptions import DestinationDescription, described
from owlake_connectors.firehose.operations.tags import ONLY_DIRECT, Tags, encryption_of
from owlake_connectors.firehose.operations.updates import extended, http_update, lake_update, merged
from owlake_connectors.firehose.shapes import (
    DeliveryStreamEncryptionConfigurationInput,
    ExtendedS3DestinationConfiguration,
    ExtendedS3DestinationUpdate,
    HttpEndpointDestinationConfiguration,
    HttpEndpointDestinationUpdate,
    KeyArn,
    KeyType,
    KinesisStreamArn,
    KinesisStreamSourceConfiguration,
    PluginDestinationConfiguration,
    RoleArn,
    S3DestinationConfiguration,
    S3DestinationUpdate,
    StreamName,
    TableDestinationConfiguration,
)

DestinationId = Annotated[str, Length(1, 100), Pattern("[a-zA-Z0-9-]+")]
DESTINATION = "destinationId-000000000001"
"""The id of the one destination."""


@dataclass(frozen=True, slots=True)
class CreateDeliveryStreamOutput:
    """The delivery stream's name in AWS's form."""

    delivery_stream_arn: Annotated[str, Name("DeliveryStreamARN")]


@dataclass(frozen=True, slots=True)
class KinesisStreamSourceDescription:
    """The stream that records are read from, and since when."""

    kinesis_stream_arn: KinesisStreamArn
    role_arn: RoleArn
    delivery_start_timestamp: datetime


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """Where records come from."""

    kinesis_stream_source_description: KinesisStreamSourceDescription | None = None


@dataclass(frozen=True, slots=True)
class DeliveryStreamEncryptionConfiguration:
    """What is said of the encryption of gathered records."""

    status: Literal["ENABLED", "DISABLED"]
    key_type: KeyType | None = None
    key_arn: KeyArn | None = None


@dataclass(frozen=True, slots=True)
class DeliveryStreamDescription:
    """A delivery stream."""

    delivery_stream_name: StreamName
    delivery_stream_arn: Annotated[str, Name("DeliveryStreamARN")]
    delivery_stream_status: Literal["CREATING", "CREATING_FAILED", "DELETING", "DELETING_FAILED", "ACTIVE"]
    delivery_stream_encryption_configuration: DeliveryStreamEncryptionConfiguration | None
    delivery_stream_type: StreamType
    version_id: str
    create_timestamp: datetime
    last_update_timestamp: datetime | None
    source: SourceDescription | None
    destinations: list[DestinationDescription]
    has_more_destinations: bool


@dataclass(frozen=True, slots=True)
class DescribeDeliveryStreamOutput:
    """A delivery stream."""

    delivery_stream_description: DeliveryStreamDescription


@dataclass(frozen=True, slots=True)
class ListDeliveryStreamsOutput:
    """A page of names."""

    delivery_stream_names: list[str]
    has_more_delivery_streams: bool


class DeliveryStreams(OfDeliveryStreams):
    """Operations on delivery streams."""

    @operation
    def create_delivery_stream(
        self,
        delivery_stream_name: StreamName,
        delivery_stream_type: StreamType = "DirectPut",
        kinesis_stream_source_configuration: KinesisStreamSourceConfiguration | None = None,
        delivery_stream_encryption_configuration_input: DeliveryStreamEncryptionConfigurationInput | None = None,
        s3_destination_configuration: Annotated[
            S3DestinationConfiguration | None, Name("S3DestinationConfiguration")
        ] = None,
        extended_s3_destination_configuration: Annotated[
            ExtendedS3DestinationConfiguration | None, Name("ExtendedS3DestinationConfiguration")
        ] = None,
        http_endpoint_destination_configuration: HttpEndpointDestinationConfiguration | None = None,
        plugin_destination_configuration: PluginDestinationConfiguration | None = None,
        destination_table: Annotated[str, Length(3, 511)] | None = None,
        table_destination_configuration: TableDestinationConfiguration | None = None,
        transformation: Annotated[str, Length(1, 5116)] | None = None,
        tags: Tags | None = None,
    ) -> CreateDeliveryStreamOutput:
        """Create a delivery stream: from records that are put or a stream, to the lake or elsewhere."""
        source = kinesis_stream_source_configuration
        if (delivery_stream_type == "KinesisStreamAsSource") != (source is not None):
            raise errors.invalid_argument(
                "KinesisSourceStreamConfig is only applicable for KinesisStreamAsSource stream type"
                if source is not None
                else "KinesisStreamSourceConfiguration must be specified for KinesisStreamAsSource stream type"
            )
        asked = delivery_stream_encryption_configuration_input
        if asked is not None and source is not None:
            raise errors.invalid_argument(ONLY_DIRECT)
        older, lake, http, plugin, table = (
            s3_destination_configuration,
            extended_s3_destination_configuration,
            http_endpoint_destination_configuration,
            plugin_destination_configuration,
            _table(destination_table, table_destination_configuration),
        )
        _check_only_one(older, lake, http, plugin, table)
        destination = Destination(lake, http, plugin, table)
        if older is not None:
            destination = lake_update(Destination(), extended(older))
        stream = DeliveryStream(
            0,
            delivery_stream_name,
            delivery_stream_type,
            self._store.now(),
            None,
            1,
            source,
            destination.transformed(transformation),
            tuple({one.key: one for one in tags or ()}.values()),
            Encryption() if asked is None else encryption_of(asked),
        )
        made = self._store.create(self._worker.checked(stream))
        if source is not None:
            self._worker.work(made)
        return CreateDeliveryStreamOutput(made.arn)

    @operation
    def describe_delivery_stream(
        self,
        delivery_stream_name: StreamName,
        limit: Annotated[int, Bounds(1, 10_000)] | None = None,  # noqa: ARG002  (there is one destination)
        exclusive_start_destination_id: DestinationId | None = None,
    ) -> DescribeDeliveryStreamOutput:
        """A delivery stream with its destination."""
        stream = self._store.stream(delivery_stream_name)
        destinations = [
            described(DESTINATION, stream.destination) for _ in range(exclusive_start_destination_id is None)
        ]
        description = DeliveryStreamDescription(
            stream.name,
            stream.arn,
            "ACTIVE",
            _encryption(stream),
            stream.type,
            str(stream.version),
            stream.created,
            stream.updated,
            _source(stream),
            destinations,
            has_more_destinations=False,
        )
        return DescribeDeliveryStreamOutput(description)

    @operation
    def list_delivery_streams(
        self,
        limit: Annotated[int, Bounds(1, 10_000)] = 10,
        delivery_stream_type: StreamType | None = None,
        exclusive_start_delivery_stream_name: StreamName | None = None,
    ) -> ListDeliveryStreamsOutput:
        """The names of delivery streams, a page at a time."""
        after = exclusive_start_delivery_stream_name or ""
        found = [
            name
            for name in self._store.names()
            if name > after and (delivery_stream_type is None or self._store.stream(name).type == delivery_stream_type)
        ]
        return ListDeliveryStreamsOutput(found[:limit], len(found) > limit)

    @operation
    def update_destination(
        self,
        delivery_stream_name: StreamName,
        current_delivery_stream_version_id: Annotated[str, Length(1, 50), Pattern("[0-9]+")],
        destination_id: DestinationId,
        s3_destination_update: Annotated[S3DestinationUpdate | None, Name("S3DestinationUpdate")] = None,
        extended_s3_destination_update: Annotated[
            ExtendedS3DestinationUpdate | None, Name("ExtendedS3DestinationUpdate")
        ] = None,
        http_endpoint_destination_update: HttpEndpointDestinationUpdate | None = None,
        plugin_destination_update: PluginDestinationConfiguration | None = None,
        table_destination_update: TableDestinationConfiguration | None = None,
    ) -> None:
        """Change the destination; what is gathered already goes where it was to go."""
        stream = self._store.stream(delivery_stream_name)
        if destination_id != DESTINATION:
            raise errors.invalid_argument(f"Destination Id {destination_id} not found")
        version = int(current_delivery_stream_version_id)
        self._store.check_version(stream, version)
        known, lake, http, plugin, table = (
            stream.destination,
            extended_s3_destination_update,
            http_endpoint_destination_update,
            plugin_destination_update,
            table_destination_update,
        )
        _check_only_one(s3_destination_update, lake, http, plugin, table)
        if s3_destination_update is not None:
            lake = extended(s3_destination_update)
        if lake is not None:
            destination = lake_update(known, lake)
        elif http is not None:
            destination = http_update(known, http)
        elif plugin is not None:
            destination = Destination(plugin=merged(PluginDestinationConfiguration, known.plugin, plugin))
        else:
            assert table is not None
            destination = Destination(table=merged(TableDestinationConfiguration, known.table, table))
        changed = replace(stream, destination=destination, updated=self._store.now())
        self._worker.change(stream, self._worker.checked(changed), version)

    @operation
    def delete_delivery_stream(
        self,
        delivery_stream_name: StreamName,
        allow_force_delete: bool = False,  # noqa: ARG002  (nothing keeps one from being deleted)
    ) -> None:
        """Delete a delivery stream; what it has gathered is delivered first."""
        stream = self._store.stream(delivery_stream_name)
        self._worker.work(stream, flush=True)
        self._worker.forget(stream)
        self._store.delete(stream)

    @operation
    def flush(self, delivery_stream_name: StreamName) -> None:
        """Deliver what is gathered, whether it is time or not."""
        self._worker.work(self._store.stream(delivery_stream_name), flush=True)


def _check_only_one(*given: object) -> None:
    """Errors: InvalidArgumentException where no destination is given, or several are."""
    if sum(one is not None for one in given) != 1:
        raise errors.invalid_argument("Exactly one destination configuration is supported for a Firehose")


def _encryption(stream: DeliveryStream) -> DeliveryStreamEncryptionConfiguration | None:
    """None for a delivery stream that reads a stream: what is kept there is encrypted there."""
    if stream.source is not None:
        return None
    found = stream.encryption
    return DeliveryStreamEncryptionConfiguration(found.status, found.key_type, found.key_arn)


def _table(
    name: str | None, configuration: TableDestinationConfiguration | None
) -> TableDestinationConfiguration | None:
    """The configuration of a table, or the one that a name alone stands for."""
    if name is None:
        return configuration
    if configuration is not None and configuration.destination_table not in (None, name):
        raise errors.invalid_argument("DestinationTable is given twice, and not as the same table")
    return replace(configuration or TableDestinationConfiguration(), destination_table=name)


def _source(stream: DeliveryStream) -> SourceDescription | None:
    if stream.source is None:
        return None
    return SourceDescription(
        KinesisStreamSourceDescription(stream.source.kinesis_stream_arn, stream.source.role_arn, stream.created)
    )
