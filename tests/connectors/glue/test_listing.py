"""Exclusions: the guide's own examples of patterns, and what is no pattern.

https://docs.aws.amazon.com/glue/latest/dg/define-crawler.html#crawler-data-stores-exclude
"""

from __future__ import annotations

import re

import pytest

from owlake.errors import OwlakeError
from owlake_connectors.glue.crawlers.exclusions import exclusion_filter, glob_expression


@pytest.mark.parametrize(
    ("pattern", "excluded", "kept"),
    [
        ("*.csv", ["a.csv", ".csv"], ["d/a.csv", "a.json"]),
        ("*.*", ["a.b", "a."], ["ab", "d/a.b"]),
        ("*.{csv,avro}", ["a.csv", "a.avro"], ["a.orc"]),
        ("foo.?", ["foo.a"], ["foo.", "foo.ab"]),
        ("myfolder/*", ["myfolder/a"], ["myfolder/b/a", "myfolder"]),
        ("myfolder/*/*", ["myfolder/b/a"], ["myfolder/a"]),
        ("myfolder/**", ["myfolder/a", "myfolder/b/a"], ["myfolder"]),
        ("myfolder**", ["myfolder", "myfolder/b/a", "myfolder2"], ["my"]),
        ("departments/**", ["departments/finance.json", "departments/2017/a.csv"], ["employees/a.csv"]),
        (
            "departments/market*",
            ["departments/market-us.json", "departments/marketing.json"],
            ["departments/sales.json"],
        ),
        ("**.csv", ["a.csv", "employees/hr.csv"], ["a.json"]),
        ("employees/*.csv", ["employees/hr.csv"], ["employees/d/hr.csv"]),
        ("2015/01/{[!0],0[8-9]}**", ["2015/01/11/x", "2015/01/08", "2015/01/09/a"], ["2015/01/07/x", "2015/02/11"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "/x"]),
        ("[!a-c]x", ["dx"], ["ax", "/x"]),
        ("[-a]", ["-", "a"], ["b"]),
        (r"[*?\]", ["*", "?", "\\"], ["a"]),
        (r"\*", ["*"], ["a", "\\a"]),
        ("*", [".hidden", "a"], ["d/a"]),
        ("a.b", ["a.b"], ["aXb"]),
    ],
)
def test_globs(pattern: str, excluded: list[str], kept: list[str]) -> None:
    is_excluded = exclusion_filter([pattern])
    assert [path for path in excluded if not is_excluded(path)] == []
    assert [path for path in kept if is_excluded(path)] == []


@pytest.mark.parametrize("pattern", ["a{b", "{a,{b}}", "[a", "a\\", "[z-a]"])
def test_what_is_no_glob(pattern: str) -> None:
    with pytest.raises(OwlakeError, match=f"InvalidInputException: Invalid exclusion pattern '{re.escape(pattern)}'"):
        glob_expression(pattern)
