"""Leases: how one process knows that another is still there.

A process that opens a home locks a file of its own in ``leases/``. The operating system drops the lock when the
process ends, however it ends; so a lease whose lock can be taken is dead. No clock is asked and nothing is renewed.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Lease:
    """A process's hold on a home; it ends with ``release`` or with the process."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.id = path.name
        self._path = path
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Give the lease up; a second time does nothing."""
        if self._descriptor is not None:
            with suppress(FileNotFoundError):
                self._path.unlink()
            os.close(self._descriptor)
            self._descriptor = None


class Leases:
    """The leases of a home."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A block that one process of the home is in at a time: opening, migrating, sweeping."""
        descriptor = os.open(self._directory / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def acquire(self) -> Lease:
        """A new lease. To be called inside ``alone``: a sweep must not come between making the file and locking it."""
        path = self._directory / secrets.token_hex(8)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return Lease(path, descriptor)

    def is_alive(self, lease_id: str) -> bool:
        """Whether the process of this lease is still there."""
        try:
            descriptor = os.open(self._directory / lease_id, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(descriptor)

    def sweep(self) -> None:
        """Delete the files of dead leases. To be called inside ``alone``."""
        for path in self._directory.iterdir():
            if path.name != ".lock" and not self.is_alive(path.name):
                path.unlink(missing_ok=True)
