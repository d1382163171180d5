"""Random joins, set operations, groupings, subqueries and windows: the same rows as DuckDB gives.

The queries are written in what both engines read alike, over small tables where keys repeat, miss and are NULL.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from owlake.home import Home
from owlake.session import Session

TABLES = ("r", "s", "t")
COLUMNS = ("a", "b", "c")
QUERIES = 120


def rows_of_a_table(chance: random.Random) -> pa.Table:
    count = chance.choice((0, 1, 7, 40))
    columns = {name: [chance.choice((None, 1, 2, 2, 3, 4, 5)) for _ in range(count)] for name in COLUMNS}
    return pa.table(columns, schema=pa.schema([(name, pa.int64()) for name in COLUMNS]))


class Engines:
    """Both engines over the same files."""

    def __init__(self, folder: Path, seed: int) -> None:
        chance = random.Random(seed)
        self.home = Home.open(folder)
        self.session = Session(self.home)
        self.duckdb = duckdb.connect()
        for name in TABLES:
            path = folder / "buckets" / "b" / name
            path.mkdir(parents=True)
            # Two files: what is right in one part may not be in two.
            for part in ("one", "two"):
                pq.write_table(rows_of_a_table(chance), path / f"{part}.parquet")
            declared = ", ".join(f"{column} bigint" for column in COLUMNS)
            self.session.execute(
                f"CREATE EXTERNAL TABLE {name} ({declared}) STORED AS PARQUET LOCATION 's3://b/{name}/'"
            )
            self.duckdb.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}/*.parquet')")

    def differ(self, query: str) -> str | None:
        ours = in_order([tuple(row.values()) for batch in self.session.execute(query) for row in batch.to_pylist()])
        theirs = in_order(self.duckdb.execute(query).fetchall())
        return None if ours == theirs else f"{query}\nowlake: {ours[:20]}\nDuckDB: {theirs[:20]}"

    def close(self) -> None:
        self.session.close()
        self.home.close()


def in_order(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted((tuple(_plain(value) for value in row) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    return round(float(value), 6) if isinstance(value, float) or hasattr(value, "as_tuple") else value


class Writer:
    """Writes a query at random; every relation has the columns a, b and c."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.aliases = iter(f"x{number}" for number in range(1000))

    def query(self, depth: int) -> str:
        kinds = (self.joined, self.combined, self.grouped, self.filtered, self.windowed, self.distinct, self.limited)
        return self.chance.choice(kinds)(depth)

    def relation(self, depth: int) -> str:
        if depth <= 0 or self.chance.random() < 0.4:
            return self.chance.choice(TABLES)
        return f"({self.query(depth - 1)})"

    def column(self, alias: str) -> str:
        return f"{alias}.{self.chance.choice(COLUMNS)}"

    def condition(self, alias: str, other: str | None = None) -> str:
        left = self.column(alias)
        right = self.column(other) if other and self.chance.random() < 0.8 else str(self.chance.randint(1, 4))
        operator = self.chance.choice(("=", "=", "=", "<", "<>", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"))
        found = f"{left} {operator} {right}"
        if self.chance.random() < 0.3:
            found += f" {self.chance.choice(('AND', 'OR'))} {self.condition(alias, other)}"
        return f"({found})"

    def joined(self, depth: int) -> str:
        one, two = next(self.aliases), next(self.aliases)
        kind = self.chance.choice(("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"))
        equal = f"{self.column(one)} = {self.column(two)}"
        more = f" AND {self.condition(self.chance.choice((one, two)), None)}" if self.chance.random() < 0.5 else ""
        on = "" if kind == "CROSS JOIN" else f" ON {equal}{more}"
        where = self.chance.choice(("", f" WHERE {self.column(one)} IS NULL", f" WHERE {self.column(two)} IS NULL"))
        shown = f"{self.column(one)} AS a, {self.column(two)} AS b, {self.column(two)} AS c"
        return f"SELECT {shown} FROM {self.relation(depth)} AS {one} {kind} {self.relation(depth)} AS {two}{on}{where}"

    def combined(self, depth: int) -> str:
        operator = self.chance.choice(("UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"))
        one, two = (f"SELECT * FROM {self.relation(depth)} AS {next(self.aliases)}" for _ in range(2))
        return f"{one} {operator} {two}"

    def grouped(self, depth: int) -> str:
        one = next(self.aliases)
        keys = self.chance.choice(("a", "a, b", "b, c", "a, b, c"))
        call = self.chance.choice(
            ("count(*)", "sum(c)", "min(b)", "max(c)", "count(DISTINCT b)", "sum(b) FILTER (WHERE c > 1)")
        )
        having = self.chance.choice(("", "", " HAVING count(*) > 1"))
        first = keys.split(", ")[0]
        shown = f"{one}.{first} AS a, CAST({call} AS bigint) AS b, CAST(count(*) AS bigint) AS c"
        return f"SELECT {shown} FROM {self.relation(depth)} AS {one} GROUP BY {keys}{having}"

    def filtered(self, depth: int) -> str:
        one, two = next(self.aliases), next(self.aliases)
        inner = f"SELECT {self.column(two)} FROM {self.relation(depth - 1)} AS {two} WHERE {self.condition(two, one)}"
        plain = f"SELECT {self.column(two)} FROM {self.relation(depth - 1)} AS {two}"
        counted = f"SELECT count({self.column(two)}) FROM {self.relation(depth - 1)} AS {two}"
        condition = self.chance.choice(
            (
                self.condition(one),
                f"EXISTS ({inner})",
                f"NOT EXISTS ({inner})",
                f"{self.column(one)} IN ({plain})",
                f"{self.column(one)} NOT IN ({plain})",
                f"{self.column(one)} IN ({inner})",
                f"({self.condition(one)} OR EXISTS ({inner}))",
                f"{self.column(one)} >= ALL ({plain})",
                f"{self.column(one)} < ANY ({plain})",
                f"{self.column(one)} > ({counted} WHERE {self.condition(two, one)})",
            )
        )
        return f"SELECT * FROM {self.relation(depth)} AS {one} WHERE {condition}"

    def windowed(self, depth: int) -> str:
        one = next(self.aliases)
        frame = self.chance.choice(
            (
                "",
                " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                " ROWS UNBOUNDED PRECEDING",
                " RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING",
            )
        )
        order = "a" if "RANGE" in frame else "a, b, c"
        direction = self.chance.choice(("ASC NULLS LAST", "DESC NULLS LAST", "ASC NULLS FIRST"))
        order = ", ".join(f"{column} {direction}" for column in order.split(", "))
        partition = self.chance.choice(("", "PARTITION BY b "))
        call = self.chance.choice(("sum(b)", "count(*)", "min(c)", "max(b)", "rank()", "dense_rank()"))
        frame = "" if "rank" in call else frame
        return (
            f"SELECT a, b, CAST({call} OVER ({partition}ORDER BY {order}{frame}) AS bigint) AS c "
            f"FROM {self.relation(depth)} AS {one}"
        )

    def distinct(self, depth: int) -> str:
        return f"SELECT DISTINCT a, b, b AS c FROM {self.relation(depth)} AS {next(self.aliases)}"

    def limited(self, depth: int) -> str:
        limit = self.chance.randint(0, 5)
        order = "a NULLS LAST, b NULLS LAST, c NULLS LAST"
        inner = f"SELECT * FROM {self.relation(depth)} AS {next(self.aliases)} ORDER BY {order} LIMIT {limit}"
        return f"SELECT * FROM ({inner}) AS {next(self.aliases)}"


@pytest.fixture(scope="module", params=(1, 2))
def engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    made = Engines(tmp_path_factory.mktemp("home"), request.param)
    yield made
    made.close()


def test_random_queries_give_the_rows_that_duckdb_gives(engines: Engines) -> None:
    chance = random.Random(20)
    found = [engines.differ(Writer(chance).query(2)) for _ in range(QUERIES)]
    differences = [one for one in found if one is not None]
    assert not differences, "\n\n".join(differences[:5])
