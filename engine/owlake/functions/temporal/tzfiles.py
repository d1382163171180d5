"""The tz database's compiled files (RFC 9636): transitions of a zone, and the rule for the time after them.

``zoneinfo`` reads the same files, but answers for one value at a time and only for the years 1 to 9999.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH

_HEADER = struct.Struct(">4s1s15x6l")
_MAGIC = b"TZif"


@dataclass(frozen=True, slots=True)
class ZoneFile:
    """What a file says of a zone.

    Attributes:
        instants: Seconds since 1970 of the transitions, ascending.
        offsets: Seconds east of UTC: before the first transition, and after each.
        names: The abbreviations (``CET``) that go with the offsets.
        footer: The POSIX rule that holds after the last transition; empty if nothing changes any more.
    """

    instants: tuple[int, ...]
    offsets: tuple[int, ...]
    names: tuple[str, ...]
    footer: str


def read_zone_file(name: str) -> ZoneFile:
    """The zone's file: the system's, else that of the ``tzdata`` package.

    Errors: FileNotFoundError for a name that neither has.
    """
    if name.startswith(("/", ".")) or ".." in name:
        raise FileNotFoundError(name)
    for folder in TZPATH:
        path = Path(folder, name)
        if path.is_file():
            return _parse(path.read_bytes())
    package, _, file = f"tzdata.zoneinfo.{name.replace('/', '.')}".rpartition(".")
    try:
        return _parse((resources.files(package) / file).read_bytes())
    except (ImportError, OSError) as problem:
        raise FileNotFoundError(name) from problem


def _parse(data: bytes) -> ZoneFile:
    magic, version, *counts = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        message = "not a tz database file"
        raise FileNotFoundError(message)
    start, width = _HEADER.size, 4
    if version >= b"2":
        start += _length(counts, 4) + _HEADER.size
        counts = list(_HEADER.unpack_from(data, start - _HEADER.size)[2:])
        width = 8
    _, _, _, transitions, types, letters = counts
    instants = struct.unpack_from(f">{transitions}{'q' if width == 8 else 'l'}", data, start)
    indexes = data[start + transitions * width :][:transitions]
    at = start + transitions * (width + 1)
    kinds = [struct.unpack_from(">lBB", data, at + 6 * index) for index in range(types)]
    abbreviations = data[at + 6 * types :][:letters]
    footer = data[start + _length(counts, width) :].strip(b"\n").decode("ascii") if width == 8 else ""
    order = [0, *indexes]
    return ZoneFile(
        instants,
        tuple(kinds[index][0] for index in order),
        tuple(abbreviations[kinds[index][2] :].split(b"\0", 1)[0].decode("ascii") for index in order),
        footer,
    )


def _length(counts: list[int], width: int) -> int:
    utc, standard, leaps, transitions, types, letters = counts
    return transitions * (width + 1) + types * 6 + letters + leaps * (width + 4) + standard + utc


# The rule after the last transition -----------------------------------------------------------------------

_NAME = r"(<[^>]+>|[A-Za-z]{3,})"
_TIME = r"([+-]?\d{1,3}(?::\d\d){0,2})"
_DATE = r"(M\d{1,2}\.\d\.\d|J?\d{1,3})"
_FOOTER = re.compile(f"{_NAME}{_TIME}(?:{_NAME}{_TIME}?,{_DATE}(?:/{_TIME})?,{_DATE}(?:/{_TIME})?)?")


@dataclass(frozen=True, slots=True)
class _Change:
    """When in a year the clocks change, in local time."""

    date: str
    seconds: int

    def instant(self, year: int, offset: int) -> int:
        day = _day_of(self.date, year)
        return (day - date(1970, 1, 1)).days * 86_400 + self.seconds - offset


def rule_transitions(footer: str, first: int, last: int) -> list[tuple[int, int, str]]:
    """The rule's transitions in the years ``first`` to ``last``: (instant, offset after it, abbreviation)."""
    found = _FOOTER.fullmatch(footer)
    if not found or not found[3]:
        return []
    standard = -_seconds(found[2])
    summer = -_seconds(found[4]) if found[4] else standard + 3600
    start = _Change(found[5], _seconds(found[6] or "2"))
    end = _Change(found[7], _seconds(found[8] or "2"))
    both = [
        entry
        for year in range(first, last + 1)
        for entry in (
            (start.instant(year, standard), summer, found[3].strip("<>")),
            (end.instant(year, summer), standard, found[1].strip("<>")),
        )
    ]
    return sorted(both)


def _seconds(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    hours, minutes, seconds = (*parts, 0, 0)[:3]
    return sign * (hours * 3600 + minutes * 60 + seconds)


def _day_of(text: str, year: int) -> date:
    if text.startswith("M"):
        month, week, weekday = (int(part) for part in text[1:].split("."))
        first = date(year, month, 1)
        day = first + timedelta(days=(weekday - first.isoweekday()) % 7 + 7 * (week - 1))
        return day if day.month == month else day - timedelta(days=7)
    number = int(text.lstrip("J"))
    if not text.startswith("J"):
        return date(year, 1, 1) + timedelta(days=number)
    leap = date(year, 12, 31).timetuple().tm_yday == 366
    return date(year, 1, 1) + timedelta(days=number - 1 + (1 if leap and number > 59 else 0))
