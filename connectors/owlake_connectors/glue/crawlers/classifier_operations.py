"""Glue's operations on classifiers: https://docs.aws.amazon.com/glue/latest/webapi/API_CreateClassifier.html and on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from owlake.spi import Home, Name, error, operation
from owlake_connectors.glue.crawlers.custom import check_classifier
from owlake_connectors.glue.crawlers.model import (
    AnyClassifier,
    Classifier,
    CsvClassifier,
    CsvDatatype,
    GrokClassifier,
    JsonClassifier,
    XMLClassifier,
)
from owlake_connectors.glue.crawlers.store import CrawlerStore
from owlake_connectors.glue.pages import page

_PAGE = 100


@dataclass(frozen=True, slots=True)
class GrokClassifierRequest:
    """A classifier of logs."""

    name: str
    classification: str | None = None
    grok_pattern: str | None = None
    custom_patterns: str | None = None


@dataclass(frozen=True, slots=True)
class XMLClassifierRequest:
    """A classifier of XML."""

    name: str
    classification: str | None = None
    row_tag: str | None = None


@dataclass(frozen=True, slots=True)
class JsonClassifierRequest:
    """A classifier of JSON."""

    name: str
    json_path: str | None = None


@dataclass(frozen=True, slots=True)
class CsvClassifierRequest:
    """A classifier of CSV."""

    name: str
    delimiter: str | None = None
    quote_symbol: str | None = None
    contains_header: Literal["UNKNOWN", "PRESENT", "ABSENT"] | None = None
    header: Sequence[str] | None = None
    disable_value_trimming: bool | None = None
    allow_single_column: bool | None = None
    custom_datatype_configured: bool | None = None
    custom_datatypes: Sequence[CsvDatatype] | None = None
    serde: Literal["OpenCSVSerDe", "LazySimpleSerDe", "None"] | None = None


Grok = GrokClassifierRequest | None
Xml = Annotated[XMLClassifierRequest | None, Name("XMLClassifier")]
Json = JsonClassifierRequest | None
Csv = CsvClassifierRequest | None


@dataclass(frozen=True, slots=True)
class GetClassifierOutput:
    """A classifier."""

    classifier: Classifier


@dataclass(frozen=True, slots=True)
class GetClassifiersOutput:
    """A page of classifiers."""

    classifiers: list[Classifier]
    next_token: str | None = None


class Classifiers:
    """Operations on custom classifiers."""

    _home: Home
    _crawlers: CrawlerStore

    @operation
    def create_classifier(
        self,
        grok_classifier: Grok = None,
        xml_classifier: Xml = None,
        json_classifier: Json = None,
        csv_classifier: Csv = None,
    ) -> None:
        """Create a classifier of one of four kinds, for crawlers to ask before the built-in ones."""
        found = _one_of(grok_classifier, xml_classifier, json_classifier, csv_classifier)
        _check_required(found)
        check_classifier(found)
        self._crawlers.create_classifier(found, self._home.clock.now())

    @operation
    def update_classifier(
        self,
        grok_classifier: Grok = None,
        xml_classifier: Xml = None,
        json_classifier: Json = None,
        csv_classifier: Csv = None,
    ) -> None:
        """Change what is given of a classifier; what was crawled is not classified again for that."""
        found = _one_of(grok_classifier, xml_classifier, json_classifier, csv_classifier)
        changed = self._crawlers.changed_classifier(found, self._home.clock.now())
        check_classifier(changed)
        self._crawlers.put_classifier(changed)

    @operation
    def get_classifier(self, name: str) -> GetClassifierOutput:
        """A classifier."""
        return GetClassifierOutput(_shown(self._crawlers.classifier(name)))

    @operation
    def get_classifiers(self, max_results: int | None = None, next_token: str | None = None) -> GetClassifiersOutput:
        """The classifiers by name, a page at a time."""
        found, following = page(self._crawlers.classifiers(), max_results, next_token, most=_PAGE)
        return GetClassifiersOutput([_shown(one) for one in found], following)

    @operation
    def delete_classifier(self, name: str) -> None:
        """Delete a classifier."""
        self._crawlers.delete_classifier(name)


def _one_of(grok: Grok, xml: Xml, json: Json, csv: Csv) -> AnyClassifier:
    """The one that was given. Errors: InvalidInputException for none, and for several."""
    given = [one for one in (grok, xml, json, csv) if one is not None]
    if len(given) != 1:
        raise error("InvalidInputException", "A request has one classifier of one kind")
    match given[0]:
        case GrokClassifierRequest() as one:
            return GrokClassifier(one.name, one.classification or "", one.grok_pattern or "", one.custom_patterns)
        case XMLClassifierRequest() as one:
            return XMLClassifier(one.name, one.classification or "", one.row_tag)
        case JsonClassifierRequest() as one:
            return JsonClassifier(one.name, one.json_path or "")
        case one:
            return CsvClassifier(
                one.name,
                one.delimiter,
                one.quote_symbol,
                one.contains_header,
                one.header,
                one.disable_value_trimming,
                one.allow_single_column,
                one.custom_datatype_configured,
                one.custom_datatypes,
                one.serde,
            )


def _check_required(classifier: AnyClassifier) -> None:
    for name in ("classification", "grok_pattern", "json_path"):
        if getattr(classifier, name, None) == "":
            raise error("InvalidInputException", f"The classifier needs a {name.replace('_', ' ')}")


def _shown(classifier: AnyClassifier) -> Classifier:
    match classifier:
        case GrokClassifier():
            return Classifier(grok_classifier=classifier)
        case XMLClassifier():
            return Classifier(xml_classifier=classifier)
        case JsonClassifier():
            return Classifier(json_classifier=classifier)
        case CsvClassifier():
            return Classifier(csv_classifier=classifier)
