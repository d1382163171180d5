"""Workgroups: what they are, and what they make of the statements of their sessions."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import owlake
from owlake.catalog.migration import catalog_migrations, migrate
from owlake.dbapi import Connection
from owlake.home import Home
from owlake.queries.model import State
from owlake.queries.workgroup import (
    DataUsageLimit,
    EngineConfiguration,
    EngineVersion,
    ResultConfiguration,
    Tag,
    WorkGroupConfiguration,
)
from owlake.queries.workgroup_updates import ResultConfigurationUpdates, WorkGroupConfigurationUpdates
from owlake.session import Session
from tests.session.heavy import connect, statement

COPIES = 512
"""Of a table with 11 MB in the columns that are read: ten seconds of work and more."""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with connect(tmp_path_factory.mktemp("workgroups")) as opened:
        yield opened


def _in(home: Home, workgroup: str, **properties: object) -> Session:
    return Session(home, properties={"workgroup": workgroup, **properties})


# What they are ------------------------------------------------------------------------------------------


def test_every_home_has_primary_which_asks_nothing(home: Home) -> None:
    (primary,) = home.workgroups.list()
    assert (primary.name, primary.state, primary.description) == ("primary", "ENABLED", None)
    assert not primary.configuration.enforce_work_group_configuration
    assert primary.configuration.engine_version == EngineVersion("AUTO", "Athena engine version 3")


def test_primary_can_be_changed_but_neither_created_nor_deleted(home: Home) -> None:
    home.workgroups.update("primary", description="ours", state="DISABLED")
    assert home.workgroups.get("primary").description == "ours"
    with pytest.raises(owlake.Error, match="InvalidRequestException: primary workGroup could not be deleted"):
        home.workgroups.delete("primary", recursive=True)
    with pytest.raises(owlake.Error, match="InvalidRequestException: primary workGroup could not be created"):
        home.workgroups.create("primary")


def test_a_workgroup_is_kept_with_all_that_was_said(tmp_path: Path) -> None:
    configuration = WorkGroupConfiguration(
        ResultConfiguration("s3://results/etl/"),
        bytes_scanned_cutoff_per_query=10_000_000,
        requester_pays_enabled=True,
        engine_configuration=EngineConfiguration({"athena_strict": "true"}),
        data_usage_limits=[DataUsageLimit(5, 60, "CANCEL")],
    )
    with Home.open(tmp_path) as home:
        home.scheduler.set(datetime(2024, 2, 29, 12, tzinfo=UTC))
        home.workgroups.create("etl", configuration, "nightly", [Tag("team", "data"), Tag("bare")])
    with Home.open(tmp_path) as home:
        found = home.workgroups.get("etl")
        assert found.configuration == configuration
        assert found.creation_time == datetime(2024, 2, 29, 12, tzinfo=UTC)
        assert found.description == "nightly"
        assert home.workgroups.tags("etl") == (Tag("team", "data"), Tag("bare"))
        assert [one.name for one in home.workgroups.list()] == ["etl", "primary"]


def test_an_update_changes_what_it_names_and_removes_what_it_says(home: Home) -> None:
    home.workgroups.create(
        "etl", WorkGroupConfiguration(ResultConfiguration("s3://results/"), bytes_scanned_cutoff_per_query=20_000_000)
    )
    home.workgroups.update("etl", updates=WorkGroupConfigurationUpdates(requester_pays_enabled=True))
    changed = home.workgroups.get("etl").configuration
    assert changed.requester_pays_enabled
    assert changed.bytes_scanned_cutoff_per_query == 20_000_000
    assert changed.result_configuration.output_location == "s3://results/"
    updates = WorkGroupConfigurationUpdates(
        enforce_work_group_configuration=False,
        result_configuration_updates=ResultConfigurationUpdates(remove_output_location=True),
        remove_bytes_scanned_cutoff_per_query=True,
    )
    home.workgroups.update("etl", updates=updates)
    removed = home.workgroups.get("etl").configuration
    assert not removed.enforce_work_group_configuration
    assert removed.bytes_scanned_cutoff_per_query is None
    assert removed.result_configuration.output_location is None


@pytest.mark.parametrize("name", ["", "a b", "x" * 129, "ä", "a/b", "x\n"])
def test_names_are_letters_digits_dots_and_hyphens(home: Home, name: str) -> None:
    text = r"Value at 'name' failed to satisfy constraint: .* pattern: \[a-zA-Z0-9._-\]\{1,128\}"
    with pytest.raises(owlake.Error, match=text):
        home.workgroups.create(name)


@pytest.mark.parametrize(
    ("configuration", "text"),
    [
        (WorkGroupConfiguration(bytes_scanned_cutoff_per_query=9_999_999), "greater than or equal to 10000000"),
        (WorkGroupConfiguration(ResultConfiguration("results/")), r"outputLocation is not a valid S3 path\."),
        (WorkGroupConfiguration(ResultConfiguration("file:///tmp/")), r"outputLocation is not a valid S3 path\."),
        (WorkGroupConfiguration(engine_version=EngineVersion("Athena engine version 1")), "Invalid engine version"),
        (
            WorkGroupConfiguration(engine_configuration=EngineConfiguration({"athena_strikt": "true"})),
            "'athena_strikt' does not exist\nHint: Did you mean athena_strict",
        ),
        (
            WorkGroupConfiguration(engine_configuration=EngineConfiguration({"memory_limit": "1MB"})),
            "'memory_limit' cannot be '1MB'",
        ),
        (WorkGroupConfiguration(engine_configuration=EngineConfiguration({"workgroup": "x"})), "cannot choose"),
        (WorkGroupConfiguration(data_usage_limits=[DataUsageLimit(0, 5)]), "dataUsageLimits"),
    ],
)
def test_settings_that_cannot_hold_are_refused(home: Home, configuration: WorkGroupConfiguration, text: str) -> None:
    with pytest.raises(owlake.Error, match=f"InvalidRequestException: .*{text}"):
        home.workgroups.create("etl", configuration)
    assert [one.name for one in home.workgroups.list()] == ["primary"]


def test_a_name_is_taken_once_and_what_is_not_there_is_not_found(home: Home) -> None:
    home.workgroups.create("etl")
    with pytest.raises(owlake.Error, match="InvalidRequestException: WorkGroup is already created"):
        home.workgroups.create("etl")
    home.workgroups.create("ETL")
    for missing in (
        lambda: home.workgroups.get("x"),
        lambda: home.workgroups.tags("x"),
        lambda: home.workgroups.update("x", state="DISABLED"),
        lambda: home.workgroups.delete("x"),
    ):
        with pytest.raises(owlake.Error, match=r"InvalidRequestException: WorkGroup is not found\."):
            missing()


def test_a_workgroup_in_use_is_deleted_with_all_it_has_or_not_at_all(home: Home) -> None:
    for name in ("named", "prepared", "run"):
        home.workgroups.create(name)
    query = home.named_queries.create("q", "default", "SELECT 1", work_group="named")
    home.prepared_statements.create("p", "prepared", "SELECT ?")
    with _in(home, "run") as session:
        session.execute("SELECT 1").table()
    for name in ("named", "prepared", "run"):
        with pytest.raises(owlake.Error, match=f"InvalidRequestException: WorkGroup {name} is not empty"):
            home.workgroups.delete(name)
        home.workgroups.delete(name, recursive=True)
    assert [one.name for one in home.workgroups.list()] == ["primary"]
    assert home.named_queries.find([query]) == {}
    assert home.prepared_statements.list() == ()
    assert list(home.history.executions()) == []


def test_homes_from_before_keep_the_workgroups_of_their_prepared_statements(tmp_path: Path) -> None:
    Home.open(tmp_path).close()
    (tmp_path / "catalog.db").unlink()
    before = [one for one in catalog_migrations() if "workgroups" not in one.name]
    migrate(tmp_path / "catalog.db", [one for one in before if one.number < 4])
    with sqlite3.connect(tmp_path / "catalog.db") as catalog:
        catalog.execute("INSERT INTO prepared_statements VALUES ('etl', 'p', 'SELECT 1', 0)")
    catalog.close()
    with Home.open(tmp_path) as home, _in(home, "etl") as session:
        assert session.execute("EXECUTE p").table().num_rows == 1


# Who may run --------------------------------------------------------------------------------------------


def test_statements_in_no_workgroup_are_refused_and_leave_no_execution(home: Home) -> None:
    with _in(home, "nowhere") as session, pytest.raises(owlake.Error) as caught:
        session.execute("SELECT 1")
    assert (caught.value.code, str(caught.value)) == ("INVALID_INPUT", "WorkGroup is not found.")
    assert list(home.history.executions()) == []


def test_a_disabled_workgroup_runs_nothing_and_keeps_no_new_queries(home: Home) -> None:
    home.workgroups.create("etl")
    with _in(home, "etl") as session, Session(home) as other:
        home.workgroups.update("etl", state="DISABLED")
        with pytest.raises(owlake.Error, match=r"^WorkGroup etl is disabled$"):
            session.execute("SELECT 1")
        with pytest.raises(owlake.Error, match="InvalidRequestException: WorkGroup etl is disabled"):
            home.named_queries.create("q", "default", "SELECT 1", work_group="etl")
        other.execute("SELECT 1").table()
        home.workgroups.update("etl", state="ENABLED")
        assert session.execute("SELECT 1").table().num_rows == 1


# What holds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enforced", "own", "given", "location"),
    [
        (True, "s3://own/a", "s3://given/", "s3://own/a/"),
        (True, None, "s3://given", "s3://given/"),
        (True, None, None, None),
        (False, "s3://own/", "s3://given/b/", "s3://given/b/"),
        (False, "s3://own/", None, "s3://own/"),
        (False, None, None, None),
    ],
)
def test_results_go_where_the_workgroup_or_else_the_client_says(
    home: Home, enforced: bool, own: str | None, given: str | None, location: str | None
) -> None:
    settings = WorkGroupConfiguration(ResultConfiguration(own), enforce_work_group_configuration=enforced)
    home.workgroups.create("etl", settings)
    with _in(home, "etl", output_location=given) as session:
        execution = session.execute("SELECT 1").execution
        assert execution.output_location == ("" if location is None else f"{location}{execution.id}.csv")


def test_tables_without_a_place_go_among_the_results(home: Home) -> None:
    home.workgroups.create("etl", WorkGroupConfiguration(ResultConfiguration("s3://own/etl/")))
    with _in(home, "etl") as session:
        execution = session.execute("CREATE TABLE t AS SELECT 1 AS a").execution
        with home.metastore.read() as reader:
            table = reader.find_table("default", "t")
        assert table is not None
        assert table.storage.location == f"s3://own/etl/tables/{execution.id}"
        with pytest.raises(owlake.Error, match="enforces a centralized output location for all queries"):
            session.execute("CREATE TABLE u WITH (external_location = 's3://own/u/') AS SELECT 1 AS a")
    home.workgroups.update("etl", updates=WorkGroupConfigurationUpdates(enforce_work_group_configuration=False))
    with _in(home, "etl") as session:
        session.execute("CREATE TABLE u WITH (external_location = 's3://own/u/') AS SELECT 1 AS a")


@pytest.mark.parametrize(("enforced", "type_"), [(True, "decimal(2,1)"), (False, "double")])
def test_engine_properties_win_over_the_sessions_where_they_are_enforced(
    home: Home, enforced: bool, type_: str
) -> None:
    settings = WorkGroupConfiguration(
        enforce_work_group_configuration=enforced,
        engine_configuration=EngineConfiguration({"parse_decimal_literals_as_double": "false"}),
    )
    home.workgroups.create("etl", settings)
    with _in(home, "etl", parse_decimal_literals_as_double=True) as session:
        assert session.execute("SELECT typeof(1.5)").table()[0].to_pylist() == [type_]
    with _in(home, "etl") as session:
        assert session.execute("SELECT typeof(1.5)").table()[0].to_pylist() == ["decimal(2,1)"]


def test_engine_properties_hold_for_the_next_statement(connection: Connection) -> None:
    home = connection.home
    home.workgroups.create("narrow")
    sql = "EXPLAIN ANALYZE VERBOSE SELECT k, count(*) FROM big GROUP BY k"
    with _in(home, "narrow", target_partitions=4) as session:
        kept = session.execute("SELECT id FROM big")
        assert kept.next() is not None
        assert "RepartitionExec" in str(session.execute(sql).table())
        engine = EngineConfiguration({"target_partitions": "1"})
        home.workgroups.update("narrow", updates=WorkGroupConfigurationUpdates(engine_configuration=engine))
        assert "RepartitionExec" not in str(session.execute(sql).table())
        rest = kept.table().num_rows
        assert 0 < rest < 1_000_000


# Bytes --------------------------------------------------------------------------------------------------


@pytest.fixture
def cutoff(connection: Connection) -> Iterator[Session]:
    home = connection.home
    home.workgroups.create("cutoff", WorkGroupConfiguration(bytes_scanned_cutoff_per_query=10_000_000))
    with _in(home, "cutoff") as session:
        yield session
    home.workgroups.delete("cutoff", recursive=True)


def _exceeded(session: Session, sql: str) -> int:
    with pytest.raises(owlake.OperationalError) as caught:
        session.execute(sql).table()
    assert (caught.value.code, str(caught.value)) == ("EXCEEDED_SCAN_LIMIT", "Bytes scanned limit was exceeded")
    (recorded,) = (one for one in session.history.executions() if one.query == sql)
    assert (recorded.state, recorded.state_change_reason) == (State.CANCELLED, "Bytes scanned limit was exceeded")
    assert recorded.bytes_scanned > 10_000_000
    # What was scanned is charged.
    assert recorded.cost > 10_000_000 / 1e12 * 5
    return recorded.bytes_scanned


def test_a_statement_that_gives_nothing_yet_is_cancelled_at_the_cutoff(cutoff: Session) -> None:
    with pytest.raises(owlake.OperationalError) as kept:
        cutoff.execute(statement("scan", COPIES)).table()
    deadline = time.monotonic() + 60
    assert kept.value.code == "EXCEEDED_SCAN_LIMIT"
    recorded = next(cutoff.history.executions())
    assert recorded.state is State.CANCELLED
    assert 10_000_000 < recorded.bytes_scanned < COPIES * 11_000_000 / 2
    # Neither the error nor its traceback keeps the query running.
    while not _is_silent():
        assert time.monotonic() < deadline


def _is_silent() -> bool:
    before = time.process_time()
    time.sleep(0.2)
    return time.process_time() - before < 0.05


def test_a_short_statement_is_cancelled_at_the_cutoff(cutoff: Session) -> None:
    _exceeded(cutoff, "SELECT sum(x) + sum(y) FROM big")


def test_rows_come_until_the_cutoff(cutoff: Session) -> None:
    _exceeded(cutoff, "SELECT * FROM big")


def test_a_statement_below_the_cutoff_is_not_touched(cutoff: Session) -> None:
    assert cutoff.execute("SELECT max(k) FROM big").table()[0].to_pylist() == [1023]


def test_what_is_cancelled_at_the_cutoff_writes_nothing(cutoff: Session) -> None:
    _exceeded(cutoff, "CREATE TABLE copy AS SELECT x, y, id FROM big")
    cutoff.execute("CREATE TABLE sorted WITH (partitioned_by = ARRAY['k']) AS SELECT x, k FROM big WHERE k < 2")
    before = cutoff.execute("SELECT count(*) FROM sorted").table()
    _exceeded(cutoff, "INSERT INTO sorted SELECT x + y, k % 3 FROM big")
    assert cutoff.execute("SELECT count(*) FROM sorted").table() == before
    with pytest.raises(owlake.Error, match="TABLE_NOT_FOUND"):
        cutoff.execute("SELECT 1 FROM copy")


def _usage(connection: Connection, action: str) -> Session:
    home = connection.home
    limits = [DataUsageLimit(20_000_000, 60, action)]  # type: ignore[arg-type]
    home.workgroups.create(action, WorkGroupConfiguration(data_usage_limits=limits))
    return _in(home, action)


def test_bytes_of_an_hour_raise_an_alarm_each_time_they_go_over_the_limit(connection: Connection) -> None:
    scheduler = connection.home.scheduler
    scheduler.set(datetime(2024, 2, 29, 12, tzinfo=UTC))
    sql = "SELECT sum(x) + sum(y) FROM big"
    with _usage(connection, "ALARM") as session:
        first = session.execute(sql)
        first.table()
        scanned = first.execution.bytes_scanned
        assert 10_000_000 < scanned < 20_000_000
        assert session.history.alarms() == []
        over = session.execute(sql)
        over.table()
        session.execute(sql).table()
        (alarm,) = session.history.alarms()
        assert (alarm.workgroup, alarm.bytes_limit, alarm.period_in_minutes) == ("ALARM", 20_000_000, 60)
        assert (alarm.query_id, alarm.bytes_scanned) == (over.execution.id, 2 * scanned)
        assert alarm.raised == datetime(2024, 2, 29, 12, tzinfo=UTC)
        scheduler.advance(timedelta(minutes=61))
        session.execute(sql).table()
        assert len(session.history.alarms()) == 1
        session.execute(sql).table()
        assert len(session.history.alarms()) == 2
    scheduler.reset()


def test_bytes_of_an_hour_cancel_where_the_workgroup_says_so(connection: Connection) -> None:
    scheduler = connection.home.scheduler
    scheduler.set(datetime(2024, 3, 1, 12, tzinfo=UTC))
    sql = "SELECT sum(x) + sum(y) FROM big"
    text = "^Bytes scanned limit of workgroup CANCEL was exceeded: 20000000 in 60 minutes$"
    with _usage(connection, "CANCEL") as session:
        session.execute(sql).table()
        for _ in range(2):
            with pytest.raises(owlake.OperationalError, match=text):
                session.execute(sql).table()
        # What scans nothing goes on.
        session.execute("SELECT 1").table()
        scheduler.advance(timedelta(minutes=61))
        session.execute(sql).table()
    scheduler.reset()


# Named queries and prepared statements ------------------------------------------------------------------


def test_named_queries_are_kept_changed_and_forgotten(home: Home) -> None:
    queries = home.named_queries
    first = queries.create("daily", "default", "SELECT 1", description="the first")
    second = queries.create("daily", "default", "SELECT 2")
    assert [one.named_query_id for one in queries.list("primary")] == [second, first]
    queries.update(first, "hourly", "SELECT 3")
    found = queries.get(first)
    assert (found.name, found.query_string, found.description) == ("hourly", "SELECT 3", "the first")
    queries.delete(first)
    for missing in (
        lambda: queries.get(first),
        lambda: queries.delete(first),
        lambda: queries.update(first, "x", "SELECT 1"),
    ):
        with pytest.raises(owlake.Error, match=f"InvalidRequestException: NamedQuery {first} was not found"):
            missing()


def test_the_same_request_makes_one_named_query(home: Home) -> None:
    token = "t" * 32
    first = home.named_queries.create("q", "d", "SELECT 1", client_request_token=token)
    assert home.named_queries.create("q", "d", "SELECT 1", client_request_token=token) == first
    with pytest.raises(owlake.Error, match="Idempotent parameters do not match"):
        home.named_queries.create("q", "d", "SELECT 2", client_request_token=token)


@pytest.mark.parametrize(
    ("name", "text"), [("", "greater than or equal to 1"), ("x" * 129, "less than or equal to 128")]
)
def test_names_of_named_queries_have_up_to_128_characters(home: Home, name: str, text: str) -> None:
    with pytest.raises(owlake.Error, match=f"Value at 'name' failed to satisfy constraint: .*{text}"):
        home.named_queries.create(name, "default", "SELECT 1")


def test_prepared_statements_of_sql_and_of_the_api_are_the_same(home: Home) -> None:
    statements = home.prepared_statements
    with Session(home) as session:
        session.execute("PREPARE one FROM SELECT ?")
        assert statements.get("one", "primary").query_statement == "SELECT ?"
        statements.update("one", "primary", "SELECT ? + 1", "adds")
        assert session.execute("EXECUTE one USING 1").table()[0].to_pylist() == [2]
        statements.delete("one", "primary")
        with pytest.raises(owlake.Error, match="NOT_FOUND: Prepared statement not found: one"):
            session.execute("EXECUTE one USING 1")
        statements.create("two", "primary", "SELECT 2")
        assert session.execute("EXECUTE two").table()[0].to_pylist() == [2]
    with pytest.raises(owlake.Error, match="ResourceNotFoundException: PreparedStatement one was not found"):
        statements.get("one", "primary")
    with pytest.raises(owlake.Error, match="InvalidRequestException: PreparedStatement two already exists"):
        statements.create("two", "primary", "SELECT 2")
