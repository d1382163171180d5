"""Tables over files that a test writes, read through SQL."""

from __future__ import annotations

import itertools
from pathlib import Path

from owlake.home import Home
from owlake.session import Session

_numbers = itertools.count(1)


class Lake:
    """A session over a folder of its own; the table is ``t``."""

    def __init__(self, home: Home, session: Session) -> None:
        self.session = session
        name = f"t{next(_numbers)}"
        self.location = f"s3://lake/{name}/"
        self._folder = home.path / "buckets" / "lake" / name
        self._folder.mkdir(parents=True)

    def path(self, name: str) -> Path:
        """Where a file of the table lies."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def put(self, name: str, content: bytes) -> None:
        self.path(name).write_bytes(content)

    def table(self, columns: str, stored: str, **properties: str) -> None:
        """The table, made anew."""
        given = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
        self.session.execute("DROP TABLE IF EXISTS t")
        self.session.execute(
            f"CREATE EXTERNAL TABLE t ({columns}) {stored} LOCATION '{self.location}'"
            + (f" TBLPROPERTIES ({given})" if given else "")
        )

    def rows(self, sql: str = "SELECT * FROM t") -> list[tuple]:
        found = self.session.execute(sql).table()
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))
