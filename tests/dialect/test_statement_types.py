"""Athena's names for kinds of statements."""

import pytest

from owlake.dialect.nodes import hive, statements
from owlake.dialect.nodes.base import Statement
from owlake.dialect.parser import parse
from owlake.dialect.statement_types import statement_type

# As GetQueryExecution answers.
MEASURED = [
    ("SELECT 1", "DML", "SELECT"),
    ("WITH a AS (SELECT 1) TABLE a", "DML", "SELECT"),
    ("VALUES 1", "DML", "SELECT"),
    ("TABLE t", "DML", "SELECT"),
    ("(SELECT 1)", "DML", "SELECT"),
    ("INSERT INTO t SELECT 1", "DML", "INSERT"),
    ("UPDATE t SET a = 1", "DML", "UPDATE"),
    ("DELETE FROM t", "DML", "DELETE"),
    ("MERGE INTO t USING u ON a WHEN MATCHED THEN DELETE", "DML", "MERGE"),
    ("CREATE TABLE t AS SELECT 1", "DDL", "CREATE_TABLE_AS_SELECT"),
    ("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://b/'", "DDL", "CREATE_TABLE"),
    ("DROP TABLE t", "DDL", "DROP_TABLE"),
    ("CREATE VIEW v AS SELECT 1", "DDL", "CREATE_VIEW"),
    ("DROP VIEW v", "DDL", "DROP_VIEW"),
    ("CREATE SCHEMA d", "DDL", "CREATE_DATABASE"),
    ("DROP DATABASE d", "DDL", "DROP_DATABASE"),
    ("VACUUM t", "DML", "VACUUM_TABLE"),
    ("OPTIMIZE t REWRITE DATA USING BIN_PACK", "DDL", "CREATE_TABLE_AS_SELECT"),
    ("EXPLAIN ANALYZE SELECT 1", "DML", "EXPLAIN"),
    ("SHOW TABLES", "UTILITY", "SHOW_TABLES"),
    ("SHOW CREATE TABLE t", "UTILITY", "SHOW_CREATE_TABLE"),
    ("SHOW TBLPROPERTIES t", "UTILITY", "SHOW_TABLE_PROPERTIES"),
    ("SHOW SCHEMAS", "UTILITY", "SHOW_DATABASES"),
    ("SHOW COLUMNS IN t", "UTILITY", "SHOW_COLUMNS"),
    ("SHOW PARTITIONS t", "UTILITY", "SHOW_PARTITIONS"),
    ("SHOW FUNCTIONS", "UTILITY", "SHOW_FUNCTIONS"),
    ("SHOW CREATE VIEW v", "UTILITY", "SHOW_CREATE_VIEW"),
    ("DESC t", "UTILITY", "DESCRIBE_TABLE"),
    ("MSCK REPAIR TABLE t", "DDL", "MSCK_REPAIR"),
    ("ALTER TABLE t ADD COLUMNS (a int)", "DDL", "ALTER_TABLE_ADD_COLUMN"),
    ("ALTER TABLE t REPLACE COLUMNS (a int)", "DDL", "ALTER_TABLE_REPLACE_COLUMN"),
    ("ALTER TABLE t CHANGE a b int", "DDL", "ALTER_TABLE_CHANGE_COLUMN"),
    ("ALTER TABLE t DROP COLUMN a", "DDL", "ALTER_TABLE_DROP_COLUMN"),
    ("ALTER TABLE t ADD PARTITION (a='x')", "DDL", "ALTER_TABLE_ADD_PARTITION"),
    ("ALTER TABLE t DROP PARTITION (a='x')", "DDL", "ALTER_TABLE_DROP_PARTITION"),
    ("ALTER TABLE t RENAME TO u", "DDL", "ALTER_TABLE_RENAME"),
    ("ALTER TABLE t SET LOCATION 's3://b/'", "DDL", "ALTER_TABLE_SET_LOCATION"),
    ("ALTER TABLE t SET TBLPROPERTIES ('a'='b')", "DDL", "ALTER_TABLE_PROPERTIES"),
]


@pytest.mark.parametrize(("text", "kind", "detail"), MEASURED)
def test_a_statement_has_athenas_type_and_subtype(text: str, kind: str, detail: str) -> None:
    assert statement_type(parse(text)) == (kind, detail)


def concrete(kind: type[Statement]) -> list[type[Statement]]:
    # A dataclass with slots is a second class; the first one, without them, may still be around.
    children = [child for child in kind.__subclasses__() if "__slots__" in vars(child)]
    below = [found for child in children for found in concrete(child)]
    return below or [kind]


@pytest.mark.parametrize("kind", concrete(Statement))
def test_every_kind_of_statement_has_a_type(kind: type[Statement]) -> None:
    assert kind.__module__ in (hive.__name__, statements.__name__)
    assert statement_type(kind.__new__(kind))[0] in ("DDL", "DML", "UTILITY")
