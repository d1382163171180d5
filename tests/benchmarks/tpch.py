"""TPC-H at scale 1: owlake beside plain DataFusion and DuckDB over the same files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from datafusion import SessionContext

import owlake
from owlake.home import Home
from tests.answers import difference
from tests.benchmarks.measuring import Line, Setting, best_of, milliseconds
from tests.parquet_lake import create_tables, duckdb_views, tpch_files

SCALE = 1
QUERIES = Path(__file__).parent / "tpch"
_TOTAL = 1.05
_OVER = 15.0


def queries() -> dict[str, str]:
    """The 22 texts by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(QUERIES.glob("q*.sql"))}


def run(setting: Setting) -> Iterator[Line]:
    """A line a query, then the totals."""
    files = tpch_files(setting.cache, SCALE)
    with Home.open(setting.scratch / "home") as home:
        create_tables(home, files)
    plain = SessionContext()
    for name, path in files.items():
        plain.register_parquet(name, str(path))
    duckdb = duckdb_views(files)
    taken: list[list[float]] = []
    with owlake.connect(setting.scratch / "home") as connection:
        for name, text in queries().items():
            wrong = difference(connection.execute(text).fetchall(), duckdb.execute(text).fetchall())
            if wrong:
                yield Line(name, math.inf, "x", 1.0, f"the answer differs from DuckDB's: {wrong}")
            seconds = best_of(
                setting,
                lambda text=text: connection.execute(text).fetch_arrow_table(),
                lambda text=text: plain.sql(text).collect(),
                lambda text=text: duckdb.execute(text).fetchall(),
            )
            taken.append(seconds)
            ours, bare, _ = seconds
            yield Line(name, (ours - bare) * 1000, "ms", _OVER, f"{milliseconds(ours)} against {milliseconds(bare)}")
    ours, bare, other = (sum(column) for column in zip(*taken, strict=True))
    yield Line("total to plain DataFusion", ours / bare, "x", _TOTAL, f"{ours:.2f} s against {bare:.2f} s")
    yield Line("total to DuckDB", ours / other, "x", detail=f"{ours:.2f} s against {other:.2f} s")
    ratios = [math.log(row[0] / row[2]) for row in taken]
    yield Line("geometric mean to DuckDB", math.exp(sum(ratios) / len(ratios)), "x")
