"""A connection to a home with the example's plugin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from owlake.dbapi import Connection
from owlake.home import Home
from owlake.plugins import Plugins
from owlake.session import Session
from tests.operations import example
from tests.operations.example import Example


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    home = Home.open(tmp_path / "home", plugins=Plugins({"example": example}))
    with Connection(home, Session(home)) as opened:
        yield opened


@pytest.fixture
def streams(connection: Connection) -> Example:
    """The connector of the connection's home."""
    connector = connection.home.catalogs.connector("example")
    assert isinstance(connector, Example)
    return connector
