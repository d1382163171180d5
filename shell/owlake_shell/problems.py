"""Errors for a person: Athena's text, the line with a caret below the place, and what to do."""

from __future__ import annotations

from owlake.errors import OwlakeError
from owlake_shell.render.cells import visible, width_of

_NARROWEST = 20
_CUT = "…"


def explained(problem: OwlakeError, statement: str, width: int = 80) -> str:
    """The error, with the line of the statement that it is about, in lines of at most ``width`` cells."""
    lines = [str(problem), *_place(problem, statement, width)]
    if problem.hint:
        lines.append(f"Hint: {problem.hint}")
    return "\n".join(lines)


def _place(problem: OwlakeError, statement: str, width: int) -> list[str]:
    position = problem.position
    lines = statement.split("\n")
    if position is None or not 1 <= position.line <= len(lines):
        return []
    line = lines[position.line - 1].rstrip("\r")
    before, after = _split(line, position.column - 1)
    margin = f"{position.line} | "
    room = max(width - len(margin), _NARROWEST)
    before = _shortened(visible(before), room // 2, keep_end=True)
    shown = before + _shortened(visible(after), room - width_of(before), keep_end=False)
    return [f"{margin}{shown}", " " * (len(margin) + width_of(before)) + "^"]


def _split(line: str, units: int) -> tuple[str, str]:
    """The line cut behind so many UTF-16 units, in which positions are counted."""
    encoded = line.encode("utf-16-le", "surrogatepass")
    cut = max(units, 0) * 2
    return tuple(part.decode("utf-16-le", "replace") for part in (encoded[:cut], encoded[cut:]))  # type: ignore[return-value]


def _shortened(text: str, room: int, *, keep_end: bool) -> str:
    """The end, or the beginning, of the text in so many cells."""
    if width_of(text) <= room:
        return text
    text = text[-room:] if keep_end else text[:room]
    while text and width_of(text) >= room:
        text = text[1:] if keep_end else text[:-1]
    return f"{_CUT}{text}" if keep_end else f"{text}{_CUT}"
