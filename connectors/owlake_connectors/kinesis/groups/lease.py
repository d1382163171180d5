"""A lease: which member of a group reads a shard, and how far the group has come in it."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Literal

from owlake.spi import to_microseconds
from owlake_connectors.kinesis.sequence_numbers import parse

FAILOVER = timedelta(seconds=10)
"""A lease that was not renewed for so long is anybody's."""
HAND_OVER = timedelta(seconds=30)
"""How long a member may take to check in what it was given, when another one is to have the lease."""
SHARD_END = "SHARD_END"

InitialPosition = Literal["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as its row has it; the columns are explained where the table is made."""

    group_name: str
    shard: int
    owner: str | None
    counter: int
    renewed: int
    owner_switches: int
    wanted_by: str | None
    wanted: int | None
    checkpoint: str
    subsequence: int | None
    start: int
    position: int
    given: str | None = None
    given_subsequence: int | None = None
    is_read: int = 0

    @property
    def is_ended(self) -> bool:
        """Whether the group is through with the shard."""
        return self.checkpoint == SHARD_END

    @property
    def is_settled(self) -> bool:
        """Whether everything that the owner was given is checked in."""
        return self.given is None or place(self.checkpoint, self.subsequence) >= self.last_given

    @property
    def last_given(self) -> tuple[int, float]:
        """The place of the last record that the owner was given; before all others, where there is none."""
        return (-1, 0) if self.given is None else place(self.given, self.given_subsequence)

    @property
    def reader(self) -> tuple[str | None, int, str | None, int | None, int]:
        """Who reads the shard, and where: other ones once the lease was lost, also where it was taken anew."""
        return self.owner, self.position, self.given, self.given_subsequence, self.is_read

    def is_held(self, now: datetime) -> bool:
        """Whether it has an owner that lives, as far as one knows."""
        return self.owner is not None and _is_within(self.renewed, now, FAILOVER)

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have been handed over by now."""
        return self.wanted is not None and not _is_within(self.wanted, now, HAND_OVER)

    def renew(self, now: datetime) -> Lease:
        """The lease, held for longer."""
        return replace(self, counter=self.counter + 1, renewed=to_microseconds(now))

    def give(self, member: str | None, now: datetime) -> Lease:
        """The lease with another owner, or none: who has it goes on at the checkpoint."""
        number = parse(self.checkpoint)
        position = self.start if number is None else number.index + (self.subsequence is None)
        return replace(
            self.renew(now),
            owner=member,
            owner_switches=self.owner_switches + (member is not None),
            wanted_by=None,
            wanted=None,
            position=position,
            given=None,
            given_subsequence=None,
            is_read=0,
        )

    def want(self, member: str, now: datetime) -> Lease:
        """The lease, which a member is to have as soon as its owner has checked in what it was given."""
        return replace(self, wanted_by=member, wanted=to_microseconds(now))

    def check_in(self, sequence_number: str, subsequence: int | None, now: datetime) -> Lease:
        """The lease with a new checkpoint."""
        return replace(self.renew(now), checkpoint=sequence_number, subsequence=subsequence, owner_switches=0)

    def end(self, now: datetime) -> Lease:
        """The lease of a shard that the group is through with."""
        return replace(self.check_in(SHARD_END, None, now), wanted_by=None, wanted=None)


def _is_within(moment: int, now: datetime, most: timedelta) -> bool:
    """Whether a moment is no longer ago than that; nor ahead, as after a clock was set back by more than a little."""
    return abs(to_microseconds(now) - moment) < most // timedelta(microseconds=1)


def new_lease(group: str, shard: int, checkpoint: str, start: int) -> Lease:
    """A lease that nobody has yet."""
    return Lease(group, shard, None, 0, 0, 0, None, None, checkpoint, None, start, start)


def place(sequence_number: str, subsequence: int | None) -> tuple[int, float]:
    """What checkpoints and records are compared by: sentinels come before all numbers, the end after them."""
    if sequence_number == SHARD_END:
        return 1 << 200, 0
    number = int(sequence_number) if sequence_number.isdecimal() else -1
    return number, float("inf") if subsequence is None else subsequence


# Rows ------------------------------------------------------------------------------------------------------

_COLUMNS = ", ".join(one.name for one in fields(Lease))
_MARKS = ", ".join("?" for _ in fields(Lease))


def read_leases(connection: sqlite3.Connection, group: str, shard: int | None = None) -> dict[int, Lease]:
    """The leases of a group, or that of a shard, by the numbers of their shards."""
    wanted, values = ("", (group,)) if shard is None else (" AND shard = ?", (group, shard))
    query = f"SELECT {_COLUMNS} FROM leases WHERE group_name = ?{wanted} ORDER BY shard"
    rows = connection.execute(query, values)
    return {lease.shard: lease for lease in (Lease(*row) for row in rows)}


def write_leases(connection: sqlite3.Connection, before: dict[int, Lease], after: dict[int, Lease]) -> None:
    """Let the table have the leases as they are now, those that are gone left out."""
    gone = [(one.group_name, number) for number, one in before.items() if number not in after]
    connection.executemany("DELETE FROM leases WHERE group_name = ? AND shard = ?", gone)
    changed = [astuple(one) for number, one in after.items() if before.get(number) != one]
    connection.executemany(f"INSERT OR REPLACE INTO leases ({_COLUMNS}) VALUES ({_MARKS})", changed)
