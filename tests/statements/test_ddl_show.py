"""SHOW TABLES, VIEWS, COLUMNS, TBLPROPERTIES and CREATE TABLE print as Athena's do."""

import pytest
from tests.statements.athena import Athena

from owlake.catalog.views import ViewDefinition, view_table
from owlake.types.model import BIGINT, VARCHAR

SEMANTIC = "FAILED: SemanticException "
DATABASE_MISSING = SEMANTIC + "[Error 10072]: Database does not exist: nodb"


def create_view(athena: Athena, name: str, sql: str = "SELECT 1 AS n") -> None:
    definition = ViewDefinition(sql, "awsdatacatalog", "default", (("n", "bigint"), ("s", "varchar")))
    with athena.home.metastore.write() as catalog:
        catalog.create_table(view_table("default", name, definition, (BIGINT, VARCHAR)))


@pytest.fixture
def some(athena: Athena) -> Athena:
    for name in ("orders", "orders_old", "parts"):
        athena.run(f"CREATE EXTERNAL TABLE {name} (n int) LOCATION 's3://b/{name}'")
    create_view(athena, "recent_orders")
    return athena


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SHOW TABLES", ["orders", "orders_old", "parts", "recent_orders"]),
        ("SHOW TABLES IN default", ["orders", "orders_old", "parts", "recent_orders"]),
        ("SHOW TABLES 'orders*'", ["orders", "orders_old"]),
        ("SHOW TABLES LIKE 'orders.*'", ["orders", "orders_old"]),
        ("SHOW TABLES 'orders'", ["orders"]),
        ("SHOW TABLES '*orders*|parts'", ["orders", "orders_old", "parts", "recent_orders"]),
        ("SHOW TABLES 'nothing'", []),
        ("SHOW VIEWS", ["recent_orders"]),
        ("SHOW VIEWS IN default LIKE 'rec*|x'", ["recent_orders"]),
        ("SHOW VIEWS LIKE 'rec.*'", []),
    ],
)
def test_names_are_shown(some: Athena, sql: str, expected: list[str]) -> None:
    assert some.run(sql) == expected


@pytest.mark.parametrize("sql", ["SHOW TABLES IN nodb", "SHOW VIEWS IN nodb"])
def test_a_missing_database_is_named(athena: Athena, sql: str) -> None:
    assert str(athena.refused(sql)) == DATABASE_MISSING


@pytest.mark.parametrize(
    ("sql", "names", "athena_type"),
    [
        ("SHOW TABLES", ["tab_name"], "string"),
        ("SHOW VIEWS", ["views"], None),
        ("SHOW COLUMNS IN orders", ["field"], "string"),
        ("SHOW COLUMNS IN recent_orders", ["column", "type"], None),
        ("SHOW TBLPROPERTIES orders", ["prpt_name", "prpt_value"], "string"),
        ("SHOW CREATE TABLE orders", ["createtab_stmt"], "string"),
        ("DESCRIBE orders", ["col_name", "data_type", "comment"], "string"),
        ("DESCRIBE recent_orders", ["column", "type"], None),
    ],
)
def test_the_columns_of_an_answer(some: Athena, sql: str, names: list[str], athena_type: str | None) -> None:
    columns = some.output(sql).columns
    assert [column.name for column in columns] == names
    assert {column.athena_type for column in columns} == {athena_type}


def test_columns_are_padded_and_partition_keys_come_last(athena: Athena) -> None:
    athena.run(
        "CREATE EXTERNAL TABLE t (a int, a_name_longer_than_twenty_characters int) PARTITIONED BY (p string) "
        "LOCATION 's3://b/t'"
    )
    assert athena.run("SHOW COLUMNS FROM t") == [
        "a                   ",
        "a_name_longer_than_twenty_characters",
        "p                   ",
    ]


def test_the_columns_of_a_view_are_shown_with_their_types(some: Athena) -> None:
    assert some.run("SHOW COLUMNS IN recent_orders IN default") == ["n\tbigint", "s\tvarchar"]


@pytest.mark.parametrize("sql", ["SHOW COLUMNS IN nope", "DESCRIBE nope", "DESCRIBE nodb.t"])
def test_a_missing_table_is_refused_when_submitted(athena: Athena, sql: str) -> None:
    refused = athena.refused(sql)
    assert str(refused).startswith(
        "Entity Not Found (Service: AmazonDataCatalog; Status Code: 400; "
        "Error Code: EntityNotFoundException; Request ID: "
    )
    assert str(refused).endswith("; Proxy: null)")
    assert refused.code == "INVALID_INPUT"


def test_properties_are_shown_in_order(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t' TBLPROPERTIES ('z'='1', 'a'='x\\ny')")
    assert athena.run("SHOW TBLPROPERTIES t") == [
        "EXTERNAL\tTRUE",
        "transient_lastDdlTime\t1790480471",
        "z\t1",
        "a\tx",
        "y",
    ]


def test_one_property_is_shown(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t' TBLPROPERTIES ('z'='1')")
    assert athena.run("SHOW TBLPROPERTIES t ('z')") == ["z\t1"]
    assert athena.run("SHOW TBLPROPERTIES t ('y')") == ["Table default.t does not have property: y"]


def test_a_plain_table_is_made_again_in_twelve_rows(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t/'")
    assert athena.run("SHOW CREATE TABLE t") == [
        "CREATE EXTERNAL TABLE `t`(",
        "  `n` int)",
        "ROW FORMAT SERDE ",
        "  'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe' ",
        "STORED AS INPUTFORMAT ",
        "  'org.apache.hadoop.mapred.TextInputFormat' ",
        "OUTPUTFORMAT ",
        "  'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'",
        "LOCATION",
        "  's3://b/t'",
        "TBLPROPERTIES (",
        "  'transient_lastDdlTime'='1790480471')",
    ]


def test_every_clause_is_shown(athena: Athena) -> None:
    athena.run(
        r"CREATE EXTERNAL TABLE t (a int COMMENT 'it\'s', b string) COMMENT 'a; b' PARTITIONED BY (p date, q int "
        r"COMMENT 'key') CLUSTERED BY (a, b) INTO 4 BUCKETS ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' "
        r"ESCAPED BY '\\' NULL DEFINED AS '\001' LOCATION 's3://b/t' TBLPROPERTIES ('z'='ü', 'classification'='csv')"
    )
    assert athena.run("SHOW CREATE TABLE default.t") == [
        "CREATE EXTERNAL TABLE `default.t`(",
        r"  `a` int COMMENT 'it\'s', ",
        "  `b` string)",
        r"COMMENT 'a\; b'",
        "PARTITIONED BY ( ",
        "  `p` date, ",
        "  `q` int COMMENT 'key')",
        "CLUSTERED BY ( ",
        "  a, ",
        "  b) ",
        "INTO 4 BUCKETS",
        "ROW FORMAT DELIMITED ",
        r"  FIELDS TERMINATED BY '\t' ",
        r"  NULL DEFINED AS '\u0001' ",
        "WITH SERDEPROPERTIES ( ",
        r"  'escape.delim'='\\') ",
        "STORED AS INPUTFORMAT ",
        "  'org.apache.hadoop.mapred.TextInputFormat' ",
        "OUTPUTFORMAT ",
        "  'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'",
        "LOCATION",
        "  's3://b/t'",
        "TBLPROPERTIES (",
        "  'classification'='csv', ",
        "  'transient_lastDdlTime'='1790480471', ",
        r"  'z'='\u00FC')",
    ]


def test_json_columns_come_from_the_deserializer(athena: Athena) -> None:
    athena.run(
        "CREATE EXTERNAL TABLE t (a int, b int COMMENT 'mine') PARTITIONED BY (p int) "
        "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' WITH SERDEPROPERTIES ('paths'='a,b') LOCATION 's3://b/t'"
    )
    assert athena.run("SHOW CREATE TABLE t")[1:9] == [
        "  `a` int COMMENT 'from deserializer', ",
        "  `b` int COMMENT 'mine')",
        "PARTITIONED BY ( ",
        "  `p` int)",
        "ROW FORMAT SERDE ",
        "  'org.openx.data.jsonserde.JsonSerDe' ",
        "WITH SERDEPROPERTIES ( ",
        "  'paths'='a,b') ",
    ]


def test_what_is_shown_makes_the_same_table(athena: Athena) -> None:
    athena.run(
        r"CREATE EXTERNAL TABLE t (a int COMMENT 'it\'s', s struct<x:decimal(5,2),y:array<string>> COMMENT 'a\\b; \\') "
        r"PARTITIONED BY (p date) CLUSTERED BY (a) INTO 4 BUCKETS ROW FORMAT SERDE 'x.y.Z' WITH SERDEPROPERTIES "
        r"('re'='^(\\d+)\t[a-z]$') STORED AS PARQUET LOCATION 's3://b/t' TBLPROPERTIES ('k'='v\\w')"
    )
    before = athena.table("t")
    statement = "\n".join(athena.run("SHOW CREATE TABLE t"))
    athena.run("DROP TABLE t")
    athena.run(statement)
    after = athena.table("t")
    assert (after.storage, after.partition_keys, dict(after.parameters)) == (
        before.storage,
        before.partition_keys,
        dict(before.parameters),
    )


@pytest.mark.parametrize("sql", ["SHOW CREATE TABLE nope", "SHOW PARTITIONS nope", "SHOW TBLPROPERTIES nope"])
def test_a_missing_table_fails_when_it_runs(athena: Athena, sql: str) -> None:
    assert str(athena.refused(sql)) == SEMANTIC + "[Error 10001]: Table not found default.nope"


ROUND_TRIPS = {
    "delimiters": r"""DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\' COLLECTION ITEMS TERMINATED BY ';'
        MAP KEYS TERMINATED BY '\003' LINES TERMINATED BY '\n' NULL DEFINED AS '\\N'""",
    "more than delimiters": r"""SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'
        WITH SERDEPROPERTIES ('field.delim' = ',', 'timestamp.formats' = 'yyyy-MM-dd\'T\'HH:mm:ss')""",
    "quotes": r"""SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
        WITH SERDEPROPERTIES ('separatorChar' = '\t', 'quoteChar' = '\'', 'escapeChar' = '\\')""",
}


@pytest.mark.parametrize("row_format", ROUND_TRIPS.values(), ids=list(ROUND_TRIPS))
def test_what_is_shown_makes_the_same_table_again(athena: Athena, row_format: str) -> None:
    athena.run(f"CREATE EXTERNAL TABLE t (a int, `b c` array<string>) ROW FORMAT {row_format} LOCATION 's3://b/t'")
    shown = athena.run("SHOW CREATE TABLE t")
    serde = athena.table("t").storage.serde
    athena.run("DROP TABLE t")
    athena.run("\n".join(shown))
    again = athena.table("t").storage.serde
    # What Hive keeps beside field.delim, without a meaning of its own.
    kept = {key: value for key, value in serde.parameters.items() if key != "serialization.format"}
    assert again.library == serde.library
    assert {key: again.parameters.get(key) for key in kept} == kept


def test_athena_reads_less_than_it_shows(athena: Athena) -> None:
    more = "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' WITH SERDEPROPERTIES ('escape.delim' = '/')"
    athena.strict = True
    refused = athena.refused(f"CREATE EXTERNAL TABLE t (a int) {more} LOCATION 's3://b/t'")
    assert "no viable alternative at input" in str(refused)
