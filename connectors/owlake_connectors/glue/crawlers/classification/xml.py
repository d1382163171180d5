"""XML: the elements of one name are rows, their attributes and children columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from owlake_connectors.glue.crawlers.classification.found import Classified, Layout, estimated_records
from owlake_connectors.glue.crawlers.classification.sample import SAMPLE_RECORDS, Sample
from owlake_connectors.glue.crawlers.inference.merging import merged
from owlake_connectors.glue.crawlers.inference.texts import text_type
from owlake_connectors.glue.crawlers.inference.types import NULL, Array, Field, FoundType, Struct

_WHITE = " \t\r\n"


def classify(sample: Sample) -> Classified | None:
    """A file of XML; a row is whatever element is most frequent below the root."""
    return classify_by_tag(sample, "xml", None)


def classify_by_tag(sample: Sample, classification: str, row_tag: str | None) -> Classified | None:
    """A file of XML with rows of this tag. An element without content and attributes is no row, as in Glue."""
    if sample.has_binary or not sample.text.lstrip(_WHITE).startswith("<"):
        return None
    elements = _elements(sample)
    if not elements:
        return None
    tag = row_tag or _most_frequent(elements)
    rows = [one for one in elements if _name(one.tag) == tag and (len(one) or one.attrib or one.text)]
    if not rows:
        return None
    found: FoundType = Struct(())
    for one in rows[:SAMPLE_RECORDS]:
        found = merged(found, _type(one))
    columns = found.fields if isinstance(found, Struct) and found.fields else (Field(tag.lower(), found),)
    layout = Layout(classification, None, parameters=(("rowTag", tag),))
    return Classified(layout, columns, estimated_records(sample, len(rows), len(sample.data)))


def _elements(sample: Sample) -> list[Element[Any]]:
    """The elements below the root that end within the sample; none where it is no XML."""
    parser: Any = XMLPullParser(("start", "end"))
    found: list[Element[Any]] = []
    depth = 0
    try:
        parser.feed(sample.text.lstrip(_WHITE))
        for event, element in parser.read_events():
            depth += 1 if event == "start" else -1
            if event == "end" and depth > 0 and isinstance(element, Element):
                found.append(element)
        if sample.is_whole:
            parser.close()
    except ParseError:
        return []
    return found


def _most_frequent(elements: list[Element[Any]]) -> str:
    """Of elements that have some content of their own, if there are any."""
    with_content = [one for one in elements if len(one) or one.attrib] or elements
    return _name(Counter(one.tag for one in with_content).most_common(1)[0][0])


def _type(element: Element[Any]) -> FoundType:
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return text_type(text)
    types: dict[str, FoundType] = {}
    for name, found in _parts(element):
        known = types.get(name)
        types[name] = found if known is None else _repeated(known, found)
    if text:
        types["value"] = text_type(text)
    return Struct(tuple(Field(name, type_) for name, type_ in types.items()))


def _repeated(known: FoundType, found: FoundType) -> FoundType:
    """Children of one name are a list."""
    return Array(merged(known.element if isinstance(known, Array) else known, found))


def _parts(element: Element[Any]) -> Iterator[tuple[str, FoundType]]:
    for name, value in element.attrib.items():
        yield f"_{_name(name).lower()}", text_type(value) if value else NULL
    for child in element:
        yield _name(child.tag).lower(), _type(child)


def _name(tag: str) -> str:
    """Without its namespace."""
    return tag.rpartition("}")[2]
