from __future__ import annotations

from pathlib import Path

import pytest

from owlake.lake.storage import S3Endpoint, Storage
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
