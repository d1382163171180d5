"""What a crawler's target has: its files, without those that are excluded, hidden, empty or not yet to be seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from owlake.spi import DataFile, Home, OwlakeError, error, is_hidden, uris

_CLASS = re.compile(r"\[(!?)([^\]/]+)\]")
_FOLDER_MARKER = "_$folder$"


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a target by folder, each in the order of its name. ``empty`` are left out: they say nothing."""

    root: str
    folders: dict[str, list[DataFile]]
    empty: tuple[str, ...]
    files: int


def list_target(home: Home, path: str, exclusions: Sequence[str]) -> Listing:
    """The files below a path, or the one file that it names.

    Errors: InvalidInputException for an exclusion that is none; HIVE_FILESYSTEM_ERROR for what is no place in the
    lake; EntityNotFoundException where nothing is there.
    """
    excluded = exclusion_filter(exclusions)
    location = uris.parse(path)
    if location.bucket is not None and not home.storage.bucket_exists(location.bucket):
        raise error("EntityNotFoundException", f"The bucket {location.bucket} of the target {path} does not exist")
    found = home.storage.list_files(path)
    if not found and location.key and (one := home.storage.file(path)) is not None:
        return Listing(path, {path: [one]}, (), 1)
    with home.metastore.snapshot() as snapshot:
        is_visible = snapshot.is_visible
    return _by_folder(location.folder_uri, found, excluded, is_visible)


def _by_folder(
    root: str, files: Iterable[DataFile], excluded: Callable[[str], bool], is_visible: Callable[[str], bool]
) -> Listing:
    folders: dict[str, list[DataFile]] = {}
    empty: list[str] = []
    count = 0
    start = len(root)
    for file in files:
        path = file.uri[start:]
        if is_hidden(path) or excluded(path) or not is_visible(file.uri):
            continue
        if file.size == 0:
            if not file.uri.endswith(_FOLDER_MARKER):
                empty.append(file.uri)
            continue
        folder = file.uri[: file.uri.rfind("/") + 1]
        known = folders.get(folder)
        if known is None:
            folders[folder] = [file]
        else:
            known.append(file)
        count += 1
    for found in folders.values():
        found.sort(key=lambda one: one.uri)
    return Listing(root, folders, tuple(sorted(empty)), count)


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
