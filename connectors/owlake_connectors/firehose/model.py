"""What a delivery stream is, what it has gathered, what it delivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Literal, Self

from owlake_connectors.firehose import errors
from owlake_connectors.firehose.configuration import (
    Buffering,
    Place,
    backup_place,
    buffering_of,
    http_buffering,
    is_converting,
    lake_place,
    processors_of,
)
from owlake_connectors.firehose.names import delivery_stream_arn
from owlake_connectors.firehose.shapes import (
    DataFormatConversionConfiguration,
    ExtendedS3DestinationConfiguration,
    HttpEndpointDestinationConfiguration,
    KeyArn,
    KeyType,
    KinesisStreamSourceConfiguration,
    PluginDestinationConfiguration,
    ProcessingConfiguration,
    Processor,
    ProcessorParameter,
    TableDestinationConfiguration,
    Tag,
)

StreamType = Literal["DirectPut", "KinesisStreamAsSource"]
Kind = str
"""What gathered records are for: ``records``, ``backup``, or a type of error."""
SQL = "sql:"
"""What a ``LambdaArn`` that is SQL begins with."""
RECORDS, BACKUP = "records", "backup"

Keys = Mapping[tuple[str, str], str]
"""The values of a partition's keys, by namespace and name."""


@dataclass(frozen=True)
class Destination:
    """Where records go: the lake, or elsewhere, with a place in the lake for what is not taken there."""

    lake: ExtendedS3DestinationConfiguration | None = None
    http: HttpEndpointDestinationConfiguration | None = None
    plugin: PluginDestinationConfiguration | None = None
    table: TableDestinationConfiguration | None = None

    @cached_property
    def place(self) -> Place:
        """Where in the lake objects are put: records, or what was not taken elsewhere."""
        if self.lake is not None:
            return lake_place(self.lake)
        assert self.elsewhere.s3_configuration is not None
        return backup_place(self.elsewhere.s3_configuration)

    @cached_property
    def backup(self) -> Place | None:
        """Where records are put as they came; None where they are not."""
        if self.lake is not None:
            found = self.lake.s3_backup_configuration
            return backup_place(found) if self.lake.s3_backup_mode == "Enabled" and found is not None else None
        return self.place if self.elsewhere.s3_backup_mode == "AllData" else None

    @property
    def elsewhere(
        self,
    ) -> HttpEndpointDestinationConfiguration | PluginDestinationConfiguration | TableDestinationConfiguration:
        """The destination that is not objects of the lake."""
        found = self.http or self.plugin or self.table
        assert found is not None
        return found

    @cached_property
    def buffering(self) -> Buffering:
        """When records that are gathered are delivered."""
        if self.lake is not None:
            return self.place.buffering
        if self.http is not None:
            return http_buffering(self.http)
        return buffering_of(self.elsewhere.buffering_hints)

    @property
    def name(self) -> str:
        """What it is called: lake, http, table, or as the plugin calls it."""
        if self.plugin is not None:
            return self.plugin.destination_name
        return "http" if self.http is not None else "table" if self.table is not None else "lake"

    @property
    def conversion(self) -> DataFormatConversionConfiguration | None:
        """How records become columns; None where they stay as they are."""
        return self.lake.data_format_conversion_configuration if self.lake and is_converting(self.lake) else None

    def transformed(self, sql: str | None) -> Self:
        """The same, with records transformed by SQL. Errors: InvalidArgumentException where they are so already."""
        if sql is None:
            return self
        by_sql = Processor("Lambda", (ProcessorParameter("LambdaArn", f"{SQL}{sql}"),))
        processors = processors_of(self.processing)
        if any(one.type == by_sql.type for one in processors):
            raise errors.invalid_argument("Only one transformation is supported for a Firehose")
        processing = ProcessingConfiguration(enabled=True, processors=(*processors, by_sql))
        return replace(
            self,
            lake=self.lake and replace(self.lake, processing_configuration=processing),
            http=self.http and replace(self.http, processing_configuration=processing),
            plugin=self.plugin and replace(self.plugin, processing_configuration=processing),
            table=self.table and replace(self.table, processing_configuration=processing),
        )

    @property
    def processing(self) -> ProcessingConfiguration | None:
        """What is done to records."""
        return (self.lake or self.elsewhere).processing_configuration


@dataclass(frozen=True, slots=True)
class Encryption:
    """What a delivery stream says of the encryption of gathered records.

    Attributes:
        calls: When it was changed, in microseconds, as far as that counts.
    """

    status: Literal["ENABLED", "DISABLED"] = "DISABLED"
    key_type: KeyType | None = None
    key_arn: KeyArn | None = None
    calls: Sequence[int] = ()


@dataclass(frozen=True)
class DeliveryStream:
    """A delivery stream as it stands."""

    id: int
    name: str
    type: StreamType
    created: datetime
    updated: datetime | None
    version: int
    source: KinesisStreamSourceConfiguration | None
    destination: Destination
    tags: Sequence[Tag] = ()
    encryption: Encryption = Encryption()

    @property
    def is_encrypted(self) -> bool:
        """Whether gathered records are said to be encrypted."""
        return self.encryption.status == "ENABLED"

    @property
    def arn(self) -> str:
        """Its Amazon resource name."""
        return delivery_stream_arn(self.name)


@dataclass(frozen=True, slots=True)
class Buffer:
    """Records that are gathered for one object, by their places in the log of processed records.

    Attributes:
        number: Theirs in the log.
        opened: When the oldest arrived.
        first: The ordinal of the first; ``before``: one behind the last. Records of other buffers lie between.
        bytes: Before compression.
    """

    id: int
    kind: Kind
    keys: Keys
    number: int
    opened: datetime
    first: int
    before: int
    records: int
    bytes: int
