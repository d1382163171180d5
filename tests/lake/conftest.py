from __future__ import annotations

import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from owlake.lake.storage import S3Endpoint, Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """Buckets on this disk, ``lake`` among them."""
    made = Storage(tmp_path / "buckets")
    made.create_bucket("lake")
    return made


@pytest.fixture(scope="session")
def s3_server():
    """An S3-compatible server of this test run."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def s3_storage(s3_server: str, tmp_path: Path) -> Storage:
    """Buckets on the server, emptied for each test, ``lake`` among them."""
    _ask(s3_server, "POST", "/moto-api/reset")
    endpoint = S3Endpoint(s3_server, "us-east-1", "testing", "testing")
    made = Storage(tmp_path / "unused", endpoint)
    made.create_bucket("lake")
    return made


@pytest.fixture(params=["disk", "server"])
def any_storage(request: pytest.FixtureRequest) -> Storage:
    """Each test runs on disk and on a server."""
    return request.getfixturevalue("storage" if request.param == "disk" else "s3_storage")


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            _ask(url, "GET", "/moto-api/data.json")
        except ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def _ask(url: str, method: str, path: str) -> None:
    connection = HTTPConnection(url.removeprefix("http://"))
    try:
        connection.request(method, path)
        connection.getresponse().read()
    finally:
        connection.close()
