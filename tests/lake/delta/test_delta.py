"""Delta tables, written by delta-rs and by hand: the rows that delta-rs and DuckDB read."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from owlake.catalog.model import SerDeInfo, StorageDescriptor, Table
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.lake.delta import log
from owlake.session import Session
from tests.lake.delta.handmade import HandMadeLog, column, mapped
from tests.lake.iceberg.handmade import vector_blob, with_ids
from tests.lake.iceberg.iceberg_lake import files_read


class DeltaLake:
    """A session and a folder; the table is ``t``."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session = session
        self.folder = folder

    def create(self) -> None:
        place = f"s3://lake/{self.folder.name}/"
        self.session.execute(f"CREATE EXTERNAL TABLE t LOCATION '{place}' TBLPROPERTIES ('table_type'='DELTA')")

    def write(self, data: pa.Table, **given) -> None:
        write_deltalake(str(self.folder), data, **given)

    def rows(self, sql: str = "SELECT * FROM t") -> list[tuple]:
        found = self.session.execute(sql).table()
        return list(zip(*(one.to_pylist() for one in found.columns), strict=True))

    def refused(self, sql: str) -> str:
        with pytest.raises(OwlakeError) as caught:
            self.rows(sql)
        return str(caught.value)


@pytest.fixture(scope="module")
def delta_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Home.open(tmp_path_factory.mktemp("delta") / "home") as home:
        home.storage.create_bucket("lake")
        yield home


@pytest.fixture
def delta(delta_home: Home, request: pytest.FixtureRequest) -> Iterator[DeltaLake]:
    with Session(delta_home) as session:
        session.execute("DROP TABLE IF EXISTS t")
        name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
        yield DeltaLake(session, delta_home.path / "buckets" / "lake" / name)


def sorted_rows(rows: list[tuple]) -> list[tuple]:
    return sorted(rows, key=str)


DATA = pa.table(
    {
        "n": pa.array([*range(30), None], pa.int64()),
        "p": pa.array([*(f"k {number % 3}/ä%" for number in range(30)), None]),
        "d": pa.array([*(dt.date(2024, 1, 1 + number % 5) for number in range(30)), None]),
        "f": pa.array([*(number / 4 for number in range(30)), float("nan")]),
        "c": pa.array([*(Decimal(number) / 100 for number in range(30)), None], pa.decimal128(9, 2)),
        "b": pa.array([*(number % 2 == 0 for number in range(30)), None]),
    }
)


# Written by delta-rs ---------------------------------------------------------------------------------------


def test_rows_are_those_of_the_newest_version(delta):
    delta.write(DATA, partition_by=["p", "d"])
    delta.create()
    wanted = sorted(str(tuple(row.values())) for row in DATA.to_pylist())
    assert sorted(str(row) for row in delta.rows("SELECT n, p, d, f, c, b FROM t")) == wanted
    delta.write(DATA, mode="append", partition_by=["p", "d"])
    assert delta.rows("SELECT count(*) FROM t") == [(62,)]
    DeltaTable(str(delta.folder)).delete("n >= 10")
    assert delta.rows("SELECT count(*), max(n) FROM t") == [(22, 9)]
    delta.write(DATA.slice(0, 3), mode="overwrite", partition_by=["p", "d"])
    assert sorted(delta.rows("SELECT n FROM t")) == [(0,), (1,), (2,)]


def test_the_log_leaves_out_files_and_no_rows(delta):
    for start in range(0, 31, 8):
        delta.write(DATA.slice(start, 8), partition_by=["p"], mode="append")
    delta.create()
    engine = duckdb.connect()
    engine.register("t", DATA)
    for condition in (
        "n = 3", "n < 5", "n > 28", "n IS NULL", "n IN (1, 29, 100)", "n BETWEEN 8 AND 9", "n > 1000",
        "p = 'k 1/ä%'", "p IS NULL", "p > 'k 2'", "d = DATE '2024-01-02'", "d < DATE '2024-01-01'",
        "f >= 7", "f < 0.5", "c = DECIMAL '0.07'", "c > DECIMAL '0.2'", "b", "NOT b", "n = 3 OR p IS NULL",
    ):  # fmt: skip
        # NaN is no number to compare with here, and the greatest to DuckDB.
        without_nan = condition.replace("f >=", "NOT isnan(f) AND f >=")
        wanted = engine.sql(f"SELECT n FROM t WHERE {without_nan}").fetchall()
        assert sorted_rows(delta.rows(f"SELECT n FROM t WHERE {condition}")) == sorted_rows(wanted), condition
    engine.close()
    files = [
        files_read(delta.session, f"SELECT n FROM t WHERE {one}") for one in ("true", "n = 3", "p IS NULL", "n > 1000")
    ]
    assert files[0] == len(list(delta.folder.glob("*/*.parquet")))
    # 3 lies between the bounds of each of the first commit's three files.
    assert files[1:] == [3, 1, 0]


def test_hidden_columns(delta):
    delta.write(DATA.slice(0, 1), partition_by=["p"])
    delta.create()
    (file,) = delta.folder.glob("p=*/*.parquet")
    uri = f"s3://lake/{file.relative_to(delta.folder.parent)}"
    assert delta.rows('SELECT "$path", "$file_size", p FROM t') == [(uri, file.stat().st_size, "k 0/ä%")]
    assert delta.rows(f"SELECT n FROM t WHERE \"$path\" = '{uri}'") == [(0,)]
    assert delta.rows("SELECT count(*) FROM t WHERE \"$file_modified_time\" > TIMESTAMP '2020-01-01 00:00:00 UTC'") == [
        (1,)
    ]


def test_schema_and_types(delta):
    moment = dt.datetime(2024, 2, 29, 1, 2, 3, 456_789, tzinfo=dt.UTC)
    inner = pa.struct([("A", pa.int64()), ("b", pa.list_(pa.string()))])
    data = pa.table(
        {
            "Name": ["x", None],
            "at": pa.array([moment, None], pa.timestamp("us", "UTC")),
            "local": pa.array([moment.replace(tzinfo=None), None], pa.timestamp("us")),
            "r": pa.array([{"A": 1, "b": ["y", None]}, None], inner),
            "m": pa.array([[("k", 1.5)], None], pa.map_(pa.string(), pa.float64())),
            "small": pa.array([7, None], pa.int16()),
        }
    )
    delta.write(data)
    delta.create()
    types = ", ".join(f"typeof({one})" for one in ("name", "at", "local", "r", "m", "small"))
    assert delta.rows(f"SELECT {types} FROM t LIMIT 1") == [
        ("varchar", "timestamp(3) with time zone", "timestamp(6)", "row(a bigint, b array(varchar))",
         "map(varchar, double)", "smallint")
    ]  # fmt: skip
    assert delta.rows("SELECT name, CAST(at AS varchar), local, r, m, small FROM t WHERE name IS NOT NULL") == [
        ("x", "2024-02-29 01:02:03.457 UTC", moment.replace(tzinfo=None), {"a": 1, "b": ["y", None]}, [("k", 1.5)], 7)
    ]
    assert delta.rows("SELECT count(*) FROM t WHERE at = TIMESTAMP '2024-02-29 01:02:03.457 UTC'") == [(1,)]
    assert delta.rows("SELECT count(*) FROM t WHERE local = TIMESTAMP '2024-02-29 01:02:03.456789'") == [(1,)]
    assert ("name",) in [(row[0].strip(),) for row in delta.rows("SHOW COLUMNS IN t")]


def test_columns_that_came_later_are_null_in_older_files(delta):
    delta.write(DATA.select(["n"]).slice(0, 2))
    delta.write(pa.table({"n": [9], "s": ["new"]}), mode="append", schema_mode="merge")
    delta.create()
    assert delta.rows("SELECT n, s FROM t ORDER BY n") == [(0, None), (1, None), (9, "new")]
    assert delta.rows("SELECT n FROM t WHERE s IS NULL ORDER BY n") == [(0,), (1,)]


def test_checkpoints_are_read(delta):
    for start in range(3):
        delta.write(DATA.slice(start, 1), mode="append")
    DeltaTable(str(delta.folder)).create_checkpoint()
    (delta.folder / "_delta_log" / f"{0:020}.json").unlink()
    delta.write(DATA.slice(3, 1), mode="append")
    delta.create()
    assert delta.rows("SELECT n FROM t ORDER BY n") == [(0,), (1,), (2,), (3,)]


def test_spark_may_leave_the_location_to_the_serde(delta, delta_home):
    delta.write(DATA)
    place = f"s3://lake/{delta.folder.name}"
    with delta_home.metastore.write() as catalog:
        serde = SerDeInfo("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", {"path": place})
        stored = StorageDescriptor(location="s3://lake/t-__PLACEHOLDER__", serde=serde)
        catalog.create_table(Table("default", "t", stored, parameters={"spark.sql.sources.provider": "delta"}))
    assert delta.rows("SELECT count(*) FROM t") == [(31,)]


def test_a_statement_reads_one_version_whoever_commits_meanwhile(delta, monkeypatch):
    delta.write(DATA)
    delta.create()
    load = log.load

    def load_while_another_commits(*arguments, **given):
        found = load(*arguments, **given)
        delta.write(DATA, mode="append")
        return found

    monkeypatch.setattr(log, "load", load_while_another_commits)
    assert delta.rows("SELECT count(*) FROM t AS a JOIN t AS b ON a.n = b.n") == [(30,)]
    assert delta.rows("SELECT count(*) FROM t") == [(62,)]


def test_sparks_way_to_name_a_delta_table(delta):
    delta.write(DATA)
    place = f"s3://lake/{delta.folder.name}/"
    delta.session.execute(
        f"CREATE EXTERNAL TABLE t (col array<string>) LOCATION '{place}'"
        " TBLPROPERTIES ('spark.sql.sources.provider'='delta')"
    )
    assert delta.rows("SELECT count(*), min(n) FROM t") == [(31, 0)]


def statistics(name: str, low: object, high: object, *, rows: int) -> str:
    known = {"numRecords": rows, "minValues": {name: low}, "maxValues": {name: high}, "nullCount": {name: 0}}
    return json.dumps(known)


# By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["name", "id"])
def test_columns_are_mapped(delta, mode):
    made = HandMadeLog(delta.folder)
    inner = {"type": "struct", "fields": [mapped("Inside", "long", 3, "col-3")]}
    columns = [mapped("a b", "long", 1, "col-1"), mapped("p", "string", 4, "col-4"), mapped("r", inner, 2, "col-2")]
    nested = pa.struct([pa.field("col-3" if mode == "name" else "x", pa.int64(), metadata={"PARQUET:field_id": "3"})])
    names = ["col-1", "col-2"] if mode == "name" else ["other", "another"]
    rows = pa.table([pa.array([1, 2]), pa.array([{nested[0].name: 5}, None], nested)], names=names)
    stats = json.dumps(
        {"numRecords": 2, "minValues": {"col-1": 1}, "maxValues": {"col-1": 2}, "nullCount": {"col-1": 0}}
    )
    added = made.add("x.parquet", with_ids(rows, (1, 2)), partitionValues={"col-4": "k"}, stats=stats)
    made.create(
        columns,
        added,
        reader=2,
        partition=["p"],
        **{"delta.columnMapping.mode": mode, "delta.columnMapping.maxColumnId": "4"},
    )
    delta.create()
    assert delta.rows('SELECT "a b", p, r FROM t ORDER BY 1') == [(1, "k", {"inside": 5}), (2, "k", None)]
    assert delta.rows('SELECT r.inside FROM t WHERE "a b" = 1') == [(5,)]
    assert delta.rows('SELECT count(*) FROM t WHERE "a b" > 2') == [(0,)]
    assert delta.rows("SELECT count(*) FROM t WHERE p = 'other'") == [(0,)]


def test_rows_are_deleted_by_vectors(delta):
    made = HandMadeLog(delta.folder)
    rows = pa.table({"n": pa.array(range(1000), pa.int64())})
    gone = [0, 1, 500, 999]
    counted = '{"numRecords": 1000}'
    vector = made.vector("b8ffcf38-9b1f-4b8a-8bd1-4bd0d0ec0a5a", vector_blob(gone))
    made.create(
        [column("n", "long"), column("p", "integer")],
        made.add("p=1/x.parquet", rows, partitionValues={"p": "1"}, deletionVector=vector, stats=counted),
        made.add("p=2/x.parquet", rows, partitionValues={"p": "2"}),
        reader=3, features=["deletionVectors"], partition=["p"], **{"delta.enableDeletionVectors": "true"},
    )  # fmt: skip
    delta.create()
    wanted = pa.table(DeltaTable(str(delta.folder)).scan(columns=["n", "p"]).read_all()).to_pylist()
    assert sorted(delta.rows("SELECT n, p FROM t")) == sorted((row["n"], row["p"]) for row in wanted)
    assert delta.rows("SELECT count(*), sum(n) FROM t WHERE p = 1") == [(996, sum(range(1000)) - sum(gone))]
    assert delta.rows("SELECT count(*) FROM t WHERE p = 2") == [(1000,)]


def test_moments_in_statistics_are_cut_to_milliseconds(delta):
    made = HandMadeLog(delta.folder)
    moment = dt.datetime(2024, 1, 1, 0, 0, 0, 1_999, tzinfo=dt.UTC)
    rows = pa.table({"at": pa.array([moment], pa.timestamp("us", "UTC"))})
    shown = "2024-01-01T00:00:00.001Z"
    stats = json.dumps(
        {"numRecords": 1, "minValues": {"at": shown}, "maxValues": {"at": shown}, "nullCount": {"at": 0}}
    )
    made.create([column("at", "timestamp")], made.add("x.parquet", rows, stats=stats))
    delta.create()
    assert delta.rows("SELECT count(*) FROM t WHERE at > TIMESTAMP '2024-01-01 00:00:00.001 UTC'") == [(1,)]
    assert delta.rows("SELECT count(*) FROM t WHERE at > TIMESTAMP '2024-01-01 00:00:00.002 UTC'") == [(0,)]


def test_what_no_reader_here_knows_is_refused(delta):
    made = HandMadeLog(delta.folder)
    made.create([column("n", "long")], reader=3, features=["fancyFeature"])
    delta.create()
    assert delta.refused("SELECT * FROM t").startswith("NOT_SUPPORTED: Delta Lake table default.t cannot be read: ")
    assert "fancyFeature" in delta.refused("SELECT * FROM t")


def test_a_table_without_a_log(delta):
    delta.folder.mkdir(parents=True)
    delta.create()
    missing = "DELTA_LAKE_INVALID_SCHEMA: Metadata not found in transaction log for default.t"
    assert delta.refused("SELECT * FROM t") == missing
    (delta.folder / "_delta_log").mkdir()
    assert delta.refused("SELECT * FROM t") == missing


@pytest.mark.parametrize("content", ["", "{", '{"protocol":{}}', "x" * 1000, '{"metaData":{"id":1}}'])
def test_a_damaged_log(delta, content):
    delta.write(DATA)
    (delta.folder / "_delta_log" / f"{1:020}.json").write_text(content)
    delta.create()
    try:
        assert delta.rows("SELECT count(*) FROM t") == [(31,)]
    except OwlakeError as problem:
        assert problem.code == "DELTA_LAKE_INVALID_SCHEMA"  # noqa: PT017  (both are right)


def test_a_file_that_is_gone_or_damaged(delta):
    delta.write(DATA)
    delta.create()
    (file,) = delta.folder.glob("*.parquet")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    assert delta.refused("SELECT sum(n) FROM t").startswith("DELTA_LAKE_BAD_DATA: ")
    file.unlink()
    assert delta.refused("SELECT sum(n) FROM t").startswith("DELTA_LAKE_CANNOT_OPEN_SPLIT: ")


# Versions --------------------------------------------------------------------------------------------------


def test_older_versions_are_read_where_athena_would_not(delta):
    delta.write(DATA.slice(0, 1))
    delta.write(DATA.slice(1, 1), mode="append")
    delta.create()
    result = delta.session.execute("SELECT n FROM t FOR VERSION AS OF 0")
    assert result.table().to_pylist() == [{"n": 0}]
    assert [str(one) for one in result.execution.warnings] == [
        "NOT_SUPPORTED: Athena would refuse this: This connector does not support versioned tables"
    ]
    assert delta.refused("SELECT n FROM t FOR VERSION AS OF 7") == (
        "INVALID_ARGUMENTS: Delta Lake table default.t has no version 7"
    )


def test_older_versions_are_refused_as_in_athena(delta, delta_home):
    delta.write(DATA)
    delta.create()
    refused = pytest.raises(OwlakeError, match="NOT_SUPPORTED: This connector does not support versioned tables")
    with Session(delta_home, properties={"athena_strict": True}) as strict, refused:
        strict.execute("SELECT n FROM t FOR VERSION AS OF 0")


def test_delta_tables_are_not_written(delta):
    delta.write(DATA)
    delta.create()
    assert delta.refused("INSERT INTO t VALUES (1)").startswith("NOT_SUPPORTED: ")


def test_another_process_may_empty_the_folder_between_statements(delta):
    delta.write(DATA)
    delta.create()
    assert delta.rows("SELECT count(*) FROM t") == [(31,)]
    shutil.rmtree(delta.folder)
    assert delta.refused("SELECT count(*) FROM t").startswith("DELTA_LAKE_INVALID_SCHEMA: ")
    delta.write(DATA.slice(0, 2))
    assert delta.rows("SELECT count(*) FROM t") == [(2,)]
