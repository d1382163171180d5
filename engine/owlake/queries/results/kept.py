"""Results of executions that later ones may give again: their rows lie in the home, with what they depend on."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from owlake.catalog.sqlite import Store
from owlake.catalog.times import from_microseconds, to_microseconds
from owlake.planning.plan import ResultColumn
from owlake.properties import MOST_MINUTES
from owlake.queries.results.spool import StoredRows

_COLUMNS = "query_id, question, sources, completed, rows, size, output_location"


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A result that was kept.

    Attributes:
        question: Who asked what, where: digest.
        sources: What the answer was made of, the tables as they were and the files: digest.
        size: The bytes of its rows' file: one that has lost its end would seem to have fewer rows.
        output_location: Where its file is, if one was written.
    """

    query_id: str
    question: str
    sources: str
    completed: datetime
    rows: int
    size: int
    output_location: str


class KeptResults:
    """The kept results of a home, for all of its processes.

    A file is written under the name of its process and gets its own when its row is there: a file without a row is
    nobody's.
    """

    def __init__(
        self, store: Store, folder: Path, lease: str, is_alive: Callable[[str], bool], now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._folder = folder
        self._lease = lease
        self._is_alive = is_alive
        self._now = now

    def place(self, query_id: str) -> Path:
        """Where the rows of an execution are written before they are kept."""
        return self._folder / f"{query_id}.{self._lease}"

    def find(self, question: str, sources: str | None, max_age: timedelta) -> KeptResult | None:
        """The latest answer to the question that is not older; made of these sources, unless they do not matter."""
        since = to_microseconds(self._now() - max_age)
        with self._store.read() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM kept_results WHERE question = ? AND completed >= ? AND (? IS NULL OR"
                " sources = ?) ORDER BY completed DESC LIMIT 1",
                (question, since, sources, sources),
            ).fetchone()
        if row is None:
            return None
        query_id, asked, made_of, completed, *rest = row
        return KeptResult(query_id, asked, made_of, from_microseconds(completed), *rest)

    def rows(self, kept: KeptResult, columns: tuple[ResultColumn, ...]) -> StoredRows | None:
        """The rows of a result, in these columns; None where the file has gone, or is not what was written."""
        try:
            file = self._file(kept.query_id).open("rb")
        except OSError:
            return None
        try:
            if os.fstat(file.fileno()).st_size == kept.size:
                return StoredRows(file, columns)
        except (OSError, pa.ArrowException):
            pass
        file.close()
        return None

    def keep(self, kept: KeptResult) -> None:
        """Keep the rows that were written for an execution, in place of earlier answers to its question."""
        oldest = to_microseconds(self._now() - timedelta(minutes=MOST_MINUTES))
        with self._store.write() as connection:
            gone = connection.execute(
                "DELETE FROM kept_results WHERE question = ? OR completed < ? RETURNING query_id",
                (kept.question, oldest),
            ).fetchall()
            connection.execute(
                f"INSERT INTO kept_results ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    kept.query_id,
                    kept.question,
                    kept.sources,
                    to_microseconds(kept.completed),
                    kept.rows,
                    kept.size,
                    kept.output_location,
                ),
            )
        os.replace(self.place(kept.query_id), self._file(kept.query_id))  # noqa: PTH105  (one call, whole or not)
        for (query_id,) in gone:
            self._file(query_id).unlink(missing_ok=True)
        self._sweep()

    def _file(self, query_id: str) -> Path:
        return self._folder / f"{query_id}.arrow"

    def _sweep(self) -> None:
        """Delete what processes left that died, and files that have lost their row."""
        with self._store.read() as connection:
            known = {query_id for (query_id,) in connection.execute("SELECT query_id FROM kept_results")}
        for file in self._folder.iterdir():
            query_id, _, owner = file.name.partition(".")
            is_kept = owner == "arrow" and query_id in known
            if not is_kept and owner != self._lease and not (owner != "arrow" and self._is_alive(owner)):
                file.unlink(missing_ok=True)
