"""The types that files are found to have: frozen values, written as Glue's columns have them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain type, by Hive's name."""

    name: str


@dataclass(frozen=True, slots=True)
class Decimal:
    """An exact number."""

    precision: int
    scale: int


@dataclass(frozen=True, slots=True)
class Array:
    """A list."""

    element: FoundType


@dataclass(frozen=True, slots=True)
class Map:
    """Values by keys."""

    key: FoundType
    value: FoundType


@dataclass(frozen=True, slots=True)
class Field:
    """A column, or a field of a struct, with its type."""

    name: str
    type: FoundType


@dataclass(frozen=True, slots=True)
class Struct:
    """Fields, in the order in which they were first seen."""

    fields: tuple[Field, ...]


FoundType: TypeAlias = Scalar | Decimal | Array | Map | Struct

NULL = Scalar("null")
"""Of values of which none was seen: a column that is empty throughout. Written as ``string``."""
BOOLEAN = Scalar("boolean")
TINYINT = Scalar("tinyint")
SMALLINT = Scalar("smallint")
INT = Scalar("int")
BIGINT = Scalar("bigint")
FLOAT = Scalar("float")
DOUBLE = Scalar("double")
DATE = Scalar("date")
TIMESTAMP = Scalar("timestamp")
BINARY = Scalar("binary")
STRING = Scalar("string")

_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_INT_BITS = 31
_BIGINT_BITS = 63


def type_text(type_: FoundType) -> str:
    """The type as a column of the Data Catalog has it; what was never seen, and a struct without fields, is text."""
    match type_:
        case Scalar(name):
            return "string" if type_ == NULL else name
        case Decimal(precision, scale):
            return f"decimal({precision},{scale})"
        case Array(element):
            return f"array<{type_text(element)}>"
        case Map(key, value):
            return f"map<{type_text(key)},{type_text(value)}>"
        case Struct(()):
            return "string"
        case Struct(fields):
            return f"struct<{','.join(f'{one.name}:{type_text(one.type)}' for one in fields)}>"


def parse_type(text: str) -> FoundType:
    """The type that a column's text says; text that is none is taken for the name of a plain type."""
    found, _, rest = text.partition("<")
    inner = rest.removesuffix(">")
    match found:
        case "array":
            return Array(parse_type(inner))
        case "map":
            key, value = _parts(inner)
            return Map(parse_type(key), parse_type(value))
        case "struct":
            pairs = (part.partition(":") for part in _parts(inner))
            return Struct(tuple(Field(name, parse_type(type_)) for name, _, type_ in pairs if name))
    digits = _DECIMAL.fullmatch(text)
    return Decimal(int(digits[1]), int(digits[2])) if digits else Scalar(text)


def _parts(text: str) -> list[str]:
    """What stands between the commas that are in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "<(") - (character in ">)")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def integer_type(value: int) -> FoundType:
    """The type of a whole number; one that no integer type holds stays text, which loses no digit."""
    bits = (value if value >= 0 else -value - 1).bit_length()
    return INT if bits <= _INT_BITS else BIGINT if bits <= _BIGINT_BITS else STRING
