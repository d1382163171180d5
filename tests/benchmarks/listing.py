"""Ten thousand files in one query, beside DataFusion's own listing of the same folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datafusion import SessionConfig, SessionContext

from owlake.home import Home
from owlake.lake.formats import parquet
from owlake.session import Session
from tests.benchmarks.measuring import Line, Setting, best_of, milliseconds

_RATIO = 1.3
_FOLDERS = 100
_FILES = 100
_ROWS = 100


def run(setting: Setting) -> Iterator[Line]:
    """A line for each layout: the first query of a process, and the next."""
    layouts = {
        "without partitions": ("", lambda number: f"f{number:03}"),
        "partitions key=value": ("MSCK REPAIR TABLE {table}", lambda number: f"p={number:03}"),
        "partitions anywhere": (
            "ALTER TABLE {table} ADD "
            + " ".join(
                f"PARTITION (p = '{number:03}') LOCATION 's3://lake/{{table}}/of/{number:03}/'"
                for number in range(_FOLDERS)
            ),
            lambda number: f"of/{number:03}",
        ),
    }
    with Home.open(setting.scratch / "home") as home, Session(home) as session:
        for number, (layout, (statement, folder_of)) in enumerate(layouts.items()):
            table = f"t{number}"
            folder = home.path / "buckets" / "lake" / table
            _write(folder, [folder_of(one) for one in range(_FOLDERS)])
            partitioned = "PARTITIONED BY (p string) " if statement else ""
            session.execute(
                f"CREATE EXTERNAL TABLE {table} (n bigint, x double) {partitioned}STORED AS PARQUET "
                f"LOCATION 's3://lake/{table}/'"
            )
            if statement:
                session.execute(statement.format(table=table))

            def ours(table: str = table) -> None:
                result = session.execute(f"SELECT count(*), sum(x) FROM {table} WHERE n >= 0")
                (row,) = [row for batch in result for row in batch.to_pylist()]
                assert row["_col0"] == _FOLDERS * _FILES * _ROWS

            def first() -> None:
                parquet.forget_footers()
                ours()

            def bare(folder: Path = folder) -> None:
                context = SessionContext(
                    SessionConfig().set("datafusion.execution.listing_table_ignore_subdirectory", "false")
                )
                context.register_table("t", context.read_parquet(f"{folder}/"))
                context.sql("SELECT count(*), sum(x) FROM t WHERE n >= 0").collect()

            cold, warm, plain = best_of(setting, first, ours, bare)
            detail = f"{milliseconds(cold)} against {milliseconds(plain)}"
            yield Line(f"first, {layout}", cold / plain, "x", _RATIO, detail)
            detail = f"{milliseconds(warm)} against {milliseconds(plain)}"
            yield Line(f"again, {layout}", warm / plain, "x", _RATIO, detail)


def _write(folder: Path, names: list[str]) -> None:
    """The same file over and over: what is measured is how many there are."""
    table = pa.table({"n": pa.array(range(_ROWS), pa.int64()), "x": pa.array([0.5] * _ROWS)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content = sink.getvalue().to_pybytes()
    for name in names:
        (folder / name).mkdir(parents=True)
        for number in range(_FILES):
            (folder / name / f"part-{number:05}.parquet").write_bytes(content)
