"""What migrations need of the place where they run."""

from __future__ import annotations

import getpass
import os
import socket
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from owlake.catalog.migration_runs import LockHolder, MigrationRun, StatementRun
from owlake.dialect.nodes.base import Statement as Tree
from owlake.errors import OwlakeError
from owlake.session import Session
from owlake_shell.migrations.comparison import CatalogState
from owlake_shell.migrations.problems import locked


class Target(Protocol):
    """A home, or a workgroup of Athena."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def database(self) -> str:
        """Where names without a database are looked up."""

    def now(self) -> datetime:
        """Its time."""

    def lock(self, command: str) -> AbstractContextManager[None]:
        """A block that one process at a time is in. Errors: MIGRATION_LOCKED, with who holds it."""

    def break_lock(self) -> None:
        """Take the lock from a process that is gone; where that is seen without being told, nothing is to be done."""

    def runs(self) -> list[MigrationRun]:
        """The history, oldest first. Within ``lock``, what is left running by others is interrupted."""

    def record(self, run: MigrationRun) -> None:
        """Write the run as it stands now."""

    def execute(self, run: MigrationRun, statement: StatementRun) -> StatementRun:
        """Run a recorded statement to its end: the answer has succeeded or failed."""

    def resolve(self, run: MigrationRun, statement: StatementRun) -> StatementRun:
        """What became of a statement whose process ended while it ran."""

    def rehearse(self) -> AbstractContextManager[Rehearsal]:
        """A block in which statements are tried out without changing anything."""

    def blank(self) -> AbstractContextManager[Session]:
        """A session in an empty home with the settings of this one, to replay migrations in."""

    def catalog(self) -> CatalogState:
        """What there is."""

    def close(self) -> None:
        """Let go of it."""


class Rehearsal(Protocol):
    """Statements tried out one after the other, each on what those before it would have left."""

    def rehearse(self, text: str, tree: Tree) -> Trial:
        """What the statement would do."""


class Trial(Protocol):
    """What became of a statement that was tried out."""

    @property
    def problem(self) -> str | None:
        """What it would fail with."""

    @property
    def changes_nothing(self) -> bool:
        """Whether everything is as the statement wants it."""

    @property
    def cost(self) -> str | None:
        """What it reads, and what that is charged."""


def principal() -> str:
    """Who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def process() -> str:
    """Host and number of this process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def locked_by(holder: LockHolder, *, hint: str) -> OwlakeError:
    """Somebody else runs migrations."""
    since = f"{holder.since:%Y-%m-%d %H:%M:%S} UTC"
    return locked(
        f"{holder.principal} runs `owlake migrate {holder.command}` since {since}, in process {holder.process}",
        hint=hint,
    )
