"""A folder of migrations: found, read, checked against each other; and new files in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Final

from owlake_shell.migrations.model import Migration, Rendered
from owlake_shell.migrations.parsing import NAMES, key_of, parse_migration
from owlake_shell.migrations.problems import invalid
from owlake_shell.migrations.relations import Name, Relations, relations_of
from owlake_shell.migrations.settings import (
    FILE,
    Environment,
    Settings,
    home_path,
    read_settings,
    read_toml,
    render,
    variables_of,
)

_TEMPLATE: Final = """\
-- intent: {intent}

-- Write the statements here, each with its semicolon.

-- down
-- Write what undoes them here, or delete this section if nothing can.
"""


@dataclass(frozen=True, slots=True)
class Project:
    """The migrations of a folder for one environment.

    Attributes:
        versioned: In the order of their numbers.
        repeatable: In the order in which they are run: what another needs comes first.
        needs: Of each repeatable one those that it needs, directly; by what it says, and by the names it uses.
        uses: Of each repeatable one the tables and views that it reads.
        database: Where names without one are looked up.
    """

    folder: Path
    settings: Settings
    environment: Environment
    variables: Mapping[str, str]
    versioned: tuple[Migration, ...] = ()
    repeatable: tuple[Migration, ...] = ()
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    uses: Mapping[str, frozenset[Name]] = field(default_factory=dict)
    database: str = "default"

    def find(self, key: str) -> Migration | None:
        """The migration that is called so: ``0001``, ``R__name``, or its whole name."""
        return next((one for one in (*self.versioned, *self.repeatable) if key in (one.key, one.name)), None)

    def is_for_here(self, migration: Migration) -> bool:
        """Whether it is run in this environment."""
        return not migration.header.environments or self.environment.name in migration.header.environments

    def render(self, migration: Migration) -> Rendered:
        """The migration with the values of its variables. Errors: MIGRATION_INVALID for one without."""
        return render(migration, self.variables, self.environment.name)


def read_project(
    folder: Path,
    environment: str | None = None,
    variables: Mapping[str, str] | None = None,
    *,
    home: str | None = None,
    database: str | None = None,
) -> Project:
    """Read a folder for the home that it is to run in, unless its environment names one, or a workgroup of Athena.

    ``variables`` overrule those of the environment, which overrule ``[migrations.variables]`` of the home's settings.
    ``database`` is where names without one are looked up.

    Errors: MIGRATION_INVALID for whatever is wrong with a file by itself or with all of them together.
    """
    if not folder.is_dir():
        hint = "Name the folder with --folder, or let `owlake migrate new NAME` make it"
        raise invalid(str(folder), "there is no such folder of migrations", hint=hint)
    settings = read_settings(folder / FILE)
    chosen = settings.environment(environment, str(folder / FILE))
    values = {**_home_variables(chosen, home), **chosen.variables, **(variables or {})}
    database = database or (chosen.athena.database if chosen.athena else "default")
    migrations = [_read(path) for path in sorted(folder.glob("*.sql")) if not path.name.startswith(".")]
    versioned = sorted((one for one in migrations if not one.is_repeatable), key=lambda one: one.number)
    repeatable = [one for one in migrations if one.is_repeatable]
    _check_numbers(versioned, allow_gaps=settings.allow_gaps)
    _check_requirements(migrations, chosen.name)
    project = Project(folder, settings, chosen, values, tuple(versioned))
    here = [one for one in repeatable if project.is_for_here(one)]
    relations = {one.key: relations_of(project.render(one), database) for one in here}
    needs = _needs(here, relations)
    order = _in_order(repeatable, needs)
    uses = {key: found.used for key, found in relations.items()}
    return Project(folder, settings, chosen, values, tuple(versioned), tuple(order), needs, uses, database)


def new_migration(folder: Path, name: str, *, intent: str | None = None, repeatable: bool = False) -> Path:
    """A file for a new migration, with the next free number; the folder is made if need be.

    Errors: MIGRATION_INVALID for a name that is none, or a repeatable one that is there.
    """
    words = re.sub(r"\W+", "_", name.strip().lower()).strip("_")
    if not words:
        raise invalid(repr(name), "this is no name for a migration", hint="Say what it does: create_events")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        text = f"the folder cannot be made: {problem.strerror or problem}"
        raise invalid(str(folder), text, hint="Name another one with --folder") from problem
    numbers = [int(key) for key in _keys(folder) if key.isdigit()]
    stem = f"R__{words}" if repeatable else f"{max(numbers, default=0) + 1:04}_{words}"
    path = folder / f"{stem}.sql"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_TEMPLATE.format(intent=intent or words.replace("_", " ")))
    except FileExistsError:
        raise invalid(str(path), "the file is there already", hint="Edit it, or choose another name") from None
    except OSError as problem:
        text = f"it cannot be written: {problem.strerror or problem}"
        raise invalid(str(path), text, hint="Name another folder with --folder") from problem
    return path


def _keys(folder: Path) -> Iterable[str]:
    return filter(None, (key_of(path.stem) for path in folder.glob("*.sql")))


def _home_variables(environment: Environment, home: str | None) -> dict[str, str]:
    if environment.athena is not None and home is None:
        return {}
    path = home_path(environment, home) / "config.toml"
    section = read_toml(path).get("migrations", {})
    if not isinstance(section, dict) or set(section) - {"variables"}:
        raise invalid(str(path), "[migrations] may hold variables only", hint="Write [migrations.variables]")
    return variables_of(section.get("variables", {}), path, "migrations.variables")


def _read(path: Path) -> Migration:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise invalid(
            str(path), f"it cannot be read: {problem.strerror or problem}", hint="See to the file"
        ) from problem
    except UnicodeDecodeError as problem:
        raise invalid(str(path), f"it is not UTF-8 at byte {problem.start}", hint="Save it as UTF-8") from problem
    if key_of(path.stem) is None:
        raise invalid(str(path), "this is no name of a migration", hint=NAMES)
    return parse_migration(path.stem, text, str(path))


def _check_numbers(versioned: Sequence[Migration], *, allow_gaps: bool) -> None:
    for before, after in pairwise(versioned):
        if before.number == after.number:
            hint = f"Rename the newer one to {versioned[-1].number + 1:04}_..."
            raise invalid(after.path, f"its number is that of {Path(before.path).name}", hint=hint)
    if allow_gaps:
        return
    for expected, migration in enumerate(versioned, start=1):
        if migration.number != expected:
            hint = f'Rename the files without gaps, or write gaps = "allow" in {FILE}'
            raise invalid(migration.path, f"there is no migration {expected:04} before it", hint=hint)


def _check_requirements(migrations: Sequence[Migration], environment: str | None) -> None:
    known = {one.key: one for one in migrations}
    for migration in migrations:
        for key in migration.header.requires:
            found = known.get(key)
            if found is None:
                hint = f"Known are: {', '.join(sorted(known))}"
                raise invalid(migration.path, f"it requires {key}, which is not there", hint=hint)
            if not migration.is_repeatable and (found.is_repeatable or found.number > migration.number):
                hint = "Repeatable migrations run after all others; give this one a number behind what it requires"
                raise invalid(migration.path, f"it requires {key}, which is run after it", hint=hint)
            places = found.header.environments
            own = migration.header.environments
            runs_here = not own or environment in own
            if runs_here and places and environment not in places:
                hint = "Let both run in the same environments"
                raise invalid(migration.path, f"it requires {key}, which is not run here", hint=hint)


def _needs(repeatable: Sequence[Migration], relations: Mapping[str, Relations]) -> dict[str, frozenset[str]]:
    """What each needs: a view over another repeatable view needs that one, whether it says so or not."""
    made = {name: key for key, found in relations.items() for name in found.made}
    return {
        one.key: frozenset(one.header.requires)
        | {made[name] for name in relations[one.key].used if made.get(name, one.key) != one.key}
        for one in repeatable
    }


def _in_order(repeatable: Sequence[Migration], needs: Mapping[str, frozenset[str]]) -> list[Migration]:
    known = {one.key: one for one in repeatable}
    # The sorter keeps the order of what it is given where nothing else decides.
    sorter = TopologicalSorter({key: sorted(needs.get(key, frozenset()) & set(known)) for key in sorted(known)})
    try:
        return [known[key] for key in sorter.static_order()]
    except CycleError as problem:
        circle = " -> ".join(reversed(problem.args[1]))
        first = known[problem.args[1][0]]
        raise invalid(first.path, f"it needs itself: {circle}", hint="Take one requirement out") from None
