"""Lines cut by steps over whole blocks, against Python's own engine line by line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.lake.formats.text.line_match import PatternSplitter
from owlake.lake.formats.text.line_plan import Rest, line_plan

PATTERNS = {
    "fields": r"([^ ]*) ([^ ]*) ([^ ]*)",
    "quotes": r'"([^"]*)" ([a-z]+) "([^"]*)"',
    "either": r'("[^"]*"|-) ([^ "]*|"[^"]*") (x|[xy]*)',
    "ports": r"([^ ]*):([0-9]*) ([^ ]*)[:-]([0-9]*) ([-.0-9]*)",
    "verb": r'"([^ ]*) ([^ ]*) (- |[^ ]*)" ([^"]*)"',
    "lazy": r"\[(.*?)\] ([^ ]*)",
    "lazy to the end": r"(.*?) x(.*)",
    "optional end": r'([^ ]*) (-|[0-9]*)(?: ([^ "]*|"[^"]*") ([^ "]*|"[^"]*"))?',
    "optional middle": r"([^ ]*)(?: ([^ ]*) ([^ ]*))?.*$",
    "end or more": r'"([^"]*)"($| "[^ ]*")(.*)',
    "tail": r'([^ ]*) "([^ ]*)" ?([^ ]*)? ?( .*)?',
    "nested groups": r"(([a-z]*)-([0-9]*)) (([^ ]*))",
    "counts": r"([0-9]{1,3})\.([0-9]{2}) (x{2,}) (y?)",
    "classes": r"(\d+) (\w*)\s+(\S+)\t([\]\-a]*)",
    "alternatives": r"a ([xy]*)|b ([^ ]*)",
    "greedy overlap": r"([^ ]*)x([^ ]*) (.*)",
    "overlapping choice": r"(a|ab)(c|bc)? (.*)",
    "greedy in the middle": r"(.*) ([0-9]+) (.*)",
}
ALPHABET = ' "x-[]0123:.abcy\té'
LINES = st.lists(
    st.one_of(
        st.text(ALPHABET, max_size=14),
        st.lists(
            st.sampled_from(
                ["a", "x1", '"a b"', "-", "12.34", "h:80", "[z y]", '""', "12", "xx", "a-1", '"GET /x - "', "y", "\t"]
            ),
            max_size=6,
        ).map(" ".join),
    ),
    min_size=1,
    max_size=12,
)


def split(pattern: str, lines: list[str]) -> list[tuple]:
    compiled = re.compile(pattern, re.DOTALL | re.ASCII)

    def whole(line: str):
        found = compiled.fullmatch(line)
        return found and found.groups()

    splitter = PatternSplitter(line_plan(pattern), whole)
    columns = splitter.split("".join(f"{line}\n" for line in lines).encode(), range(compiled.groups))
    return [
        tuple(None if value is None else value.decode() for value in row)
        for row in zip(*(c.to_pylist() for c in columns), strict=True)
    ]


def expected(pattern: str, lines: list[str]) -> list[tuple]:
    compiled = re.compile(pattern, re.DOTALL | re.ASCII)
    found = [compiled.fullmatch(line) for line in lines]
    return [match.groups() if match else (None,) * compiled.groups for match in found]


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=30)
@given(lines=LINES)
def test_the_groups_are_those_of_the_pattern(name, lines):
    pattern = PATTERNS[name]
    assert line_plan(pattern) is not None
    assert split(pattern, lines) == expected(pattern, lines)


ATOMS = st.sampled_from(
    [
        "([^ ]*)",
        " ",
        '"',
        "([0-9]+)",
        "(-|[^ ]*)",
        "x",
        '("[^"]*"|-)',
        "(.*?)",
        "(a)?",
        "(?: ([^ ]*))?",
        "[xy]*",
        ":",
        "([ab]*)",
        "[:-]",
        "([a:]*)",
        "([^ ]*):([0-9]*) ",
        "([^ ]*)[:-]([ab]*)",
    ]
)


@settings(max_examples=250)
@given(parts=st.lists(ATOMS, min_size=1, max_size=7), lines=LINES)
def test_so_are_those_of_any_pattern(parts, lines):
    pattern = "".join(parts)
    if re.compile(pattern).groups:
        assert split(pattern, lines) == expected(pattern, lines)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?i)(a)",
        r"(?=a)(.*)",
        r"(a)\1",
        r"([^é]*)",
        r"(a*+)b",
        r"\b(a)",
        r"(?<n>a)",
        r"([a-z&&[^b]])",
        r"(.)(.*)",
        r"((a)*)",
    ],
)
def test_other_patterns_are_left_to_the_engine(pattern):
    assert line_plan(pattern) is None


def test_fields_between_delimiters_need_no_engine():
    plan = line_plan(r'([^ ]*) ([^ ]*) \[([^\]]*)\] "([^"]*)" (-|[0-9]*) ([^ ]*) ')
    assert plan is not None
    assert not any(isinstance(step, Rest) for step in plan.steps)
