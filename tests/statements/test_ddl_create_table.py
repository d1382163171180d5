"""CREATE TABLE and DROP TABLE (https://docs.aws.amazon.com/athena/latest/ug/create-table.html)."""

import pytest
from tests.statements.athena import Athena

TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
TEXT_FORMATS = (
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
)


def create(athena: Athena, clauses: str = "", columns: str = "(n int)") -> None:
    athena.run(f"CREATE EXTERNAL TABLE t {columns} {clauses} LOCATION 's3://b/t/'")


def test_a_plain_table_is_text_with_hives_defaults(athena: Athena) -> None:
    create(athena)
    table = athena.table("t")
    assert table.table_type == "EXTERNAL_TABLE"
    assert (table.storage.input_format, table.storage.output_format) == TEXT_FORMATS
    assert table.storage.serde.library == "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
    assert dict(table.storage.serde.parameters) == {"serialization.format": "1"}


def test_columns_and_keys_are_kept_with_their_comments(athena: Athena) -> None:
    athena.run(
        "CREATE EXTERNAL TABLE t (Id bigint COMMENT 'the id', tags array<struct<K:string,v:decimal(5,2)>>) "
        "COMMENT 'all of it' PARTITIONED BY (Dt date COMMENT 'day', h int) LOCATION 's3://b/t'"
    )
    table = athena.table("t")
    assert [(column.name, column.type, column.comment) for column in table.storage.columns] == [
        ("id", "bigint", "the id"),
        ("tags", "array<struct<k:string,v:decimal(5,2)>>", None),
    ]
    assert [(key.name, key.type, key.comment) for key in table.partition_keys] == [
        ("dt", "date", "day"),
        ("h", "int", None),
    ]
    assert table.parameters["comment"] == "all of it"


def test_the_users_properties_come_after_hives(athena: Athena) -> None:
    athena.run(
        "CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t' TBLPROPERTIES ('classification'='csv', 'EXTERNAL'='FALSE')"
    )
    assert list(athena.table("t").parameters.items()) == [
        ("EXTERNAL", "TRUE"),
        ("transient_lastDdlTime", "1790480471"),
        ("classification", "csv"),
    ]


@pytest.mark.parametrize(
    ("clause", "serde", "input_format", "output_format"),
    [
        (
            "STORED AS PARQUET",
            "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        ),
        (
            "STORED AS ORC",
            "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
            "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
            "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
        ),
        (
            "STORED AS AVRO",
            "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
            "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
            "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
        ),
        (
            "STORED AS ION",
            "com.amazon.ionhiveserde.IonHiveSerDe",
            "com.amazon.ionhiveserde.formats.IonInputFormat",
            "com.amazon.ionhiveserde.formats.IonOutputFormat",
        ),
        ("STORED AS TEXTFILE", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", *TEXT_FORMATS),
        (
            "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'",
            "org.openx.data.jsonserde.JsonSerDe",
            *TEXT_FORMATS,
        ),
        (
            "ROW FORMAT SERDE 'x.SerDe' STORED AS INPUTFORMAT 'x.In' OUTPUTFORMAT 'x.Out'",
            "x.SerDe",
            "x.In",
            "x.Out",
        ),
    ],
)
def test_a_format_stands_for_its_classes(
    athena: Athena, clause: str, serde: str, input_format: str, output_format: str
) -> None:
    create(athena, clause)
    storage = athena.table("t").storage
    assert (storage.serde.library, storage.input_format, storage.output_format) == (serde, input_format, output_format)


def test_delimiters_become_the_serdes_parameters(athena: Athena) -> None:
    create(
        athena,
        r"ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' ESCAPED BY '\\' COLLECTION ITEMS TERMINATED BY '\002' "
        r"MAP KEYS TERMINATED BY ':' LINES TERMINATED BY '\n' NULL DEFINED AS 'NA'",
    )
    assert dict(athena.table("t").storage.serde.parameters) == {
        "serialization.format": "\t",
        "field.delim": "\t",
        "escape.delim": "\\",
        "colelction.delim": "\x02",
        "mapkey.delim": ":",
        "line.delim": "\n",
        "serialization.null.format": "NA",
    }


def test_serde_properties_are_kept(athena: Athena) -> None:
    create(
        athena, "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' WITH SERDEPROPERTIES ('quoteChar'='`')"
    )
    assert dict(athena.table("t").storage.serde.parameters) == {"serialization.format": "1", "quoteChar": "`"}


def test_buckets_are_kept(athena: Athena) -> None:
    create(athena, "CLUSTERED BY (N) INTO 8 BUCKETS")
    storage = athena.table("t").storage
    assert (storage.number_of_buckets, storage.bucket_columns) == (8, ("n",))


@pytest.mark.parametrize(
    ("written", "kept"),
    [("s3://b/t/", "s3://b/t"), ("s3://b/t", "s3://b/t"), ("s3://b", "s3://b/"), ("s3://b/x y%3A/", "s3://b/x y%3A")],
)
def test_a_location_is_kept_without_a_slash_at_its_end(athena: Athena, written: str, kept: str) -> None:
    athena.run(f"CREATE EXTERNAL TABLE t (n int) LOCATION '{written}'")
    assert athena.table("t").storage.location == kept


@pytest.mark.parametrize("name", ["default.t", "awsdatacatalog.default.t", "AWSDATACATALOG.DEFAULT.T", "`default.t`"])
def test_a_table_may_be_named_in_full(athena: Athena, name: str) -> None:
    athena.database = "elsewhere"
    athena.run(f"CREATE EXTERNAL TABLE {name} (n int) LOCATION 's3://b/t'")
    assert athena.table("t").name == "t"


def test_without_a_database_in_the_session_it_is_default(athena: Athena) -> None:
    athena.database = None
    create(athena)
    assert athena.table("t").database == "default"


REFUSALS = [
    (
        "CREATE EXTERNAL TABLE taken (n int) LOCATION 's3://b/t'",
        TASK + "AlreadyExistsException(message:Table taken already exist)",
    ),
    (
        "CREATE EXTERNAL TABLE nodb.t (n int) LOCATION 's3://b/t'",
        "FAILED: SemanticException [Error 10072]: Database does not exist: nodb",
    ),
    (
        "CREATE EXTERNAL TABLE t (a int, A string) LOCATION 's3://b/t'",
        "FAILED: SemanticException [Error 10036]: Duplicate column name: a",
    ),
    (
        "CREATE EXTERNAL TABLE t (a int) PARTITIONED BY (a int) LOCATION 's3://b/t'",
        "FAILED: SemanticException [Error 10035]: Column repeated in partitioning columns",
    ),
    (
        "CREATE EXTERNAL TABLE t LOCATION 's3://b/t'",
        "FAILED: SemanticException [Error 10043]: Either list of columns or a custom serializer should be specified",
    ),
    (
        "CREATE EXTERNAL TABLE t (a int) CLUSTERED BY (x) INTO 2 BUCKETS LOCATION 's3://b/t'",
        "FAILED: SemanticException [Error 10002]: Invalid column reference",
    ),
    (
        "CREATE EXTERNAL TABLE t (a int) ROW FORMAT DELIMITED LINES TERMINATED BY '|' LOCATION 's3://b/t'",
        r"FAILED: SemanticException [Error 10064]: LINES TERMINATED BY only supports newline '\n' right now",
    ),
    (
        "CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t' TBLPROPERTIES ('table_type'='ICEBERG')",
        "External keyword not supported for table type ICEBERG",
    ),
    (
        "CREATE EXTERNAL TABLE kinesis.d.t (n int) LOCATION 's3://b/t'",
        "Unsupported DDL with 2 catalogs",
    ),
    (
        "CREATE EXTERNAL TABLE Nope.d.t (n int) LOCATION 's3://b/t'",
        "Catalog 'Nope' does not exist",
    ),
    ("DROP TABLE default.nope", "FAILED: SemanticException [Error 10001]: Table not found default.nope"),
    ("DROP TABLE nope", "FAILED: SemanticException [Error 10001]: Table not found default.nope"),
]


@pytest.mark.parametrize(("sql", "text"), REFUSALS)
def test_it_is_refused(athena: Athena, sql: str, text: str) -> None:
    athena.run("CREATE EXTERNAL TABLE taken (n int) LOCATION 's3://b/taken'")
    assert str(athena.refused(sql)) == text


def test_a_refused_table_leaves_nothing(athena: Athena) -> None:
    athena.refused("CREATE EXTERNAL TABLE t (a int) PARTITIONED BY (a int) LOCATION 's3://b/t'")
    assert athena.run("SHOW TABLES") == []


def test_an_existing_table_is_the_users_fault(athena: Athena) -> None:
    create(athena)
    refused = athena.refused("CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t'")
    assert (refused.category, refused.type) == (2, 1006)


def test_if_not_exists_leaves_the_table_that_is_there(athena: Athena) -> None:
    create(athena)
    assert athena.run("CREATE EXTERNAL TABLE IF NOT EXISTS t (x date) LOCATION 's3://other'") == []
    assert [column.name for column in athena.table("t").storage.columns] == ["n"]


def test_a_table_without_a_location_is_refused(athena: Athena) -> None:
    refused = athena.refused("CREATE TABLE t (n int)")
    assert str(refused) == "No location was specified for table. An S3 location must be specified"
    assert refused.code == "MALFORMED_QUERY"


def test_external_is_required_when_strict(athena: Athena) -> None:
    athena.strict = True
    refused = athena.refused("CREATE TABLE t (n int) LOCATION 's3://b/t'")
    assert refused.message == "External keyword required for table type HIVE"


def test_external_is_understood_otherwise_with_a_warning(athena: Athena) -> None:
    athena.run("CREATE TABLE t (n int) LOCATION 's3://b/t'")
    assert athena.table("t").parameters["EXTERNAL"] == "TRUE"
    assert [warning.message for warning in athena.warnings] == [
        "Athena would refuse this: External keyword required for table type HIVE"
    ]


def test_a_folder_of_this_machine_may_be_a_location_with_a_warning(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t (n int) LOCATION 'file:///data/t/'")
    assert athena.table("t").storage.location == "file:///data/t"
    assert "No FileSystem for scheme: file" in athena.warnings[0].message


def test_a_folder_of_this_machine_is_no_location_when_strict(athena: Athena) -> None:
    athena.strict = True
    refused = athena.refused("CREATE EXTERNAL TABLE t (n int) LOCATION 'file:///data/t/'")
    assert str(refused) == (
        TASK + "MetaException(message:Got exception: java.io.IOException No FileSystem for scheme: file)"
    )


@pytest.mark.parametrize("place", ["s3a://b/t", "s3://b//t", "s3://b/../c", "/data/t", "s3://"])
def test_what_cannot_be_a_location_is_refused(athena: Athena, place: str) -> None:
    refused = athena.refused(f"CREATE EXTERNAL TABLE t (n int) LOCATION '{place}'")
    assert str(refused).startswith(f"HIVE_FILESYSTEM_ERROR: Invalid location '{place}'")


def test_a_newline_in_a_columns_comment_is_refused(athena: Athena) -> None:
    refused = athena.refused(r"CREATE EXTERNAL TABLE t (n int COMMENT 'a\nb') LOCATION 's3://b/t'")
    assert (refused.category, refused.type) == (1, 1502)


def test_a_delta_table_needs_no_columns(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t LOCATION 's3://b/t' TBLPROPERTIES ('table_type'='DELTA')")
    assert athena.table("t").open_format == "DELTA"


def test_a_dropped_table_leaves_its_files(athena: Athena) -> None:
    athena.put("t/file")
    create(athena)
    athena.run("DROP TABLE t")
    assert athena.home.storage.has_files("s3://b/t")
    assert athena.run("SHOW TABLES") == []


def test_dropping_a_table_that_is_not_there_is_fine_if_exists(athena: Athena) -> None:
    assert athena.run("DROP TABLE IF EXISTS nope") == []


def test_a_missing_table_brings_the_nearest_name_to_mind(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE orders (n int) LOCATION 's3://b/t'")
    assert athena.refused("DROP TABLE ordesr").hint == "Did you mean orders?"
