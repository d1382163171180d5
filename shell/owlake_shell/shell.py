"""Running what is typed, given with ``-c`` or read from files: statements and commands, one after the other."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any, Final

import pyarrow as pa

from owlake.dbapi import Connection
from owlake.dialect.script import Piece, split
from owlake.errors import OwlakeError, error
from owlake.queries.model import QueryExecution
from owlake.queries.result import Result
from owlake_shell.interrupts import Interruptible
from owlake_shell.output import Output, no_color
from owlake_shell.problems import explained
from owlake_shell.progress import Progress, size_text
from owlake_shell.render import render
from owlake_shell.render.look import Expanded, Look
from owlake_shell.render.rows import Kept, Rows
from owlake_shell.scripts import CUTTING, VERTICALLY

OK, FAILED, INTERRUPTED = 0, 1, 130
"""Exit statuses."""

ROWS_KEPT: Final = 10_000
"""So many rows of the last result can be drawn as a chart."""
_DEEPEST = 16
"""Scripts that run scripts end somewhere."""


class _Stopped(Exception):  # noqa: N818  (it carries the status of a script that has told of its error)
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(slots=True)
class Shell:
    """Runs statements and commands, and writes their results.

    ``echo`` writes each statement before its result, ``summary`` a line of what it took after it. Commands change
    what stands here.
    """

    connection: Connection
    form: str = "table"
    parameters: Sequence[Any] = ()
    echo: bool = False
    summary: bool = False
    timing: bool = False
    null: str = "NULL"
    types: bool = False
    expanded: Expanded = Expanded.OFF
    output: Output = field(default_factory=Output)
    last_statement: str | None = None
    last_result: Kept | None = None
    is_quitting: bool = False
    _depth: int = 0

    def run(self, script: str, name: str = "") -> int:
        """Every statement and command of a script, until one fails. The answer is the exit status."""
        try:
            pieces = split(script, CUTTING)
        except OwlakeError as problem:
            return _report(problem, name, "")
        for piece in pieces:
            if piece.only_comment:
                continue
            try:
                self._piece(piece)
            except OwlakeError as problem:
                return _report(problem, _place(problem, name, script, piece), piece.text)
            except _Stopped as stopped:
                return stopped.status
            if self.is_quitting:
                break
        return OK

    def run_all(self, scripts: Sequence[tuple[str, str]]) -> int:
        """Scripts, as name and text, until one fails or leaves."""
        for name, script in scripts:
            status = self.run(script, name)
            if status != OK or self.is_quitting:
                return status
        return OK

    def run_included(self, script: str, name: str) -> None:
        """A script that another one, or the prompt, asks for: where it fails, the other one stops too."""
        if self._depth == _DEEPEST:
            raise error("INVALID_ARGUMENTS", f"Scripts run each other more than {_DEEPEST} deep", bare=True)
        self._depth += 1
        try:
            status = self.run(script, name)
        finally:
            self._depth -= 1
        if status != OK:
            raise _Stopped(status)

    def execute(self, statement: str, parameters: Sequence[Any] = (), *, vertically: bool = False) -> None:
        """Run one statement and write its rows.

        Errors: the statement's; USER_CANCELED after Ctrl-C.
        """
        started = time.monotonic()
        session = self.connection.session
        with Interruptible(session) as block, Progress(session) as progress:
            with session.execute(statement, parameters) as result:
                if result.columns:
                    self._write(result, progress, vertically=vertically)
            execution = result.execution
        for warning in execution.warnings:
            sys.stderr.write(f"Warning: {warning}\n")
        if self.summary:
            self._write_summary(execution, time.monotonic() - started)
        if block.interrupted:
            # It was over before the cancel could reach it; what comes next is not to run all the same.
            raise error("USER_CANCELED", "Query cancelled by user")

    def show(self, rows: Rows) -> None:
        """Write the rows of a command."""
        with self.output.opened() as output:
            render(rows, self.form, output, self.look())

    def write(self, text: str) -> None:
        """Write what a command has to show that is no rows."""
        with self.output.opened() as output:
            output.write(text)

    def say(self, text: str) -> None:
        """Tell the person something that is no result."""
        sys.stdout.flush()
        sys.stderr.write(f"{text}\n")

    def look(self) -> Look:
        """How results look where they go now."""
        is_screen = self.output.is_screen
        return Look(
            null=self.null,
            types=self.types,
            expanded=self.expanded,
            width=shutil.get_terminal_size().columns if is_screen else None,
            color=is_screen and not no_color(),
        )

    def close(self) -> None:
        """Finish the file that results go to."""
        self.output.close()

    def _piece(self, piece: Piece) -> None:
        if self.echo:
            self.say(piece.text if piece.text.startswith("\\") else f"{piece.text};")
        if piece.text.startswith("\\"):
            from owlake_shell.commands import run_command  # noqa: PLC0415  (most scripts have none)

            run_command(self, piece.text)
            return
        self.last_statement = piece.text
        self.execute(piece.text, self.parameters, vertically=piece.terminator == VERTICALLY)

    def _write(self, result: Result, progress: Progress, *, vertically: bool) -> None:
        form = "vertical" if vertically else self.form
        with self.output.opened(progress.stop) as output:
            render(self._keeping(result), form, output, self.look())

    def _keeping(self, result: Result) -> Rows:
        """The rows, the first of them kept on their way."""
        kept: list[pa.RecordBatch] = []
        self.last_result = Kept(result.columns, kept)

        def batches() -> Iterator[pa.RecordBatch]:
            room = ROWS_KEPT
            for batch in result:
                if room:
                    kept.append(batch.slice(0, room))
                    room -= kept[-1].num_rows
                yield batch

        return _Streamed(result.columns, batches())

    def _write_summary(self, execution: QueryExecution, seconds: float) -> None:
        if execution.statement_type == "DML" or execution.bytes_scanned:
            rows = f"{execution.rows:,} row{'' if execution.rows == 1 else 's'}"
            text = f"{rows}, {size_text(execution.bytes_scanned)} scanned, {execution.cost:.6f} USD, {seconds:.2f} s"
        else:
            text = f"ok, {seconds:.2f} s"
        if self.timing:
            text += f" (planning {execution.planning_time:.3f} s, engine {execution.engine_time:.3f} s)"
        text = f"-- {text}"
        if sys.stderr.isatty():
            text = fill(text, shutil.get_terminal_size().columns, subsequent_indent="   ")
        self.say(f"{text}\n")


@dataclass(frozen=True, slots=True)
class _Streamed:
    columns: tuple[Any, ...]
    batches: Iterator[pa.RecordBatch]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self.batches


def _report(problem: OwlakeError, place: str, statement: str) -> int:
    sys.stdout.flush()
    text = explained(problem, statement, shutil.get_terminal_size().columns)
    sys.stderr.write(f"{place}: {text}\n" if place else f"{text}\n")
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
