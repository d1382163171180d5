"""What owlake's speed is held to, measured beside a yardstick in the same run.

    python -m tests.benchmarks [NAME ...] [--only REGEX] [--cache FOLDER] [--rounds N] [--clock cpu]

Without names all of them run. The exit status is 0 where every limit holds.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measuring import ROUNDS, Benchmark, Line, Setting, missed, printed

NAMES = (
    "start",
    "projection",
    "listing",
    "formats",
    "metastore",
    "cancellation",
    "tpch",
    "functions",
    "aggregates",
    "planning",
    "dbapi",
    "schedule",
    "bridge",
    "postgresql",
    "shell",
    "writing",
    "crawling",
    "open_tables",
    "streams",
    "compaction",
    "delivery",
    "catalog",
)
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def _benchmark(name: str) -> Benchmark:
    benchmark: Benchmark = importlib.import_module(f"tests.benchmarks.{name}").run
    return benchmark


def main(words: list[str]) -> int:
    """Run benchmarks by name; prints their tables."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument(
        "--only", type=re.compile, default=re.compile(""), help="functions, aggregates, catalog: the lines wanted"
    )
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "owlake-benchmarks")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: seconds of all cores, for busy machines")
    parser.add_argument("--queries", type=Path, help="planning: a folder of .sql files in Trino's dialect")
    parser.add_argument("--tables", type=Path, help="planning: a folder of Parquet files, one a table")
    parser.add_argument(
        "--gigabytes", type=float, default=0.5, help="streams: how much goes through one for its memory"
    )
    arguments = parser.parse_args(words)
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark named {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    arguments.cache.mkdir(parents=True, exist_ok=True)
    lines: list[Line] = []
    for name in arguments.names or NAMES:
        print(f"\n{name}")
        with tempfile.TemporaryDirectory() as scratch:
            clock = CLOCKS[arguments.clock]
            folders = (arguments.queries, arguments.tables)
            setting = Setting(
                arguments.cache, Path(scratch), arguments.rounds, clock, *folders, arguments.only, arguments.gigabytes
            )
            lines.extend(printed(_benchmark(name)(setting)))
    print(f"\n{len(missed(lines))} of {sum(line.limit is not None for line in lines)} limits missed")
    return 1 if missed(lines) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
