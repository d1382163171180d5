"""Statistics of columns by Glue's operations: one truth with ANALYZE, SHOW STATS and planning."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from owlake.home import Home
from owlake.spi import cancelled
from owlake_connectors.glue.catalog.statistics_runs import runner
from owlake_connectors.glue.catalog.statistics_runs.store import Run
from tests.connectors.glue.checked import Checked, refused
from tests.connectors.glue.lake import Lake

T = {"DatabaseName": "db", "TableName": "t"}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = """
    (1, 1.5e0, 'a', DATE '2024-01-01', true, DECIMAL '1.50', TIMESTAMP '2024-01-01 01:02:03.456', X'00', 'x'),
    (2, 3.5e0, 'äö', NULL, false, DECIMAL '-2.00', NULL, X'0102', 'x'),
    (NULL, 2e0, NULL, DATE '2024-03-01', true, NULL, TIMESTAMP '1969-12-31 23:59:59.000', NULL, 'y')
"""
NAMES = ["i", "d", "s", "dt", "b", "de", "ts", "bi"]
FOUND = {
    "i": ("LONG", {"MinimumValue": 1, "MaximumValue": 2, "NumberOfNulls": 1, "NumberOfDistinctValues": 2}),
    "d": ("DOUBLE", {"MinimumValue": 1.5, "MaximumValue": 3.5, "NumberOfNulls": 0, "NumberOfDistinctValues": 3}),
    "s": (
        "STRING",
        {"MaximumLength": 4, "AverageLength": 2.5, "NumberOfNulls": 1, "NumberOfDistinctValues": 2},
    ),
    "dt": (
        "DATE",
        {
            "MinimumValue": datetime(2024, 1, 1, tzinfo=UTC),
            "MaximumValue": datetime(2024, 3, 1, tzinfo=UTC),
            "NumberOfNulls": 1,
            "NumberOfDistinctValues": 2,
        },
    ),
    "b": ("BOOLEAN", {"NumberOfTrues": 2, "NumberOfFalses": 1, "NumberOfNulls": 0}),
    "de": (
        "DECIMAL",
        {
            "MinimumValue": {"UnscaledValue": (-200).to_bytes(2, "big", signed=True), "Scale": 2},
            "MaximumValue": {"UnscaledValue": (150).to_bytes(2, "big", signed=True), "Scale": 2},
            "NumberOfNulls": 1,
            "NumberOfDistinctValues": 2,
        },
    ),
    "ts": (
        "LONG",
        {
            "MinimumValue": -1_000_000,
            "MaximumValue": 1_704_070_923_456_000,
            "NumberOfNulls": 1,
            "NumberOfDistinctValues": 2,
        },
    ),
    "bi": ("BINARY", {"MaximumLength": 2, "AverageLength": 1.5, "NumberOfNulls": 1}),
}


@pytest.fixture
def glue(lake: Lake) -> Checked:
    lake.home.scheduler.set(NOW)
    lake.sql("CREATE SCHEMA db")
    names = ", ".join([*NAMES, "k"])
    lake.sql(
        "CREATE TABLE db.t WITH (external_location = 's3://lake/t/', partitioned_by = ARRAY['k'])"
        f" AS SELECT * FROM (VALUES {ROWS}) AS t ({names})"
    )
    return Checked(lake.glue)


def data(type_: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"Type": type_, f"{type_.title()}ColumnStatisticsData": values}


def told(name: str, column_type: str, type_: str, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "ColumnName": name,
        "ColumnType": column_type,
        "AnalyzedTime": NOW,
        "StatisticsData": data(type_, values),
    }


def longs(low: int, high: int, distinct: int, nulls: int = 0) -> dict[str, Any]:
    return {"MinimumValue": low, "MaximumValue": high, "NumberOfNulls": nulls, "NumberOfDistinctValues": distinct}


def known(glue: Checked, *names: str) -> dict[str, dict[str, Any]]:
    answer = glue.get_column_statistics_for_table(**T, ColumnNames=list(names))
    return {one["ColumnName"]: one for one in answer["ColumnStatisticsList"]}


def test_what_analyze_found_is_seen_by_the_operations(lake: Lake, glue: Checked) -> None:
    lake.sql("ANALYZE db.t")
    answer = glue.get_column_statistics_for_table(**T, ColumnNames=[*NAMES[:7], "BI", "k"])
    assert {one["ColumnName"]: one["StatisticsData"] for one in answer["ColumnStatisticsList"]} == {
        name: data(*found) for name, found in FOUND.items()
    }
    assert {one["AnalyzedTime"] for one in answer["ColumnStatisticsList"]} == {NOW}
    assert [one["ColumnType"] for one in answer["ColumnStatisticsList"]][:3] == ["int", "double", "varchar(2)"]
    assert answer["Errors"] == [
        {
            "ColumnName": "k",
            "Error": {
                "ErrorCode": "EntityNotFoundException",
                "ErrorMessage": "Statistics of column k not found.",
            },
        }
    ]
    (of_x,) = glue.get_column_statistics_for_partition(**T, PartitionValues=["x"], ColumnNames=["i"])[
        "ColumnStatisticsList"
    ]
    assert of_x["StatisticsData"] == data("LONG", longs(1, 2, 2))


def test_what_is_told_is_what_show_stats_shows(lake: Lake, glue: Checked) -> None:
    statistics = [
        told("i", "int", "LONG", longs(-5, 1000, 900)),
        told("B", "boolean", "BOOLEAN", {"NumberOfTrues": 600, "NumberOfFalses": 300, "NumberOfNulls": 100}),
        told("s", "string", "STRING", FOUND["s"][1]),
        told("de", "decimal(3,2)", "DECIMAL", FOUND["de"][1]),
        told("dt", "date", "DATE", FOUND["dt"][1]),
    ]
    assert glue.update_column_statistics_for_table(**T, ColumnStatisticsList=statistics)["Errors"] == []
    shown = {row[0]: row[1:] for row in lake.sql("SHOW STATS FOR db.t")}
    assert shown["i"] == (None, 900.0, 0.0, None, "-5", "1000")
    assert shown["b"] == (None, None, 0.1, None, None, None)
    assert shown["s"] == (2.5 * 999, 2.0, 0.001, None, None, None)
    assert shown["de"][4:] == ("-2.00", "1.50")
    assert shown["dt"][4:] == ("2024-01-01", "2024-03-01")
    assert shown[None] == (None, None, None, 1000.0, None, None)
    assert {name: one["StatisticsData"] for name, one in known(glue, "s", "de", "dt").items()} == {
        name: data(*FOUND[name]) for name in ("s", "de", "dt")
    }
    assert lake.sql("SELECT is_stale FROM system.lake.statistics WHERE table_schema = 'db' AND column_name = 'i'") == [
        (None,)
    ]


def test_without_the_number_of_rows_less_is_known(lake: Lake, glue: Checked) -> None:
    glue.update_column_statistics_for_table(**T, ColumnStatisticsList=[told("i", "int", "LONG", longs(1, 9, 3, 4))])
    shown = {row[0]: row[1:] for row in lake.sql("SHOW STATS FOR db.t")}
    assert shown["i"] == (None, 3.0, None, None, "1", "9")
    assert shown[None] == (None, None, None, None, None, None)
    lake.sql("ANALYZE db.t WITH (columns = ARRAY['d'])")
    assert {row[0]: row[3:] for row in lake.sql("SHOW STATS FOR db.t")}[None][1] == 3.0


def test_what_is_told_changes_what_was_found(lake: Lake, glue: Checked) -> None:
    lake.sql("CALL glue.system.compute_column_statistics('db', 't')")
    glue.update_column_statistics_for_table(**T, ColumnStatisticsList=[told("i", "int", "LONG", longs(0, 7, 5))])
    assert known(glue, "i")["i"]["StatisticsData"] == data("LONG", longs(0, 7, 5))
    assert known(glue, "d")["d"]["StatisticsData"] == data(*FOUND["d"])
    x = {"PartitionValues": ["x"]}
    glue.update_column_statistics_for_partition(
        **T, **x, ColumnStatisticsList=[told("i", "int", "LONG", longs(3, 4, 2))]
    )
    (of_x,) = glue.get_column_statistics_for_partition(**T, **x, ColumnNames=["i"])["ColumnStatisticsList"]
    assert of_x["StatisticsData"] == data("LONG", longs(3, 4, 2))
    glue.delete_column_statistics_for_table(**T, ColumnName="I")
    assert list(known(glue, "i", "d")) == ["d"]
    glue.delete_column_statistics_for_partition(**T, **x, ColumnName="i")
    assert glue.get_column_statistics_for_partition(**T, **x, ColumnNames=["i"])["ColumnStatisticsList"] == []
    assert refused(glue.delete_column_statistics_for_table, **T, ColumnName="i") == (
        "EntityNotFoundException",
        "Statistics of column i not found.",
    )


@pytest.mark.usefixtures("glue")
def test_some_columns_of_some_partitions_are_computed(lake: Lake) -> None:
    lake.sql("CALL glue.system.compute_column_statistics('db', 't', ARRAY['i'], ARRAY[ARRAY['y']])")
    assert lake.sql(
        "SELECT partition, column_name, rows, nulls FROM system.lake.statistics WHERE table_schema = 'db'"
    ) == [("k=y", "i", 1, 1)]


def test_what_cannot_be_told_is_said(glue: Checked) -> None:
    wrong = [
        told("x", "int", "LONG", longs(1, 2, 2)),
        told("k", "string", "STRING", FOUND["s"][1]),
        told("s", "string", "LONG", longs(1, 2, 2)),
        {**told("i", "int", "LONG", longs(1, 2, 2)), "StatisticsData": {"Type": "LONG"}},
    ]
    good = told("i", "int", "LONG", longs(1, 2, 2))
    errors = glue.update_column_statistics_for_table(**T, ColumnStatisticsList=[*wrong, good])["Errors"]
    assert [one["ColumnStatistics"] for one in errors] == wrong
    assert {one["Error"]["ErrorCode"] for one in errors} == {"InvalidInputException"}
    assert list(known(glue, "i", "s")) == ["i"]
    missing = ("EntityNotFoundException", "Cannot find partition.")
    z = {"PartitionValues": ["z"]}
    assert refused(glue.get_column_statistics_for_partition, **T, **z, ColumnNames=["i"]) == missing
    assert refused(glue.update_column_statistics_for_partition, **T, **z, ColumnStatisticsList=[good]) == missing
    nothing = {**T, "TableName": "x"}
    assert refused(glue.get_column_statistics_for_table, **nothing, ColumnNames=["i"]) == (
        "EntityNotFoundException",
        "Table x not found.",
    )


def test_planning_believes_what_is_told(lake: Lake, glue: Checked) -> None:
    """The larger table is read on the right: which one that is, nobody but who told it knows."""
    lake.sql("CREATE TABLE db.u WITH (external_location = 's3://lake/u/') AS SELECT 1 AS i, true AS b")
    for large, small in (("t", "u"), ("u", "t")):
        for name, rows in ((large, 1_000_000), (small, 10)):
            booleans = {"NumberOfTrues": rows, "NumberOfFalses": 0, "NumberOfNulls": 0}
            statistics = [
                told("b", "boolean", "BOOLEAN", booleans),
                told("i", "int", "LONG", longs(1, rows, rows)),
            ]
            glue.update_column_statistics_for_table(DatabaseName="db", TableName=name, ColumnStatisticsList=statistics)
        for order in ("db.t AS a JOIN db.u AS c", "db.u AS c JOIN db.t AS a"):
            (text,) = zip(*lake.sql(f"EXPLAIN SELECT count(*) FROM {order} ON a.i = c.i"), strict=True)
            assert re.findall(r"TableScan\[awsdatacatalog:db\.(\w)\]", "\n".join(text)) == [small, large]


# Runs ---------------------------------------------------------------------------------------------------


def test_a_run_finds_what_analyze_finds(lake: Lake, glue: Checked) -> None:
    run_id = glue.start_column_statistics_task_run(
        **T, Role="arn:aws:iam::1:role/r", ColumnNameList=["i", "S"], SampleSize=50.0
    )["ColumnStatisticsTaskRunId"]
    run = glue.get_column_statistics_task_run(ColumnStatisticsTaskRunId=run_id)["ColumnStatisticsTaskRun"]
    assert run == {
        "CustomerId": "123456789012",
        "ColumnStatisticsTaskRunId": run_id,
        **T,
        "ColumnNameList": ["i", "S"],
        "CatalogID": "123456789012",
        "Role": "arn:aws:iam::1:role/r",
        "SampleSize": 50.0,
        "ComputationType": "FULL",
        "Status": "SUCCEEDED",
        "CreationTime": NOW,
        "LastUpdated": NOW,
        "StartTime": NOW,
        "EndTime": NOW,
    }
    assert {name: one["StatisticsData"] for name, one in known(glue, "i", "s", "d").items()} == {
        name: data(*FOUND[name]) for name in ("i", "s")
    }
    assert lake.sql("SELECT count(*) FROM glue.system.column_statistics WHERE partition IS NOT NULL") == [(4,)]


def test_runs_are_listed_and_say_why_they_failed(glue: Checked) -> None:
    ids = [
        glue.start_column_statistics_task_run(**T, Role="r", ColumnNameList=[name])["ColumnStatisticsTaskRunId"]
        for name in ("i", "nothing")
    ]
    failed, done = glue.get_column_statistics_task_runs(**T)["ColumnStatisticsTaskRuns"][:2]
    assert [done["ColumnStatisticsTaskRunId"], failed["ColumnStatisticsTaskRunId"]] == ids
    assert (done["Status"], failed["Status"]) == ("SUCCEEDED", "FAILED")
    assert "Invalid columns specified for analysis: [nothing]" in failed["ErrorMessage"]
    first = glue.list_column_statistics_task_runs(MaxResults=1)
    assert first["ColumnStatisticsTaskRunIds"] == ids[1:]
    assert ids[0] in glue.list_column_statistics_task_runs(NextToken=first["NextToken"])["ColumnStatisticsTaskRunIds"]
    assert refused(glue.stop_column_statistics_task_run, **T)[0] == "ColumnStatisticsTaskNotRunningException"
    assert refused(glue.get_column_statistics_task_run, ColumnStatisticsTaskRunId="x")[0] == "EntityNotFoundException"
    missing = {"DatabaseName": "db", "TableName": "x"}
    assert refused(glue.start_column_statistics_task_run, **missing, Role="r")[0] == "EntityNotFoundException"


def test_one_run_of_a_table_at_a_time(lake: Lake, glue: Checked) -> None:
    """A run is stopped while it waits for its turn: other tasks of the home may be in front of it."""
    connector = lake.home.catalogs.connector("glue")
    run = Run("waiting", "db", "t", None, "r", None, None, "STARTING", NOW)
    assert connector._statistics_runs.add(run)
    assert refused(glue.start_column_statistics_task_run, **T, Role="r")[0] == "ColumnStatisticsTaskRunningException"
    glue.stop_column_statistics_task_run(**T)
    stopped = glue.get_column_statistics_task_run(ColumnStatisticsTaskRunId="waiting")["ColumnStatisticsTaskRun"]
    assert stopped["Status"] == "STOPPED"
    assert connector._statistics_runs.begin("waiting", NOW) is None
    glue.start_column_statistics_task_run(**T, Role="r")
    assert len(known(glue, *NAMES)) == len(NAMES)


def test_a_run_that_is_stopped_ends_its_statement(lake: Lake, glue: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = []

    def stopping(_home: Home, text: str, began: Callable[[Callable[[], None]], None]) -> None:
        """A statement that somebody stops from elsewhere while it runs."""
        began(lambda: stopped.append(text))
        glue.stop_column_statistics_task_run(**T)
        raise cancelled()

    monkeypatch.setattr(runner, "run_statement", stopping)
    run_id = glue.start_column_statistics_task_run(**T, Role="r")["ColumnStatisticsTaskRunId"]
    run = glue.get_column_statistics_task_run(ColumnStatisticsTaskRunId=run_id)["ColumnStatisticsTaskRun"]
    assert (run["Status"], run.get("ErrorMessage")) == ("STOPPED", None)
    assert stopped == ['ANALYZE awsdatacatalog."db"."t"']
    assert lake.sql("SELECT count(*) FROM glue.system.column_statistics") == [(0,)]
