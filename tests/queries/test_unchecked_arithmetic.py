"""Arithmetic is done without a check only where the files prove that it needs none."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session

WIDE = pa.decimal128(38, 0)
PRICE = pa.decimal128(15, 2)
BIGINT = pa.int64()


class Lake:
    def __init__(self, home: Home, session: Session) -> None:
        self.folder = home.path / "buckets" / "lake" / "t"
        self.folder.mkdir(parents=True)
        self.session = session

    def create(self, columns: str, **options: bool) -> None:
        self.options = options
        self.session.execute(f"CREATE EXTERNAL TABLE t ({columns}) STORED AS PARQUET LOCATION 's3://lake/t/'")

    def add(self, name: str, **columns: pa.Array) -> None:
        pq.write_table(pa.table(columns), Path(self.folder) / name, **self.options)

    def ask(self, expression: str) -> object:
        (row,) = [
            row for batch in self.session.execute(f"SELECT {expression} AS x FROM t") for row in batch.to_pylist()
        ]
        return row["x"]

    def sql(self, expression: str) -> str:
        text = f"EXPLAIN (TYPE DATAFUSION) SELECT {expression} FROM t"
        return "".join(row for batch in self.session.execute(text) for row in batch.column(0).to_pylist())


@pytest.fixture
def lake(home: Home, session: Session) -> Lake:
    return Lake(home, session)


def decimals(type_: pa.DataType, *values: str | None) -> pa.Array:
    return pa.array([None if value is None else Decimal(value) for value in values], type_)


def test_small_numbers_are_added_up_as_they_are(lake: Lake) -> None:
    lake.create("p decimal(15,2), d decimal(15,2), n bigint")
    lake.add("a.parquet", p=decimals(PRICE, "10.50", None), d=decimals(PRICE, "0.10", "0"), n=pa.array([1, 2], BIGINT))
    assert lake.ask("sum(p * (1 - d))") == Decimal("9.4500")
    assert lake.ask("sum(n * 2 + 1)") == 8
    assert "256" not in lake.sql("sum(p * (1 - d) * (1 + d))")
    assert "DECIMAL(19,0)" not in lake.sql("sum(n * 2 + 1)")


@pytest.mark.parametrize(
    ("expression", "columns"),
    [
        ("sum(n)", {"n": pa.array([2**63 - 1, 1], BIGINT)}),
        ("n + 1", {"n": pa.array([2**63 - 1], BIGINT)}),
        ("n - 2", {"n": pa.array([-(2**63) + 1], BIGINT)}),
        ("n * n", {"n": pa.array([2**32], BIGINT)}),
        ("sum(w)", {"w": decimals(WIDE, "9" * 38, "1")}),
        ("w + 1", {"w": decimals(WIDE, "9" * 38)}),
        ("w * 10", {"w": decimals(WIDE, "9" * 38)}),
    ],
)
def test_great_ones_are_checked(lake: Lake, expression: str, columns: dict[str, pa.Array]) -> None:
    (name,) = columns
    lake.create(f"{name} {'bigint' if name == 'n' else 'decimal(38,0)'}")
    lake.add("a.parquet", **columns)
    with pytest.raises(OwlakeError, match="NUMERIC_VALUE_OUT_OF_RANGE"):
        lake.ask(expression)


def test_a_file_that_comes_later_counts(lake: Lake) -> None:
    lake.create("n bigint")
    lake.add("a.parquet", n=pa.array([1], BIGINT))
    assert lake.ask("sum(n)") == 1
    lake.add("b.parquet", n=pa.array([2**63 - 1], BIGINT))
    with pytest.raises(OwlakeError, match="NUMERIC_VALUE_OUT_OF_RANGE"):
        lake.ask("sum(n)")


def test_files_that_say_nothing_prove_nothing(lake: Lake) -> None:
    lake.create("n bigint", write_statistics=False)
    lake.add("a.parquet", n=pa.array([2**63 - 1, 1], BIGINT))
    with pytest.raises(OwlakeError, match="NUMERIC_VALUE_OUT_OF_RANGE"):
        lake.ask("sum(n)")


def test_columns_of_nulls_and_files_without_the_column_are_no_numbers(lake: Lake) -> None:
    lake.create("n bigint, m bigint")
    lake.add("a.parquet", n=pa.array([None, None], BIGINT))
    lake.add("b.parquet", n=pa.array([5], BIGINT), m=pa.array([7], BIGINT))
    assert lake.ask("sum(n) + sum(m)") == 12
    assert "DECIMAL" not in lake.sql("sum(n)")


@pytest.mark.parametrize(
    "relation",
    [
        "(SELECT n * 1000000 AS n FROM t) AS u",
        "(SELECT n FROM t UNION ALL SELECT 9223372036854775807) AS u",
        "(SELECT sum(n) * 1000000 AS n FROM t) AS u CROSS JOIN t",
        "(SELECT coalesce(n, 9223372036854775807) AS n FROM t) AS u",
        "(SELECT CASE WHEN n > 0 THEN n * 9007199254740992 ELSE n END AS n FROM t) AS u",
    ],
)
def test_what_a_query_makes_of_the_columns_counts(lake: Lake, relation: str) -> None:
    lake.create("n bigint")
    lake.add("a.parquet", n=pa.array([1023, None, 1023], BIGINT))
    lake.session.execute("CREATE VIEW w AS SELECT n FROM " + relation.replace("u CROSS JOIN t", "u"))
    text = "EXPLAIN (TYPE DATAFUSION) SELECT sum(n) FROM w"
    sql = "".join(row for batch in lake.session.execute(text) for row in batch.column(0).to_pylist())
    assert "DECIMAL" in sql
