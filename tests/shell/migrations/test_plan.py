"""plan and --dry-run: exact texts, and nothing done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shell.migrations.conftest import CREATE_EVENTS, DAILY, Migrate, Sql, Write

SECOND = """\
-- intent: Old days leave

CREATE DATABASE IF NOT EXISTS lake;
ALTER TABLE lake.events ADD COLUMNS (referrer string);
ALTER TABLE lake.nothing DROP PARTITION (dt = '2026-01-01');
CREATE TABLE lake.long AS
SELECT url, length(url) AS characters FROM lake.daily WHERE url IS NOT NULL AND url <> '' AND clicks > 0;
INSERT INTO lake.long SELECT url, characters FROM lake.long;
"""

PLANNED = """\
0003_second: Old days leave
  1 (line 3): CREATE DATABASE IF NOT EXISTS lake
    creates database lake, unless it is there; it is so already
  2 (line 4): ALTER TABLE lake.events ADD COLUMNS (referrer string)
    adds column referrer string to table lake.events
  3 (line 5): ALTER TABLE lake.nothing DROP PARTITION (dt = '2026-01-01')
    drops 1 partition of table lake.nothing: (dt=2026-01-01)
    would fail: FAILED: SemanticException [Error 10001]: Table not found lake.nothing
  4 (line 6): CREATE TABLE lake.long AS SELECT url, length(url) AS characters FROM lake.daily WHERE...
    creates table lake.long of a query and fills it
    reads {size} in 2 files, 0.000050 USD
  5 (line 8): INSERT INTO lake.long SELECT url, characters FROM lake.long
    adds rows to table lake.long
    what it reads is made by the plan: its cost is not known yet
1 migration, 5 statements; nothing was run.
"""


def test_a_plan_of_nothing(migrate: Migrate, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    migrate("up", "--create")
    assert migrate("plan").out == "Nothing is to be done.\n"


def test_a_plan_tries_each_statement_on_what_those_before_it_leave(migrate: Migrate, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    write("0002_daily.sql", DAILY)
    write("environments.toml", "[environments.dev]")
    write("R__v.sql", "-- intent: A view\n\nCREATE OR REPLACE VIEW lake.v AS SELECT url FROM lake.daily;")
    migrate("up", "--create", "--to", "1")
    assert migrate("plan").out == (
        "0002_daily: What happened on each day\n"
        "  1 (line 4): CREATE TABLE lake.daily AS SELECT 'a' AS url, 1 AS clicks\n"
        "    creates table lake.daily of a query and fills it\n"
        "    reads 0 B in 0 files, 0.000050 USD\n"
        "  2 (line 5): INSERT INTO lake.daily SELECT 'b', 2\n"
        "    adds rows to table lake.daily\n"
        "    reads 0 B in 0 files, 0.000050 USD\n"
        "  3 (line 6): ALTER TABLE lake.events ADD PARTITION (dt = '2026-01-01')\n"
        "    adds 1 partition to table lake.events: (dt=2026-01-01)\n"
        "R__v: A view\n"
        "  1 (line 3): CREATE OR REPLACE VIEW lake.v AS SELECT url FROM lake.daily\n"
        "    creates or replaces view lake.v\n"
        "2 migrations, 4 statements; nothing was run.\n"
    )


@pytest.mark.parametrize("command", [("plan",), ("up", "--dry-run")])
def test_a_plan_shows_what_each_statement_would_change_and_cost(
    migrate: Migrate, write: Write, sql: Sql, command: tuple[str, ...]
) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    write("0002_daily.sql", DAILY)
    migrate("up", "--create")
    write("0003_second.sql", SECOND)
    ((size,),) = sql('SELECT sum("$file_size") FROM (SELECT DISTINCT "$path", "$file_size" FROM lake.daily)')
    before = sql("SELECT count(*) FROM system.migrations.history")
    ran = migrate(*command)
    lines = ran.out.splitlines()
    expected = PLANNED.splitlines()
    assert ran.status == 1
    assert lines[:10] + lines[11:] == expected[:10] + expected[11:]
    # The two columns that are read are most of the files.
    assert 0 < int(lines[10].split()[3]) <= size
    assert lines[10].endswith(" B in 2 files, 0.000050 USD")
    assert sql("SELECT count(*) FROM system.migrations.history") == before
    assert sql("SELECT table_name FROM information_schema.tables WHERE table_name = 'long'") == []


def test_a_plan_of_the_way_down(migrate: Migrate, write: Write, sql: Sql) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    migrate("up", "--create")
    assert migrate("down", "--dry-run").out == (
        "0001_create_events, undone: Raw click events, a partition a day\n"
        "  1 (line 10): DROP TABLE lake.events\n"
        "    drops table lake.events; the files of an external table stay\n"
        "  2 (line 11): DROP DATABASE lake\n"
        "    drops database lake\n"
        "1 migration, 2 statements; nothing was run.\n"
    )
    assert sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'lake'") == [["events"]]


def test_a_plan_as_json(migrate: Migrate, write: Write) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    migrate("up", "--create")
    write("0002_more.sql", "-- intent: More\n\nDROP TABLE lake.nothing;")
    ran = migrate("plan", "--json")
    (planned,) = json.loads(ran.out)["migrations"]
    assert ran.status == 1
    assert planned["statements"] == [
        {
            "number": 1,
            "line": 3,
            "text": "DROP TABLE lake.nothing",
            "change": "drops table lake.nothing; the files of an external table stay",
            "cost": None,
            "problem": "FAILED: SemanticException [Error 10001]: Table not found lake.nothing",
        }
    ]


def test_a_plan_touches_no_file_outside_the_home(migrate: Migrate, write: Write, sql: Sql, folder: object) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    migrate("up", "--create")
    place = f"{folder}/t/"
    write(
        "0002_t.sql",
        f"-- intent: x\n\nCREATE TABLE lake.t WITH (external_location = 'file://{place}') AS SELECT 1 AS a;\n"
        "INSERT INTO lake.t SELECT 2;\nDROP TABLE lake.t;",
    )
    assert migrate("plan").status == 0
    assert sql("SELECT 1") == [[1]]
    assert not (write("x.txt", "").parent / "t").exists()


@pytest.mark.parametrize("command", [("plan",), ("up", "--dry-run")])
def test_a_plan_makes_no_home(migrate: Migrate, write: Write, tmp_path: Path, command: tuple[str, ...]) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    assert migrate(*command).status == 3
    ran = migrate(*command, "--create")
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "1 migration, 2 statements; nothing was run.")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("INSERT INTO lake.nothing SELECT 1", "would fail: Table nothing not found in database lake"),
        ("INSERT INTO lake.daily (url) SELECT 1", "would fail: TYPE_MISMATCH"),
        ("INSERT INTO lake.daily\n  WITH x AS (SELECT 'é😀' AS url) SELECT url FROM x", "would fail: TYPE_MISMATCH"),
        ("INSERT INTO lake.daily (url) SELECT nothing FROM lake.daily", "would fail: COLUMN_NOT_FOUND"),
        ("CREATE TABLE lake.daily AS SELECT 1 AS a WITH DATA", "would fail: TABLE_ALREADY_EXISTS"),
        ("CREATE VIEW lake.v AS SELECT x FROM lake.daily", "would fail: COLUMN_NOT_FOUND"),
        ("SELECT * FROM lake.nothing", "would fail: TABLE_NOT_FOUND"),
    ],
)
def test_a_plan_knows_what_would_fail(migrate: Migrate, write: Write, statement: str, problem: str) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    write("0002_daily.sql", DAILY)
    write("0003_bad.sql", f"-- intent: x\n\n{statement};")
    ran = migrate("plan", "--create")
    assert ran.status == 1
    assert problem in ran.out


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO lake.daily VALUES ('c', 3)",
        "INSERT INTO lake.daily (clicks, url) (SELECT 3, 'é😀') -- the end",
        "INSERT INTO lake.daily WITH x AS (SELECT 'c' AS url) SELECT url, 3 FROM x ORDER BY 1 LIMIT 1",
        "CREATE TABLE lake.new AS SELECT 1 AS a WITH DATA",
        "CREATE TABLE lake.new AS SELECT 1 AS a -- the end",
        "CREATE TABLE lake.new AS SELECT 'with data' AS a WITH DATA -- the end",
        "CREATE TABLE lake.new AS SELECT 1 AS a WITH NO DATA",
        "UNLOAD (SELECT 1) TO 's3://raw/out/' WITH (format = 'PARQUET')",
    ],
)
def test_a_plan_knows_what_would_not_fail(migrate: Migrate, write: Write, statement: str) -> None:
    write("0001_create_events.sql", CREATE_EVENTS)
    write("0002_daily.sql", DAILY)
    write("0003_good.sql", f"-- intent: x\n\n{statement};")
    ran = migrate("plan", "--create")
    assert ran.status == 0, ran.out


def test_statements_may_nest_as_deep_as_they_like(migrate: Migrate, write: Write) -> None:
    nested = "(" * 3000 + "1" + ")" * 3000
    write("R__deep.sql", f"-- intent: x\n\nCREATE OR REPLACE VIEW deep AS SELECT {nested} AS a;")
    assert migrate("up", "--create").status == 0
    assert migrate("validate").status == 0


def test_a_plan_computes_nothing(migrate: Migrate, write: Write) -> None:
    """A query that would run for an hour is planned in no time."""
    numbers = "UNNEST(sequence(1, 100000))"
    query = f"SELECT sin(x * y) AS n FROM {numbers} AS a (x) CROSS JOIN {numbers} AS b (y) -- many"
    write("0001_a.sql", f"-- intent: x\n\nCREATE TABLE t AS {query}\n;\nINSERT INTO t {query}\n;")
    assert migrate("plan", "--create").status == 0
