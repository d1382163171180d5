"""Custom classifiers: what a person says of files that the built-in ones do not know, or read otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from owlake.spi import OwlakeError, error, grok_matcher
from owlake_connectors.glue.crawlers.classification import csv, json, logs, xml
from owlake_connectors.glue.crawlers.classification.found import Classify
from owlake_connectors.glue.crawlers.inference.merging import merged
from owlake_connectors.glue.crawlers.inference.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    SMALLINT,
    STRING,
    TIMESTAMP,
    Decimal,
    FoundType,
)
from owlake_connectors.glue.crawlers.model import (
    AnyClassifier,
    CsvClassifier,
    GrokClassifier,
    JsonClassifier,
    XMLClassifier,
)

_STEP = re.compile(r"""\.(?P<name>[\w-]+)|\['(?P<quoted>[^']*)'\]|\[(?P<index>\d+)\]|(?P<all>\.\*|\[\*\])""")
_DATATYPES: dict[str, FoundType] = {
    "SHORT": SMALLINT,
    "INT": INT,
    "LONG": BIGINT,
    "FLOAT": FLOAT,
    "DOUBLE": DOUBLE,
    "DECIMAL": Decimal(38, 10),
    "BOOLEAN": BOOLEAN,
    "DATE": DATE,
    "TIMESTAMP": TIMESTAMP,
    "BINARY": BINARY,
}
_EXACT = 1.0


def check_classifier(classifier: AnyClassifier) -> None:
    """Errors: InvalidInputException for one that cannot work."""
    match classifier:
        case GrokClassifier():
            try:
                grok_matcher(classifier.grok_pattern, classifier.custom_patterns or "")
            except OwlakeError as problem:
                raise _invalid(str(problem)) from problem
        case JsonClassifier():
            json_path(classifier.json_path)
        case CsvClassifier():
            _check_csv(classifier)


def classify_by(classifier: AnyClassifier) -> Classify:
    """The classifier as a function over files."""
    match classifier:
        case GrokClassifier():
            custom = classifier.custom_patterns or ""
            log = logs.LogFormat(classifier.classification, classifier.grok_pattern, custom_patterns=custom)
            return partial(logs.classify_log, log=log, least=_EXACT)
        case XMLClassifier():
            tag, kind = classifier.row_tag, classifier.classification
            return lambda sample: xml.classify_by_tag(sample, kind, tag)
        case JsonClassifier():
            path = json_path(classifier.json_path)
            layout = replace(json.LAYOUT, parameters=(("jsonPath", classifier.json_path),))
            return lambda sample: json.classify_rows(sample, layout, partial(_at, path))
        case CsvClassifier():
            rules = _csv_rules(classifier)
            return lambda sample: csv.classify_by(sample, rules)


Step = str | int | None
"""A key, a place in an array, or all there is."""


def json_path(text: str) -> Sequence[Step]:
    """The steps of a path: ``$.name``, ``$['name']``, ``$[0]``, ``$[*]``, ``$.*``. Errors: InvalidInputException."""
    if not text.startswith("$"):
        raise _invalid(f"The JSON path {text} does not begin with $")
    steps: list[Step] = []
    place = 1
    while place < len(text):
        found = _STEP.match(text, place)
        if found is None:
            raise _invalid(f"The JSON path {text} cannot be read from '{text[place:]}' on")
        index = found["index"]
        name = found["name"] if found["name"] is not None else found["quoted"]
        steps.append(int(index) if index is not None else name)
        place = found.end()
    return steps


def _at(path: Sequence[Step], document: Any) -> Iterable[Any]:
    found: Iterator[Any] = iter((document,))
    for step in path:
        found = _below(found, step)
    return found


def _below(values: Iterable[Any], step: Step) -> Iterator[Any]:
    for value in values:
        match step, value:
            case None, list():
                yield from value
            case None, dict():
                yield from value.values()
            case str(), dict() if step in value:
                yield value[step]
            case int(), list() if step < len(value):
                yield value[step]


def _csv_rules(classifier: CsvClassifier) -> csv.Rules:
    header = {"PRESENT": True, "ABSENT": False}.get(classifier.contains_header or "UNKNOWN")
    serde = {"OpenCSVSerDe": True, "LazySimpleSerDe": False}.get(classifier.serde or "None")
    allowed = tuple(classifier.custom_datatypes or ()) if classifier.custom_datatype_configured else None
    return csv.Rules(
        delimiters=(classifier.delimiter,) if classifier.delimiter else csv.DELIMITERS,
        quote=classifier.quote_symbol or '"',
        has_header=header,
        header=tuple(classifier.header or ()),
        least_columns=1 if classifier.allow_single_column else 2,
        least_rows=1,
        is_quoted=serde,
        restrict=partial(_restricted, allowed) if allowed is not None else csv.unrestricted,
    )


def _restricted(allowed: Sequence[str], type_: FoundType) -> FoundType:
    """The type itself where it is allowed, else the first that is and holds its values, else text."""
    types = [_DATATYPES[one] for one in _DATATYPES if one in allowed]
    if type_ in types:
        return type_
    return next((one for one in types if one != STRING and merged(one, type_) == one), STRING)


def _check_csv(classifier: CsvClassifier) -> None:
    for name, symbol in (("Delimiter", classifier.delimiter), ("QuoteSymbol", classifier.quote_symbol)):
        if symbol is not None and len(symbol) != 1:
            raise _invalid(f"{name} must be one character")
    if classifier.quote_symbol is not None and classifier.quote_symbol == (classifier.delimiter or ","):
        raise _invalid("QuoteSymbol and Delimiter must be different")


def _invalid(reason: str) -> OwlakeError:
    return error("InvalidInputException", reason)
