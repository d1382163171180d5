"""The settings of a home: ``config.toml`` and the environment."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from owlake.errors import error
from owlake.lake.storage import S3Endpoint


class S3Setting(NamedTuple):
    """A setting of ``[storage.s3]``."""

    type: type
    description: str
    variable: str | None = None


S3_SETTINGS: Mapping[str, S3Setting] = {
    "endpoint_url": S3Setting(str, "The server; AWS itself where the section has none", "OWLAKE_S3_ENDPOINT"),
    "region": S3Setting(str, "The region", "OWLAKE_S3_REGION"),
    "access_key": S3Setting(str, "The key's id; from AWS's usual places where it is not given", "OWLAKE_S3_ACCESS_KEY"),
    "secret_key": S3Setting(str, "The key; from AWS's usual places where it is not given", "OWLAKE_S3_SECRET_KEY"),
    "path_style": S3Setting(bool, "Buckets are in the URL's path, not in its host's name"),
}
"""The settings of ``[storage.s3]``, and the environment's variables that overrule them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a home is told.

    Attributes:
        endpoint: The S3 server behind ``s3://``; None, so that buckets are folders of the home, without one.
        catalogs: The sections ``[catalogs.NAME]``: the connector's kind and its properties.
    """

    endpoint: S3Endpoint | None
    catalogs: Mapping[str, Mapping[str, Any]]


def read_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of a file, those of ``[storage.s3]`` each overruled by its environment variable.

    Errors: HOME_ERROR for a file that cannot be read, is no TOML, or has settings that nobody knows.
    """
    content = _only(_content(path), {"storage", "catalogs", "migrations"}, path, "")
    return Settings(_endpoint(_s3(content, path), environment), _catalogs(content, path))


def _endpoint(section: dict[str, Any] | None, environment: Mapping[str, str]) -> S3Endpoint | None:
    """None where neither names an S3 server (an empty section means AWS)."""
    if section is None and not environment.get("OWLAKE_S3_ENDPOINT"):
        return None
    overruled = {
        name: environment[one.variable]
        for name, one in S3_SETTINGS.items()
        if one.variable and environment.get(one.variable)
    }
    return S3Endpoint(**{**(section or {}), **overruled})


def _catalogs(content: dict[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    """Each names its connector; which properties that has is known once it is asked for."""
    sections = content.get("catalogs", {})
    if not isinstance(sections, dict):
        raise error("HOME_ERROR", f"{path}: catalogs must be a section")
    if not sections:
        return {}
    from owlake.connector.catalogs import LAKE, is_catalog_name  # noqa: PLC0415  (few homes name any)

    for name, section in sections.items():
        if not isinstance(section, dict) or not isinstance(section.get("connector"), str):
            hint = 'For instance: connector = "postgresql"'
            raise error("HOME_ERROR", f"{path}: catalogs.{name} must be a section with a connector", hint=hint)
        if not is_catalog_name(name) or name in (LAKE, "system"):
            hint = "Lower-case letters, digits, '_' and '-'; a letter first; not the name of one that is there."
            raise error("HOME_ERROR", f"{path}: '{name}' cannot be the name of a catalog", hint=hint)
    return sections


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise error("HOME_ERROR", f"{path} cannot be read: {problem}") from problem
    except tomllib.TOMLDecodeError as problem:
        raise error("HOME_ERROR", f"{path} is not valid TOML: {problem}") from problem


def _s3(content: dict[str, Any], path: Path) -> dict[str, Any] | None:
    storage = content.get("storage", {})
    s3 = _only(storage, {"s3"}, path, "storage.").get("s3")
    if s3 is None:
        return None
    for name, value in _only(s3, set(S3_SETTINGS), path, "storage.s3.").items():
        if not isinstance(value, S3_SETTINGS[name].type):
            kind = S3_SETTINGS[name].type.__name__
            raise error("HOME_ERROR", f"{path}: storage.s3.{name} must be a {kind}, not {value!r}")
    return dict(s3)


def _only(section: Any, known: set[str], path: Path, prefix: str) -> dict[str, Any]:
    if not isinstance(section, dict):
        raise error("HOME_ERROR", f"{path}: {prefix.rstrip('.')} must be a section")
    for name in section:
        if name not in known:
            raise error(
                "HOME_ERROR",
                f"{path}: unknown setting {prefix}{name}",
                hint=f"Known are: {', '.join(sorted(prefix + each for each in known))}",
            )
    return section
