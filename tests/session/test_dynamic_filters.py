"""Filters that the engine makes while it runs leave out no row that counts."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from owlake.home import Home
from owlake.session import Session


def test_an_aggregate_of_an_expression_sees_every_row_beside_one_of_a_column(home: Home, session: Session) -> None:
    folder = home.path / "buckets" / "lake" / "t"
    folder.mkdir(parents=True)
    for part in range(8):
        # The first rows of every file have the least s, the last one the greatest i.
        rows = {"s": ["a"] * 5000 + ["b"], "i": [part] * 5000 + [100 + part]}
        pq.write_table(pa.table(rows), folder / f"{part}.parquet", row_group_size=1000)
    session.execute("CREATE EXTERNAL TABLE t (s string, i bigint) STORED AS PARQUET LOCATION 's3://lake/t/'")
    for _ in range(5):
        found = session.execute("SELECT min(s), max(coalesce(i, i)), max(i + 1) FROM t").table()
        assert [column[0].as_py() for column in found.columns] == ["a", 107, 108]
