"""Tables whose schema or partitions changed: old files are read as the table is now, and old versions as it was."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    TruncateTransform,
    YearTransform,
)
from pyiceberg.types import (
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
)

from owlake.errors import OwlakeError
from tests.lake.iceberg.iceberg_lake import tuples


def test_columns_are_found_by_their_ids(iceberg):
    table = iceberg.written(pa.table({"a": [1], "b": ["x"], "gone": [True]}))
    with table.update_schema() as change:
        change.rename_column("a", "swapped")
        change.rename_column("b", "a")
        change.delete_column("gone")
    with table.update_schema() as change:
        change.add_column("gone", StringType())
        change.add_column("b", LongType())
        change.move_first("a")
    table.append(pa.table({"a": ["y"], "swapped": [2], "gone": ["new"], "b": [5]}))
    iceberg.register(table)
    assert [row[0].strip() for row in iceberg.rows("SHOW COLUMNS IN t")] == ["a", "swapped", "gone", "b"]
    assert iceberg.rows("SELECT * FROM t ORDER BY swapped") == [("x", 1, None, None), ("y", 2, "new", 5)]
    assert iceberg.rows("SELECT a FROM t WHERE swapped = 1") == [("x",)]
    assert iceberg.rows("SELECT a FROM t WHERE b IS NULL") == [("x",)]
    assert iceberg.rows("SELECT a FROM t WHERE gone = 'new'") == [("y",)]
    assert sorted(iceberg.rows()) == sorted(tuples(table.scan().to_arrow()))


def test_numbers_are_widened(iceberg):
    table = iceberg.written(
        pa.table(
            {
                "i": pa.array([2**31 - 1, None], pa.int32()),
                "f": pa.array([0.1, None], pa.float32()),
                "d": pa.array([Decimal("9.99"), None], pa.decimal128(3, 2)),
                "r": pa.array([{"i": 7}, None], pa.struct([("i", pa.int32())])),
                "arr": pa.array([[7, None], None], pa.list_(pa.int32())),
            }
        )
    )
    with table.update_schema() as change:
        change.update_column("i", LongType())
        change.update_column("f", DoubleType())
        change.update_column("d", DecimalType(20, 2))
        change.update_column(("r", "i"), LongType())
        change.update_column(("arr", "element"), LongType())
    iceberg.register(table)
    assert iceberg.rows("SELECT i, f, d, r.i, arr FROM t WHERE i IS NOT NULL") == [
        (2**31 - 1, 0.10000000149011612, Decimal("9.99"), 7, [7, None])
    ]
    assert iceberg.rows("SELECT typeof(i), typeof(f), typeof(d), typeof(r), typeof(arr) FROM t LIMIT 1") == [
        ("bigint", "double", "decimal(20,2)", "row(i bigint)", "array(bigint)")
    ]
    assert iceberg.rows("SELECT i + 1 FROM t WHERE i = 2147483647") == [(2**31,)]
    # Bounds in the metadata are as narrow as the columns were.
    for condition, count in (("i > 3000000000", 0), ("f > 0.05", 1), ("f < 0.05", 0), ("d = DECIMAL '9.99'", 1)):
        assert iceberg.rows(f"SELECT count(*) FROM t WHERE {condition}") == [(count,)], condition


def test_fields_inside_columns_are_found_by_their_ids(iceberg):
    inner = pa.struct([("a", pa.int64()), ("b", pa.string())])
    data = pa.table(
        {
            "r": pa.array([{"a": 1, "b": "x"}, None], inner),
            "arr": pa.array([[{"a": 2, "b": "y"}], []], pa.list_(inner)),
            "m": pa.array([[("k", {"a": 3, "b": "z"})], []], pa.map_(pa.string(), inner)),
        }
    )
    table = iceberg.written(data)
    with table.update_schema() as change:
        for path in (("r",), ("arr", "element"), ("m", "value")):
            change.rename_column((*path, "a"), "n")
            change.delete_column((*path, "b"))
    with table.update_schema() as change:
        for path in (("r",), ("arr",), ("m",)):
            change.add_column((*path, "b"), IntegerType())
    iceberg.register(table)
    assert iceberg.rows("SELECT * FROM t WHERE r IS NOT NULL") == [
        ({"n": 1, "b": None}, [{"n": 2, "b": None}], [("k", {"n": 3, "b": None})])
    ]
    assert iceberg.rows("SELECT * FROM t WHERE r IS NULL") == [(None, [], [])]
    assert iceberg.rows("SELECT r.n FROM t WHERE r.n > 0") == [(1,)]


def test_names_with_capitals_and_blanks(iceberg):
    table = iceberg.written(pa.table({"The Count": [1, 2], "straße%": ["x", "y"]}))
    iceberg.register(table)
    assert iceberg.rows('SELECT "the count", "straße%" FROM t WHERE "THE COUNT" > 1') == [(2, "y")]


# Time travel -----------------------------------------------------------------------------------------------


POINTERS = "Temporal pointers must be of type Timestamp, Timestamp with Time Zone, or Date."


@pytest.fixture
def history(iceberg):
    """A table of three snapshots, a tag and a branch; the second came with a new schema."""
    table = iceberg.written(pa.table({"a": [1]}))
    with table.update_schema() as change:
        change.rename_column("a", "b")
        change.add_column("c", StringType())
    table.append(pa.table({"b": [2], "c": ["x"]}))
    first, second = (one.snapshot_id for one in table.metadata.snapshots)
    table.manage_snapshots().create_tag(first, "old").create_branch(second, "Work").commit()
    table.append(pa.table({"b": [3], "c": ["y"]}))
    iceberg.register(table)
    return table


def test_a_snapshot_is_read_by_its_id_with_the_schema_of_then(iceberg, history):
    first, second, third = (one.snapshot_id for one in history.metadata.snapshots)
    assert iceberg.rows(f"SELECT * FROM t FOR VERSION AS OF {first}") == [(1,)]
    assert iceberg.rows(f"SELECT a FROM t FOR VERSION AS OF {first} WHERE a = 1") == [(1,)]
    assert iceberg.rows(f"SELECT * FROM t FOR VERSION AS OF {second} x ORDER BY b") == [(1, None), (2, "x")]
    assert iceberg.rows(f"SELECT count(*) FROM t FOR VERSION AS OF {third}") == [(3,)]
    joined = f"SELECT count(*) FROM t JOIN t FOR VERSION AS OF {first} AS o ON t.b = o.a"
    assert iceberg.rows(joined) == [(1,)]


@pytest.mark.usefixtures("history")
def test_tags_and_branches_are_read_by_their_names(iceberg):
    assert iceberg.rows("SELECT * FROM t FOR VERSION AS OF 'old'") == [(1,)]
    assert iceberg.rows("SELECT count(*) FROM t FOR VERSION AS OF 'Work'") == [(2,)]
    assert iceberg.rows("SELECT count(*) FROM t FOR VERSION AS OF 'main'") == [(3,)]
    assert iceberg.rows('SELECT name, type FROM "t$refs" ORDER BY 1') == [
        ("Work", "BRANCH"),
        ("main", "BRANCH"),
        ("old", "TAG"),
    ]


def test_a_moment_means_the_snapshot_that_was_the_tables_then(iceberg, history):
    moments = [dt.datetime.fromtimestamp(one.timestamp_ms / 1000, dt.UTC) for one in history.metadata.snapshots]
    counts = [
        iceberg.rows(f"SELECT count(*) FROM t FOR TIMESTAMP AS OF TIMESTAMP '{one:%Y-%m-%d %H:%M:%S.%f} UTC'")[0][0]
        for one in moments
    ]
    assert counts == [1, 2, 3]
    local = f"{moments[1]:%Y-%m-%d %H:%M:%S.%f}"
    assert iceberg.rows(f"SELECT count(*) FROM t FOR TIMESTAMP AS OF TIMESTAMP '{local}'") == [(2,)]
    tomorrow = "current_timestamp - INTERVAL '1' DAY"
    with pytest.raises(OwlakeError, match=r"INVALID_ARGUMENTS: No version history table default\.t at or before "):
        iceberg.rows(f"SELECT * FROM t FOR TIMESTAMP AS OF {tomorrow}")


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("VERSION AS OF 7", "INVALID_ARGUMENTS: Iceberg snapshot ID does not exists: 7"),
        ("VERSION AS OF 'work'", "INVALID_ARGUMENTS: Cannot find snapshot with reference name: work"),
        ("VERSION AS OF DATE '2020-01-01'", "NOT_SUPPORTED: Unsupported type for table version: date"),
        ("VERSION AS OF NULL", "INVALID_ARGUMENTS: line 1:17: Pointer value cannot be NULL"),
        (
            "TIMESTAMP AS OF '2022-01-01'",
            f"TYPE_MISMATCH: line 1:17: Type varchar(10) invalid. {POINTERS}",
        ),
        (
            "TIMESTAMP AS OF TIMESTAMP '2999-01-01'",
            "INVALID_ARGUMENTS: line 1:17: Pointer value '2999-01-01 00:00:00' is not in the past",
        ),
        (
            "TIMESTAMP AS OF DATE '2999-01-01'",
            "INVALID_ARGUMENTS: line 1:17: Pointer value '2999-01-01' is not in the past",
        ),
        (
            "TIMESTAMP AS OF TIMESTAMP '2999-01-01 UTC'",
            "INVALID_ARGUMENTS: line 1:17: Pointer value '2999-01-01 00:00:00 UTC' is not in the past",
        ),
    ],
)
def test_versions_that_there_are_not(iceberg, version, text):
    with pytest.raises(OwlakeError) as caught:
        iceberg.rows(f"SELECT * FROM t FOR {version}")
    assert str(caught.value) == text


# Partitions ------------------------------------------------------------------------------------------------

DAY = dt.datetime.fromisoformat("2024-01-01T00:00:00")
DATA = pa.table(
    {
        "n": pa.array([*range(-20, 20), None], pa.int64()),
        "s": pa.array([*(f"k{number % 7}-{number}" for number in range(40)), None]),
        "ts": pa.array([*(DAY + dt.timedelta(hours=5 * number) for number in range(40)), None], pa.timestamp("us")),
        "d": pa.array([*(dt.date(2020 + number % 5, 1 + number % 12, 1) for number in range(40)), None]),
    }
)
CONDITIONS = (
    "n = 3",
    "n IN (-5, 7, 100)",
    "n < -15",
    "n IS NULL",
    "n BETWEEN 2 AND 4",
    "s = 'k3-3'",
    "s > 'k5'",
    "s IS NULL OR n = 0",
    "ts = TIMESTAMP '2024-01-02 01:00:00'",
    "ts < TIMESTAMP '2024-01-01 12:00:00'",
    "ts >= TIMESTAMP '2024-01-08 00:00:00'",
    "d = DATE '2021-02-01'",
    "d >= DATE '2024-06-01'",
    "n = 3 OR s = 'k1-1'",
    "n = 100",
)
TRANSFORMS = {
    "identity": ("n", IdentityTransform(), "n = 3"),
    "bucket-n": ("n", BucketTransform(4), "n = 3"),
    "bucket-s": ("s", BucketTransform(3), "s = 'k3-3'"),
    "truncate-n": ("n", TruncateTransform(10), "n < -15"),
    "truncate-s": ("s", TruncateTransform(2), "s > 'k5'"),
    "year": ("d", YearTransform(), "d >= DATE '2024-06-01'"),
    "month": ("ts", MonthTransform(), "ts IS NULL"),
    "day": ("ts", DayTransform(), "ts < TIMESTAMP '2024-01-01 12:00:00'"),
    "hour": ("ts", HourTransform(), "ts = TIMESTAMP '2024-01-02 01:00:00'"),
}
"""Column, transform, and a condition by which files can be left out."""


@pytest.fixture(scope="module")
def engine():
    """The same rows in another engine."""
    import duckdb  # noqa: PLC0415  (loaded for this alone)

    connection = duckdb.connect()
    connection.register("t", DATA)
    yield connection
    connection.close()


@pytest.mark.parametrize("name", TRANSFORMS)
def test_hidden_partitions_leave_out_files_and_no_rows(iceberg, engine, name):
    column, transform, selective = TRANSFORMS[name]
    table = iceberg.create(DATA.schema)
    with table.update_spec() as change:
        change.add_field(column, transform, "part")
    table.append(DATA)
    iceberg.register(table)
    for condition in CONDITIONS:
        wanted = engine.sql(f"SELECT n FROM t WHERE {condition}").fetchall()
        assert sorted(iceberg.rows(f"SELECT n FROM t WHERE {condition}"), key=str) == sorted(wanted, key=str), condition
    assert iceberg.files_read(f"SELECT n FROM t WHERE {selective}") < iceberg.files_read("SELECT n FROM t")


def test_files_of_all_partition_specs_are_read(iceberg, engine):
    table = iceberg.create(DATA.schema)
    table.append(DATA.slice(0, 10))
    with table.update_spec() as change:
        change.add_field("ts", DayTransform(), "day")
    table.append(DATA.slice(10, 10))
    with table.update_spec() as change:
        change.remove_field("day")
        change.add_field("n", BucketTransform(3), "bucket")
    table.append(DATA.slice(20, 10))
    with table.update_spec() as change:
        change.remove_field("bucket")
        change.add_field("s", IdentityTransform(), "s")
    table.append(DATA.slice(30))
    iceberg.register(table)
    assert sorted(iceberg.rows(), key=str) == sorted(tuples(DATA), key=str)
    for condition in CONDITIONS:
        wanted = engine.sql(f"SELECT n FROM t WHERE {condition}").fetchall()
        assert sorted(iceberg.rows(f"SELECT n FROM t WHERE {condition}"), key=str) == sorted(wanted, key=str), condition
    assert iceberg.rows("DESCRIBE t")[-1] == ("s", "identity", "s")
    partitions = iceberg.rows('SELECT sum(record_count), sum(file_count) FROM "t$partitions"')
    assert partitions == iceberg.rows('SELECT sum(record_count), count(*) FROM "t$files"')
