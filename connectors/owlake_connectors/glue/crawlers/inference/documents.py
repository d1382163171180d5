"""The types of JSON's values: whole numbers are int or bigint, other numbers double, texts never anything else.

Keys are folded to lower case, as the SerDes look for them. A nested key that no type string can hold (``a-b``) gets a
name that one can, and the SerDe a mapping to the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from owlake_connectors.glue.crawlers.inference.merging import merged, merged_fields
from owlake_connectors.glue.crawlers.inference.types import (
    BOOLEAN,
    DOUBLE,
    NULL,
    STRING,
    Array,
    Field,
    FoundType,
    Struct,
    integer_type,
)

_UNWRITABLE = re.compile(r"\W")


class Documents:
    """Reads the columns of objects. ``mappings`` is filled on the way: the names that stand for other keys."""

    def __init__(self) -> None:
        self.mappings: dict[str, str] = {}

    def columns(self, documents: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
        """The columns of objects that are a row each."""
        found: dict[tuple[Field, ...], None] = dict.fromkeys(self._columns(one) for one in documents)
        return merged_fields(found) if found else ()

    def type_of(self, value: Any) -> FoundType:
        """The type of a value."""
        match value:
            case None:
                return NULL
            case bool():
                return BOOLEAN
            case int():
                return integer_type(value)
            case float():
                return DOUBLE
            case list():
                return self._array(value)
            case dict():
                return Struct(self._fields(value))
        return STRING

    def _columns(self, document: Mapping[str, Any]) -> tuple[Field, ...]:
        types: dict[str, FoundType] = {}
        for key, value in document.items():
            name = key.lower()
            found = self.type_of(value)
            types[name] = merged(types[name], found) if name in types else found
        return tuple(Field(name, type_) for name, type_ in types.items())

    def _fields(self, document: Mapping[str, Any]) -> tuple[Field, ...]:
        types: dict[str, FoundType] = {}
        for key, value in document.items():
            name = self._writable(key.lower())
            found = self.type_of(value)
            types[name] = merged(types[name], found) if name in types else found
        return tuple(Field(name, type_) for name, type_ in types.items())

    def _array(self, values: list[Any]) -> FoundType:
        element: FoundType = NULL
        for found in dict.fromkeys(map(self.type_of, values)):
            element = merged(element, found)
        return Array(element)

    def _writable(self, key: str) -> str:
        if key.isidentifier():
            return key
        name = _UNWRITABLE.sub("_", key) or "_"
        if name != key:
            self.mappings[name] = key
        return name
