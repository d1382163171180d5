"""The log of a stream of records: its writer and its reader, over one head."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from owlake.connector.log.flusher import Flusher
from owlake.connector.log.head import Head
from owlake.connector.log.reader import LogReader
from owlake.connector.log.writer import LogWriter


@dataclass(frozen=True, slots=True)
class Log:
    """A log that is open."""

    directory: Path
    writer: LogWriter
    reader: LogReader

    @property
    def head(self) -> Head:
        """What its processes share."""
        return self.writer.head

    @classmethod
    def open(cls, directory: Path, flusher: Flusher | None) -> Log:
        """Open the log in a directory; it is made whole where it is not. Errors: FileNotFoundError."""
        writer = LogWriter(directory, flusher)
        return cls(directory, writer, LogReader(directory, writer.head))

    def close(self) -> None:
        """Let go of the files."""
        self.writer.close()
