"""ALTER TABLE: columns, properties, location, name."""

import pytest
from tests.statements.athena import Athena

TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "


@pytest.fixture
def orders(athena: Athena) -> Athena:
    athena.run("CREATE EXTERNAL TABLE t (a int, b string) PARTITIONED BY (p string) LOCATION 's3://b/t'")
    athena.run("ALTER TABLE t ADD PARTITION (p='x')")
    return athena


def columns(athena: Athena) -> list[str]:
    return [f"{column.name} {column.type}" for column in athena.table("t").storage.columns]


def partition_columns(athena: Athena, value: str = "x") -> list[str]:
    with athena.home.metastore.read() as catalog:
        storage = catalog.get_partition("default", "t", (value,)).storage
    return [column.name for column in storage.columns]


def test_new_columns_come_last(orders: Athena) -> None:
    orders.run("ALTER TABLE t ADD COLUMNS (C date COMMENT 'new', d array<int>)")
    assert columns(orders) == ["a int", "b string", "c date", "d array<int>"]


def test_a_change_of_the_table_does_not_reach_its_partitions(orders: Athena) -> None:
    orders.run("ALTER TABLE t ADD COLUMNS (c date)")
    assert partition_columns(orders) == ["a", "b"]


def test_columns_can_be_added_to_one_partition(orders: Athena) -> None:
    orders.run("ALTER TABLE t PARTITION (p='x') ADD COLUMNS (c date)")
    assert (columns(orders), partition_columns(orders)) == (["a int", "b string"], ["a", "b", "c"])


def test_replacing_columns_drops_those_that_are_not_listed(orders: Athena) -> None:
    orders.run("ALTER TABLE t REPLACE COLUMNS (b bigint, n int)")
    assert columns(orders) == ["b bigint", "n int"]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("CHANGE a z bigint", ["z bigint", "b string"]),
        ("CHANGE COLUMN a a bigint", ["a bigint", "b string"]),
        ("CHANGE COLUMN b b string FIRST", ["b string", "a int"]),
        ("CHANGE COLUMN a a int AFTER b", ["b string", "a int"]),
    ],
)
def test_a_column_is_changed(orders: Athena, clause: str, expected: list[str]) -> None:
    orders.run(f"ALTER TABLE t {clause}")
    assert columns(orders) == expected


def test_a_column_keeps_its_comment_unless_another_is_given(orders: Athena) -> None:
    orders.run("ALTER TABLE t CHANGE a a int COMMENT 'first'")
    orders.run("ALTER TABLE t CHANGE a z int")
    assert orders.table("t").storage.columns[0].comment == "first"


def test_properties_are_added_and_overwritten(orders: Athena) -> None:
    orders.run("ALTER TABLE t SET TBLPROPERTIES ('k'='1', 'l'='2')")
    orders.run("ALTER TABLE t SET TBLPROPERTIES ('k'='3', 'EXTERNAL'='FALSE')")
    parameters = orders.table("t").parameters
    assert (parameters["k"], parameters["l"], parameters["EXTERNAL"]) == ("3", "2", "TRUE")


def test_a_location_is_set(orders: Athena) -> None:
    orders.run("ALTER TABLE t SET LOCATION 's3://b/elsewhere/'")
    assert orders.table("t").storage.location == "s3://b/elsewhere"


def test_a_partitions_location_is_set(orders: Athena) -> None:
    orders.run("ALTER TABLE t PARTITION (p='x') SET LOCATION 's3://b/elsewhere'")
    with orders.home.metastore.read() as catalog:
        assert catalog.get_partition("default", "t", ("x",)).storage.location == "s3://b/elsewhere"
    assert orders.table("t").storage.location == "s3://b/t"


def test_every_change_counts_the_version(orders: Athena) -> None:
    orders.run("ALTER TABLE t ADD COLUMNS (c date)")
    orders.run("ALTER TABLE t SET LOCATION 's3://b/u'")
    assert orders.table("t").version_id == 2


def test_hive_tables_are_renamed_with_a_warning(orders: Athena) -> None:
    orders.run("ALTER TABLE t RENAME TO u")
    assert orders.run("SHOW TABLES") == ["u"]
    assert orders.run("SHOW PARTITIONS u") == ["p=x"]
    assert "Table cannot be renamed" in orders.warnings[0].message


def test_renaming_a_hive_table_is_refused_when_strict(orders: Athena) -> None:
    orders.strict = True
    assert str(orders.refused("ALTER TABLE t RENAME TO u")).startswith(
        TASK + "Unable to alter table. Unable to change partition or table: com.amazonaws.services.datacatalog.model."
        "InvalidInputException: Table cannot be renamed (Service: AmazonDataCatalog; Status Code: 400; "
        "Error Code: InvalidInputException; Request ID: "
    )


def test_a_column_of_a_hive_table_is_dropped_with_a_warning(orders: Athena) -> None:
    orders.run("ALTER TABLE t DROP COLUMN a")
    assert columns(orders) == ["b string"]
    assert len(orders.warnings) == 1


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("ALTER TABLE t DROP COLUMN a", "1:19"),
        ("ALTER  TABLE\t \tt DROP COLUMN a", "1:19"),
        ("ALTER TABLE t\nDROP COLUMN a", "2:5"),
    ],
)
def test_dropping_a_column_of_a_hive_table_is_refused_when_strict(orders: Athena, sql: str, place: str) -> None:
    orders.strict = True
    assert str(orders.refused(sql)) == (
        f"FAILED: ParseException line {place} mismatched input 'COLUMN' expecting PARTITION near 'DROP' "
        "in drop partition statement"
    )


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            "ALTER TABLE nope ADD COLUMNS (c int)",
            "FAILED: SemanticException [Error 10001]: Table not found default.nope",
        ),
        ("ALTER TABLE t ADD COLUMNS (A int)", TASK + "Duplicate column name: a"),
        ("ALTER TABLE t ADD COLUMNS (p int)", TASK + "Duplicate column name: p"),
        ("ALTER TABLE t REPLACE COLUMNS (p int)", TASK + "Duplicate column name: p"),
        ("ALTER TABLE t CHANGE nope x int", TASK + "Invalid column reference nope"),
        ("ALTER TABLE t CHANGE a b int", TASK + "Duplicate column name: b"),
        ("ALTER TABLE t CHANGE a a int AFTER nope", TASK + "Invalid column reference nope"),
        (
            "ALTER TABLE t PARTITION (p='nope') SET LOCATION 's3://b/x'",
            "FAILED: SemanticException [Error 10006]: Partition not found {p=nope}",
        ),
        (
            "ALTER TABLE t SET TBLPROPERTIES ('table_type'='ICEBERG')",
            "The table_type of a table cannot be changed: create the table anew",
        ),
    ],
)
def test_it_is_refused(orders: Athena, sql: str, text: str) -> None:
    assert str(orders.refused(sql)) == text


def test_a_table_can_change_its_databases(orders: Athena) -> None:
    orders.run("CREATE DATABASE d")
    orders.run("ALTER TABLE t RENAME TO d.u")
    assert orders.run("SHOW TABLES IN d") == ["u"]
