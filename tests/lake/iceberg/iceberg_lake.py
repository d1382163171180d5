"""Iceberg tables that pyiceberg writes in a catalog of its own, read through SQL."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table

from owlake.home import Home
from owlake.session import Session

_numbers = itertools.count(1)


class IcebergLake:
    """A session and pyiceberg over the same folder; the table is ``t``."""

    def __init__(self, home: Home, session: Session, catalog: Catalog) -> None:
        self.home = home
        self.session = session
        self.catalog = catalog

    def create(self, schema: pa.Schema, **properties: str) -> Table:
        """A new table, in a folder of its own."""
        return self.catalog.create_table(f"n.t{next(_numbers)}", schema, properties=properties)

    def written(self, data: pa.Table, **properties: str) -> Table:
        """A new table with these rows in one file."""
        table = self.create(data.schema, **properties)
        table.append(data)
        return table

    def register(self, table: Table, name: str = "t") -> None:
        """Let the session see the table as it is now."""
        file = table.metadata_location.rpartition("/")[2]
        self.session.execute(
            f"CALL system.lake.register_table('default', '{name}', '{table.location()}', '{file}', true)"
        )

    def rows(self, sql: str = "SELECT * FROM t") -> list[tuple]:
        found = self.session.execute(sql).table()
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def files_read(self, sql: str) -> int:
        """How many files a query reads."""
        return files_read(self.session, sql)

    def scanned(self, sql: str) -> int:
        """The bytes that a query read."""
        result = self.session.execute(sql)
        result.table()
        return result.execution.bytes_scanned


def files_read(session: Session, sql: str) -> int:
    """How many files a query reads."""
    shown = session.execute(f"EXPLAIN ANALYZE {sql}").table().column(0)[0].as_py()
    return int(re.search(r"bytes of (\d+) files?", shown)[1])


def tuples(table: pa.Table, columns: Sequence[str] | None = None) -> list[tuple]:
    """The rows of an Arrow table."""
    shown = table if columns is None else table.select(columns)
    return list(zip(*(column.to_pylist() for column in shown.columns), strict=True))
