"""What EXPLAIN (TYPE COST) says before a run, against what the run counts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import owlake
from owlake.dbapi import Connection
from owlake.home import Home
from tests.parquet_lake import create_tables, tpch_files

ROOT = Path(__file__).parents[2]
TPCH = sorted((ROOT / "tests" / "benchmarks" / "tpch").glob("q*.sql"))
FORMATS = {"orc": "ORC", "avro": "AVRO", "json": "JSON", "text": "TEXTFILE"}
ROWS, GROUP = 40_000, 5_000


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """TPC-H in Parquet; its customers in every other format; flights as they come; a table whose row groups differ."""
    folder = tmp_path_factory.mktemp("estimates")
    with Home.open(folder / "home") as home:
        create_tables(home, tpch_files(folder, 0.01))
        lake = folder / "home" / "buckets" / "data"
        shutil.copytree(ROOT / "datasets" / "flights" / "flights", lake / "flights")
        _ordered(lake, "ordered", has_page_index=False)
        _ordered(lake, "indexed", has_page_index=True)
    with owlake.connect(folder / "home") as opened:
        for name, form in FORMATS.items():
            opened.execute(f"CREATE TABLE {name} WITH (format = '{form}') AS SELECT * FROM customer")
        opened.execute(
            "CREATE TABLE parts WITH (partitioned_by = ARRAY['nation']) AS "
            "SELECT custkey, name, acctbal, nationkey AS nation FROM (SELECT c_custkey AS custkey, c_name AS name, "
            "c_acctbal AS acctbal, c_nationkey AS nationkey FROM customer)"
        )
        opened.execute(
            "CREATE EXTERNAL TABLE flights (year int, month int, day int, dep_time string) "
            "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://data/flights/'"
        )
        for name in ("ordered", "indexed"):
            opened.execute(
                f"CREATE EXTERNAL TABLE {name} (id bigint, word string, x double, day date, "
                f"r struct<a:bigint,b:string>) STORED AS PARQUET LOCATION 's3://data/{name}/'"
            )
        opened.execute("CREATE VIEW numbers AS SELECT x FROM ordered")
        yield opened


def _ordered(lake: Path, name: str, *, has_page_index: bool) -> None:
    table = pa.table(
        {
            "id": range(ROWS),
            "word": [f"word {number % 100:03}" for number in range(ROWS)],
            "x": [number * 0.7 if number % 3 else None for number in range(ROWS)],
            "day": pa.array([number // 20 for number in range(ROWS)], pa.int32()).cast(pa.date32()),
            "r": [{"a": number, "b": f"b{number}"} for number in range(ROWS)],
        }
    )
    (lake / name).mkdir(parents=True)
    file = lake / name / "one.parquet"
    pq.write_table(table, file, row_group_size=GROUP, data_page_size=4096, write_page_index=has_page_index)


def estimated(connection: Connection, sql: str) -> tuple[int, int, float, str, str | None]:
    return tuple(connection.execute(f"EXPLAIN (TYPE COST) {sql}").fetchall()[0])


def counted(connection: Connection, sql: str) -> tuple[int, float]:
    cursor = connection.execute(sql)
    if cursor.description:
        cursor.fetchall()
    execution = cursor.query_execution
    assert execution is not None
    return execution.bytes_scanned, execution.cost


# Each is known before it runs, and reads something but all of a file.
KNOWN = [
    "SELECT id FROM ordered",
    "SELECT id + 1, r.a FROM ordered",
    "SELECT sum(x) FROM ordered WHERE id < 12000",
    "SELECT word FROM ordered WHERE id BETWEEN 7000 AND 8000 OR id = 39000",
    "SELECT word FROM ordered WHERE id IN (1, 39999) AND strpos(word, '1') > 0",
    "SELECT x FROM ordered WHERE day >= DATE '1974-01-01' AND word > 'a'",
    "SELECT r FROM ordered WHERE id >= 35000 AND json_extract_scalar(word, '$.a') IS NULL",
    "SELECT x FROM ordered WHERE id < 7 UNION ALL SELECT x FROM ordered WHERE id > 30000 UNION ALL TABLE numbers",
    "WITH w AS (SELECT id, x FROM ordered) SELECT id FROM w UNION ALL SELECT id + 1 FROM w",
    "SELECT name FROM parts WHERE nation < 3",
    "SELECT nation, sum(acctbal) FROM parts GROUP BY nation",
    "SELECT nation, name FROM parts",
    'SELECT "$path", count(name) FROM parts WHERE nation = 7 GROUP BY 1',
]


@pytest.mark.parametrize("sql", KNOWN)
def test_what_is_known_before_is_what_is_read(connection: Connection, sql: str) -> None:
    files, size, cost, bound, why = estimated(connection, sql)
    assert (bound, why) == ("exact", None)
    assert files
    assert size > 0
    assert counted(connection, sql) == (size, cost)


@pytest.mark.parametrize("sql", ["SELECT count(*) FROM ordered", "SELECT min(id), max(day) FROM ordered"])
def test_what_footers_tell_reads_nothing(connection: Connection, sql: str) -> None:
    assert estimated(connection, sql)[1:4] == (0, 0.00005, "exact")
    assert counted(connection, sql) == (0, 0.00005)


@pytest.mark.parametrize("table", FORMATS)
def test_other_formats_count_whole_files(connection: Connection, table: str) -> None:
    for sql in (f"SELECT c_name FROM {table} WHERE c_custkey < 10", f"SELECT * FROM {table} LIMIT 3"):
        _, size, cost, bound, _ = estimated(connection, sql)
        assert bound == "exact"
        files = connection.execute(
            f'SELECT sum(size) FROM (SELECT DISTINCT "$path", "$file_size" AS size FROM {table})'
        )
        assert files.fetchall() == [(size,)]
        assert counted(connection, sql) == (size, cost)


def test_compressed_text_counts_as_it_is_stored(connection: Connection) -> None:
    stored = (ROOT / "datasets" / "flights" / "flights" / "flights.csv.gz").stat().st_size
    sql = "SELECT month, count(*) FROM flights GROUP BY month"
    assert estimated(connection, sql)[:4] == (1, stored, 0.00005, "exact")
    assert counted(connection, sql) == (stored, 0.00005)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT word FROM ordered LIMIT 10", "LIMIT"),
        ("SELECT word FROM ordered WHERE regexp_like(word, '5') LIMIT 10", "LIMIT"),
        ("SELECT id, x FROM ordered ORDER BY id LIMIT 3", "filters known only at run time"),
        ("SELECT x FROM ordered WHERE id = (SELECT max(id) - 5 FROM indexed)", "filters known only at run time"),
        ("SELECT a.x FROM ordered a JOIN indexed b ON a.id = b.id WHERE b.id < 10", "filters known only at run time"),
        ("SELECT x FROM indexed WHERE id < 1000", "indexes of pages"),
        ("SELECT x FROM ordered WHERE word LIKE 'word 09%'", "conditions that statistics decide in part"),
        ("SELECT x FROM ordered WHERE id < 5 OR word = 'z'", "conditions that statistics decide in part"),
    ],
)
def test_what_is_known_only_at_run_time_has_an_upper_bound_that_says_so(
    connection: Connection, sql: str, why: str
) -> None:
    _, size, _, bound, reasons = estimated(connection, sql)
    assert bound == "at most"
    assert reasons is not None
    assert why in reasons
    assert counted(connection, sql)[0] <= size


def test_upper_bounds_are_not_the_whole_table(connection: Connection) -> None:
    whole = estimated(connection, "SELECT id, x FROM indexed")[1]
    assert estimated(connection, "SELECT x FROM indexed WHERE id < 1000")[1] < whole / 4


@pytest.mark.parametrize("path", TPCH, ids=lambda path: path.stem)
def test_estimates_hold_for_tpch(connection: Connection, path: Path) -> None:
    sql = path.read_text(encoding="utf-8")
    _, size, cost, bound, _ = estimated(connection, sql)
    found, paid = counted(connection, sql)
    assert found <= size
    if bound == "exact":
        assert (found, paid) == (size, cost)


def test_what_writes_costs_what_its_query_reads(connection: Connection) -> None:
    sql = "CREATE TABLE copied AS SELECT id, word FROM ordered WHERE id < 9000"
    _, size, cost, bound, _ = estimated(connection, sql)
    assert bound == "exact"
    assert counted(connection, sql) == (size, cost)


@pytest.mark.parametrize(("size", "cost"), [(9_999_999, 0.00005), (10_000_001, 0.000055)])
def test_prices_are_by_the_megabyte_and_ten_at_least(tmp_path: Path, size: int, cost: float) -> None:
    folder = tmp_path / "buckets" / "data" / "t"
    folder.mkdir(parents=True)
    with (folder / "lines").open("wb") as file:
        file.truncate(size)
    with owlake.connect(tmp_path) as connection:
        connection.execute("CREATE EXTERNAL TABLE t (a string) LOCATION 's3://data/t/'")
        assert estimated(connection, "SELECT a FROM t")[:3] == (1, size, pytest.approx(cost))


def test_a_file_that_is_no_parquet_is_an_error(connection: Connection) -> None:
    folder = connection.home.path / "buckets" / "data" / "broken"
    folder.mkdir()
    (folder / "x.parquet").write_bytes(b"no parquet, by no means")
    connection.execute("CREATE EXTERNAL TABLE broken (a int) STORED AS PARQUET LOCATION 's3://data/broken/'")
    with pytest.raises(owlake.Error, match="HIVE_BAD_DATA: Not valid Parquet file"):
        estimated(connection, "SELECT a FROM broken")


# EXPLAIN (TYPE IO) --------------------------------------------------------------------------------------


def io_of(connection: Connection, sql: str) -> dict:
    return json.loads("".join(line for (line,) in connection.execute(f"EXPLAIN (TYPE IO, FORMAT JSON) {sql}")))


def test_io_names_tables_conditions_files_and_bytes(connection: Connection) -> None:
    sql = "SELECT name FROM parts WHERE nation IN (2, 1) AND acctbal > 5 AND name IS NOT NULL"
    shown = io_of(connection, f"INSERT INTO json (c_name) {sql}")
    (table,) = shown["inputTableColumnInfos"]
    assert table["table"] == {"catalog": "awsdatacatalog", "schemaTable": {"schema": "default", "table": "parts"}}
    assert shown["outputTable"] == {"catalog": "awsdatacatalog", "schemaTable": {"schema": "default", "table": "json"}}
    conditions = {one["columnName"]: one for one in table["constraint"]["columnConstraints"]}
    assert conditions["nation"]["type"] == "bigint"
    assert conditions["nation"]["domain"] == {
        "nullsAllowed": False,
        "ranges": [
            {"low": {"value": number, "bound": "EXACTLY"}, "high": {"value": number, "bound": "EXACTLY"}}
            for number in ("1", "2")
        ],
    }
    assert conditions["name"]["domain"]["ranges"] == [{"low": {"bound": "ABOVE"}, "high": {"bound": "BELOW"}}]
    paths = [file["path"] for file in shown["files"]]
    assert len(paths) == 2
    assert all("/nation=1/" in path or "/nation=2/" in path for path in paths)
    assert shown["totalBytes"] == sum(file["bytes"] for file in shown["files"])
    assert shown["estimate"] == {"bytesScanned": estimated(connection, sql)[1], "bound": "at most"}
