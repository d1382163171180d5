"""Queries in Trino's dialect over a folder of Parquet tables: owlake's answers beside DuckDB's.

    python -m tests.campaigns.tpcds QUERIES TABLES [--only q01,q02] [--reference FOLDER] [--patience SECONDS]

QUERIES is a folder of ``.sql`` files, TABLES a folder of ``.parquet`` files, one a table. DuckDB is given the same
text translated by sqlglot; ``--reference`` names a folder of the same questions written for DuckDB, asked where it
does not understand the translation or answers otherwise. The exit status is 0 where all answers are equal.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import owlake
from owlake.home import Home
from tests.answers import Row, difference, in_one_order
from tests.parquet_lake import create_tables, duckdb_views, table_files

if TYPE_CHECKING:
    import duckdb

_LIMIT = re.compile(r"\bLIMIT\s+\d+\s*;?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """How one query came out: ``equal``, ``different`` or ``error``, what was found, the seconds it took."""

    word: str
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Campaign:
    """Both engines over the same files."""

    connection: owlake.Connection
    reference: duckdb.DuckDBPyConnection
    patience: float

    def verdict(self, text: str, reference_text: str | None) -> Verdict:
        """Ask both."""
        started = time.monotonic()
        try:
            with self._watched():
                cursor = self.connection.execute(text)
                rows = cursor.fetchall()
        except owlake.Error as problem:
            return Verdict("error", " ".join(str(problem).split()), time.monotonic() - started)
        seconds = time.monotonic() - started
        found = ""
        for candidate in filter(None, (translated(text), reference_text)):
            try:
                expected = self.reference.execute(candidate).fetchall()
                found = difference(rows, expected)
                if found and difference(in_one_order(rows), in_one_order(expected)):
                    found = self._without_ties(text, candidate, len(cursor.description or ()))
                else:
                    found = None
            except Exception as problem:  # noqa: BLE001  (whatever the other engine says about a text not its own)
                found = f"DuckDB: {str(problem).splitlines()[0]}"
            if found is None:
                return Verdict("equal", seconds=seconds)
        return Verdict("different", found or "", seconds)

    def _without_ties(self, text: str, candidate: str, columns: int) -> str | None:
        """The difference once rows equal in the ORDER BY stand in one order: a LIMIT may keep any of them."""
        rows, expected = [], []
        for one, ask, into in ((text, self._ours, rows), (candidate, self._theirs, expected)):
            into.extend(ask(_LIMIT.sub(lambda limit: _ordinals(columns) + limit[0], one)))
        return difference(in_one_order(rows), in_one_order(expected))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Cancel the statement once it has taken too long."""
        watch = threading.Timer(self.patience, self.connection.cancel)
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _ours(self, text: str) -> list[Row]:
        return list(self.connection.execute(text).fetchall())

    def _theirs(self, text: str) -> list[Row]:
        return list(self.reference.execute(text).fetchall())


def _ordinals(columns: int) -> str:
    return "".join(f", {number} NULLS LAST" for number in range(1, columns + 1)) + " "


def translated(text: str) -> str:
    """A query of Trino's for DuckDB."""
    import sqlglot  # noqa: PLC0415

    return sqlglot.transpile(text, read="trino", write="duckdb")[0]


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.campaigns.tpcds", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("queries", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--only", default="", help="names of queries, separated by commas")
    parser.add_argument("--reference", type=Path, help="a folder of the same questions in DuckDB's dialect")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds after which a query is cancelled")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Run the campaign; prints a line a query and what it came to."""
    arguments = _arguments(words)
    only = {name for name in arguments.only.split(",") if name}
    files = table_files(arguments.tables)
    verdicts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        with Home.open(folder) as home:
            create_tables(home, files)
        with owlake.connect(folder) as connection:
            campaign = Campaign(connection, duckdb_views(files), arguments.patience)
            for path in sorted(arguments.queries.glob("*.sql")):
                if only and path.stem not in only:
                    continue
                verdict = campaign.verdict(path.read_text(), _reference(arguments.reference, path))
                verdicts[verdict.word] += 1
                print(f"{path.stem:6} {verdict.word:9} {verdict.seconds:6.2f} s  {verdict.detail}"[:200], flush=True)
    print(", ".join(f"{count} {word}" for word, count in verdicts.most_common()))
    return 0 if set(verdicts) == {"equal"} else 1


def _reference(folder: Path | None, path: Path) -> str | None:
    file = folder / path.name if folder else None
    return file.read_text() if file and file.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
