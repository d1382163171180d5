"""ADD, DROP, RENAME and SHOW PARTITIONS."""

import pytest
from tests.statements.athena import Athena

TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
SEMANTIC = "FAILED: SemanticException "


@pytest.fixture
def logs(athena: Athena) -> Athena:
    athena.run("CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (dt string, h int) LOCATION 's3://b/t/'")
    return athena


def shown(athena: Athena) -> list[str]:
    return athena.run("SHOW PARTITIONS t")


def location(athena: Athena, *values: str) -> str:
    with athena.home.metastore.read() as catalog:
        return catalog.get_partition("default", "t", values).storage.location


def test_partitions_are_added_side_by_side(logs: Athena) -> None:
    logs.run(
        "ALTER TABLE t ADD PARTITION (dt='2024-01-01', h=1) PARTITION (h='02', dt='2024-01-01') LOCATION 's3://b/x/'"
    )
    assert shown(logs) == ["dt=2024-01-01/h=02", "dt=2024-01-01/h=1"]
    assert location(logs, "2024-01-01", "1") == "s3://b/t/dt=2024-01-01/h=1"
    assert location(logs, "2024-01-01", "02") == "s3://b/x"


def test_what_a_folder_name_cannot_hold_is_escaped(logs: Athena) -> None:
    logs.run("ALTER TABLE t ADD PARTITION (dt='a/b:c d=é%', h=1)")
    assert shown(logs) == ["dt=a%2Fb%3Ac d%3Dé%25/h=1"]
    assert location(logs, "a/b:c d=é%", "1") == "s3://b/t/dt=a%2Fb%3Ac d%3Dé%25/h=1"


def test_an_existing_partition_is_refused_and_none_is_added(logs: Athena) -> None:
    logs.run("ALTER TABLE t ADD PARTITION (dt='x', h=1)")
    refused = logs.refused("ALTER TABLE t ADD PARTITION (dt='y', h=1) PARTITION (dt='x', h=1)")
    assert str(refused) == TASK + "AlreadyExistsException(message:Partition already exists.)"
    assert shown(logs) == ["dt=x/h=1"]


def test_if_not_exists_adds_only_the_new_ones(logs: Athena) -> None:
    logs.run("ALTER TABLE t ADD PARTITION (dt='x', h=1) LOCATION 's3://b/first'")
    logs.run("ALTER TABLE t ADD IF NOT EXISTS PARTITION (dt='x', h=1) LOCATION 's3://b/second' PARTITION (dt='y', h=1)")
    assert shown(logs) == ["dt=x/h=1", "dt=y/h=1"]
    assert location(logs, "x", "1") == "s3://b/first"


def test_a_partition_is_dropped_and_its_files_stay(logs: Athena) -> None:
    logs.put("t/dt=x/h=1/file")
    logs.run("ALTER TABLE t ADD PARTITION (dt='x', h=1) PARTITION (dt='y', h=1) PARTITION (dt='z', h=1)")
    logs.run("ALTER TABLE t DROP PARTITION (dt='x', h=1), PARTITION (dt='y', h=1)")
    assert shown(logs) == ["dt=z/h=1"]
    assert logs.home.storage.has_files("s3://b/t/dt=x")


def test_values_are_compared_as_text(logs: Athena) -> None:
    logs.run("ALTER TABLE t ADD PARTITION (dt='x', h='01')")
    logs.refused("ALTER TABLE t DROP PARTITION (dt='x', h=1)")


def test_a_spec_that_leaves_keys_open_drops_all_that_fit(logs: Athena) -> None:
    logs.run("ALTER TABLE t ADD PARTITION (dt='x', h=1) PARTITION (dt='x', h=2) PARTITION (dt='y', h=1)")
    logs.run("ALTER TABLE t DROP PARTITION (h=1)")
    assert shown(logs) == ["dt=x/h=2"]
    logs.run("ALTER TABLE t DROP PARTITION (dt='x')")
    assert shown(logs) == []


def test_dropping_what_is_not_there_is_fine_if_exists(logs: Athena) -> None:
    assert logs.run("ALTER TABLE t DROP IF EXISTS PARTITION (dt='x', h=1)") == []


def test_if_one_partition_is_missing_none_is_dropped(logs: Athena) -> None:
    logs.run("ALTER TABLE t ADD PARTITION (dt='x', h=1)")
    refused = logs.refused("ALTER TABLE t DROP PARTITION (dt='x', h=1), PARTITION (dt='y', h=2)")
    assert str(refused) == SEMANTIC + "[Error 10006]: Partition not found ((dt = 'y') and (h = '2'))"
    assert shown(logs) == ["dt=x/h=1"]


def test_a_renamed_partition_keeps_its_location(logs: Athena) -> None:
    logs.run("ALTER TABLE t ADD PARTITION (dt='x', h=1)")
    logs.run("ALTER TABLE t PARTITION (dt='x', h=1) RENAME TO PARTITION (dt='y', h=2)")
    assert shown(logs) == ["dt=y/h=2"]
    assert location(logs, "y", "2") == "s3://b/t/dt=x/h=1"


def test_renaming_onto_an_existing_partition_is_refused(logs: Athena) -> None:
    logs.run("ALTER TABLE t ADD PARTITION (dt='x', h=1) PARTITION (dt='y', h=2)")
    refused = logs.refused("ALTER TABLE t PARTITION (dt='x', h=1) RENAME TO PARTITION (dt='y', h=2)")
    assert str(refused) == TASK + "AlreadyExistsException(message:Partition already exists.)"


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("ALTER TABLE nope ADD PARTITION (dt='x')", "[Error 10001]: Table not found default.nope"),
        ("ALTER TABLE t ADD PARTITION (dt='x')", "partition spec {dt=x} doesn't contain all (2) partition columns"),
        (
            "ALTER TABLE t ADD PARTITION (dt='x', n='1')",
            "Partition spec {dt=x, n=1} contains non-partition columns",
        ),
        (
            "ALTER TABLE u ADD PARTITION (dt='x')",
            "table is not partitioned but partition spec exists: {dt=x}",
        ),
        (
            "ALTER TABLE t PARTITION (dt='x', h=1) RENAME TO PARTITION (dt='y', h=1)",
            "[Error 10006]: Partition not found {dt=x, h=1}",
        ),
    ],
)
def test_it_is_refused(logs: Athena, sql: str, text: str) -> None:
    logs.run("CREATE EXTERNAL TABLE u (n int) LOCATION 's3://b/u'")
    assert str(logs.refused(sql)) == SEMANTIC + text


def test_the_partitions_of_an_unpartitioned_table_cannot_be_shown(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE u (n int) LOCATION 's3://b/u'")
    assert str(athena.refused("SHOW PARTITIONS u")) == TASK + "Table u is not a partitioned table"


def test_the_column_of_show_partitions(logs: Athena) -> None:
    (column,) = logs.output("SHOW PARTITIONS t").columns
    assert (column.name, column.athena_type) == ("partition", "string")
