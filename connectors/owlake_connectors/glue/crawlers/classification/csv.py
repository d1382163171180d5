"""CSV: values between commas, bars, tabs, semicolons or Ctrl-A; at least two columns and two rows.

The first row is a header where AWS's rule says so: texts throughout, and some column below is something else.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from owlake_connectors.glue.crawlers.classification.found import (
    QUOTED,
    Classified,
    Layout,
    estimated_records,
)
from owlake_connectors.glue.crawlers.classification.sample import SAMPLE_RECORDS, Sample
from owlake_connectors.glue.crawlers.inference.texts import text_type, texts_type
from owlake_connectors.glue.crawlers.inference.types import NULL, STRING, Field, FoundType

DELIMITERS = (",", "|", "\t", ";", "\u0001")
_LEAST_REGULAR = 0.8
"""The share of rows that must have the columns that most rows have."""
_LONGEST_NAME = 150
_ILLEGAL = re.compile(r"[\x00-\x08\x0a-\x1f]")

csv.field_size_limit(1 << 24)

Restrict = Callable[[FoundType], FoundType]
"""From the type that a column seems to have to the one that it may have."""


def unrestricted(type_: FoundType) -> FoundType:
    """The type as it seems to be."""
    return type_


@dataclass(frozen=True, slots=True)
class Rules:
    """How a file is to be read.

    Attributes:
        has_header: None: as the rule says.
        header: The names, where they are given.
        is_quoted: None: if values stand in quotes.
    """

    delimiters: tuple[str, ...] = DELIMITERS
    quote: str = '"'
    has_header: bool | None = None
    header: tuple[str, ...] = ()
    least_columns: int = 2
    least_rows: int = 2
    is_quoted: bool | None = None
    restrict: Restrict = unrestricted


@dataclass(frozen=True, slots=True)
class _Grid:
    """A file read with one delimiter: its rows, and how wide most of them are."""

    delimiter: str
    rows: list[list[str]]
    width: int
    share: float
    is_quoted: bool
    spans_lines: bool


def classify(sample: Sample) -> Classified | None:
    """A file that is CSV by the built-in rules."""
    return classify_by(sample, Rules())


def classify_by(sample: Sample, rules: Rules) -> Classified | None:
    """A file that is CSV by these rules."""
    if sample.has_binary or len(sample.lines) < rules.least_rows:
        return None
    grids = [grid for one in rules.delimiters if (grid := _grid(sample, one, rules)) is not None]
    if not grids:
        return None
    grid = max(grids, key=lambda one: (one.share, one.width))
    has_header = _has_header(grid, rules)
    data = grid.rows[1:] if has_header else grid.rows
    types = _column_types(data, grid.width)
    columns = tuple(
        Field(name, rules.restrict(type_)) for name, type_ in zip(_names(grid, rules, has_header), types, strict=True)
    )
    used = sum(map(len, sample.lines)) + len(sample.lines)
    return Classified(
        _layout(grid.delimiter, rules.quote, sample.blank_lines + 1 if has_header else 0),
        columns,
        estimated_records(sample, len(data), used),
        frozenset({QUOTED} if grid.is_quoted else ()),
        notes=tuple(_notes(grid)),
    )


def _layout(delimiter: str, quote: str, header_lines: int) -> Layout:
    parameters = [("areColumnsQuoted", "false"), ("columnsOrdered", "true"), ("delimiter", delimiter)]
    if header_lines:
        parameters.append(("skip.header.line.count", str(header_lines)))
    serde = (("field.delim", delimiter), ("quoteChar", quote)) if quote != '"' else (("field.delim", delimiter),)
    return Layout("csv", serde_parameters=serde, parameters=tuple(parameters), is_positional=True)


def _grid(sample: Sample, delimiter: str, rules: Rules) -> _Grid | None:
    lines = sample.lines
    if rules.least_columns > 1 and delimiter not in sample.text:
        return None
    quoted = re.compile(f"(?:^|{re.escape(delimiter)}){re.escape(rules.quote)}")
    seems_quoted = rules.quote in sample.text and any(map(quoted.search, lines))
    is_quoted = seems_quoted if rules.is_quoted is None else rules.is_quoted
    rows = (
        list(islice(csv.reader(lines, delimiter=delimiter, quotechar=rules.quote), SAMPLE_RECORDS))
        if is_quoted
        else [line.split(delimiter) for line in lines]
    )
    width, count = Counter(map(len, rows)).most_common(1)[0]
    if width < rules.least_columns or count < _LEAST_REGULAR * len(rows) or len(rows) < rules.least_rows:
        return None
    return _Grid(delimiter, rows, width, count / len(rows), is_quoted, is_quoted and len(rows) < len(lines))


def _column_types(rows: Sequence[Sequence[str]], width: int) -> list[FoundType]:
    if all(len(row) == width for row in rows):
        return [texts_type(dict.fromkeys(values)) for values in zip(*rows, strict=True)] or [NULL] * width
    return [texts_type(dict.fromkeys(row[place] for row in rows if place < len(row))) for place in range(width)]


def _has_header(grid: _Grid, rules: Rules) -> bool:
    if rules.has_header is not None:
        return rules.has_header
    first = [cell.strip() for cell in grid.rows[0]]
    if rules.header:
        return tuple(map(str.lower, first)) == tuple(map(str.lower, rules.header))
    if len(first) != grid.width or not all(map(_is_name, first[:-1])) or not (_is_name(first[-1]) or not first[-1]):
        return False
    # Blanks count for a column's type, as SerDes keep them, and not here.
    trimmed = [[cell.strip() for cell in row] for row in grid.rows[1:]]
    return any(found not in (STRING, NULL) for found in _column_types(trimmed, grid.width))


def _is_name(cell: str) -> bool:
    return text_type(cell) == STRING and len(cell) < _LONGEST_NAME and not _ILLEGAL.search(cell)


def _names(grid: _Grid, rules: Rules, has_header: bool) -> list[str]:
    given = list(rules.header) or (grid.rows[0] if has_header else [])
    names: list[str] = []
    for place in range(grid.width):
        name = given[place].strip().lower() if place < len(given) else ""
        name = base = _ILLEGAL.sub("_", name) or f"col{place}"
        number = 0
        while name in names:
            number += 1
            name = f"{base}_{number}"
        names.append(name)
    return names


def _notes(grid: _Grid) -> list[str]:
    notes = []
    if grid.share < 1:
        odd = round((1 - grid.share) * len(grid.rows))
        notes.append(f"{odd} of the first {len(grid.rows)} rows have more or fewer values than {grid.width}")
    if grid.spans_lines:
        notes.append("Values with line breaks in quotes are cut there when they are queried")
    return notes
