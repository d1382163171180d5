"""Public emulators of AWS beside which streams are measured: their own servers, asked by boto3."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path

_LONGEST_START = 60.0


@contextmanager
def moto(_: Path) -> Iterator[str | None]:
    """moto's server; None where it is not installed."""
    if find_spec("moto") is None or find_spec("flask") is None:
        yield None
        return
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  (not on every machine)

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def ministack(cache: Path) -> Iterator[str | None]:
    """MiniStack's server; None where it cannot be installed.

    It has an environment of its own in the cache: it wants one certain version of botocore, and not ours.
    """
    command = cache / "ministack" / "bin" / "ministack"
    if not command.exists() and not _installed(cache / "ministack"):
        yield None
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"GATEWAY_PORT": str(port), "LOG_LEVEL": "ERROR"}
    with subprocess.Popen(
        [command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cache
    ) as server:
        try:
            yield f"http://127.0.0.1:{port}" if _answers(port) else None
        finally:
            server.terminate()


EMULATORS: Mapping[str, Callable[[Path], AbstractContextManager[str | None]]] = {"MiniStack": ministack, "moto": moto}
"""By name: what starts each one and gives its address."""


def _installed(folder: Path) -> bool:
    """Make an environment with MiniStack in it; whether that could be done."""
    commands = (
        [sys.executable, "-m", "venv", str(folder)],
        [str(folder / "bin" / "pip"), "install", "--quiet", "ministack"],
    )
    return all(subprocess.run(command, check=False, capture_output=True).returncode == 0 for command in commands)


def _answers(port: int) -> bool:
    """Wait until a server listens; whether one does."""
    until = time.monotonic() + _LONGEST_START
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False
