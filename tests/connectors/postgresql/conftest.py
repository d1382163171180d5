"""The PostgreSQL server of the whole run, a database of its own for each module."""

from __future__ import annotations

import pytest

from tests.connectors.postgresql.server import Server


@pytest.fixture(scope="session")
def server(postgresql: Server) -> Server:
    return postgresql
