"""The home: one directory that holds a whole local Athena.

<home>/
  catalog.db       databases, tables, partitions, writes, settings, the clock
  history.db       query executions
  config.toml      optional: where s3:// is, catalogs of connectors
  results/         rows of executions that later ones may give again
  buckets/<b>/     what s3://<b>/ means while no endpoint is configured
  leases/          one locked file for each process that has the home open
  scheduler.lock   locked by the process that runs the tasks
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from owlake.analysis.access import ALLOW_ALL, AccessControl
from owlake.catalog.migration import catalog_migrations, history_migrations, migrate
from owlake.catalog.sqlite import Store
from owlake.catalog.store import Metastore
from owlake.catalog.writes import WriteState
from owlake.connector.catalogs import Catalogs
from owlake.errors import OwlakeError, error
from owlake.home_settings import Settings, read_settings
from owlake.lake.storage import Storage
from owlake.plugins import Plugins
from owlake.queries.history import History
from owlake.runtime.clock import HomeClock
from owlake.runtime.leases import Lease, Leases
from owlake.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from owlake.catalog.migration_runs import MigrationRuns
    from owlake.functions.registry import Registry
    from owlake.lake.appending import Appending
    from owlake.lake.formats.base import Format
    from owlake.queries.executions import QueryExecutions
    from owlake.queries.named_queries import NamedQueries
    from owlake.queries.prepared_statements import PreparedStatements
    from owlake.queries.results.kept import KeptResults
    from owlake.queries.workgroups import WorkGroups
    from owlake.upkeep.upkeep import Upkeep


class Home:
    """An open home. Close it, or use it in a ``with`` block."""

    def __init__(
        self,
        path: Path,
        *,
        store: Store,
        metastore: Metastore,
        leases: Leases,
        lease: Lease,
        settings: Settings,
        plugins: Plugins,
    ) -> None:
        self.path = path
        self.metastore = metastore
        self.clock = HomeClock(store)
        self.storage = Storage(path / "buckets", settings.endpoint)
        self.plugins = plugins
        self.access: AccessControl = ALLOW_ALL
        self.catalogs = Catalogs(self, store, plugins, settings.catalogs)
        self.scheduler = Scheduler(store, self.clock, path / "scheduler.lock", self.catalogs.task_handler)
        self._store = store
        self._leases = leases
        self._lease = lease
        self._functions: Registry | None = None

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        environment: Mapping[str, str] = os.environ,
        plugins: Plugins | None = None,
        apart: bool = False,
    ) -> Self:
        """Open the home in this directory; make one if there is none and ``create`` says so.

        ``environment`` has the variables that overrule the home's settings; ``plugins`` are the installed ones unless
        a program brings others. ``apart`` is for rehearsals: nothing outside of the directory is reached, whatever the
        environment and the locations of tables say; the disk's root is the folder ``root`` in it.

        Writes that died with their process are aborted on the way, and their files deleted.

        Errors: HOME_ERROR, for a directory that is missing, not writable, of a newer owlake, or misconfigured.
        """
        directory = Path(path).expanduser().absolute()
        _make(directory, create=create)
        settings = read_settings(directory / "config.toml", {} if apart else environment)
        leases = Leases(directory / "leases")
        with leases.alone():
            migrate(directory / "catalog.db", catalog_migrations())
            migrate(directory / "history.db", history_migrations())
            lease = leases.acquire()
            store = Store(directory / "catalog.db")
            try:
                metastore = Metastore(store, HomeClock(store).now, lease.id)
                metastore.sweep_writes(leases.is_alive)
            except BaseException:
                lease.release()
                store.close()
                raise
            leases.sweep()
        home = cls(
            directory,
            store=store,
            metastore=metastore,
            leases=leases,
            lease=lease,
            settings=settings,
            plugins=plugins or Plugins(),
        )
        if apart:
            home.storage = Storage(directory / "buckets", root=directory / "root")
        home.delete_aborted_files()
        return home

    @cached_property
    def history(self) -> History:
        """The query executions of all its processes."""
        return History(self.path / "history.db", self.lease_id, self.is_alive)

    @property
    def kept_results(self) -> KeptResults:
        """Results that later executions may give again."""
        from owlake.queries.results.kept import KeptResults  # noqa: PLC0415  (few sessions do)

        return KeptResults(self.history.store, self.path / "results", self.lease_id, self.is_alive, self.clock.now)

    @property
    def executions(self) -> QueryExecutions:
        """The same, to be acted on."""
        from owlake.queries.executions import QueryExecutions  # noqa: PLC0415  (few sessions do)

        return QueryExecutions(self.history)

    @property
    def workgroups(self) -> WorkGroups:
        """The workgroups, to be looked at and changed."""
        from owlake.queries.workgroups import WorkGroups  # noqa: PLC0415  (few sessions do)

        return WorkGroups(self._store, self.history, self.clock.now)

    @property
    def named_queries(self) -> NamedQueries:
        """Queries that are kept by name, for people."""
        from owlake.queries.named_queries import NamedQueries  # noqa: PLC0415  (few sessions ask)

        return NamedQueries(self._store, self.clock.now)

    @property
    def prepared_statements(self) -> PreparedStatements:
        """What PREPARE keeps."""
        from owlake.queries.prepared_statements import PreparedStatements  # noqa: PLC0415  (few sessions ask)

        return PreparedStatements(self._store, self.clock.now)

    @property
    def upkeep(self) -> Upkeep:
        """What keeps the files of tables in order, and tells what is in them."""
        from owlake.upkeep.upkeep import Upkeep  # noqa: PLC0415  (few sessions ask)

        return Upkeep(self)

    @property
    def appending(self) -> Appending:
        """What adds rows to tables exactly once, for whoever delivers some and may die meanwhile."""
        from owlake.lake.appending import Appending  # noqa: PLC0415  (few processes do)

        return Appending(self.metastore, self.storage, self.clock.now)

    @property
    def migration_runs(self) -> MigrationRuns:
        """The history of the migrations that were run here, and their lock."""
        from owlake.catalog.migration_runs import MigrationRuns  # noqa: PLC0415  (few processes ask)

        return MigrationRuns(self._store, self.lease_id, self.is_alive)

    @property
    def functions(self) -> Registry:
        """The function library, with what plugins add to it."""
        if self._functions is None:
            from owlake.functions.plugged import PluggedRegistry  # noqa: PLC0415  (DDL calls no functions)

            self._functions = PluggedRegistry(self.plugins.functions)
        return self._functions

    def plugged_format(self, serde: str) -> Format | None:
        """The file format that a plugin has for a SerDe class."""
        return self.plugins.formats().get(serde)

    @property
    def lease_id(self) -> str:
        """What others know this opening of the home by."""
        return self._lease.id

    def is_alive(self, lease_id: str) -> bool:
        """Whether whoever took this lease still has the home open."""
        return self._leases.is_alive(lease_id)

    def link_bucket(self, name: str, folder: Path) -> None:
        """Let ``s3://name`` be a folder outside the home.

        Errors: HOME_ERROR where the folder does not exist, the name is none of a bucket, or the bucket is there and
        another folder.
        """
        target = folder.expanduser().absolute()
        link = self.path / "buckets" / name
        if not target.is_dir():
            raise error("HOME_ERROR", f"The folder {target} does not exist", hint="Give --bucket NAME=FOLDER")
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
            raise error("HOME_ERROR", f"'{name}' is no name of a bucket", hint="3 to 63 of a-z, 0-9, dot and hyphen")
        if link.is_symlink() or link.exists():
            if link.resolve() != target.resolve():
                raise error("HOME_ERROR", f"The bucket {name} is there already: it is {link.resolve()}")
            return
        link.symlink_to(target, target_is_directory=True)

    def sweep(self) -> None:
        """Abort the writes of processes that died since the home was opened."""
        with self._leases.alone():
            self.metastore.sweep_writes(self._leases.is_alive)
            self._leases.sweep()
        self.delete_aborted_files()

    def delete_aborted_files(self) -> None:
        """Delete the files of writes that were given up; nobody sees them meanwhile."""
        if self.metastore.list_writes(WriteState.ABORTED):
            from owlake.lake.publish import sweep  # noqa: PLC0415  (there is seldom anything to sweep)

            sweep(self.metastore, self.storage)

    def close(self) -> None:
        """Give the home back; a second time does nothing."""
        self.scheduler.close()
        try:
            self.catalogs.close()
        finally:
            self._lease.release()
            self._store.close()
            if "history" in self.__dict__:
                self.history.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _make(directory: Path, *, create: bool) -> None:
    if not create and not (directory / "catalog.db").is_file():
        raise error(
            "HOME_ERROR",
            f"There is no owlake home in {directory}",
            hint="Name another directory (--home, OWLAKE_HOME), or let one be created",
        )
    try:
        for folder in (directory / "buckets", directory / "leases"):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _unusable(directory, problem.strerror or str(problem)) from problem
    for folder in (directory, directory / "leases"):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _unusable(directory, f"{folder} is not writable")


def _unusable(directory: Path, reason: str) -> OwlakeError:
    return error(
        "HOME_ERROR",
        f"{directory} cannot be an owlake home: {reason}",
        hint="Name a directory that you may write to (--home, OWLAKE_HOME)",
    )
