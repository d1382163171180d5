from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from owlake.home import Home
from owlake.session import Session
from tests.lake.iceberg.iceberg_lake import IcebergLake


@pytest.fixture(scope="module")
def iceberg_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IcebergLake]:
    """One home and one catalog of pyiceberg's for the tests of a module."""
    folder: Path = tmp_path_factory.mktemp("iceberg")
    with Home.open(folder / "home") as home, Session(home) as session:
        home.storage.create_bucket("lake")
        catalog = SqlCatalog(
            "pyiceberg", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{home.path}/buckets/lake"
        )
        catalog.create_namespace("n")
        yield IcebergLake(home, session, catalog)
        catalog.close()


@pytest.fixture
def iceberg(iceberg_home: IcebergLake) -> IcebergLake:
    """Without the tables of tests before."""
    iceberg_home.session.execute("DROP TABLE IF EXISTS t")
    return iceberg_home
