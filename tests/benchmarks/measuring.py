"""Measuring side by side: the best of several rounds, in each round every side once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Setting:
    """What a benchmark is given: where data is kept between runs, a folder for this run, how often to measure.

    ``clock`` is the time that passes, or that all cores of the process spend: the one to ask on a busy machine.
    ``only`` are the lines that are wanted, by a part of their names; ``gigabytes`` is how much data.
    """

    cache: Path
    scratch: Path
    rounds: int = ROUNDS
    clock: Callable[[], float] = time.perf_counter
    queries: Path | None = None
    tables: Path | None = None
    only: re.Pattern[str] = re.compile("")
    gigabytes: float = 0.5

    def wants(self, name: str) -> bool:
        """Whether a line of this name is measured."""
        return self.only.search(name) is not None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table.

    ``figure`` is what the limit is about, in ``unit`` (``x`` for a ratio to the yardstick); ``detail`` says what was
    measured. Without a limit the line only informs; ``at_least`` turns the limit round.
    """

    name: str
    figure: float
    unit: str
    limit: float | None = None
    detail: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the limit holds."""
        if self.limit is None:
            return True
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        limit = "" if self.limit is None else f"{sign} {self.limit:g} {self.unit}"
        verdict = "" if self.limit is None else ("met" if self.met else "MISSED")
        return f"{self.name:34} {self.figure:10.2f} {self.unit:4} {limit:14} {verdict:7} {self.detail}".rstrip()


Benchmark = Callable[[Setting], Iterable[Line]]


def best_of(setting: Setting, *sides: Callable[[], object]) -> list[float]:
    """The least seconds of each side; sides take turns, so that what disturbs the machine disturbs all of them."""
    seconds: list[list[float]] = [[] for _ in sides]
    for _ in range(setting.rounds):
        for side, taken in zip(sides, seconds, strict=True):
            started = setting.clock()
            side()
            taken.append(setting.clock() - started)
    return [min(taken) for taken in seconds]


def milliseconds(seconds: float) -> str:
    """Seconds for people."""
    return f"{seconds * 1000:.1f} ms"


def anonymous_memory(process: int | str = "self") -> int:
    """The bytes of a process that are its own: without the files that it maps."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise ValueError("There is no RssAnon in /proc: memory is measured on Linux only")


def printed(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, each printed as soon as it is measured."""
    for line in lines:
        print(line, flush=True)
        yield line


def missed(lines: Sequence[Line]) -> list[Line]:
    """Those whose limit does not hold."""
    return [line for line in lines if not line.met]
