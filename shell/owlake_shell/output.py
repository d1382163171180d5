"""Where results go: standard output, a pager in front of it, or a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO, cast

from owlake.errors import error

NO_PAGER = "off"
_LESS_OPTIONS = "FRSX"
"""Leave at once what fits, keep colors, cut long lines, leave the text on the screen."""


def no_color() -> bool:
    """Whether nothing is to be told by color (https://no-color.org)."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


class Output:
    """Where the results of a shell go."""

    def __init__(self, pager: str = NO_PAGER) -> None:
        self.path: Path | None = None
        self._pager = pager_command(pager)
        self._file: TextIO | None = None

    @property
    def is_screen(self) -> bool:
        """Whether a person sees the results come."""
        return self._file is None and sys.stdout.isatty()

    @property
    def stream(self) -> TextIO:
        """The file, or standard output."""
        return self._file or sys.stdout

    def redirect(self, path: Path | None) -> None:
        """Let results go to a file from now on, to standard output without one.

        Errors: OUTPUT_ERROR, for a file that cannot be written.
        """
        opened = None
        if path is not None:
            try:
                opened = path.expanduser().open("w", encoding="utf-8", newline="\n")
            except OSError as problem:
                text = f"{path} cannot be written: {problem.strerror or problem}"
                raise error("OUTPUT_ERROR", text, bare=True) from problem
        self.close()
        self._file, self.path = opened, path

    def close(self) -> None:
        """Back to standard output."""
        if self._file is not None:
            self._file.close()
        self._file, self.path = None, None

    @contextmanager
    def opened(self, before: Callable[[], None] = lambda: None) -> Iterator[TextIO]:
        """What a result is written to. ``before`` is called when its first text comes to the screen.

        A person who leaves the pager ends the block.
        """
        if not self.is_screen:
            with self._writing():
                yield self.stream
                self.stream.flush()
            return
        screen = _Screen(sys.stdout, self._pager, before)
        try:
            yield cast("TextIO", screen)
        except BrokenPipeError:
            if not screen.is_paging:
                raise
        finally:
            screen.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Errors: OUTPUT_ERROR where what was opened takes no more: a disk is full. Nothing more is written to it."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as problem:
            text = f"{self.path or 'Standard output'} cannot be written: {problem.strerror or problem}"
            if self._file is None:
                # What waits in it would fail once more when the process ends.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise error("OUTPUT_ERROR", text, bare=True) from problem
            with suppress(OSError):
                self._file.close()
            self._file, self.path = None, None
            hint = "Results go to standard output again"
            raise error("OUTPUT_ERROR", text, bare=True, hint=hint) from problem


class _Screen:
    """Text for a terminal: through a pager once it is longer than the screen."""

    def __init__(self, terminal: TextIO, pager: list[str], before: Callable[[], None]) -> None:
        self._terminal = terminal
        self._pager = pager
        self._before: Callable[[], None] | None = before
        self._waiting: list[str] = []
        self._lines = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def is_paging(self) -> bool:
        """Whether the text went to the pager."""
        return self._process is not None

    def write(self, text: str) -> int:
        if self._before is not None:
            before, self._before = self._before, None
            before()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(text)
        elif not self._pager:
            self._terminal.write(text)
        else:
            self._waiting.append(text)
            self._lines += text.count("\n")
            if self._lines >= shutil.get_terminal_size().lines:
                self._page()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        self._terminal.flush()

    def close(self) -> None:
        """Show what waits; wait until the person leaves the pager."""
        if self._process is None:
            self._terminal.write("".join(self._waiting))
            self._terminal.flush()
            return
        try:
            self._process.communicate()
        except BrokenPipeError:
            self._process.wait()

    def _page(self) -> None:
        environment = {"LESS": _LESS_OPTIONS, "LESSCHARSET": "utf-8", **os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603  (the person's own pager)
                self._pager, stdin=subprocess.PIPE, text=True, encoding="utf-8", env=environment
            )
        except OSError:
            self._pager = []
        text, self._waiting = "".join(self._waiting), []
        self.write(text)


def pager_command(pager: str) -> list[str]:
    """The words of the pager's command; none where there is no pager."""
    if pager == NO_PAGER:
        return []
    if pager == "auto":
        pager = os.environ.get("PAGER") or "less"
    import shlex  # noqa: PLC0415  (few results are paged)

    words = shlex.split(pager)
    return words if words and shutil.which(words[0]) else []
