"""Row patterns as programs of a small machine, whose choices say which way is preferred."""

from __future__ import annotations

from enum import IntEnum

from owlake.ir import patterns as ir


class Kind(IntEnum):
    """What an instruction does."""

    LABEL = 0
    """Take a row as the label at ``first``."""
    SPLIT = 1
    """Go on at ``first``; if that leads nowhere, at ``second``."""
    JUMP = 2
    """Go on at ``first``."""
    START = 3
    """Go on at the start of the partition only."""
    END = 4
    """Go on at the end of the partition only."""
    EXCLUDE = 5
    """Rows from here on are left out of the output."""
    INCLUDE = 6
    """Rows from here on are in the output again."""
    DONE = 7
    """The pattern is matched."""


Instruction = tuple[Kind, int, int]
"""Kind, first, second."""


def compiled(pattern: ir.Pattern, labels: dict[str, int]) -> list[Instruction]:
    """The program of a pattern; labels are numbered as given."""
    compiler = _Compiler(labels)
    compiler.add(pattern)
    return [*compiler.program, (Kind.DONE, 0, 0)]


class _Compiler:
    def __init__(self, labels: dict[str, int]) -> None:
        self._labels = labels
        self.program: list[Instruction] = []

    def add(self, pattern: ir.Pattern) -> None:
        match pattern:
            case ir.Label():
                self._emit(Kind.LABEL, self._labels[pattern.name])
            case ir.Anchor():
                self._emit(Kind.START if pattern.at_start else Kind.END)
            case ir.Sequence():
                for term in pattern.terms:
                    self.add(term)
            case ir.Choice():
                self._choice(pattern.terms)
            case ir.Excluded():
                self._emit(Kind.EXCLUDE)
                self.add(pattern.pattern)
                self._emit(Kind.INCLUDE)
            case ir.Repeat():
                self._repeat(pattern)

    def _emit(self, kind: Kind, first: int = 0, second: int = 0) -> int:
        self.program.append((kind, first, second))
        return len(self.program) - 1

    def _choice(self, terms: tuple[ir.Pattern, ...]) -> None:
        jumps = []
        for term in terms[:-1]:
            split = self._emit(Kind.SPLIT)
            self.add(term)
            jumps.append(self._emit(Kind.JUMP))
            self.program[split] = (Kind.SPLIT, split + 1, len(self.program))
        self.add(terms[-1])
        for jump in jumps:
            self.program[jump] = (Kind.JUMP, len(self.program), 0)

    def _repeat(self, repeat: ir.Repeat) -> None:
        for _ in range(repeat.at_least):
            self.add(repeat.pattern)
        if repeat.at_most is None:
            self._loop(repeat)
            return
        splits = []
        for _ in range(repeat.at_most - repeat.at_least):
            splits.append(self._emit(Kind.SPLIT))
            self.add(repeat.pattern)
        for split in splits:
            self.program[split] = _split(split + 1, len(self.program), greedy=repeat.greedy)

    def _loop(self, repeat: ir.Repeat) -> None:
        split = self._emit(Kind.SPLIT)
        self.add(repeat.pattern)
        self._emit(Kind.JUMP, split)
        self.program[split] = _split(split + 1, len(self.program), greedy=repeat.greedy)


def _split(more: int, enough: int, *, greedy: bool) -> Instruction:
    return (Kind.SPLIT, more, enough) if greedy else (Kind.SPLIT, enough, more)


def first_labels(program: list[Instruction]) -> set[int] | None:
    """The labels that a match can begin with; None if it can be empty."""
    found: set[int] = set()
    pending, seen = [0], set[int]()
    while pending:
        place = pending.pop()
        if place in seen:
            continue
        seen.add(place)
        kind, first, second = program[place]
        if kind is Kind.DONE:
            return None
        if kind is Kind.LABEL:
            found.add(first)
        elif kind is Kind.SPLIT:
            pending += [first, second]
        else:
            pending.append(first if kind is Kind.JUMP else place + 1)
    return found
