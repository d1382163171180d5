"""What owlake writes read by Spark, and what Spark writes read by owlake: types and values, format by format.

    python -m tests.campaigns.spark

Needs `pip install pyspark` and a Java runtime, which the project's tests do without.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import owlake
from owlake.dbapi import Connection

_COLUMNS = (
    "CAST(n AS integer) AS i, n * 10000000000 AS l, CAST(n AS double) / 3 AS d, CAST(n AS decimal(12,3)) / 7 AS m, "
    "n % 2 = 0 AS b, concat('text ', CAST(n AS varchar), chr(10), '\"é') AS s, "
    "date_add('day', n, DATE '1969-12-25') AS day, "
    "CAST(date_add('millisecond', n * 1001, TIMESTAMP '1969-12-31 23:59:58') AS timestamp(3)) AS t, "
    "ARRAY[n, NULL, n + 1] AS a, MAP(ARRAY['k', CAST(n AS varchar)], ARRAY[n, NULL]) AS h, "
    "CAST(ROW(n, concat('r', CAST(n AS varchar))) AS ROW(x bigint, y varchar)) AS r"
)
_ROWS = (
    f"SELECT {_COLUMNS} FROM UNNEST(sequence(0, 499)) AS u(n)"
    " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
)
_FORMATS = {"PARQUET": ("SNAPPY", "GZIP", "ZSTD", "NONE"), "ORC": ("ZLIB", "SNAPPY", "ZSTD")}
_BUCKETED = "SELECT n AS id, CAST(n AS varchar) AS name FROM UNNEST(sequence(0, 9999)) AS u(n)"
_SPARK_TYPES = (
    "i int, l bigint, d double, m decimal(12,3), b boolean, s string, day date, t timestamp, a array<bigint>, "
    "h map<string,bigint>, r struct<x:bigint,y:string>"
)


def main() -> int:
    """Run every check, each a line."""
    from pyspark.sql import SparkSession  # type: ignore[import-not-found]  # noqa: PLC0415  (no dependency)

    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.ui.enabled", "false")
    )
    failures = 0
    with tempfile.TemporaryDirectory() as folder, owlake.connect(Path(folder) / "home") as connection:
        session = spark.getOrCreate()
        connection.execute("CREATE DATABASE campaign")
        for name, problem in _checks(connection, session):
            print(f"{name:30} {'as it should be' if problem is None else problem}", flush=True)
            failures += problem is not None
        session.stop()
    return min(failures, 1)


def _checks(connection: Connection, spark: Any) -> Iterator[tuple[str, str | None]]:
    expected = _sorted(connection.execute(_ROWS).fetchall())
    root = connection.home.path / "buckets" / "lake"
    for format_, codecs in _FORMATS.items():
        for codec in codecs:
            table = f"{format_}_{codec}".lower()
            connection.execute(
                f"CREATE TABLE campaign.{table} WITH (format = '{format_}', write_compression = '{codec}',"
                f" external_location = 's3://lake/{table}/') AS {_ROWS}"
            )
            yield f"{table} by Spark", _difference(expected, _spark_rows(spark, format_, root / table))
    for format_ in ("parquet", "orc"):
        frame = spark.createDataFrame(expected, _SPARK_TYPES).coalesce(2)
        frame.write.format(format_).save(str(root / f"spark_{format_}"))
        connection.execute(
            f"CREATE EXTERNAL TABLE campaign.spark_{format_} ({_SPARK_TYPES.replace(':', ': ')}) STORED AS {format_}"
            f" LOCATION 's3://lake/spark_{format_}/'"
        )
        rows = connection.execute(f"SELECT * FROM campaign.spark_{format_}").fetchall()
        yield f"{format_} of Spark's by owlake", _difference(expected, _sorted(rows))
    yield "buckets by Spark", _buckets(connection, spark, root)


def _spark_rows(spark: Any, format_: str, path: Path) -> list[tuple[Any, ...]]:
    try:
        rows = spark.read.format(format_.lower()).load(str(path)).collect()
    except Exception as problem:  # noqa: BLE001  (what it raises is Java's)
        return [(str(problem).split("\n", 1)[0],)]
    return _sorted([tuple(_plain(value) for value in row) for row in rows])


def _buckets(connection: Connection, spark: Any, root: Path) -> str | None:
    """Each file of a table that is bucketed as Spark does has the rows that Spark's own hash puts there."""
    connection.execute(
        "CREATE EXTERNAL TABLE campaign.bucketed (id bigint, name string) CLUSTERED BY (id, name) INTO 8 BUCKETS"
        " STORED AS PARQUET LOCATION 's3://lake/bucketed/' TBLPROPERTIES ('bucketing_format' = 'spark')"
    )
    connection.execute(f"INSERT INTO campaign.bucketed {_BUCKETED}")
    files = sorted(one for one in (root / "bucketed").iterdir() if not one.name.startswith("."))
    found = []
    for file in files:
        numbers = spark.read.parquet(str(file)).selectExpr("pmod(hash(id, name), 8) AS number").distinct().collect()
        found.append([row.number for row in numbers])
    return None if found == [[number] for number in range(8)] else f"buckets {found}"


def _difference(expected: list[tuple[Any, ...]], found: list[tuple[Any, ...]]) -> str | None:
    if len(expected) != len(found):
        return f"{len(found)} rows in place of {len(expected)}: {found[:1]}"
    for one, other in zip(expected, found, strict=True):
        for place, (wanted, value) in enumerate(zip(one, other, strict=True)):
            if _text(wanted) != _text(value):
                return f"column {place}: {value!r} in place of {wanted!r}"
    return None


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: (row[0] is None, row[0] or 0))


def _plain(value: Any) -> Any:
    return value.asDict() if hasattr(value, "asDict") else value


def _text(value: Any) -> str:
    match value:
        case dict():
            return str(sorted((str(key), _text(one)) for key, one in value.items()))
        case list() | tuple():
            return str([_text(one) for one in value])
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
