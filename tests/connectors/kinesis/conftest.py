"""Homes with streams."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import owlake
from owlake.dbapi import Connection


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with owlake.connect(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def kinesis(connection: Connection) -> Any:
    return connection.client("kinesis")
