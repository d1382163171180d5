"""MSCK REPAIR TABLE (https://docs.aws.amazon.com/athena/latest/ug/msck-repair-table.html)."""

import pytest
from tests.statements.athena import Athena

from owlake.statements import repair


@pytest.fixture
def logs(athena: Athena) -> Athena:
    athena.run("CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (dt string, h int) LOCATION 's3://b/t/'")
    return athena


def msck(athena: Athena) -> list[str]:
    return athena.run("MSCK REPAIR TABLE t")


def test_partitions_found_in_the_lake_are_added(logs: Athena) -> None:
    logs.put("t/dt=2024-01-02/h=1/f", "t/dt=2024-01-01/h=1/f", "t/dt=2024-01-01/h=1/deep/f")
    assert msck(logs) == [
        "Partitions not in metastore:\tt:dt=2024-01-01/h=1\tt:dt=2024-01-02/h=1",
        "Repair: Added partition to metastore t:dt=2024-01-01/h=1",
        "Repair: Added partition to metastore t:dt=2024-01-02/h=1",
    ]
    with logs.home.metastore.read() as catalog:
        found = catalog.list_partitions("default", "t")
    assert [partition.storage.location for partition in found] == [
        "s3://b/t/dt=2024-01-01/h=1",
        "s3://b/t/dt=2024-01-02/h=1",
    ]


def test_a_second_repair_has_nothing_to_say(logs: Athena) -> None:
    logs.put("t/dt=x/h=1/f")
    msck(logs)
    assert msck(logs) == []


def test_partitions_whose_folder_is_gone_are_named_and_kept(logs: Athena) -> None:
    logs.put("t/dt=x/h=1/f", "elsewhere/f")
    logs.run("ALTER TABLE t ADD PARTITION (dt='gone', h=1) PARTITION (dt='moved', h=1) LOCATION 's3://b/elsewhere'")
    assert msck(logs) == [
        "Partitions not in metastore:\tt:dt=x/h=1",
        "Partitions missing from filesystem:\tt:dt=gone/h=1",
        "Repair: Added partition to metastore t:dt=x/h=1",
    ]
    assert logs.run("SHOW PARTITIONS t") == ["dt=gone/h=1", "dt=moved/h=1", "dt=x/h=1"]


def test_escaped_names_are_read_as_hive_wrote_them(logs: Athena) -> None:
    logs.put("t/dt=a%2Fb/h=1/f")
    assert msck(logs)[0] == "Partitions not in metastore:\tt:dt=a%2Fb/h=1"
    with logs.home.metastore.read() as catalog:
        (found,) = catalog.list_partitions("default", "t")
    assert (found.values, found.storage.location) == (("a/b", "1"), "s3://b/t/dt=a%2Fb/h=1")


def test_hives_default_partition_is_kept_as_such(logs: Athena) -> None:
    logs.put("t/dt=__HIVE_DEFAULT_PARTITION__/h=1/f")
    assert msck(logs)[0] == "Partitions not in metastore:\tt:dt=__HIVE_DEFAULT_PARTITION__/h=1"


@pytest.mark.parametrize(
    "path",
    [
        "t/f",
        "t/dt=x/f",
        "t/h=1/dt=x/f",
        "t/2024-01-01/1/f",
        "t/_dt=x/h=1/f",
        "t/.dt=x/h=1/f",
        "t/dt=a:b/h=1/f",
        "t/dt=a%3Ab/h=1/f",
        "t/DT=x/h=1/f",
        "t/other=x/h=1/f",
    ],
)
def test_other_folders_are_passed_over(logs: Athena, path: str) -> None:
    logs.put(path)
    assert msck(logs) == []


def test_a_folder_with_capital_keys_is_worth_a_warning(logs: Athena) -> None:
    logs.put("t/Dt=x/h=1/f", "t/Dt=y/h=1/f")
    msck(logs)
    (warning,) = logs.warnings
    assert warning.message.startswith("MSCK passes over s3://b/t/Dt=x/ and 1 more")


def test_a_location_that_holds_nothing_is_named(logs: Athena) -> None:
    assert msck(logs) == ["Tables missing on filesystem:\tt"]


def test_a_missing_table_is_named_without_its_database(athena: Athena) -> None:
    assert athena.run("MSCK REPAIR TABLE default.nope") == ["Tables not in metastore:\tnope"]


def test_an_unpartitioned_table_needs_no_repair(athena: Athena) -> None:
    athena.run("CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t/'")
    athena.put("t/x=1/f")
    assert msck(athena) == []


def test_what_another_adds_meanwhile_is_no_error(logs: Athena, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.put("t/dt=x/h=1/f", "t/dt=y/h=1/f")
    register = repair._register

    def register_late(*arguments: object) -> None:
        logs.run("ALTER TABLE t ADD PARTITION (dt='x', h=1)")
        register(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(repair, "_register", register_late)
    msck(logs)
    assert logs.run("SHOW PARTITIONS t") == ["dt=x/h=1", "dt=y/h=1"]
