"""Running statements from files and from the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from owlake.dbapi import Connection
from owlake.dialect.script import split
from owlake.errors import OwlakeError
from owlake.queries.model import QueryExecution
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
            return self._report(problem, name, 1)
        for piece in pieces:
            if piece.only_comment:
                continue
            status = self._statement(piece.text, name, piece.line)
            if status != OK:
                return status
        return OK

    def _statement(self, text: str, name: str, line: int) -> int:
        started = time.monotonic()
        if self.echo:
            sys.stdout.write(f"{text};\n")
        try:
            with Progress(self.connection.session):
                result = self.connection.session.execute(text, self.parameters)
                if result.columns:
                    render(result, self.form)
                execution = result.execution
        except OwlakeError as problem:
            return self._report(problem, name, line)
        except KeyboardInterrupt:
            self.connection.session.cancel()
            sys.stderr.write("Query cancelled by user\n")
            return INTERRUPTED
        sys.stdout.flush()
        for warning in execution.warnings:
            sys.stderr.write(f"Warning: {warning}\n")
        if self.summary:
            _write_summary(execution, time.monotonic() - started, sys.stdout)
        return OK

    def _report(self, problem: OwlakeError, name: str, line: int) -> int:
        where = f"{name}:{line}: " if name else ""
        sys.stdout.flush()
        sys.stderr.write(f"{where}{problem.report}\n")
        return FAILED


def _write_summary(execution: QueryExecution, seconds: float, output: TextIO) -> None:
    if execution.statement_type == "DML" or execution.bytes_scanned:
        rows = f"{execution.rows:,} row{'' if execution.rows == 1 else 's'}"
        text = f"{rows}, {size_text(execution.bytes_scanned)} scanned, {execution.cost:.6f} USD, {seconds:.2f} s"
    else:
        text = f"ok, {seconds:.2f} s"
    output.write(f"-- {text}\n\n")
