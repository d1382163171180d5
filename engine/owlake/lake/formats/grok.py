"""Grok SerDe: patterns by name, one regular expression in the end.

https://docs.aws.amazon.com/athena/latest/ug/grok-serde.html. The first match in a line counts, wherever it is; its
named parts are the columns, in their order. A line without a match is a row of NULLs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import OwlakeError, error
from owlake.lake.formats.base import ScanRequest
from owlake.lake.formats.text.captured import captured_converter
from owlake.lake.formats.text.line_match import MatchLine, PatternSplitter
from owlake.lake.formats.text.line_plan import line_plan
from owlake.lake.formats.text.reader import TextColumn, text_scans
from owlake.lake.formats.text.values import Convert
from owlake.lake.model import FileScan

_DEFINITION = re.compile(r"([A-Za-z0-9_]+)\s+(.*)")
_REFERENCE = re.compile(
    r"%\{(?P<pattern>[A-Za-z0-9_]+)(?::(?P<name>[A-Za-z0-9_:;/\s.]+))?(?:=(?P<definition>(?:[^{}]|\\.)+))?\}"
)
_MOST_REFERENCES = 1000
_LONGEST = 1 << 20
_OPENING = re.compile(
    r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\((?:\?<(?![=!])(?P<name>[^>]+)>|\?P<(?P<other>[^>]+)>|(?!\?))"
)


class GrokFormat:
    """Text files of lines in which a Grok pattern matches."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan over all files."""
        properties = request.properties
        pattern = properties.get("input.format")
        if pattern is None:
            raise error("HIVE_INVALID_METADATA", "Schema does not have required 'input.format' property")
        grok = expanded(pattern, properties.get("input.grokCustomPatterns", ""))
        columns = [
            TextColumn(column.name, request.ordinal(column.name), _without_quotes(captured_converter(column.type)))
            for column in request.columns
        ]
        # Of the first match in a line, at the line's beginning if there is one, no more than its groups is asked.
        plan = line_plan(f"{grok.pattern}(?:.*)") if grok.is_simple else None
        return text_scans(request, columns, partial(PatternSplitter, plan, _first_match(grok), is_searched=True))


@dataclass(frozen=True, slots=True)
class Grok:
    """A Grok pattern as a regular expression: only what has a name is a group. ``names``: of each group."""

    pattern: str
    names: tuple[str, ...]

    @property
    def is_simple(self) -> bool:
        """Whether each name stands once, so that groups are columns."""
        return len(set(self.names)) == len(self.names)

    @property
    def columns(self) -> tuple[tuple[int, ...], ...]:
        """The groups of each column: those of one name."""
        groups: dict[str, list[int]] = {}
        for number, name in enumerate(self.names):
            groups.setdefault(name, []).append(number)
        return tuple(tuple(found) for found in groups.values())


def expanded(pattern: str, custom_patterns: str) -> Grok:
    """The regular expression of a Grok pattern. Errors: HIVE_INVALID_METADATA, NOT_SUPPORTED."""
    reader = _Expansion(_definitions(custom_patterns))
    text = reader.all(pattern)
    names: list[str] = []

    def only_named(found: re.Match[str]) -> str:
        if not found[0].startswith("("):
            return found[0]
        name = found["name"] or found["other"]
        if name is None:
            return "(?:"
        # Groups of the expansion have numbers, with which they are found again; others the name they were given.
        names.append(reader.names.get(name, name))
        return "("

    return Grok(_OPENING.sub(only_named, text), tuple(names))


@dataclass(slots=True)
class _Expansion:
    """Puts definitions in the place of their names."""

    custom: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    def all(self, pattern: str) -> str:
        for _ in range(_MOST_REFERENCES):
            found = _REFERENCE.search(pattern)
            if found is None:
                return pattern
            pattern = pattern[: found.start()] + self._one(found) + pattern[found.end() :]
            if len(pattern) > _LONGEST:
                break
        raise _invalid("Deep recursion pattern compilation")

    def _one(self, found: re.Match[str]) -> str:
        name = found["pattern"]
        if found["definition"]:
            self.custom[name] = found["definition"]
        definition = self.custom.get(name) or _known_patterns().get(name)
        if definition is None:
            raise _undefined(name)
        if found["name"] is None:
            return f"(?:{definition})"
        group = f"name{len(self.names)}"
        self.names[group] = found["name"].partition(":")[0]
        return f"(?<{group}>{definition})"


@dataclass(frozen=True, slots=True)
class GrokMatcher:
    """A Grok pattern, compiled. ``columns`` are the names of what it finds, once each, in order."""

    columns: tuple[str, ...]
    match: MatchLine


def grok_matcher(pattern: str, custom_patterns: str = "") -> GrokMatcher:
    """What reads lines as the SerDe does. Errors: as ``expanded``."""
    grok = expanded(pattern, custom_patterns)
    return GrokMatcher(tuple(dict.fromkeys(grok.names)), _first_match(grok))


def _definitions(text: str) -> dict[str, str]:
    """``NAME regex`` a line."""
    lines = (_DEFINITION.fullmatch(line.strip("\r")) for line in text.replace("\\n", "\n").split("\n"))
    return {found[1]: found[2] for found in lines if found}


@lru_cache(maxsize=1)
def _known_patterns() -> Mapping[str, str]:
    """Logstash's patterns, as the package ``pygrok`` has them; only those of the SerDe's own file of them."""
    from importlib.util import find_spec  # noqa: PLC0415  (only tables of Grok patterns)
    from pathlib import Path  # noqa: PLC0415  (as above)

    spec = find_spec("pygrok")
    if spec is None or spec.origin is None:
        return {}
    file = Path(spec.origin).parent / "patterns" / "grok-patterns"
    return _definitions(file.read_text("utf-8").replace("\\n", "\\\\n"))


def _undefined(name: str) -> OwlakeError:
    if _known_patterns():
        return _invalid(f"Pattern {name} is not defined.")
    return error(
        "NOT_SUPPORTED",
        f"Grok compilation failure: Pattern {name} is not among input.grokCustomPatterns",
        hint="The predefined patterns come with the extra: pip install 'owlake[grok]'",
    )


def _invalid(reason: str) -> OwlakeError:
    return error("HIVE_INVALID_METADATA", f"Grok compilation failure: {reason}")


def _first_match(grok: Grok) -> MatchLine:
    """The columns' values of the first match in a line; of several groups of a name the last that matched counts."""
    from owlake.functions.regexp.syntax import compiled  # noqa: PLC0415  (0.1 s to import)

    try:
        search = compiled(grok.pattern).search
    except OwlakeError as problem:
        raise _invalid(problem.message) from problem
    columns = grok.columns

    def values(line: str) -> Sequence[str | None] | None:
        found = search(line) if line.strip() else None
        if found is None:
            return None
        groups = found.groups()
        return [
            next((groups[number] for number in reversed(one) if groups[number] is not None), None) for one in columns
        ]

    return values


def _without_quotes(convert: Convert) -> Convert:
    """Values lose quotes around them, a lone quote itself."""

    def converted(column: pa.Array) -> pa.Array:
        bare = column
        for quote in (b'"', b"'"):
            is_quoted = pc.and_(pc.starts_with(column, quote), pc.ends_with(column, quote))
            if pc.any(is_quoted).as_py():
                bare = pc.if_else(is_quoted, pc.binary_slice(bare, 1, -1), bare)
        return convert(bare)

    return converted
