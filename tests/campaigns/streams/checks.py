"""What must hold, of the log's files against what was acknowledged, and of what was given against the log's files."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.campaigns.streams.evidence import Put, index_of
from tests.campaigns.streams.journal import lines
from tests.campaigns.streams.producing import HASH_SPACE, acknowledged, batch

Shards = Mapping[int, Mapping[str, Any]]
"""The shards by their numbers, as ListShards has them."""


def number_of(shard_id: str) -> int:
    """``shardId-000000000007`` is 7."""
    return int(shard_id.removeprefix("shardId-"))


class Faults:
    """What was found wrong, and how much was looked at."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.counts: Counter[str] = Counter()

    def expect(self, holds: bool, fault: str) -> None:
        """Write down a fault where something does not hold."""
        self.counts["checks"] += 1
        if not holds:
            self.found.append(fault)


# Producers ----------------------------------------------------------------------------------------------


def check_producers(folder: Path, seed: int, log: list[Put], faults: Faults) -> None:
    """Each acknowledged record is there, where it was said to be; none twice that was not put twice; none is torn."""
    begun: Counter[tuple[int, int]] = Counter()
    for path in folder.glob("producer-*.txt"):
        for word, _, batch_number, *_ in lines(path):
            begun[int(path.stem.split("-")[1]), int(batch_number)] += word in "BR"
    where: dict[tuple[int, int], dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    last: dict[int, int] = {}
    ordinal = 0
    for put in log:
        name = f"batch {put.writer}/{put.batch} at {put.ordinal}"
        faults.expect(put.is_one, f"{name} has records of others")
        faults.expect(put.ordinal >= ordinal, f"{name} comes behind {ordinal}")
        ordinal = put.ordinal + len(put.places)
        size = len(batch(seed, put.writer, put.batch))
        faults.expect(sorted(put.places) == list(range(size)), f"{name} is not whole")
        faults.expect(put.batch >= last.get(put.writer, -1), f"{name} comes behind batch {last.get(put.writer)}")
        last[put.writer] = put.batch
        order: dict[int, int] = {}
        for row, (shard, place) in enumerate(zip(put.shards, put.places, strict=True)):
            faults.expect(order.get(shard, -1) < place, f"{name} is out of order in shard {shard}")
            order[shard] = place
            where[put.writer, put.batch][place].append((shard, put.ordinal + row))
    for one, places in where.items():
        copies = max(map(len, places.values()))
        faults.expect(copies <= begun[one], f"batch {one} is there {copies} times, put {begun[one]} times")
        faults.counts["batches that are there twice, put again after a kill"] += copies > 1
    for writer, number, answers in acknowledged(folder):
        faults.counts["acknowledged"] += len(answers)
        found = where[writer, number]
        for place, answer in enumerate(answers):
            shard_id, sequence_number = answer.split(":")
            wanted = index_of(sequence_number)
            name = f"record {writer}/{number}/{place}"
            holds = wanted in found[place] and wanted[0] == number_of(shard_id)
            faults.expect(holds, f"{name} was acknowledged at {answer}, and is at {found[place]}")


def check_shards(shards: Shards, log: list[Put], faults: Faults) -> None:
    """Each record is in the shard of its key, before the shard's end; the open shards have all of the hash space."""
    ranges, ends = {}, {}
    for number, one in shards.items():
        ranges[number] = tuple(int(one["HashKeyRange"][f"{end}HashKey"]) for end in ("Starting", "Ending"))
        ends[number] = one["SequenceNumberRange"].get("EndingSequenceNumber")
    closed_by: dict[int, int] = {}
    seen: dict[int, int] = {}
    for put in log:
        for row, (shard, (key, explicit)) in enumerate(zip(put.shards, put.keys, strict=True)):
            place = int(explicit) if explicit else int.from_bytes(hashlib.md5(key.encode()).digest())  # noqa: S324
            start, end = ranges[shard]
            faults.expect(start <= place <= end, f"{key} at {put.ordinal + row} is not of shard {shard}")
            seen.setdefault(shard, put.ordinal + row)
            closed_by[shard] = put.ordinal + row
    for number, one in shards.items():
        parents = [number_of(one[name]) for name in ("ParentShardId", "AdjacentParentShardId") if name in one]
        for parent in parents:
            faults.expect(ends[parent] is not None, f"shard {parent} has children and is open")
            before = number not in seen or parent not in closed_by or closed_by[parent] < seen[number]
            faults.expect(before, f"a record of shard {parent} lies behind one of its child {number}")
    open_ = sorted(ranges[number] for number in shards if ends[number] is None)
    tiled = [start for start, _ in open_] == [0, *(end + 1 for _, end in open_[:-1])]
    faults.expect(tiled and open_[-1][1] == HASH_SPACE - 1, f"the open shards do not tile the hash space: {open_}")


# The group ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Given:
    """A shard as the group is given it.

    Attributes:
        ordinals: Of its records, in order.
        at: How many records each life was given, as far as the shard; ``last`` is the life that was given some last.
        acknowledged: How many records are behind the last acknowledged checkpoint, ``begun`` behind others since.
    """

    ordinals: list[int]
    at: dict[str, int] = field(default_factory=dict)
    last: str = ""
    most: int = 0
    acknowledged: int = 0
    begun: set[int] = field(default_factory=set)
    first: int | None = None
    end: int | None = None
    ended: int | None = None


class GroupCheck:
    """What the members said, in the order in which it happened."""

    def __init__(self, log: list[Put], shards: Shards, killed: set[str], faults: Faults) -> None:
        self._shards = shards
        self._killed = killed
        self._faults = faults
        self._identity: dict[int, tuple[int, int, int]] = {}
        self._key: dict[int, str] = {}
        by_shard: dict[int, list[int]] = {number: [] for number in shards}
        for put in log:
            for row, (shard, place, (key, _)) in enumerate(zip(put.shards, put.places, put.keys, strict=True)):
                by_shard[shard].append(put.ordinal + row)
                self._identity[put.ordinal + row] = put.writer, put.batch, place
                self._key[put.ordinal + row] = key
        self._given = {number: _Given(found) for number, found in by_shard.items()}
        self._place = {one: place for found in by_shard.values() for place, one in enumerate(found, 1)}
        self._order: dict[tuple[int, str], int] = {}
        self._lost: set[tuple[str, int]] = set()

    def run(self, folder: Path) -> None:
        """Look at everything."""
        said = [
            (int(time), word, path.stem, number_of(shard), more)
            for path in folder.glob("member-*.txt")
            for word, time, shard, *more in lines(path)
        ]
        for time, word, life, shard, more in sorted(said, key=lambda one: one[0]):
            match word:
                case "G":
                    self._see_page(time, life, shard, more)
                case "L":
                    self._lost.add((life, shard))
                    self._given[shard].at.pop(life, None)
                    self._faults.counts["leases lost"] += 1
                case "C" | "A":
                    self._see_checkpoint(time, word, shard, more[0])
        for shard, one in self._given.items():
            missing = len(one.ordinals) - one.most
            self._faults.expect(missing == 0, f"{missing} records of shard {shard} were never given")
            self._check_parents(shard, one)

    def _see_page(self, time: int, life: str, shard: int, records: list[str]) -> None:
        one, faults = self._given[shard], self._faults
        name = f"{life} in shard {shard}"
        places = []
        for text in records:
            number, identity = text.split(":")
            of_shard, ordinal = index_of(number)
            right = of_shard == shard and self._identity.get(ordinal) == tuple(map(int, identity.split(".")))
            faults.expect(right, f"{name} was given {text}, which is not in the log")
            if not right:
                return
            places.append(self._place[ordinal])
        first, last = places[0], places[-1]
        faults.expect(places == list(range(first, last + 1)), f"{name} was not given all from {first} to {last}")
        if one.at.get(life) != first - 1:
            begins = first - 1 == one.acknowledged or first - 1 in one.begun
            told = f"{one.acknowledged} or {sorted(one.begun)}"
            faults.expect(begins, f"{name} begins behind {first - 1}, where the checkpoint is {told}")
            faults.counts["times that a shard was begun anew"] += 1
        if first <= one.most:
            again = min(last, one.most) - first + 1
            faults.counts["records given again"] += again
            state = "lost its lease" if (one.last, shard) in self._lost else "was alive"
            faults.expect(one.last in self._killed, f"{name} was given {again} records again; {one.last} {state}")
        for place in range(max(first, one.most + 1), last + 1):
            self._see_order(one.ordinals[place - 1])
        one.at[life], one.last, one.most = last, life, max(one.most, last)
        one.first = one.first or time
        one.end = time

    def _see_order(self, ordinal: int) -> None:
        """A record that is given for the first time."""
        self._faults.counts["records given"] += 1
        key = self._identity[ordinal][0], self._key[ordinal]
        before = self._order.get(key, -1)
        self._faults.expect(before < ordinal, f"key {key}: {ordinal} was given after {before}")
        self._order[key] = ordinal

    def _see_checkpoint(self, time: int, word: str, shard: int, number: str) -> None:
        one = self._given[shard]
        place = len(one.ordinals) if number == "end" else self._place[index_of(number)[1]]
        if word == "C":
            one.begun.add(place)
            return
        self._faults.counts["checkpoints"] += 1
        self._faults.expect(place >= one.acknowledged, f"the checkpoint of shard {shard} went back to {place}")
        one.acknowledged, one.begun = place, set()
        if place == len(one.ordinals):
            one.ended = time

    def _check_parents(self, shard: int, one: _Given) -> None:
        listed = self._shards[shard]
        for name in ("ParentShardId", "AdjacentParentShardId"):
            if one.first is not None and name in listed:
                parent = self._given[number_of(listed[name])]
                before = parent.end is None or parent.end < one.first
                self._faults.expect(before, f"shard {shard} was begun before all of {listed[name]} was given")
