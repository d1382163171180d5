"""Offsets of time zones for whole arrays of instants and of local times, in any year.

Instants and local times are microseconds as ``int64``; a local time counts as if it were in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from owlake.functions.temporal.tzfiles import ZoneFile, read_zone_file, rule_transitions

Integers = npt.NDArray[np.int64]

_SECOND = 1_000_000
# The Gregorian calendar, weekdays included, repeats after 400 years: one such cycle of a zone's rule is all there is.
_CYCLE = 146_097 * 86_400 * _SECOND
_CYCLE_START = 47_482 * 86_400 * _SECOND
"""2100-01-01: by then every zone follows its rule (Morocco and Palestine are written down until 2087)."""
_LAST_RULE_YEAR = 2501
_OFFSET = re.compile(r"([+-])(\d{1,2})(?::?(\d\d))?")


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A time zone's transitions and offsets in microseconds.

    ``offsets`` and ``names`` have one entry more than ``instants``: the first holds before all transitions.
    """

    instants: Integers
    offsets: Integers
    names: tuple[str, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether the offset never changes."""
        return len(self.instants) == 0

    def offsets_at(self, instants: Integers) -> Integers:
        """The offset at each instant."""
        return self._look_up(self.instants, instants)

    def to_local(self, instants: Integers) -> Integers:
        """The local time at each instant."""
        return instants + self.offsets_at(instants)

    def index_at(self, instants: Integers) -> npt.NDArray[np.intp]:
        """Which entry of ``offsets`` and ``names`` holds at each instant."""
        return np.searchsorted(self.instants, _in_cycle(instants), side="right")

    def earlier_instants(self, local: Integers) -> Integers:
        """The instant of each local time, as java.time has it.

        The earlier one where there are two; where there is none, local times are moved by the length of the gap.
        """
        if self.is_fixed:
            return local - self.offsets[0]
        ends = self.instants + np.maximum(self.offsets[:-1], self.offsets[1:])
        return local - self._look_up(ends, local)

    def instants_of(self, local: Integers) -> Integers:
        """The instant of each local time, as Joda-Time has it.

        It differs from java.time where there are two: the later one east of Greenwich, the earlier one west of it.
        """
        if self.is_fixed:
            return local - self.offsets[0]
        estimate = self.offsets_at(local)
        offsets = self.offsets_at(local - estimate)
        doubtful = np.flatnonzero((estimate != offsets) & (estimate < 0))
        if len(doubtful):
            some = local[doubtful]
            in_gap = self.index_at(some - estimate[doubtful]) != self.index_at(some - offsets[doubtful])
            offsets[doubtful] = np.where(in_gap, estimate[doubtful], offsets[doubtful])
        return local - offsets

    def instants_near(self, local: Integers, origin: Integers) -> Integers:
        """The instant of each local time, with the offset that was in force at ``origin`` where that is possible."""
        if self.is_fixed:
            return local - self.offsets[0]
        offsets = self.offsets_at(origin)
        instants = local - offsets
        changed = np.flatnonzero(self.offsets_at(instants) != offsets)
        if len(changed):
            instants[changed] = self.instants_of(local[changed])
        return instants

    def gaps(self, local: Integers) -> npt.NDArray[np.bool_]:
        """Which local times the clocks skip."""
        if self.is_fixed:
            return np.zeros(len(local), np.bool_)
        return self.to_local(self.earlier_instants(local)) != local

    def _look_up(self, boundaries: Integers, values: Integers) -> Integers:
        if len(boundaries) == 0 or len(values) == 0:
            return np.full(len(values), self.offsets[0], np.int64)
        values = _in_cycle(values)
        low, high = np.searchsorted(boundaries, (values.min(), values.max()), side="right")
        if low == high:
            # All between two transitions, the common case of recent data.
            return np.full(len(values), self.offsets[low], np.int64)
        return self.offsets[low + np.searchsorted(boundaries[low:high], values, side="right")]


def _in_cycle(values: Integers) -> Integers:
    """The values with those after the transitions that are written down brought back by whole cycles."""
    if len(values) == 0 or values.max() < _CYCLE_START + _CYCLE:
        return values
    beyond = np.maximum((values - _CYCLE_START) // _CYCLE, 0)
    return values - beyond * _CYCLE


@lru_cache(maxsize=700)
def zone_of(name: str) -> Zone:
    """The zone of a name as values carry it: ``UTC``, ``+02:00``, or the tz database's.

    Errors: KeyError for a name that is none of them.
    """
    if name == "UTC":
        return _fixed(0, "UTC")
    found = _OFFSET.fullmatch(name)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return _fixed(-minutes if found[1] == "-" else minutes, name)
    try:
        return _zone(read_zone_file(name))
    except FileNotFoundError as problem:
        raise KeyError(name) from problem


def _fixed(minutes: int, name: str) -> Zone:
    return Zone(np.empty(0, np.int64), np.array([minutes * 60 * _SECOND], np.int64), (name,))


def _zone(file: ZoneFile) -> Zone:
    instants, offsets, names = list(file.instants), list(file.offsets), list(file.names)
    last = instants[-1] if instants else -(2**62)
    first_year = max(1900, 1970 + last // 31_556_952)
    for instant, offset, name in rule_transitions(file.footer, first_year, _LAST_RULE_YEAR):
        if instant > last and (offset, name) != (offsets[-1], names[-1]):
            instants.append(instant)
            offsets.append(offset)
            names.append(name)
    scaled = np.array(instants, np.int64)
    # Some files begin with a moment before the Big Bang, which microseconds cannot say.
    scaled = np.clip(scaled, -(2**63) // _SECOND + 1, (2**63 - 1) // _SECOND) * _SECOND
    return Zone(scaled, np.array(offsets, np.int64) * _SECOND, tuple(names))
