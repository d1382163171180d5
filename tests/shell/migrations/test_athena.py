"""The same files on a workgroup of Athena, through boto3 against a stub that holds requests against AWS's model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from owlake.catalog.migration_runs import Action, RunState
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
from owlake_shell.main import main
from owlake_shell.migrations import Runner, drift, plan, read_project
from owlake_shell.migrations import athena_target as module
from owlake_shell.migrations.athena_target import AthenaTarget
from owlake_shell.migrations.settings import AthenaSettings
from tests.s3_server import ask
from tests.shell.migrations.athena_stub import AthenaStub
from tests.shell.migrations.conftest import CREATE_EVENTS, DAILY, Write

SETTINGS = AthenaSettings(history="s3://ops/migrations/", workgroup="etl", output="s3://ops/results/")
RUNS = "migrations/runs/"
LOCK = "migrations/lock.json"


@dataclass
class World:
    """A target over the stub, the stub, S3, and how long it was waited."""

    folder: Path
    target: AthenaTarget
    stub: AthenaStub
    s3: Any
    waits: list[float]

    @property
    def runner(self) -> Runner:
        return Runner(read_project(self.folder), self.target)

    def again(self) -> AthenaTarget:
        """The workgroup as another process sees it."""
        return AthenaTarget(SETTINGS, {"athena": self.target._athena, "s3": self.s3, "glue": self.target._glue})

    def started(self) -> list[str]:
        return [request["QueryString"] for name, request in self.stub.calls if name == "StartQueryExecution"]

    def files(self) -> list[str]:
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket="ops").get("Contents", [])]


@pytest.fixture(scope="module")
def clients(s3_server: str) -> Iterator[dict[str, Any]]:
    """boto3's clients, which take their time to be made."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    made = {name: boto3.client(name, endpoint_url=s3_server, **keys) for name in ("athena", "s3", "glue")}
    yield made
    for client in made.values():
        client.close()


@pytest.fixture
def world(
    s3_server: str, clients: dict[str, Any], tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    ask(s3_server, "POST", "/moto-api/reset")
    for name, value in (("ENDPOINT", s3_server), ("ACCESS_KEY", "test"), ("SECRET_KEY", "test")):
        monkeypatch.setenv(f"OWLAKE_S3_{name}", value)
    for bucket in ("ops", "raw", "athena-query-results"):
        clients["s3"].create_bucket(Bucket=bucket)
    with Home.open(tmp_path / "athena") as home, Session(home) as session:
        stub = AthenaStub(session)
        waits: list[float] = []
        with stub.answering(clients["athena"], clients["glue"]):
            yield World(folder, AthenaTarget(SETTINGS, clients, waits.append), stub, clients["s3"], waits)


def test_statements_run_in_the_workgroup_one_after_the_other(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    write("0002_daily.sql", DAILY)
    runs = world.runner.up()
    assert [(run.migration, run.state) for run in runs] == [
        ("0001_create_events", RunState.SUCCEEDED),
        ("0002_daily", RunState.SUCCEEDED),
    ]
    history, *statements = world.started()
    assert history.startswith("CREATE EXTERNAL TABLE IF NOT EXISTS default.owlake_migrations (")
    assert statements == [statement.text for run in runs for statement in run.statements]
    request = next(request for name, request in world.stub.calls if name == "StartQueryExecution")
    assert request["WorkGroup"] == "etl"
    assert request["QueryExecutionContext"] == {"Catalog": "AwsDataCatalog", "Database": "default"}
    assert request["ResultConfiguration"] == {"OutputLocation": "s3://ops/results/"}
    assert [one.query_id in world.stub.executions for run in runs for one in run.statements] == [True] * 5
    assert world.runner.up() == []
    assert LOCK not in world.files()


def test_executions_are_asked_for_less_and_less_often(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    world.runner.up()
    assert world.waits == pytest.approx([0.1, 0.15] * 3)
    world.waits.clear()
    execution = next(iter(world.stub.executions.values()))
    execution.states = ["RUNNING"] * 20
    world.target._wait(execution.id)
    assert world.waits[:3] == pytest.approx([0.1, 0.15, 0.225])
    assert max(world.waits) == world.waits[-1] == 5.0


def test_the_history_comes_back_as_it_was_written(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    runs = world.runner.up()
    assert world.again().runs() == runs
    assert [key.rpartition("-")[0] for key in world.files()] == [f"{RUNS}00000001"]


def test_the_history_is_a_table(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    (run,) = world.runner.up()
    found = world.stub.session.execute(
        "SELECT migration, h.state, h.started, seconds, number, took_effect, text FROM default.owlake_migrations AS h"
        " CROSS JOIN UNNEST(statements)"
        " AS s (number, line, text, state, took_effect, query_id, started, completed, error)"
        " ORDER BY number"
    ).table()
    rows = [list(row.values()) for row in found.to_pylist()]
    assert [(row[0], row[1], *row[4:]) for row in rows] == [
        ("0001_create_events", "SUCCEEDED", one.number, True, one.text) for one in run.statements
    ]
    assert rows[0][2] == run.started.replace(tzinfo=None)
    assert rows[0][3] == run.seconds


def test_a_failure_says_which_statements_took_effect_and_repair_goes_on(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    path = write(
        "0002_more.sql", "-- intent: x\n\nCREATE DATABASE more;\nDROP TABLE lake.nothing;\nCREATE DATABASE last;"
    )
    with pytest.raises(OwlakeError) as failed:
        world.runner.up()
    assert failed.value.code == "MIGRATION_FAILED"
    assert failed.value.message.splitlines()[1:] == [
        "Took effect: 1 (line 3): CREATE DATABASE more",
        "Did not: 2 (line 4): DROP TABLE lake.nothing",
        "Did not: 3 (line 5): CREATE DATABASE last",
    ]
    assert "Table not found lake.nothing" in failed.value.message
    world.stub.calls.clear()
    path.write_text(path.read_text().replace("DROP TABLE", "DROP TABLE IF EXISTS"))
    (run,) = world.runner.repair()
    assert run.state is RunState.SUCCEEDED
    assert world.started() == ["DROP TABLE IF EXISTS lake.nothing", "CREATE DATABASE last"]


def test_of_a_failed_insert_nobody_can_tell(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    write("0002_daily.sql", DAILY.replace("'b', 2", "'b', 1 / (clicks - 1) FROM lake.daily"))
    with pytest.raises(OwlakeError, match="DIVISION_BY_ZERO") as failed:
        world.runner.up()
    assert "Nobody can tell: 2 (line 5): INSERT INTO lake.daily" in failed.value.message
    with pytest.raises(OwlakeError, match="nobody can tell whether statement 2 took effect") as refused:
        world.runner.repair()
    assert "--from 2` (run it again) or `--from 3` (it is done)" in (refused.value.hint or "")
    (run,) = world.runner.repair(from_statement=3)
    assert run.state is RunState.SUCCEEDED


def test_what_athena_refuses_has_not_taken_effect(world: World, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("0001_a.sql", "-- intent: x\n\nCREATE DATABASE fine;\nCREATE DATABASE odd;")

    def refusing(text: str) -> Any:
        if "odd" in text:
            raise OwlakeError("MALFORMED_QUERY", "Queries of this type are not supported", bare=True)
        return parse(text)

    from owlake.dialect.parser import parse  # noqa: PLC0415

    monkeypatch.setattr("tests.shell.migrations.athena_stub.parse", refusing)
    with pytest.raises(OwlakeError) as failed:
        world.runner.up()
    text = "statement 2 of 2 failed: InvalidRequestException: Queries of this type are not supported"
    assert text in failed.value.message
    assert "Did not: 2 (line 4): CREATE DATABASE odd" in failed.value.message


def test_a_call_that_is_sent_twice_runs_once(world: World, write: Write) -> None:
    write("0001_a.sql", "-- intent: x\n\nCREATE DATABASE once;")
    (run,) = world.runner.up()
    token = f"owlake-{run.id}-000001"
    assert world.stub.tokens[token] == run.statements[0].query_id
    assert world.target._start("CREATE DATABASE once", token) == run.statements[0].query_id
    assert [one.final for one in world.stub.executions.values()] == ["SUCCEEDED", "SUCCEEDED"]


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("is_known", [True, False], ids=["its id was written", "its id was not written"])
@pytest.mark.parametrize("statement", [1, 2])
def test_after_a_crash_repair_asks_what_became_of_the_statement(
    world: World, write: Write, monkeypatch: pytest.MonkeyPatch, statement: int, is_known: bool
) -> None:
    write("0001_a.sql", "-- intent: x\n\nCREATE DATABASE a;\nCREATE DATABASE b;\nCREATE DATABASE c;")
    _die_at(world, monkeypatch, statement, after_the_id=is_known)
    refused = Runner(read_project(world.folder), world.again())
    with pytest.raises(OwlakeError) as locked:
        refused.up()
    assert locked.value.code == "MIGRATION_LOCKED"
    assert "owlake migrate repair --unlock" in (locked.value.hint or "")
    (run,) = refused.ledger().last.values()
    assert run.state is RunState.RUNNING
    assert (run.statements[statement - 1].query_id is not None) is is_known
    refused.target.break_lock()
    with pytest.raises(OwlakeError, match=f"0001_a was interrupted at statement {statement} of 3"):
        refused.up()
    world.stub.calls.clear()
    (repaired,) = refused.repair()
    assert repaired.state is RunState.SUCCEEDED
    assert world.started() == [f"CREATE DATABASE {name}" for name in "abc"[statement:]]
    assert repaired.statements[statement - 1].query_id in world.stub.executions


def test_a_statement_that_was_never_started_is_run_by_repair(
    world: World, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("0001_a.sql", "-- intent: x\n\nCREATE DATABASE a;\nCREATE DATABASE b;")

    def dying(*_: object) -> str:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(world.target, "_start", dying)
        patch.setattr(world.target, "_create_history_table", lambda: None)
        with pytest.raises(Died):
            world.runner.up()
    assert world.started() == []
    (run,) = world.runner.repair()
    assert world.started()[-2:] == ["CREATE DATABASE a", "CREATE DATABASE b"]
    assert run.state is RunState.SUCCEEDED


def _die_at(world: World, monkeypatch: pytest.MonkeyPatch, statement: int, *, after_the_id: bool) -> None:
    """The process ends when the statement has been started, and takes no lock with it."""
    name = "abc"[statement - 1]
    start, wait = world.target._start, world.target._wait

    def starting(text: str, token: str) -> str:
        query_id = start(text, token)
        if text == f"CREATE DATABASE {name}" and not after_the_id:
            raise Died
        return query_id

    def waiting(query_id: str) -> Any:
        if world.stub.executions[query_id].request["QueryString"] == f"CREATE DATABASE {name}":
            raise Died
        return wait(query_id)

    with monkeypatch.context() as patch:
        patch.setattr(world.target, "_start", starting)
        patch.setattr(world.target, "_wait", waiting)
        patch.setattr(world.target._history, "release", lambda: None)
        with pytest.raises(Died):
            world.runner.up()


def test_ctrl_c_stops_the_statement(world: World, write: Write) -> None:
    write("0001_a.sql", "-- intent: x\n\nCREATE DATABASE a;\nCREATE DATABASE b;")
    world.runner.up(to=None)
    write("0002_b.sql", "-- intent: x\n\nCREATE DATABASE c;\nCREATE DATABASE d;")

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    world.target._sleep = interrupted
    with pytest.raises(OwlakeError, match="statement 1 of 2 failed: USER_CANCELED: Query cancelled by user"):
        world.runner.up()
    assert [name for name, _ in world.stub.calls if name == "StopQueryExecution"] == ["StopQueryExecution"]


def test_the_lock_names_its_holder_and_goes(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    holder = {"principal": "alice", "process": "laptop:42", "command": "up", "since": "2026-01-02 03:04:05.000"}
    world.s3.put_object(Bucket="ops", Key=LOCK, Body=json.dumps(holder).encode())
    with pytest.raises(OwlakeError) as locked:
        world.runner.up()
    assert locked.value.message == (
        "alice runs `owlake migrate up` since 2026-01-02 03:04:05 UTC, in process laptop:42"
    )
    assert world.started() == []
    world.target.break_lock()
    assert len(world.runner.up()) == 1


def test_a_lock_that_was_broken_is_left_to_who_has_it_now(world: World) -> None:
    with world.target.lock("up"):
        world.again().break_lock()
        with world.again().lock("down"), pytest.raises(OwlakeError, match="runs `owlake migrate down`"):
            world.target._history.acquire("up", world.target.now())
        world.s3.put_object(Bucket="ops", Key=LOCK, Body=b'{"principal": "bob"}')
    assert LOCK in world.files()


def test_down_baseline_and_marks(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    assert [run.state for run in world.runner.baseline(1)] == [RunState.MARKED]
    assert world.runner.up() == []
    assert world.runner.mark("0001", Action.DOWN).state is RunState.MARKED
    assert [run.state for run in world.runner.up()] == [RunState.SUCCEEDED]
    assert [run.action for run in world.runner.down()] == [Action.DOWN]
    assert len(world.again().runs()) == 4


def test_a_plan_runs_nothing(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    (planned,) = plan(world.runner.ledger().steps_up(), world.target)
    assert [one.change for one in planned.statements] == [
        "creates database lake",
        "creates table lake.events: 2 columns, partitioned by dt, at s3://raw/events/",
    ]
    assert world.started() == []


def test_drift_is_seen_in_glue(world: World, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    write("0002_daily.sql", DAILY)
    write("R__v.sql", "-- intent: v\n\nCREATE OR REPLACE VIEW lake.v AS SELECT url FROM lake.daily;")
    world.runner.up()
    # The history's own table is left out by the settings of the environment.
    write("environments.toml", 'default = "prod"\n[environments.prod.athena]\nhistory = "s3://ops/migrations/"')
    project = read_project(world.folder)
    assert drift(Runner(project, world.target).ledger(), world.target) == []
    world.stub.session.execute("ALTER TABLE lake.events ADD COLUMNS (referrer string)")
    world.stub.session.execute("ALTER TABLE lake.events DROP PARTITION (dt = '2026-01-01')")
    found = drift(Runner(project, world.target).ledger(), world.target)
    assert list(map(str, found)) == [
        "table lake.events: column referrer is there, and no migration made it",
        "table lake.events: partition (dt=2026-01-01) is missing (s3://raw/events/dt=2026-01-01)",
    ]


def test_a_history_table_that_cannot_be_made_is_said(world: World, write: Write) -> None:
    write("0001_a.sql", "-- intent: x\n\nCREATE DATABASE a;")
    settings = AthenaSettings(history=SETTINGS.history, history_table="nowhere.history")
    clients = {"athena": world.target._athena, "s3": world.s3, "glue": world.target._glue}
    with pytest.raises(OwlakeError, match=r"The table nowhere\.history cannot be made: ") as refused:
        Runner(read_project(world.folder), AthenaTarget(settings, clients, world.waits.append)).up()
    assert 'history_table = ""' in (refused.value.hint or "")
    without = AthenaSettings(history=SETTINGS.history, history_table="")
    assert len(Runner(read_project(world.folder), AthenaTarget(without, clients, world.waits.append)).up()) == 1


def test_the_command_line_runs_on_the_workgroup_of_its_environment(
    world: World, write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    write(
        "environments.toml",
        '[environments.prod.athena]\nworkgroup = "etl"\nhistory = "s3://ops/migrations/"\n',
    )
    opened: list[AthenaSettings] = []

    def opening(settings: AthenaSettings, database: str | None) -> AthenaTarget:
        opened.append(settings)
        assert database is None
        return world.target

    monkeypatch.setattr(module, "open_athena", opening)
    run: Callable[..., int] = lambda *words: main(  # noqa: E731
        ["migrate", *words, "--folder", str(world.folder), "--environment", "prod"]
    )
    assert run("up") == 0
    assert capsys.readouterr().out.startswith("0001_create_events: applied, 2 statements, ")
    assert run("status", "--json") == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["target"], status["environment"]) == ("workgroup etl of Athena", "prod")
    assert opened[0] == AthenaSettings(history="s3://ops/migrations/", workgroup="etl")


def test_what_aws_refuses_is_an_error_of_ours(world: World, write: Write) -> None:
    write("0001_a.sql", "-- intent: x\n\nCREATE DATABASE a;")
    settings = AthenaSettings(history="s3://no-such-bucket/x/")
    target = AthenaTarget(settings, {"athena": world.target._athena, "s3": world.s3, "glue": world.target._glue})
    with pytest.raises(OwlakeError, match=r"AWS: .*NoSuchBucket") as failed:
        Runner(read_project(world.folder), target).up()
    assert "credentials, region and network" in (failed.value.hint or "")


def test_clients_are_made_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    target = module.open_athena(AthenaSettings(history="s3://ops/x/", region="eu-central-1"), "lake")
    assert target.database == "lake"
    assert target._athena.meta.region_name == "eu-central-1"
    assert target._athena.meta.config.retries["mode"] == "standard"
