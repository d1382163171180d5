"""What a delivery stream is, what it has gathered, what it delivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from owlake_connectors.firehose.configuration import Place, backup_place, is_converting, lake_place
from owlake_connectors.firehose.names import delivery_stream_arn
from owlake_connectors.firehose.shapes import (
    DataFormatConversionConfiguration,
    ExtendedS3DestinationConfiguration,
    HttpEndpointDestinationConfiguration,
    KinesisStreamSourceConfiguration,
    ProcessingConfiguration,
    Tag,
)

StreamType = Literal["DirectPut", "KinesisStreamAsSource"]
Kind = str
"""What gathered records are for: ``records``, ``backup``, or a type of error."""
RECORDS, BACKUP = "records", "backup"

Keys = Mapping[tuple[str, str], str]
"""The values of a partition's keys, by namespace and name."""


@dataclass(frozen=True)
class Destination:
    """Where records go: the lake, or an endpoint with a place in the lake for what it does not take."""

    lake: ExtendedS3DestinationConfiguration | None = None
    http: HttpEndpointDestinationConfiguration | None = None

    @cached_property
    def place(self) -> Place:
        """Where in the lake objects are put: records, or what an endpoint did not take."""
        if self.lake is not None:
            return lake_place(self.lake)
        assert self.http is not None
        return backup_place(self.http.s3_configuration)

    @cached_property
    def backup(self) -> Place | None:
        """Where records are put as they came; None where they are not."""
        if self.lake is not None:
            found = self.lake.s3_backup_configuration
            return backup_place(found) if self.lake.s3_backup_mode == "Enabled" and found is not None else None
        assert self.http is not None
        return self.place if self.http.s3_backup_mode == "AllData" else None

    @property
    def conversion(self) -> DataFormatConversionConfiguration | None:
        """How records become columns; None where they stay as they are."""
        return self.lake.data_format_conversion_configuration if self.lake and is_converting(self.lake) else None

    @property
    def processing(self) -> ProcessingConfiguration | None:
        """What is done to records."""
        found = self.lake or self.http
        return found.processing_configuration if found is not None else None


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
