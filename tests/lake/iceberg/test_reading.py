"""Iceberg tables written by pyiceberg: the rows that pyiceberg itself reads."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from decimal import Decimal

import pyarrow as pa
import pytest
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, UUIDType

from owlake.errors import OwlakeError
from tests.lake.iceberg.iceberg_lake import tuples

EARLY = dt.datetime.fromisoformat("1500-01-01T01:02:03.456789")
LATE = dt.datetime.fromisoformat("9999-12-31")
LONG = Decimal("1234567890123456789012345678.0123456789")
TYPES = {
    "b": (pa.bool_(), [True, None, False], "boolean"),
    "i": (pa.int32(), [2**31 - 1, None, -(2**31)], "integer"),
    "l": (pa.int64(), [2**63 - 1, None, -(2**63)], "bigint"),
    "f": (pa.float32(), [1.5, None, float("inf")], "real"),
    "d": (pa.float64(), [1e300, None, -0.5], "double"),
    "c": (pa.decimal128(38, 10), [LONG, None, Decimal(-1)], "decimal(38,10)"),
    "day": (pa.date32(), [dt.date(1, 1, 1), None, dt.date(9999, 12, 31)], "date"),
    "hour": (pa.time64("us"), [dt.time(23, 59, 59, 999_999), None, dt.time(0)], "time(6)"),
    "ts": (pa.timestamp("us"), [EARLY, None, LATE], "timestamp(6)"),
    "s": (pa.string(), ["ä\U0001f600", None, ""], "varchar"),
    "y": (pa.binary(), [b"\x00\xff", None, b""], "varbinary"),
    "x": (pa.binary(4), [b"abcd", None, b"\x00" * 4], "varbinary"),
    "arr": (pa.list_(pa.int64()), [[1, None], None, []], "array(bigint)"),
    "m": (pa.map_(pa.string(), pa.int32()), [[("k", 1)], None, []], "map(varchar, integer)"),
    "r": (
        pa.struct([("a", pa.int32()), ("b", pa.struct([("c", pa.string())]))]),
        [{"a": 1, "b": {"c": "x"}}, None, {"a": None, "b": None}],
        "row(a integer, b row(c varchar))",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_each_type_is_read_as_it_was_written(iceberg, name):
    type_, values, trino = TYPES[name]
    table = iceberg.written(pa.table({"n": [1, 2, 3], name: pa.array(values, type_)}))
    iceberg.register(table)
    assert iceberg.rows(f"SELECT {name} FROM t ORDER BY n") == [(value,) for value in values]
    assert iceberg.rows(f"SELECT typeof({name}) FROM t LIMIT 1") == [(trino,)]


def test_moments_have_the_zone_utc(iceberg):
    zone = dt.timezone(dt.timedelta(hours=5))
    moment = dt.datetime(2024, 2, 29, 12, 0, 0, 123_456, tzinfo=zone)
    data = pa.table({"at": pa.array([moment, None], pa.timestamp("us", "UTC"))})
    iceberg.register(iceberg.written(data))
    assert iceberg.rows("SELECT CAST(at AS varchar), typeof(at) FROM t WHERE at IS NOT NULL") == [
        ("2024-02-29 07:00:00.123456 UTC", "timestamp(6) with time zone")
    ]
    assert iceberg.rows("SELECT count(*) FROM t WHERE at = TIMESTAMP '2024-02-29 12:00:00.123456 +05:00'") == [(1,)]


def test_uuids_are_read_as_uuids(iceberg):
    value = uuid.UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7")
    table = iceberg.create(Schema(NestedField(1, "u", UUIDType())))
    table.append(pa.table({"u": pa.array([value.bytes, None], pa.binary(16))}))
    iceberg.register(table)
    assert iceberg.rows("SELECT CAST(u AS varchar), typeof(u) FROM t ORDER BY 1") == [
        (str(value), "uuid"),
        (None, "uuid"),
    ]
    assert iceberg.rows(f"SELECT count(*) FROM t WHERE u = UUID '{value}'") == [(1,)]


def test_a_table_without_snapshots_has_no_rows(iceberg):
    iceberg.register(iceberg.create(pa.schema([("a", pa.int64()), ("s", pa.string())])))
    assert iceberg.rows() == []
    assert iceberg.rows("SELECT count(*), sum(a) FROM t") == [(0, None)]
    assert iceberg.rows('SELECT * FROM "t$files"') == iceberg.rows('SELECT * FROM "t$manifests"') == []


def test_hidden_columns(iceberg):
    table = iceberg.written(pa.table({"a": [1, 2]}))
    iceberg.register(table)
    (file,) = (task.file.file_path for task in table.scan().plan_files())
    assert iceberg.rows('SELECT a, "$path", "$partition" FROM t ORDER BY a') == [(1, file, ""), (2, file, "")]
    assert iceberg.rows(f"SELECT count(*) FROM t WHERE \"$path\" = '{file}'") == [(2,)]
    assert iceberg.rows("SELECT count(*) FROM t WHERE \"$path\" = 'x'") == [(0,)]
    assert iceberg.rows(
        "SELECT count(*) FROM t WHERE \"$file_modified_time\" > TIMESTAMP '2020-01-01 00:00:00 UTC'"
    ) == [(2,)]


def test_a_statement_reads_the_version_that_the_catalog_has(iceberg):
    table = iceberg.written(pa.table({"a": [1]}))
    iceberg.register(table)
    table.append(pa.table({"a": [2]}))
    assert iceberg.rows() == [(1,)]
    iceberg.register(table)
    assert iceberg.rows("SELECT a FROM t ORDER BY a") == [(1,), (2,)]
    assert iceberg.rows("SELECT a FROM t ORDER BY a") == [(1,), (2,)]


def test_columns_of_the_catalog_are_those_of_the_metadata(iceberg):
    iceberg.register(iceberg.written(pa.table({"a": [1], "ts": pa.array([None], pa.timestamp("us"))})))
    wanted = [("a", "bigint"), ("ts", "timestamp(6)")]
    query = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't'"
    assert sorted(iceberg.rows(query)) == wanted


def test_fewer_bytes_are_scanned_for_fewer_columns(iceberg):
    data = pa.table({"a": pa.array(range(10_000)), "s": [f"text {number}" for number in range(10_000)]})
    table = iceberg.written(data)
    iceberg.register(table)
    (size,) = (task.file.file_size_in_bytes for task in table.scan().plan_files())
    assert 0 < iceberg.scanned("SELECT sum(a) FROM t") < iceberg.scanned("SELECT sum(a), max(s) FROM t") < size


# Registration ----------------------------------------------------------------------------------------------


def test_the_newest_metadata_is_taken_where_none_is_named(iceberg):
    table = iceberg.written(pa.table({"a": [1]}))
    table.append(pa.table({"a": [2]}))
    iceberg.session.execute(f"CALL system.lake.register_table('default', 't', '{table.location()}')")
    assert iceberg.rows("SELECT count(*) FROM t") == [(2,)]


def test_a_location_in_a_bucket_is_the_folder_that_it_means(iceberg):
    table = iceberg.written(pa.table({"a": [1]}))
    place = table.location().partition("/buckets/")[2]
    iceberg.session.execute(f"CALL system.lake.register_table('default', 't', 's3://{place}')")
    assert iceberg.rows() == [(1,)]


def refused(iceberg, statement: str) -> str:
    with pytest.raises(OwlakeError) as caught:
        iceberg.rows(statement)
    return str(caught.value)


def test_what_cannot_be_registered(iceberg):
    table = iceberg.written(pa.table({"a": [1]}))
    iceberg.register(table)
    place = table.location()
    call = "CALL system.lake.register_table"
    assert refused(iceberg, f"{call}('default', 't', '{place}')").startswith("TABLE_ALREADY_EXISTS: ")
    assert refused(iceberg, f"{call}('nowhere', 't', '{place}')").startswith("SCHEMA_NOT_FOUND: ")
    assert refused(iceberg, f"{call}('default', 'u', '{place}/x')") == (
        f"ICEBERG_INVALID_METADATA: No versioned metadata file exists at location: {place}/x/metadata"
    )
    assert refused(iceberg, f"{call}('default', 'u', '{place}', 'none.metadata.json')") == (
        "ICEBERG_MISSING_METADATA: Metadata not found in metadata location for table default.u"
    )
    assert refused(iceberg, f"{call}('default', 'u', '{place}', '../x')").startswith("INVALID_PROCEDURE_ARGUMENT: ")
    iceberg.session.execute("CREATE EXTERNAL TABLE hive (a int) LOCATION 's3://lake/hive/'")
    assert "Not an Iceberg table" in refused(iceberg, f"{call}('default', 'hive', '{place}', NULL, true)")
    assert "Not an Iceberg table" in refused(iceberg, "CALL system.lake.unregister_table('default', 'hive')")
    iceberg.session.execute("DROP TABLE hive")


def test_a_table_that_was_moved_is_not_registered(iceberg, tmp_path):
    table = iceberg.written(pa.table({"a": [1]}))
    shutil.copytree(table.location().removeprefix("file://"), tmp_path / "moved")
    text = refused(iceberg, f"CALL system.lake.register_table('default', 'u', 'file://{tmp_path}/moved')")
    assert text.startswith("ICEBERG_INVALID_METADATA: ")
    assert f"declares table location as [{table.location()}]" in text


def test_a_table_is_taken_out_of_the_catalog_and_its_files_stay(iceberg):
    table = iceberg.written(pa.table({"a": [1]}))
    iceberg.register(table)
    iceberg.session.execute("CALL system.lake.unregister_table('default', 't')")
    assert refused(iceberg, "SELECT * FROM t").startswith("TABLE_NOT_FOUND: ")
    assert refused(iceberg, "CALL system.lake.unregister_table('default', 't')").startswith("TABLE_NOT_FOUND: ")
    assert tuples(table.scan().to_arrow()) == [(1,)]


def test_a_table_that_was_only_declared_says_what_is_missing(iceberg):
    iceberg.session.execute("CREATE TABLE d (a int) LOCATION 's3://lake/d/' TBLPROPERTIES ('table_type'='ICEBERG')")
    assert refused(iceberg, "SELECT * FROM d") == (
        "ICEBERG_INVALID_METADATA: Table is missing [metadata_location] property: default.d"
    )
    iceberg.session.execute("DROP TABLE d")


def test_no_table_of_pyicebergs_catalog_is_known_by_itself(iceberg):
    with pytest.raises(NoSuchTableError):
        iceberg.catalog.load_table("n.t")
    assert refused(iceberg, "SELECT * FROM t").startswith("TABLE_NOT_FOUND: ")
