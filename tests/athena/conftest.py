"""Sessions as strict as Athena."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import owlake
from owlake.dbapi import Connection

_LAID_OUT = (
    "CREATE DATABASE d",
    "CREATE EXTERNAL TABLE d.t (n int, s string) LOCATION 's3://b/t/'",
    "CREATE EXTERNAL TABLE d.p (n int, s string) PARTITIONED BY (dt string) LOCATION 's3://b/p/'",
    "CREATE VIEW d.v AS SELECT n, s FROM d.t",
    "CREATE TABLE d.i (n int) LOCATION 's3://b/i/' TBLPROPERTIES ('table_type' = 'ICEBERG')",
)


@pytest.fixture(scope="module")
def athena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A strict connection; ``d`` has the tables t, p (partitioned) and i (Iceberg) and the view v."""
    home: Path = tmp_path_factory.mktemp("athena") / "home"
    with owlake.connect(home, session_properties={"athena_strict": True}) as connection:
        for statement in _LAID_OUT:
            connection.execute(statement)
        yield connection
