"""A database of a connector's own: one SQLite file in its folder, opened as the catalog's is."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from owlake.catalog.migration import migrate, migrations_of
from owlake.catalog.sqlite import Store


def open_database(path: Path, package: str) -> Store:
    """The database at a path, made where it is missing and brought up to date.

    Its steps are the files ``NNNN_name.sql`` in the package's folder ``migrations``, each run once in a transaction of
    its own. A number that was published keeps its file for ever.

    Errors: HOME_ERROR, for a file of a newer version or one that is not a database.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        migrate(path, migrations_of(package))
    finally:
        os.close(descriptor)
    return Store(path)
