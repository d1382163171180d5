"""``owlake migrate``: the command line.

Exit status: 0 done; 1 a statement failed, or in a plan would; 2 wrong usage; 3 refused before anything was run (a file,
the history, the home); 4 somebody else is at it; 5 ``validate`` found differences; 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from owlake.catalog.migration_runs import MigrationRun
    from owlake.errors import OwlakeError
    from owlake_shell.migrations.folder import Project
    from owlake_shell.migrations.ledger import Step
    from owlake_shell.migrations.runner import Runner
    from owlake_shell.migrations.target import Target

DONE: Final = 0
FAILED: Final = 1
REFUSED: Final = 3
LOCKED: Final = 4
DRIFT: Final = 5
INTERRUPTED: Final = 130

Document = dict[str, Any]


# The parser ---------------------------------------------------------------------------------------------


def add_commands(commands: argparse._SubParsersAction[Any], place: argparse.ArgumentParser) -> None:
    """Add ``migrate`` and its commands to the command line; ``place`` has the options that name the home."""
    shared = argparse.ArgumentParser(add_help=False, parents=[place])
    shared.add_argument("--folder", type=Path, default=argparse.SUPPRESS, help="the files (default: ./migrations)")
    shared.add_argument("--environment", default=argparse.SUPPRESS, metavar="NAME", help="of environments.toml")
    shared.add_argument(
        "--var", action="append", default=argparse.SUPPRESS, metavar="NAME=VALUE", help="the value of ${NAME}"
    )
    shared.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="write one JSON document")
    migrate = commands.add_parser(
        "migrate", help="bring a home, or Athena, to the state of migration files", parents=[shared]
    )
    actions = migrate.add_subparsers(metavar="ACTION", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text, parents=[shared])
        parser.set_defaults(run=run)
        return parser

    new = add("new", _new, "write the file of a new migration")
    new.add_argument("name", nargs="+", metavar="NAME", help="what it does: create_events")
    new.add_argument("--intent", metavar="TEXT", help="what it is for")
    new.add_argument("--repeatable", action="store_true", help="run it again whenever it changes: a view, a grant")
    add("status", _status, "show where each migration stands")
    plan = add("plan", _plan, "show what up would do, without doing it")
    _to(plan, "up to this number")
    _create(plan, "if there is no home, plan for an empty one")
    up = add("up", _up, "run what is pending")
    _to(up, "up to this number")
    _dry_run(up)
    _create(up)
    down = add("down", _down, "undo the last migration by its down section")
    _to(down, "undo all behind this number; 0 undoes all")
    _dry_run(down)
    baseline = add("baseline", _baseline, "take everything up to a number as applied, without running it")
    baseline.add_argument("number", type=int, metavar="NUMBER")
    _create(baseline)
    repair = add("repair", _repair, "go on with a migration that stopped, behind what took effect")
    repair.add_argument("key", nargs="?", metavar="NUMBER", help="the migration to mark: 0003, or R__name")
    repair.add_argument("--mark", choices=("applied", "pending"), help="take it as that, without running anything")
    repair.add_argument("--from", dest="statement", type=int, metavar="N", help="go on at this statement")
    repair.add_argument("--unlock", action="store_true", help="take the lock from a process that is gone (Athena)")
    add("validate", _validate, "compare the catalog with what the migrations made")


def _to(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--to", type=int, metavar="NUMBER", help=text)


def _dry_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show what it would do, without doing it")


def _create(parser: argparse.ArgumentParser, text: str = "make the home if there is none") -> None:
    parser.add_argument("--create", action="store_true", help=text)


# The commands -------------------------------------------------------------------------------------------


def _new(options: argparse.Namespace) -> int:
    from owlake_shell.migrations.folder import new_migration  # noqa: PLC0415

    with _Report(options) as report:
        path = new_migration(
            _folder(options), " ".join(options.name), intent=options.intent, repeatable=options.repeatable
        )
        report.show({"path": str(path)}, str(path))
    return report.status


def _status(options: argparse.Namespace) -> int:
    from owlake_shell.migrations.report import entry_json, status_text  # noqa: PLC0415

    with _Report(options) as report, _runner(options, report) as runner:
        entries = runner.ledger().entries
        report.show({"migrations": [entry_json(entry) for entry in entries]}, status_text(entries))
    return report.status


def _plan(options: argparse.Namespace) -> int:
    with _Report(options) as report, _runner(options, report, changes=False) as runner:
        ledger = runner.ledger()
        ledger.check()
        report.plan(ledger.steps_up(options.to), runner.target)
    return report.status


def _up(options: argparse.Namespace) -> int:
    if options.dry_run:
        return _plan(options)
    return _running(options, lambda runner: runner.up(options.to), "Nothing is to be done.")


def _down(options: argparse.Namespace) -> int:
    if not options.dry_run:
        return _running(options, lambda runner: runner.down(options.to), "Nothing is applied.")
    with _Report(options) as report, _runner(options, report) as runner:
        ledger = runner.ledger()
        ledger.check()
        report.plan(ledger.steps_down(options.to), runner.target)
    return report.status


def _baseline(options: argparse.Namespace) -> int:
    return _running(options, lambda runner: runner.baseline(options.number), "Nothing is to be marked.")


def _repair(options: argparse.Namespace) -> int:
    from owlake.catalog.migration_runs import Action  # noqa: PLC0415

    if (options.mark is None) != (options.key is None):
        sys.stderr.write("owlake: --mark and the NUMBER that it marks go together\n")
        return 2

    def repair(runner: Runner) -> Sequence[MigrationRun]:
        if options.unlock:
            runner.target.break_lock()
        if options.mark is not None:
            return [runner.mark(options.key, Action.UP if options.mark == "applied" else Action.DOWN)]
        return runner.repair(options.statement)

    return _running(options, repair, "Nothing is to be repaired.")


def _validate(options: argparse.Namespace) -> int:
    from dataclasses import asdict  # noqa: PLC0415

    from owlake_shell.migrations.report import drift_text  # noqa: PLC0415
    from owlake_shell.migrations.validation import drift  # noqa: PLC0415

    with _Report(options) as report, _runner(options, report) as runner:
        ledger = runner.ledger()
        found = drift(ledger, runner.target)
        document = {"differences": [{**asdict(one), "text": str(one)} for one in found]}
        report.show(document, drift_text(found, len(ledger.applied())))
        report.status = DRIFT if found else DONE
    return report.status


def _running(options: argparse.Namespace, work: Callable[[Runner], Sequence[MigrationRun]], nothing: str) -> int:
    """Run migrations: each is shown when it is over."""
    with _Report(options) as report, _runner(options, report) as runner:
        work(runner)
        if not report.runs:
            report.show({}, nothing)
    return report.status


# What they share ----------------------------------------------------------------------------------------


class _Report:
    """Collects what a command has to say, and turns its error into an exit status."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.status = DONE
        self.runs: list[MigrationRun] = []
        self._as_json: bool = getattr(options, "json", False)
        self._document: Document = {}

    def about(self, project: Project, target: Target) -> None:
        """Say where it happens."""
        self._document |= {"target": target.name, "environment": project.environment.name}

    def show(self, document: Document, text: str) -> None:
        """The answer in both forms."""
        self._document |= document
        if not self._as_json:
            sys.stdout.write(f"{text}\n")

    def run(self, run: MigrationRun) -> None:
        """A run has begun or is over."""
        from owlake.catalog.migration_runs import RunState  # noqa: PLC0415
        from owlake_shell.migrations.report import run_text  # noqa: PLC0415

        if run.state is not RunState.RUNNING:
            self.runs.append(run)
            if not self._as_json:
                sys.stdout.write(f"{run_text(run)}\n")
                sys.stdout.flush()

    def plan(self, steps: Sequence[Step], target: Target) -> None:
        """What the steps would do."""
        from dataclasses import asdict  # noqa: PLC0415

        from owlake_shell.migrations.planning import plan  # noqa: PLC0415
        from owlake_shell.migrations.report import plan_text  # noqa: PLC0415

        planned = plan(steps, target)
        self.show({"migrations": [asdict(one) for one in planned]}, plan_text(planned))
        if any(statement.problem for one in planned for statement in one.statements):
            self.status = FAILED

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, _: object) -> bool:
        from owlake.errors import OwlakeError  # noqa: PLC0415
        from owlake_shell.migrations.report import error_json, run_json, write_json  # noqa: PLC0415

        if problem is not None and not isinstance(problem, OwlakeError):
            return False
        if isinstance(problem, OwlakeError):
            self.status = _status_of(problem, self.runs)
        if self._as_json:
            runs = {"runs": [run_json(run) for run in self.runs]} if self.runs else {}
            failure = {"error": error_json(problem)} if isinstance(problem, OwlakeError) else {}
            write_json({**self._document, **runs, **failure}, sys.stdout)
        elif isinstance(problem, OwlakeError):
            sys.stdout.flush()
            sys.stderr.write(f"{problem.report}\n")
        return True


def _status_of(problem: OwlakeError, runs: Sequence[MigrationRun]) -> int:
    if problem.code == "MIGRATION_LOCKED":
        return LOCKED
    if problem.code != "MIGRATION_FAILED":
        return REFUSED
    return INTERRUPTED if runs and (runs[-1].error or "").startswith("USER_CANCELED") else FAILED


def _folder(options: argparse.Namespace) -> Path:
    folder: Path = getattr(options, "folder", Path("migrations"))
    return folder


@contextmanager
def _runner(options: argparse.Namespace, report: _Report, *, changes: bool = True) -> Iterator[Runner]:
    """The runner of the folder on the target that the options name; a home is made only for what ``changes`` it."""
    from owlake_shell.migrations.folder import read_project  # noqa: PLC0415
    from owlake_shell.migrations.opening import open_target  # noqa: PLC0415
    from owlake_shell.migrations.runner import Runner  # noqa: PLC0415

    home: str | None = getattr(options, "home", None)
    variables = _pairs(getattr(options, "var", []), "--var")
    environment, database = getattr(options, "environment", None), getattr(options, "database", None)
    project = read_project(_folder(options), environment, variables, home=home, database=database)
    target = open_target(
        project,
        home=home,
        database=database,
        properties=_pairs(getattr(options, "property", []), "--property"),
        buckets=_pairs(getattr(options, "bucket", []), "--bucket"),
        create=getattr(options, "create", False),
        changes=changes,
        warn=_warn,
    )
    try:
        report.about(project, target)
        yield Runner(project, target, report.run)
    finally:
        target.close()


def _warn(text: str) -> None:
    sys.stderr.write(f"Warning: {text}\n")


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    from owlake_shell.migrations.problems import invalid  # noqa: PLC0415

    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name and sign):
            raise invalid(option, f"expected {option} NAME=VALUE, not '{text}'", hint="Put an = between them")
        found[name] = value
    return found
