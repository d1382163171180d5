"""The type of a value that is written as text, as in CSV: what LazySimpleSerDe reads back unchanged, else text.

Numbers with leading zeros (ZIP codes), with blanks around them or with more digits than a type holds stay text; so do
moments in any form but Hive's own with milliseconds at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from owlake_connectors.glue.crawlers.inference.merging import merged
from owlake_connectors.glue.crawlers.inference.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    NULL,
    STRING,
    TIMESTAMP,
    FoundType,
    integer_type,
)

_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_DOUBLE = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|-?Infinity", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,3})?", re.ASCII)
_BOOLEAN = re.compile(r"true|false", re.IGNORECASE)
_DOUBLE_DIGITS = 17
_LONGEST_TYPED = 40
"""Characters; nothing that is longer is a number or a moment."""


@lru_cache(maxsize=65_536)
def text_type(text: str) -> FoundType:
    """The type of one value; of an empty one nothing is known."""
    if not text:
        return NULL
    if len(text) > _LONGEST_TYPED:
        return STRING
    if _INTEGER.fullmatch(text):
        return STRING if integer_type(int(text)) == STRING or text == "-0" else BIGINT
    if _DOUBLE.fullmatch(text):
        return DOUBLE if sum(one.isdigit() for one in re.split("[eE]", text)[0]) <= _DOUBLE_DIGITS else STRING
    if _BOOLEAN.fullmatch(text):
        return BOOLEAN
    if _DATE.fullmatch(text):
        return DATE if _is_moment(date, text) else STRING
    if _TIMESTAMP.fullmatch(text):
        return TIMESTAMP if _is_moment(datetime, text[:19]) else STRING
    return STRING


def texts_type(texts: Iterable[str]) -> FoundType:
    """The type of a column of values."""
    found: FoundType = NULL
    for text in texts:
        found = merged(found, text_type(text))
        if found == STRING:
            break
    return found


def _is_moment(kind: type[date], text: str) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True
