"""CREATE, ALTER, DROP and SHOW DATABASE."""

import pytest
from tests.statements.athena import Athena


def names(athena: Athena, sql: str = "SHOW DATABASES") -> list[str]:
    return athena.run(sql)


def test_a_database_is_kept_with_its_clauses(athena: Athena) -> None:
    athena.run("CREATE DATABASE Sales COMMENT 'what we sold' LOCATION 's3://b/sales/' WITH DBPROPERTIES ('k'='v')")
    with athena.home.metastore.read() as catalog:
        database = catalog.get_database("sales")
    assert (database.description, database.location_uri, dict(database.parameters)) == (
        "what we sold",
        "s3://b/sales",
        {"k": "v"},
    )


def test_an_existing_database_is_refused(athena: Athena) -> None:
    refused = athena.refused("CREATE DATABASE default")
    assert str(refused) == (
        "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
        "Database default already exists"
    )
    assert (refused.category, refused.type) == (1, 1502)


def test_if_not_exists_keeps_the_database_that_is_there(athena: Athena) -> None:
    athena.run("CREATE SCHEMA s COMMENT 'first'")
    assert athena.run("CREATE SCHEMA IF NOT EXISTS s COMMENT 'second'") == []
    with athena.home.metastore.read() as catalog:
        assert catalog.get_database("s").description == "first"


def test_properties_are_added_and_overwritten(athena: Athena) -> None:
    athena.run("CREATE DATABASE d WITH DBPROPERTIES ('a'='1', 'b'='2')")
    athena.run("ALTER DATABASE d SET DBPROPERTIES ('b'='3', 'c'='4')")
    with athena.home.metastore.read() as catalog:
        assert dict(catalog.get_database("d").parameters) == {"a": "1", "b": "3", "c": "4"}


@pytest.mark.parametrize("sql", ["ALTER DATABASE nodb SET DBPROPERTIES ('a'='b')", "DROP DATABASE nodb"])
def test_a_missing_database_is_named(athena: Athena, sql: str) -> None:
    assert str(athena.refused(sql)) == "FAILED: SemanticException [Error 10072]: Database does not exist: nodb"


def test_a_missing_database_brings_the_nearest_name_to_mind(athena: Athena) -> None:
    assert athena.refused("DROP DATABASE defalt").hint == "Did you mean default?"


def test_a_database_is_dropped(athena: Athena) -> None:
    athena.run("CREATE DATABASE d")
    athena.run("DROP DATABASE d")
    assert names(athena) == ["default"]


def test_dropping_what_is_not_there_is_fine_if_exists(athena: Athena) -> None:
    assert athena.run("DROP DATABASE IF EXISTS nodb") == []


def test_a_database_with_tables_is_not_dropped(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t'")
    assert str(athena.refused("DROP DATABASE default RESTRICT")) == (
        "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
        "InvalidOperationException(message:Database default is not empty. One or more tables exist.)"
    )


def test_cascade_drops_the_tables_too(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t'")
    athena.run("DROP DATABASE default CASCADE")
    assert names(athena) == []


def test_the_lakes_own_catalog_may_stand_in_front(athena: Athena) -> None:
    athena.run("CREATE DATABASE AwsDataCatalog.d")
    assert names(athena) == ["d", "default"]


def test_a_location_that_is_none_is_refused(athena: Athena) -> None:
    assert "Invalid location 's3a://b/x'" in str(athena.refused("CREATE DATABASE d LOCATION 's3a://b/x'"))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("prefix_a", ["prefix_a"]),
        ("PREFIX_A", []),
        ("prefix*", []),
        ("prefix%", []),
        ("prefix__", []),
        ("*", ["default", "prefix_a", "prefix_b"]),
        ("prefix.*", ["prefix_a", "prefix_b"]),
        ("default|prefix_b", ["default", "prefix_b"]),
    ],
)
def test_databases_are_shown_whose_whole_name_matches(athena: Athena, pattern: str, expected: list[str]) -> None:
    for name in ("prefix_a", "prefix_b"):
        athena.run(f"CREATE DATABASE {name}")
    assert names(athena, f"SHOW DATABASES LIKE '{pattern}'") == expected


def test_a_pattern_that_is_no_regular_expression_is_refused_in_javas_words(athena: Athena) -> None:
    refused = athena.refused("SHOW SCHEMAS LIKE '*x'")
    assert str(refused).startswith(
        "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. MetaException(message:"
        "Unable to get databases: java.util.regex.PatternSyntaxException: Dangling meta character '*' near index 0"
    )
    assert (refused.category, refused.type) == (2, 1006)


def test_the_column_of_show_databases_is_a_string(athena: Athena) -> None:
    (column,) = athena.output("SHOW DATABASES").columns
    assert (column.name, str(column.type), column.athena_type) == ("database_name", "varchar", "string")
