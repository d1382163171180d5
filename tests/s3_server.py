"""An S3-compatible server for the tests that want one."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a server that runs as long as the block."""
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


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            ask(url, "GET", "/moto-api/data.json")
        except ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def ask(url: str, method: str, path: str) -> None:
    """Send a request without a body, and wait for its answer."""
    connection = HTTPConnection(url.removeprefix("http://"))
    try:
        connection.request(method, path)
        connection.getresponse().read()
    finally:
        connection.close()
