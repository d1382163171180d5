"""Twenty thousand small files merged, beside a CTAS of the same rows with the same partitions and codec."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from owlake.home import Home
from owlake.session import Session
from tests.benchmarks.measuring import Line, Setting
from tests.benchmarks.writing import memory

_PARTITIONS = 100
_FILES = 200
_ROWS = 250
_RATIO = 1.0
_MEGABYTES = 1000
_ROUNDS = 2

_CREATE = """
CREATE EXTERNAL TABLE {table} (id bigint, amount double, name string) PARTITIONED BY (day string) STORED AS PARQUET
LOCATION 's3://lake/{table}/' TBLPROPERTIES ('parquet.compression' = 'ZSTD')
"""
_COPY = """
CREATE TABLE {table}_copy WITH (
    external_location = 's3://lake/{table}_copy/', write_compression = 'ZSTD', partitioned_by = ARRAY['day']
) AS SELECT * FROM {table}
"""


def run(setting: Setting) -> Iterator[Line]:
    """Time to the CTAS, and memory."""
    files = _small_files(setting.cache / f"small-{_PARTITIONS}-{_FILES}-{_ROWS}")
    merged, copied = [], []
    with Home.open(setting.scratch / "home") as home, Session(home) as session:
        for number in range(min(setting.rounds, _ROUNDS)):
            # Files that nobody has looked at: what is known of others helps neither side.
            for kind, taken in (("c", copied), ("m", merged)):
                table = f"{kind}{number}"
                _lay_out(home, session, files, table)
                started = setting.clock()
                session.execute(
                    _COPY.format(table=table) if kind == "c" else f"CALL system.lake.compact('default.{table}')"
                )
                taken.append(setting.clock() - started)
            _check(home, session, f"m{number}")
        _lay_out(home, session, files, "measured")
    ratio, detail = min(merged) / min(copied), f"{min(merged):.1f} to {min(copied):.1f} s"
    yield Line("compaction to CTAS", ratio, "x", _RATIO, detail)
    peak = memory(["tests.benchmarks.compaction"], setting.scratch / "home") / 2**20
    yield Line("anonymous memory of compaction", peak, "MB", _MEGABYTES)


def _small_files(folder: Path) -> Path:
    """The files, made once."""
    if (folder / "done").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    random = np.random.default_rng(7)
    for partition in range(_PARTITIONS):
        place = folder / "data" / f"day={partition:03}"
        place.mkdir(parents=True)
        for number in range(_FILES):
            ids = random.integers(0, 1 << 40, _ROWS)
            amounts = random.random(_ROWS)
            table = pa.table(
                {"id": ids, "amount": amounts, "name": pa.array([f"customer {one % 10007}" for one in ids])}
            )
            pq.write_table(table, place / f"{number:04}.parquet", compression="zstd")
    (folder / "done").touch()
    return folder


def _lay_out(home: Home, session: Session, files: Path, table: str) -> None:
    """A table over files of its own, which take no room."""
    target = home.path / "buckets" / "lake" / table
    for place in sorted((files / "data").iterdir()):
        (target / place.name).mkdir(parents=True)
        for file in place.iterdir():
            try:
                os.link(file, target / place.name / file.name)
            except OSError:
                shutil.copyfile(file, target / place.name / file.name)
    session.execute(_CREATE.format(table=table))
    session.execute(f"MSCK REPAIR TABLE {table}")


def _check(home: Home, session: Session, table: str) -> None:
    result = session.execute(f'SELECT count(*) AS rows, count(DISTINCT "$path") AS files FROM {table}').table()
    assert result.to_pylist() == [{"rows": _PARTITIONS * _FILES * _ROWS, "files": _PARTITIONS}], home.path


if __name__ == "__main__":
    with Home.open(sys.argv[1]) as opened, Session(opened) as merging:
        merging.execute("CALL system.lake.compact('default.measured')")
