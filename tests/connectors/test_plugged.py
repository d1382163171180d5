"""Functions and file formats that plugins bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.plugins import Plugins
from owlake.session import Session
from owlake.spi import DatasetScan, Family, FileScan, Format, ScanRequest, StreamDataset, arrow_type, hookimpl

SHOUTING = Family("shouting")
SHOUTING.native("shout(varchar) -> varchar", "upper({0}) || '!'", "Louder")
SHOUTING.native("length(varchar) -> bigint", "-1", "Not Trino's length")


@SHOUTING.kernel("echo(varchar, bigint) -> varchar")
def _echo(texts: pa.Array, times: pa.Scalar) -> pa.Array:
    """The text several times."""
    return pa.array([None if text is None else text * times.as_py() for text in texts.to_pylist()], pa.string())


class PipedFormat:
    """Lines of values between bars, in the order of the table's columns, all of them text."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        schema = pa.schema([(one.name, arrow_type(one.type)) for one in request.columns])

        def read(_columns: Sequence[str], _filter: object) -> Iterator[pa.RecordBatch]:
            for file in request.files:
                lines = request.storage.read(file.uri).decode().splitlines()
                rows = [line.split("|") for line in lines]
                places = {one.name: request.ordinal(one.name) for one in request.columns}
                yield pa.record_batch({name: [row[place] for row in rows] for name, place in places.items()}, schema)

        names = {one.name: f'"{one.name}"' for one in request.columns}
        return [DatasetScan(tuple(request.files), StreamDataset(schema, [read]), names)]


class Plugin:
    @hookimpl
    def register_functions(self) -> Sequence[Family]:
        return [SHOUTING]

    @hookimpl
    def register_formats(self) -> Mapping[str, Format]:
        return {"com.example.PipedSerDe": PipedFormat()}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Home.open(tmp_path / "home", plugins=Plugins({"plugin": Plugin()})) as home, Session(home) as session:
        yield session


def rows(session: Session, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in session.execute(statement).table().to_pylist()]


def test_a_plugin_s_function_is_called_like_any_other(session: Session) -> None:
    statement = "SELECT shout(t), echo(t, 2) FROM (VALUES 'a', CAST(NULL AS varchar)) AS v (t)"
    assert rows(session, statement) == [("A!", "aa"), (None, None)]


def test_a_name_that_trino_has_keeps_trino_s_meaning(session: Session) -> None:
    assert rows(session, "SELECT length('abc')") == [(3,)]


def test_a_plugin_s_functions_are_shown(session: Session) -> None:
    assert [row[0] for row in rows(session, "SHOW FUNCTIONS LIKE 'shout'")] == ["shout"]
    assert len(rows(session, "SHOW FUNCTIONS LIKE 'length'")) == 3


def test_a_home_without_the_plugin_does_not_know_its_functions(tmp_path: Path) -> None:
    with (
        Home.open(tmp_path / "other", plugins=Plugins({"none": object()})) as home,
        Session(home) as session,
        pytest.raises(OwlakeError, match="Function 'shout' not registered"),
    ):
        rows(session, "SELECT shout('a')")


def test_files_of_a_plugin_s_format_are_a_table(session: Session) -> None:
    folder = session.home.path / "buckets" / "data" / "piped"
    folder.mkdir(parents=True)
    (folder / "one.txt").write_text("a|b\nc|d\n")
    session.execute(
        "CREATE EXTERNAL TABLE piped (x string, y string) ROW FORMAT SERDE 'com.example.PipedSerDe' "
        "LOCATION 's3://data/piped/'"
    )
    assert sorted(rows(session, "SELECT y, x FROM piped")) == [("b", "a"), ("d", "c")]
    assert rows(session, "SELECT x FROM piped WHERE y = 'd'") == [("c",)]
