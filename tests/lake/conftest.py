from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from owlake.home import Home
from owlake.lake.storage import S3Endpoint, Storage
from owlake.session import Session
from tests.lake.lake_session import Lake
from tests.s3_server import ask


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """Buckets on this disk, ``lake`` among them."""
    made = Storage(tmp_path / "buckets")
    made.create_bucket("lake")
    return made


@pytest.fixture
def s3_storage(s3_server: str, tmp_path: Path) -> Storage:
    """Buckets on the server, emptied for each test, ``lake`` among them."""
    ask(s3_server, "POST", "/moto-api/reset")
    endpoint = S3Endpoint(s3_server, "us-east-1", "testing", "testing")
    made = Storage(tmp_path / "unused", endpoint)
    made.create_bucket("lake")
    return made


@pytest.fixture(params=["disk", "server"])
def any_storage(request: pytest.FixtureRequest) -> Storage:
    """Each test runs on disk and on a server."""
    return request.getfixturevalue("storage" if request.param == "disk" else "s3_storage")


@pytest.fixture(scope="module")
def lake_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Session]]:
    """One home for the tests of a module."""
    with Home.open(tmp_path_factory.mktemp("lake") / "home") as home, Session(home) as session:
        yield home, session


@pytest.fixture
def lake(lake_home: tuple[Home, Session]) -> Lake:
    """SQL over a folder of files of the test's own."""
    return Lake(*lake_home)
