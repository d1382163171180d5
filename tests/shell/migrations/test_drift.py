"""validate: the catalog against what the migrations made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from owlake_shell.main import main
from tests.shell.conftest import Owlake
from tests.shell.migrations.conftest import CREATE_EVENTS, DAILY, Migrate, Write

VIEW = "-- intent: v\n\nCREATE OR REPLACE VIEW lake.v AS SELECT url FROM lake.daily;"

Change = Callable[[str], None]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three migrations applied, and their folder."""
    made = tmp_path_factory.mktemp("migrated")
    (made / "migrations").mkdir()
    for name, text in (("0001_create_events", CREATE_EVENTS), ("0002_daily", DAILY), ("R__v", VIEW)):
        (made / "migrations" / f"{name}.sql").write_text(text)
    words = ["--home", str(made / "home"), "migrate", "--folder", str(made / "migrations"), "up", "--create"]
    assert main(words) == 0
    return made


@pytest.fixture
def change(migrated: Path, tmp_path: Path, owlake: Owlake) -> Change:
    """Changes the catalog beside the migrations, which are applied."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)

    def run(statement: str) -> None:
        ran = owlake("-c", statement)
        assert ran.status == 0, ran.err

    return run


@pytest.mark.usefixtures("change")
def test_what_the_migrations_made_is_no_drift(migrate: Migrate) -> None:
    ran = migrate("validate")
    assert (ran.status, ran.out) == (0, "The catalog is as 3 applied migrations made it.\n")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO lake.daily SELECT 'c', 3",
        "ALTER TABLE lake.events ADD PARTITION (dt = '2026-02-02')",
        "MSCK REPAIR TABLE lake.events",
        "PREPARE p FROM SELECT 1",
    ],
)
def test_data_is_no_drift(migrate: Migrate, change: Change, statement: str) -> None:
    change(statement)
    assert migrate("validate").status == 0


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("DROP TABLE lake.daily", "table lake.daily is missing"),
        ("DROP VIEW lake.v", "view lake.v is missing"),
        ("DROP DATABASE lake CASCADE", "database lake is missing"),
        ("CREATE DATABASE other", "database other is there, and no migration made it"),
        (
            "CREATE EXTERNAL TABLE lake.extra (a int) LOCATION 's3://b/extra/'",
            "table lake.extra is there, and no migration made it",
        ),
        (
            "CREATE EXTERNAL TABLE extra (a int) LOCATION 's3://b/extra/'",
            "table default.extra is there, and no migration made it",
        ),
        (
            "ALTER TABLE lake.events ADD COLUMNS (referrer string)",
            "table lake.events: column referrer is there, and no migration made it",
        ),
        (
            "ALTER TABLE lake.events REPLACE COLUMNS (id int, url string)",
            "table lake.events: type of column id is 'int', not 'bigint'",
        ),
        (
            "ALTER TABLE lake.events REPLACE COLUMNS (url string, id bigint)",
            "table lake.events: order of its columns is 'url, id', not 'id, url'",
        ),
        (
            "ALTER TABLE lake.events REPLACE COLUMNS (id bigint)",
            "table lake.events: column url is missing (string)",
        ),
        (
            "ALTER TABLE lake.events REPLACE COLUMNS (id bigint COMMENT 'key', url string)",
            "table lake.events: comment of column id is 'key', not nothing",
        ),
        (
            "ALTER TABLE lake.events SET TBLPROPERTIES ('projection.enabled' = 'true')",
            "table lake.events: property projection.enabled is there, and no migration made it",
        ),
        (
            "ALTER TABLE lake.daily SET TBLPROPERTIES ('parquet.compression' = 'SNAPPY')",
            "table lake.daily: property parquet.compression is 'SNAPPY', not 'GZIP'",
        ),
        (
            "ALTER TABLE lake.events SET LOCATION 's3://raw/moved/'",
            "table lake.events: location is 's3://raw/moved', not 's3://raw/events'",
        ),
        (
            "ALTER TABLE lake.events DROP PARTITION (dt = '2026-01-01')",
            "table lake.events: partition (dt=2026-01-01) is missing (s3://raw/events/dt=2026-01-01)",
        ),
        (
            "ALTER TABLE lake.events PARTITION (dt = '2026-01-01') SET LOCATION 's3://raw/o'",
            "table lake.events: location of partition (dt=2026-01-01) is 's3://raw/o', not 's3://raw/events/dt=2026-01-01'",
        ),
        (
            "CREATE OR REPLACE VIEW lake.v AS SELECT url FROM lake.daily WHERE clicks > 1",
            "view lake.v: query is 'SELECT url FROM lake.daily WHERE clicks > 1', not 'SELECT url FROM lake.daily'",
        ),
        (
            "ALTER DATABASE lake SET DBPROPERTIES ('owner' = 'me')",
            "database lake: property owner is there, and no migration made it",
        ),
    ],
)
def test_drift_is_named(migrate: Migrate, change: Change, statement: str, difference: str) -> None:
    change(statement)
    ran = migrate("validate")
    assert ran.status == 5
    assert ran.out == f"{difference}\n1 difference from what 3 applied migrations made.\n"


def test_drift_as_json(migrate: Migrate, change: Change) -> None:
    change("ALTER TABLE lake.events REPLACE COLUMNS (id int, url string)")
    ran = migrate("validate", "--json")
    assert ran.status == 5
    assert json.loads(ran.out)["differences"] == [
        {
            "kind": "differs",
            "object": "table lake.events",
            "what": "type of column id",
            "expected": "bigint",
            "found": "int",
            "text": "table lake.events: type of column id is 'int', not 'bigint'",
        }
    ]


def test_what_is_nobodys_business_may_be_ignored(migrate: Migrate, change: Change, write: Write) -> None:
    write("environments.toml", 'ignore = ["scratch*", "lake.tmp_*"]')
    change("CREATE DATABASE scratch_me")
    change("CREATE TABLE lake.tmp_1 AS SELECT 1 AS a")
    assert migrate("validate").status == 0


def test_what_is_not_applied_is_not_expected(migrate: Migrate, change: Change, write: Write) -> None:
    write("0003_later.sql", "-- intent: x\n\nCREATE DATABASE later;")
    assert migrate("validate").status == 0
    change("CREATE DATABASE later")
    assert migrate("validate").status == 5


def test_what_cannot_be_replayed_is_said(migrate: Migrate, owlake: Owlake, write: Write) -> None:
    assert owlake("-c", "CREATE DATABASE by_hand; CREATE TABLE by_hand.t AS SELECT 1 AS a").status == 0
    write("0001_v.sql", "-- intent: x\n\nCREATE VIEW v AS SELECT a FROM by_hand.t;")
    assert migrate("up").status == 0
    ran = migrate("validate")
    assert ran.status == 5
    problem = "SCHEMA_NOT_FOUND: line 1:32: Schema 'by_hand' does not exist"
    assert ran.out.splitlines() == [
        f"migrations/0001_v.sql:3: statement 1 cannot be compared: {problem}",
        "database by_hand is there, and no migration made it",
        "view default.v is there, and no migration made it",
        "3 differences from what 1 applied migration made.",
    ]
