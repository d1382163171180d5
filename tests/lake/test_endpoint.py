"""With an S3 endpoint configured the same SQL reads and writes there: the lake's SQL logic tests once more."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
from tests.s3_server import ask
from tests.slt_runner import Runner

_FILES = sorted((Path(__file__).parent.parent / "slt" / "lake").glob("*.slt"))


def configure(home: Path, url: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(
        f'[storage.s3]\nendpoint_url = "{url}"\naccess_key = "testing"\nsecret_key = "testing"\n'
    )


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_the_lake_may_be_on_a_server(file: Path, s3_server: str, tmp_path: Path) -> None:
    ask(s3_server, "POST", "/moto-api/reset")
    configure(tmp_path / "home", s3_server)
    with Home.open(tmp_path / "home") as home:
        Runner(home).run(file)
        assert not list((home.path / "buckets").iterdir())


def test_what_dropping_a_table_leaves_and_a_write_that_fails_does_not(s3_server: str, tmp_path: Path) -> None:
    ask(s3_server, "POST", "/moto-api/reset")
    configure(tmp_path / "home", s3_server)
    with Home.open(tmp_path / "home") as home, Session(home) as session:
        home.storage.create_bucket("lake")
        session.execute("CREATE TABLE t WITH (external_location = 's3://lake/t/') AS SELECT 1 AS a")
        written = [file.uri for file in home.storage.list_files("s3://lake/")]
        assert len(written) == 1
        with pytest.raises(OwlakeError, match="DIVISION_BY_ZERO"):
            session.execute("INSERT INTO t SELECT 1 / (a - 1) FROM t")
        session.execute("DROP TABLE t")
        assert [file.uri for file in home.storage.list_files("s3://lake/")] == written


@pytest.fixture
def unreachable() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM t", "INSERT INTO t VALUES (1)", "CREATE TABLE u AS SELECT 1 AS a", "MSCK REPAIR TABLE t"],
)
def test_a_server_that_does_not_answer_is_named(statement: str, unreachable: str, tmp_path: Path) -> None:
    configure(tmp_path / "home", unreachable)
    with Home.open(tmp_path / "home") as home, Session(home) as session:
        session.execute("CREATE EXTERNAL TABLE t (a int) STORED AS PARQUET LOCATION 's3://lake/t/'")
        with pytest.raises(OwlakeError) as refused:
            session.execute(statement).table()
    assert refused.value.code in ("HIVE_FILESYSTEM_ERROR", "HIVE_WRITER_OPEN_ERROR")
    assert unreachable in refused.value.report


def test_a_wrong_key_is_refused_clearly(tmp_path: Path) -> None:
    path = tmp_path / "home"
    path.mkdir()
    (path / "config.toml").write_text('[storage.s3]\nendpoint = "http://localhost"\n')
    with pytest.raises(OwlakeError, match="HOME_ERROR"):
        Home.open(path)
