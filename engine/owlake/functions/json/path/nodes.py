"""The tree of an SQL/JSON path (https://trino.io/docs/current/functions/json.html#json-path-language)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from owlake.types.model import Type


@dataclass(frozen=True, slots=True)
class Path:
    """Something that gives a sequence of items."""


@dataclass(frozen=True, slots=True)
class ContextItem(Path):
    """``$``."""


@dataclass(frozen=True, slots=True)
class CurrentItem(Path):
    """``@``: the item that a filter looks at."""


@dataclass(frozen=True, slots=True)
class LastIndex(Path):
    """``last``."""


@dataclass(frozen=True, slots=True)
class Variable(Path):
    """``$name``: a value that was passed."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal(Path):
    """A value of SQL."""

    type: Type
    value: Any


@dataclass(frozen=True, slots=True)
class NullLiteral(Path):
    """``null``: JSON's."""


@dataclass(frozen=True, slots=True)
class Unary(Path):
    """``+base`` or ``-base``."""

    sign: str
    base: Path


@dataclass(frozen=True, slots=True)
class Binary(Path):
    """``left operator right``."""

    operator: str
    left: Path
    right: Path


@dataclass(frozen=True, slots=True)
class Member(Path):
    """``base.key``; all members without a key."""

    base: Path
    key: str | None


@dataclass(frozen=True, slots=True)
class Descendants(Path):
    """``base..key``: the members of this name on every level."""

    base: Path
    key: str


@dataclass(frozen=True, slots=True)
class Subscript:
    """``start`` or ``start to end``."""

    start: Path
    end: Path | None


@dataclass(frozen=True, slots=True)
class Elements(Path):
    """``base[0, 2 to last]``; all elements without subscripts."""

    base: Path
    subscripts: tuple[Subscript, ...]


@dataclass(frozen=True, slots=True)
class Method(Path):
    """``base.name()``."""

    base: Path
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Path):
    """``base ? (predicate)``."""

    base: Path
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Predicate:
    """Something true, false or unknown."""


@dataclass(frozen=True, slots=True)
class Comparison(Predicate):
    """``left operator right``; the operator is ``==``, ``<>``, ``<``, ``<=``, ``>`` or ``>=``."""

    operator: str
    left: Path
    right: Path


@dataclass(frozen=True, slots=True)
class Conjunction(Predicate):
    """``left && right``."""

    left: Predicate
    right: Predicate


@dataclass(frozen=True, slots=True)
class Disjunction(Predicate):
    """``left || right``."""

    left: Predicate
    right: Predicate


@dataclass(frozen=True, slots=True)
class Negation(Predicate):
    """``!predicate``."""

    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Exists(Predicate):
    """``exists(path)``."""

    path: Path


@dataclass(frozen=True, slots=True)
class StartsWith(Predicate):
    """``whole starts with initial``."""

    whole: Path
    initial: Path


@dataclass(frozen=True, slots=True)
class LikeRegex(Predicate):
    """``base like_regex "pattern" flag "flags"``."""

    base: Path
    pattern: str
    flags: str


@dataclass(frozen=True, slots=True)
class IsUnknown(Predicate):
    """``(predicate) is unknown``."""

    predicate: Predicate


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A whole path; ``lax`` or strict."""

    lax: bool
    root: Path
