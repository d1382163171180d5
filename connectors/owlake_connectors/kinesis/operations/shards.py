"""Operations on shards: listing, splitting and merging them, and scaling a stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import ACCOUNT, Bounds, operation
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.model import Shard, Stream, shard_id
from owlake_connectors.kinesis.operations.base import OfStreams, shard_number
from owlake_connectors.kinesis.operations.pages import read_page_token, write_page_token
from owlake_connectors.kinesis.operations.shapes import (
    HashKey,
    NextToken,
    Page,
    ShardDescription,
    ShardId,
    StreamArn,
    StreamId,
    StreamName,
    shard_description,
)
from owlake_connectors.kinesis.quotas import check_shards
from owlake_connectors.kinesis.resharding import Lineage

FilterType = Literal[
    "AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP"
]
MOST_SHARDS = 10_000
SCALINGS_A_DAY = 10
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class ShardFilter:
    """Which shards are listed."""

    type: FilterType
    shard_id: ShardId | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListShardsOutput:
    """A page of shards."""

    shards: list[ShardDescription]
    next_token: NextToken | None


@dataclass(frozen=True, slots=True)
class UpdateShardCountOutput:
    """The number of open shards before and after."""

    stream_name: StreamName
    current_shard_count: int
    target_shard_count: int
    stream_arn: StreamArn


class Shards(OfStreams):
    """Operations on shards."""

    @operation
    def list_shards(
        self,
        stream_name: StreamName | None = None,
        next_token: NextToken | None = None,
        exclusive_start_shard_id: ShardId | None = None,
        max_results: Page | None = None,
        stream_creation_timestamp: datetime | None = None,
        shard_filter: ShardFilter | None = None,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> ListShardsOutput:
        """The shards of a stream, closed ones too as long as they have records."""
        now = self._store.now()
        if next_token is not None:
            if stream_name is not None or stream_arn is not None:
                raise errors.invalid_argument("NextToken and StreamName cannot be provided together.")
            page = read_page_token(next_token, now)
            stream = self._store.stream(page.resource)
            found = [one for one in _filtered(stream, _filter_of(page.filter), now) if one.number > int(page.after)]
            told = page.filter
        else:
            if stream_name is None and stream_arn is None:
                raise errors.invalid_argument("Either NextToken or StreamName should be provided.")
            stream = self._stream(stream_name, stream_arn)
            if stream_creation_timestamp is not None and _second(stream_creation_timestamp) != _second(stream.created):
                raise errors.stream_not_found(stream.name)
            found = _filtered(stream, shard_filter, now)
            told = _text_of(shard_filter)
            if exclusive_start_shard_id is not None:
                after = shard_number(exclusive_start_shard_id)
                found = [one for one in found if after is not None and one.number > after]
        most = min(max_results or _PAGE, _PAGE)
        token = write_page_token(stream.name, str(found[most - 1].number), now, told) if len(found) > most else None
        return ListShardsOutput([shard_description(one) for one in found[:most]], token)

    @operation
    def split_shard(
        self,
        stream_name: StreamName | None = None,
        *,
        shard_to_split: ShardId,
        new_starting_hash_key: HashKey,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Split a shard in two at a hash key."""
        key = int(new_starting_hash_key)

        def split(lineage: Lineage, stream: Stream) -> None:
            shard = _shard(stream, shard_to_split)
            if not shard.start + 1 < key < shard.end:
                raise errors.invalid_argument(
                    f"NewStartingHashKey {new_starting_hash_key} used in SplitShard() on shard {shard.id} in stream"
                    f" {stream.name} under account {ACCOUNT} is not both greater than one plus the shard's"
                    f" StartingHashKey {shard.start} and less than the shard's EndingHashKey {shard.end}."
                )
            _check_open(stream, shard)
            check_shards(self._store, 1)
            lineage.split(shard, key)

        self._reshard(self._stream(stream_name, stream_arn).name, split)

    @operation
    def merge_shards(
        self,
        stream_name: StreamName | None = None,
        *,
        shard_to_merge: ShardId,
        adjacent_shard_to_merge: ShardId,
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> None:
        """Merge a shard and its right neighbour."""

        def merge(lineage: Lineage, stream: Stream) -> None:
            first, second = _shard(stream, shard_to_merge), _shard(stream, adjacent_shard_to_merge)
            if first.end + 1 != second.start:
                raise errors.invalid_argument(
                    f"Shards {first.id} and {second.id} in stream {stream.name} under account {ACCOUNT} are not an"
                    " adjacent pair of shards eligible for merging"
                )
            _check_open(stream, first)
            _check_open(stream, second)
            lineage.merge(first, second)

        self._reshard(self._stream(stream_name, stream_arn).name, merge)

    @operation
    def update_shard_count(
        self,
        stream_name: StreamName | None = None,
        *,
        target_shard_count: Annotated[int, Bounds(1)],
        scaling_type: Literal["UNIFORM_SCALING"] = "UNIFORM_SCALING",
        stream_arn: StreamArn | None = None,
        stream_id: StreamId | None = None,
    ) -> UpdateShardCountOutput:
        """Scale a stream to so many shards of about the same range."""

        def scale(lineage: Lineage, stream: Stream) -> None:
            self._check_scaling(stream, target_shard_count)
            lineage.scale(target_shard_count)

        before = self._reshard(self._stream(stream_name, stream_arn).name, scale, kind="scaling")
        return UpdateShardCountOutput(before.name, len(before.open_shards), target_shard_count, before.arn)

    def _reshard(self, name: str, reshard: Callable[[Lineage, Stream], None], kind: str | None = None) -> Stream:
        """Change the shards of a stream; the stream as it was before."""
        with self._store.changing(name) as change:
            stream = change.stream
            if stream.mode == "ON_DEMAND":
                raise errors.validation(
                    f"Request is invalid. Stream {stream.name} under account {ACCOUNT} is in On-Demand mode."
                )
            if stream.status != "ACTIVE":
                raise errors.stream_not_active(stream.name, stream.status)
            if kind is not None:
                change.count(kind, self._store.settings.sized(SCALINGS_A_DAY), _too_often(stream))
            lineage = Lineage(stream.shards, change.now, change.head.ordinal)
            reshard(lineage, stream)
            change.reshard(lineage)
        return stream

    def _check_scaling(self, stream: Stream, target: int) -> None:
        current = len(stream.open_shards)
        if self._store.settings.limits == "off" or target == current:
            return
        refused = f"UpdateShardCount cannot scale {'up over double' if target > current else 'down below half'}"
        if target > 2 * current or 2 * target < current:
            raise errors.limit_exceeded(
                f"{refused} your current open shard count. Current open shard count: {current} Target shard count:"
                f" {target}"
            )
        if target > MOST_SHARDS:
            raise errors.limit_exceeded(f"A stream cannot be scaled to more than {MOST_SHARDS} shards.")
        check_shards(self._store, target - current)


def _too_often(stream: Stream) -> str:
    return (
        f"Stream {stream.name} under account {ACCOUNT} was scaled {SCALINGS_A_DAY} times in the last 24 hours, which is"
        " the limit of UpdateShardCount."
    )


def _shard(stream: Stream, text: str) -> Shard:
    """The shard to split or merge. Errors: ResourceNotFoundException."""
    number = shard_number(text)
    if number is None:
        raise errors.shard_not_found(text, stream.name)
    shard = stream.by_number.get(number)
    if shard is None:
        raise errors.shard_not_found(shard_id(number), stream.name)
    return shard


def _check_open(stream: Stream, shard: Shard) -> None:
    if not shard.is_open:
        raise errors.invalid_argument(
            f"Shard {shard.id} in stream {stream.name} under account {ACCOUNT} has already been merged or split, and"
            " thus is not eligible for merging or splitting."
        )


# Filters ------------------------------------------------------------------------------------------------


def _filtered(stream: Stream, wanted: ShardFilter | None, now: datetime) -> list[Shard]:
    """The shards that a filter leaves, of those that have not expired."""
    horizon = stream.trim_horizon(now)
    shards = stream.listed(now)
    kind = wanted.type if wanted is not None else "FROM_TRIM_HORIZON"
    timestamp = wanted.timestamp if wanted is not None else None
    match kind:
        case "AFTER_SHARD_ID":
            number = shard_number(wanted.shard_id) if wanted is not None and wanted.shard_id is not None else None
            if number is None:
                raise errors.invalid_argument("ShardId must be specified when ShardFilter type is AFTER_SHARD_ID.")
            return [one for one in shards if one.number > number]
        case "AT_LATEST":
            return [one for one in shards if one.is_open]
        case "AT_TRIM_HORIZON":
            # Where the stream is younger than its horizon, those that it began with.
            return _at(shards, max(horizon, stream.created))
        case "AT_TIMESTAMP" | "FROM_TIMESTAMP":
            if timestamp is None:
                raise errors.invalid_argument(f"Timestamp must be specified when ShardFilter type is {kind}.")
            moment = max(timestamp, horizon, stream.created)
            if kind == "AT_TIMESTAMP":
                return _at(shards, moment)
            return [one for one in shards if one.closed is None or one.closed >= moment]
        case _:
            return shards


def _at(shards: list[Shard], moment: datetime) -> list[Shard]:
    return [one for one in shards if one.opened <= moment and (one.closed is None or one.closed > moment)]


def _text_of(wanted: ShardFilter | None) -> list[str | None] | None:
    if wanted is None:
        return None
    return [wanted.type, wanted.shard_id, wanted.timestamp.isoformat() if wanted.timestamp is not None else None]


def _filter_of(told: list[str | None] | None) -> ShardFilter | None:
    if told is None:
        return None
    kind, shard, moment = told
    return ShardFilter(kind, shard, datetime.fromisoformat(moment) if moment is not None else None)  # type: ignore[arg-type]


def _second(moment: datetime) -> int:
    return int(moment.timestamp())
