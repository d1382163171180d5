from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from owlake.catalog.model import Column, Partition, SerDeInfo, StorageDescriptor, Table
from owlake.errors import OwlakeError
from owlake.lake.model import Domain, TablePartition
from owlake.lake.partition_values import value_text
from owlake.lake.partitions import name_of, partitions, typed_values
from owlake.types.model import BIGINT, DOUBLE, REAL, VARCHAR, Timestamp
from owlake.types.model import Decimal as DecimalType

NOW = datetime(2021, 3, 4, tzinfo=UTC)
PARQUET = SerDeInfo("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe")
TEXT = SerDeInfo("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe")


class Catalog:
    """Partitions by hand; remembers what it was asked."""

    def __init__(self, *found: Partition):
        self.found, self.asked = list(found), []

    def list_partitions(self, database, table, constraint=None):
        self.asked.append((database, table, constraint))
        return self.found


def table(
    keys: dict[str, str], columns: dict[str, str] | None = None, serde: SerDeInfo = PARQUET, **parameters: str
) -> Table:
    described = StorageDescriptor(
        tuple(Column(name, type_) for name, type_ in (columns or {"x": "int"}).items()), "s3://b/t", serde=serde
    )
    return Table("db", "t", described, tuple(Column(*key) for key in keys.items()), parameters=parameters)


def partition(*values: str, columns: dict[str, str] | None = None, serde: SerDeInfo = PARQUET) -> Partition:
    described = tuple(Column(name, type_) for name, type_ in (columns or {"x": "int"}).items())
    return Partition(values, StorageDescriptor(described, "s3://b/elsewhere/", serde=serde))


def test_an_unpartitioned_table_is_one_partition_without_values():
    plain = table({})
    assert partitions(plain, {}, Catalog(), lambda: NOW) == [TablePartition((), plain.storage)]


def test_the_catalog_is_asked_with_the_constraint():
    catalog = Catalog(partition("2020-01-01"))
    constraint = {"dt": Domain(values=frozenset(["2020-01-01"]))}
    (found,) = partitions(table({"dt": "string"}), constraint, catalog, lambda: NOW)
    assert found.values == ("2020-01-01",)
    assert found.storage.location == "s3://b/elsewhere/"
    assert catalog.asked == [("db", "t", constraint)]


def test_a_projected_table_does_not_ask_the_catalog():
    catalog = Catalog(partition("9"))
    projected = table(
        {"n": "int"},
        **{"projection.enabled": "true", "projection.n.type": "integer", "projection.n.range": "1,2"},
    )
    assert [found.values for found in partitions(projected, {}, catalog, lambda: NOW)] == [("1",), ("2",)]
    assert catalog.asked == []


def test_hives_default_partition_is_null():
    keyed = table({"dt": "date", "n": "int"})
    (found,) = partitions(keyed, {}, Catalog(partition("__HIVE_DEFAULT_PARTITION__", "1")), lambda: NOW)
    assert found.values == (None, "1")
    assert typed_values(keyed, found) == (None, 1)


def test_values_have_the_types_of_their_keys():
    keys = {
        "a": "string", "b": "bigint", "c": "date", "d": "boolean", "e": "decimal(10,2)", "f": "double",
        "g": "timestamp",
    }  # fmt: skip
    texts = ("x y", "-5", "2020-02-29", "TRUE", "1.50", "2.5", "2020-01-01 10:11:12.5")
    values = typed_values(table(keys), TablePartition(texts, StorageDescriptor()))
    moment = datetime.fromisoformat("2020-01-01 10:11:12.5")
    assert values == ("x y", -5, date(2020, 2, 29), True, Decimal("1.50"), 2.5, moment)


@pytest.mark.parametrize(
    ("type_", "text", "message"),
    [
        ("date", "2020-02-30", "Invalid partition value '2020-02-30' for DATE partition key: k=2020-02-30"),
        ("int", "x/y", "Invalid partition value 'x/y' for INTEGER partition key: k=x%2Fy"),
        ("tinyint", "128", "Invalid partition value '128' for TINYINT partition key: k=128"),
        ("decimal(10,2)", "x", r"Invalid partition value 'x' for decimal\(10,2\) partition key: k=x"),
        ("boolean", "1", "Invalid partition value '1' for BOOLEAN partition key: k=1"),
    ],
)
def test_a_value_that_does_not_convert_fails_the_query(type_, text, message):
    with pytest.raises(OwlakeError, match=f"HIVE_INVALID_PARTITION_VALUE: {message}"):
        partitions(table({"k": type_}), {}, Catalog(partition(text)), lambda: NOW)


def test_a_name_is_escaped_as_hive_does():
    named = TablePartition(("a/b:c", None), StorageDescriptor())
    assert name_of(table({"k": "string", "l": "int"}), named) == "k=a%2Fb%3Ac/l=__HIVE_DEFAULT_PARTITION__"


class TestSchemas:
    def read(self, declared, stored, serde=PARQUET):
        return partitions(
            table({"dt": "string"}, declared, serde),
            {},
            Catalog(partition("2020", columns=stored, serde=serde)),
            lambda: NOW,
        )

    def test_a_mismatch_is_told_in_athenas_words(self):
        text = (
            "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. The types are"
            " incompatible and cannot be coerced. The column 'c' in table 'db.t' is declared as type 'string', but"
            " partition 'dt=2020' declared column 'c' as type 'double'."
        )
        with pytest.raises(OwlakeError) as caught:
            self.read({"c": "string"}, {"c": "double"})
        assert str(caught.value) == text

    @pytest.mark.parametrize(
        ("declared", "stored"),
        [
            ("int", "string"), ("bigint", "smallint"), ("bigint", "int"), ("double", "float"),
            ("array<bigint>", "array<int>"), ("struct<a:int,b:int>", "struct<a:int>"), ("string", "varchar(5)"),
        ],
    )  # fmt: skip
    def test_types_that_widen_are_read(self, declared, stored):
        assert len(self.read({"c": declared}, {"c": stored})) == 1

    @pytest.mark.parametrize(
        ("declared", "stored"),
        [("int", "bigint"), ("double", "string"), ("float", "double"), ("struct<a:int,b:int>", "struct<b:int,a:int>")],
    )
    def test_types_that_do_not_are_refused(self, declared, stored):
        with pytest.raises(OwlakeError, match="HIVE_PARTITION_SCHEMA_MISMATCH"):
            self.read({"c": declared}, {"c": stored})

    def test_parquet_columns_match_by_name_and_text_columns_by_position(self):
        assert self.read({"a": "int", "b": "double"}, {"b": "double", "a": "int"})
        with pytest.raises(OwlakeError, match="HIVE_PARTITION_SCHEMA_MISMATCH"):
            self.read({"a": "int", "b": "double"}, {"b": "double", "a": "int"}, TEXT)

    def test_missing_columns_are_no_mismatch(self):
        assert self.read({"a": "int", "b": "double"}, {"a": "int"}, TEXT)


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (None, VARCHAR, "__HIVE_DEFAULT_PARTITION__"),
        ("", VARCHAR, "__HIVE_DEFAULT_PARTITION__"),
        ("a=b", VARCHAR, "a=b"),
        (-7, BIGINT, "-7"),
        (True, VARCHAR, "true"),
        (date(2020, 1, 2), VARCHAR, "2020-01-02"),
        (datetime.fromisoformat("2020-01-02 03:04:05"), Timestamp(3), "2020-01-02 03:04:05"),
        (datetime.fromisoformat("2020-01-02 03:04:05.120"), Timestamp(3), "2020-01-02 03:04:05.12"),
        (Decimal("1.50"), DecimalType(10, 2), "1.50"),
        # java.lang.Double.toString
        (1.0, DOUBLE, "1.0"),
        (0.001, DOUBLE, "0.001"),
        (1.0e-4, DOUBLE, "1.0E-4"),
        (1e7, DOUBLE, "1.0E7"),
        (-1.25e10, DOUBLE, "-1.25E10"),
        (123456.5, DOUBLE, "123456.5"),
        (float("nan"), DOUBLE, "NaN"),
        (float("-inf"), DOUBLE, "-Infinity"),
        (0.10000000149011612, REAL, "0.1"),
    ],
)
def test_values_are_written_as_hive_writes_them(value, type_, text):
    assert value_text(value, type_) == text
