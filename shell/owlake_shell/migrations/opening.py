"""Opening what migrations run on: the home or the workgroup of their environment."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from owlake.errors import error
from owlake.home import Home
from owlake.session import Session
from owlake_shell.migrations.folder import Project
from owlake_shell.migrations.home_target import HomeTarget
from owlake_shell.migrations.settings import home_path
from owlake_shell.migrations.target import Target


def open_target(
    project: Project,
    *,
    home: str | None = None,
    database: str | None = None,
    properties: Mapping[str, object] | None = None,
    buckets: Mapping[str, str] | None = None,
    create: bool = False,
    changes: bool = True,
    warn: Callable[[str], None] = lambda _: None,
) -> Target:
    """The workgroup of Athena that the environment names, unless a home is named; else the home.

    ``buckets`` are folders that are to be ``s3://NAME``. ``create`` makes a home that is not there; where nothing
    ``changes`` it, an empty one stands for it meanwhile. ``home`` and ``database`` are to be those that the project was
    read for.

    Errors: HOME_ERROR for a home that is not there, unless it is to be made, or that is of a newer owlake.
    """
    if project.environment.athena is not None and home is None:
        from owlake_shell.migrations.athena_target import open_athena  # noqa: PLC0415  (boto3 is an extra)

        return open_athena(project.environment.athena, database)
    path = home_path(project.environment, home)
    exists = (path / "catalog.db").is_file()
    if not exists and not create:
        hint = "Name another directory (--home, OWLAKE_HOME), or let `owlake migrate up --create` make one"
        raise error("HOME_ERROR", f"There is no owlake home in {path.absolute()}", hint=hint)
    if exists or changes:
        return _open_home(Home.open(path), database, properties, buckets or {}, warn)
    folder = tempfile.TemporaryDirectory(prefix="owlake-plan-")
    opened = Home.open(folder.name, apart=True)
    return _open_home(opened, database, properties, buckets or {}, warn, then=folder.cleanup)


def _open_home(
    home: Home,
    database: str | None,
    properties: Mapping[str, object] | None,
    buckets: Mapping[str, str],
    warn: Callable[[str], None],
    then: Callable[[], None] = lambda: None,
) -> HomeTarget:
    try:
        for name, folder in buckets.items():
            home.link_bucket(name, Path(folder))
        session = Session(home, database=database or "default", properties=properties)
    except BaseException:
        home.close()
        then()
        raise
    return HomeTarget(home, session, warn, then)
