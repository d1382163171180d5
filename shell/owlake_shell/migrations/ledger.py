"""Where each migration stands: the files of a folder against the history of a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from owlake.catalog.migration_runs import Action, MigrationRun, RunState
from owlake.errors import OwlakeError
from owlake_shell.migrations.folder import Project
from owlake_shell.migrations.model import Migration, Rendered
from owlake_shell.migrations.parsing import key_of
from owlake_shell.migrations.problems import refused
from owlake_shell.migrations.relations import Name, relations_of


class Standing(StrEnum):
    """Where a migration stands."""

    PENDING = "pending"
    APPLIED = "applied"
    CHANGED = "changed"
    """A repeatable one that is to be run again: it, or what it needs, is another than when it ran."""
    EDITED = "edited"
    """A versioned one whose file is another than when it ran."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    RUNNING = "running"
    ELSEWHERE = "elsewhere"
    """It is not for this environment."""
    MISSING = "missing"
    """It was applied, and its file is gone."""


_STOPPED = (Standing.FAILED, Standing.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One migration: its file, if there is one, and its last run, if there was one."""

    name: str
    key: str
    standing: Standing
    migration: Migration | None
    run: MigrationRun | None


@dataclass(frozen=True, slots=True)
class Step:
    """A migration to be run, up or down."""

    migration: Rendered
    action: Action


class Ledger:
    """Files and history, side by side."""

    def __init__(self, project: Project, runs: Sequence[MigrationRun]) -> None:
        self.project = project
        self.last = {key_of(run.migration) or run.migration: run for run in runs}

    @cached_property
    def entries(self) -> list[Entry]:
        """Every migration, in the order in which they are run; those without a file in their place."""
        versioned = {one.key: one for one in self.project.versioned}
        gone = [key for key in self.last if self.project.find(key) is None and self._is_applied_or_stopped(key)]
        keys = sorted({*versioned, *(key for key in gone if key.isdigit())}, key=int)
        found = [self._entry(key, versioned.get(key)) for key in keys]
        found += [self._entry(key, None) for key in sorted(gone) if not key.isdigit()]
        again: set[str] = set()
        for migration in self.project.repeatable:
            entry = self._entry(migration.key, migration)
            if entry.standing is Standing.APPLIED and self.project.needs.get(migration.key, frozenset()) & again:
                entry = Entry(entry.name, entry.key, Standing.CHANGED, migration, entry.run)
            if entry.standing in (Standing.PENDING, Standing.CHANGED):
                again.add(entry.key)
            found.append(entry)
        return found

    def check(self) -> None:
        """Errors: MIGRATION_REFUSED where files and history do not fit together, or something waits for a repair."""
        self.check_files()
        for entry in self.entries:
            if entry.standing in _STOPPED and entry.run is not None:
                raise refused(
                    f"{entry.name} {stopped_text(entry.run)}",
                    hint="Correct its file and run `owlake migrate repair`, which goes on from there",
                )
            if entry.standing is Standing.RUNNING:
                hint = "Wait until it is done; if its process is gone, run `owlake migrate repair`"
                raise refused(f"{entry.name} is running", hint=hint)
            if entry.standing is Standing.EDITED and entry.migration is not None:
                raise edited(entry.migration)

    def check_files(self) -> None:
        """Errors: MIGRATION_REFUSED where a file is gone, has another name, or is too late."""
        highest = max((int(entry.key) for entry in self.applied() if entry.key.isdigit()), default=0)
        for entry in self.entries:
            if entry.standing is Standing.MISSING:
                raise _missing(entry)
            if entry.migration is not None and entry.run is not None and self._is_applied_or_stopped(entry.key):
                _check_name(entry.migration, entry.run)
            if entry.standing is Standing.PENDING and entry.key.isdigit() and int(entry.key) < highest:
                last = self.project.versioned[-1].number
                raise refused(
                    f"{entry.name} is not applied, but {highest:04} is, which comes after it",
                    hint=f"Give it a number behind all others, such as {last + 1:04}",
                )

    def applied(self) -> list[Entry]:
        """Those that are applied now, whatever became of their files."""
        done = (Standing.APPLIED, Standing.CHANGED, Standing.EDITED)
        return [entry for entry in self.entries if entry.standing in done]

    def stopped(self) -> list[Entry]:
        """Those that stopped in their middle."""
        return [entry for entry in self.entries if entry.standing in _STOPPED]

    def steps_up(self, to: int | None = None) -> list[Step]:
        """What is to be run, up to a number. Repeatable ones are, once no versioned one is left."""
        pending = [one for one in self._pending() if not one.is_repeatable]
        chosen = [one for one in pending if to is None or one.number <= to]
        if len(chosen) == len(pending):
            chosen += [one for one in self._pending() if one.is_repeatable]
        return [Step(self.project.render(one), Action.UP) for one in chosen]

    def steps_down(self, to: int | None = None) -> list[Step]:
        """What undoes the last migration, or all behind a number; first what needs them.

        Errors: MIGRATION_REFUSED where one has no down section.
        """
        applied = {entry.key: entry.migration for entry in self.applied() if entry.migration is not None}
        versioned = sorted((int(key) for key in applied if key.isdigit()), reverse=True)
        leaving = {f"{number:04}" for number in versioned[:1] if to is None}
        leaving |= {f"{number:04}" for number in versioned if to is not None and number > to}
        made = {
            name
            for key in leaving
            for name in relations_of(self.project.render(applied[key]), self.project.database).made
        }
        dependents = [
            one for one in self.project.repeatable if one.key in applied and self._needs_any(one, leaving, made)
        ]
        ordered = [
            *reversed(dependents),
            *(applied[f"{number:04}"] for number in versioned if f"{number:04}" in leaving),
        ]
        for migration in ordered:
            if not migration.down:
                raise refused(
                    f"{migration.path} has no down section"
                    + (", and needs what is undone" if migration.is_repeatable else ""),
                    hint="Write one below a line `-- down`; or undo it by hand, then"
                    f" `owlake migrate repair {migration.key} --mark pending`",
                )
        return [Step(self.project.render(one), Action.DOWN) for one in ordered]

    def _pending(self) -> Iterator[Migration]:
        for entry in self.entries:
            if entry.standing in (Standing.PENDING, Standing.CHANGED) and entry.migration is not None:
                yield entry.migration

    def _needs_any(self, migration: Migration, keys: set[str], names: set[Name]) -> bool:
        """Whether it needs one of these migrations or tables, directly or by way of other repeatable ones."""
        needs = self.project.needs.get(migration.key, frozenset())
        if needs & keys or self.project.uses.get(migration.key, frozenset()) & names:
            return True
        between = (self.project.find(key) for key in needs if not key.isdigit())
        return any(one is not None and self._needs_any(one, keys, names) for one in between)

    def _is_applied_or_stopped(self, key: str) -> bool:
        run = self.last[key]
        return run.action is Action.UP or run.state not in (RunState.SUCCEEDED, RunState.MARKED)

    def _entry(self, key: str, migration: Migration | None) -> Entry:
        run = self.last.get(key)
        name = migration.name if migration else run.migration if run else key
        return Entry(name, key, self._standing(migration, run), migration, run)

    def _standing(self, migration: Migration | None, run: MigrationRun | None) -> Standing:
        match run.state if run else None:
            case RunState.RUNNING:
                return Standing.RUNNING
            case RunState.FAILED:
                return Standing.FAILED
            case RunState.INTERRUPTED:
                return Standing.INTERRUPTED
        if run is None or run.action is Action.DOWN:
            if migration is not None and not self.project.is_for_here(migration):
                return Standing.ELSEWHERE
            return Standing.PENDING
        if migration is None:
            return Standing.MISSING
        if migration.is_repeatable:
            if not self.project.is_for_here(migration):
                return Standing.APPLIED
            return Standing.APPLIED if run.checksum == self.project.render(migration).checksum else Standing.CHANGED
        return Standing.APPLIED if run.checksum == migration.checksum else Standing.EDITED


def stopped_text(run: MigrationRun) -> str:
    """How a run that stopped came to its end, in a line."""
    verb = "failed" if run.state is RunState.FAILED else "was interrupted"
    statement = run.failed_statement
    where = f" at statement {statement.number} of {len(run.statements)}" if statement else ""
    direction = " on its way down" if run.action is Action.DOWN else ""
    return f"{verb}{direction}{where}" + (f": {run.error}" if run.error else "")


def edited(migration: Migration) -> OwlakeError:
    """The file is another than when it ran."""
    return refused(
        f"{migration.path} was edited after it was applied",
        hint="Put it back and write a new migration; if only comments or its down section changed,"
        " `owlake migrate repair` takes it as it is now",
    )


def _missing(entry: Entry) -> OwlakeError:
    return refused(
        f"{entry.name} was applied, and its file is gone",
        hint=f"Restore {entry.name}.sql; or, if what it made is gone too,"
        f" `owlake migrate repair {entry.key} --mark pending`",
    )


def _check_name(migration: Migration, run: MigrationRun) -> None:
    if migration.name != run.migration:
        raise refused(
            f"{migration.path} has the number of {run.migration}, which was applied",
            hint=f"Rename it to {run.migration}.sql if it is the same; else give it a number of its own",
        )
