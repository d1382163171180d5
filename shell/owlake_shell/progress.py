"""What a statement has done so far, on stderr, once it runs for more than a second."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from types import TracebackType
from typing import Self, TextIO

from owlake.session import Session

_FIRST = 1.0
_ON_TERMINAL, _ELSEWHERE = 0.5, 5.0


class Progress:
    """Shows a session's running statement while the block runs."""

    def __init__(self, session: Session, output: TextIO | None = None) -> None:
        self._session = session
        self._output = output or sys.stderr
        self._over = threading.Event()
        self._shown = False
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._show, name="owlake-progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Show nothing more, and take away what stands there; a second time does nothing."""
        if self._over.is_set():
            return
        self._over.set()
        self._thread.join()
        if self._shown and self._output.isatty():
            self._output.write("\r\033[K")
            self._output.flush()

    def _show(self) -> None:
        interval = _ON_TERMINAL if self._output.isatty() else _ELSEWHERE
        wait = _FIRST
        while not self._over.wait(wait):
            wait = interval
            done = self._session.progress()
            text = f"running {time.monotonic() - self._started:.0f} s, {done.rows:,} rows"
            text += f", {size_text(done.bytes_scanned)} scanned, {done.cost:.6f} USD"
            if self._output.isatty():
                text = f"\r\033[K{text[: shutil.get_terminal_size().columns - 1]}"
            else:
                text += "\n"
            self._output.write(text)
            self._output.flush()
            self._shown = True


def size_text(size: int) -> str:
    """Bytes for a person: ``1.4 MB``."""
    value = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
