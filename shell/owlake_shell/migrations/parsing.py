"""From a file's text to a migration.

    -- intent: Raw click events, a partition a day
    -- requires: 0001, R__countries
    -- environments: dev, prod
    -- variables: bucket, days=30

    CREATE EXTERNAL TABLE ...;

    -- down
    DROP TABLE ...;

The header is the comment lines at the top, up to the first line that is none; a line that is indented further goes on
with the one above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from owlake.dialect.script import Piece, split
from owlake_shell.migrations.model import Header, Migration, Statement, checksum_of
from owlake_shell.migrations.problems import invalid

T = TypeVar("T")

VERSIONED: Final = re.compile(r"(?P<key>\d{4,})_\w+")
REPEATABLE: Final = re.compile(r"(?P<key>R__\w+)")

_ENTRY: Final = re.compile(r"--[ \t]*(?P<name>[A-Za-z_]+)[ \t]*:[ \t]*(?P<value>.*)")
_CONTINUED: Final = re.compile(r"--[ \t]{2,}(?P<value>\S.*)")
_DOWN: Final = re.compile(r"^[ \t]*--[ \t]*down[ \t]*:?[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_KEY: Final = re.compile(r"\d{4,}|R__\w+")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_ENTRIES: Final = ("intent", "requires", "environments", "variables")
_FORM: Final = (
    "A header is lines such as `-- intent: what it is for`; known are intent, requires, environments, variables"
)
_AFTER_HEADER: Final = "An empty line ends the header: other comments go below it"


def key_of(name: str) -> str | None:
    """What a file of this name (without its ending) is called by others; None for a name that is no migration's."""
    found = VERSIONED.fullmatch(name) or REPEATABLE.fullmatch(name)
    return found["key"] if found else None


def parse_migration(name: str, text: str, path: str = "") -> Migration:
    """The migration of a file called ``name`` (without its ending); ``path`` is what errors call it.

    Errors: MIGRATION_INVALID with ``file:line``.
    """
    path = path or f"{name}.sql"
    key = key_of(name)
    if key is None:
        raise invalid(path, "this is no name of a migration", hint=NAMES)
    text = text.removeprefix("\ufeff")
    header = _header(text, path)
    up, down = _sections(text, path)
    if not up:
        raise invalid(path, "there is no statement in it", hint="Write what it does, or delete the file")
    if key in header.requires:
        raise invalid(path, "it requires itself", hint="Take it out of `requires`")
    return Migration(name, key, path, header, up, down, checksum_of(text))


NAMES: Final = (
    "Files are called NNNN_what_it_does.sql (0001_create_events.sql), or R__name.sql if they are to be repeated"
)


# The header ---------------------------------------------------------------------------------------------


def _header(text: str, path: str) -> Header:
    values: dict[str, tuple[int, str]] = {}
    name = ""
    for line, content in _header_lines(text):
        place = f"{path}:{line}"
        entry, continued = _ENTRY.fullmatch(content), _CONTINUED.fullmatch(content)
        if continued and name:
            values[name] = (values[name][0], f"{values[name][1]} {continued['value'].rstrip()}".strip())
            continue
        if entry is None:
            raise invalid(place, f"this is no line of a header: {content}", hint=f"{_FORM}. {_AFTER_HEADER}")
        name = entry["name"].lower()
        if name not in _ENTRIES:
            raise invalid(place, f"a header has no '{entry['name']}'", hint=f"{_FORM}. {_AFTER_HEADER}")
        if name in values:
            raise invalid(place, f"'{name}' is there twice", hint=f"The first is in line {values[name][0]}")
        values[name] = (line, entry["value"].strip())
    if not values.get("intent", (0, ""))[1]:
        raise invalid(f"{path}:1", "the header does not say what the migration is for", hint=_FORM)

    def read(name: str, reader: Callable[[str, str], T]) -> tuple[T, ...]:
        line, value = values.get(name, (0, ""))
        return tuple(reader(item.strip(), f"{path}:{line}") for item in value.split(",") if item.strip())

    return Header(
        values["intent"][1],
        read("requires", _required),
        read("environments", _environment),
        read("variables", _variable),
    )


def _header_lines(text: str) -> Iterator[tuple[int, str]]:
    for line, content in enumerate(text.splitlines(), start=1):
        if not content.startswith("--"):
            return
        if content.rstrip() != "--":
            yield line, content.rstrip()


def _required(item: str, place: str) -> str:
    if _KEY.fullmatch(item) is None:
        raise invalid(place, f"'{item}' names no migration", hint="Name others by number (0001), or as R__name")
    return item


def _environment(item: str, place: str) -> str:
    if _WORD.fullmatch(item) is None:
        raise invalid(place, f"'{item}' is no name of an environment", hint="Write -- environments: dev, prod")
    return item


def _variable(item: str, place: str) -> tuple[str, str | None]:
    name, sign, default = (part.strip() for part in item.partition("="))
    if _VARIABLE.fullmatch(name) is None:
        raise invalid(place, f"'{name}' is no name of a variable", hint="Write -- variables: bucket, days=30")
    return name, default if sign else None


# The statements -----------------------------------------------------------------------------------------


def _sections(text: str, path: str) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    up: list[Piece] = []
    down: list[Piece] = []
    marked = 0
    for piece in split(text):
        code = piece.without_comments_before
        before = text[piece.offset : code.offset]
        marks = [piece.line + before.count("\n", 0, found.start()) for found in _DOWN.finditer(before)]
        if marks and (marked or len(marks) > 1):
            raise invalid(f"{path}:{marks[-1]}", "there are two down sections", hint="Keep one")
        marked = marks[0] if marks else marked
        if not code.text:
            continue
        if code.is_open:
            raise invalid(f"{path}:{code.line}", "a quote or comment is not closed", hint="Close it")
        hidden = _DOWN.search(code.text)
        if hidden and not marked:
            line = code.line + code.text.count("\n", 0, hidden.start())
            hint = "End the statement with a semicolon; `-- down` stands between statements"
            raise invalid(f"{path}:{line}", "`-- down` stands inside of a statement", hint=hint)
        (down if marked else up).append(code)
    if marked and up and not down:
        hint = "Write what undoes the migration, or take the line out if nothing can"
        raise invalid(f"{path}:{marked}", "the down section has no statement", hint=hint)
    return _numbered(up), _numbered(down)


def _numbered(pieces: Iterable[Piece]) -> tuple[Statement, ...]:
    return tuple(
        Statement(number, piece.line, piece.text.replace("\r\n", "\n")) for number, piece in enumerate(pieces, start=1)
    )
