"""What completion answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a suggestion is."""

    COLUMN = "column"
    FIELD = "field"
    RELATION = "relation"
    TABLE = "table"
    SCHEMA = "database"
    CATALOG = "catalog"
    FUNCTION = "function"
    PROCEDURE = "procedure"
    PARAMETER = "parameter"
    PROPERTY = "property"
    VALUE = "value"
    TYPE = "type"
    KEYWORD = "keyword"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text that may stand there.

    ``detail`` tells more of it: a column's type, a function's signature.
    """

    text: str
    kind: Kind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """Suggestions for what stands from ``start`` to the cursor."""

    start: int
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where names without a catalog or a database are looked up."""

    catalog: str = "awsdatacatalog"
    schema: str = "default"
