"""Operations on tags of delivery streams, and on their encryption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from owlake.spi import Bounds, Length, operation, to_microseconds
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.model import Encryption
from owlake_connectors.firehose.operations.base import OfDeliveryStreams
from owlake_connectors.firehose.shapes import DeliveryStreamEncryptionConfigurationInput, StreamName, Tag, TagKey

MOST_TAGS = 50
Tags = Annotated[Sequence[Tag], Length(1, MOST_TAGS)]

_DAY = 24 * 3600 * 1_000_000
_MOST_CALLS = 25
"""Of starting and stopping the encryption of one delivery stream in a day."""


@dataclass(frozen=True, slots=True)
class ListTagsForDeliveryStreamOutput:
    """A page of tags."""

    tags: list[Tag]
    has_more_tags: bool


class TagsAndEncryption(OfDeliveryStreams):
    """Operations on tags and encryption."""

    @operation
    def tag_delivery_stream(self, delivery_stream_name: StreamName, tags: Tags) -> None:
        """Add tags to a delivery stream, or change their values."""
        stream = self._store.stream(delivery_stream_name)
        changed = {one.key: one for one in (*stream.tags, *tags)}
        if len(changed) > MOST_TAGS:
            text = f"Failed to add tags: a delivery stream can have at most {MOST_TAGS} tags."
            raise errors.limit_exceeded(text)
        self._store.save(replace(stream, tags=tuple(changed.values())))

    @operation
    def untag_delivery_stream(
        self, delivery_stream_name: StreamName, tag_keys: Annotated[Sequence[TagKey], Length(1, MOST_TAGS)]
    ) -> None:
        """Remove tags from a delivery stream."""
        stream = self._store.stream(delivery_stream_name)
        self._store.save(replace(stream, tags=tuple(one for one in stream.tags if one.key not in tag_keys)))

    @operation
    def list_tags_for_delivery_stream(
        self,
        delivery_stream_name: StreamName,
        exclusive_start_tag_key: TagKey | None = None,
        limit: Annotated[int, Bounds(1, MOST_TAGS)] = MOST_TAGS,
    ) -> ListTagsForDeliveryStreamOutput:
        """The tags of a delivery stream by key, a page at a time."""
        tags = sorted(self._store.stream(delivery_stream_name).tags, key=lambda one: one.key)
        found = [one for one in tags if one.key > (exclusive_start_tag_key or "")]
        return ListTagsForDeliveryStreamOutput(found[:limit], len(found) > limit)

    @operation
    def start_delivery_stream_encryption(
        self,
        delivery_stream_name: StreamName,
        delivery_stream_encryption_configuration_input: DeliveryStreamEncryptionConfigurationInput | None = None,
    ) -> None:
        """Say that records are encrypted while they are gathered. It is kept and shown; here they are not."""
        found = delivery_stream_encryption_configuration_input
        made = encryption_of(found or DeliveryStreamEncryptionConfigurationInput("AWS_OWNED_CMK"))
        self._encrypt(delivery_stream_name, made)

    @operation
    def stop_delivery_stream_encryption(self, delivery_stream_name: StreamName) -> None:
        """Say that records are encrypted no more."""
        self._encrypt(delivery_stream_name, Encryption("DISABLED"))

    def _encrypt(self, name: str, encryption: Encryption) -> None:
        stream = self._store.stream(name)
        if stream.type != "DirectPut":
            raise errors.invalid_argument(ONLY_DIRECT)
        now = to_microseconds(self._store.now())
        calls = [one for one in stream.encryption.calls if one > now - _DAY]
        if len(calls) >= _MOST_CALLS:
            text = f"StartDeliveryStreamEncryption and StopDeliveryStreamEncryption: {_MOST_CALLS} calls in 24 hours"
            raise errors.limit_exceeded(text)
        self._store.save(replace(stream, encryption=replace(encryption, calls=(*calls, now))))


ONLY_DIRECT = "Server-side encryption can be enabled only for a delivery stream that uses DirectPut as its source."


def encryption_of(configuration: DeliveryStreamEncryptionConfigurationInput) -> Encryption:
    """The encryption that is asked for. Errors: InvalidArgumentException for a key of one's own that is not named."""
    if configuration.key_type == "CUSTOMER_MANAGED_CMK" and configuration.key_arn is None:
        raise errors.invalid_argument("KeyARN must be specified for the KeyType CUSTOMER_MANAGED_CMK.")
    return Encryption("ENABLED", configuration.key_type, configuration.key_arn)
