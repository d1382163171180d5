"""The rows and columns of SHOW, DESCRIBE and EXPLAIN as Athena gives them (measured on Athena, engine version 3)."""

import pytest

from owlake.dbapi import Connection, Cursor
from owlake.queries.column_info import ColumnInfo


def _columns(cursor: Cursor) -> list[tuple[str, str]]:
    return [(column.name, column.type) for column in cursor.column_info]


ANSWERED = [
    ("SHOW TABLES IN d", [("tab_name", "string")]),
    ("SHOW DATABASES", [("database_name", "string")]),
    ("SHOW SCHEMAS", [("database_name", "string")]),
    ("SHOW COLUMNS IN d.t", [("field", "string")]),
    ("SHOW PARTITIONS d.p", [("partition", "string")]),
    ("SHOW TBLPROPERTIES d.t", [("prpt_name", "string"), ("prpt_value", "string")]),
    ("SHOW CREATE TABLE d.t", [("createtab_stmt", "string")]),
    ("SHOW VIEWS IN d", [("views", "varchar")]),
    ("SHOW CREATE VIEW d.v", [("create view", "varchar")]),
    ("DESCRIBE d.t", [("col_name", "string"), ("data_type", "string"), ("comment", "string")]),
    ("DESCRIBE d.v", [("column", "varchar"), ("type", "varchar")]),
    ("EXPLAIN SELECT 1", [("Query Plan", "varchar")]),
    ("EXPLAIN (TYPE VALIDATE) SELECT 1", [("Valid", "boolean")]),
]


@pytest.mark.parametrize(("statement", "columns"), ANSWERED)
def test_columns_are_called_as_athena_calls_them(
    athena: Connection, statement: str, columns: list[tuple[str, str]]
) -> None:
    assert _columns(athena.execute(statement)) == columns


PRECISIONS = [
    ("TINYINT '1'", ColumnInfo("x", "tinyint", 3)),
    ("SMALLINT '1'", ColumnInfo("x", "smallint", 5)),
    ("1", ColumnInfo("x", "integer", 10)),
    ("BIGINT '1'", ColumnInfo("x", "bigint", 19)),
    ("1.5", ColumnInfo("x", "double", 17)),
    ("REAL '1.5'", ColumnInfo("x", "float", 17)),
    ("DECIMAL '1.50'", ColumnInfo("x", "decimal", 3, 2)),
    ("'abc'", ColumnInfo("x", "varchar", 3, case_sensitive=True)),
    ("CAST('abc' AS varchar)", ColumnInfo("x", "varchar", 2147483647, case_sensitive=True)),
    ("CAST('abc' AS char(5))", ColumnInfo("x", "char", 5, case_sensitive=True)),
    ("X'68656c'", ColumnInfo("x", "varbinary", 1073741824)),
    ("DATE '2020-01-01'", ColumnInfo("x", "date")),
    ("TIMESTAMP '2020-01-01 00:00:00'", ColumnInfo("x", "timestamp", 3)),
    ("TIME '12:34:56'", ColumnInfo("x", "time", 3)),
    ("true", ColumnInfo("x", "boolean")),
    ("INTERVAL '1' DAY", ColumnInfo("x", "interval day to second")),
    ("INTERVAL '1' YEAR", ColumnInfo("x", "interval year to month")),
    ("ARRAY[1]", ColumnInfo("x", "array")),
    ("ROW(1, 'x')", ColumnInfo("x", "row")),
]


@pytest.mark.parametrize(("expression", "info"), PRECISIONS)
def test_types_have_athenas_precision_and_scale(athena: Connection, expression: str, info: ColumnInfo) -> None:
    assert athena.execute(f"SELECT {expression} AS x").column_info == (info,)


def test_a_header_keeps_the_casing_of_the_query(athena: Connection) -> None:
    assert _columns(athena.execute("SELECT N, s AS MyName FROM d.t")) == [("N", "integer"), ("MyName", "varchar")]


def test_fields_of_hive_tables_are_padded_and_those_of_iceberg_tables_are_not(athena: Connection) -> None:
    assert athena.execute("DESCRIBE d.t").fetchone() == ("n".ljust(20), "int".ljust(20), " " * 20)
    assert ("n", "int", "") in athena.execute("DESCRIBE d.i").fetchall()
    assert athena.execute("SHOW COLUMNS IN d.p").fetchall() == [(name.ljust(20),) for name in ("n", "s", "dt")]
    assert athena.execute("SHOW COLUMNS IN d.i").fetchall() == [("n",)]


def test_partition_keys_come_twice(athena: Connection) -> None:
    rows = ["\t".join(row) for row in athena.execute("DESCRIBE d.p").fetchall()]
    key = "dt".ljust(20) + "\t" + "string".ljust(20) + "\t" + " " * 20
    assert rows[2:] == [
        key,
        "\t \t ",
        "# Partition Information\t \t ",
        "# col_name            \tdata_type           \tcomment             ",
        "\t \t ",
        key,
    ]


def test_repair_says_what_it_did_not_find_in_one_text(athena: Connection) -> None:
    assert athena.execute("MSCK REPAIR TABLE d.p").fetchall() == [("Tables missing on filesystem:\tp",)]
    assert athena.execute("MSCK REPAIR TABLE d.nosuch").fetchall() == [("Tables not in metastore:\tnosuch",)]


@pytest.mark.parametrize(
    ("options", "empty"),
    [
        ("", 3),
        ("(TYPE DISTRIBUTED)", 3),
        ("ANALYZE", 3),
        ("(FORMAT JSON)", 1),
        ("(TYPE IO)", 1),
        ("(FORMAT GRAPHVIZ)", 2),
    ],
)
def test_a_plan_ends_in_empty_rows(athena: Connection, options: str, empty: int) -> None:
    rows = athena.execute(f"EXPLAIN {options} SELECT n FROM d.t WHERE n > 1").fetchall()
    assert [text for (text,) in rows[-empty:]] == [""] * empty
    assert rows[-empty - 1][0]


def test_a_plans_column_is_as_long_as_the_plan(athena: Connection) -> None:
    plan = athena.execute("EXPLAIN SELECT n FROM d.t")
    length = plan.column_info[0].precision
    assert length == len("\n".join(text for (text,) in plan.fetchall()).rstrip("\n")) + 1
    assert athena.execute("EXPLAIN ANALYZE SELECT n FROM d.t").column_info[0].precision == 2147483647


def test_a_valid_statement_is_true_with_an_empty_row_behind(athena: Connection) -> None:
    assert athena.execute("EXPLAIN (TYPE VALIDATE) SELECT n FROM d.t").fetchall() == [(True,), (None,)]
