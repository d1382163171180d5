"""up, down, baseline, repair, status; what is refused, and what a failure says."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from owlake.catalog import migration
from owlake.catalog.migration_runs import LockHolder, MigrationRun, RunState
from owlake.catalog.times import from_microseconds
from owlake.home import Home
from owlake_shell.main import main
from owlake_shell.migrations import Runner, open_target, read_project
from tests.shell.conftest import Spawn
from tests.shell.migrations.conftest import CREATE_EVENTS, DAILY, Migrate, Sql, Write

BROKEN = DAILY.replace("INSERT INTO lake.daily", "INSERT INTO lake.dayly")

FAILURE = """\
MIGRATION_FAILED: migrations/0002_daily.sql:5: statement 2 of 3 failed: \
Table dayly not found in database lake
Took effect: 1 (line 4): CREATE TABLE lake.daily AS SELECT 'a' AS url, 1 AS clicks
Did not: 2 (line 5): INSERT INTO lake.dayly SELECT 'b', 2
Did not: 3 (line 6): ALTER TABLE lake.events ADD PARTITION (dt = '2026-01-01')
Hint: Correct the file from there on and run `owlake migrate repair`, which goes on after what took effect; \
or undo that by hand and run `owlake migrate repair 0002 --mark pending`
"""


@pytest.fixture
def events(write: Write) -> Path:
    return write("0001_create_events.sql", CREATE_EVENTS)


@pytest.fixture
def daily(write: Write, events: Path) -> Path:
    assert events.is_file()
    return write("0002_daily.sql", DAILY)


@pytest.fixture
def broken(write: Write, migrate: Migrate, events: Path) -> Path:
    """A migration that has failed at its second statement."""
    path = write("0002_daily.sql", BROKEN)
    assert events.is_file()
    assert migrate("up", "--create").status == 1
    return path


# Up and down --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("daily")
def test_up_runs_what_is_pending_and_nothing_twice(migrate: Migrate, sql: Sql) -> None:
    first = migrate("up", "--create", "--to", "1")
    assert (first.status, first.out) == (0, "0001_create_events: applied, 2 statements, 0.00 s\n")
    assert migrate("up").out == "0002_daily: applied, 3 statements, 0.00 s\n"
    assert migrate("up").out == "Nothing is to be done.\n"
    assert sql("SELECT url, clicks FROM lake.daily ORDER BY url") == [["a", 1], ["b", 2]]
    assert sql('SELECT dt FROM lake."events$partitions"') == [["2026-01-01"]]


@pytest.mark.usefixtures("daily")
def test_down_undoes_the_last_one_or_all_behind_a_number(migrate: Migrate, sql: Sql) -> None:
    migrate("up", "--create")
    assert migrate("down").out == "0002_daily: undone, 2 statements, 0.00 s\n"
    assert sql('SELECT dt FROM lake."events$partitions"') == []
    migrate("up")
    assert migrate("down", "--to", "0").out == (
        "0002_daily: undone, 2 statements, 0.00 s\n0001_create_events: undone, 2 statements, 0.00 s\n"
    )
    assert migrate("down").out == "Nothing is applied.\n"
    assert sql("SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'lake'") == []


@pytest.mark.usefixtures("daily")
def test_the_history_shows_who_ran_what_and_for_how_long(migrate: Migrate, sql: Sql) -> None:
    migrate("up", "--create")
    migrate("down")
    rows = sql(
        "SELECT migration, action, state, principal <> '', completed >= started, seconds > 0, statements_applied"
        " FROM system.migrations.history ORDER BY started"
    )
    assert rows == [
        ["0001_create_events", "UP", "SUCCEEDED", True, True, True, 2],
        ["0002_daily", "UP", "SUCCEEDED", True, True, True, 3],
        ["0002_daily", "DOWN", "SUCCEEDED", True, True, True, 2],
    ]
    joined = sql(
        "SELECT q.substatement_type FROM system.migrations.statements s"
        " JOIN system.runtime.queries q ON q.query_id = s.query_id WHERE s.migration = '0001_create_events'"
        " ORDER BY s.statement"
    )
    assert joined == [["CREATE_DATABASE"], ["CREATE_TABLE"]]


@pytest.mark.usefixtures("daily")
def test_status_shows_where_each_stands(migrate: Migrate, write: Write) -> None:
    write("0003_prod.sql", "-- intent: x\n-- environments: prod\n\nCREATE DATABASE only_prod;")
    write("0004_more.sql", "-- intent: x\n\nCREATE DATABASE more;")
    migrate("up", "--create", "--to", "1")
    migrate("repair", "0002", "--mark", "applied")
    lines = migrate("status").out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["0001_create_events", "0002_daily", "0003_prod", "0004_more"]
    states = ("applied ", "applied (marked)", "for prod only", "pending")
    assert [state in line for state, line in zip(states, lines[2:], strict=True)] == [True] * 4


@pytest.mark.usefixtures("daily")
def test_json_is_one_document(migrate: Migrate) -> None:
    ran = json.loads(migrate("up", "--create", "--json").out)
    assert [run["state"] for run in ran["runs"]] == ["SUCCEEDED", "SUCCEEDED"]
    status = json.loads(migrate("status", "--json").out)
    assert [one["state"] for one in status["migrations"]] == ["applied", "applied"]
    assert status["migrations"][1]["run"]["statements"][1]["took_effect"] is True
    assert json.loads(migrate("plan", "--json").out)["migrations"] == []
    assert json.loads(migrate("validate", "--json").out)["differences"] == []


@pytest.mark.usefixtures("events")
def test_migrations_of_other_environments_are_left_out(migrate: Migrate, write: Write, sql: Sql) -> None:
    write("environments.toml", "[environments.dev]\n[environments.prod]\n")
    write("0002_prod.sql", "-- intent: x\n-- environments: prod\n\nCREATE DATABASE only_prod;")
    assert migrate("up", "--create", "--environment", "dev").out.count("applied") == 1
    assert migrate("up", "--environment", "prod").out.startswith("0002_prod: applied")
    assert sql("SELECT environment FROM system.migrations.history ORDER BY started") == [["dev"], ["prod"]]


@pytest.mark.usefixtures("events")
def test_the_environment_says_which_home(write: Write, folder: Path) -> None:
    home = folder.parent / "elsewhere"
    write("environments.toml", f'default = "dev"\n[environments.dev]\nhome = "{home}"\n')
    assert main(["migrate", "--folder", str(folder), "up", "--create"]) == 0
    assert (home / "catalog.db").is_file()


def test_buckets_may_be_folders(migrate: Migrate, write: Write, sql: Sql, tmp_path: Path) -> None:
    (tmp_path / "raw" / "t").mkdir(parents=True)
    (tmp_path / "raw" / "t" / "a.csv").write_text("1\n2\n")
    write(
        "0001_t.sql",
        "-- intent: x\n\nCREATE EXTERNAL TABLE t (a int) ROW FORMAT DELIMITED LOCATION 's3://nyc/t/';\n"
        "CREATE TABLE s AS SELECT sum(a) AS total FROM t;",
    )
    assert migrate("up", "--create", "--bucket", f"nyc={tmp_path / 'raw'}").status == 0
    assert sql("SELECT total FROM s") == [[3]]
    assert "does not exist" in migrate("up", "--bucket", "no=/nowhere").err


# Repeatable ---------------------------------------------------------------------------------------------

TOP = "-- intent: Top\n\nCREATE OR REPLACE VIEW lake.top AS SELECT * FROM lake.bottom;"
BOTTOM = "-- intent: Bottom\n\nCREATE OR REPLACE VIEW lake.bottom AS SELECT {what} FROM lake.daily;"


@pytest.mark.usefixtures("daily")
def test_repeatable_ones_run_again_when_they_or_what_they_need_changes(
    migrate: Migrate, write: Write, sql: Sql
) -> None:
    write("R__a_top.sql", TOP)
    write("R__z_bottom.sql", BOTTOM.format(what="url"))
    ran = migrate("up", "--create").out.splitlines()
    assert [line.partition(":")[0] for line in ran[2:]] == ["R__z_bottom", "R__a_top"]
    assert migrate("up").out == "Nothing is to be done.\n"
    write("R__z_bottom.sql", BOTTOM.format(what="url, clicks"))
    assert "changed" in migrate("status").out
    assert [line.partition(":")[0] for line in migrate("up").out.splitlines()] == ["R__z_bottom", "R__a_top"]
    assert sql("SELECT url, clicks FROM lake.top ORDER BY 1 LIMIT 1") == [["a", 1]]


@pytest.mark.usefixtures("daily")
def test_repeatable_ones_run_again_when_a_variable_changes(migrate: Migrate, write: Write) -> None:
    write("R__v.sql", "-- intent: v\n\nCREATE OR REPLACE VIEW lake.v AS SELECT '${name}' AS name;")
    migrate("up", "--create", "--var", "name=a")
    assert migrate("up", "--var", "name=a").out == "Nothing is to be done.\n"
    assert migrate("up", "--var", "name=b").out == "R__v: applied, 1 statement, 0.00 s\n"


@pytest.mark.usefixtures("daily")
def test_repeatable_ones_wait_until_no_other_is_left(migrate: Migrate, write: Write) -> None:
    write("R__b.sql", BOTTOM.format(what="url"))
    assert "R__b" not in migrate("up", "--create", "--to", "1").out
    assert "R__b" in migrate("up").out


@pytest.mark.usefixtures("daily")
def test_down_undoes_what_reads_the_tables_first(migrate: Migrate, write: Write, sql: Sql) -> None:
    write("R__a_top.sql", TOP + "\n-- down\nDROP VIEW lake.top;")
    path = write("R__z_bottom.sql", BOTTOM.format(what="url"))
    migrate("up", "--create")
    refused = migrate("down")
    assert refused.status == 3
    assert "migrations/R__z_bottom.sql has no down section, and needs what is undone" in refused.err
    write("R__z_bottom.sql", path.read_text() + "\n-- down\nDROP VIEW lake.bottom;")
    migrate("up")
    assert [line.partition(":")[0] for line in migrate("down").out.splitlines()] == [
        "R__a_top",
        "R__z_bottom",
        "0002_daily",
    ]
    assert sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'lake'") == [["events"]]


# Failures and repairs -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("events")
def test_a_failure_says_which_statements_took_effect(migrate: Migrate, write: Write, sql: Sql) -> None:
    write("0002_daily.sql", BROKEN)
    ran = migrate("up", "--create")
    assert ran.status == 1
    assert ran.out.splitlines()[1:] == ["0002_daily: failed at statement 2 of 3, 0.00 s"]
    assert ran.err == FAILURE
    assert sql(
        "SELECT migration, state, statements, statements_applied, failed_statement, failed_line, error"
        " FROM system.migrations.history WHERE state <> 'SUCCEEDED'"
    ) == [
        [
            "0002_daily",
            "FAILED",
            3,
            1,
            2,
            5,
            "Table dayly not found in database lake",
        ]
    ]
    assert sql(
        "SELECT state, took_effect FROM system.migrations.statements WHERE migration = '0002_daily' ORDER BY statement"
    ) == [["SUCCEEDED", True], ["FAILED", False], ["PENDING", False]]


@pytest.mark.usefixtures("events")
def test_json_of_a_failure_has_error_and_runs(migrate: Migrate, write: Write) -> None:
    write("0002_daily.sql", BROKEN)
    ran = migrate("up", "--create", "--json")
    document = json.loads(ran.out)
    assert (ran.status, ran.err, document["error"]["code"]) == (1, "", "MIGRATION_FAILED")
    assert [run["state"] for run in document["runs"]] == ["SUCCEEDED", "FAILED"]


@pytest.mark.parametrize("command", ["up", "plan", "down", "validate"])
@pytest.mark.usefixtures("broken")
def test_what_failed_is_to_be_repaired_first(migrate: Migrate, command: str) -> None:
    ran = migrate(command)
    assert ran.status == 3
    assert "MIGRATION_REFUSED: 0002_daily failed at statement 2 of 3: Table dayly not found in database lake" in ran.err
    assert "run `owlake migrate repair`" in ran.err


def test_repair_goes_on_after_what_took_effect(migrate: Migrate, sql: Sql, broken: Path) -> None:
    broken.write_text(DAILY)
    ran = migrate("repair")
    assert (ran.status, ran.out) == (0, "0002_daily: applied, 3 statements, 0.00 s\n")
    assert sql("SELECT url, clicks FROM lake.daily ORDER BY url") == [["a", 1], ["b", 2]]
    assert migrate("up").out == "Nothing is to be done.\n"
    assert sql("SELECT statements_applied FROM system.migrations.history WHERE state = 'SUCCEEDED'") == [[3], [2]]


def test_repair_may_fail_again_and_go_on_again(migrate: Migrate, sql: Sql, broken: Path) -> None:
    broken.write_text(DAILY.replace("ADD PARTITION (dt", "ADD PARTITION (day"))
    ran = migrate("repair")
    assert ran.status == 1
    assert "statement 3 of 3 failed" in ran.err
    assert "Took effect: 2 (line 5): INSERT INTO lake.daily SELECT 'b', 2" in ran.err
    broken.write_text(DAILY)
    assert migrate("repair").status == 0
    assert sql("SELECT count(*) FROM lake.daily") == [[2]]


def test_repair_refuses_changes_of_what_took_effect(migrate: Migrate, sql: Sql, broken: Path) -> None:
    broken.write_text(DAILY.replace("1 AS clicks", "2 AS clicks"))
    ran = migrate("repair")
    assert ran.status == 3
    assert ran.err.startswith(
        "MIGRATION_REFUSED: migrations/0002_daily.sql:4: statement 1 took effect, and was changed since:\n"
        "--- as it ran\n+++ as it is now\n@@ -1 +1 @@\n"
        "-CREATE TABLE lake.daily AS SELECT 'a' AS url, 1 AS clicks\n"
        "+CREATE TABLE lake.daily AS SELECT 'a' AS url, 2 AS clicks\n"
        "Hint: Put it back as it ran"
    )
    assert sql("SELECT count(*) FROM lake.daily") == [[1]]


def test_repair_refuses_when_what_took_effect_is_gone(migrate: Migrate, broken: Path) -> None:
    broken.write_text("-- intent: x\n\nSELECT 1;")
    ran = migrate("repair")
    assert ran.status == 3
    assert "statement 1 took effect, and was changed since" in ran.err


@pytest.mark.usefixtures("broken")
def test_repair_goes_on_where_it_is_told(migrate: Migrate, sql: Sql) -> None:
    assert migrate("repair", "--from", "3").status == 0
    assert sql("SELECT count(*) FROM lake.daily") == [[1]]
    assert sql('SELECT dt FROM lake."events$partitions"') == [["2026-01-01"]]
    assert "Leave --from out" in migrate("repair", "--from", "3").err


@pytest.mark.usefixtures("events")
def test_of_a_failed_call_nobody_can_tell(migrate: Migrate, write: Write) -> None:
    write("0002_call.sql", "-- intent: x\n\nCALL system.runtime.nothing();\nCREATE DATABASE next;")
    ran = migrate("up", "--create")
    assert ran.status == 1
    assert "Did not: 2 (line 4): CREATE DATABASE next\nNobody can tell: 1 (line 3): CALL" in ran.err
    ran = migrate("repair")
    assert ran.status == 3
    assert "migrations/0002_call.sql:3: nobody can tell whether statement 1 took effect" in ran.err
    assert migrate("repair", "--from", "2").status == 0


def test_what_failed_may_be_marked(migrate: Migrate, broken: Path) -> None:
    ran = migrate("repair", "0002", "--mark", "pending")
    assert (ran.status, ran.out) == (0, "0002_daily: marked as pending\n")
    broken.write_text(DAILY)
    assert "TABLE_ALREADY_EXISTS" in migrate("up").err
    assert migrate("repair", "0002", "--mark", "applied").out == "0002_daily: marked as applied\n"
    assert migrate("up").out == "Nothing is to be done.\n"
    assert migrate("repair", "--mark", "applied").status == 2
    assert "There is no migration 0009" in migrate("repair", "0009", "--mark", "pending").err


def test_a_down_that_failed_goes_on_too(migrate: Migrate, sql: Sql, daily: Path) -> None:
    migrate("up", "--create")
    daily.write_text(DAILY.replace("DROP PARTITION (dt", "DROP PARTITION (day"))
    assert migrate("down").status == 3
    assert migrate("repair").out == "0002_daily: marked as applied\n"
    ran = migrate("down")
    assert ran.status == 1
    assert "statement 2 of 2 failed" in ran.err
    assert "Correct the down section" in ran.err
    assert "failed on its way down at statement 2 of 2" in migrate("status").out
    daily.write_text(DAILY)
    assert migrate("repair").out == "0002_daily: undone, 2 statements, 0.00 s\n"
    assert sql('SELECT dt FROM lake."events$partitions"') == []


def test_what_a_living_process_left_in_its_middle_is_repaired(folder: Path, daily: Path) -> None:
    """A program that goes on after an error that is none of ours."""
    assert daily.is_file()
    project = read_project(folder)
    target = open_target(project, home=str(folder.parent / "home"), create=True)

    def broken(run: MigrationRun) -> None:
        if run.migration == "0002_daily":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Runner(project, target, broken).up()
    (run,) = Runner(project, target).repair()
    assert (run.migration, run.state) == ("0002_daily", RunState.SUCCEEDED)
    assert Runner(project, target).up() == []
    target.close()


@pytest.mark.usefixtures("events")
def test_ctrl_c_cancels_the_statement(migrate: Migrate, write: Write, spawn: Spawn, folder: Path) -> None:
    numbers = "UNNEST(sequence(1, 100000))"
    query = f"SELECT count(*) AS n FROM {numbers} AS a (x) CROSS JOIN {numbers} AS b (y) WHERE sin(x * y) > 2"
    write("0002_long.sql", f"-- intent: x\n\nCREATE DATABASE first;\n{query};\nCREATE DATABASE third;")
    process = spawn("migrate", "--folder", str(folder), "up", "--create")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("0001_create_events: applied")
    with Home.open(folder.parent / "home") as home:
        while not any(one.line == 4 and one.state is RunState.RUNNING for one in _last(home).statements):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 130
        assert "statement 2 of 3 failed: USER_CANCELED: Query cancelled by user" in err
        assert [one.took_effect for one in _last(home).statements] == [True, False, False]
    assert "0002_long failed at statement 2 of 3: USER_CANCELED" in migrate("up").err


def _last(home: Home) -> MigrationRun:
    return home.migration_runs.list_runs()[-1]


@pytest.mark.usefixtures("events")
def test_names_without_a_database_are_those_of_the_one_that_is_named(migrate: Migrate, write: Write, sql: Sql) -> None:
    write("R__a.sql", "-- intent: x\n\nCREATE OR REPLACE VIEW a AS SELECT * FROM lake.b;")
    write("R__b.sql", "-- intent: x\n\nCREATE OR REPLACE VIEW b AS SELECT 1 AS n;")
    ran = migrate("up", "--create", "--database", "lake")
    assert [line.partition(":")[0] for line in ran.out.splitlines()] == ["0001_create_events", "R__b", "R__a"]
    assert sql("SELECT n FROM lake.a") == [[1]]


@pytest.mark.usefixtures("events")
def test_nothing_runs_when_a_statement_is_no_sql(migrate: Migrate, write: Write, sql: Sql) -> None:
    write("0002_typo.sql", "-- intent: x\n\nCREATE DATABASE fine;\nCREATE TABEL t (a int);")
    ran = migrate("up", "--create")
    assert (ran.status, ran.out) == (3, "")
    assert "MIGRATION_INVALID: migrations/0002_typo.sql:4: statement 2 is not Athena's SQL" in ran.err
    assert sql("SELECT * FROM system.migrations.history") == []


# Refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["up", "plan", "down", "validate"])
def test_an_edited_file_is_refused(migrate: Migrate, events: Path, command: str) -> None:
    migrate("up", "--create")
    events.write_text(CREATE_EVENTS.replace("url string", "url varchar(10)"))
    ran = migrate(command)
    assert (ran.status, ran.out) == (3, "")
    assert ran.err.startswith(
        "MIGRATION_REFUSED: migrations/0001_create_events.sql was edited after it was applied\n"
        "Hint: Put it back and write a new migration"
    )
    assert "edited" in migrate("status").out
    assert "statement 2 took effect, and was changed since" in migrate("repair").err


def test_comments_may_be_mended_by_repair(migrate: Migrate, events: Path) -> None:
    migrate("up", "--create")
    events.write_text(CREATE_EVENTS.replace("Raw click events", "Clicks as they come"))
    assert migrate("up").status == 3
    assert migrate("repair").out == "0001_create_events: marked as applied\n"
    assert migrate("up").status == 0
    events.write_text(CREATE_EVENTS.replace("\n-- down", "\nCREATE DATABASE more;\n-- down"))
    assert "was edited after it was applied" in migrate("repair").err


def test_blanks_and_line_ends_are_no_edits(migrate: Migrate, events: Path) -> None:
    migrate("up", "--create")
    events.write_bytes(CREATE_EVENTS.replace("\n", " \r\n").encode())
    assert migrate("up").out == "Nothing is to be done.\n"


def test_a_file_that_is_gone_is_refused(migrate: Migrate, daily: Path) -> None:
    migrate("up", "--create")
    daily.unlink()
    ran = migrate("up")
    assert ran.status == 3
    assert "MIGRATION_REFUSED: 0002_daily was applied, and its file is gone" in ran.err
    assert "missing" in migrate("status").out
    assert migrate("repair", "0002", "--mark", "pending").status == 0
    assert migrate("up").out == "Nothing is to be done.\n"


def test_a_renamed_file_is_refused(migrate: Migrate, events: Path) -> None:
    migrate("up", "--create")
    events.rename(events.with_name("0001_make_events.sql"))
    ran = migrate("up")
    assert ran.status == 3
    assert "0001_make_events.sql has the number of 0001_create_events, which was applied" in ran.err


@pytest.mark.usefixtures("events")
def test_a_migration_that_comes_too_late_is_refused(migrate: Migrate, write: Write) -> None:
    write("environments.toml", 'gaps = "allow"')
    write("0003_c.sql", "-- intent: x\n\nCREATE DATABASE c;")
    migrate("up", "--create")
    write("0002_b.sql", "-- intent: x\n\nCREATE DATABASE b;")
    ran = migrate("up")
    assert ran.status == 3
    assert "0002_b is not applied, but 0003 is, which comes after it" in ran.err
    assert "such as 0004" in ran.err


@pytest.mark.usefixtures("events")
def test_without_a_down_section_nothing_is_undone(migrate: Migrate, write: Write) -> None:
    write("0002_b.sql", "-- intent: x\n\nCREATE DATABASE b;")
    migrate("up", "--create")
    ran = migrate("down", "--to", "0")
    assert (ran.status, ran.out) == (3, "")
    assert "migrations/0002_b.sql has no down section" in ran.err
    assert "`owlake migrate repair 0002 --mark pending`" in ran.err


@pytest.mark.parametrize("command", ["up", "status", "plan", "validate", "down"])
@pytest.mark.usefixtures("events")
def test_a_home_that_is_not_there_is_refused(migrate: Migrate, tmp_path: Path, command: str) -> None:
    ran = migrate(command)
    assert (ran.status, ran.out) == (3, "")
    assert ran.err.startswith(f"HOME_ERROR: There is no owlake home in {tmp_path / 'home'}\nHint: ")
    assert "owlake migrate up --create" in ran.err
    assert not (tmp_path / "home").exists()


@pytest.mark.usefixtures("events")
def test_a_newer_home_is_refused(migrate: Migrate, tmp_path: Path) -> None:
    migrate("up", "--create")
    newer = migration.Migration(len(migration.catalog_migrations()) + 1, "future", "")
    migration.migrate(tmp_path / "home" / "catalog.db", (*migration.catalog_migrations(), newer))
    ran = migrate("up")
    assert ran.status == 3
    assert "made by a newer owlake" in ran.err
    assert "Upgrade owlake" in ran.err


@pytest.mark.usefixtures("events")
def test_numbers_that_are_not_there_are_refused(migrate: Migrate) -> None:
    ran = migrate("up", "--create", "--to", "7")
    assert ran.status == 3
    assert "there is no migration 0007" in ran.err


@pytest.mark.usefixtures("events")
def test_two_runs_at_once_are_refused(migrate: Migrate, tmp_path: Path) -> None:
    holder = LockHolder("alice", "laptop:42", "up", from_microseconds(1_767_323_045_000_000))
    with Home.open(tmp_path / "home") as other:
        assert other.migration_runs.acquire(holder) is None
        for command in (["up"], ["down"], ["repair"], ["baseline", "1"]):
            ran = migrate(*command)
            assert ran.status == 4
            assert ran.err == (
                "MIGRATION_LOCKED: alice runs `owlake migrate up` since 2026-01-02 03:04:05 UTC, in process laptop:42\n"
                "Hint: Wait until it is done; the lock goes with its process\n"
            )
        assert migrate("status").status == 0
    assert migrate("up").status == 0


# Baseline -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("daily")
def test_a_baseline_takes_what_is_there_as_applied(migrate: Migrate, sql: Sql) -> None:
    sql("SELECT 1")
    ran = migrate("baseline", "1")
    assert (ran.status, ran.out) == (0, "0001_create_events: marked as applied\n")
    assert sql("SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'lake'") == []
    ran = migrate("up")
    assert ran.status == 1
    assert ran.out.startswith("0002_daily: failed at statement 1")


@pytest.mark.usefixtures("daily")
def test_a_baseline_is_for_a_home_without_history(migrate: Migrate) -> None:
    migrate("up", "--create")
    ran = migrate("baseline", "2")
    assert ran.status == 3
    assert "has a history of migrations already" in ran.err
