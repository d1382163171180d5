"""Patterns, held to what Trino's own engine finds, and to each other where two engines run them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from datafusion import SessionContext
from hypothesis import given
from hypothesis import strategies as st

from owlake.errors import OwlakeError
from owlake.functions.regexp.matching import _like_rows
from owlake.functions.regexp.replacing import pieces_of
from owlake.functions.regexp.syntax import capturing_only, compiled, matches, parse

VECTORS = json.loads((Path(__file__).parent / "regexp_vectors.json").read_text())["vectors"]
FOUND = [(pattern, text, found) for pattern, text, found in VECTORS if not isinstance(found, str)]
REFUSED = [(pattern, found) for pattern, _, found in VECTORS if isinstance(found, str)]


def groups(pattern, text):
    count = parse(pattern).groups
    return [[match[group] for group in range(count + 1)] for match in matches(pattern, text)]


def test_there_are_many_vectors():
    assert len(FOUND) > 900
    assert len(REFUSED) > 40


def test_what_joni_finds_is_found():
    assert [(pattern, text, groups(pattern, text)) for pattern, text, _ in FOUND] == FOUND


@pytest.mark.parametrize(("pattern", "reason"), REFUSED)
def test_what_joni_refuses_is_refused(pattern, reason):
    with pytest.raises(OwlakeError) as caught:
        compiled(pattern)
    assert caught.value.code == "INVALID_FUNCTION_ARGUMENT"
    assert reason in str(caught.value)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def native_columns(pattern, text):
    expression = parse(pattern)
    if expression.like is not None:
        yield "like", f"regexp_like({quoted(text)}, {quoted(expression.like)})"
    if expression.native is None:
        return
    if not expression.may_be_empty:
        yield "count", f"regexp_count({quoted(text)}, {quoted(expression.native)})"
    for group in range(expression.groups + 1):
        only = capturing_only(expression.native, group)
        yield group, f"array_element(regexp_match({quoted(text)}, {quoted(only)}), 1)"


def expected(what, found):
    if what == "like":
        return len(found) > 0
    if what == "count":
        return len(found)
    return found[0][what] if found else None


def test_the_native_engine_finds_the_same_where_it_is_asked():
    columns = [(found, *one) for pattern, text, found in FOUND for one in native_columns(pattern, text)]
    assert len(columns) > 800
    context = SessionContext()
    for start in range(0, len(columns), 100):
        part = columns[start : start + 100]
        sql = ", ".join(f"{column} AS c{index}" for index, (_, _, column) in enumerate(part))
        row = context.sql(f"SELECT {sql}").to_pylist()[0]
        assert list(row.values()) == [expected(what, found) for found, what, _ in part]


@given(st.text("ab\n.é💰", max_size=8), st.sampled_from(["", "a", "a*", "b|", ".", "(a)(b)?", r"\b", "$"]))
def test_matches_and_what_is_between_them_are_the_text(text, pattern):
    end, rebuilt = 0, ""
    for match in matches(pattern, text):
        assert match.start() >= end
        rebuilt += text[end : match.start()] + match[0]
        end = match.end()
    assert rebuilt + text[end:] == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_a_quoted_text_matches_itself_and_nothing_more(text):
    pattern = "".join(f"\\{one}" if one in "\\.^$|?*+()[]{}" else one for one in text)
    assert [match[0] for match in matches(f"\\A(?:{pattern})\\z", text)] == [text]
    assert not list(matches(f"\\A(?:{pattern})\\z", text + "x"))


@pytest.mark.parametrize(
    ("replacement", "pattern", "pieces"),
    [
        ("", "a", ()),
        ("x$0y", "a", ("x", 0, "y")),
        ("$10", "(1)(2)", (1, "0")),
        ("$10", "(1)(2)(3)(4)(5)(6)(7)(8)(9)(0)", (10,)),
        ("$01", "(x)", (1,)),
        ("$05", "x", (0, "5")),
        ("${n}${n}", "(?<n>x)", (1, 1)),
        (r"\$1\\\t", "(x)", ("$", "1", "\\", "t")),
    ],
)
def test_replacements_are_read_as_trino_does(replacement, pattern, pieces):
    # The cases are those of Trino's TestRegexpFunctions, told apart into their pieces.
    assert pieces_of(replacement, pattern) == pieces


@pytest.mark.parametrize("replacement", ["$", "\\", "$a", "$1", "${}", "${0}", "${nam}", "${name"])
def test_replacements_that_refer_to_nothing_are_refused(replacement):
    with pytest.raises(OwlakeError, match="Illegal replacement sequence"):
        pieces_of(replacement, "x")


def test_a_pattern_is_asked_for_every_row():
    texts, patterns = pa.array(["ab", "ab", None, "b"]), pa.array(["^a", None, "a", "^a"])
    assert _like_rows(texts, patterns).to_pylist() == [True, None, None, False]
