"""CREATE TABLE and CREATE DATABASE of the Hive side."""

import pytest

from owlake.dialect.nodes.hive import CreateTable
from owlake.dialect.parser import parse
from owlake.errors import OwlakeError
from tests.dialect.rendering import render

# The example of Athena's users: https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html has its like.
USER_EVENTS = """
CREATE EXTERNAL TABLE analytics.user_events (
    event_id STRING, user_id STRING, event_type STRING, properties MAP<STRING, STRING>, timestamp TIMESTAMP
)
PARTITIONED BY (year STRING, month STRING, day STRING)
STORED AS PARQUET
LOCATION 's3://my-bucket/events/'
TBLPROPERTIES (
    'parquet.compression' = 'SNAPPY', 'projection.enabled' = 'true',
    'projection.year.type' = 'integer', 'projection.year.range' = '2020,2030',
    'projection.month.type' = 'integer', 'projection.month.range' = '1,12', 'projection.month.digits' = '2',
    'projection.day.type' = 'integer', 'projection.day.range' = '1,31', 'projection.day.digits' = '2',
    'storage.location.template' = 's3://my-bucket/events/year=${year}/month=${month}/day=${day}/'
);
"""

EVENTS_OPTIMIZED = """
CREATE TABLE analytics.events_optimized WITH (
    format = 'PARQUET', parquet_compression = 'SNAPPY', partitioned_by = ARRAY['year', 'month', 'day'],
    bucketed_by = ARRAY['user_id'], bucket_count = 100
) AS SELECT event_id, user_id, event_type, properties, timestamp,
    year(timestamp) as year, month(timestamp) as month, day(timestamp) as day
FROM analytics.events_raw;
"""

EVENT_COUNTS = """
SELECT event_type, COUNT(*) as event_count FROM analytics.user_events
WHERE year = '2024' AND month = '01' AND day BETWEEN '01' AND '15'
GROUP BY event_type ORDER BY event_count DESC LIMIT 10;
"""

# https://docs.aws.amazon.com/athena/latest/ug/data-types.html; the right side is the form that Glue keeps.
TYPES = [
    ("boolean", "boolean"),
    ("TINYINT", "tinyint"),
    ("smallint", "smallint"),
    ("int", "int"),
    ("INTEGER", "int"),
    ("bigint", "bigint"),
    ("float", "float"),
    ("double", "double"),
    ("decimal", "decimal(10,0)"),
    ("decimal(5)", "decimal(5,0)"),
    ("DECIMAL( 10 , 2 )", "decimal(10,2)"),
    ("char(3)", "char(3)"),
    ("varchar(65535)", "varchar(65535)"),
    ("string", "string"),
    ("binary", "binary"),
    ("date", "date"),
    ("timestamp", "timestamp"),
    ("ARRAY< INT >", "array<int>"),
    ("map<string,array<int>>", "map<string,array<int>>"),
    ("STRUCT<A: INT, `b` : struct<c:string>>", "struct<a:int,b:struct<c:string>>"),
    ("struct<a:int COMMENT 'it\\'s', b:date>", "struct<a:int comment 'it\\'s',b:date>"),
]

ROW_FORMATS = [
    ("ROW FORMAT DELIMITED", "(delimited-row-format)"),
    (
        (
            "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\\\' COLLECTION ITEMS TERMINATED BY '\\u0041' "
            "MAP KEYS TERMINATED BY \":\" LINES TERMINATED BY ';' NULL DEFINED AS 'n/a'"
        ),
        "(delimited-row-format fields:, escaped:\\ collection_items:A map_keys:: lines:; null:n/a)",
    ),
    ("ROW FORMAT SERDE 'a.b.C'", "(ser-de-row-format library:a.b.C)"),
    (
        "ROW FORMAT SERDE 'a.b.C' WITH SERDEPROPERTIES ('x' = 'y', \"z\"='\\\\s')",
        "(ser-de-row-format library:a.b.C properties:[[x y] [z \\s]])",
    ),
]

STORED = [
    ("STORED AS PARQUET", "(file-format name:PARQUET)"),
    ("stored as textfile", "(file-format name:TEXTFILE)"),
    ("STORED AS INPUTFORMAT 'a' OUTPUTFORMAT 'b'", "(file-format input_format:a output_format:b)"),
]

# https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
TRANSFORMS = [
    ("a", "(partition-transform name:identity column:a)"),
    ("year(a), month(b)", "(partition-transform name:year column:a) (partition-transform name:month column:b)"),
    ("day(a), hour(b)", "(partition-transform name:day column:a) (partition-transform name:hour column:b)"),
    ("bucket(4, a)", "(partition-transform name:bucket column:a argument:4)"),
    ("bucket(a, 4)", "(partition-transform name:bucket column:a argument:4)"),
    (
        "a, truncate(5, `b`)",
        '(partition-transform name:identity column:a) (partition-transform name:truncate column:"b" argument:5)',
    ),
]

DATABASES = [
    ("CREATE DATABASE d", "(create-database name:d)"),
    (
        "CREATE SCHEMA IF NOT EXISTS d COMMENT 'c' LOCATION 's3://b/' WITH DBPROPERTIES ('a' = 'b', 'c'='d')",
        "(create-database name:d if_not_exists comment:c location:s3://b/ properties:[[a b] [c d]])",
    ),
    ("ALTER DATABASE d SET DBPROPERTIES ('a'='b')", "(alter-database name:d properties:[[a b]])"),
    ("DROP DATABASE d", "(drop-database name:d)"),
    ("DROP SCHEMA IF EXISTS d CASCADE", "(drop-database name:d if_exists cascade)"),
    ("DROP DATABASE d RESTRICT", "(drop-database name:d)"),
]

# Column lists that Athena reads, to ask for a location only then.
WITHOUT_LOCATION = [
    ("(n int)", [("n", "int")]),
    ("(LIKE u)", [("LIKE", "u")]),
    ("(`n` int)", [("n", "int")]),
    ("(n anything)", [("n", "anything")]),
    ("(n varchar(3) COMMENT 'c')", [("n", "varchar(3)")]),
]

REFUSALS = [
    ("CREATE TABLE t (n int NOT NULL)", "line 1:23: no viable alternative at input 'CREATE TABLE t (n int NOT'"),
    (
        "CREATE TABLE t (n int NOT NULL) LOCATION 's3://b/' TBLPROPERTIES ('table_type'='ICEBERG')",
        "line 1:33: mismatched input 'LOCATION'. Expecting: 'COMMENT', 'WITH', <EOF>",
    ),
    (
        "CREATE TABLE t (n int) WITH (a = 1)",
        "line 1:29: no viable alternative at input 'CREATE TABLE t (n int) WITH ('",
    ),
    ("CREATE TABLE t (r row(a int))", "line 1:23: no viable alternative at input 'CREATE TABLE t (r row(a'"),
    ("CREATE TABLE t (r array(int))", "line 1:25: no viable alternative at input 'CREATE TABLE t (r array(int'"),
    (
        "CREATE TABLE t (r timestamp with time zone)",
        "line 1:29: no viable alternative at input 'CREATE TABLE t (r timestamp with'",
    ),
    (
        "CREATE TABLE t (r double precision)",
        "line 1:26: no viable alternative at input 'CREATE TABLE t (r double precision'",
    ),
    ("CREATE TABLE t (LIKE db.u)", "line 1:24: no viable alternative at input 'CREATE TABLE t (LIKE db.'"),
    (
        "CREATE TABLE a.b.c.d (n int)",
        (
            "line 1:19: mismatched input '.' expecting {<EOF>, '(', 'SELECT', 'FROM', 'AS', 'ROW', 'WITH', 'VALUES', "
            "'TABLE', 'INSERT', 'MAP', 'COMMENT', 'REDUCE', 'TBLPROPERTIES', 'SKEWED', 'STORED', 'LOCATION', "
            "'CLUSTERED', 'PARTITIONED'}"
        ),
    ),
    ("CREATE TABLE t (n varchar) LOCATION 's3://b/'", "line 1:19: varchar type is specified without length"),
    (
        "CREATE EXTERNAL TABLE t (n real) LOCATION 's3://b/'",
        "FAILED: ParseException line 1:27 cannot recognize input near 'real' ')' 'LOCATION' in column type",
    ),
    (
        "CREATE EXTERNAL TABLE t (n int)\nLOCATION 's3://b/' COMMENT 'c'",
        "line 2:20: no viable alternative at input 'CREATE EXTERNAL TABLE t (n int)\\nLOCATION 's3://b/' COMMENT'",
    ),
    ("CREATE DATABASE", "line 1:16: no viable alternative at input 'CREATE DATABASE<EOF>'"),
]

STRICT_REFUSALS = [
    (
        "CREATE EXTERNAL TABLE t (date int) LOCATION 's3://b/'",
        "line 1:26: no viable alternative at input 'CREATE EXTERNAL TABLE t (date'",
    ),
    (
        "CREATE EXTERNAL TABLE t (_a int) LOCATION 's3://b/'",
        "line 1:26: no viable alternative at input 'CREATE EXTERNAL TABLE t (_a'",
    ),
    (
        "CREATE EXTERNAL TABLE t (\"a\" int) LOCATION 's3://b/'",
        "line 1:26: no viable alternative at input 'CREATE EXTERNAL TABLE t (\"a\"'",
    ),
]


def create(clauses: str) -> CreateTable:
    statement = parse(f"CREATE EXTERNAL TABLE t (a int) {clauses} LOCATION 's3://b/'")
    assert isinstance(statement, CreateTable)
    return statement


def test_a_projected_table_is_read_with_every_clause() -> None:
    table = parse(USER_EVENTS)
    assert isinstance(table, CreateTable)
    assert str(table.name) == "analytics.user_events"
    assert [(column.name.name, column.type) for column in table.columns] == [
        ("event_id", "string"),
        ("user_id", "string"),
        ("event_type", "string"),
        ("properties", "map<string,string>"),
        ("timestamp", "timestamp"),
    ]
    assert [column.name.name for column in table.partitioned_by] == ["year", "month", "day"]
    assert (table.external, table.location) == (True, "s3://my-bucket/events/")
    assert dict(table.properties)["storage.location.template"].endswith("/year=${year}/month=${month}/day=${day}/")


@pytest.mark.parametrize("text", [EVENTS_OPTIMIZED, EVENT_COUNTS])
def test_the_statements_around_it_are_read(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(("text", "glue"), TYPES)
def test_a_column_type_is_brought_into_glues_form(text: str, glue: str) -> None:
    table = parse(f"CREATE EXTERNAL TABLE t (a {text}) LOCATION 's3://b/'")
    assert table.columns[0].type == glue


@pytest.mark.parametrize(("text", "tree"), ROW_FORMATS)
def test_a_row_format_keeps_its_delimiters_unescaped(text: str, tree: str) -> None:
    assert render(create(text).row_format) == tree


@pytest.mark.parametrize(("text", "tree"), STORED)
def test_a_file_format_is_a_name_or_two_classes(text: str, tree: str) -> None:
    assert render(create(text).stored_as) == tree


@pytest.mark.parametrize(("text", "trees"), TRANSFORMS)
def test_icebergs_partitions_are_transforms(text: str, trees: str) -> None:
    assert render(create(f"PARTITIONED BY ({text})").partition_transforms) == f"[{trees}]"


def test_all_clauses_stand_in_athenas_order() -> None:
    text = """
        CREATE EXTERNAL TABLE IF NOT EXISTS `a`.`t` (`b` int COMMENT 'x') COMMENT "y"
        PARTITIONED BY (p date COMMENT 'z')
        CLUSTERED BY (b) INTO 4 BUCKETS ROW FORMAT SERDE 's' STORED AS ORC LOCATION 's3://c/' TBLPROPERTIES ("d"="e")
    """
    assert render(parse(text)) == (
        '(create-table name:"a"."t" external if_not_exists columns:[(column-definition name:"b" type:int comment:x)] '
        "comment:y partitioned_by:[(column-definition name:p type:date comment:z)] clustered_by:[b] bucket_count:4 "
        "row_format:(ser-de-row-format library:s) stored_as:(file-format name:ORC) location:s3://c/ "
        "properties:[[d e]])"
    )


def test_a_delta_table_needs_no_columns() -> None:
    table = parse("CREATE EXTERNAL TABLE t LOCATION 's3://b/' TBLPROPERTIES ('table_type'='DELTA')")
    assert render(table) == "(create-table name:t external location:s3://b/ properties:[[table_type DELTA]])"


@pytest.mark.parametrize(("text", "columns"), WITHOUT_LOCATION)
def test_any_word_is_a_type_until_there_is_a_location(text: str, columns: list[tuple[str, str]]) -> None:
    table = parse(f"CREATE TABLE t {text}")
    assert [(column.name.value, column.type) for column in table.columns] == columns
    assert table.location is None


@pytest.mark.parametrize(("text", "tree"), DATABASES)
def test_a_database_is_created_altered_and_dropped(text: str, tree: str) -> None:
    assert render(parse(text)) == tree


@pytest.mark.parametrize(("text", "message"), REFUSALS)
def test_what_athena_cannot_create_is_refused_in_its_words(text: str, message: str) -> None:
    with pytest.raises(OwlakeError) as refused:
        parse(text)
    assert str(refused.value) == message


@pytest.mark.parametrize(("text", "message"), STRICT_REFUSALS)
def test_a_harmless_departure_is_refused_only_when_strict(text: str, message: str) -> None:
    parse(text)
    with pytest.raises(OwlakeError) as refused:
        parse(text, strict=True)
    assert str(refused.value) == message


def test_a_refusal_hints_at_what_was_expected() -> None:
    with pytest.raises(OwlakeError) as refused:
        parse("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://b/' STORED AS ORC")
    assert refused.value.hint == "Expected here: 'TBLPROPERTIES', 'WITH', <EOF>."
