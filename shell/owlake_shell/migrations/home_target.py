"""A home as the place where migrations run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from owlake.catalog.migration_runs import LockHolder, MigrationRun, RunState, StatementRun
from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Statement as Tree
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
from owlake_shell.interrupts import Interruptible
from owlake_shell.migrations.comparison import CatalogState
from owlake_shell.migrations.rehearsal import catalog_state, rehearsal_session, rehearse, touched
from owlake_shell.migrations.relations import Name, changed_by, is_whole, tree_of, used_by
from owlake_shell.migrations.target import locked_by, principal, process
from owlake_shell.progress import size_text

_READING = (nodes.Insert, nodes.CreateTableAs, nodes.Unload, nodes.QueryStatement)


@dataclass(frozen=True, slots=True)
class HomeTrial:
    """See ``target.Trial``."""

    problem: str | None = None
    changes_nothing: bool = False
    cost: str | None = None


class HomeTarget:
    """See ``target.Target``. Statements run in the session one after the other; Ctrl-C cancels the one that runs.

    ``then`` is called when the home has been closed.
    """

    def __init__(
        self,
        home: Home,
        session: Session,
        warn: Callable[[str], None] = lambda _: None,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        self._home = home
        self._then = then
        self._session = session
        self._runs = home.migration_runs
        self._locked = False
        self._warn = warn
        self._interrupted = False

    @property
    def name(self) -> str:
        """What people call it."""
        return f"home {self._home.path}"

    @property
    def database(self) -> str:
        """Where names without a database are looked up."""
        return self._session.database or "default"

    def now(self) -> datetime:
        """The home's time."""
        return self._home.clock.now()

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """A block that one process at a time is in. Errors: MIGRATION_LOCKED."""
        holder = self._runs.acquire(LockHolder(principal(), process(), command, self.now()))
        if holder is not None:
            raise locked_by(holder, hint="Wait until it is done; the lock goes with its process")
        self._locked = True
        try:
            yield
        finally:
            self._locked = False
            self._runs.release()

    def break_lock(self) -> None:
        """Nothing is to be done: the lock of a process that is gone is taken over."""

    def runs(self) -> list[MigrationRun]:
        """The history, oldest first. Whoever has the lock knows that nobody else is running."""
        found = self._runs.list_runs()
        return [run.interrupted() for run in found] if self._locked else found

    def record(self, run: MigrationRun) -> None:
        """Write the run as it stands now."""
        self._runs.record(run)

    def execute(self, run: MigrationRun, statement: StatementRun) -> StatementRun:
        """Run a recorded statement to its end."""
        if self._interrupted:
            return replace(statement, state=RunState.FAILED, error="USER_CANCELED: Query cancelled by user")
        counting = self._runs.counting(run, statement)
        try:
            with self._home.metastore.noting(counting), Interruptible(self._session) as block:
                result = self._session.execute(statement.text)
                for _ in result:
                    pass
        except OwlakeError as problem:
            effects = self._runs.effects(run, statement)
            if effects is None and is_whole(tree_of(statement.text)):
                effects = 0
            return replace(statement, state=RunState.FAILED, effects=effects, error=str(problem))
        # Ctrl-C came too late for this one, not for those after it.
        self._interrupted = block.interrupted
        for warning in result.execution.warnings:
            self._warn(f"{run.migration}.sql:{statement.line}: {warning}")
        effects = self._runs.effects(run, statement)
        return replace(statement, state=RunState.SUCCEEDED, effects=effects, query_id=result.execution.id)

    def resolve(self, _: MigrationRun, statement: StatementRun) -> StatementRun:
        """The history has counted what it did."""
        return statement

    @contextmanager
    def rehearse(self) -> Iterator[HomeRehearsal]:
        """A copy of the catalog to try statements out on."""
        with rehearsal_session(self.database, self._home) as scratch:
            yield HomeRehearsal(self._session, scratch)

    def blank(self) -> AbstractContextManager[Session]:
        """An empty home with the same settings."""
        return rehearsal_session(self.database, self._home, empty=True)

    def catalog(self) -> CatalogState:
        """What there is."""
        return catalog_state(self._home)

    def close(self) -> None:
        """Close the session and give the home back."""
        self._session.close()
        self._home.close()
        self._then()


class HomeRehearsal:
    """See ``target.Rehearsal``: on a copy of the home's catalog; what statements read is looked up in the home."""

    def __init__(self, real: Session, scratch: Session) -> None:
        self._real = real
        self._scratch = scratch
        self._changed: set[Name] = set()

    def rehearse(self, text: str, tree: Tree) -> HomeTrial:
        """What the statement would do."""
        name = changed_by(tree)
        before = self._state(name)
        try:
            rehearse(self._scratch, text, tree)
        except OwlakeError as problem:
            return HomeTrial(problem=str(problem))
        cost = self._cost(text, tree) if isinstance(tree, _READING) else None
        if name is not None:
            self._changed.add(self._full(name))
        same = name is not None and not isinstance(tree, _READING) and self._state(name) == before
        return HomeTrial(changes_nothing=same, cost=cost)

    def _state(self, name: Name | None) -> object:
        return None if name is None else touched(self._scratch.home, name, self._scratch.database or "default")

    def _cost(self, text: str, tree: Tree) -> str:
        if {self._full(name) for name in used_by(tree)} & self._changed:
            return "what it reads is made by the plan: its cost is not known yet"
        try:
            row = self._real.execute(f"EXPLAIN (TYPE COST) {text}").table().to_pylist()[0]
        except OwlakeError as problem:
            return f"its cost is not known: {problem}"
        files = row["files"]
        bound = "" if row["bound"] == "exact" else f" {row['bound']}"
        size = size_text(row["bytes"])
        return f"reads{bound} {size} in {files} file{'' if files == 1 else 's'}, {row['cost_usd']:.6f} USD"

    def _full(self, name: Name) -> Name:
        return (name[0] or self._real.database or "default", name[1])
