"""What the commands show: text for people, one JSON document for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TextIO

from owlake.catalog.migration_runs import Action, MigrationRun, RunState
from owlake.errors import OwlakeError
from owlake_shell.migrations.comparison import Difference
from owlake_shell.migrations.ledger import Entry, Standing, stopped_text
from owlake_shell.migrations.planning import PlannedMigration
from owlake_shell.migrations.runner import first_line

_WIDTH = 88


def status_text(entries: Sequence[Entry]) -> str:
    """A table of all migrations."""
    from tabulate import tabulate  # noqa: PLC0415  (other commands do without)

    rows = [
        (
            entry.name,
            _standing(entry),
            f"{entry.run.started:%Y-%m-%d %H:%M:%S}" if entry.run else "",
            f"{entry.run.seconds:.2f} s" if entry.run else "",
            entry.run.principal if entry.run else "",
        )
        for entry in entries
    ]
    table = tabulate(rows, ("migration", "state", "ran (UTC)", "took", "by"), disable_numparse=True)
    notes = [
        f"{entry.name} {stopped_text(entry.run)}"
        for entry in entries
        if entry.run and entry.standing in (Standing.FAILED, Standing.INTERRUPTED)
    ]
    return "\n".join([table, *notes]) if entries else "There are no migrations."


def _standing(entry: Entry) -> str:
    if entry.standing is Standing.APPLIED and entry.run and entry.run.state is RunState.MARKED:
        return "applied (marked)"
    if entry.standing is Standing.ELSEWHERE and entry.migration:
        return f"for {', '.join(entry.migration.header.environments)} only"
    return entry.standing.value


def plan_text(planned: Sequence[PlannedMigration]) -> str:
    """Every statement with what it would change."""
    lines: list[str] = []
    for migration in planned:
        undone = ", undone" if migration.action is Action.DOWN else ""
        lines.append(f"{migration.name}{undone}: {migration.intent}")
        for one in migration.statements:
            lines.append(f"  {one.number} (line {one.line}): {first_line(one.text, _WIDTH)}")
            lines.append(f"    {one.change}")
            lines += [f"    {one.cost}"] if one.cost else []
            lines += [f"    would fail: {one.problem}"] if one.problem else []
    count = sum(len(migration.statements) for migration in planned)
    if not planned:
        return "Nothing is to be done."
    return "\n".join([*lines, f"{_plural(len(planned), 'migration')}, {_plural(count, 'statement')}; nothing was run."])


def run_text(run: MigrationRun) -> str:
    """A run that is over, in a line."""
    if run.state is RunState.FAILED:
        return f"{run.migration}: {stopped_text(run).partition(': ')[0]}, {run.seconds:.2f} s"
    if run.state is RunState.MARKED:
        return f"{run.migration}: marked as {'applied' if run.action is Action.UP else 'pending'}"
    word = "applied" if run.action is Action.UP else "undone"
    return f"{run.migration}: {word}, {_plural(len(run.statements), 'statement')}, {run.seconds:.2f} s"


def drift_text(differences: Sequence[Difference], applied: int) -> str:
    """A line for each difference."""
    if not differences:
        return f"The catalog is as {_plural(applied, 'applied migration')} made it."
    count = _plural(len(differences), "difference")
    return "\n".join([*map(str, differences), f"{count} from what {_plural(applied, 'applied migration')} made."])


# JSON ---------------------------------------------------------------------------------------------------


def entry_json(entry: Entry) -> dict[str, Any]:
    """A migration and its last run."""
    migration = entry.migration
    return {
        "name": entry.name,
        "state": entry.standing.value,
        "intent": migration.header.intent if migration else None,
        "path": migration.path if migration else None,
        "run": run_json(entry.run) if entry.run else None,
    }


def run_json(run: MigrationRun) -> dict[str, Any]:
    """A run with its statements."""
    return {
        **asdict(run),
        "statements": [{**asdict(one), "took_effect": one.took_effect} for one in run.statements],
    }


def error_json(problem: OwlakeError) -> dict[str, Any]:
    """An error."""
    return {"code": problem.code, "message": problem.message, "hint": problem.hint}


def write_json(document: dict[str, Any], output: TextIO) -> None:
    """One document, readable."""
    output.write(json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
