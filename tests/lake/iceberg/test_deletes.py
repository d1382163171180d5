"""Rows that are deleted: by number, by vectors, by their values; each delete for the files that it is about."""

from __future__ import annotations

import fastavro
import pyarrow as pa
import pytest
from pyarrow import orc
from pyiceberg.table import StaticTable
from pyiceberg.transforms import IdentityTransform

from owlake.errors import OwlakeError
from tests.lake.iceberg.handmade import (
    POSITIONS,
    File,
    HandMade,
    data_file,
    deletion_vectors,
    equality_deletes,
    position_deletes,
)
from tests.lake.iceberg.iceberg_lake import tuples

ROWS = pa.table({"n": pa.array(range(1000), pa.int64()), "s": [f"k{number % 10}" for number in range(1000)]})
IDS = (1, 2)
PARTITION = [{"name": "p", "type": ["null", "int"], "default": None, "field-id": 1000}]


@pytest.fixture
def made(iceberg):
    """A table of two columns without rows, of version 2."""
    return HandMade(iceberg.create(ROWS.schema))


def by_pyiceberg(made: HandMade) -> list[tuple]:
    table = StaticTable.from_metadata(f"file://{made.metadata_path}")
    return sorted(tuples(table.scan().to_arrow()), key=str)


def numbers(iceberg, where: str = "true") -> list[int]:
    return [row[0] for row in iceberg.rows(f"SELECT n FROM t WHERE {where} ORDER BY n")]


# By number -------------------------------------------------------------------------------------------------


def test_rows_are_deleted_by_their_numbers(iceberg, made):
    one = data_file(made, ROWS, IDS, rows_per_group=300)
    other = data_file(made, ROWS, IDS)
    made.commit([one, other])
    gone = [0, 1, 299, 300, 301, 599, 999]
    made.commit([position_deletes(made, [(one.uri, row) for row in gone])])
    made.register(iceberg)
    assert iceberg.rows("SELECT count(*), sum(n) FROM t") == [(2000 - len(gone), 2 * sum(range(1000)) - sum(gone))]
    assert numbers(iceberg, f"\"$path\" = '{one.uri}'") == [row for row in range(1000) if row not in gone]
    assert numbers(iceberg, "n BETWEEN 298 AND 302") == [298, 298, 299, 300, 301, 302, 302]
    assert sorted(iceberg.rows(), key=str) == by_pyiceberg(made)


def test_deletes_of_several_files_about_one(iceberg, made):
    one = data_file(made, ROWS, IDS)
    made.commit([one])
    made.commit([position_deletes(made, [(one.uri, 5), (one.uri, 6)])])
    made.commit([position_deletes(made, [(one.uri, 6), (one.uri, 7), ("file:///other", 8)])])
    made.register(iceberg)
    assert numbers(iceberg, "n < 10") == [0, 1, 2, 3, 4, 8, 9]
    assert iceberg.rows("SELECT count(*) FROM t") == [(997,)]


def test_deletes_are_about_files_of_their_commit_and_before(iceberg, made):
    one, later = data_file(made, ROWS, IDS), data_file(made, ROWS, IDS)
    made.commit([one, position_deletes(made, [(one.uri, 1), (later.uri, 2)])])
    made.commit([later])
    made.register(iceberg)
    assert numbers(iceberg, "n < 4") == [0, 0, 1, 2, 2, 3, 3]


def test_other_columns_and_limits_beside_deleted_rows(iceberg, made):
    one = data_file(made, ROWS, IDS, rows_per_group=100)
    made.commit([one, position_deletes(made, [(one.uri, row) for row in range(0, 1000, 2)])])
    made.register(iceberg)
    assert iceberg.rows("SELECT s, count(*) FROM t GROUP BY s ORDER BY s") == [(f"k{n}", 100) for n in (1, 3, 5, 7, 9)]
    assert len(iceberg.rows("SELECT 1 FROM t LIMIT 7")) == 7
    assert iceberg.rows('SELECT DISTINCT "$path", "$partition" FROM t') == [(one.uri, "")]


def test_delete_files_may_be_avro_or_orc(iceberg, made):
    one = data_file(made, ROWS, IDS)
    made.commit([one])
    schema = {
        "type": "record",
        "name": "deletes",
        "fields": [
            {"name": "file_path", "type": "string", "field-id": 2147483546},
            {"name": "pos", "type": "long", "field-id": 2147483545},
        ],
    }
    path = made.path("positions.avro")
    with path.open("wb") as out:
        fastavro.writer(out, schema, [{"file_path": one.uri, "pos": 1}])
    other = made.path("positions.orc")
    orc.write_table(pa.table({"file_path": [one.uri], "pos": pa.array([2], pa.int64())}), other)
    made.commit([File(POSITIONS, path, 1, "AVRO"), File(POSITIONS, other, 1, "ORC")])
    made.register(iceberg)
    assert numbers(iceberg, "n < 5") == [0, 3, 4]


def test_deletes_of_another_partition_are_about_nothing(iceberg):
    table = iceberg.create(pa.schema([("n", pa.int64()), ("p", pa.int32())]))
    with table.update_spec() as change:
        change.add_field("p", IdentityTransform(), "p")
    made = HandMade(table)
    rows = pa.table({"n": pa.array([1, 2, 3], pa.int64()), "p": pa.array([7, 7, 7], pa.int32())})
    one = data_file(made, rows, IDS, partition={"p": 7})
    spec = {"spec_id": 1, "partition": PARTITION}
    made.commit([one], **spec)
    made.commit([position_deletes(made, [(one.uri, 0)], partition={"p": 8})], **spec)
    made.commit([position_deletes(made, [(one.uri, 1)], partition={"p": 7})], **spec)
    made.register(iceberg)
    assert numbers(iceberg) == [1, 3]
    assert numbers(iceberg, "p = 7") == [1, 3]
    assert numbers(iceberg, "p = 8") == []


# Vectors ---------------------------------------------------------------------------------------------------


def test_rows_are_deleted_by_vectors(iceberg, made):
    made.metadata |= {"format-version": 3, "next-row-id": 0}
    one, other, whole = (data_file(made, ROWS, IDS, rows_per_group=400) for _ in range(3))
    made.commit([one, other, whole])
    gone = {one.uri: [0, 399, 400, 999], other.uri: list(range(100, 1000))}
    made.commit(deletion_vectors(made, gone))
    made.register(iceberg)
    for file, rows in gone.items():
        assert numbers(iceberg, f"\"$path\" = '{file}'") == [row for row in range(1000) if row not in rows]
    assert iceberg.rows("SELECT count(*) FROM t") == [(996 + 100 + 1000,)]
    assert sorted(iceberg.rows(), key=str) == by_pyiceberg(made)


def test_a_vector_that_is_damaged_is_an_error(iceberg, made):
    made.metadata |= {"format-version": 3, "next-row-id": 0}
    one = data_file(made, ROWS, IDS)
    (vector,) = deletion_vectors(made, {one.uri: [1, 2, 3]})
    made.commit([one, vector])
    made.register(iceberg)
    content = bytearray(vector.path.read_bytes())
    content[4 + 20] ^= 255
    vector.path.write_bytes(content)
    with pytest.raises(OwlakeError, match=r"ICEBERG_BAD_DATA: Error reading file .*vectors\.puffin: "):
        iceberg.rows()


# By value --------------------------------------------------------------------------------------------------


def keys(**columns: list) -> pa.Table:
    types = {"n": pa.int64(), "s": pa.string(), "p": pa.int32()}
    return pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})


def test_rows_are_deleted_by_values_in_earlier_files(iceberg, made):
    made.commit([data_file(made, ROWS.slice(0, 10), IDS)])
    # Of the same commit: a delete is about files before it only.
    made.commit([data_file(made, ROWS.slice(0, 10), IDS), equality_deletes(made, keys(n=[3, 4]), [1])])
    made.commit([data_file(made, ROWS.slice(3, 2), IDS)])
    made.register(iceberg)
    assert numbers(iceberg) == sorted([0, 1, 2, 5, 6, 7, 8, 9, *range(10), 3, 4])
    assert numbers(iceberg, "n IN (3, 4)") == [3, 3, 4, 4]
    assert iceberg.rows("SELECT count(*) FROM t") == [(20,)]
    assert iceberg.rows("SELECT count(s) FROM t WHERE s = 'k3'") == [(2,)]


def test_a_delete_knows_null_and_several_columns(iceberg, made):
    rows = keys(n=[1, None, 1, None, 2], s=["a", "a", None, None, "b"])
    made.commit([data_file(made, rows, IDS)])
    made.commit([equality_deletes(made, keys(n=[1, None, None], s=["a", None, "zz"]), IDS)])
    made.register(iceberg)
    assert sorted(iceberg.rows(), key=str) == sorted([(None, "a"), (1, None), (2, "b")], key=str)
    assert iceberg.rows("SELECT s FROM t WHERE n IS NULL") == [("a",)]


def test_a_delete_has_columns_that_it_is_not_about(iceberg, made):
    made.commit([data_file(made, ROWS.slice(0, 5), IDS)])
    made.commit([equality_deletes(made, keys(n=[2], s=["nobody"]), IDS, equality_ids=[1])])
    made.register(iceberg)
    assert numbers(iceberg) == [0, 1, 3, 4]
    # A condition on such a column says nothing of the delete.
    assert iceberg.rows("SELECT n FROM t WHERE s = 'k2'") == []


def test_deletes_by_different_columns_and_by_number_together(iceberg, made):
    one = data_file(made, ROWS.slice(0, 20), IDS)
    made.commit([one])
    made.commit([equality_deletes(made, keys(n=[0, 1]), [1]), equality_deletes(made, keys(s=["k5"]), [2])])
    made.commit([position_deletes(made, [(one.uri, 19)]), data_file(made, ROWS.slice(0, 1), IDS)])
    made.commit([equality_deletes(made, keys(n=[7]), [1])])
    made.register(iceberg)
    assert numbers(iceberg) == sorted([0, *(n for n in range(20) if n not in (0, 1, 5, 15, 19, 7))])


@pytest.fixture
def parted(iceberg):
    """A table partitioned by p (spec 1); spec 0 has no partitions."""
    table = iceberg.create(pa.schema([("n", pa.int64()), ("p", pa.int32())]))
    with table.update_spec() as change:
        change.add_field("p", IdentityTransform(), "p")
    return HandMade(table)


SPEC = {"spec_id": 1, "partition": PARTITION}


def test_a_delete_is_about_its_partition_or_the_whole_table(iceberg, parted):
    files = [data_file(parted, keys(n=[1, 2, 3], p=[p, p, p]), IDS, partition={"p": p}) for p in (7, 8, None)]
    parted.commit(files, **SPEC)
    parted.commit([equality_deletes(parted, keys(n=[1]), [1], partition={"p": 7})], **SPEC)
    parted.commit([equality_deletes(parted, keys(n=[3]), [1], partition={"p": None})], **SPEC)
    parted.commit([equality_deletes(parted, keys(n=[2]), [1])])
    parted.commit([data_file(parted, keys(n=[1, 2, 3], p=[7, 7, 7]), IDS, partition={"p": 7})], **SPEC)
    parted.register(iceberg)
    wanted = [(3, 7), (1, 8), (3, 8), (1, None), (1, 7), (2, 7), (3, 7)]
    assert sorted(iceberg.rows(), key=str) == sorted(wanted, key=str)
    assert sorted(iceberg.rows("SELECT n FROM t WHERE p = 7")) == [(1,), (2,), (3,), (3,)]
    assert sorted(iceberg.rows('SELECT n, "$partition" FROM t WHERE p = 8')) == [(1, "p=8"), (3, "p=8")]


def test_many_files_with_deletes_of_their_own(iceberg, made):
    wanted = []
    for start in range(0, 200, 10):
        made.commit([data_file(made, ROWS.slice(start, 10), IDS)])
        # The rows of the commit before are changed: the upserts of a stream.
        made.commit([equality_deletes(made, keys(n=[start, start + 1]), [1])])
        made.commit([data_file(made, keys(n=[start], s=["new"]), IDS)])
        wanted += [*range(start + 2, start + 10), start]
    made.register(iceberg)
    assert numbers(iceberg) == sorted(wanted)
    assert iceberg.rows("SELECT count(*) FROM t WHERE s = 'new'") == [(20,)]


def test_a_key_that_the_table_has_no_more(iceberg, made):
    made.commit([data_file(made, ROWS.slice(0, 5), IDS)])
    made.commit([equality_deletes(made, keys(n=[2]), [1])])
    schema = dict(made.metadata["schemas"][0], **{"schema-id": 1})
    schema["fields"] = [one for one in schema["fields"] if one["name"] == "s"]
    made.metadata["schemas"].append(schema)
    made.metadata["current-schema-id"] = 1
    made.save()
    made.register(iceberg)
    assert iceberg.rows("SELECT * FROM t ORDER BY s") == [("k0",), ("k1",), ("k3",), ("k4",)]
