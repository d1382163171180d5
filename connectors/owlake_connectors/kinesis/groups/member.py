"""What a member of a group does: it holds leases, reads their shards, and checks in what it is done with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from owlake.spi import OwlakeError
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.aggregation import user_records
from owlake_connectors.kinesis.groups.lease import (
    SHARD_END,
    InitialPosition,
    Lease,
    new_lease,
    place,
    read_leases,
    write_leases,
)
from owlake_connectors.kinesis.groups.processor import GivenRecord
from owlake_connectors.kinesis.groups.taking import Leases, discover, keep, renew, take
from owlake_connectors.kinesis.model import Shard, Stream
from owlake_connectors.kinesis.operations.shapes import Record
from owlake_connectors.kinesis.reading import Most, Position, admit_read, count_read, read_shard, starting_ordinal
from owlake_connectors.kinesis.sequence_numbers import parse
from owlake_connectors.kinesis.store import StreamStore


@dataclass(frozen=True, slots=True)
class Start:
    """Where a new group begins."""

    position: InitialPosition = "TRIM_HORIZON"
    timestamp: datetime | None = None


class Groups:
    """The groups of consumers of a home."""

    def __init__(self, store: StreamStore) -> None:
        self._store = store

    def leases(self) -> Iterator[tuple[Stream, Lease]]:
        """All leases, each with its stream."""
        for group, name in self._all():
            stream = self._store.find(name)
            if stream is not None:
                with self._store.database.read() as connection:
                    found = read_leases(connection, group)
                yield from ((stream, one) for one in found.values())

    def keep(self, group: str, member: str) -> Leases:
        """Renew the leases of a member, and leave it at that: those that it has now."""
        with self._changing(group) as (connection, before, now):
            after = keep(before, member, now)
            write_leases(connection, before, after)
        return _owned(after, member)

    def hold(self, group: str, stream: Stream, member: str, start: Start) -> Leases:
        """Renew the leases of a member, hand over, and take others: those that it has now.

        Errors: InvalidArgumentException, for a group of another stream, or a start that is none.
        """
        first = self._first_leases(group, stream, start, self._store.now())
        with self._changing(group) as (connection, before, now):
            insert = "INSERT OR IGNORE INTO consumer_groups (name, stream_id) VALUES (?, ?)"
            connection.execute(insert, (group, stream.id))
            found = discover(stream, group, renew(before or first, member, now), now)
            after = take(found, member, now)
            write_leases(connection, before, after)
        return _owned(after, member)

    def read(self, stream: Stream, lease: Lease, most: int) -> list[GivenRecord]:
        """The next records of a lease; none where it was lost in the meantime, or is to be handed over."""
        if lease.is_ended or lease.is_read or lease.wanted_by is not None:
            return []
        now, shard = self._store.now(), stream.by_number[lease.shard]
        try:
            admit_read(self._store, stream, shard, now)
        except OwlakeError:
            # As with consumers of the service: the next time.
            return []
        found = read_shard(self._store, stream, shard, lease.position, Most(most), now)
        count_read(self._store, stream, shard, found, now)
        records = [one for record in found.records for one in _unpacked(shard, record)]
        after = (lease.checkpoint, lease.subsequence)
        records = [one for one in records if place(one.sequence_number, one.subsequence_number) > place(*after)]
        with self._changing(lease.group_name, lease.shard) as (connection, before, _):
            known = before.get(lease.shard)
            if known is None or known.is_ended or known.reader != lease.reader:
                return []
            # Renewed and checked in it may have been meanwhile.
            moved = replace(known, position=found.position, is_read=int(found.is_over))
            if records:
                last = records[-1]
                moved = replace(moved, given=last.sequence_number, given_subsequence=last.subsequence_number)
            write_leases(connection, {lease.shard: known}, {lease.shard: moved})
        return records

    def check_in(self, group: str, member: str, number: int, sequence_number: str, subsequence: int | None) -> None:
        """Let the group go on behind a record, whoever reads the shard then.

        Errors: ShutdownException, for a member that does not have the lease (any more); InvalidArgumentException, for
        what lies before the last checkpoint, or was not given to the member.
        """
        with self._changing(group, number) as (connection, before, now):
            lease = before.get(number)
            if lease is None or lease.owner != member:
                raise errors.lease_lost()
            if lease.is_ended and sequence_number in (SHARD_END, lease.given):
                return
            if sequence_number == SHARD_END:
                if not lease.is_read:
                    raise errors.checkpoint_out_of_range(sequence_number, lease.checkpoint, lease.given)
                kept = lease.end(now)
            else:
                if not _may_check_in(lease, sequence_number, subsequence):
                    raise errors.checkpoint_out_of_range(sequence_number, lease.checkpoint, lease.given)
                kept = lease.check_in(sequence_number, subsequence, now)
            write_leases(connection, {number: lease}, {number: kept})

    def leave(self, group: str, member: str) -> int:
        """Give up the leases of a member: how many it had. They are read again from their checkpoints."""
        with self._changing(group) as (connection, before, now):
            after = dict(before)
            for number, lease in before.items():
                if lease.is_ended:
                    continue
                if lease.owner == member:
                    done = lease.is_read and lease.is_settled
                    after[number] = lease.end(now) if done else lease.give(lease.wanted_by, now)
                elif lease.wanted_by == member:
                    after[number] = replace(lease, wanted_by=None, wanted=None)
            write_leases(connection, before, after)
        return sum(one.owner == member and not one.is_ended for one in before.values())

    @contextmanager
    def _changing(self, group: str, shard: int | None = None) -> Iterator[tuple[sqlite3.Connection, Leases, datetime]]:
        """A transaction on the leases of a group, or on that of a shard, with the time at which it begins.

        Taken before, that time could be earlier than what another member has written while this one waited.
        """
        with self._store.writing() as connection:
            yield connection, read_leases(connection, group, shard), self._store.now()

    def stream_of(self, group: str) -> str:
        """The name of the stream that a group reads. Errors: ResourceNotFoundException."""
        for name, stream in self._all():
            if name == group:
                return stream
        raise errors.not_found(f"Consumer group {group} not found.")

    def _all(self) -> list[tuple[str, str]]:
        query = (
            "SELECT g.name, s.name FROM consumer_groups AS g JOIN streams AS s ON s.id = g.stream_id ORDER BY g.name"
        )
        with self._store.database.read() as connection:
            return [(group, stream) for group, stream in connection.execute(query)]

    def _first_leases(self, group: str, stream: Stream, start: Start, now: datetime) -> Leases:
        """The leases that a group begins with; none where it has begun. Errors: InvalidArgumentException."""
        known = dict(self._all()).get(group)
        if known is not None:
            if known != stream.name:
                raise errors.invalid_argument(f"Consumer group {group} reads stream {known}, not {stream.name}.")
            return {}
        since = start.timestamp if start.position == "AT_TIMESTAMP" else None
        shards = stream.listed(now)
        if start.position == "LATEST":
            shards = [one for one in shards if one.is_open]
        elif since is not None:
            shards = [one for one in shards if one.closed is None or one.closed >= since]
        wanted = {one.number for one in shards}
        return {
            one.number: new_lease(group, one.number, start.position, self._ordinal(stream, one, start, now))
            for one in shards
            if not wanted.intersection(one.parents)
        }

    def _ordinal(self, stream: Stream, shard: Shard, start: Start, now: datetime) -> int:
        return starting_ordinal(self._store, stream, shard, Position(start.position, timestamp=start.timestamp), now)


def _owned(leases: Leases, member: str) -> Leases:
    return {number: one for number, one in leases.items() if one.owner == member}


def _may_check_in(lease: Lease, sequence_number: str, subsequence: int | None) -> bool:
    """Whether a record comes after the last checkpoint (or is it), and was given to the owner."""
    told, least = parse(sequence_number), place(lease.checkpoint, lease.subsequence)
    wanted = place(sequence_number, subsequence)
    if told is None or told.shard != lease.shard or wanted < least:
        return False
    return wanted == least or place(sequence_number, subsequence or 0) <= lease.last_given


def _unpacked(shard: Shard, record: Record) -> Iterator[GivenRecord]:
    """The record, or what the producer library packed into it, without what belongs to other shards."""
    packed = user_records(record.data)
    number, arrival = record.sequence_number, record.approximate_arrival_timestamp
    if packed is None:
        yield GivenRecord(shard.id, number, 0, record.partition_key, arrival, record.data)
        return
    for place_, one in enumerate(packed):
        if one.is_in(shard.start, shard.end):
            yield GivenRecord(shard.id, number, place_, one.partition_key, arrival, one.data)
