"""A connection to a home of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import owlake
from owlake.dbapi import Connection


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with owlake.connect(tmp_path / "home") as opened:
        yield opened
