"""Opening a home: made, migrated, refused, configured."""

import os
import sqlite3
from pathlib import Path

import pytest

from owlake.catalog import migration
from owlake.catalog.migration import Migration, catalog_migrations, history_migrations, migrate
from owlake.catalog.model import Database
from owlake.errors import OperationalError, OwlakeError
from owlake.home import Home
from owlake.lake.storage import S3Endpoint
from owlake.session import Session

FIRST = Migration(1, "first", "CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1);")
SECOND = Migration(2, "second", "ALTER TABLE orders ADD COLUMN price INTEGER; UPDATE orders SET price = id * 10;")
BROKEN = Migration(2, "broken", "ALTER TABLE orders ADD COLUMN price INTEGER; INSERT INTO nowhere VALUES (1);")


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_home_is_made_where_there_is_none(tmp_path: Path) -> None:
    with Home.open(tmp_path / "deep" / "home") as home:
        assert {entry.name for entry in home.path.iterdir()} >= {"catalog.db", "buckets", "leases"}


def test_a_home_keeps_what_was_put_into_it(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home, home.metastore.write() as catalog:
        catalog.create_database(Database("sales"))
    with Home.open(tmp_path) as home, home.metastore.read() as catalog:
        assert catalog.find_database("sales")


def test_no_home_is_made_if_it_must_exist(tmp_path: Path) -> None:
    with pytest.raises(OperationalError, match=r"HOME_ERROR: There is no owlake home in"):
        Home.open(tmp_path / "nope", create=False)
    assert not (tmp_path / "nope").exists()


def test_a_file_cannot_be_a_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OwlakeError, match="cannot be an owlake home"):
        Home.open(tmp_path / "file")


def test_a_directory_that_cannot_be_written_is_refused_with_what_to_do() -> None:
    with pytest.raises(OwlakeError, match="cannot be an owlake home") as refused:
        Home.open("/proc/owlake")
    assert refused.value.hint
    assert "--home" in refused.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_directory_is_refused(tmp_path: Path) -> None:
    Home.open(tmp_path).close()
    tmp_path.chmod(0o500)
    with pytest.raises(OwlakeError, match="is not writable"):
        Home.open(tmp_path)


def test_a_catalog_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("this is not a database, but it is long enough to be looked at" * 20)
    with pytest.raises(OwlakeError, match=r"HOME_ERROR: .*catalog\.db cannot be opened as a database"):
        Home.open(tmp_path)


def test_a_home_of_a_newer_owlake_is_refused_with_what_to_do(tmp_path: Path) -> None:
    Home.open(tmp_path).close()
    migrate(tmp_path / "catalog.db", (*catalog_migrations(), Migration(len(catalog_migrations()) + 1, "future", "")))
    with pytest.raises(OwlakeError, match="made by a newer owlake") as refused:
        Home.open(tmp_path)
    assert refused.value.hint
    assert "Upgrade owlake" in refused.value.hint


def test_the_history_of_an_older_home_goes_on(tmp_path: Path) -> None:
    Home.open(tmp_path).close()
    (tmp_path / "history.db").unlink()
    migrate(tmp_path / "history.db", history_migrations()[:1])
    with sqlite3.connect(tmp_path / "history.db") as history:
        history.execute(
            "INSERT INTO query_executions (id, query, statement_type, substatement_type, principal, workgroup, state,"
            " submitted, planning_time, engine_time, rows, bytes_scanned, warnings)"
            " VALUES ('a', 'SELECT 1', 'DML', 'SELECT', 'me', 'primary', 'SUCCEEDED', 1, 0, 0, 1, 0, '[]')"
        )
    with Home.open(tmp_path) as home, Session(home) as session:
        session.execute("SELECT 2").table()
        found = session.execute("SELECT query FROM system.runtime.queries ORDER BY submitted").table()
    assert found.column(0).to_pylist()[:2] == ["SELECT 1", "SELECT 2"]


def test_an_older_home_is_migrated_with_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Home.open(tmp_path) as home, home.metastore.write() as catalog:
        catalog.create_database(Database("sales"))
    new = Migration(
        len(catalog_migrations()) + 1, "add_an_owner", "ALTER TABLE databases ADD COLUMN owner TEXT DEFAULT 'me'"
    )
    monkeypatch.setattr("owlake.home.catalog_migrations", lambda: (*catalog_migrations(), new))
    with Home.open(tmp_path) as home, home.metastore.read() as catalog:
        assert catalog.find_database("sales")
    assert rows(tmp_path / "catalog.db", "SELECT owner FROM databases WHERE name = 'sales'") == [("me",)]


def test_only_the_missing_steps_are_applied(tmp_path: Path) -> None:
    migrate(tmp_path / "x.db", [FIRST])
    migrate(tmp_path / "x.db", [FIRST, SECOND])
    migrate(tmp_path / "x.db", [FIRST, SECOND])
    assert rows(tmp_path / "x.db", "SELECT id, price FROM orders") == [(1, 10)]
    assert rows(tmp_path / "x.db", "SELECT version, name FROM schema_version") == [(1, "first"), (2, "second")]


def test_a_step_that_fails_changes_nothing(tmp_path: Path) -> None:
    migrate(tmp_path / "x.db", [FIRST])
    with pytest.raises(OwlakeError, match="nowhere"):
        migrate(tmp_path / "x.db", [FIRST, BROKEN])
    migrate(tmp_path / "x.db", [FIRST, SECOND])
    assert rows(tmp_path / "x.db", "SELECT id, price FROM orders") == [(1, 10)]


def test_steps_are_numbered_without_gaps() -> None:
    assert [step.number for step in migration.catalog_migrations()] == list(range(1, len(catalog_migrations()) + 1))


def test_a_closed_home_answers_nothing(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    home.close()
    home.close()
    with pytest.raises(OwlakeError, match="is closed"):
        home.clock.now()


def test_buckets_are_folders_of_the_home_while_no_endpoint_is_named(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        assert home.storage.local_path("s3://b/k") == tmp_path / "buckets" / "b" / "k"


def configured(tmp_path: Path, text: str) -> S3Endpoint | None:
    (tmp_path / "config.toml").write_text(text)
    with Home.open(tmp_path) as home:
        return home.storage.endpoint


def test_an_endpoint_is_read_from_the_homes_configuration(tmp_path: Path) -> None:
    text = """
        [storage.s3]
        endpoint_url = "http://localhost:9000"
        region = "eu-central-1"
        access_key = "a"
        secret_key = "s"
        path_style = false
    """
    expected = S3Endpoint("http://localhost:9000", "eu-central-1", "a", "s", path_style=False)
    assert configured(tmp_path, text) == expected


def test_the_environment_overrules_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWLAKE_S3_ENDPOINT", "http://other")
    monkeypatch.setenv("OWLAKE_S3_SECRET_KEY", "t")
    text = '[storage.s3]\nendpoint_url = "http://localhost"\naccess_key = "a"\nsecret_key = "s"\n'
    assert configured(tmp_path, text) == S3Endpoint("http://other", "us-east-1", "a", "t")


def test_the_environment_alone_names_an_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWLAKE_S3_ENDPOINT", "http://other")
    monkeypatch.setenv("OWLAKE_S3_REGION", "r")
    assert configured(tmp_path, "") == S3Endpoint("http://other", "r")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[storage.s3]\nendpoint = 'x'", r"unknown setting storage\.s3\.endpoint"),
        ("[storage.s4]", r"unknown setting storage\.s4"),
        ("[storage.s3]\npath_style = 'yes'", r"storage\.s3\.path_style must be a bool, not 'yes'"),
        ("[storage.s3", "is not valid TOML"),
        ("storage = 1", "storage must be a section"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(OwlakeError, match=complaint):
        configured(tmp_path, text)


def test_a_home_apart_reaches_nothing_outside_of_its_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWLAKE_S3_ENDPOINT", "http://127.0.0.1:1")
    with Home.open(tmp_path / "home", apart=True) as home:
        assert home.storage.endpoint is None
        assert home.storage.local_path("file:///etc/hosts") == tmp_path / "home" / "root" / "etc" / "hosts"
        assert home.storage.list_files(f"file://{tmp_path}/") == []
