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

Records are separated by blank lines; lines that begin with ``#`` are comments. An error text is a part of the whole
one. Values are Athena's text; ``(empty)`` is the empty string, and a newline in a value is written ``\\n``. With
``rowsort`` rows are compared in any order, with ``typed`` the first line names the columns and their types.
``query error`` does not exist: a query that must fail is a ``statement error``. ``sh`` runs a function of the test's
Python module to lay out files: see ``FIXTURES``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
from owlake.types.rendering import render_column

Fixture = Callable[[Home], None]
FIXTURES: dict[str, Fixture] = {}
"""What ``fixture name`` does before the records after it."""


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
        for record in records(path):
            problem = self._check(record)
            if problem:
                problems.append(f"{path}:{record.line}\n{record.text}\n{problem}")
        self._session.close()
        if problems:
            raise SltError("\n\n".join(problems))

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
            case "fixture":
                FIXTURES[rest](self._home)
                return None
            case "session":
                return self._reopen()
            case _:
                return f"unknown record: {record.head}"

    def _reopen(self) -> None:
        self._session.close()
        self._session = Session(self._home, properties=self._properties)

    def _answer(self, text: str) -> tuple[list[str], str | None]:
        """The answer's lines, the columns' line first; or what went wrong."""
        try:
            with self._session.execute(text) as result:
                table = result.table()
                columns = [
                    render_column(table.column(index), column.type, "NULL")
                    for index, column in enumerate(result.columns)
                ]
                header = " | ".join(f"{column.name} {column.type}" for column in result.columns)
        except OwlakeError as problem:
            return [], f"failed: {problem}"
        rows = [" | ".join(_shown(value) for value in row) for row in zip(*columns, strict=True)]
        return [header, *rows], None

    def _expect_error(self, text: str, wanted: str) -> str | None:
        lines, problem = self._answer(text)
        if problem is None:
            return f"no error; answered {lines[1:4]}"
        return None if wanted in problem.removeprefix("failed: ") else f"{problem}\nexpected: {wanted}"

    def _expect_rows(self, record: Record, modes: list[str]) -> str | None:
        lines, problem = self._answer(record.text)
        if problem is not None:
            return problem
        found = lines if "typed" in modes else lines[1:]
        expected = list(record.expected or ())
        if "rowsort" in modes:
            found, expected = sorted(found), sorted(expected)
        if found == expected:
            return None
        return "found:\n  " + "\n  ".join(found) + "\nexpected:\n  " + "\n  ".join(expected)


def _shown(value: str | None) -> str:
    if value is None:
        return "NULL"
    return re.sub(r"[\n\r\t]", lambda found: repr(found[0])[1:-1], value) if value else "(empty)"
