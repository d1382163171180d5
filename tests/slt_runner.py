"""SQL logic tests: files of statements with what they must answer.

A record is one of::

    statement ok
    CREATE DATABASE d

    statement error COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved
    SELECT x

    query [rowsort]
    SELECT 1, 'a', NULL
    ----
    1 | a | NULL

    query typed
    SELECT 1 AS n
    ----
    n integer
    1

    property parse_decimal_literals_as_double = false

    file s3://lake/t/a.csv.gz [escaped] [bare] [plain]
    1,one

    parquet s3://lake/t/a.parquet
    SELECT 1 AS a

    delete s3://lake/t/a.parquet

    clock 2024-01-05T10:00:00

    session

    plugin tests.operations.example

Records are separated by blank lines; lines that begin with ``#`` are comments. An error text is a part of the whole
one, its hint included. Values are Athena's text; ``(empty)`` is the empty string, and a newline in a value is written
``\\n``. With ``rowsort`` rows are compared in any order, with ``typed`` the first line names the columns and their
types, with ``process`` another process is asked. ``query error`` does not exist: a query that must fail is a
``statement error``. ``file`` and ``parquet`` lay out files (see ``tests.slt_lake``), ``clock`` sets the home's clock
(UTC), which stands still from there on, ``session`` begins a new session, ``plugin`` gives the home a plugin
beside the installed ones. ``{home}`` is the home's folder, everywhere.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.plugins import Plugins
from owlake.session import Session
from owlake.types.rendering import render_column
from tests.slt_lake import put_file, put_parquet

_CHILD = """
import sys
from owlake.home import Home
from owlake.session import Session
from tests.slt_runner import answer_lines
home, properties, text = sys.argv[1], dict(one.split("=", 1) for one in sys.argv[3:]), sys.argv[2]
with Home.open(home) as opened, Session(opened, properties=properties) as session:
    print("\\n".join(answer_lines(session, text)))
"""


@dataclass(frozen=True)
class Record:
    """One record: where it stands, its first line's words, its text, the lines behind ``----``."""

    line: int
    head: str
    text: str
    expected: tuple[str, ...] | None


def records(path: Path) -> Iterator[Record]:
    """The records of a file."""
    lines = path.read_text(encoding="utf-8").split("\n")
    index = 0
    while index < len(lines):
        if not lines[index].strip() or lines[index].startswith("#"):
            index += 1
            continue
        start = index
        while index < len(lines) and lines[index].strip():
            index += 1
        block = [line for line in lines[start:index] if not line.startswith("#")]
        body = block[1:]
        expected = None
        if "----" in body:
            cut = body.index("----")
            body, expected = body[:cut], tuple(body[cut + 1 :])
        yield Record(start + 1, block[0].strip(), "\n".join(body), expected)


def plugins_of(path: Path) -> Plugins:
    """The plugins of the file's home."""
    heads = (record.head.partition(" ") for record in records(path))
    return Plugins({name: importlib.import_module(name) for kind, _, name in heads if kind == "plugin"})


class SltError(Exception):
    """What did not come out as written, a paragraph a record."""


class Runner:
    """Runs one file against a home of its own."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._properties: dict[str, str] = {}
        self._session = Session(home)

    def run(self, path: Path) -> None:
        """Every record; those that fail are told together."""
        problems = []
        for record in self._records(path):
            problem = self._check(record)
            if problem:
                problems.append(f"{path}:{record.line}\n{record.text}\n{problem}")
        self._session.close()
        if problems:
            raise SltError("\n\n".join(problems))

    def _records(self, path: Path) -> Iterator[Record]:
        folder = str(self._home.path)
        for record in records(path):
            head, text = (one.replace("{home}", folder) for one in (record.head, record.text))
            expected = record.expected and tuple(line.replace("{home}", folder) for line in record.expected)
            yield replace(record, head=head, text=text, expected=expected)

    def _check(self, record: Record) -> str | None:
        kind, _, rest = record.head.partition(" ")
        match kind:
            case "statement" if rest == "ok":
                return self._answer(record.text)[1]
            case "statement":
                return self._expect_error(record.text, rest.removeprefix("error").strip())
            case "query":
                return self._expect_rows(record, rest.split())
            case "property":
                name, _, value = rest.partition("=")
                self._properties[name.strip()] = value.strip()
                return self._reopen()
            case "session":
                return self._reopen()
            case "file":
                put_file(self._home, rest, record.text)
                return None
            case "parquet":
                put_parquet(self._home, rest, record.text)
                return None
            case "delete":
                self._home.storage.delete_files([rest])
                return None
            case "clock":
                self._home.scheduler.set(datetime.fromisoformat(rest).replace(tzinfo=UTC))
                return None
            case "plugin":
                return None
            case _:
                return f"unknown record: {record.head}"

    def _reopen(self) -> None:
        self._session.close()
        self._session = Session(self._home, properties=self._properties)

    def _answer(self, text: str) -> tuple[list[str], str | None]:
        """The answer's lines, the columns' line first; or what went wrong."""
        try:
            return answer_lines(self._session, text), None
        except OwlakeError as problem:
            return [], f"failed: {problem.report}"

    def _answer_of_another_process(self, text: str) -> tuple[list[str], str | None]:
        properties = [f"{name}={value}" for name, value in self._properties.items()]
        command = [sys.executable, "-c", _CHILD, str(self._home.path), text, *properties]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return [], f"failed: {done.stderr.strip().splitlines()[-1]}"
        return done.stdout.removesuffix("\n").split("\n"), None

    def _expect_error(self, text: str, wanted: str) -> str | None:
        lines, problem = self._answer(text)
        if problem is None:
            return f"no error; answered {lines[1:4]}"
        return None if wanted in problem.removeprefix("failed: ") else f"{problem}\nexpected: {wanted}"

    def _expect_rows(self, record: Record, modes: list[str]) -> str | None:
        ask = self._answer_of_another_process if "process" in modes else self._answer
        lines, problem = ask(record.text)
        if problem is not None:
            return problem
        found = lines if "typed" in modes else lines[1:]
        expected = list(record.expected or ())
        if "rowsort" in modes:
            found, expected = sorted(found), sorted(expected)
        if found == expected:
            return None
        return "found:\n  " + "\n  ".join(found) + "\nexpected:\n  " + "\n  ".join(expected)


def answer_lines(session: Session, text: str) -> list[str]:
    """What a statement answers: the columns and their types, then a line a row."""
    with session.execute(text) as result:
        table = result.table()
        columns = [
            render_column(table.column(index), column.type, "NULL") for index, column in enumerate(result.columns)
        ]
        header = " | ".join(f"{column.name} {column.type}" for column in result.columns)
    return [header, *(" | ".join(_shown(value) for value in row) for row in zip(*columns, strict=True))]


def _shown(value: str | None) -> str:
    if value is None:
        return "NULL"
    return re.sub(r"[\n\r\t]", lambda found: repr(found[0])[1:-1], value) if value else "(empty)"
