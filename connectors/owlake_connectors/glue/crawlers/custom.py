"""Custom classifiers: what a person says of files that the built-in ones do not know, or read otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from owlake.spi import OwlakeError, error, grok_matcher, json_path
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
            _rows(classifier)
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
            layout = replace(json.LAYOUT, parameters=((json.PATH, classifier.json_path),))
            return partial(json.classify_rows, layout=layout, rows=_rows(classifier))
        case CsvClassifier():
            rules = _csv_rules(classifier)
            return lambda sample: csv.classify_by(sample, rules)


def _rows(classifier: JsonClassifier) -> json.Rows:
    try:
        return json_path(classifier.json_path).find
    except OwlakeError as problem:
        raise _invalid(str(problem).partition(": ")[2]) from problem


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
