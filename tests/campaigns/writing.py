"""Writing at the size of real data: lineitem of 60 million rows, and 10,000 partitions by one INSERT.

    python -m tests.campaigns.writing [lineitem] [partitions] [--scale 10] [--cache FOLDER]

Each is written by a process of its own, whose anonymous memory is watched; then the rows are counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from owlake.home import Home
from owlake.session import Session
from tests.benchmarks import writing
from tests.parquet_lake import tpch_files

_PARTITIONS = 10_000
_LINEITEM_MEGABYTES = 1200
_PARTITIONS_MEGABYTES = 1000

_TABLE = (
    "CREATE EXTERNAL TABLE written (id bigint, t string) PARTITIONED BY (k bigint) STORED AS PARQUET "
    "LOCATION 's3://out/written/'"
)
_INSERT = (
    f"INSERT INTO written SELECT y * {_PARTITIONS} + z, concat('row ', CAST(y * {_PARTITIONS} + z AS varchar)), z "
    f"FROM UNNEST(sequence(1, 100)) AS a(y), UNNEST(sequence(0, {_PARTITIONS - 1})) AS b(z)"
)


def lineitem(folder: Path, cache: Path, scale: float) -> bool:
    """The CTAS of the benchmark, at this scale."""
    file = tpch_files(cache, scale)["lineitem"]
    writing.prepare(folder, file)
    with Home.open(folder) as home, Session(home) as session:
        wanted = session.execute("SELECT count(*), sum(l_orderkey), sum(l_partkey) FROM lineitem").table().to_pylist()
    query = "SELECT count(*), sum(l_orderkey), sum(l_partkey) FROM written"
    return _measured("lineitem", folder, ["tests.benchmarks.writing"], _LINEITEM_MEGABYTES, query, wanted)


def partitions(folder: Path, _cache: Path, _scale: float) -> bool:
    """One INSERT of a million rows."""
    with Home.open(folder) as home, Session(home) as session:
        home.storage.create_bucket("out")
        session.execute(_TABLE)
    rows = 100 * _PARTITIONS
    wanted = [{"_col0": rows, "_col1": _PARTITIONS}]
    query = "SELECT count(*), count(DISTINCT k) FROM written"
    module = ["tests.campaigns.writing", "--insert"]
    return _measured("partitions", folder, module, _PARTITIONS_MEGABYTES, query, wanted)


def _measured(name: str, folder: Path, module: list[str], limit: int, query: str, wanted: object) -> bool:
    started = time.monotonic()
    peak = writing.memory(module, folder) >> 20
    seconds = time.monotonic() - started
    with Home.open(folder) as home, Session(home) as session:
        found = session.execute(query).table().to_pylist()
    is_right = found == wanted and peak <= limit
    print(f"{name}: {seconds:.0f} s, {peak} MB of at most {limit}, {found}{'' if is_right else ' WRONG'}", flush=True)
    return is_right


_ALL: dict[str, Callable[[Path, Path, float], bool]] = {"lineitem": lineitem, "partitions": partitions}


def main() -> int:
    """Those that are named, or all of them."""
    options = argparse.ArgumentParser()
    options.add_argument("names", nargs="*", choices=[*_ALL, []])
    options.add_argument("--scale", type=float, default=10)
    options.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "owlake-benchmarks")
    options.add_argument("--insert", type=Path)
    given = options.parse_args()
    if given.insert:
        with Home.open(given.insert) as home, Session(home) as session:
            session.execute(_INSERT)
        return 0
    given.cache.mkdir(parents=True, exist_ok=True)
    right = []
    for name in given.names or _ALL:
        with tempfile.TemporaryDirectory() as folder:
            right.append(_ALL[name](Path(folder) / "home", given.cache, given.scale))
    return int(not all(right))


if __name__ == "__main__":
    sys.exit(main())
