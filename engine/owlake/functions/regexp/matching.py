"""Whether, where and how often a pattern matches, and what."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import by_distinct, expanded, length_of
from owlake.functions.distinct import once_per_value
from owlake.functions.lists import absent, elements_of, lists, positions
from owlake.functions.regexp.constants import argument, native_pattern, signatures
from owlake.functions.regexp.family import FAMILY
from owlake.functions.regexp.marking import MARK, marked_matches, may_mislead
from owlake.functions.regexp.syntax import all_matches, capturing_only, compiled, matches, parse
from owlake.functions.registry import CallSite, Execution
from owlake.functions.texts import quoted, text_of
from owlake.ir.expressions import Constant
from owlake.types.model import BIGINT, INTEGER


@FAMILY.sql(*signatures("regexp_like", ") -> boolean"), raises=True)
def _regexp_like(site: CallSite) -> str:
    """Whether a pattern matches somewhere in a text."""
    _, native = native_pattern(site, 1, like=True)
    if native is not None:
        return f"regexp_like({text_of(site, 0)}, {quoted(native)})"
    return site.kernel(_like_rows, [argument(site, 0), argument(site, 1)], site.type)


def _like_rows(texts: Any, patterns: Any) -> pa.Array:
    def like(pattern: str, column: pa.Array) -> pa.Array:
        search = compiled(pattern).search
        return once_per_value(column, lambda values: [search(value) is not None for value in values], pa.bool_())

    return by_distinct(patterns, [texts], like, pa.bool_())


@FAMILY.sql(*signatures("regexp_count", ") -> bigint"), raises=True)
def _regexp_count(site: CallSite) -> str:
    """How often a pattern matches in a text."""
    pattern, native = native_pattern(site, 1)
    if pattern is not None and native is not None and not parse(pattern).may_be_empty:
        return f"regexp_count({text_of(site, 0)}, {quoted(native)})"
    return site.kernel(_count_rows, [argument(site, 0), argument(site, 1)], site.type)


def _count_rows(texts: Any, patterns: Any) -> pa.Array:
    def count(pattern: str, column: pa.Array) -> pa.Array:
        return once_per_value(column, lambda values: [len(all_matches(pattern, value)) for value in values], pa.int64())

    return by_distinct(patterns, [texts], count, pa.int64())


# What matches -------------------------------------------------------------------------------------------


def _check_group(pattern: str, group: int) -> None:
    if group < 0:
        raise error("INVALID_FUNCTION_ARGUMENT", "Group cannot be negative")
    groups = parse(pattern).groups
    if group > groups:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Pattern has {groups} groups. Cannot access group {group}")


@FAMILY.sql(
    *signatures("regexp_extract", ") -> varchar(x)"), *signatures("regexp_extract", ", bigint) -> varchar(x)"),
    raises=True,
)  # fmt: skip
def _regexp_extract(site: CallSite) -> str:
    """What a pattern, or one of its groups, matches first in a text."""
    group = site.arguments[2] if len(site.arguments) > 2 else Constant(BIGINT, 0)
    pattern, native = native_pattern(site, 1)
    if native is not None and isinstance(group, Constant) and 0 <= group.value <= parse(pattern or "").groups:
        # The native function leaves out groups that match nothing, and gives the whole match where there are none.
        return f"array_element(regexp_match({text_of(site, 0)}, {quoted(capturing_only(native, group.value))}), 1)"
    return site.kernel(_extract_rows, [argument(site, 0), argument(site, 1), group], site.type)


def _extract_rows(texts: Any, patterns: Any, groups: Any) -> pa.Array:
    def extract(pattern: str, column: pa.Array, wanted: pa.Array) -> pa.Array:
        return by_distinct(wanted, [column], lambda group, values: _extracted(pattern, group, values), pa.string())

    return by_distinct(patterns, [_spread(texts, patterns, groups), groups], extract, pa.string())


def _spread(first: Any, *others: Any) -> pa.Array:
    return expanded(first, length_of((first, *others)))


def _extracted(pattern: str, group: int, column: pa.Array) -> pa.Array:
    _check_group(pattern, group)
    search = compiled(pattern).search

    def extract(values: list[str]) -> list[str | None]:
        return [None if match is None else match[group] for match in map(search, values)]

    return once_per_value(column, extract, pa.string())


_TEXTS = pa.list_(pa.string())


@FAMILY.sql(
    *signatures("regexp_extract_all", ") -> array(varchar(x))"),
    *signatures("regexp_extract_all", ", bigint) -> array(varchar(x))"),
    raises=True,
    execution=Execution.KERNEL,
)
def _regexp_extract_all(site: CallSite) -> str:
    """Everything that a pattern, or one of its groups, matches in a text."""
    group = site.arguments[2] if len(site.arguments) > 2 else Constant(BIGINT, 0)
    given = [argument(site, 0), argument(site, 1), group]
    marked = marked_matches(site, f"{MARK}{{}}{MARK}", group)
    if marked is not None:
        return site.kernel(_extract_all_marked, [*given, marked], site.type)
    return site.kernel(_extract_all_rows, given, site.type)


def _extract_all_marked(texts: Any, patterns: Any, groups: Any, marked: Any) -> pa.Array:
    """What stands between the first mark and the second, the third and the fourth, and so on."""
    if may_mislead(texts):
        return _extract_all_rows(texts, patterns, groups)
    parts = pc.split_pattern(marked, MARK)
    rows = elements_of(parts)
    found = rows.taken(np.flatnonzero(positions(rows) % 2))
    if groups.as_py() and pc.any(pc.equal(found.columns[0], "")).as_py():
        # A group that matches nothing looks like one that is not in the match.
        return _extract_all_rows(texts, patterns, groups)
    return lists(found, absent(parts))


def _extract_all_rows(texts: Any, patterns: Any, groups: Any) -> pa.Array:
    def extract(pattern: str, column: pa.Array, wanted: pa.Array) -> pa.Array:
        return by_distinct(wanted, [column], lambda group, values: _all_extracted(pattern, group, values), _TEXTS)

    return by_distinct(patterns, [_spread(texts, patterns, groups), groups], extract, _TEXTS)


def _all_extracted(pattern: str, group: int, column: pa.Array) -> pa.Array:
    _check_group(pattern, group)
    return once_per_value(
        column, lambda values: [[match[group] for match in all_matches(pattern, value)] for value in values], _TEXTS
    )


@FAMILY.sql(*signatures("regexp_split", ") -> array(varchar(x))"), raises=True, execution=Execution.KERNEL)
def _regexp_split(site: CallSite) -> str:
    """The parts of a text between what a pattern matches."""
    given = [argument(site, 0), argument(site, 1)]
    marked = marked_matches(site, MARK)
    if marked is not None:
        return site.kernel(_split_marked, [*given, marked], site.type)
    return site.kernel(_split_rows, given, site.type)


def _split_marked(texts: Any, patterns: Any, marked: Any) -> pa.Array:
    return _split_rows(texts, patterns) if may_mislead(texts) else pc.split_pattern(marked, MARK)


def _split_rows(texts: Any, patterns: Any) -> pa.Array:
    def split(pattern: str, column: pa.Array) -> pa.Array:
        return once_per_value(column, lambda values: [_parts(pattern, value) for value in values], _TEXTS)

    return by_distinct(patterns, [texts], split, _TEXTS)


def _parts(pattern: str, text: str) -> list[str]:
    parts: list[str] = []
    end = 0
    for match in all_matches(pattern, text):
        parts.append(text[end : match.start()])
        end = match.end()
    return [*parts, text[end:]]


# Where it matches ---------------------------------------------------------------------------------------


@FAMILY.sql(
    *signatures("regexp_position", ") -> integer"),
    *signatures("regexp_position", ", integer) -> integer"),
    *signatures("regexp_position", ", integer, integer) -> integer"),
    raises=True,
)
def _regexp_position(site: CallSite) -> str:
    """The place where a pattern matches for the nth time from a place on; -1 if it does not."""
    start, occurrence = (*site.arguments[2:], Constant(INTEGER, 1), Constant(INTEGER, 1))[:2]
    given = [argument(site, 0), argument(site, 1), start, occurrence]
    pattern, native = native_pattern(site, 1)
    if pattern is not None and native is not None and isinstance(start, Constant) and isinstance(occurrence, Constant):
        places = [one.value or 0 for one in (start, occurrence)]
        if min(places) > 0 and not parse(pattern).may_be_empty and (places[0] == 1 or not _ANCHORS.search(native)):
            # Where it does not match, the native function says 0.
            found = f"regexp_instr({text_of(site, 0)}, {quoted(native)}, {places[0]}, {places[1]})"
            return f"CAST({found} - CAST({found} = 0 AS BIGINT) AS INTEGER)"
    return site.kernel(_position_rows, given, site.type)


_ANCHORS = re.compile(r"[$^]|\\[ABbz]")
"""What looks at characters before a place: the native function does not see those before the first."""


def _position_rows(texts: Any, patterns: Any, starts: Any, occurrences: Any) -> list[int | None]:
    arguments = (texts, patterns, starts, occurrences)
    length = length_of(arguments)
    rows = zip(*(expanded(one, length).to_pylist() for one in arguments), strict=True)
    return [None if None in row else _position(*row) for row in rows]


def _position(text: str, pattern: str, start: int, occurrence: int) -> int:
    if start < 1:
        raise error("INVALID_FUNCTION_ARGUMENT", "start position cannot be smaller than 1")
    if occurrence < 1:
        raise error("INVALID_FUNCTION_ARGUMENT", "occurrence cannot be smaller than 1")
    if start > len(text):
        return -1
    if occurrence == 1:
        match = compiled(pattern).search(text, start - 1)
        return -1 if match is None else int(match.start()) + 1
    for match in matches(pattern, text, start - 1):
        occurrence -= 1
        if occurrence == 0:
            return int(match.start()) + 1
    return -1
