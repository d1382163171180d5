"""The shell: how soon it can be typed into, how soon suggestions come, how fast results become a file."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import datafusion
import numpy as np
import pexpect
import pyarrow as pa
import pyarrow.parquet as pq

import owlake
from owlake.catalog.model import Column, StorageDescriptor, Table
from owlake_shell.catalog_names import CatalogNames
from owlake_shell.completion.complete import complete
from owlake_shell.completion.suggestion import Place
from owlake_shell.highlighting import parts
from owlake_shell.shell import Shell
from tests.benchmarks.measuring import Line, Setting, best_of

_PROMPT, _KEYSTROKE, _FILE, _MEMORY = 0.5, 30.0, 1.3, 400.0
_DATABASES, _TABLES = 100, 1_000
_ROWS = 10_000_000
_TYPED = """
WITH recent AS (SELECT id, amount FROM d042.orders_0042 WHERE day > DATE '2024-01-01')
SELECT r.amount, count(*) FROM recent r JOIN d007.orders_0999 o ON o.id = r.id WHERE o.amount > 3 GROUP BY r.amount;
"""
_SELECT = "SELECT * FROM wide"
_MEASURED = """
import sys, threading
from owlake_shell.main import main
from tests.benchmarks.measuring import anonymous_memory
most, over = [0], threading.Event()
def watch():
    while not over.wait(0.02):
        most[0] = max(most[0], anonymous_memory())
threading.Thread(target=watch, daemon=True).start()
status = main(sys.argv[1:])
over.set()
print(most[0], file=sys.stderr)
"""


def run(setting: Setting) -> Iterator[Line]:
    """The lines."""
    yield _first_prompt(setting)
    yield from _completion(setting)
    yield from _file(setting)


def _first_prompt(setting: Setting) -> Line:
    home = str(setting.scratch / "home")
    owlake.connect(home).close()
    seconds = min(_prompt_seconds(setting, home) for _ in range(setting.rounds))
    return Line("first prompt", seconds, "s", _PROMPT, "from the command to the prompt")


def _prompt_seconds(setting: Setting, home: str) -> float:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "dumb", "OWLAKERC": os.devnull}
    started = time.perf_counter()
    child = pexpect.spawn(
        sys.executable, ["-m", "owlake_shell.main", "--home", home], env=environment, encoding="utf-8", timeout=60
    )
    child.expect("owlake> ")
    seconds = time.perf_counter() - started
    if setting.clock is time.process_time:
        # What it spent so far, its threads included.
        fields = Path(f"/proc/{child.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    child.close(force=True)
    return seconds


def _completion(setting: Setting) -> Iterator[Line]:
    """Every key of a statement, as the prompt does: colors and suggestions."""
    with owlake.connect(_many_tables(setting.cache / "tables")) as connection:
        names = CatalogNames(connection.session)
        started = setting.clock()
        names.read()
        read = setting.clock() - started
        taken = []
        for cursor in range(1, len(_TYPED) + 1):
            text = _TYPED[:cursor]
            started = setting.clock()
            parts(text, names.functions)
            complete(text, cursor, names, Place(schema="d042"))
            taken.append(setting.clock() - started)
    detail = f"worst {max(taken) * 1000:.1f} ms, {_DATABASES * _TABLES:,} tables in {_DATABASES} databases"
    yield Line("a key's completion", statistics.median(taken) * 1000, "ms", _KEYSTROKE, detail)
    yield Line("names read behind the prompt", read, "s")


def _many_tables(home: Path) -> Path:
    with owlake.connect(home) as connection:
        metastore = connection.home.metastore
        with metastore.read() as catalog:
            if catalog.find_database(f"d{_DATABASES - 1:03}") is not None:
                return home
        columns = tuple(
            Column(name, type_) for name, type_ in (("id", "bigint"), ("amount", "double"), ("day", "date"))
        )
        for database in range(_DATABASES):
            connection.execute(f"CREATE DATABASE d{database:03}")
            with metastore.write() as catalog:
                for table in range(_TABLES):
                    place = StorageDescriptor(columns, f"s3://lake/d{database:03}/{table}/")
                    catalog.create_table(Table(f"d{database:03}", f"orders_{table:04}", place))
    return home


def _file(setting: Setting) -> Iterator[Line]:
    home = _wide_table(setting.cache / "log")
    written = setting.scratch / "written.csv"
    with owlake.connect(home) as connection:
        shell = Shell(connection, "csv")
        source = str(home / "buckets" / "lake" / "wide")

        def shown() -> None:
            shell.run(f"\\o {written}\n{_SELECT};\n\\o")

        def streamed() -> None:
            for _ in connection.session.execute(_SELECT):
                pass

        def copied() -> None:
            context = datafusion.SessionContext()
            context.register_parquet("wide", source)
            context.sql(f"COPY (SELECT * FROM wide) TO '{setting.scratch / 'copied.csv'}' STORED AS CSV").collect()

        def kept() -> None:
            with owlake.connect(home, result_location="s3://lake/results/") as writing:
                execution = writing.session.execute(_SELECT).execution
                writing.home.storage.delete_files([execution.output_location])

        ours, engine, copy, result = best_of(setting, shown, streamed, copied, kept)
    size = written.stat().st_size / 1e6
    detail = f"{ours:.1f} s for {_ROWS // 1_000_000} M rows, {size:.0f} MB; DataFusion's own COPY {copy:.1f} s"
    yield Line("rows to a CSV file, to COPY", ours / copy, "x", _FILE, detail)
    yield Line("rows to a CSV file, to no file", ours / engine, "x", None, f"the rows alone, dropped: {engine:.1f} s")
    yield Line("result file, to COPY", result / copy, "x", None, f"{result:.1f} s; the rows wait on disk as well")
    command = [sys.executable, "-c", _MEASURED, "--home", str(home), "--format", "csv", "-c"]
    done = subprocess.run(
        [*command, f"\\o {written}\n{_SELECT}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    yield Line("memory meanwhile", int(done.stderr.split()[-1]) / 1e6, "MB", _MEMORY, "anonymous, at most")


def _wide_table(home: Path) -> Path:
    """A log: numbers, names, amounts, days, and moments that go on."""
    file = home / "buckets" / "lake" / "wide" / "log.parquet"
    if not file.exists():
        file.parent.mkdir(parents=True)
        random = np.random.default_rng(7)
        names = pa.array([f"Customer#{number:06}" for number in range(1_000)])
        columns = {
            "id": pa.array(np.arange(_ROWS)),
            "name": names.take(pa.array(random.integers(0, len(names), _ROWS))),
            "amount": pa.array(np.round(random.random(_ROWS) * 10_000, 2)),
            "day": pa.array(random.integers(15_000, 20_000, _ROWS), pa.int32()).cast(pa.date32()),
            "moment": pa.array(np.arange(_ROWS) * 1_234_567 + 1_600_000_000_000_000).cast(pa.timestamp("us")),
        }
        pq.write_table(pa.table(columns), file, row_group_size=1_000_000)
    with owlake.connect(home) as connection:
        connection.execute(
            "CREATE EXTERNAL TABLE IF NOT EXISTS wide (id bigint, name string, amount double, day date,"
            " moment timestamp) STORED AS PARQUET LOCATION 's3://lake/wide/'"
        )
    return home
