"""What Athena answers to statements that it refuses or fails, to the letter (measured on Athena, engine version 3)."""

import re

import pytest

import owlake
from owlake.dbapi import Connection

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLEAN_CTAS = (
    " You may need to manually clean the data at location 's3://athena-query-results/tables/<id>' before retrying. "
    "Athena will not delete data in your account."
)
_CLEAN_INSERT = (
    " If a data manifest file was generated at 's3://athena-query-results/<id>-manifest.csv', you may need to manually "
    "clean the data from locations specified in the manifest. Athena will not delete data in your account."
)
_ENTITY = (
    "Entity Not Found (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; "
    "Request ID: <id>; Proxy: null)"
)
_HIVE = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "


def _refusal(athena: Connection, statement: str) -> str:
    with pytest.raises(owlake.Error) as refused:
        athena.execute(statement).fetchall()
    return _UUID.sub("<id>", str(refused.value))


# Statements and the beginning of Athena's text: lists of expected words are cut.
QUOTED_NAMES = [
    ('DESCRIBE d."t"', "line 1:12: no viable alternative at input 'd.\"t\"'"),
    ('DESCRIBE "d"."t"', "line 1:10: no viable alternative at input 'DESCRIBE \"d\"'"),
    ('DESC "d"."t"', "line 1:6: no viable alternative at input 'DESC \"d\"'"),
    ('DESCRIBE "nosuch"', _ENTITY),
    ("DESCRIBE a.b.c.d", "Invalid table name a.b.c.d"),
    ('DESCRIBE "A".b.c.d', "Invalid table name a.b.c.d"),
    ('SHOW COLUMNS FROM "d"."t"', "line 1:19: mismatched input '\"d\"' expecting {'SELECT', 'FROM', 'ADD',"),
    ('SHOW COLUMNS IN d."t"', "line 1:19: no viable alternative at input 'd.\"t\"'"),
    ("SHOW COLUMNS IN a.b.c.d", "Invalid table name a.b.c.d"),
    ('DROP TABLE "t"', "line 1:12: mismatched input '\"t\"' expecting {'SELECT',"),
    ('DROP TABLE IF EXISTS d."t"', "line 1:24: no viable alternative at input 'd.\"t\"'"),
    ("DROP TABLE a.b.c.d", "line 1:17: mismatched input '.' expecting {<EOF>, 'PURGE'}"),
    ("ALTER TABLE a.b.c.d ADD COLUMNS (x int)", "line 1:18: no viable alternative at input 'ALTER TABLE a.b.c.'"),
    ('ALTER TABLE "t" ADD COLUMNS (x int)', "line 1:21: mismatched input 'COLUMNS'. Expecting: '.', 'ADD'"),
    ('CREATE TABLE "t" (n int)', "line 1:14: no viable alternative at input 'CREATE TABLE \"t\"'"),
    ("CREATE TABLE a.b.c.d (n int)", "line 1:19: mismatched input '.' expecting {<EOF>, '(', 'SELECT', 'FROM', 'AS',"),
    ('SHOW TABLES IN "d"', "line 1:16: mismatched input '\"d\"' expecting {'SELECT',"),
    ('SHOW TABLES IN a."b"', "line 1:18: mismatched input '\"b\"' expecting {'SELECT',"),
    ("SHOW TABLES IN a.b.c", "line 1:19: mismatched input '.' expecting {<EOF>, 'LIKE', STRING}"),
    ('SHOW TABLES IN a.b."c"', "line 1:19: extraneous input '.'"),
    ('SHOW CREATE TABLE "t"', "Queries of this type are not supported"),
    ("SHOW CREATE TABLE a.b.c.d", "Invalid table name a.b.c.d"),
    ("CREATE TABLE a.b.c.d AS SELECT 1 x", "Invalid table name a.b.c.d"),
    ('MSCK REPAIR TABLE "t"', "line 1:1: mismatched input 'MSCK'. Expecting: 'ALTER', 'ANALYZE',"),
    ('OPTIMIZE "t" REWRITE DATA USING BIN_PACK', "line 1:1: mismatched input 'OPTIMIZE'. Expecting: 'ALTER',"),
    ('DESCRIBE EXTENDED "t"', "line 1:19: mismatched input '\"t\"'. Expecting: '.', <EOF>"),
    ('DESCRIBE\n"d"."t"', "line 2:1: no viable alternative at input 'DESCRIBE\\n\"d\"'"),
]

SUBMISSION = [
    ("SELECT 1; SELECT 2", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"),
    ("SELECT 1; -- c", "Only one sql statement is allowed. Got: SELECT 1; -- c"),
    (";", "Empty sql statement: ;"),
    ("-- only", "line 1:8: mismatched input '<EOF>'."),
    ("/* only */", "line 1:11: mismatched input '<EOF>'."),
    ("/* unclosed", "line 1:1: mismatched input '/'."),
    ("SELECT", "line 1:7: mismatched input '<EOF>'. Expecting: '*', 'ALL', 'DISTINCT', <expression>"),
    ("SELECT * FROM", "Queries of this type are not supported"),
    ("SELECT FROM", "Queries of this type are not supported"),
    ("SHOW SESSION", "line 1:6: no viable alternative at input 'SHOW SESSION'"),
    ("SHOW STATS FOR d.t", "line 1:6: no viable alternative at input 'SHOW STATS'"),
    ("DESCRIBE nosuch", _ENTITY),
    ("SHOW COLUMNS IN d.nosuch", _ENTITY),
    ("DESCRIBE TABLE t", "FAILED: SemanticException [Error 10001]: Table not found table"),
    ("DESCRIBE EXTENDED", _ENTITY),
]

CREATE = [
    ("CREATE TABLE x (n int)", "No location was specified for table. An S3 location must be specified"),
    ("CREATE TABLE x (LIKE u)", "No location was specified for table. An S3 location must be specified"),
    ("CREATE TABLE IF NOT EXISTS awsdatacatalog.d.x (`n` foo)", "No location was specified for table."),
    ("CREATE TABLE x (n int) LOCATION 's3://b/i/'", "External keyword required for table type HIVE"),
    (
        "CREATE EXTERNAL TABLE x (n int) LOCATION 's3://b/i/' TBLPROPERTIES ('table_type'='ICEBERG')",
        "External keyword not supported for table type ICEBERG",
    ),
    ("CREATE TABLE x (n int NOT NULL)", "line 1:23: no viable alternative at input 'CREATE TABLE x (n int NOT'"),
    (
        "CREATE TABLE x (n int NOT NULL) LOCATION 's3://b/i/' TBLPROPERTIES ('table_type'='ICEBERG')",
        "line 1:33: mismatched input 'LOCATION'. Expecting: 'COMMENT', 'WITH', <EOF>",
    ),
    ("CREATE TABLE x (n row(a int))", "line 1:23: no viable alternative at input 'CREATE TABLE x (n row(a'"),
    (
        "CREATE TABLE x (n double precision)",
        "line 1:26: no viable alternative at input 'CREATE TABLE x (n double precision'",
    ),
    ("CREATE TABLE x (LIKE d.u)", "line 1:23: no viable alternative at input 'CREATE TABLE x (LIKE d.'"),
    ('CREATE TABLE x (n struct<"f":int>)', "line 1:25: mismatched input '<'. Expecting: ')', ','"),
    (
        "CREATE EXTERNAL TABLE d.t (n int) LOCATION 's3://b/t/'",
        f"{_HIVE}AlreadyExistsException(message:Table t already exist)",
    ),
    ("CREATE DATABASE d", f"{_HIVE}Database d already exists"),
    ("CREATE OR REPLACE TABLE x AS SELECT 1 n", "line 1:19: mismatched input 'TABLE'. Expecting: 'MATERIALIZED',"),
]

ALTER_AND_DROP = [
    ("DROP TABLE d.nosuch", "FAILED: SemanticException [Error 10001]: Table not found d.nosuch"),
    ("SHOW TABLES IN nodb", "FAILED: SemanticException [Error 10072]: Database does not exist: nodb"),
    (
        "ALTER TABLE IF EXISTS t ADD COLUMN x int",
        "line 1:16: no viable alternative at input 'ALTER TABLE IF EXISTS'",
    ),
    (
        "ALTER TABLE IF EXISTS t SET TBLPROPERTIES ('a'='b')",
        "line 1:25: mismatched input 'SET'. Expecting: '.', 'ADD', 'DROP', 'RENAME'",
    ),
    ("ALTER TABLE t ADD COLUMN x int", "line 1:19: no viable alternative at input 'ALTER TABLE t ADD COLUMN'"),
    ("ALTER TABLE t DROP COLUMNS x", "line 1:20: mismatched input 'COLUMNS'. Expecting: '.', 'DROP'"),
    ("ALTER TABLE t RENAME COLUMN n TO m", "line 1:22: missing 'TO' at 'COLUMN'"),
    ("ALTER TABLE t SET PROPERTIES x = 1", "line 1:19: no viable alternative at input 'ALTER TABLE t SET PROPERTIES'"),
    ("ALTER TABLE t EXECUTE optimize", "line 1:15: no viable alternative at input 'ALTER TABLE t EXECUTE'"),
    (
        "ALTER TABLE t ALTER COLUMN n SET DATA TYPE bigint",
        "line 1:15: mismatched input 'ALTER'. Expecting: '.', 'ADD', 'DROP', 'EXECUTE', 'RENAME', 'SET'",
    ),
    ("ALTER TABLE t DROP COLUMN IF EXISTS n", "line 1:30: mismatched input 'EXISTS' expecting {<EOF>, '.'}"),
    ("ALTER TABLE t RENAME TO a.b.c", "line 1:28: mismatched input '.' expecting <EOF>"),
    (
        "ALTER TABLE d.t DROP COLUMN n",
        (
            "FAILED: ParseException line 1:21 mismatched input 'COLUMN' expecting PARTITION near 'DROP' "
            "in drop partition statement"
        ),
    ),
    (
        "ALTER TABLE awsdatacatalog.d.t DROP COLUMN n",
        "FAILED: ParseException line 1:28 cannot recognize input near '.' 't' 'DROP' in alter table statement",
    ),
    (
        "ALTER TABLE d.t RENAME TO d.t9",
        (
            f"{_HIVE}Unable to alter table. Unable to change partition or table: "
            "com.amazonaws.services.datacatalog.model.InvalidInputException: Table cannot be renamed "
            "(Service: AmazonDataCatalog; Status Code: 400; Error Code: InvalidInputException; Request ID: <id>; "
            "Proxy: null)"
        ),
    ),
    ("ALTER TABLE d.nosuch RENAME TO d.t9", "FAILED: SemanticException [Error 10001]: Table not found d.nosuch"),
    ("ALTER TABLE d.i REPLACE COLUMNS (m int)", "Query type not supported by Athena Iceberg at this time"),
    ("ALTER TABLE d.i ADD PARTITION (n=1)", "Query type not supported by Athena Iceberg at this time"),
    ("ALTER TABLE d.i SET LOCATION 's3://b/j/'", "Query type not supported by Athena Iceberg at this time"),
    ("MSCK REPAIR TABLE d.i", "Query type not supported by Athena Iceberg at this time"),
    ("ALTER TABLE d.i SET TBLPROPERTIES ('comment'='c')", "Unsupported table property key: comment"),
    ("ALTER TABLE d.i CHANGE COLUMN nosuch m int", "Cannot change missing column"),
]

# Comments that Athena takes and Hive's parser, which runs these statements, does not.
COMMENTS = [
    ("/* c */ SHOW CREATE TABLE d.t", "line 1:0 cannot recognize input near '/' '*' 'c'"),
    ("SHOW /* c */ CREATE TABLE d.t", "line 1:5 cannot recognize input near 'SHOW' '/' '*' in ddl statement"),
    ("SHOW\n/* c */ CREATE TABLE d.t", "line 2:0 cannot recognize input near 'SHOW' '/' '*' in ddl statement"),
    ("SHOW\n\n/* c */ CREATE TABLE d.t", "line 1:5 cannot recognize input near 'SHOW' '/' '*' in ddl statement"),
    ("show  /* c */ CREATE TABLE d.t", "line 1:5 cannot recognize input near 'show' '/' '*' in ddl statement"),
    (
        "SHOW CREATE /* c */ TABLE d.t",
        "line 1:12 mismatched input '/' expecting TABLE near 'CREATE' in show statement",
    ),
    ("SHOW CREATE TABLE /* c */ d.t", "line 1:18 cannot recognize input near '/' '*' 'c' in table name"),
    ("SHOW CREATE TABLE d./* c */t", "line 1:20 cannot recognize input near 'd' '.' '/' in table name"),
    ("SHOW CREATE TABLE d.t /* c */", "line 1:22 missing EOF at '/' near 't'"),
    ("MSCK REPAIR /* c */ TABLE d.p", "line 1:12 missing EOF at '/' near 'REPAIR'"),
    ("MSCK REPAIR TABLE /* c */ d.p", "line 1:18 cannot recognize input near '/' '*' 'c' in table name"),
    ("MSCK REPAIR TABLE d.p /* c */", "line 1:22 missing EOF at '/' near 'p'"),
    (
        "ALTER /* c */ TABLE d.t ADD COLUMNS (x int)",
        "line 1:0 cannot recognize input near 'ALTER' '/' '*' in alter statement",
    ),
    (
        "ALTER TABLE d.t /* c */ ADD COLUMNS (x int)",
        "line 1:16 cannot recognize input near '/' '*' 'c' in alter table statement",
    ),
    ("DESCRIBE /* c */ d.t", "line 1:0 cannot recognize input near 'DESCRIBE' '/' '*' in describe statement"),
    (
        "DESCRIBE EXTENDED /* c */ d.t",
        "line 1:18 cannot recognize input near '/' '*' 'c' in specifying describe table types",
    ),
    ("DESCRIBE FORMATTED /* c */ d.t", "line 1:19 missing EOF at '/' near 'FORMATTED'"),
    ("/* a.b */ SHOW CREATE TABLE d.t", "line 1:0 cannot recognize input near '/' '*' 'a'"),
    ("/* 12 x */ SHOW CREATE TABLE d.t", "line 1:0 cannot recognize input near '/' '*' '12'"),
    ("/* 'x y' */ SHOW CREATE TABLE d.t", "line 1:0 cannot recognize input near '/' '*' ''x y''"),
    ("/**/ SHOW CREATE TABLE d.t", "line 1:0 cannot recognize input near '/' '*' '*'"),
    ("/* é */ SHOW CREATE TABLE d.t", "line 1:0 cannot recognize input near '/' '*' '*'"),
    ("/* <= */ SHOW CREATE TABLE d.t", "line 1:0 cannot recognize input near '/' '*' '<='"),
    ("/* ( */ SHOW CREATE TABLE d.t", "line 1:0 cannot recognize input near '/' '*' '('"),
]

# Positions are those of Athena's own form of the statement.
CREATE_TABLE_AS = [
    ("SELECT * FROM nosrc", "TABLE_NOT_FOUND: line 6:3: Table 'awsdatacatalog.default.nosrc' does not exist."),
    (
        "SELECT  *\n FROM /* c */ nosrc",
        "TABLE_NOT_FOUND: line 6:3: Table 'awsdatacatalog.default.nosrc' does not exist.",
    ),
    (
        "SELECT c FROM d.t",
        (
            "COLUMN_NOT_FOUND: line 4:13: Column 'c' cannot be resolved or requester is not authorized to access "
            "requested resources."
        ),
    ),
    (
        "SELECT n, s, c FROM d.t",
        (
            "COLUMN_NOT_FOUND: line 7:3: Column 'c' cannot be resolved or requester is not authorized to access "
            "requested resources."
        ),
    ),
    ("(SELECT * FROM nosrc)", "TABLE_NOT_FOUND: line 7:6: Table 'awsdatacatalog.default.nosrc' does not exist."),
    (
        "WITH q AS (SELECT * FROM nosrc) SELECT * FROM q",
        "TABLE_NOT_FOUND: line 8:6: Table 'awsdatacatalog.default.nosrc' does not exist.",
    ),
    ("SELECT 1 + 'a' AS n", "TYPE_MISMATCH: line 4:16: Cannot apply operator: integer + varchar(1)."),
    ("VALUES 1", "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1."),
    ("(VALUES 1)", "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1."),
    ("SELECT TIME '01:02:03' AS n", "NOT_SUPPORTED: Unsupported Hive type: time(0)."),
    ("SELECT INTERVAL '1' DAY AS n", "NOT_SUPPORTED: Unsupported Hive type: interval day to second."),
]


@pytest.mark.parametrize(("statement", "text"), QUOTED_NAMES + SUBMISSION + CREATE + ALTER_AND_DROP)
def test_a_statement_is_refused_in_athenas_words(athena: Connection, statement: str, text: str) -> None:
    assert _refusal(athena, statement).startswith(text)


@pytest.mark.parametrize(("statement", "reason"), COMMENTS)
def test_hives_parser_fails_over_comments(athena: Connection, statement: str, reason: str) -> None:
    assert _refusal(athena, statement) == f"FAILED: ParseException {reason}"


@pytest.mark.parametrize(
    "statement",
    [
        "/* c */ DESCRIBE d.i",
        "DESCRIBE d.v /* c */",
        "SHOW CREATE TABLE d.i /* c */",
        "SHOW TABLES /* c */ IN d",
        "-- c\nSHOW CREATE TABLE d.t",
        "SHOW CREATE TABLE d.t -- /* c */",
        'DESCRIBE "d"."v"',
        'SHOW COLUMNS IN "d"."v"',
    ],
)
def test_what_hive_does_not_see_runs(athena: Connection, statement: str) -> None:
    assert athena.execute(statement).fetchall()


@pytest.mark.parametrize(("query", "text"), CREATE_TABLE_AS)
def test_create_table_as_counts_in_athenas_own_form_of_it(athena: Connection, query: str, text: str) -> None:
    assert _refusal(athena, f"CREATE TABLE x AS {query}") == text + _CLEAN_CTAS
    assert _refusal(athena, f"create  table IF NOT EXISTS d.x\nAS {query}") == text + _CLEAN_CTAS


def test_a_property_moves_the_positions_by_a_line(athena: Connection) -> None:
    refusal = _refusal(athena, "CREATE TABLE x WITH (format = 'PARQUET') AS SELECT * FROM nosrc")
    assert refusal.startswith("TABLE_NOT_FOUND: line 7:3: Table")


def test_a_missing_database_is_found_missing_after_the_query(athena: Connection) -> None:
    assert _refusal(athena, "CREATE TABLE NoDb.x AS SELECT 1 n") == (
        f"Database nodb not found. Please check your query.{_CLEAN_CTAS}"
    )
    assert _refusal(athena, "CREATE TABLE nodb.x AS SELECT nocol n").startswith("COLUMN_NOT_FOUND")


def test_insert_keeps_the_texts_own_positions(athena: Connection) -> None:
    assert _refusal(athena, "INSERT INTO d.t SELECT nocol, 'x'") == (
        "COLUMN_NOT_FOUND: line 1:24: Column 'nocol' cannot be resolved or requester is not authorized to access "
        f"requested resources.{_CLEAN_INSERT}"
    )
    assert _refusal(athena, "INSERT INTO d.nosuch SELECT 1") == "Table nosuch not found in database d"


def test_calls_and_arrays_have_a_greatest_length(athena: Connection) -> None:
    assert _refusal(athena, "SELECT concat(" + ", ".join(["'x'"] * 128) + ")") == (
        "TOO_MANY_ARGUMENTS: line 1:8: Too many arguments for function call concat()"
    )
    assert _refusal(athena, f"SELECT ARRAY[{', '.join('1' * 255)}]").startswith("TOO_MANY_ARGUMENTS: line 1:8:")
    assert athena.execute("SELECT concat(" + ", ".join(["'x'"] * 127) + ")").fetchall() == [("x" * 127,)]


def test_a_lenient_session_runs_it_and_says_what_athena_would_say(tmp_path) -> None:
    with owlake.connect(tmp_path / "home") as connection:
        cursor = connection.execute("SELECT concat(" + ", ".join(["'x'"] * 128) + ")")
        assert cursor.fetchall() == [("x" * 128,)]
        assert [warning.code for warning in cursor.query_execution.warnings] == ["TOO_MANY_ARGUMENTS"]
