"""Patterns of rows that fit one label each are regular expressions over letters: Python says what matches.

Not where what is repeated may be empty: Python ends a repetition with its first empty round, Trino gives up the way
that made the empty round and goes on with the next.
"""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.ir import patterns as ir
from owlake.operators.matcher import Label, Matcher, Path
from owlake.operators.program import compiled, first_labels

LABELS = {"a": 0, "b": 1, "c": 2}


def repeats(inner: st.SearchStrategy[ir.Pattern]) -> st.SearchStrategy[ir.Pattern]:
    bounds = st.sampled_from(((0, None), (1, None), (0, 1), (0, 2), (2, 3), (1, 1)))
    return st.builds(lambda one, two, greedy: ir.Repeat(one, *two, greedy), inner, bounds, st.booleans())


def terms(inner: st.SearchStrategy[ir.Pattern]) -> st.SearchStrategy[tuple[ir.Pattern, ...]]:
    return st.lists(inner, min_size=1, max_size=3).map(tuple)


patterns = st.recursive(
    st.sampled_from(sorted(LABELS)).map(ir.Label),
    lambda inner: st.one_of(terms(inner).map(ir.Sequence), terms(inner).map(ir.Choice), repeats(inner)),
    max_leaves=6,
)


def as_regex(pattern: ir.Pattern) -> str:
    match pattern:
        case ir.Label():
            return pattern.name
        case ir.Sequence():
            return "".join(f"(?:{as_regex(one)})" for one in pattern.terms)
        case ir.Choice():
            return "|".join(f"(?:{as_regex(one)})" for one in pattern.terms)
        case ir.Repeat():
            most = "" if pattern.at_most is None else pattern.at_most
            lazy = "" if pattern.greedy else "?"
            return f"(?:{as_regex(pattern.pattern)}){{{pattern.at_least},{most}}}{lazy}"
        case _:
            raise AssertionError(pattern)


def may_be_empty(pattern: ir.Pattern) -> bool:
    match pattern:
        case ir.Sequence():
            return all(may_be_empty(one) for one in pattern.terms)
        case ir.Choice():
            return any(may_be_empty(one) for one in pattern.terms)
        case ir.Repeat():
            return pattern.at_least == 0 or may_be_empty(pattern.pattern)
        case _:
            return False


def repeats_what_may_be_empty(pattern: ir.Pattern) -> bool:
    match pattern:
        case ir.Sequence() | ir.Choice():
            return any(repeats_what_may_be_empty(one) for one in pattern.terms)
        case ir.Repeat():
            return may_be_empty(pattern.pattern) or repeats_what_may_be_empty(pattern.pattern)
        case _:
            return False


def matcher(pattern: ir.Pattern, rows: str) -> Matcher:
    known = [Label(bytes(row == name for row in rows)) for name in LABELS]
    return Matcher(compiled(pattern, LABELS), known, Path([]), None)


@settings(max_examples=400, deadline=None)
@given(patterns.filter(lambda one: not repeats_what_may_be_empty(one)), st.text("abc", max_size=12))
def test_a_match_is_the_one_that_a_regular_expression_prefers(pattern: ir.Pattern, rows: str) -> None:
    found = matcher(pattern, rows)
    expression = re.compile(as_regex(pattern))
    for start in range(len(rows)):
        expected = expression.match(rows, start)
        matched = found.match(start, 0, len(rows))
        assert matched is (expected is not None)
        if expected is not None:
            assert "".join("abc"[label] for label in found.path.labels) == expected.group()


@settings(max_examples=200, deadline=None)
@given(patterns, st.text("abc", min_size=1, max_size=8))
def test_a_match_begins_with_one_of_the_first_labels(pattern: ir.Pattern, rows: str) -> None:
    first = first_labels(compiled(pattern, LABELS))
    found = matcher(pattern, rows)
    if found.match(0, 0, len(rows)):
        assert first is None or found.path.labels[0] in first


def test_an_empty_round_of_a_repetition_is_given_up_for_the_next_way() -> None:
    # Trino's machine drops a thread that comes to the same instruction at the same row again (its Matcher).
    lazy = ir.Repeat(ir.Label("a"), 0, None, greedy=False)
    found = matcher(ir.Repeat(lazy, 0, None, greedy=True), "a")
    assert found.match(0, 0, 1)
    assert len(found.path.labels) == 1


def test_a_row_that_could_be_matched_in_many_ways_is_tried_once_at_each_place() -> None:
    once = ir.Repeat(ir.Label("a"), 1, None, greedy=True)
    pattern = ir.Sequence((ir.Repeat(once, 1, None, greedy=True), ir.Label("b")))
    assert not matcher(pattern, "a" * 5000).match(0, 0, 5000)
