"""A folder: its files against each other, its environments, new files in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from owlake.errors import OwlakeError
from owlake_shell.migrations import new_migration, read_project
from tests.shell.migrations.conftest import Migrate, Write

VIEW = "-- intent: v\n\nCREATE OR REPLACE VIEW {name} AS SELECT * FROM {source};"


def migration(header: str = "", statements: str = "SELECT 1;") -> str:
    return f"-- intent: x\n{header}\n\n{statements}\n".replace("\n\n\n", "\n\n")


def test_migrations_come_in_the_order_of_their_numbers(folder: Path, write: Write) -> None:
    for name in ("0010_j", "0002_b", "0001_a", "0003_c", *(f"000{n}_x" for n in range(4, 10))):
        write(f"{name}.sql", migration())
    assert [one.number for one in read_project(folder).versioned] == list(range(1, 11))


def test_repeatable_ones_come_after_what_they_say_and_what_they_read(folder: Path, write: Write) -> None:
    write("R__a.sql", VIEW.format(name="a", source="b"))
    write("R__b.sql", VIEW.format(name="b", source="default_db.t"))
    write("R__c.sql", VIEW.format(name="c", source="t").replace("v\n", "v\n-- requires: R__d\n", 1))
    write("R__d.sql", VIEW.format(name="d", source="a"))
    assert [one.key for one in read_project(folder).repeatable] == ["R__b", "R__a", "R__d", "R__c"]


@pytest.mark.parametrize(
    ("files", "problem", "advice"),
    [
        (
            {"0001_a": "", "0001_b": "", "0002_c": ""},
            "0001_b.sql: its number is that of 0001_a.sql",
            "Rename the newer one to 0003_...",
        ),
        ({"0001_a": "", "00001_b": ""}, "0001_a.sql: its number is that of 00001_b.sql", "Rename the newer one"),
        (
            {"0001_a": "", "0003_b": ""},
            "0003_b.sql: there is no migration 0002 before it",
            'Rename the files without gaps, or write gaps = "allow" in environments.toml',
        ),
        ({"0002_a": ""}, "0002_a.sql: there is no migration 0001 before it", "without gaps"),
        ({"first": ""}, "first.sql: this is no name of a migration", "NNNN_what_it_does.sql (0001_create_events.sql)"),
        (
            {"0001_a": "", "0002_b": "-- requires: 0007"},
            "0002_b.sql: it requires 0007, which is not there",
            "Known are: 0001, 0002",
        ),
        ({"0001_a": "-- requires: 0002", "0002_b": ""}, "it requires 0002, which is run after it", "a number behind"),
        ({"0001_a": "-- requires: R__b", "R__b": ""}, "it requires R__b, which is run after it", "Repeatable"),
        ({"0001_a": "-- requires: 0001"}, "0001_a.sql: it requires itself", "Take it out"),
        (
            {"0001_a": "-- environments: prod", "0002_b": "-- requires: 0001"},
            "it requires 0001, which is not run here",
            "Let both run in the same environments",
        ),
        (
            {"R__a": "-- requires: R__b", "R__b": "-- requires: R__c", "R__c": "-- requires: R__a"},
            "it needs itself: R__",
            "Take one requirement out",
        ),
    ],
)
def test_files_that_do_not_fit_together_are_refused(
    folder: Path, write: Write, files: dict[str, str], problem: str, advice: str
) -> None:
    for name, header in files.items():
        write(f"{name}.sql", migration(header))
    with pytest.raises(OwlakeError) as refused:
        read_project(folder)
    assert refused.value.code == "MIGRATION_INVALID"
    assert problem in refused.value.message
    assert advice in (refused.value.hint or "")


def test_gaps_may_be_allowed(folder: Path, write: Write) -> None:
    write("environments.toml", 'gaps = "allow"')
    for number in ("0001", "0005", "20260102"):
        write(f"{number}_a.sql", migration())
    assert [one.number for one in read_project(folder).versioned] == [1, 5, 20260102]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OwlakeError, match="there is no such folder of migrations") as refused:
        read_project(tmp_path / "nowhere")
    assert "--folder" in (refused.value.hint or "")


def test_a_file_that_is_not_text_is_refused(folder: Path) -> None:
    (folder / "0001_a.sql").write_bytes("-- intent: é".encode("latin-1"))
    with pytest.raises(OwlakeError, match="it is not UTF-8 at byte 11"):
        read_project(folder)


# Variables ----------------------------------------------------------------------------------------------

ENVIRONMENTS = """
default = "dev"

[variables]
days = 30
bucket = "everywhere"

[environments.dev.variables]
bucket = "lake-dev"

[environments.prod]
home = "prod-home"

[environments.prod.variables]
days = "90"
"""


@pytest.mark.parametrize(
    ("environment", "given", "text"),
    [
        (None, {}, "'lake-dev' 30 ${dt} low"),
        ("dev", {}, "'lake-dev' 30 ${dt} low"),
        ("prod", {}, "'everywhere' 90 ${dt} low"),
        ("prod", {"days": "1", "level": "high"}, "'everywhere' 1 ${dt} high"),
    ],
)
def test_variables_have_the_values_of_the_environment(
    folder: Path, write: Write, environment: str | None, given: dict[str, str], text: str
) -> None:
    write("environments.toml", ENVIRONMENTS)
    write("0001_a.sql", migration("-- variables: level=low", "SELECT '${bucket}' ${days} $${dt} ${level};"))
    project = read_project(folder, environment, given)
    assert project.render(project.versioned[0]).up[0].text == f"SELECT {text}"


def test_a_home_has_variables_too(folder: Path, write: Write, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[migrations.variables]\nbucket = "home"\nowner = "me"')
    write("environments.toml", '[variables]\nbucket = "folder"')
    write("0001_a.sql", migration("", "SELECT ${bucket}, ${owner};"))
    project = read_project(folder, home=str(tmp_path))
    assert project.render(project.versioned[0]).up[0].text == "SELECT folder, me"


@pytest.mark.parametrize(
    ("header", "statement", "place"),
    [("", "SELECT 1,\n  '${bucket}';", "0001_a.sql:4"), ("-- variables: bucket", "SELECT 1;", "0001_a.sql")],
)
def test_a_variable_without_value_is_refused_with_its_place(
    folder: Path, write: Write, header: str, statement: str, place: str
) -> None:
    write("0001_a.sql", migration(header, statement))
    project = read_project(folder)
    with pytest.raises(OwlakeError) as refused:
        project.render(project.versioned[0])
    assert refused.value.message == f"{folder}/{place}: the variable 'bucket' has no value"
    assert "--var bucket=VALUE" in (refused.value.hint or "")
    assert "write $${bucket}" in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("gaps = 'some'", "gaps is 'refuse' or 'allow', not 'some'"),
        ("gap = 1", "unknown setting gap"),
        ("ignore = 'x'", "ignore is a list of texts"),
        ("[variables]\n'a b' = 1", "'a b' is no name of a variable"),
        ("[variables]\na = true", "variables.a must be a text, not True"),
        ("variables = 1", "variables must be a section, not 1"),
        ("[environments.dev]\nbucket = 'x'", "unknown setting environments.dev.bucket"),
        ("[environments.dev.athena]\nworkgroup = 'x'", "environments.dev.athena.history is missing"),
        ("[environments.dev.athena]\nhistory = '/tmp'", "environments.dev.athena.history is missing"),
        ("[environments.dev]\nhome='x'\nathena.history='s3://b/'", "has a home and a workgroup of Athena"),
        ("default = 'dev'", "there is no environment 'dev'"),
        ("a = ", "it is not valid TOML"),
    ],
)
def test_wrong_settings_are_refused(folder: Path, write: Write, text: str, problem: str) -> None:
    write("environments.toml", text)
    with pytest.raises(OwlakeError) as refused:
        read_project(folder)
    assert refused.value.code == "MIGRATION_INVALID"
    assert problem in refused.value.message
    assert refused.value.hint


def test_an_unknown_environment_is_refused_with_those_that_are(folder: Path, write: Write) -> None:
    write("environments.toml", ENVIRONMENTS)
    with pytest.raises(OwlakeError, match="there is no environment 'test'") as refused:
        read_project(folder, "test")
    assert refused.value.hint == "Known are: dev, prod"


# New files ----------------------------------------------------------------------------------------------


def test_new_files_take_the_next_number(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "migrations"
    names = [new_migration(folder, name).name for name in ("Create events", "add-a-column")]
    names.append(new_migration(folder, "daily", repeatable=True, intent="Clicks a day").name)
    assert names == ["0001_create_events.sql", "0002_add_a_column.sql", "R__daily.sql"]
    assert (folder / "R__daily.sql").read_text().startswith("-- intent: Clicks a day\n")


def test_a_new_file_takes_nobodys_place(folder: Path) -> None:
    new_migration(folder, "daily", repeatable=True)
    with pytest.raises(OwlakeError, match="the file is there already"):
        new_migration(folder, "daily", repeatable=True)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OwlakeError, match="the folder cannot be made"):
        new_migration(tmp_path / "file", "events")


def test_a_new_file_is_refused_until_it_has_statements(migrate: Migrate) -> None:
    ran = migrate("new", "create", "events")
    assert (ran.status, ran.out) == (0, "migrations/0001_create_events.sql\n")
    ran = migrate("up", "--create")
    assert (ran.status, ran.out) == (3, "")
    assert "MIGRATION_INVALID: migrations/0001_create_events.sql: there is no statement in it" in ran.err
