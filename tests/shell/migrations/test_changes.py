"""What a plan says of a statement, for every kind of it."""

from __future__ import annotations

import pytest

from owlake.dialect.parser import parse
from owlake_shell.migrations.changes import describe


@pytest.mark.parametrize(
    ("statement", "change"),
    [
        ("CREATE DATABASE lake", "creates database lake"),
        ("CREATE SCHEMA IF NOT EXISTS lake", "creates database lake, unless it is there"),
        ("ALTER DATABASE lake SET DBPROPERTIES ('a'='b')", "sets a = 'b' of database lake"),
        ("DROP DATABASE IF EXISTS lake CASCADE", "drops database lake with all its tables, if it is there"),
        (
            "CREATE EXTERNAL TABLE lake.t (a int, b string) PARTITIONED BY (dt string) LOCATION 's3://b/t/'",
            "creates table lake.t: 2 columns, partitioned by dt, at s3://b/t/",
        ),
        (
            "CREATE TABLE i (a int) PARTITIONED BY (day(d)) LOCATION 's3://b/i' TBLPROPERTIES ('table_type'='ICEBERG')",
            "creates table i: 1 column, partitioned by d, at s3://b/i",
        ),
        ("DROP TABLE lake.t", "drops table lake.t; the files of an external table stay"),
        ("MSCK REPAIR TABLE t", "adds the partitions of table t that lie in its folder"),
        (
            "ALTER TABLE t ADD IF NOT EXISTS PARTITION (dt='1', h=2) PARTITION (dt='2', h=3) LOCATION 's3://b/x/'",
            "adds 2 partitions to table t: (dt=1, h=2), (dt=2, h=3), unless it is there",
        ),
        ("ALTER TABLE t DROP PARTITION (dt='1')", "drops 1 partition of table t: (dt=1)"),
        (
            "ALTER TABLE t PARTITION (dt='1') RENAME TO PARTITION (dt='2')",
            "renames partition (dt=1) of table t to (dt=2)",
        ),
        ("ALTER TABLE t ADD COLUMNS (c int)", "adds column c int to table t"),
        (
            "ALTER TABLE t REPLACE COLUMNS (c int, d string)",
            "replaces the columns of table t by columns c int, d string",
        ),
        ("ALTER TABLE t CHANGE COLUMN a b bigint", "changes column a of table t to b bigint"),
        ("ALTER TABLE t SET LOCATION 's3://b/y/'", "sets the location of table t to s3://b/y/"),
        (
            "ALTER TABLE t PARTITION (dt='1') SET LOCATION 's3://b/y/'",
            "sets the location of partition (dt=1) of table t to s3://b/y/",
        ),
        ("ALTER TABLE t SET TBLPROPERTIES ('a'='b', 'c'='d')", "sets a = 'b', c = 'd' of table t"),
        ("CREATE TABLE t AS SELECT 1 AS a", "creates table t of a query and fills it"),
        ("CREATE TABLE t AS SELECT 1 AS a WITH NO DATA", "creates table t of a query and leaves it empty"),
        ("CREATE VIEW v AS SELECT 1 AS a", "creates view v"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1 AS a", "creates or replaces view v"),
        ("DROP VIEW IF EXISTS v", "drops view v, if it is there"),
        ("INSERT INTO t SELECT 1", "adds rows to table t"),
        ("UPDATE t SET a = 1", "changes rows of table t"),
        ("DELETE FROM t", "deletes rows of table t"),
        ("UNLOAD (SELECT 1) TO 's3://b/u/' WITH (format = 'PARQUET')", "writes files to s3://b/u/"),
        ("OPTIMIZE t REWRITE DATA USING BIN_PACK", "rewrites the files of table t"),
        ("VACUUM t", "rewrites the files of table t"),
        ("CALL system.runtime.advance_clock(1)", "calls system.runtime.advance_clock"),
        ("PREPARE p FROM SELECT 1", "keeps the prepared statement p"),
        ("DEALLOCATE PREPARE p", "deallocate"),
        ("GRANT SELECT ON t TO alice", "grants SELECT on t to alice"),
        ("REVOKE SELECT ON t FROM alice", "revokes SELECT on t from alice"),
        ("SELECT 1", "changes nothing"),
        ("SHOW TABLES", "changes nothing"),
        ("EXPLAIN SELECT 1", "changes nothing"),
    ],
)
def test_a_statement_says_what_it_changes(statement: str, change: str) -> None:
    assert describe(parse(statement)) == change
