"""Statements that take as long as one wants, one for each kind of operator that a cancel must stop."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import owlake
from owlake.dbapi import Connection

ROWS = 1_000_000

STATEMENTS = {
    "scan": "SELECT count(*) FROM {rows} AS a WHERE sqrt(a.x) + sqrt(a.y) + sqrt(a.x * a.y) > 1e300",
    "hash join": "SELECT count(*) FROM {rows} AS a "
    "JOIN big b ON a.id = b.id JOIN big c ON b.id = c.id WHERE a.x + c.y > 0",
    "aggregate": "SELECT count(*) FROM "
    "(SELECT a.x, a.y, a.copy, count(*) FROM {rows} AS a GROUP BY a.x, a.y, a.copy) AS t",
    "sort": "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY a.y, a.x, a.k) AS n FROM {rows} AS a) AS t",
}
"""Each reads ``{rows}``: so many copies of the table."""


def statement(kind: str, copies: int) -> str:
    """The statement over so many copies of a million rows."""
    rows = " UNION ALL ".join(f"SELECT id, k, x, y, {copy} AS copy FROM big" for copy in range(copies))
    return STATEMENTS[kind].format(rows=f"({rows})")


def connect(home: Path) -> Connection:
    """A home with the table ``big``."""
    folder = home / "buckets" / "data" / "big"
    folder.mkdir(parents=True)
    numbers = pa.array(range(ROWS), pa.int64())
    table = pa.table(
        {
            "id": numbers,
            "k": pc.bit_wise_and(numbers, 1023),
            "x": pc.multiply(numbers, 0.7),
            "y": pc.multiply(pc.bit_wise_xor(numbers, 0x5A5A5A), 1.3),
        }
    )
    pq.write_table(table, folder / "part.parquet", row_group_size=200_000)
    connection = owlake.connect(home)
    connection.execute(
        "CREATE EXTERNAL TABLE big (id bigint, k bigint, x double, y double) STORED AS PARQUET LOCATION 's3://data/big/'"
    )
    return connection
