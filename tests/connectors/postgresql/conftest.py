"""One PostgreSQL server for all tests of the connector, a database of its own for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.postgresql.server import Server, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running
