"""Operations on groups of consumers. The service has none: its client libraries do this with a table of leases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from owlake.spi import Bounds, Length, Name, operation
from owlake_connectors.kinesis.groups.lease import InitialPosition, Lease
from owlake_connectors.kinesis.groups.member import Groups, Start
from owlake_connectors.kinesis.model import Stream, shard_id
from owlake_connectors.kinesis.operations.base import OfStreams, readable_shard
from owlake_connectors.kinesis.operations.shapes import Page, PartitionKey, StreamName
from owlake_connectors.kinesis.operations.shapes import ShardId as ShardIdText
from owlake_connectors.kinesis.store import StreamStore

GroupName = Annotated[str, Length(1, 128)]
MemberName = Annotated[str, Length(1, 256)]
CheckpointText = Annotated[str, Length(1, 128)]


@dataclass(frozen=True, slots=True)
class PolledRecord:
    """A record that a member is given."""

    shard_id: ShardIdText
    sequence_number: str
    subsequence_number: int
    partition_key: PartitionKey
    approximate_arrival_timestamp: datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease that a member has.

    Attributes:
        given_sequence_number: The last record that the member was given since it has the lease.
        is_read: Whether that is the last one of a shard that is closed.
        wanted_by: The member that is to have the lease once all that was given is checked in.
    """

    shard_id: ShardIdText
    checkpoint: str
    checkpoint_subsequence_number: int | None
    given_sequence_number: str | None
    is_read: bool
    wanted_by: str | None


class ConsumerGroups(OfStreams):
    """Operations on groups of consumers."""

    def __init__(self, store: StreamStore) -> None:
        super().__init__(store)
        self._groups = Groups(store)

    @operation
    def poll(
        self,
        group: GroupName,
        stream: StreamName,
        member: MemberName,
        max_records: Page = 1000,
        shard_id: ShardIdText | None = None,
        initial_position: InitialPosition = "TRIM_HORIZON",
        timestamp: datetime | None = None,
    ) -> Annotated[list[PolledRecord], Name("Records")]:
        """The next records of the shards that a member of a group has; its leases are renewed."""
        found = self._store.stream(stream)
        held = self._groups.hold(group, found, member, Start(initial_position, timestamp))
        # Shards that were split since.
        found = self._store.stream(stream)
        if shard_id is not None:
            number = readable_shard(found, shard_id).number
            held = {number: held[number]} if number in held else {}
        records: list[PolledRecord] = []
        # What is furthest behind comes first.
        for lease in sorted(held.values(), key=lambda one: one.position):
            if len(records) < max_records:
                given = self._groups.read(found, lease, max_records - len(records))
                records += [PolledRecord(*one) for one in given]
        return records

    @operation
    def renew_leases(
        self,
        group: GroupName,
        stream: StreamName,
        member: MemberName,
        initial_position: InitialPosition = "TRIM_HORIZON",
        timestamp: datetime | None = None,
    ) -> Annotated[list[HeldLease], Name("Leases")]:
        """Renew the leases of a member of a group, and take what it should have: the leases that it has now."""
        found = self._store.stream(stream)
        held = self._groups.hold(group, found, member, Start(initial_position, timestamp))
        return [_held(one) for one in held.values()]

    @operation
    def keep_leases(self, group: GroupName, member: MemberName) -> Annotated[list[HeldLease], Name("Leases")]:
        """Renew the leases of a member of a group, and nothing else, as while it processes what it was given."""
        self._group_stream(group)
        return [_held(one) for one in self._groups.keep(group, member).values()]

    @operation
    def checkpoint(
        self,
        group: GroupName,
        member: MemberName,
        shard_id: ShardIdText,
        sequence_number: CheckpointText,
        subsequence_number: Annotated[int, Bounds(0)] | None = None,
    ) -> None:
        """Let a group go on behind a record of a shard; SHARD_END: behind all that was given of a closed shard."""
        shard = readable_shard(self._group_stream(group), shard_id)
        self._groups.check_in(group, member, shard.number, sequence_number, subsequence_number)

    @operation
    def leave(self, group: GroupName, member: MemberName) -> None:
        """Give up the leases of a member: others go on at their checkpoints."""
        self._group_stream(group)
        self._groups.leave(group, member)

    def _group_stream(self, group: str) -> Stream:
        return self._store.stream(self._groups.stream_of(group))


def _held(lease: Lease) -> HeldLease:
    is_read = bool(lease.is_read)
    return HeldLease(shard_id(lease.shard), lease.checkpoint, lease.subsequence, lease.given, is_read, lease.wanted_by)
