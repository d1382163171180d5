"""DESCRIBE prints as Athena's does, to the blank."""

import pytest
from tests.statements.athena import Athena

from owlake.catalog.views import ViewDefinition, view_table
from owlake.types.model import INTEGER

NOTHING = "\t \t "
TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
HEADER = "# col_name            \tdata_type           \tcomment             "
N = "n                   \tint                 \t                    "
P = "p                   \tstring              \tkey                 "


@pytest.fixture
def logs(athena: Athena) -> Athena:
    athena.run(
        "CREATE EXTERNAL TABLE t (n int, s struct<a:int,b:map<string,array<date>>>) "
        "PARTITIONED BY (p string COMMENT 'key') LOCATION 's3://b/t' TBLPROPERTIES ('k'='ä')"
    )
    athena.run("ALTER TABLE t ADD PARTITION (p='x')")
    return athena


S = "s                   \tstruct<a:int,b:map<string,array<date>>>\t                    "


def test_columns_are_padded_to_twenty_characters(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t (n int, a_name_longer_than_20_chars decimal COMMENT 'c') LOCATION 's3://b/t'")
    assert athena.run("DESCRIBE t") == [
        N,
        "a_name_longer_than_20_chars\tdecimal(10,0)       \tc                   ",
    ]


def test_partition_keys_come_among_the_columns_and_again(logs: Athena) -> None:
    assert logs.run("DESC t") == [N, S, P, NOTHING, "# Partition Information\t \t ", HEADER, NOTHING, P]


def test_a_comment_ends_at_its_first_tab(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t (n int COMMENT 'a\\tb') LOCATION 's3://b/t'")
    assert athena.run("DESCRIBE t") == ["n                   \tint                 \ta"]


def test_json_columns_come_from_the_deserializer(athena: Athena) -> None:
    athena.run(
        "CREATE EXTERNAL TABLE t (n int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://b/t'"
    )
    assert athena.run("DESCRIBE t") == ["n                   \tint                 \tfrom deserializer   "]


def test_formatted_says_everything_about_the_table(logs: Athena) -> None:
    assert logs.run("DESCRIBE FORMATTED t") == [
        HEADER,
        NOTHING,
        N,
        S,
        NOTHING,
        "# Partition Information\t \t ",
        HEADER,
        NOTHING,
        P,
        NOTHING,
        "# Detailed Table Information\t \t ",
        "Database:           \tdefault             \t ",
        "Owner:              \tme                  \t ",
        "CreateTime:         \tSun Sep 27 03:41:11 UTC 2026\t ",
        "LastAccessTime:     \tUNKNOWN             \t ",
        "Protect Mode:       \tNone                \t ",
        "Retention:          \t0                   \t ",
        "Location:           \ts3://b/t            \t ",
        "Table Type:         \tEXTERNAL_TABLE      \t ",
        "Table Parameters:\t \t ",
        "\tEXTERNAL            \tTRUE                ",
        "\tk                   \t\\u00E4              ",
        "\ttransient_lastDdlTime\t1790480471          ",
        NOTHING,
        "# Storage Information\t \t ",
        "SerDe Library:      \torg.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe\t ",
        "InputFormat:        \torg.apache.hadoop.mapred.TextInputFormat\t ",
        "OutputFormat:       \torg.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat\t ",
        "Compressed:         \tNo                  \t ",
        "Num Buckets:        \t-1                  \t ",
        "Bucket Columns:     \t[]                  \t ",
        "Sort Columns:       \t[]                  \t ",
        "Storage Desc Params:\t \t ",
        "\tserialization.format\t1                   ",
    ]


THRIFT_STORAGE = (
    "sd:StorageDescriptor(cols:[FieldSchema(name:n, type:int, comment:null), "
    "FieldSchema(name:s, type:struct<a:int,b:map<string,array<date>>>, comment:null), "
    "FieldSchema(name:p, type:string, comment:key)], location:{location}, "
    "inputFormat:org.apache.hadoop.mapred.TextInputFormat, "
    "outputFormat:org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat, compressed:false, numBuckets:-1, "
    "serdeInfo:SerDeInfo(name:null, serializationLib:org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe, "
    "parameters:{{serialization.format=1}}), bucketCols:[], sortCols:[], parameters:{{}}, "
    "skewedInfo:SkewedInfo(skewedColNames:[], skewedColValues:[], skewedColValueLocationMaps:{{}}), "
    "storedAsSubDirectories:false)"
)


def test_extended_prints_the_metastores_own_structure(logs: Athena) -> None:
    assert logs.run("DESCRIBE EXTENDED t")[-2:] == [
        NOTHING,
        "Detailed Table Information\tTable(tableName:t, dbName:default, owner:me, createTime:1790480471, "
        "lastAccessTime:0, retention:0, "
        + THRIFT_STORAGE.format(location="s3://b/t")
        + ", partitionKeys:[FieldSchema(name:p, type:string, comment:key)], "
        "parameters:{EXTERNAL=TRUE, transient_lastDdlTime=1790480471, k=ä}, "
        "viewOriginalText:null, viewExpandedText:null, tableType:EXTERNAL_TABLE)\t",
    ]


def test_extended_begins_with_the_columns_as_without(logs: Athena) -> None:
    assert logs.run("DESCRIBE EXTENDED t")[:-2] == logs.run("DESCRIBE t")


def test_a_partition_is_described_after_its_columns(logs: Athena) -> None:
    assert logs.run("DESCRIBE EXTENDED t PARTITION (p='x')")[-1] == (
        "Detailed Partition Information\tPartition(values:[x], dbName:default, tableName:t, createTime:1790480471, "
        "lastAccessTime:0, " + THRIFT_STORAGE.format(location="s3://b/t/p=x") + ", parameters:{})\t"
    )


def test_formatted_says_everything_about_a_partition(logs: Athena) -> None:
    assert logs.run("DESCRIBE FORMATTED t PARTITION (p='x')")[9:18] == [
        NOTHING,
        "# Detailed Partition Information\t \t ",
        "Partition Value:    \t[x]                 \t ",
        "Database:           \tdefault             \t ",
        "Table:              \tt                   \t ",
        "CreateTime:         \tSun Sep 27 03:41:11 UTC 2026\t ",
        "LastAccessTime:     \tUNKNOWN             \t ",
        "Protect Mode:       \tNone                \t ",
        "Location:           \ts3://b/t/p=x        \t ",
    ]


def test_a_partition_is_described_by_its_own_columns(logs: Athena) -> None:
    logs.run("ALTER TABLE t PARTITION (p='x') REPLACE COLUMNS (other int)")
    assert (
        logs.run("DESCRIBE t PARTITION (p='x')")[0]
        == "other               \tint                 \t                    "
    )


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("n", ["n int"]),
        ("s", ["a int", "b map<string,array<date>>"]),
        ("s.a", ["a int"]),
        ("s.b.'$key$'", ["$key$ string"]),
        ("s.b.'$value$'.'$elem$'", ["$elem$ date"]),
        ("p", ["p string"]),
    ],
)
def test_one_column_is_described(logs: Athena, path: str, rows: list[str]) -> None:
    expected = ["\t".join(part.ljust(20) for part in (*row.split(" ", 1), "from deserializer")) for row in rows]
    assert logs.run(f"DESCRIBE EXTENDED t {path}") == expected


def test_one_column_formatted_has_room_for_statistics(logs: Athena) -> None:
    names = "col_name data_type min max num_nulls distinct_count avg_col_len max_col_len num_trues num_falses comment"
    assert [column.name for column in logs.output("DESCRIBE FORMATTED t n").columns] == names.split()
    padded = [name.ljust(20) for name in names.split()]
    assert logs.run("DESCRIBE FORMATTED t n") == [
        "\t".join(["# " + padded[0], *padded[1:]]),
        "\t".join(["", *[" "] * 10]),
        "\t".join(["n".ljust(20), "int".ljust(20), *[" " * 20] * 8, "from deserializer   "]),
    ]


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("DESCRIBE EXTENDED nope", "FAILED: SemanticException [Error 10001]: Table not found nope"),
        ("DESCRIBE FORMATTED nodb.t", "FAILED: SemanticException [Error 10072]: Database does not exist: nodb"),
        ("DESCRIBE t PARTITION (p='y')", "FAILED: SemanticException [Error 10006]: Partition not found {p=y}"),
        ("DESCRIBE t x", TASK + "cannot find field x from [0:n, 1:s]"),
        ("DESCRIBE t s.x", TASK + "cannot find field x from [0:a, 1:b]"),
    ],
)
def test_it_fails_when_it_runs(logs: Athena, sql: str, text: str) -> None:
    refused = logs.refused(sql)
    assert str(refused) == text
    assert (refused.category, refused.type) == (1, 1003)


def create_view(athena: Athena) -> None:
    definition = ViewDefinition("SELECT 1 AS n", "awsdatacatalog", "default", (("n", "integer"),), "me")
    with athena.home.metastore.write() as catalog:
        catalog.create_table(view_table("default", "v", definition, [INTEGER]))


def test_a_view_is_described_in_trinos_types(athena: Athena) -> None:
    create_view(athena)
    assert athena.run("DESCRIBE v") == ["n\tinteger"]


def test_a_view_is_described_as_hive_sees_it_when_formatted(athena: Athena) -> None:
    create_view(athena)
    lines = athena.run("DESCRIBE FORMATTED v")
    assert N in lines
    assert "Table Type:         \tVIRTUAL_VIEW        \t " in lines
    assert "# View Information\t \t " in lines
    assert "View Expanded Text: \t/* Presto View */   \t " in lines
    assert not any(line.startswith("Location:") for line in lines)
