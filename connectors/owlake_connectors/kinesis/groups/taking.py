"""Who has which lease: leases are made, ended, renewed, handed over and taken.

Pure functions from leases to leases: what a member does in one transaction, each time that it is heard of.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from owlake_connectors.kinesis.groups.lease import Lease, new_lease
from owlake_connectors.kinesis.model import Stream

Leases = dict[int, Lease]


def discover(stream: Stream, group: str, leases: Leases, now: datetime) -> Leases:
    """The leases with those of shards whose parents are all read, and without those of shards that are long over."""
    found = dict(leases)
    for shard in stream.shards:
        parents = shard.parents
        is_next = shard.number not in found and any(one in found for one in parents)
        if is_next and not any(_is_awaited(stream, found, one) for one in parents):
            found[shard.number] = new_lease(group, shard.number, "TRIM_HORIZON", 0)
    listed = {one.number for one in stream.listed(now)}
    for number in sorted(found):
        is_over = found[number].is_ended and number not in listed
        is_followed = all(one.number in found for one in stream.children(number))
        # A parent that is still there would have it made anew.
        if is_over and is_followed and not any(one in found for one in stream.by_number[number].parents):
            del found[number]
    return found


def _is_awaited(stream: Stream, leases: Leases, number: int) -> bool:
    """Whether the group has not come to the end of a shard, and will."""
    if number in leases:
        return not leases[number].is_ended
    return any(_is_awaited(stream, leases, one) for one in stream.by_number[number].parents)


def keep(leases: Leases, member: str, now: datetime) -> Leases:
    """The leases with those of a member renewed.

    A lease that ran out is read again from its checkpoint: who asks may be another process of the same name.
    """
    found = dict(leases)
    for number, lease in leases.items():
        if lease.owner == member and not lease.is_ended:
            found[number] = lease.renew(now) if lease.is_held(now) else lease.give(None, now)
    return found


def renew(leases: Leases, member: str, now: datetime) -> Leases:
    """The same, those ended where all is checked in, and handed over where others want them."""
    found = keep(leases, member, now)
    for number, lease in found.items():
        if lease.owner != member or lease.is_ended:
            continue
        if lease.is_read and lease.is_settled:
            found[number] = lease.end(now)
        elif lease.wanted_by is not None and lease.is_settled:
            found[number] = lease.give(lease.wanted_by, now)
    return found


def take(leases: Leases, member: str, now: datetime) -> Leases:
    """The leases with those that the member takes, so that all have about as many as the others.

    What nobody has is taken at once. Of the others, one at a time is asked of the member that has most.
    """
    found = dict(leases)
    for number, lease in leases.items():
        if lease.wanted_by == member and lease.owner != member and lease.is_overdue(now):
            found[number] = lease.give(member, now)
    open_ = {number: one for number, one in found.items() if not one.is_ended}
    free = [number for number, one in open_.items() if not one.is_held(now)]
    loads = Counter({member: 0})
    loads.update(one.wanted_by or one.owner or "" for number, one in open_.items() if number not in free)
    share = -(-len(open_) // len(loads))
    for number in free[: max(share - loads[member], 0)]:
        found[number] = found[number].give(member, now)
        loads[member] += 1
    asks = any(one.wanted_by == member for one in found.values())
    most = max(sorted(loads), key=lambda one: loads[one])
    if not asks and loads[most] > loads[member] + 1:
        for number, one in found.items():
            if one.owner == most and one.wanted_by is None and not one.is_ended:
                found[number] = one.want(member, now)
                break
    return found
