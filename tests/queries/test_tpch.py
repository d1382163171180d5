"""The 22 queries of TPC-H in Trino's dialect: the answers are DuckDB's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import owlake
from owlake.dbapi import Connection
from owlake.home import Home
from tests.answers import difference
from tests.parquet_lake import create_tables, duckdb_views, tpch_files

SCALE = 0.01
TEXTS = sorted((Path(__file__).parent.parent / "benchmarks" / "tpch").glob("q*.sql"))


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connection, Any]]:
    """owlake and DuckDB over the same files."""
    folder = tmp_path_factory.mktemp("tpch")
    files = tpch_files(folder, SCALE)
    with Home.open(folder / "home") as home:
        create_tables(home, files)
    with owlake.connect(folder / "home") as connection, duckdb_views(files) as duckdb:
        yield connection, duckdb


def test_all_of_them_are_here() -> None:
    assert len(TEXTS) == 22


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_the_answer_is_duckdbs(path: Path, engines: tuple[Connection, Any]) -> None:
    connection, duckdb = engines
    text = path.read_text(encoding="utf-8")
    expected = duckdb.execute(text).fetchall()
    assert difference(connection.execute(text).fetchall(), expected) is None
