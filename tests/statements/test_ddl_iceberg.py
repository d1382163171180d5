"""Iceberg tables as DDL knows them.

https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
"""

import pytest
from tests.statements.athena import Athena

ICEBERG_REFUSAL = "Query type not supported by Athena Iceberg at this time"


def create(athena: Athena, columns: str = "(n int)", clauses: str = "", properties: str = "") -> None:
    athena.run(
        f"CREATE TABLE t {columns} {clauses} LOCATION 's3://b/t/' TBLPROPERTIES ('table_type'='ICEBERG'{properties})"
    )


def columns(athena: Athena) -> list[str]:
    return [f"{column.name} {column.type}" for column in athena.table("t").storage.columns]


def test_an_iceberg_table_is_never_taken_for_another_format(athena: Athena) -> None:
    create(athena)
    table = athena.table("t")
    assert table.open_format == "ICEBERG"
    assert (table.storage.serde.library, table.storage.input_format) == ("", "")


def test_its_kind_is_found_whatever_its_case(athena: Athena) -> None:
    athena.run("CREATE TABLE t (n int) LOCATION 's3://b/t' TBLPROPERTIES ('table_type'='iceberg')")
    assert athena.table("t").parameters["table_type"] == "ICEBERG"


def test_a_fresh_table_shows_its_compression_only(athena: Athena) -> None:
    create(athena)
    assert athena.run("SHOW TBLPROPERTIES t") == ["write_compression\tzstd"]


def test_a_plain_table_is_made_again(athena: Athena) -> None:
    create(athena, "(n int, s string COMMENT 'c')")
    assert athena.run("SHOW CREATE TABLE t") == [
        "CREATE TABLE default.t (",
        "  n int,",
        "  s string COMMENT 'c')",
        "LOCATION 's3://b/t'",
        "TBLPROPERTIES (",
        "  'table_type'='iceberg',",
        "  'write_compression'='zstd'",
        ");",
    ]


def test_it_is_described_in_icebergs_way(athena: Athena) -> None:
    create(
        athena,
        "(n int COMMENT 'c', d decimal(10,2), s struct<a:int,b:array<string>>, ts timestamp)",
        "PARTITIONED BY (bucket(4, n), truncate(3, d), day(ts), d)",
    )
    assert athena.run("DESCRIBE t") == [
        "# Table schema:\t\t",
        "# col_name\tdata_type\tcomment",
        "n\tint\tc",
        "d\tdecimal(10, 2)\t",
        "s\tstruct<a: int, b: array<string>>\t",
        "ts\ttimestamp\t",
        "\t\t",
        "# Partition spec:\t\t",
        "# field_name\tfield_transform\tcolumn_name",
        "n_bucket\tbucket[4]\tn",
        "d_trunc\ttruncate[3]\td",
        "ts_day\tday\tts",
        "d\tidentity\td",
    ]


def test_its_columns_are_shown_without_padding(athena: Athena) -> None:
    create(athena)
    assert athena.run("SHOW COLUMNS IN t") == ["n"]
    assert athena.run("DESCRIBE t n") == ["n\tint\t"]


def test_formatted_adds_name_and_location(athena: Athena) -> None:
    create(athena)
    lines = athena.run("DESCRIBE FORMATTED t")
    assert lines[: len(athena.run("DESCRIBE t"))] == athena.run("DESCRIBE t")
    for line in (
        "Name:\ticeberg.default.t\t",
        "Location:\ts3://b/t\t",
        "# Table properties:\t\t",
        "# Iceberg storage table properties:\t\t",
    ):
        assert line in lines


def test_columns_are_added_dropped_and_changed(athena: Athena) -> None:
    create(athena)
    athena.run("ALTER TABLE t ADD COLUMNS (s string, d date)")
    athena.run("ALTER TABLE t CHANGE n m bigint AFTER s")
    athena.run("ALTER TABLE t DROP COLUMN d")
    assert columns(athena) == ["s string", "m bigint"]
    assert athena.warnings == []


def test_it_is_renamed(athena: Athena) -> None:
    create(athena)
    athena.run("ALTER TABLE t RENAME TO u")
    assert athena.run("SHOW TABLES") == ["u"]
    assert athena.warnings == []


def test_properties_are_set_and_unset(athena: Athena) -> None:
    create(athena)
    athena.run("ALTER TABLE t SET TBLPROPERTIES ('format'='orc', 'write_compression'='zlib')")
    athena.run("ALTER TABLE t UNSET TBLPROPERTIES ('write_compression', 'table_type')")
    assert athena.run("SHOW TBLPROPERTIES t") == ["format\torc"]
    assert athena.table("t").open_format == "ICEBERG"


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("ALTER TABLE t REPLACE COLUMNS (x int)", ICEBERG_REFUSAL),
        ("ALTER TABLE t ADD PARTITION (n=1)", ICEBERG_REFUSAL),
        ("ALTER TABLE t DROP PARTITION (n=1)", ICEBERG_REFUSAL),
        ("ALTER TABLE t SET LOCATION 's3://b/x'", ICEBERG_REFUSAL),
        ("MSCK REPAIR TABLE t", ICEBERG_REFUSAL),
        ("SHOW PARTITIONS t", ICEBERG_REFUSAL),
        ("ALTER TABLE t SET TBLPROPERTIES ('comment'='x')", "Unsupported table property key: comment"),
        ("ALTER TABLE t CHANGE nope x int", "Cannot change missing column"),
        ("DESCRIBE EXTENDED t", "EXTENDED keyword is not supported for Iceberg tables."),
        ("DESCRIBE t PARTITION (n=1)", "PARTITION keyword is not supported for Iceberg tables."),
        ("DESCRIBE FORMATTED t n", "FORMATTED keyword is not supported for Iceberg table columns."),
    ],
)
def test_it_is_refused(athena: Athena, sql: str, text: str) -> None:
    create(athena)
    assert str(athena.refused(sql)) == text


def test_unknown_properties_are_refused_when_it_is_made(athena: Athena) -> None:
    sql = "CREATE TABLE t (n int) LOCATION 's3://b/t' TBLPROPERTIES ('table_type'='ICEBERG', 'x'='y')"
    assert str(athena.refused(sql)) == "Unsupported table property key: x"


def test_a_partition_field_needs_its_column(athena: Athena) -> None:
    sql = "CREATE TABLE t (n int) PARTITIONED BY (day(x)) LOCATION 's3://b/t' TBLPROPERTIES ('table_type'='ICEBERG')"
    assert "Cannot find source column: x" in str(athena.refused(sql))


def test_a_table_with_metadata_of_its_own_is_not_changed_in_the_catalog_alone(athena: Athena) -> None:
    create(athena)
    athena.change("t", parameters={"table_type": "ICEBERG", "metadata_location": "s3://b/t/metadata/1.json"})
    for sql in ("ADD COLUMNS (x int)", "DROP COLUMN n", "RENAME TO u", "SET TBLPROPERTIES ('format'='orc')"):
        assert "is not supported yet" in str(athena.refused(f"ALTER TABLE t {sql}"))


def test_the_files_of_a_dropped_table_are_worth_a_warning(athena: Athena) -> None:
    create(athena)
    athena.put("t/data/file")
    athena.run("DROP TABLE t")
    assert "were left in s3://b/t" in athena.warnings[0].message
