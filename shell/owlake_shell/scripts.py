"""Running statements from files and from the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from owlake.dbapi import Connection
from owlake.dialect.script import Piece, split
from owlake.errors import OwlakeError, error
from owlake.queries.model import QueryExecution
from owlake_shell.interrupts import Interruptible
from owlake_shell.progress import Progress, size_text
from owlake_shell.render import render

OK, FAILED, INTERRUPTED = 0, 1, 130
"""Exit statuses."""


@dataclass(frozen=True, slots=True)
class ScriptRunner:
    """Runs statements and writes their results.

    ``echo`` writes each statement before its result, ``summary`` a line of what it took after it.
    """

    connection: Connection
    form: str = "table"
    parameters: Sequence[Any] = ()
    echo: bool = False
    summary: bool = False

    def run(self, script: str, name: str = "") -> int:
        """Every statement of a script, until one fails. The answer is the exit status."""
        try:
            pieces = split(script)
        except OwlakeError as problem:
            return _report(problem, name)
        for piece in pieces:
            if piece.only_comment:
                continue
            try:
                self._statement(piece.text)
            except OwlakeError as problem:
                return _report(problem, _place(problem, name, script, piece))
        return OK

    def _statement(self, text: str) -> None:
        started = time.monotonic()
        if self.echo:
            sys.stdout.write(f"{text};\n")
        session = self.connection.session
        with Interruptible(session) as block, Progress(session):
            result = session.execute(text, self.parameters)
            if result.columns:
                render(result, self.form)
            execution = result.execution
        sys.stdout.flush()
        for warning in execution.warnings:
            sys.stderr.write(f"Warning: {warning}\n")
        if self.summary:
            _write_summary(execution, time.monotonic() - started, sys.stdout)
        if block.interrupted:
            # It was over before the cancel could reach it; what comes next is not to run all the same.
            raise error("USER_CANCELED", "Query cancelled by user")


def _report(problem: OwlakeError, place: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"{place}: {problem.report}\n" if place else f"{problem.report}\n")
    return INTERRUPTED if problem.code == "USER_CANCELED" else FAILED


def _place(problem: OwlakeError, name: str, script: str, piece: Piece) -> str:
    """Where in the file the statement is wrong: ``file:line:column``, its beginning where the error has no place."""
    if not name:
        return ""
    column = piece.offset - script.rfind("\n", 0, piece.offset)
    at = problem.position
    if at is None:
        return f"{name}:{piece.line}:{column}"
    return f"{name}:{piece.line + at.line - 1}:{at.column + (column - 1 if at.line == 1 else 0)}"


def _write_summary(execution: QueryExecution, seconds: float, output: TextIO) -> None:
    if execution.statement_type == "DML" or execution.bytes_scanned:
        rows = f"{execution.rows:,} row{'' if execution.rows == 1 else 's'}"
        text = f"{rows}, {size_text(execution.bytes_scanned)} scanned, {execution.cost:.6f} USD, {seconds:.2f} s"
    else:
        text = f"ok, {seconds:.2f} s"
    output.write(f"-- {text}\n\n")
