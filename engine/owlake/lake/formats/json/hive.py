"""The values of Hive's own JSON SerDe, read by Jackson: proper JSON, and scalars of the column's kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal as PythonDecimal
from typing import Any

from owlake.errors import error
from owlake.lake.formats.json.lenient import Literal, Node
from owlake.lake.formats.json.scalars import (
    Decode,
    UnreadableError,
    cut,
    days_of,
    decimal_of,
    float_of,
    integer_of,
    or_null,
    readable,
)
from owlake.lake.formats.text.values import lenient_timestamp
from owlake.types.arrow import field_names
from owlake.types.model import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER_BITS,
    REAL,
    VARBINARY,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Timestamp,
    Type,
    Varchar,
)

_MOST_DIGITS = 40


def hive_decoder(type_: Type, read_timestamp: Callable[[str], int | None] | None) -> Decode:
    """How Hive's SerDe reads a column of the type. Errors: NOT_SUPPORTED."""
    match type_:
        case Array(element):
            return _HiveArray(or_null(hive_decoder(element, read_timestamp)))
        case Map(key, value):
            return _HiveMap(_hive_key(key, read_timestamp), or_null(hive_decoder(value, read_timestamp)))
        case Row(fields):
            decoders = [or_null(hive_decoder(one.type, read_timestamp)) for one in fields]
            return HiveRow(dict(zip(field_names(type_), decoders, strict=True)))
        case Varchar() | Char():
            return cut(_hive_text, type_)
        case Timestamp():
            return _HiveTimestamp(read_timestamp or lenient_timestamp)
    return _hive_scalar(type_)


def _hive_scalar(type_: Type) -> Decode:
    bits = INTEGER_BITS.get(type_)
    if bits is not None:
        return lambda node: _hive_integer(bits, node)
    match type_:
        case Decimal(precision, scale):
            return lambda node: decimal_of(precision, scale, _hive_text(node))
        case _ if type_ in (REAL, DOUBLE):
            return lambda node: float_of(_hive_number(node))
        case _ if type_ == BOOLEAN:
            return lambda node: _hive_text(node).lower() == "true"
        case _ if type_ == DATE:
            return lambda node: days_of(_hive_text(node))
        case _ if type_ == VARBINARY:
            return lambda node: _hive_text(node).encode()
    raise error("NOT_SUPPORTED", f"Unsupported column type of a JSON file: {type_}")


def _hive_text(node: Node) -> str:
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, str):
        return readable(str(node))
    raise UnreadableError(None, "Invalid JSON: value must be a scalar json value")


def _hive_number(node: Node) -> str:
    if isinstance(node, Literal):
        return str(node)
    kind = "VALUE_STRING" if isinstance(node, str) else "VALUE_TRUE" if node is True else "VALUE_FALSE"
    if isinstance(node, dict | list):
        raise UnreadableError(None, "Invalid JSON: value must be a scalar json value")
    raise UnreadableError(str(node), f"Current token ({kind}) not numeric, can not use numeric value accessors")


def _hive_integer(bits: int, node: Node) -> int:
    """Jackson cuts the fraction off."""
    text = _hive_number(node)
    number = PythonDecimal(text)
    value = int(number) if number.adjusted() < _MOST_DIGITS else 1 << 64
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        kind = {8: "Java byte", 16: "Java short", 32: "int", 64: "long"}[bits]
        raise UnreadableError(text, f"Numeric value ({text}) out of range of {kind}")
    return value


def _hive_key(type_: Type, read_timestamp: Callable[[str], int | None] | None) -> Decode:
    """Keys are text, whatever their type: numbers are parsed from it."""
    bits = INTEGER_BITS.get(type_)
    if bits is not None:
        return lambda node: integer_of(bits, str(node))
    if type_ in (REAL, DOUBLE):
        return lambda node: float_of(str(node))
    return hive_decoder(type_, read_timestamp)


@dataclass(frozen=True, slots=True)
class _HiveTimestamp:
    read: Callable[[str], int | None]

    def __call__(self, node: Node) -> int:
        text = _hive_text(node)
        found = self.read(text)
        if found is None:
            raise UnreadableError(text, f"Invalid timestamp: {text}")
        return found


@dataclass(frozen=True, slots=True)
class _HiveArray:
    element: Decode

    def __call__(self, node: Node) -> list[Any]:
        if not isinstance(node, list):
            raise UnreadableError(None, "Invalid JSON: start of array expected")
        return [self.element(one) for one in node]


@dataclass(frozen=True, slots=True)
class _HiveMap:
    key: Decode
    value: Decode

    def __call__(self, node: Node) -> list[tuple[Any, Any]]:
        if not isinstance(node, dict):
            raise UnreadableError(None, "Invalid JSON: start of object expected")
        return list({self.key(key): self.value(value) for key, value in node.items()}.items())


class HiveRow:
    """An object by its keys without case; ``_col3`` is the fourth field."""

    def __init__(self, fields: Mapping[str, Decode], ordinals: Mapping[int, str] | None = None) -> None:
        self._fields = dict(fields)
        by_position = ordinals if ordinals is not None else dict(enumerate(fields))
        self._names = {name.lower(): name for name in fields}
        self._names |= {f"_col{ordinal}": name for ordinal, name in by_position.items() if name in self._fields}

    def __call__(self, node: Node) -> dict[str, Any]:
        """The fields' values. Errors: UnreadableError."""
        if not isinstance(node, dict):
            raise UnreadableError(None, "Invalid JSON: start of object expected")
        return {name: self._fields[name](value) for name, value in self.select(node).items()}

    def select(self, node: dict[str, Node]) -> dict[str, Node]:
        """The value of each field, NULL where there is none; of keys that differ in case only the last one's."""
        found: dict[str, Node] = dict.fromkeys(self._fields)
        for key, value in node.items():
            name = self._names.get(key.lower())
            if name is not None:
                found[name] = value
        return found
