"""What a stream is, what a shard, what a consumer: as they stand in the home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from owlake.spi import ACCOUNT, REGION
from owlake_connectors.kinesis.hashing import Ring
from owlake_connectors.kinesis.sequence_numbers import LAST_INDEX, SequenceNumber
from owlake_connectors.kinesis.settings import DEFAULT, Settings

ENCRYPTED = 1
"""A flag of frames in a log: the stream was encrypted when they were put."""

StreamStatus = Literal["CREATING", "DELETING", "ACTIVE", "UPDATING"]
StreamMode = Literal["PROVISIONED", "ON_DEMAND"]
Distribution = Literal["AUTO", "USER_PARTITION_KEY"]

MetricName = Literal[
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
    "ALL",
]
"""What enhanced monitoring can show of each shard."""


def shard_id(number: int) -> str:
    """``shardId-000000000007``."""
    return f"shardId-{number:012d}"


@dataclass(frozen=True)
class Shard:
    """A shard: a range of hash keys, for a time.

    Attributes:
        number: Counted over all the shards that the stream ever had.
        epoch: The second that its sequence numbers begin with.
        ended: The first ordinal of the log that it can no longer have; None while it is open.
        parent: The shard that it came from by a split, or the first of a merge; ``adjacent_parent`` the second.
    """

    number: int
    start: int
    end: int
    epoch: int
    opened: datetime
    closed: datetime | None = None
    ended: int | None = None
    parent: int | None = None
    adjacent_parent: int | None = None

    @cached_property
    def id(self) -> str:
        """``shardId-000000000007``."""
        return shard_id(self.number)

    @property
    def is_open(self) -> bool:
        """Whether records are put into it."""
        return self.closed is None

    @property
    def parents(self) -> tuple[int, ...]:
        """The shards that it came from."""
        return tuple(one for one in (self.parent, self.adjacent_parent) if one is not None)

    @property
    def starting_sequence_number(self) -> str:
        """Less than that of any record in it."""
        return str(SequenceNumber(self.epoch, self.number, 0, self.epoch))

    @property
    def ending_sequence_number(self) -> str | None:
        """Greater than that of any record in it; None while it is open."""
        if self.closed is None:
            return None
        return str(SequenceNumber(self.epoch, self.number, LAST_INDEX, int(self.closed.timestamp())))


@dataclass(frozen=True)
class Stream:
    """A stream.

    Attributes:
        generation: How often it was changed when this was read: its log refuses what was prepared for another one.
        settles: When the status becomes the next one; None where it stays.
        horizon: What arrived before is gone, however long the retention is now.
        key_id: The key of its encryption; None where it has none.
        distribution: Whether records go where their keys say.
        settings: How the streams of its home behave.
    """

    id: int
    generation: int
    name: str
    created: datetime
    status: StreamStatus
    settles: datetime | None
    mode: StreamMode
    retention_hours: int
    horizon: datetime
    key_id: str | None
    shard_level_metrics: tuple[MetricName, ...]
    max_record_size_kib: int
    warm_throughput_mibps: int | None
    distribution: Distribution
    shards: tuple[Shard, ...]
    settings: Settings = DEFAULT

    @cached_property
    def arn(self) -> str:
        """Its Amazon resource name."""
        return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{self.name}"

    @cached_property
    def open_shards(self) -> tuple[Shard, ...]:
        """Those that take records, in the order of their ranges."""
        return tuple(sorted((one for one in self.shards if one.is_open), key=lambda one: one.start))

    @cached_property
    def ring(self) -> Ring:
        """Where in ``open_shards`` a hash key belongs."""
        return Ring([one.start for one in self.open_shards])

    @cached_property
    def by_number(self) -> dict[int, Shard]:
        """The shards by their numbers."""
        return {one.number: one for one in self.shards}

    @property
    def encryption_type(self) -> Literal["NONE", "KMS"]:
        """Whether its records are encrypted."""
        return "NONE" if self.key_id is None else "KMS"

    def trim_horizon(self, now: datetime) -> datetime:
        """The moment before which records are gone."""
        return max(self.horizon, now - timedelta(hours=self.retention_hours))

    def listed(self, now: datetime) -> list[Shard]:
        """The shards that have not expired: closed ones are there for as long as their records."""
        horizon = self.trim_horizon(now)
        return [one for one in self.shards if one.closed is None or one.closed >= horizon]

    def children(self, number: int) -> list[Shard]:
        """The shards that came from one."""
        return [one for one in self.shards if number in one.parents]


@dataclass(frozen=True, slots=True)
class Consumer:
    """A registered consumer of a stream."""

    name: str
    stream_arn: str
    created: datetime
    status: Literal["CREATING", "DELETING", "ACTIVE"]

    @property
    def arn(self) -> str:
        """Its Amazon resource name, new each time that the name is registered."""
        return f"{self.stream_arn}/consumer/{self.name}:{int(self.created.timestamp())}"
