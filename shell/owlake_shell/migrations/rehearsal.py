"""A home for a moment: what statements do to a catalog, without touching a lake.

It has no data, so statements that read or write data are analysed only; of CREATE TABLE AS the table is made, empty.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from owlake.catalog.model import Database, Table
from owlake.dialect.nodes import hive
from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Statement as Tree
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
from owlake_shell.migrations.comparison import CatalogState, Locations
from owlake_shell.migrations.relations import Name, is_elsewhere, tree_of

_WITH_DATA = re.compile(r"(.*)\bWITH\s+DATA\b", re.IGNORECASE | re.DOTALL)

OF_DATA = (nodes.Call, nodes.Update, nodes.Delete, nodes.Merge, nodes.Optimize, nodes.Vacuum, hive.RepairTable)
"""Statements that do nothing where there is no data."""


@contextmanager
def rehearsal_session(database: str, like: Home | None = None, *, empty: bool = False) -> Iterator[Session]:
    """A session in a home of its own, with the settings and attached catalogs of another.

    Unless it is to be ``empty``, it has what the catalog of the other holds, too.
    """
    with tempfile.TemporaryDirectory(prefix="owlake-rehearsal-") as folder:
        catalog = Path(folder) / "catalog.db"
        if like is not None:
            _copy_settings(like.path / "config.toml", Path(folder))
            if not empty:
                _copy_catalog(like.path / "catalog.db", catalog)
        plugins = like.plugins if like is not None else None
        with Home.open(folder, apart=True, plugins=plugins) as home, Session(home, database=database) as session:
            if like is not None and empty:
                _copy_attached(like.path / "catalog.db", catalog)
            yield session


def _copy_settings(source: Path, folder: Path) -> None:
    if source.is_file():
        shutil.copy(source, folder)


def _copy_catalog(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
        other.execute("PRAGMA journal_mode = WAL")
        with other:
            # What falls due is the home's to do.
            other.execute("DELETE FROM tasks")


def _copy_attached(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(target)) as connection:
        connection.execute("ATTACH DATABASE ? AS source", (str(source),))
        with connection:
            connection.execute("INSERT INTO catalogs SELECT * FROM source.catalogs")


def rehearse(session: Session, text: str, tree: Tree) -> None:
    """Do in the session what the statement would do to the lake's catalog. Errors: the statement's."""
    if is_elsewhere(tree):
        return
    if isinstance(tree, nodes.Insert):
        session.execute(_of_no_rows(text, tree))
    elif isinstance(tree, nodes.QueryStatement | nodes.Unload):
        session.execute(f"EXPLAIN (TYPE VALIDATE) {text}")
    elif isinstance(tree, nodes.CreateTableAs):
        session.execute(_without_data(text))
    elif not isinstance(tree, OF_DATA):
        session.execute(text)


def _without_data(text: str) -> str:
    """The CREATE TABLE AS with its table left empty, whether it says WITH DATA or not."""
    for changed in (text, f"{text}\nWITH NO DATA", _WITH_DATA.sub(r"\1WITH NO DATA", text)):
        with suppress(OwlakeError):
            tree = tree_of(changed)
            if isinstance(tree, nodes.CreateTableAs) and not tree.with_data:
                return changed
    # As it is: there are no rows that it could read.
    return text


def _of_no_rows(text: str, tree: nodes.Insert) -> str:
    """The INSERT with its query as a query over it that has no rows: the columns are held against the table's."""
    before = text.split("\n")[: tree.query.position.line - 1]
    line = text.split("\n")[tree.query.position.line - 1]
    # Columns are counted in UTF-16 units.
    start = len(line.encode("utf-16-le")[: 2 * (tree.query.position.column - 1)].decode("utf-16-le"))
    offset = sum(len(one) + 1 for one in before) + start
    return f"{text[:offset]}SELECT * FROM (\n{text[offset:]}\n) WHERE false"


def catalog_state(home: Home) -> CatalogState:
    """What the home's catalog holds."""

    def partitions(name: Name) -> Locations:
        with home.metastore.read() as reader:
            found = reader.list_partitions(*name)
        return {partition.values: partition.storage.location for partition in found}

    with home.metastore.read() as reader:
        databases = {one.name: one for one in reader.list_databases()}
        tables = {(one.database, one.name): one for one in reader.list_tables()}
    return CatalogState(databases, tables, partitions)


def touched(home: Home, name: Name, database: str) -> tuple[Database | None, Table | None, Locations]:
    """What the catalog says of a database and a table in it, to see whether a statement has changed them."""
    with home.metastore.read() as reader:
        schema = name[0] or database
        table = reader.find_table(schema, name[1]) if name[1] else None
        found = reader.list_partitions(schema, name[1]) if table is not None and not table.is_view else []
        return reader.find_database(schema), table, {one.values: one.storage.location for one in found}
