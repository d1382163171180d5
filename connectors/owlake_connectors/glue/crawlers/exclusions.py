"""Exclusions: globs as Java's file systems have them, over paths below a target."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from owlake.spi import OwlakeError, error

_CLASS = re.compile(r"\[(!?)([^\]/]+)\]")


def exclusion_filter(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path below the target fits one of the patterns. Errors: InvalidInputException."""
    if not patterns:
        return lambda path: False  # noqa: ARG005
    expressions = [re.compile(glob_expression(one), re.DOTALL) for one in patterns]
    return lambda path: any(one.fullmatch(path) for one in expressions)


def glob_expression(pattern: str) -> str:
    r"""The regular expression of a glob as ``java.nio.file.FileSystem.getPathMatcher`` has it.

    ``*`` and ``?`` stay within a folder, ``**`` does not; ``[a-c]``, ``[!a]``, ``{one,other}`` without another inside;
    a backslash takes what follows as it stands. Errors: InvalidInputException.
    """
    found: list[str] = []
    place = 0
    in_group = False
    while place < len(pattern):
        character = pattern[place]
        step = 1
        match character:
            case "*":
                step = 2 if pattern.startswith("**", place) else 1
                found.append(".*" if step == 2 else "[^/]*")
            case "?":
                found.append("[^/]")
            case "[":
                text, step = _bracket(pattern, place)
                found.append(text)
            case "{":
                if in_group:
                    raise _invalid(pattern, "groups in braces cannot be nested")
                in_group = True
                found.append("(?:(?:")
            case "}" if in_group:
                in_group = False
                found.append("))")
            case "," if in_group:
                found.append(")|(?:")
            case "\\":
                if place + 1 == len(pattern):
                    raise _invalid(pattern, "nothing follows the backslash")
                step = 2
                found.append(re.escape(pattern[place + 1]))
            case _:
                found.append(re.escape(character))
        place += step
    if in_group:
        raise _invalid(pattern, "a brace is not closed")
    return "".join(found)


def _bracket(pattern: str, start: int) -> tuple[str, int]:
    r"""The characters in brackets: ``* ? \`` stand for themselves, a hyphen does at the beginning."""
    found = _CLASS.match(pattern, start)
    if found is None:
        raise _invalid(pattern, "a bracket is not closed")
    negation, content = found[1], found[2]
    ranges: list[str] = []
    place = 0
    while place < len(content):
        if place + 2 < len(content) and content[place + 1] == "-" and not (place == 0 and content[0] == "-"):
            low, high = content[place], content[place + 2]
            if low > high:
                raise _invalid(pattern, f"the range {low}-{high} is upside down")
            ranges.append(f"{re.escape(low)}-{re.escape(high)}")
            place += 3
            continue
        ranges.append(re.escape(content[place]))
        place += 1
    characters = "".join(ranges)
    return (f"(?!/)[^{characters}]" if negation else f"[{characters}]"), len(found[0])


def _invalid(pattern: str, reason: str) -> OwlakeError:
    return error("InvalidInputException", f"Invalid exclusion pattern '{pattern}': {reason}")
