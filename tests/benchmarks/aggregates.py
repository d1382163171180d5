"""Aggregates that DataFusion lacks, in a hundred thousand groups of five million rows, beside its own array_agg."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from datafusion import SessionContext

import owlake
from owlake.home import Home
from tests.benchmarks.measuring import Line, Setting, best_of, milliseconds
from tests.parquet_lake import create_tables

ROWS = 5_000_000
GROUPS = 100_000
_RATIO = 3.0

CALLS = {
    "map_agg": ("map_agg(k, x)", "k", "x"),
    "multimap_agg": ("multimap_agg(k, x)", "k", "x"),
    "histogram": ("histogram(k)", "k"),
    "max(x, n)": ("max(x, 3)", "x"),
    "min(x, n)": ("min(x, 3)", "x"),
    "max_by(x, y, n)": ("max_by(k, x, 3)", "k", "x"),
    "min_by(x, y, n)": ("min_by(k, x, 3)", "k", "x"),
    "max_by(x, y)": ("max_by(k, x)", "k", "x"),
    "approx_most_frequent": ("approx_most_frequent(3, k, 100)", "k"),
    "listagg": ("listagg(s, ',') WITHIN GROUP (ORDER BY x)", "s", "x"),
    "array_agg in order": ("array_agg(x ORDER BY k)", "x", "k"),
    "set_agg": ("array_agg(DISTINCT k)", "k"),
    "numeric_histogram": ("numeric_histogram(10, x)", "x"),
    "kurtosis": ("kurtosis(x)", "x"),
    "skewness": ("skewness(x)", "x"),
    "checksum": ("checksum(k)", "k"),
    "approx_percentile": ("approx_percentile(x, 0.5E0)", "x"),
    "approx_distinct": ("approx_distinct(k)", "k"),
    "approx_set": ("approx_set(k)", "k"),
    "tdigest_agg": ("tdigest_agg(x)", "x"),
    "qdigest_agg": ("qdigest_agg(k)", "k"),
    "reduce_agg": ("reduce_agg(k, BIGINT '0', (s, v) -> s + v, (s, r) -> s + r)", "k"),
    "geometric_mean": ("geometric_mean(x)", "x"),
}
"""The call, and the columns that array_agg collects for its yardstick."""


def run(setting: Setting) -> Iterator[Line]:
    """A line an aggregate."""
    file = setting.cache / f"aggregates-{ROWS}.parquet"
    if not file.exists():
        pq.write_table(_rows(), file)
    with Home.open(setting.scratch / "home") as home:
        create_tables(home, {"numbers": file})
    plain = SessionContext()
    plain.register_parquet("numbers", str(file))
    with owlake.connect(setting.scratch / "home") as connection:
        for name, (call, *columns) in CALLS.items():
            if not setting.wants(name):
                continue
            text = f"SELECT count(r) FROM (SELECT {call} AS r FROM numbers GROUP BY g) AS t"
            collected = ", ".join(f"array_agg({column}) AS r{number}" for number, column in enumerate(columns))
            counted = ", ".join(f"count(r{number})" for number in range(len(columns)))
            native = f"SELECT {counted} FROM (SELECT {collected} FROM numbers GROUP BY g) AS t"
            try:
                ours, bare = best_of(
                    setting,
                    lambda text=text: connection.execute(text).fetchall(),
                    lambda native=native: plain.sql(native).collect(),
                )
            except owlake.Error as problem:
                yield Line(name, float("inf"), "x", _RATIO, str(problem)[:100])
                continue
            yield Line(name, ours / bare, "x", _RATIO, f"{milliseconds(ours)}, array_agg {milliseconds(bare)}")


def _rows() -> pa.Table:
    random = np.random.default_rng(11)
    keys = random.integers(0, 1000, ROWS)
    return pa.table(
        {
            "g": random.integers(0, GROUPS, ROWS),
            "k": keys,
            "x": random.random(ROWS) + 0.001,
            "s": pa.array(keys).cast(pa.string()),
        }
    )
