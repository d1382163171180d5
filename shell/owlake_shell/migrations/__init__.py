"""Migrations: the schema of a lake as numbered SQL files.

from owlake_shell.migrations import Runner, open_target, read_project

project = read_project(Path("migrations"), variables={"bucket": "lake"})
target = open_target(project, home="my-home", create=True)
for run in Runner(project, target).up():
    print(run.migration, run.state, run.seconds)
target.close()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from owlake_shell.migrations.folder import Project, new_migration, read_project
    from owlake_shell.migrations.ledger import Ledger, Standing
    from owlake_shell.migrations.opening import open_target
    from owlake_shell.migrations.planning import plan
    from owlake_shell.migrations.runner import Runner
    from owlake_shell.migrations.target import Target
    from owlake_shell.migrations.validation import drift

_MODULES = {
    "Ledger": "ledger",
    "Project": "folder",
    "Runner": "runner",
    "Standing": "ledger",
    "Target": "target",
    "drift": "validation",
    "new_migration": "folder",
    "open_target": "opening",
    "plan": "planning",
    "read_project": "folder",
}

__all__ = [
    "Ledger",
    "Project",
    "Runner",
    "Standing",
    "Target",
    "drift",
    "new_migration",
    "open_target",
    "plan",
    "read_project",
]


def __getattr__(name: str) -> Any:
    # The command line imports this package before it knows what is asked of it.
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
