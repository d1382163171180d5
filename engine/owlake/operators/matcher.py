"""The machine that runs a pattern's program: the preferred match from a row on.

Ways are tried in the order of preference, so the first that ends is the match. A way that comes to a place of the
program, at a row, with the same history as an earlier one came there, is given up: that one went the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from owlake.operators.program import Instruction, Kind
from owlake.operators.totals import Total


@dataclass(slots=True)
class Path:
    """The rows taken so far on one way, from ``start`` on, and their labels.

    ``occurrences`` holds, for each of the label sets that conditions look back to, the places of its rows; ``totals``
    are what conditions add up; ``history`` has, if ``remembers``, a number for each row, another for every way to it.
    """

    sets: Sequence[frozenset[int]]
    start: int = 0
    labels: list[int] = field(default_factory=list)
    occurrences: list[list[int]] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    remembers: bool = False
    history: list[int] = field(default_factory=list)
    _histories: dict[tuple[int, int], int] = field(default_factory=dict)

    def begin(self, start: int) -> None:
        """No rows yet."""
        self.start = start
        self.labels = []
        self.occurrences = [[] for _ in self.sets]
        self.history = []
        self._histories = {}
        for total in self.totals:
            total.stack.clear()

    def take(self, label: int) -> None:
        """The next row, as this label."""
        for wanted, places in zip(self.sets, self.occurrences, strict=True):
            if label in wanted:
                places.append(len(self.labels))
        for total in self.totals:
            if total.place is None or label in self.sets[total.place]:
                total.take(self.start + len(self.labels))
        if self.remembers:
            way = (self.history[-1] if self.history else 0, label)
            self.history.append(self._histories.setdefault(way, len(self._histories) + 1))
        self.labels.append(label)

    def back_to(self, length: int) -> None:
        """Give up all rows beyond the first few."""
        del self.labels[length:]
        del self.history[length:]
        for places in self.occurrences:
            while places and places[-1] >= length:
                places.pop()
        for total in self.totals:
            del total.stack[length if total.place is None else len(self.occurrences[total.place]) :]


Condition = Callable[[int], bool]
"""Whether a row, as the last of the path, satisfies a label."""


@dataclass(frozen=True, slots=True)
class Label:
    """How a label's condition is known: ahead for all rows, or asked on the way; neither is always true."""

    known: bytes | None = None
    condition: Condition | None = None


@dataclass(slots=True)
class Matcher:
    """Finds matches in one partition.

    Attributes:
        signature: What of the path conditions may still ask for; None if they ask for nothing.
        excluded: After a match, whether each of its rows is left out of the output.
    """

    program: list[Instruction]
    labels: Sequence[Label]
    path: Path
    signature: Callable[[], object] | None
    excluded: list[bool] = field(default_factory=list)

    def match(self, start: int, begin: int, end: int) -> bool:
        """Whether a match begins at ``start``; the rows are those from ``begin`` to before ``end``.

        The path holds its rows then.
        """
        path, program = self.path, self.program
        path.begin(start)
        seen: set[object] = set()
        ways: list[tuple[int, int, tuple[tuple[int, bool], ...]]] = [(0, 0, ())]
        while ways:
            place, length, marks = ways.pop()
            path.back_to(length)
            while True:
                kind, first, second = program[place]
                if kind is Kind.LABEL:
                    if not self._takes(first, start + len(path.labels), end):
                        break
                    place += 1
                    continue
                if kind is Kind.DONE:
                    self.excluded = _flags(len(path.labels), marks)
                    return True
                if kind is Kind.JUMP:
                    place = first
                    continue
                if kind is Kind.SPLIT:
                    state = (place, len(path.labels), self.signature() if self.signature is not None else None)
                    if state in seen:
                        break
                    seen.add(state)
                    ways.append((second, len(path.labels), marks))
                    place = first
                    continue
                row = start + len(path.labels)
                if (kind is Kind.START and row != begin) or (kind is Kind.END and row != end):
                    break
                if kind in (Kind.EXCLUDE, Kind.INCLUDE):
                    marks = (*marks, (len(path.labels), kind is Kind.EXCLUDE))
                place += 1
        return False

    def _takes(self, label: int, row: int, end: int) -> bool:
        if row >= end:
            return False
        how = self.labels[label]
        if how.known is not None:
            if not how.known[row]:
                return False
            self.path.take(label)
            return True
        self.path.take(label)
        return how.condition is None or how.condition(row)


def _flags(length: int, marks: tuple[tuple[int, bool], ...]) -> list[bool]:
    """Which rows are in an excluded part; parts may be nested."""
    if not marks:
        return [False] * length
    flags, depth = [], 0
    pending = list(reversed(marks))
    for row in range(length):
        while pending and pending[-1][0] <= row:
            depth += 1 if pending.pop()[1] else -1
        flags.append(depth > 0)
    return flags
