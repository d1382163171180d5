"""``migrations/environments.toml``: environments, their variables and targets; and what replaces ``${name}``.

default = "dev"                 # the environment where none is named
gaps = "refuse"                 # or "allow": numbers may be left out
ignore = ["scratch.*"]          # what `validate` does not look at: database.table

[variables]                     # in every environment
days = "30"

[environments.dev]
home = ".owlake"
[environments.dev.variables]
bucket = "lake-dev"

[environments.prod.athena]      # a workgroup instead of a home
workgroup = "etl"
history = "s3://ops/owlake/migrations/"
[environments.prod.variables]
bucket = "lake"
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from owlake.dbapi import DEFAULT_HOME
from owlake_shell.migrations.model import Migration, Rendered, Statement, checksum_of
from owlake_shell.migrations.problems import invalid

FILE: Final = "environments.toml"
_PLACEHOLDER: Final = re.compile(r"\$(?P<escaped>\$?)\{(?P<name>[^{}]*)\}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class AthenaSettings:
    """A workgroup of Athena. What is None is left to boto3 and to the workgroup.

    Attributes:
        history: An ``s3://`` folder for the history and the lock.
        history_table: The table that shows the history in Athena.
    """

    history: str
    workgroup: str = "primary"
    catalog: str = "AwsDataCatalog"
    database: str = "default"
    history_table: str = "default.owlake_migrations"
    output: str | None = None
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """Where migrations run: a home, or a workgroup of Athena; and the values of their variables."""

    name: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    home: str | None = None
    athena: AthenaSettings | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The file."""

    default: str | None = None
    allow_gaps: bool = False
    ignore: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)

    def environment(self, name: str | None, path: str) -> Environment:
        """The environment of this name, else the default one. Errors: MIGRATION_INVALID for an unknown name."""
        wanted = name or self.default
        if wanted is None:
            return Environment(None, self.variables)
        if wanted not in self.environments:
            known = ", ".join(sorted(self.environments)) or "none"
            raise invalid(path, f"there is no environment '{wanted}'", hint=f"Known are: {known}")
        found = self.environments[wanted]
        return Environment(wanted, {**self.variables, **found.variables}, found.home, found.athena)


def home_path(environment: Environment, home: str | None = None) -> Path:
    """The home that is named, else that of the environment, else ``$OWLAKE_HOME``, else ``./.owlake``."""
    return Path(home or environment.home or os.environ.get("OWLAKE_HOME", DEFAULT_HOME)).expanduser()


def read_settings(path: Path) -> Settings:
    """The settings of a file; of one that is not there, the usual ones. Errors: MIGRATION_INVALID."""
    content = read_toml(path)
    known = {"default", "gaps", "ignore", "variables", "environments"}
    _check(content, known, path, "")
    gaps = content.get("gaps", "refuse")
    if gaps not in ("refuse", "allow"):
        raise invalid(str(path), f"gaps is 'refuse' or 'allow', not {gaps!r}", hint="Correct the setting")
    ignore = content.get("ignore", [])
    if not isinstance(ignore, list) or not all(isinstance(item, str) for item in ignore):
        raise invalid(str(path), "ignore is a list of texts", hint='Write ignore = ["database.table*"]')
    environments = _table(content.get("environments", {}), path, "environments")
    return Settings(
        _text(content.get("default"), path, "default"),
        gaps == "allow",
        tuple(ignore),
        variables_of(content.get("variables", {}), path, "variables"),
        {name: _environment(name, section, path) for name, section in environments.items()},
    )


def read_toml(path: Path) -> dict[str, Any]:
    """A file's content; empty where there is none. Errors: MIGRATION_INVALID."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise invalid(str(path), f"it cannot be read: {problem}", hint="It is a UTF-8 file of TOML") from problem
    except tomllib.TOMLDecodeError as problem:
        raise invalid(str(path), f"it is not valid TOML: {problem}", hint="See https://toml.io") from problem


def variables_of(section: object, path: Path, name: str) -> dict[str, str]:
    """A section of variables: texts and whole numbers."""
    found: dict[str, str] = {}
    for variable, value in _table(section, path, name).items():
        if _NAME.fullmatch(variable) is None:
            raise invalid(str(path), f"{name}: '{variable}' is no name of a variable", hint="Use letters, digits and _")
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise invalid(str(path), f"{name}.{variable} must be a text, not {value!r}", hint="Put it in quotes")
        found[variable] = str(value)
    return found


def _environment(name: str, section: object, path: Path) -> Environment:
    place = f"environments.{name}"
    content = _table(section, path, place)
    _check(content, {"home", "variables", "athena"}, path, f"{place}.")
    if "home" in content and "athena" in content:
        raise invalid(str(path), f"{place} has a home and a workgroup of Athena", hint="Keep one of them")
    athena = None
    if "athena" in content:
        options = _table(content["athena"], path, f"{place}.athena")
        _check(options, {option.name for option in fields(AthenaSettings)}, path, f"{place}.athena.")
        texts = {key: _text(value, path, f"{place}.athena.{key}") for key, value in options.items()}
        if not str(texts.get("history", "")).startswith("s3://"):
            raise invalid(str(path), f"{place}.athena.history is missing", hint='Write history = "s3://bucket/folder/"')
        athena = AthenaSettings(**texts)  # type: ignore[arg-type]  # checked above
    home = _text(content.get("home"), path, f"{place}.home")
    return Environment(name, variables_of(content.get("variables", {}), path, f"{place}.variables"), home, athena)


def _table(value: object, path: Path, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(str(path), f"{name} must be a section, not {value!r}", hint=f"Write [{name}]")
    return value


def _text(value: object, path: Path, name: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise invalid(str(path), f"{name} must be a text, not {value!r}", hint="Put it in quotes")
    return value


def _check(content: Mapping[str, object], known: Iterable[str], path: Path, prefix: str) -> None:
    for name in content:
        if name not in known:
            choices = ", ".join(sorted(prefix + each for each in known))
            raise invalid(str(path), f"unknown setting {prefix}{name}", hint=f"Known are: {choices}")


# Variables ----------------------------------------------------------------------------------------------


def render(migration: Migration, variables: Mapping[str, str], environment: str | None) -> Rendered:
    """The migration with the values of its variables. Errors: MIGRATION_INVALID with ``file:line`` for one without."""
    defaults = {name: value for name, value in migration.header.variables if value is not None}
    values = {**defaults, **variables}

    def fill(statement: Statement) -> Statement:
        def value(found: re.Match[str]) -> str:
            if found["escaped"]:
                return f"${{{found['name']}}}"
            if found["name"] in values:
                return values[found["name"]]
            line = statement.line + statement.text.count("\n", 0, found.start())
            raise _without_value(f"{migration.path}:{line}", found["name"], environment)

        return Statement(statement.number, statement.line, _PLACEHOLDER.sub(value, statement.text))

    _check_declared(migration, values, environment)
    up, down = (tuple(fill(one) for one in part) for part in (migration.up, migration.down))
    texts = "\n".join(statement.text for statement in (*up, *down))
    return Rendered(migration, up, down, checksum_of(f"{migration.checksum}\n{texts}"))


def _check_declared(migration: Migration, values: Mapping[str, str], environment: str | None) -> None:
    for name, default in migration.header.variables:
        if default is None and name not in values:
            raise _without_value(migration.path, name, environment)


def _without_value(place: str, name: str, environment: str | None) -> Exception:
    section = f"environments.{environment}.variables" if environment else "variables"
    hint = (
        f"Give it with --var {name}=VALUE, or under [{section}] in {FILE}."
        f" Where the text itself is to hold ${{{name}}}, as in storage.location.template, write $${{{name}}}"
    )
    return invalid(place, f"the variable '{name}' has no value", hint=hint)
