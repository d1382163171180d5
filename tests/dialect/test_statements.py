"""Statements of the Trino side."""

import pytest

from owlake.dialect.parser import parse
from tests.dialect.rendering import render

TREES = [
    ("SELECT 1", "(query-statement query:(select 1))"),
    ("(SELECT 1)", "(query-statement query:(select 1))"),
    ("VALUES 1", "(query-statement query:(values 1))"),
    ("TABLE t", "(query-statement query:t)"),
    ("WITH a AS (SELECT 1) TABLE a", "(query-statement query:(query a with:(with (a (select 1)))))"),
    ("CREATE TABLE a.t AS SELECT 1", "(create-table-as name:a.t query:(select 1) with_data)"),
    (
        "CREATE TABLE IF NOT EXISTS t (a, b) WITH (format = 'PARQUET', n = ARRAY['x']) AS (TABLE u) WITH NO DATA",
        (
            "(create-table-as name:t if_not_exists columns:[a b] "
            "properties:[(property name:format value:'PARQUET') (property name:n value:(array 'x'))] query:u)"
        ),
    ),
    (
        "CREATE TABLE t AS (WITH a AS (SELECT 1) TABLE a) WITH DATA",
        "(create-table-as name:t query:(query a with:(with (a (select 1)))) with_data)",
    ),
    ('CREATE TABLE"t"AS SELECT 1', '(create-table-as name:"t" query:(select 1) with_data)'),
    ("INSERT INTO t SELECT 1", "(insert table:t query:(select 1))"),
    ("INSERT INTO a.t (b, c) VALUES (1, 2)", "(insert table:a.t columns:[b c] query:(values (row 1 2)))"),
    ("INSERT INTO t (SELECT 1)", "(insert table:t query:(select 1))"),
    ("INSERT INTO t (a) (TABLE u)", "(insert table:t columns:[a] query:u)"),
    (
        "UNLOAD (SELECT 1) TO 's3://b/p' WITH (format = 'ORC')",
        "(unload query:(select 1) location:s3://b/p properties:[(property name:format value:'ORC')])",
    ),
    ("CREATE VIEW v AS SELECT 1", "(create-view name:v query:(select 1) query_text:SELECT 1)"),
    (
        "CREATE OR REPLACE VIEW v COMMENT 'c' SECURITY INVOKER AS (SELECT 1)",
        "(create-view name:v or_replace query:(select 1) query_text:(SELECT 1) comment:c security:INVOKER)",
    ),
    ("DROP VIEW IF EXISTS a.v", "(drop-view name:a.v if_exists)"),
    ("DROP VIEW v", "(drop-view name:v)"),
    ("SHOW CREATE VIEW v", "(show-create-view name:v)"),
    ("SHOW FUNCTIONS", "(show-functions)"),
    ("SHOW FUNCTIONS LIKE 'a$_' ESCAPE '$'", "(show-functions pattern:a$_ escape:$)"),
    ("SHOW PROCEDURES", "(show-procedures)"),
    ("SHOW PROCEDURES FROM kinesis", "(show-procedures catalog:kinesis)"),
    (
        "PREPARE p FROM  SELECT ?  ",
        "(prepare name:p statement:(query-statement query:(select ?0)) text:SELECT ?)",
    ),
    ("EXECUTE p", "(execute name:p)"),
    ("EXECUTE p USING 1, 'a'", "(execute name:p arguments:[1 'a'])"),
    ("EXECUTE immediate", "(execute name:immediate)"),
    ("EXECUTE IMMEDIATE 'SELECT ?' USING 1", "(execute-immediate text:SELECT ? arguments:[1])"),
    ("DEALLOCATE PREPARE p", "(deallocate name:p)"),
    ("EXPLAIN SELECT 1", "(explain statement:(query-statement query:(select 1)))"),
    ("EXPLAIN (SELECT 1)", "(explain statement:(query-statement query:(select 1)))"),
    (
        "EXPLAIN (FORMAT JSON, TYPE IO) SELECT 1",
        "(explain statement:(query-statement query:(select 1)) format:JSON type:IO)",
    ),
    ("EXPLAIN(TYPE datafusion) SELECT 1", "(explain statement:(query-statement query:(select 1)) type:DATAFUSION)"),
    ("EXPLAIN (TYPE COST) SELECT 1", "(explain statement:(query-statement query:(select 1)) type:COST)"),
    (
        "EXPLAIN ANALYZE VERBOSE (FORMAT TEXT) INSERT INTO t TABLE u",
        "(explain statement:(insert table:t query:u) analyze verbose format:TEXT)",
    ),
    (
        "CALL a.b.c(1, x => ARRAY[2])",
        "(call name:a.b.c arguments:[(call-argument value:1) (call-argument name:x value:(array 2))])",
    ),
    ("CALL p()", "(call name:p)"),
    (
        "UPDATE t SET a = 1, b = b + 1 WHERE c",
        "(update table:t assignments:[(assignment column:a value:1) (assignment column:b value:(+ b 1))] where:c)",
    ),
    ("DELETE FROM t", "(delete table:t)"),
    ("DELETE FROM t WHERE a", "(delete table:t where:a)"),
    (
        "MERGE INTO t USING u ON a WHEN MATCHED THEN DELETE",
        "(merge table:t source:u on:a cases:[(merge-case matched action:DELETE)])",
    ),
    (
        (
            "MERGE INTO t AS x USING (SELECT 1) y ON a = b WHEN MATCHED AND c THEN UPDATE SET d = 1, e = 2 "
            "WHEN NOT MATCHED THEN INSERT (f, g) VALUES (3, 4) WHEN NOT MATCHED AND h THEN INSERT VALUES (5)"
        ),
        (
            "(merge table:t alias:x source:(alias (subquery (select 1)) y) on:(= a b) cases:["
            "(merge-case matched condition:c action:UPDATE columns:[d e] values:[1 2]) "
            "(merge-case action:INSERT columns:[f g] values:[3 4]) "
            "(merge-case condition:h action:INSERT values:[5])])"
        ),
    ),
    ("OPTIMIZE a.t REWRITE DATA USING BIN_PACK", "(optimize table:a.t)"),
    ("OPTIMIZE `a`.`t` REWRITE DATA USING BIN_PACK WHERE b = 1", '(optimize table:"a"."t" where:(= b 1))'),
    ("VACUUM t", "(vacuum table:t)"),
    (
        "GRANT SELECT, insert ON TABLE a.t TO ROLE r WITH GRANT OPTION",
        (
            "(grant privileges:[SELECT INSERT] object_kind:TABLE object_name:a.t principal:r grant_option "
            "principal_kind:ROLE)"
        ),
    ),
    ("GRANT ALL PRIVILEGES ON t TO u", "(grant object_name:t principal:u)"),
    (
        'GRANT "describe" ON DATABASE d TO USER u',
        "(grant privileges:[DESCRIBE] object_kind:DATABASE object_name:d principal:u principal_kind:USER)",
    ),
    (
        "REVOKE GRANT OPTION FOR SELECT ON t FROM u",
        "(revoke privileges:[SELECT] object_name:t principal:u grant_option_for)",
    ),
    ("REVOKE ALL PRIVILEGES ON SCHEMA s FROM u", "(revoke object_kind:SCHEMA object_name:s principal:u)"),
    (
        "CREATE STREAM IF NOT EXISTS a.s (b bigint, c varchar COMMENT 'x') WITH (shard_count = 2)",
        (
            "(create-stream name:a.s if_not_exists columns:[(stream-column name:b type:bigint) "
            "(stream-column name:c type:varchar comment:x)] properties:[(property name:shard_count value:2)])"
        ),
    ),
    ("CREATE STREAM s", "(create-stream name:s)"),
    (
        "ALTER STREAM a.s SET PROPERTIES n = 1, m = 'x'",
        "(set-stream-properties name:a.s properties:[(property name:n value:1) (property name:m value:'x')])",
    ),
    (
        "ALTER STREAM s ADD COLUMN IF NOT EXISTS b row(x bigint) COMMENT 'c'",
        ("(add-stream-column name:s if_not_exists column:(stream-column name:b type:row(x:bigint) comment:c))"),
    ),
    ("ALTER STREAM s DROP COLUMN IF EXISTS b", "(drop-stream-column name:s if_exists column:b)"),
    ("DROP STREAM IF EXISTS s", "(drop-stream name:s if_exists)"),
    ("SHOW CREATE STREAM a.b.s", "(show-create-stream name:a.b.s)"),
    ("SHOW STREAMS", "(show-streams)"),
    (
        "SHOW STREAMS FROM a.b LIKE 'c!_%' ESCAPE '!'",
        "(show-streams schema:a.b pattern:c!_% escape:!)",
    ),
    # A stream may be called like what makes one.
    ("CREATE STREAM stream", "(create-stream name:stream)"),
    (
        "CREATE OR REPLACE PUMP p AS INSERT INTO s SELECT 1",
        "(create-pump name:p or_replace insert:(insert table:s query:(select 1)) text:INSERT INTO s SELECT 1)",
    ),
    ("DROP PUMP p", "(drop-pump name:p)"),
    (
        (
            "USING EXTERNAL FUNCTION f(x varchar, y array(bigint)) RETURNS double LAMBDA 'fn', "
            "EXTERNAL FUNCTION g() RETURNS date SAGEMAKER 'e' SELECT f(a, b)"
        ),
        (
            "(using-external-function functions:["
            "(external-function name:f parameters:[[x varchar] [y array(bigint)]] returns:double kind:LAMBDA "
            "target:fn) "
            "(external-function name:g returns:date kind:SAGEMAKER target:e)] "
            "statement:(query-statement query:(select (f a b))))"
        ),
    ),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_a_statement_of_the_trino_side_has_its_tree(text: str, tree: str) -> None:
    assert render(parse(text)) == tree


def test_the_text_of_a_view_is_what_the_person_wrote() -> None:
    view = parse("CREATE VIEW v AS\n  SELECT 1 -- one\n  , 2 /* two */ ;")
    assert view.query_text == "SELECT 1 -- one\n  , 2"
