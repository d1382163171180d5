"""A real terminal: the shell in a pseudo terminal, and what its screen shows."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

import pexpect
import pyte

_ROOT = Path(__file__).parents[2]
_SOURCES = os.pathsep.join(str(_ROOT / name) for name in ("engine", "connectors", "shell", "."))
_PATIENCE = 60.0
_STEP = 0.05
_AGAIN = 0.5


def _hear_control_c() -> None:
    """Who runs the tests behind another command has Ctrl-C ignored, and children with it; at a terminal nobody has."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """The command in a terminal of so many cells; also a context manager that ends it.

    Nothing waits for a time: ``until`` reads what comes until the screen shows it.
    """

    def __init__(
        self,
        home: Path,
        *words: str,
        columns: int = 80,
        lines: int = 24,
        settings: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        rc = home.parent / "owlakerc"
        rc.write_text(f'history = "{home.parent / "history"}"\n{settings}', encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.screen = pyte.HistoryScreen(columns, lines, history=2_000)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        with warnings.catch_warnings():
            # The process has threads when it forks; the child becomes another program at once.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._child = pexpect.spawn(
                sys.executable,
                ["-m", "owlake_shell.main", "--home", str(home), *words],
                dimensions=(lines, columns),
                env={
                    **kept,
                    "PYTHONPATH": _SOURCES,
                    "TERM": "xterm-256color",
                    "LANG": "C.UTF-8",
                    "OWLAKERC": str(rc),
                    **(environment or {}),
                },
                timeout=_PATIENCE,
                preexec_fn=_hear_control_c,
            )

    def type(self, text: str) -> None:
        """Press the keys of a text."""
        self._child.send(text)

    def enter(self, text: str = "") -> None:
        """Type a line and press Enter."""
        self.type(f"{text}\r")

    def shown(self) -> str:
        """The screen, without the blanks at the ends of its lines."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def cells_before(self, line: str, text: str) -> int:
        """In which cell of a line, as ``shown`` has it, a text begins."""
        row = next(number for number, one in enumerate(self.screen.display) if one.rstrip() == line)
        cells = [self.screen.buffer[row][column].data for column in range(self.screen.columns)]
        return next(cell for cell in range(len(cells)) if "".join(cells[cell:]).startswith(text))

    def color_of(self, text: str) -> str:
        """The color of the first letter of a text on the screen."""
        for row, line in enumerate(self.screen.display):
            if text in line:
                return str(self.screen.buffer[row][line.index(text)].fg)
        raise AssertionError(f"{text!r} is not on the screen:\n{self.shown()}")

    def suggested(self, wanted: str) -> str:
        """Read until the text is suggested. Names are read behind the prompt: until they are there, ask again."""
        return self.insisting("x\x7f", lambda shown: wanted in shown)

    def insisting(self, keys: str, is_there: Callable[[str], bool]) -> str:
        """Press keys every now and then until the screen is as wanted: for what is read behind the prompt."""
        end = time.monotonic() + _PATIENCE
        while not is_there(self.shown()) and time.monotonic() < end:
            with suppress(pexpect.TIMEOUT):
                self._feed(self._child.read_nonblocking(65_536, _AGAIN))
                continue
            self.type(keys)
        return self.until(is_there)

    def until(self, wanted: str | Callable[[str], bool]) -> str:
        """Read until the screen shows the text, or is as wanted; the answer is the screen."""
        is_there = wanted if callable(wanted) else (lambda shown: wanted in shown)
        end = time.monotonic() + _PATIENCE
        while not is_there(self.shown()):
            if time.monotonic() > end:
                raise AssertionError(f"{wanted!r} never came; the screen:\n{self.shown()}")
            try:
                self._feed(self._child.read_nonblocking(65_536, _STEP))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                assert is_there(self.shown()), f"the shell ended before {wanted!r}; the screen:\n{self.shown()}"
        return self.shown()

    def ended(self) -> int:
        """Read until the command ends; its exit status."""
        while True:
            try:
                self._feed(self._child.read_nonblocking(65_536, _PATIENCE))
            except pexpect.EOF:
                self._child.close()
                return int(self._child.exitstatus or 0)

    def clear(self) -> None:
        """Forget what the screen shows, so that what comes is new."""
        self.screen.reset()

    def _feed(self, data: bytes) -> None:
        self.raw += data
        self._stream.feed(data)
        # Programs ask where the cursor is, and wait for the answer.
        for _ in range(data.count(b"\x1b[6n")):
            self._child.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close(force=True)
