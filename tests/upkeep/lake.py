"""A table of small files, and looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from owlake.home import Home
from owlake.session import Session

FORMATS = {
    "parquet": "STORED AS PARQUET",
    "orc": "STORED AS ORC",
    "avro": "STORED AS AVRO",
    "json": "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'",
    "text": "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','",
}
"""How a table of each format is declared."""


def rows(session: Session, sql: str) -> list[tuple[object, ...]]:
    """The rows of a query, as Python values."""
    found = session.execute(sql).table()
    return list(zip(*(column.to_pylist() for column in found.columns), strict=True))


def uris(home: Home, location: str = "s3://lake/t/") -> list[str]:
    """What lies below a folder, seen or not."""
    return sorted(file.uri for file in home.storage.list_files(location))


def seen(session: Session, table: str = "t") -> set[str]:
    """The files that a query of the table reads."""
    return {str(path) for (path,) in rows(session, f'SELECT DISTINCT "$path" FROM {table}')}


def make(session: Session, stored: str = FORMATS["parquet"], inserts: int = 4, *, keys: str = "k string") -> None:
    """The table ``t`` with two partitions, filled by so many inserts of ten rows."""
    session.execute(
        f"CREATE EXTERNAL TABLE t (x bigint, name string) PARTITIONED BY ({keys}) {stored} LOCATION 's3://lake/t/'"
    )
    for number in range(inserts):
        insert(session, number)


def insert(session: Session, number: int) -> None:
    """Ten more rows, of both partitions."""
    session.execute(
        f"INSERT INTO t SELECT x, concat('v', CAST(x AS varchar)), IF(x % 2 = 0, 'a', 'b') "
        f"FROM UNNEST(sequence({number * 10}, {number * 10 + 9})) AS s(x)"
    )


def compacted(
    home: Home, *, while_it_runs: Callable[[], object] | None = None, **arguments: Any
) -> dict[str, tuple[str, int, int]]:
    """State, files before and after of each partition. ``while_it_runs`` is done once, in the midst of the merging."""
    todo = [] if while_it_runs is None else [while_it_runs]
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        # The first time nothing is read yet.
        if calls == 2 and todo:
            todo.pop()()

    found = home.upkeep.compact("default.t", check=check, **arguments)
    assert not todo
    return {one.partition: (one.state, one.files_before, one.files_after) for one in found}
