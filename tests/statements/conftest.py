"""A home of its own for every test, in which the virtual clock stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.statements.athena import START, Athena

from owlake.home import Home


@pytest.fixture
def athena(tmp_path: Path) -> Iterator[Athena]:
    with Home.open(tmp_path / "home") as home:
        home.scheduler.set(START)
        yield Athena(home)
