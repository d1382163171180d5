"""Files that are gone when a query comes to them: an error that names them, as Athena's, never fewer rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from owlake.errors import OwlakeError
from owlake.execution import executor
from owlake.home import Home
from owlake.session import Session
from tests.lake.test_endpoint import configure
from tests.s3_server import ask

TEXT = r"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://lake/"


def written(session: Session, home: Home) -> list[str]:
    """Two files of Parquet, and two of JSON, in tables of one column."""
    home.storage.create_bucket("lake")
    session.execute("CREATE TABLE parquet WITH (external_location = 's3://lake/parquet/') AS SELECT 1 AS a")
    session.execute("INSERT INTO parquet SELECT 2")
    for name, value in (("x", 1), ("y", 2)):
        home.storage.write(f"s3://lake/json/{name}", b'{"a": %d}\n' % value)
    serde = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
    session.execute(f"CREATE EXTERNAL TABLE json (a int) {serde} LOCATION 's3://lake/json/'")
    return sorted(file.uri for file in home.storage.list_files("s3://lake/"))


def gone_before_planning(monkeypatch: pytest.MonkeyPatch, home: Home, uri: str) -> None:
    """The file goes after the lake has listed it and before the engine looks at it."""
    register = executor.register_scan

    def late(*arguments: Any) -> None:
        home.storage.delete_files([uri])
        register(*arguments)

    monkeypatch.setattr(executor, "register_scan", late)


@pytest.mark.parametrize("table", ["json", "parquet"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_file_that_went_away_is_named(
    which: int, table: str, session: Session, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = [one for one in written(session, home) if f"/{table}/" in one][which]
    gone_before_planning(monkeypatch, home, uri)
    with pytest.raises(OwlakeError, match=TEXT) as problem:
        session.execute(f"SELECT sum(a) FROM {table}").table()
    assert uri in str(problem.value)


@pytest.mark.parametrize("table", ["json", "parquet"])
def test_so_is_one_that_went_away_from_a_server(
    table: str, s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(s3_server, "POST", "/moto-api/reset")
    configure(tmp_path / "server", s3_server)
    with Home.open(tmp_path / "server") as home, Session(home) as session:
        uri = [one for one in written(session, home) if f"/{table}/" in one][1]
        assert session.execute(f"SELECT sum(a) FROM {table}").table().to_pydict() == {"_col0": [3]}
        gone_before_planning(monkeypatch, home, uri)
        with pytest.raises(OwlakeError, match=TEXT) as problem:
            session.execute(f"SELECT sum(a) FROM {table}").table()
        assert uri in str(problem.value)
