"""Running migrations: up, down, baseline, repair; each statement recorded before and after it runs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff

from owlake.catalog.migration_runs import Action, MigrationRun, RunState, StatementRun
from owlake.dialect.nodes.base import Statement as Tree
from owlake.errors import OwlakeError
from owlake_shell.migrations.folder import Project
from owlake_shell.migrations.ledger import Entry, Ledger, Standing, Step, edited
from owlake_shell.migrations.model import Migration, Rendered, Statement
from owlake_shell.migrations.problems import failed, invalid, refused
from owlake_shell.migrations.relations import is_counted, parse_statement
from owlake_shell.migrations.target import Target, principal, process

Tell = Callable[[MigrationRun], None]
"""Is told of every run when it begins, and when it is over."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the migrations of a project on a target."""

    project: Project
    target: Target
    tell: Tell = lambda _: None

    def ledger(self) -> Ledger:
        """Where everything stands now."""
        return Ledger(self.project, self.target.runs())

    def up(self, to: int | None = None) -> list[MigrationRun]:
        """Run what is pending, up to a number.

        Errors: MIGRATION_INVALID, MIGRATION_REFUSED and MIGRATION_LOCKED before anything is run; MIGRATION_FAILED.
        """
        self._check_number(to)
        with self.target.lock("up"):
            ledger = self.ledger()
            ledger.check()
            return self._run(ledger.steps_up(to))

    def down(self, to: int | None = None) -> list[MigrationRun]:
        """Undo the last migration, or all behind a number. Errors: as for ``up``."""
        self._check_number(to)
        with self.target.lock("down"):
            ledger = self.ledger()
            ledger.check()
            return self._run(ledger.steps_down(to))

    def baseline(self, to: int) -> list[MigrationRun]:
        """Take everything up to a number as applied, without running it: for what was there before.

        Errors: MIGRATION_REFUSED where something was run already.
        """
        self._check_number(to)
        with self.target.lock("baseline"):
            ledger = self.ledger()
            if ledger.last:
                hint = "`owlake migrate repair NUMBER --mark applied` marks a single one"
                raise refused(f"{self.target.name} has a history of migrations already", hint=hint)
            return [self._mark(step.migration, Action.UP) for step in ledger.steps_up(to) if self._is_within(step, to)]

    def repair(self, from_statement: int | None = None) -> list[MigrationRun]:
        """Go on with what stopped, and take files as they are now whose statements are those that ran.

        Statements that took effect are not run again, and must be unchanged. ``from_statement`` says where to go on.

        Errors: MIGRATION_REFUSED with what differs, or where nobody can tell whether a statement took effect.
        """
        with self.target.lock("repair"):
            ledger = self.ledger()
            ledger.check_files()
            stopped = ledger.stopped()
            if from_statement is not None and len(stopped) != 1:
                raise refused("--from names a statement of one migration that stopped", hint="Leave --from out")
            done = [self._resume(entry, from_statement) for entry in stopped]
            changed = [entry for entry in ledger.entries if entry.standing is Standing.EDITED]
            return [*done, *(self._accept(entry) for entry in changed)]

    def mark(self, key: str, action: Action) -> MigrationRun:
        """Take a migration as applied (UP) or as not applied (DOWN), without running anything.

        Errors: MIGRATION_REFUSED for an unknown one.
        """
        with self.target.lock("repair"):
            ledger = self.ledger()
            migration = self.project.find(key)
            last = ledger.last.get(migration.key if migration else key)
            if migration is not None:
                return self._mark(self.project.render(migration), action)
            if last is None or action is Action.UP:
                known = ", ".join(entry.key for entry in ledger.entries)
                raise refused(f"There is no migration {key}", hint=f"Known are: {known}")
            now = self.target.now()
            gone = MigrationRun(
                uuid.uuid4().hex, last.migration, action, RunState.MARKED, last.checksum, last.environment,
                principal(), process(), now, now,
            )  # fmt: skip
            self._record(gone)
            return gone

    # One migration --------------------------------------------------------------------------------------

    def _run(self, steps: Sequence[Step]) -> list[MigrationRun]:
        """Everything is read as SQL before the first statement runs."""
        new = [self._new(step) for step in steps]
        return [self._go(run, step.migration.migration) for run, step in zip(new, steps, strict=True)]

    def _new(self, step: Step) -> MigrationRun:
        rendered = step.migration
        statements = rendered.up if step.action is Action.UP else rendered.down
        trees = [parse_statement(statement, rendered.migration.path) for statement in statements]
        runs = [_statement_run(statement, tree) for statement, tree in zip(statements, trees, strict=True)]
        return self._new_run(rendered, step.action, RunState.RUNNING, runs)

    def _new_run(
        self, rendered: Rendered, action: Action, state: RunState, statements: Sequence[StatementRun]
    ) -> MigrationRun:
        migration = rendered.migration
        return MigrationRun(
            uuid.uuid4().hex,
            migration.name,
            action,
            state,
            rendered.checksum if migration.is_repeatable else migration.checksum,
            self.project.environment.name,
            principal(),
            process(),
            self.target.now(),
            statements=tuple(statements),
        )

    def _go(self, run: MigrationRun, migration: Migration) -> MigrationRun:
        """Run the statements that have not succeeded, in order."""
        began = time.monotonic()
        run = replace(run, started=self.target.now())
        self._record(run)
        for pending in run.statements:
            if pending.state in (RunState.SUCCEEDED, RunState.MARKED):
                continue
            running = replace(pending, state=RunState.RUNNING, started=self.target.now())
            run = run.with_statement(running)
            self.target.record(run)
            over = replace(self.target.execute(run, running), completed=self.target.now())
            run = replace(run.with_statement(over), seconds=time.monotonic() - began)
            if over.state is RunState.FAILED:
                run = replace(run, state=RunState.FAILED, completed=over.completed, error=over.error)
                self._record(run)
                raise failure(run, over, migration)
            self.target.record(run)
        run = replace(run, state=RunState.SUCCEEDED, completed=self.target.now(), seconds=time.monotonic() - began)
        self._record(run)
        return run

    def _mark(self, rendered: Rendered, action: Action) -> MigrationRun:
        statements = rendered.up if action is Action.UP else ()
        marked = [StatementRun(one.number, one.line, one.text, RunState.MARKED) for one in statements]
        run = self._new_run(rendered, action, RunState.MARKED, marked)
        run = replace(run, completed=run.started)
        self._record(run)
        return run

    def _record(self, run: MigrationRun) -> None:
        self.target.record(run)
        self.tell(run)

    # Repair ---------------------------------------------------------------------------------------------

    def _resume(self, entry: Entry, from_statement: int | None) -> MigrationRun:
        run, migration = entry.run, entry.migration
        if run is None or migration is None:
            hint = f"Restore {entry.name}.sql, or `owlake migrate repair {entry.key} --mark pending`"
            raise refused(f"{entry.name} stopped in its middle, and its file is gone", hint=hint)
        new = self._new(Step(self.project.render(migration), run.action))
        done = self._done(run, migration, from_statement)
        _check_unchanged(done, new.statements, migration)
        carried = {one.number: _carried(new.statements[one.number - 1], one) for one in done}
        return self._go(
            replace(new, statements=tuple(carried.get(one.number, one) for one in new.statements)), migration
        )

    def _done(self, run: MigrationRun, migration: Migration, from_statement: int | None) -> list[StatementRun]:
        """The statements that took effect."""
        if from_statement is not None:
            if not 1 <= from_statement <= len(run.statements) + 1:
                raise refused(f"{migration.path} has no statement {from_statement}", hint="Count from 1")
            return list(run.statements[: from_statement - 1])
        done = []
        for one in run.statements:
            known = self.target.resolve(run, one) if one.state is RunState.INTERRUPTED else one
            if known.took_effect is None:
                raise refused(
                    f"{migration.path}:{one.line}: nobody can tell whether statement {one.number} took effect",
                    hint=f"Look, then go on with `owlake migrate repair --from {one.number}` (run it again)"
                    f" or `--from {one.number + 1}` (it is done)",
                )
            if known.took_effect:
                done.append(known)
        return done

    def _accept(self, entry: Entry) -> MigrationRun:
        """Take a file as it is now, if its statements are those that ran."""
        run, migration = entry.run, entry.migration
        assert run is not None
        assert migration is not None
        rendered = self.project.render(migration)
        if len(rendered.up) != len(run.statements):
            raise edited(migration)
        _check_unchanged(run.statements, rendered.up, migration)
        accepted = self._new_run(rendered, Action.UP, RunState.MARKED, run.statements)
        accepted = replace(accepted, completed=accepted.started)
        self._record(accepted)
        return accepted

    def _check_number(self, number: int | None) -> None:
        if number and not any(one.number == number for one in self.project.versioned):
            known = ", ".join(one.key for one in self.project.versioned) or "none"
            raise invalid(str(self.project.folder), f"there is no migration {number:04}", hint=f"Known are: {known}")

    def _is_within(self, step: Step, to: int) -> bool:
        return not step.migration.migration.is_repeatable and step.migration.migration.number <= to


def failure(run: MigrationRun, statement: StatementRun, migration: Migration) -> OwlakeError:
    """The error of a run that failed: where, why, and which statements took effect."""
    total = len(run.statements)
    lines = [f"{migration.path}:{statement.line}: statement {statement.number} of {total} failed: {statement.error}"]
    for word, wanted in (("Took effect", True), ("Did not", False), ("Nobody can tell", None)):
        found = [one for one in run.statements if one.took_effect is wanted]
        lines += [f"{word}: {one.number} (line {one.line}): {first_line(one.text)}" for one in found]
    hint = "Correct the file from there on and run `owlake migrate repair`, which goes on after what took effect;"
    hint += f" or undo that by hand and run `owlake migrate repair {migration.key} --mark pending`"
    if run.action is Action.DOWN:
        hint = "Correct the down section from there on and run `owlake migrate repair`, which goes on with it"
    return failed("\n".join(lines), hint=hint)


def first_line(text: str, width: int = 100) -> str:
    """The beginning of a statement, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 3]}..."


def _statement_run(statement: Statement, tree: Tree) -> StatementRun:
    effects = 0 if is_counted(tree) else None
    return StatementRun(statement.number, statement.line, statement.text, effects=effects)


def _carried(now: StatementRun, then: StatementRun) -> StatementRun:
    """A statement that an earlier run has done, in the run that goes on after it."""
    return replace(
        now,
        state=RunState.SUCCEEDED,
        effects=then.effects,
        query_id=then.query_id,
        started=then.started,
        completed=then.completed,
    )


def _check_unchanged(
    done: Sequence[StatementRun], new: Sequence[StatementRun] | Sequence[Statement], migration: Migration
) -> None:
    """Errors: MIGRATION_REFUSED with what differs in a statement that took effect."""
    for one in done:
        now = new[one.number - 1] if one.number <= len(new) else None
        if now is not None and now.text == one.text:
            continue
        after = now.text.splitlines() if now is not None else []
        difference = "\n".join(unified_diff(one.text.splitlines(), after, "as it ran", "as it is now", lineterm=""))
        raise refused(
            f"{migration.path}:{now.line if now else one.line}: statement {one.number} took effect, and was changed"
            f" since:\n{difference}",
            hint="Put it back as it ran; what is to be different is another statement, or another migration",
        )
