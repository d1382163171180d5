"""Data files that are not as pyiceberg writes them: ORC and Avro, without ids, without columns, on a server."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyarrow import orc
from pyiceberg import types
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
from tests.lake.iceberg.handmade import DATA, File, HandMade, data_file, equality_deletes, position_deletes
from tests.lake.iceberg.iceberg_lake import IcebergLake
from tests.lake.test_endpoint import configure
from tests.s3_server import ask

SCHEMA = pa.schema([("n", pa.int64()), ("s", pa.string()), ("r", pa.struct([("x", pa.int32())]))])
IDENTIFIER = "f79c3e09-677c-4bbd-a479-3f349cb785e7"
OF_ROW = '{"field-id":3,"names":["r"],"fields":[{"field-id":4,"names":["x"]}]}'


@pytest.fixture
def made(iceberg):
    return HandMade(iceberg.create(SCHEMA))


# ORC and Avro ----------------------------------------------------------------------------------------------


def avro(field: str, type_: object, field_id: int) -> dict:
    return {"name": field, "type": ["null", type_], "default": None, "field-id": field_id}


def avro_file(made: HandMade, rows: list[dict], fields: list[dict]) -> File:
    path = made.path("data.avro")
    with path.open("wb") as out:
        fastavro.writer(out, {"type": "record", "name": "table", "fields": fields}, rows)
    return File(DATA, path, len(rows), "AVRO")


STRUCT = {"type": "record", "name": "r3", "fields": [avro("inside", "int", 4)]}
RENAMED = [avro("old_s", "string", 2), avro("number", "int", 1), avro("r", STRUCT, 3)]


def test_avro_files_are_read_by_ids(iceberg, made):
    rows = [{"old_s": f"k{n}", "number": n, "r": {"inside": n * 10}} for n in range(5)]
    one = avro_file(made, [*rows, {"old_s": None, "number": None, "r": None}], RENAMED)
    made.commit([one])
    made.register(iceberg)
    wanted = [(n, f"k{n}", {"x": n * 10}) for n in range(5)]
    assert iceberg.rows("SELECT n, s, r FROM t WHERE n IS NOT NULL ORDER BY n") == wanted
    assert iceberg.rows("SELECT s, r FROM t WHERE n IS NULL") == [(None, None)]
    assert iceberg.rows("SELECT count(*) FROM t") == [(6,)]
    made.commit([position_deletes(made, [(one.uri, 0), (one.uri, 5)])])
    made.commit([equality_deletes(made, pa.table({"s": ["k3"]}), (2,))])
    made.register(iceberg)
    assert iceberg.rows("SELECT n, r.x FROM t ORDER BY n") == [(1, 10), (2, 20), (4, 40)]


def test_avros_logical_types(iceberg):
    schema = Schema(
        types.NestedField(1, "day", types.DateType()),
        types.NestedField(2, "at", types.TimestamptzType()),
        types.NestedField(3, "local", types.TimestampType()),
        types.NestedField(4, "d", types.DecimalType(9, 2)),
        types.NestedField(5, "m", types.MapType(8, types.IntegerType(), 9, types.StringType())),
        types.NestedField(6, "y", types.BinaryType()),
        types.NestedField(7, "a", types.ListType(10, types.LongType())),
    )
    made = HandMade(iceberg.create(schema))
    pair = {
        "type": "record",
        "name": "k8_v9",
        "fields": [
            {"name": "key", "type": "int", "field-id": 8},
            {"name": "value", "type": ["null", "string"], "default": None, "field-id": 9},
        ],
    }
    fixed = {"type": "fixed", "name": "d4", "size": 4, "logicalType": "decimal", "precision": 9, "scale": 2}
    fields = [
        avro("day", {"type": "int", "logicalType": "date"}, 1),
        avro("at", {"type": "long", "logicalType": "timestamp-micros", "adjust-to-utc": True}, 2),
        avro("local", {"type": "long", "logicalType": "timestamp-micros", "adjust-to-utc": False}, 3),
        avro("d", fixed, 4),
        avro("m", {"type": "array", "items": pair, "logicalType": "map"}, 5),
        avro("y", "bytes", 6),
        avro("a", {"type": "array", "items": ["null", "int"], "element-id": 10}, 7),
    ]
    moment = dt.datetime(2024, 2, 29, 1, 2, 3, 456_789, tzinfo=dt.UTC)
    row = {
        "day": moment.date(), "at": moment, "local": moment, "d": Decimal("-1.25"),
        "m": [{"key": 1, "value": "x"}, {"key": 2, "value": None}], "y": b"\x00", "a": [1, None],
    }  # fmt: skip
    one = avro_file(made, [row, row], fields)
    made.commit([one])
    wanted = (
        moment.date(),
        moment,
        moment.replace(tzinfo=None),
        Decimal("-1.25"),
        [(1, "x"), (2, None)],
        b"\x00",
        [1, None],
    )
    made.register(iceberg)
    assert iceberg.rows() == [wanted, wanted]
    made.commit([position_deletes(made, [(one.uri, 1)])])
    made.register(iceberg)
    assert iceberg.rows() == [wanted]


def test_orc_files_are_read(iceberg, made):
    """Arrow writes no ids into ORC: these files get them from the table's name mapping."""
    mapping = f'[{{"field-id":1,"names":["n"]}},{{"field-id":2,"names":["s","old"]}},{OF_ROW}]'
    made.metadata["properties"] = {**made.metadata.get("properties", {}), "schema.name-mapping.default": mapping}
    rows = pa.table({"old": [f"k{n}" for n in range(1000)], "n": pa.array(range(1000), pa.int32())})
    path = made.path("data.orc")
    orc.write_table(rows, path, stripe_size=4096)
    one = File(DATA, path, 1000, "ORC")
    made.commit([one])
    made.register(iceberg)
    assert iceberg.rows("SELECT count(*), sum(n), max(s), count(r) FROM t") == [(1000, 499_500, "k999", 0)]
    made.commit([position_deletes(made, [(one.uri, row) for row in range(0, 1000, 2)])])
    made.register(iceberg)
    assert iceberg.rows("SELECT count(*), sum(n), min(s) FROM t") == [(500, 250_000, "k1")]


# Ids, defaults, partitions -----------------------------------------------------------------------------------


def test_files_without_ids_are_read_by_the_name_mapping_or_not_at_all(iceberg, made):
    path = made.path("plain.parquet")
    pq.write_table(
        pa.table({"s": ["x"], "n": pa.array([1], pa.int64()), "r": pa.array([{"x": 7}], SCHEMA.field("r").type)}), path
    )
    made.commit([File(DATA, path, 1)])
    made.register(iceberg)
    with pytest.raises(OwlakeError, match=r"ICEBERG_BAD_DATA: File .* has no field ids"):
        iceberg.rows()
    mapping = f'[{{"field-id":1,"names":["n"]}},{OF_ROW}]'
    made.metadata["properties"] = {"schema.name-mapping.default": mapping}
    made.save()
    made.register(iceberg)
    assert iceberg.rows("SELECT n, s, r.x FROM t") == [(1, None, 7)]


def test_files_that_were_brought_in_have_their_partitions_values(iceberg):
    table = iceberg.create(pa.schema([("n", pa.int64()), ("p", pa.string())]))
    with table.update_spec() as change:
        change.add_field("p", IdentityTransform(), "p")
    made = HandMade(table)
    partition = [{"name": "p", "type": ["null", "string"], "default": None, "field-id": 1000}]
    files = [
        data_file(made, pa.table({"n": pa.array([number], pa.int64())}), (1,), partition={"p": value})
        for number, value in enumerate(["x", "y'z", None])
    ]
    whole = data_file(made, pa.table({"n": pa.array([9], pa.int64()), "p": ["x"]}), (1, 2), partition={"p": "x"})
    made.commit([*files, whole], spec_id=1, partition=partition)
    made.register(iceberg)
    wanted = [(0, "x"), (1, "y'z"), (2, None), (9, "x")]
    assert iceberg.rows("SELECT n, p FROM t ORDER BY n") == wanted
    assert iceberg.rows("SELECT n FROM t WHERE p = 'x' ORDER BY n") == [(0,), (9,)]
    assert iceberg.rows("SELECT p, count(*) FROM t GROUP BY p ORDER BY p") == [("x", 2), ("y'z", 1), (None, 1)]


@pytest.mark.parametrize(
    ("type_", "written", "wanted"),
    [
        ("int", 34, 34), ("boolean", True, True), ("string", "it's", "it's"), ("double", 1.5, 1.5),
        ("date", "2024-02-29", dt.date(2024, 2, 29)), ("decimal(9,2)", "1.50", Decimal("1.50")),
        ("timestamp", "2024-02-29T01:02:03.456789", dt.datetime.fromisoformat("2024-02-29T01:02:03.456789")),
        ("timestamptz", "2024-02-29T01:02:03.456789+00:00", dt.datetime(2024, 2, 29, 1, 2, 3, 456_789, tzinfo=dt.UTC)),
        ("binary", "00ff", b"\x00\xff"), ("uuid", IDENTIFIER, IDENTIFIER),
    ],
)  # fmt: skip
def test_a_column_that_came_later_has_its_initial_default(iceberg, made, type_, written, wanted):
    made.commit([data_file(made, pa.table({"n": pa.array([1], pa.int64())}), (1,))])
    schema = dict(made.metadata["schemas"][0], **{"schema-id": 1})
    added = {"id": 9, "name": "later", "type": type_, "required": False, "initial-default": written}
    schema["fields"] = [*schema["fields"], added]
    made.metadata["schemas"].append(schema)
    made.metadata |= {"current-schema-id": 1, "last-column-id": 9, "format-version": 3, "next-row-id": 0}
    made.save()
    made.register(iceberg)
    assert iceberg.rows("SELECT n, later FROM t") == [(1, wanted)]
    assert iceberg.rows("SELECT count(*) FROM t WHERE later IS NULL") == [(0,)]


# A server --------------------------------------------------------------------------------------------------


def test_a_table_on_a_server(s3_server: str, tmp_path: Path) -> None:
    ask(s3_server, "POST", "/moto-api/reset")
    configure(tmp_path / "home", s3_server)
    with Home.open(tmp_path / "home") as home, Session(home) as session:
        home.storage.create_bucket("lake")
        keys = {"s3.endpoint": s3_server, "s3.access-key-id": "testing", "s3.secret-access-key": "testing"}
        catalog = SqlCatalog(
            "s3", uri=f"sqlite:///{tmp_path}/c.db", warehouse="s3://lake/wh", **keys, **{"s3.region": "us-east-1"}
        )
        catalog.create_namespace("n")
        lake = IcebergLake(home, session, catalog)
        table = lake.written(pa.table({"n": [1, 2, 3], "p": ["a", "b", "a"]}))
        with table.update_spec() as change:
            change.add_field("p", IdentityTransform(), "p")
        table.append(pa.table({"n": [4, 5], "p": ["b", "c"]}))
        lake.register(table)
        assert lake.rows("SELECT sum(n), count(*) FROM t") == [(15, 5)]
        assert lake.rows("SELECT n, \"$partition\" FROM t WHERE p = 'b' ORDER BY n") == [(2, ""), (4, "p=b")]
        first = table.metadata.snapshots[0].snapshot_id
        assert lake.rows(f"SELECT count(*) FROM t FOR VERSION AS OF {first}") == [(3,)]
        assert lake.scanned("SELECT sum(n) FROM t") > 0
        catalog.close()


def test_a_delta_table_on_a_server(s3_server: str, tmp_path: Path) -> None:
    ask(s3_server, "POST", "/moto-api/reset")
    configure(tmp_path / "home", s3_server)
    options = {
        "AWS_ENDPOINT_URL": s3_server, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true", "AWS_S3_ALLOW_UNSAFE_RENAME": "true",
    }  # fmt: skip
    with Home.open(tmp_path / "home") as home, Session(home) as session:
        home.storage.create_bucket("lake")
        for part in (["a b", "b"], ["c", None]):
            rows = pa.table({"n": [1, 2], "p": part})
            write_deltalake("s3://lake/d", rows, partition_by=["p"], mode="append", storage_options=options)
        session.execute("CREATE EXTERNAL TABLE d LOCATION 's3://lake/d/' TBLPROPERTIES ('table_type'='DELTA')")
        assert session.execute("SELECT n, p FROM d WHERE p = 'a b'").table().to_pylist() == [{"n": 1, "p": "a b"}]
        assert session.execute("SELECT count(*) AS c, sum(n) AS s FROM d").table().to_pylist() == [{"c": 4, "s": 6}]
