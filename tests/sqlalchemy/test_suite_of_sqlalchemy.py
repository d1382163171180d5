"""SQLAlchemy's own suite for dialects, in a process of its own: its plugin changes how pytest works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import owlake

SUITE = Path(__file__).parent / "suite"
LEAST = 300
"""Tests of the suite that have to run; the others name in ``suite/`` why they are skipped."""


def test_the_dialect_passes_sqlalchemys_suite(tmp_path: Path) -> None:
    with owlake.connect(tmp_path / "home") as connection:
        connection.execute("CREATE SCHEMA test_schema")
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "--tb=short", "-p", "no:cacheprovider", "-c", "/dev/null"]
    places = ["--rootdir", str(SUITE), "--confcutdir", str(SUITE), str(SUITE / "test_suite.py")]
    done = subprocess.run(
        [*command, *places, "--dburi", f"owlake:///{tmp_path / 'home'}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    summary = done.stdout.rstrip().splitlines()[-1]
    counts = {kind: int(count) for count, kind in re.findall(r"(\d+) (passed|failed|error|skipped)", summary)}
    assert (done.returncode, counts.keys()) == (0, {"passed", "skipped"}), done.stdout[-5000:]
    assert counts["passed"] >= LEAST
