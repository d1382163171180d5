"""RegexSerDe: the groups of a pattern that matches whole lines are the columns.

https://docs.aws.amazon.com/athena/latest/ug/regex-serde.html. A line that does not match is a row of NULLs, and so is
a group that does not parse as its column's type.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from owlake.errors import OwlakeError, error
from owlake.lake.formats.base import ScanRequest, is_true
from owlake.lake.formats.text.captured import captured_converter
from owlake.lake.formats.text.line_match import MatchLine, PatternSplitter
from owlake.lake.formats.text.line_plan import line_plan
from owlake.lake.formats.text.reader import TextColumn, text_scans
from owlake.lake.model import FileScan


class RegexFormat:
    """Text files of lines that a pattern matches."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan over all files."""
        pattern = request.properties.get("input.regex")
        if pattern is None:
            raise error("HIVE_INVALID_METADATA", "Schema does not have required 'input.regex' property")
        ignores_case = is_true(request.properties, "input.regex.case.insensitive")
        columns = [
            TextColumn(column.name, request.ordinal(column.name), captured_converter(column.type))
            for column in request.columns
        ]
        plan = None if ignores_case else line_plan(pattern)
        match_line = _whole_line(f"(?{'i' if ignores_case else ''}s){pattern}")
        return text_scans(request, columns, partial(PatternSplitter, plan, match_line))


def _whole_line(pattern: str) -> MatchLine:
    """Java's ``matches``. Errors: HIVE_INVALID_METADATA for what is no pattern."""
    from owlake.functions.regexp.syntax import compiled  # noqa: PLC0415  (0.1 s to import)

    try:
        match = compiled(pattern).fullmatch
    except OwlakeError as problem:
        raise error("HIVE_INVALID_METADATA", f"Invalid input.regex property: {problem.message}") from problem

    def groups(line: str) -> Sequence[str | None] | None:
        found = match(line)
        return None if found is None else found.groups()

    return groups
