"""A home of its own for every test, and child processes that share it."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from owlake.catalog.store import Metastore
from owlake.home import Home

Spawn = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.open(tmp_path / "home") as home:
        yield home


@pytest.fixture
def metastore(home: Home) -> Metastore:
    return home.metastore


@pytest.fixture
def spawn(home: Home) -> Iterator[Spawn]:
    """Starts a Python process in which ``home`` and ``metastore`` are this test's; its output can be read."""
    children: list[subprocess.Popen[str]] = []

    def start(code: str) -> subprocess.Popen[str]:
        preamble = f"from owlake.home import Home\nhome = Home.open({str(home.path)!r})\nmetastore = home.metastore\n"
        child = subprocess.Popen(
            [sys.executable, "-c", preamble + textwrap.dedent(code)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()
