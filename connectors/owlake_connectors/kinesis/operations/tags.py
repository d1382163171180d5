"""Operations on tags of streams and consumers, and on their policies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from owlake.spi import ACCOUNT, Bounds, Length, operation
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.operations.base import OfStreams, named
from owlake_connectors.kinesis.operations.shapes import (
    ResourceArn,
    StreamArn,
    StreamId,
    StreamName,
    TagKey,
    Tags,
)

MOST_TAGS = 50
_PAGE = 50
_INVALID = re.compile(r"[^\u00C0-\u1FFF\u2C00-\uD7FF\w./\-=+ @%:]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag."""

    key: TagKey
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ListTagsForStreamOutput:
    """A page of tags."""

    tags: list[Tag]
    has_more_tags: bool


@dataclass(frozen=True, slots=True)
class ListTagsForResourceOutput:
    """Tags."""

    tags: list[Tag]


@dataclass(frozen=True, slots=True)
class GetResourcePolicyOutput:
    """A policy, as it was put."""

    policy: str


class TagsAndPolicies(OfStreams):
    """Operations on tags and policies."""

    @operation
    def add_tags_to_stream(
        self,
        stream_name: StreamName | None = None,
        *,
        tags: Tags,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Add tags to a stream, or overwrite them."""
        stream = self._stream(stream_name, stream_arn)
        self._tag(stream.arn, stream.name, tags)

    @operation
    def remove_tags_from_stream(
        self,
        stream_name: StreamName | None = None,
        *,
        tag_keys: Annotated[Sequence[TagKey], Length(1, 50)],
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Remove tags from a stream."""
        self._untag(self._stream(stream_name, stream_arn).arn, tag_keys)

    @operation
    def list_tags_for_stream(
        self,
        stream_name: StreamName | None = None,
        exclusive_start_tag_key: TagKey | None = None,
        limit: Annotated[int, Bounds(1, 50)] | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> ListTagsForStreamOutput:
        """The tags of a stream by key, a page at a time."""
        tags = self._store.tags(self._stream(stream_name, stream_arn).arn)
        found = [Tag(key, value) for key, value in tags.items() if key > (exclusive_start_tag_key or "")]
        most = limit or _PAGE
        return ListTagsForStreamOutput(found[:most], len(found) > most)

    @operation
    def tag_resource(self, tags: Tags, *, resource_arn: ResourceArn, stream_id: StreamId | None = None) -> None:
        """Add tags to a stream or consumer, or overwrite them."""
        self._tag(self._resource(resource_arn), named(None, resource_arn), tags)

    @operation
    def untag_resource(
        self,
        tag_keys: Annotated[Sequence[TagKey], Length(1, 50)],
        *,
        resource_arn: ResourceArn,
        stream_id: StreamId | None = None,
    ) -> None:
        """Remove tags from a stream or consumer."""
        self._untag(self._resource(resource_arn), tag_keys)

    @operation
    def list_tags_for_resource(
        self, resource_arn: ResourceArn, stream_id: StreamId | None = None
    ) -> ListTagsForResourceOutput:
        """The tags of a stream or consumer by key."""
        tags = self._store.tags(self._resource(resource_arn))
        return ListTagsForResourceOutput([Tag(key, value) for key, value in tags.items()])

    @operation
    def put_resource_policy(self, resource_arn: ResourceArn, *, policy: str, stream_id: StreamId | None = None) -> None:
        """Attach a policy to a stream or consumer; nothing is decided by it here."""
        arn = self._resource(resource_arn)
        with self._store.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO policies (resource_arn, policy) VALUES (?, ?)", (arn, policy))

    @operation
    def get_resource_policy(
        self, resource_arn: ResourceArn, stream_id: StreamId | None = None
    ) -> GetResourcePolicyOutput:
        """The policy of a stream or consumer."""
        policy = self._policy(self._resource(resource_arn))
        return GetResourcePolicyOutput("{}" if policy is None else policy)

    @operation
    def delete_resource_policy(self, resource_arn: ResourceArn, stream_id: StreamId | None = None) -> None:
        """Detach the policy of a stream or consumer."""
        arn = self._resource(resource_arn)
        if self._policy(arn) is None:
            raise errors.not_found(f"No resource policy found for resource ARN {arn}.")
        with self._store.writing() as connection:
            connection.execute("DELETE FROM policies WHERE resource_arn = ?", (arn,))

    def _policy(self, arn: str) -> str | None:
        with self._store.database.read() as connection:
            row = connection.execute("SELECT policy FROM policies WHERE resource_arn = ?", (arn,)).fetchone()
        return None if row is None else str(row[0])

    def _resource(self, arn: str) -> str:
        """The ARN of a stream or consumer that is there. Errors: ResourceNotFoundException."""
        stream = self._stream(None, arn)
        if arn != stream.arn and not any(one.arn == arn for one in self._store.consumers(stream)):
            raise errors.not_found(f"Resource {arn} not found.")
        return arn

    def _tag(self, arn: str, name: str, tags: dict[str, str]) -> None:
        texts = [*tags, *tags.values()]
        if any(_INVALID.search(text) for text in texts):
            raise errors.invalid_argument(
                "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / ="
                " + - % @ :."
            )
        with self._store.changing(name) as change:
            limit = self._store.settings.sized(MOST_TAGS)
            if limit is not None and len({*tags, *change.tags(arn)}) > limit:
                raise errors.invalid_argument(
                    f"Failed to add tags to stream {name} under account {ACCOUNT} because a given stream cannot have"
                    f" more than {limit} tags associated with it."
                )
            change.tag(arn, tags)

    def _untag(self, arn: str, keys: Sequence[str]) -> None:
        with self._store.writing() as connection:
            for key in keys:
                connection.execute("DELETE FROM tags WHERE resource_arn = ? AND key = ?", (arn, key))
