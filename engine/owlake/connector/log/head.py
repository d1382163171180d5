"""The head of a log: the few numbers that its processes share, in a mapped page.

Writers change it while they hold the log's lock. Readers take ``committed`` from it without any: below it nothing ever
changes, so whatever they see of the files is whole. Each number is one aligned word, which is stored at once.

The page reaches the disk whenever the system likes. After a loss of power it may be older than the log, which recovery
then reads on from ``synced``; that the machine was started anew is seen by the boot's id.
"""

from __future__ import annotations

import mmap
import os
import uuid
from functools import cache
from pathlib import Path

_MAGIC = 0x31474F4C4B574F  # "OWKLOG1"
_SIZE = 4096


class Head:
    """The mapped page. ``generation`` counts the changes of the stream: what was prepared before is refused."""

    GENERATION, WRITTEN, COMMITTED, SYNCED, ORDINAL, SEGMENT, ENTRIES, WRITING, BOOT, ARRIVAL, CUTS = range(1, 12)

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR)
        try:
            self._map = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
        self.words = memoryview(self._map).cast("Q")

    @staticmethod
    def create(path: Path, boot_id: int) -> None:
        """Write the head of an empty log, every byte of it: a mapped page that has no place on a full disk kills."""
        words = [0] * (_SIZE // 8)
        words[0] = _MAGIC
        words[Head.GENERATION] = 2
        # Starting sequence numbers have the index 0.
        words[Head.ORDINAL] = 1
        words[Head.BOOT] = boot_id
        path.write_bytes(b"".join(word.to_bytes(8, "little") for word in words))

    @staticmethod
    def is_there(path: Path) -> bool:
        """Whether there is a head, written to its end."""
        try:
            with path.open("rb") as file:
                return file.read(8) == _MAGIC.to_bytes(8, "little") and os.fstat(file.fileno()).st_size == _SIZE
        except FileNotFoundError:
            return False

    @property
    def generation(self) -> int:
        """How often the stream was changed."""
        return self.words[Head.GENERATION]

    @property
    def committed(self) -> int:
        """The position up to which there are records for readers."""
        return self.words[Head.COMMITTED]

    @property
    def ordinal(self) -> int:
        """The ordinal of the next record."""
        return self.words[Head.ORDINAL]

    def close(self) -> None:
        """Let go of the page."""
        self.words.release()
        self._map.close()


@cache
def boot() -> int:
    """A number that is another one after the machine was started anew; 0 where the system has none."""
    try:
        text = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return uuid.UUID(text.strip()).int & (1 << 63) - 1
    except (OSError, ValueError):
        return 0
