"""TPC-H's lineitem, partitioned by ship year and bucketed 16 ways, beside DataFusion's COPY with the same codec."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from datafusion import SessionContext

from owlake.home import Home
from owlake.session import Session
from tests.benchmarks.measuring import Line, Setting, anonymous_memory, best_of
from tests.parquet_lake import create_tables, tpch_files

SCALE = 1
_TO_YEAR_AND_BUCKET = 0.8
_TO_YEAR = 2.0
_MEGABYTES = 700
_PRUNED = 1 / 16
_SLACK = 1.25
"""Buckets are not equally large, and each file has a footer."""

_CREATE = """
CREATE TABLE written WITH (
    external_location = 's3://out/written/', write_compression = 'ZSTD',
    partitioned_by = ARRAY['ship_year'], bucketed_by = ARRAY['l_partkey'], bucket_count = 16
) AS SELECT *, year(l_shipdate) AS ship_year FROM lineitem
"""
_COPY = """
COPY (SELECT *, extract(year FROM l_shipdate) AS ship_year, l_partkey % 16 AS bucket FROM lineitem)
TO '{folder}/' STORED AS PARQUET PARTITIONED BY ({keys}) OPTIONS ('format.compression' 'zstd(3)')
"""


def run(setting: Setting) -> Iterator[Line]:
    """Time to both kinds of COPY, memory, and what a look into one bucket reads."""
    files = tpch_files(setting.cache, SCALE)
    path = setting.scratch / "home"
    prepare(path, files["lineitem"])
    with Home.open(path) as home, Session(home) as session:
        ours, both, year = best_of(
            setting,
            lambda: write(home, session),
            _copy(files["lineitem"], setting.scratch / "both", "ship_year, bucket"),
            _copy(files["lineitem"], setting.scratch / "year", "ship_year"),
        )
        yield Line(
            "CTAS to COPY by year and bucket", ours / both, "x", _TO_YEAR_AND_BUCKET, f"{ours:.1f} to {both:.1f} s"
        )
        yield Line("CTAS to COPY by year", ours / year, "x", _TO_YEAR, f"{ours:.1f} to {year:.1f} s")
        yield pruning(session)
        clear(home, session)
    peak = memory(["tests.benchmarks.writing"], path) / 2**20
    yield Line("anonymous memory of the CTAS", peak, "MB", _MEGABYTES)


def prepare(path: Path, lineitem: Path) -> None:
    """A home with lineitem in it, and a bucket to write to."""
    with Home.open(path) as home:
        create_tables(home, {"lineitem": lineitem})
        home.storage.create_bucket("out")


def write(home: Home, session: Session) -> int:
    """The CTAS, once what it made before is gone; tells its rows."""
    clear(home, session)
    return session.execute(_CREATE).execution.rows


def clear(home: Home, session: Session) -> None:
    """Drop the table and its files."""
    session.execute("DROP TABLE IF EXISTS written")
    shutil.rmtree(home.path / "buckets" / "out" / "written", ignore_errors=True)


def pruning(session: Session) -> Line:
    """The part of the table's bytes that a condition on the bucketing column leaves."""
    sizes = []
    for condition in ("", " WHERE l_partkey = 4711"):
        result = session.execute(f"SELECT sum(length(l_comment)), sum(l_partkey) FROM written{condition}")
        result.table()
        sizes.append(result.execution.bytes_scanned)
    return Line("bytes of one bucket", sizes[1] / sizes[0], "x", _PRUNED * _SLACK, "of all")


def memory(module: Sequence[str], path: Path) -> int:
    """The most anonymous memory of a process of its own that writes into the home."""
    child = subprocess.Popen([sys.executable, "-m", *module, str(path)])
    peak = 0
    done = threading.Event()
    while not done.wait(0.01):
        try:
            peak = max(peak, anonymous_memory(child.pid))
        except (ValueError, FileNotFoundError, ProcessLookupError):
            done.set()
        if child.poll() is not None:
            done.set()
    if child.wait():
        raise RuntimeError("The process that writes has failed")
    return peak


def _copy(lineitem: Path, folder: Path, keys: str) -> Callable[[], object]:
    context = SessionContext()
    context.register_parquet("lineitem", str(lineitem))

    def copy() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        context.sql(_COPY.format(folder=folder, keys=keys)).collect()

    return copy


if __name__ == "__main__":
    with Home.open(sys.argv[1]) as opened, Session(opened) as writing:
        write(opened, writing)
