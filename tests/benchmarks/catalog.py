"""A million partitions of one table: found, paged through, planned over; a hundred thousand folders registered."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import owlake
from owlake.catalog.model import Partition, StorageDescriptor
from owlake.dbapi import Connection
from tests.benchmarks.measuring import Line, Setting, best_of

_COUNTRIES = [f"c{number:02}" for number in range(25)]
_DAYS = [str(date(2020, 1, 1) + timedelta(days=number)) for number in range(1000)]
_HOURS = 40
_FOLDERS = 100_000
_FOUND = 100
_PAGE = 100
_PLANNED = 100
_REPAIRED = 20
_SCHEMA = "(n int) PARTITIONED BY (country string, day date, hour int)"
_T = {"DatabaseName": "default", "TableName": "t"}


def run(setting: Setting) -> Iterator[Line]:
    """Lines for what is asked of the table, each beside what a table of SQLite takes that was made for the question.

    The table is kept between runs. ``--only`` chooses among found, paged, planned, indexed and repaired.
    """
    folder = setting.cache / "catalog-of-a-million"
    if not folder.exists():
        making = setting.scratch / "making"
        begin = setting.clock()
        _create(making)
        yield Line("a million partitions added", setting.clock() - begin, "s", None, "without indexes of Glue's")
        shutil.move(making, folder)
    with owlake.connect(folder / "home") as connection, sqlite3.connect(folder / "yardstick.db") as yardstick:
        if setting.wants("found"):
            yield from _found(setting, connection, yardstick)
        for name, lines in (("paged", _paged), ("planned", _planned), ("indexed", _indexed)):
            if setting.wants(name):
                yield from lines(setting, connection)
    if setting.wants("repaired"):
        yield from _repaired(setting)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Line("memory", peak, "MB", None, "the most of the process, from its start")


def _found(setting: Setting, connection: Connection, yardstick: sqlite3.Connection) -> Iterator[Line]:
    glue = connection.client("glue")
    for name, expression, condition, count in (
        ("country and day", "country = 'c07' AND day = '2021-05-05'", "country = 'c07' AND day = '2021-05-05'", 40),
        (
            "days and hour",
            "day BETWEEN '2021-05-05' AND '2021-05-06' AND hour = 3",
            "day BETWEEN '2021-05-05' AND '2021-05-06' AND hour = 3",
            50,
        ),
        ("country and hour", "country = 'c07' AND hour = '3'", "country = 'c07' AND hour = 3", 1000),
    ):

        def ask(expression: str = expression, count: int = count) -> None:
            assert len(glue.get_partitions(**_T, Expression=expression)["Partitions"]) == count

        def look(condition: str = condition, count: int = count) -> None:
            assert len(yardstick.execute(f"SELECT * FROM p WHERE {condition}").fetchall()) == count

        taken, least = best_of(setting, ask, look)
        detail = f"{count} partitions; rows of SQLite by an index of these keys {least * 1000:.1f} ms"
        yield Line(f"get_partitions, {name}", taken * 1000, "ms", _FOUND, detail)


def _paged(setting: Setting, connection: Connection) -> Iterator[Line]:
    glue = connection.client("glue")
    for name, more in (("one country", {"Expression": "country = 'c07'"}), ("without expression", {})):
        token: dict[str, Any] = {}
        found, worst, begin = 0, 0.0, setting.clock()
        for _ in range(40):
            started = setting.clock()
            answer = glue.get_partitions(**_T, **more, **token, ExcludeColumnSchema=True)
            worst = max(worst, setting.clock() - started)
            found += len(answer["Partitions"])
            token = {"NextToken": answer.get("NextToken")}
        assert found == 40_000
        each = (setting.clock() - begin) / 40
        yield Line(f"a page of 1,000, {name}", each * 1000, "ms", _PAGE, f"of 40; the slowest {worst * 1000:.0f} ms")


def _planned(setting: Setting, connection: Connection) -> Iterator[Line]:
    def plan() -> None:
        text = "EXPLAIN SELECT count(*) FROM t WHERE day = DATE '2021-05-05' AND hour = 3"
        assert connection.execute(text).fetchall()

    (taken,) = best_of(setting, plan)
    yield Line("planning over 25 of a million", taken * 1000, "ms", _PLANNED, "their folders listed")


def _indexed(setting: Setting, connection: Connection) -> Iterator[Line]:
    glue = connection.client("glue")

    def index() -> None:
        glue.create_partition_index(**_T, PartitionIndex={"Keys": ["hour", "country"], "IndexName": "i"})
        glue.delete_partition_index(**_T, IndexName="i")

    (taken,) = best_of(setting, index)
    yield Line("a partition index of two keys", taken, "s", None, "its values looked at; made and deleted")


def _repaired(setting: Setting) -> Iterator[Line]:
    with owlake.connect(setting.scratch / "repaired") as connection:
        place = connection.home.path / "buckets" / "lake" / "r"
        for country, hour in product(range(100), range(_FOLDERS // 100)):
            (place / f"country=c{country:02}" / f"hour={hour}").mkdir(parents=True)
        connection.execute(
            "CREATE EXTERNAL TABLE r (n int) PARTITIONED BY (country string, hour int) LOCATION 's3://lake/r/'"
        )
        for name in ("registered", "all there"):
            begin = setting.clock()
            connection.execute("MSCK REPAIR TABLE r").fetchall()
            yield Line(f"{_FOLDERS:,} folders, {name}", setting.clock() - begin, "s", _REPAIRED)


def _create(folder: Path) -> None:
    everything = product(_COUNTRIES, _DAYS, range(_HOURS))
    with owlake.connect(folder / "home") as connection:
        connection.execute(f"CREATE EXTERNAL TABLE t {_SCHEMA} LOCATION 's3://lake/t/'")
        with connection.home.metastore.write() as catalog:
            storage = catalog.get_table("default", "t").storage
            for country in _COUNTRIES:
                rows = product([country], _DAYS, map(str, range(_HOURS)))
                catalog.create_partitions("default", "t", [_partition(storage, values) for values in rows])
    with sqlite3.connect(folder / "yardstick.db") as yardstick:
        yardstick.execute("CREATE TABLE p (country TEXT, day TEXT, hour INTEGER, location TEXT)")
        yardstick.executemany("INSERT INTO p VALUES (?, ?, ?, 's3://lake/t/')", everything)
        for keys in ("country, day", "day, hour", "hour, country"):
            yardstick.execute(f'CREATE INDEX "{keys}" ON p ({keys})')


def _partition(storage: StorageDescriptor, values: tuple[str, ...]) -> Partition:
    country, day, hour = values
    location = f"s3://lake/t/country={country}/day={day}/hour={hour}"
    return Partition(
        values,
        StorageDescriptor(
            storage.columns,
            location,
            storage.input_format,
            storage.output_format,
            storage.compressed,
            storage.number_of_buckets,
            storage.serde,
            storage.bucket_columns,
            storage.sort_columns,
            storage.parameters,
            storage.stored_as_sub_directories,
        ),
    )
