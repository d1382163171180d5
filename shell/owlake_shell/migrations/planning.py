"""What `up` or `down` would do, statement by statement, without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from owlake.catalog.migration_runs import Action
from owlake_shell.migrations.changes import describe
from owlake_shell.migrations.ledger import Step
from owlake_shell.migrations.relations import parse_statement
from owlake_shell.migrations.target import Target


@dataclass(frozen=True, slots=True)
class PlannedStatement:
    """A statement, what it would change, and what it would fail with."""

    number: int
    line: int
    text: str
    change: str
    cost: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class PlannedMigration:
    """A migration that would be run."""

    name: str
    path: str
    intent: str
    action: Action
    statements: tuple[PlannedStatement, ...]


def plan(steps: Sequence[Step], target: Target) -> list[PlannedMigration]:
    """Every statement of the steps, tried out on what those before it leave. Errors: MIGRATION_INVALID."""
    if not steps:
        return []
    parsed = [
        (step, statement, parse_statement(statement, step.migration.migration.path))
        for step in steps
        for statement in (step.migration.up if step.action is Action.UP else step.migration.down)
    ]
    planned: dict[str, list[PlannedStatement]] = {}
    with target.rehearse() as rehearsal:
        for step, statement, tree in parsed:
            trial = rehearsal.rehearse(statement.text, tree)
            change = describe(tree) + ("; it is so already" if trial.changes_nothing else "")
            found = PlannedStatement(
                statement.number, statement.line, statement.text, change, trial.cost, trial.problem
            )
            planned.setdefault(step.migration.migration.name, []).append(found)
    return [
        PlannedMigration(
            step.migration.migration.name,
            step.migration.migration.path,
            step.migration.migration.header.intent,
            step.action,
            tuple(planned[step.migration.migration.name]),
        )
        for step in steps
    ]
