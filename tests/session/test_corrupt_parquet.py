"""Parquet files that are cut, overwritten or swapped: HIVE_BAD_DATA, and which file it is; never a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session

Damage = Callable[[bytes], bytes]

_FOOTER = 8


def _with(content: bytes, position: int, replacement: bytes) -> bytes:
    return content[:position] + replacement + content[position + len(replacement) :]


DAMAGES: dict[str, Damage] = {
    "nothing but the magic": lambda _: b"PAR1",
    "cut in the middle": lambda content: content[: len(content) // 2],
    "cut by one byte": lambda content: content[:-1],
    "a footer that is longer than the file": lambda content: _with(content, len(content) - 8, b"\xff\xff\xff\x7f"),
    "a footer of length zero": lambda content: _with(content, len(content) - 8, b"\0\0\0\0"),
    "a footer of garbage": lambda content: _with(content, len(content) - 60, b"\xa5" * 52),
    "pages of garbage": lambda content: _with(content, 4, b"\xa5" * (len(content) // 2)),
    "pages of zeros": lambda content: _with(content, 4, b"\0" * (len(content) // 2)),
    "text": lambda _: b"id,name\n1,x\n" * 100,
}


@pytest.fixture
def folder(home: Home, session: Session) -> Path:
    session.execute("CREATE EXTERNAL TABLE t (id bigint, name string) STORED AS PARQUET LOCATION 's3://lake/t/'")
    found = home.path / "buckets" / "lake" / "t"
    found.mkdir(parents=True)
    return found


def content(folder: Path, compression: str = "zstd") -> bytes:
    rows = pa.table({"id": range(5000), "name": [f"name {number % 777}" for number in range(5000)]})
    path = folder.parent / "whole.parquet"
    pq.write_table(rows, path, compression=compression)
    return path.read_bytes()


def refused(session: Session, query: str) -> OwlakeError:
    with pytest.raises(OwlakeError) as problem:
        session.execute(query).table()
    return problem.value


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_damaged_file_is_named(damage: str, folder: Path, session: Session) -> None:
    whole = content(folder)
    (folder / "a.parquet").write_bytes(whole)
    (folder / "b.parquet").write_bytes(DAMAGES[damage](whole))
    (folder / "c.parquet").write_bytes(whole)
    problem = refused(session, "SELECT sum(id), max(name) FROM t")
    assert problem.code == "HIVE_BAD_DATA", problem
    assert "s3://lake/t/b.parquet" in problem.report
    assert "s3://lake/t/a.parquet" not in problem.report


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "lz4"])
def test_pages_that_do_not_decompress_are_named(compression: str, folder: Path, session: Session) -> None:
    whole = content(folder, compression)
    (folder / "a.parquet").write_bytes(_with(whole, 40, b"\xff" * (len(whole) // 2)))
    problem = refused(session, "SELECT sum(id), max(name) FROM t")
    assert problem.code == "HIVE_BAD_DATA", problem
    assert "s3://lake/t/a.parquet" in problem.report


@pytest.mark.parametrize("said_to_be", ["text", "binary"])
def test_bytes_that_are_no_text_are_named(said_to_be: str, folder: Path, session: Session) -> None:
    (folder / "a.parquet").write_bytes(content(folder))
    names = pa.array([b"fine", b"not \xff fine"])
    if said_to_be == "text":
        names = pa.StringArray.from_buffers(2, *names.buffers()[1:])
    pq.write_table(pa.table({"id": [1, 2], "name": names}), folder / "b.parquet")
    problem = refused(session, "SELECT name FROM t")
    assert problem.code == "HIVE_BAD_DATA", problem
    assert "s3://lake/t/b.parquet (bytes that are not UTF-8 in a column of text)" in problem.report
    assert session.execute("SELECT count(id) FROM t").table().to_pydict() == {"_col0": [5002]}


def test_a_damaged_file_fails_a_write_and_leaves_nothing(folder: Path, session: Session, home: Home) -> None:
    whole = content(folder)
    (folder / "a.parquet").write_bytes(whole)
    (folder / "b.parquet").write_bytes(DAMAGES["pages of garbage"](whole))
    problem = refused(session, "CREATE TABLE copy AS SELECT * FROM t")
    assert problem.code == "HIVE_BAD_DATA"
    assert "s3://lake/t/b.parquet" in problem.report
    assert not list((home.path / "buckets" / "athena-query-results").rglob("*.parquet"))
    assert refused(session, "SELECT * FROM copy").code == "TABLE_NOT_FOUND"


def test_a_file_without_columns_of_the_table_has_rows_all_the_same(folder: Path, session: Session) -> None:
    pq.write_table(pa.table({"other": [1, 2, 3]}), folder / "a.parquet")
    assert session.execute("SELECT count(*), count(id) FROM t").table().to_pydict() == {"_col0": [3], "_col1": [0]}


def test_a_file_without_any_column(folder: Path, session: Session) -> None:
    pq.write_table(pa.table({}), folder / "a.parquet")
    assert session.execute("SELECT count(*) FROM t").table().to_pydict() == {"_col0": [0]}
