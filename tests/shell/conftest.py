"""Running the command: inside this process, or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from owlake_shell.main import main


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str


def without_progress(err: str) -> str:
    """What was said, without how far a statement was: a busy machine takes a second for anything."""
    return "".join(line for line in err.splitlines(keepends=True) if not line.startswith("running "))


Owlake = Callable[..., Ran]
Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def owlake(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Owlake:
    """Runs the command in this process, with a home of the test's own."""

    def run(*words: str) -> Ran:
        status = main(["--home", str(tmp_path / "home"), *words])
        said = capfd.readouterr()
        return Ran(status, said.out, without_progress(said.err))

    return run


@pytest.fixture
def spawn(tmp_path: Path) -> Spawn:
    """Starts the command in a process of its own."""

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "owlake_shell.main", "--home", str(tmp_path / "home"), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    return start
