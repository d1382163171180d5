"""JSON: objects, one a line, one after the other or printed over several lines; or one array.

A whole array is one record, of a column ``array``, as AWS has it; a custom classifier's path takes it apart. Where
documents are not a line each the table says so, by the path ``$``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from owlake.spi import file_formats
from owlake_connectors.glue.crawlers.classification.found import DOCUMENTS, Classified, Layout, estimated_records
from owlake_connectors.glue.crawlers.classification.sample import MOST_BYTES, SAMPLE_RECORDS, Sample
from owlake_connectors.glue.crawlers.inference.documents import Documents

PATH = "jsonPath"
"""The parameter of tables that says where in documents rows are."""
LAYOUT = Layout("json", serde=file_formats.OPENX_JSON)
_BLANKS = " \t\r\n"
_ARRAY = "array"
_LEAST_GOOD = 0.5
_DECODER = json.JSONDecoder()

Rows = Callable[[Any], Iterable[Any]]
"""From a document to what its rows are made of."""


def classify(sample: Sample) -> Classified | None:
    """A file of JSON."""
    return classify_rows(sample, LAYOUT, _as_row)


def classify_rows(sample: Sample, layout: Layout, rows: Rows) -> Classified | None:
    """A file of JSON whose documents have rows."""
    if not sample.text.lstrip(_BLANKS).startswith(("{", "[")):
        return None
    by_line = _by_line(sample, layout, rows)
    if by_line is not None:
        return by_line
    while True:
        found, end = _documents(sample.text)
        if found or sample.is_whole or len(sample.data) >= MOST_BYTES:
            break
        sample = sample.longer()
    if not found or (sample.is_whole and sample.text[end:].strip(_BLANKS)):
        return None
    return _classified(sample, layout, list(_all_rows(found, rows)), end, frozenset({DOCUMENTS}))


def _by_line(sample: Sample, layout: Layout, rows: Rows) -> Classified | None:
    """A document a line; lines that are none are told of, as tables stumble over them."""
    if not sample.lines:
        return None
    documents, bad = [], []
    for number, line in enumerate(sample.lines, 1):
        try:
            document = json.loads(line)
        except ValueError:
            bad.append(number)
            if number == 1:
                return None
            continue
        if not isinstance(document, dict | list):
            return None
        documents.append(document)
    if len(documents) < _LEAST_GOOD * len(sample.lines):
        return None
    notes = (f"{len(bad)} lines are no JSON, the first of them line {bad[0]}",) if bad else ()
    used = sum(map(len, sample.lines)) + len(sample.lines)
    return _classified(sample, layout, list(_all_rows(documents, rows)), used, frozenset(), notes)


def _classified(
    sample: Sample,
    layout: Layout,
    rows: list[Mapping[str, Any]],
    used: int,
    flags: frozenset[str],
    notes: tuple[str, ...] = (),
) -> Classified | None:
    documents = Documents()
    columns = documents.columns(rows)
    if not columns:
        return None
    if layout == LAYOUT and sample.text.lstrip(_BLANKS).startswith("["):
        # OpenX's SerDe would take an array's elements for columns.
        flags |= {DOCUMENTS}
        notes = (*notes, "A whole array is one record; a classifier with the path $[*] makes rows of its elements")
    records = estimated_records(sample, len(rows), used)
    return Classified(layout, columns, records, flags, tuple(sorted(documents.mappings.items())), notes=notes)


def _documents(text: str) -> tuple[list[Any], int]:
    """The documents that are whole, one after the other, and where the last of them ends."""
    found: list[Any] = []
    end = 0
    while len(found) < SAMPLE_RECORDS:
        start = _after_blanks(text, end)
        if start >= len(text):
            break
        try:
            document, end = _DECODER.raw_decode(text, start)
        except ValueError:
            break
        if not isinstance(document, dict | list):
            return [], 0
        found.append(document)
    return found, end


def _after_blanks(text: str, start: int) -> int:
    while start < len(text) and text[start] in _BLANKS:
        start += 1
    return start


def _all_rows(documents: Iterable[Any], rows: Rows) -> Iterator[Mapping[str, Any]]:
    found = (one for document in documents for one in rows(document) if isinstance(one, dict))
    return islice(found, SAMPLE_RECORDS)


def _as_row(document: Any) -> Iterable[Any]:
    return (document,) if isinstance(document, dict) else ({_ARRAY: document},)
