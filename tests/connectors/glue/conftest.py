"""A lake to crawl: one home for a file of tests, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import owlake
from owlake.dbapi import Connection
from tests.connectors.glue.lake import Lake


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with owlake.connect(tmp_path_factory.mktemp("glue") / "home") as opened:
        # The first statement raises the limit of recursion, which hypothesis wants to find unchanged.
        opened.execute("SELECT 1").fetchall()
        yield opened


@pytest.fixture(scope="module")
def whole_lake(connection: Connection) -> Lake:
    return Lake(connection)


@pytest.fixture
def lake(whole_lake: Lake) -> Lake:
    whole_lake.clear()
    return whole_lake
