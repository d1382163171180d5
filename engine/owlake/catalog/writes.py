"""The register of writes: which of the files in the lake a reader sees.

The lake stays a plain lake: whoever drops a file into a folder has added data. A file that owlake writes carries its
write's token in its name, and the register says which writes are open or were aborted, and which files a committed
write replaced. A reader takes the register in its snapshot and passes over those files. So a commit is one SQLite
transaction, the same on S3 as on disk, and what dies in between is never seen.

    begin      a number, before the first file; state open
    commit     state committed, together with the statement's catalog changes
    abort      state aborted; the row goes when the files are gone
    sweep      open writes of processes that died become aborted

A foreign reader of the folder may see a file before its commit; only owlake's readers ask the register.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_TOKEN = re.compile(r"owl([0-9a-f]{10})w([0-9]+)(?![0-9])")


class WriteState(StrEnum):
    """Where a write stands."""

    OPEN = "open"
    COMMITTED = "committed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Write:
    """One statement's writing of files.

    Attributes:
        number: Counts the home's writes from 1; never given twice.
        token: What every file name of the write carries, followed by a character that is not a digit.
        locations: The folders under which files may be written: where to look for them if the write is aborted.
        lease_id: The process that writes.
    """

    number: int
    token: str
    state: WriteState
    database: str
    table: str
    locations: tuple[str, ...]
    lease_id: str
    start_time: datetime
    end_time: datetime | None = None


class WritePurpose(StrEnum):
    """What a write is for."""

    ROWS = "rows"
    """New rows."""
    COMPACTION = "compaction"
    """It writes nothing itself: while it is open, its table is being compacted."""


Fingerprint = tuple[int, int]
"""Size and time of modification (ns since 1970): what tells a file from another one put in its place."""


@dataclass(frozen=True, slots=True)
class ReplacedFile:
    """A file that a committed write took the place of: readers of older snapshots may still want it.

    ``fingerprint`` is the file's as it was; None where nobody noted it.
    """

    uri: str
    write_number: int
    replaced_time: datetime
    fingerprint: Fingerprint | None = None


def write_token(home_id: str, number: int) -> str:
    """The token of a write: unique to the home, lower-case letters and digits only."""
    return f"owl{home_id}w{number}"


def parse_write_token(file_name: str) -> tuple[str, int] | None:
    """Home id and write number of a file that an owlake wrote; None for everyone else's."""
    if "owl" not in file_name:
        return None
    found = _TOKEN.search(file_name)
    return (found[1], int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Register:
    """The register at one moment.

    Attributes:
        last_number: The highest number given so far; files of later writes did not exist for this reader.
        hidden: Numbers of the writes that are open or aborted. Other numbers are committed.
        replaced: Replaced files: URI and fingerprint. Who puts another file in such a place has added data.
    """

    home_id: str
    last_number: int
    hidden: Collection[int]
    replaced: Mapping[str, Fingerprint | None]

    def is_visible(self, uri: str, fingerprint: Fingerprint | None = None) -> bool:
        """Whether a reader of this moment reads the file of this URI, which has this fingerprint."""
        token = parse_write_token(uri.rpartition("/")[2])
        if token is not None and token[0] == self.home_id:
            number = token[1]
            if number > self.last_number or number in self.hidden:
                return False
        if uri not in self.replaced:
            return True
        known = self.replaced[uri]
        return known is not None and fingerprint is not None and known != fingerprint
