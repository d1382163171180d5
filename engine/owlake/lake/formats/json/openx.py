"""The values of the OpenX SerDe: https://github.com/rcongiu/Hive-JSON-Serde."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal as PythonDecimal
from typing import Any

from owlake.errors import error
from owlake.lake.formats.json.lenient import Literal, Node
from owlake.lake.formats.json.scalars import (
    WHOLE_NUMBER,
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
from owlake.lake.formats.text.values import base64_bytes, java_float, lenient_timestamp
from owlake.lake.java_text import double_text
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


@dataclass(frozen=True, slots=True)
class OpenXOptions:
    """``mappings``: a field's name to its key, at every level. ``read_timestamp``: the table's own forms."""

    is_case_insensitive: bool = True
    has_dots: bool = False
    mappings: Mapping[str, str] = field(default_factory=dict)
    read_timestamp: Callable[[str], int | None] | None = None


_ZONED = re.compile(r"(.+?)(?:[zZ]|([+-])(\d\d):?(\d\d))")
_SECONDS = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_FRACTION = re.compile(r"[+-]?\d{0,18}\.\d*", re.ASCII)
_DIGITS_OF_MILLISECONDS = 13
_DIGITS_OF_DAYS = 9
_LARGEST_LONG = (1 << 63) - 1
_JAVA_CLASSES: tuple[tuple[type, str], ...] = (
    (bool, "java.lang.Boolean"),
    (dict, "org.openx.data.jsonserde.json.JSONObject"),
    (list, "org.openx.data.jsonserde.json.JSONArray"),
    (str, "java.lang.String"),
)


def openx_decoder(type_: Type, options: OpenXOptions) -> Decode:
    """How OpenX reads a column of the type. Errors: NOT_SUPPORTED."""
    match type_:
        case Array(element):
            return _OpenXArray(or_null(openx_decoder(element, options)))
        case Map(key, value):
            return _OpenXMap(openx_decoder(key, options), or_null(openx_decoder(value, options)))
        case Row():
            decoders = [or_null(openx_decoder(one.type, options)) for one in type_.fields]
            return OpenXRow(dict(zip(field_names(type_), decoders, strict=True)), options)
        case Varchar() | Char():
            return cut(openx_text, type_)
        case Timestamp():
            return _OpenXTimestamp(options.read_timestamp)
    return _openx_scalar(type_)


def _openx_scalar(type_: Type) -> Decode:
    bits = INTEGER_BITS.get(type_)
    if bits is not None:
        return lambda node: integer_of(bits, _scalar_text(node, _JAVA_NUMBERS[bits]))
    match type_:
        case Decimal(precision, scale):
            return lambda node: decimal_of(precision, scale, _scalar_text(node, "java.math.BigDecimal"))
        case _ if type_ in (REAL, DOUBLE):
            return lambda node: float_of(_scalar_text(node, "java.lang.Double"))
        case _ if type_ == BOOLEAN:
            return lambda node: node is True or (isinstance(node, str) and node.lower() == "true")
        case _ if type_ == DATE:
            return lambda node: _openx_date(_scalar_text(node, "java.sql.Date"))
        case _ if type_ == VARBINARY:
            return lambda node: base64_bytes(_scalar_text(node, "byte[]"))
    raise error("NOT_SUPPORTED", f"Unsupported column type of a JSON file: {type_}")


_JAVA_NUMBERS = {8: "java.lang.Byte", 16: "java.lang.Short", 32: "java.lang.Integer", 64: "java.lang.Long"}


def _scalar_text(node: Node, target: str) -> str:
    """The text of a string or number. Errors: UnreadableError, in the words of the cast that fails in Java."""
    if isinstance(node, str):
        return str(node)
    raise _no_cast(node, target)


def _no_cast(node: Node, target: str) -> UnreadableError:
    source = next(name for kind, name in _JAVA_CLASSES if isinstance(node, kind))
    return UnreadableError(None, f"{source} cannot be cast to {target}")


def _openx_date(text: str) -> int:
    return int(text) if _SECONDS.fullmatch(text) and len(text) <= _DIGITS_OF_DAYS else days_of(text)


def openx_text(node: Node) -> str:
    """A value as text: strings as they are, numbers as Java prints them, objects and arrays as JSON."""
    if isinstance(node, Literal):
        return _number_text(node)
    if isinstance(node, str):
        return readable(node)
    return _json(node)


def _number_text(literal: Literal) -> str:
    """Whole numbers of 64 bits and floating-point ones as Java prints them, anything else as it was written."""
    if WHOLE_NUMBER.fullmatch(literal):
        return str(int(literal)) if abs(int(literal)) <= _LARGEST_LONG else str(literal)
    value = java_float(literal) if literal[0] in "0123456789.+-" else None
    return str(literal) if value is None or literal[-1] in "dDfF" else double_text(value, is_real=False)


def _json(node: Node) -> str:
    match node:
        case None:
            return "null"
        case bool():
            return "true" if node else "false"
        case dict():
            return "{" + ",".join(f"{_quoted(key)}:{_json(value)}" for key, value in node.items()) + "}"
        case list():
            return "[" + ",".join(_json(value) for value in node) + "]"
        case Literal():
            text = _number_text(node)
            if java_float(text) is None:
                return _quoted(text)
            return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text
    return _quoted(node)


_MUST_ESCAPE = re.compile(r'["\\\x00-\x1f]|(?<=<)/')
_NAMED_ESCAPES = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def _quoted(text: str) -> str:
    escaped = _MUST_ESCAPE.sub(lambda found: _NAMED_ESCAPES.get(found[0], f"\\u{ord(found[0]):04x}"), readable(text))
    return f'"{escaped}"'


@dataclass(frozen=True, slots=True)
class _OpenXTimestamp:
    """Dates with times, with a zone or without; numbers of seconds, or of milliseconds from 13 digits on."""

    read_own: Callable[[str], int | None] | None

    def __call__(self, node: Node) -> int:
        text = _scalar_text(node, "java.sql.Timestamp")
        own = self.read_own(text) if self.read_own else None
        found = own if own is not None else _openx_timestamp(text)
        if found is None:
            raise UnreadableError(text, f"Invalid timestamp: {text}")
        return found


def _openx_timestamp(text: str) -> int | None:
    if ":" in text:
        zoned = _ZONED.fullmatch(text)
        if not zoned:
            return lenient_timestamp(text)
        local = lenient_timestamp(zoned[1])
        if local is None or not zoned[2]:
            return local
        offset = (int(zoned[3]) * 60 + int(zoned[4])) * 60_000_000
        return local - offset if zoned[2] == "+" else local + offset
    if _FRACTION.fullmatch(text) and len(text) > 1:
        return int(PythonDecimal(text) * 1000) * 1000
    if not _SECONDS.fullmatch(text):
        return lenient_timestamp(text)
    return int(text) * (1000 if len(text) >= _DIGITS_OF_MILLISECONDS else 1_000_000)


@dataclass(frozen=True, slots=True)
class _OpenXArray:
    """What is no array is the only element of one; an empty text is NULL."""

    element: Decode

    def __call__(self, node: Node) -> list[Any] | None:
        if isinstance(node, list):
            return [self.element(one) for one in node]
        return None if node == "" else [self.element(node)]


@dataclass(frozen=True, slots=True)
class _OpenXMap:
    """An object; a blank text is NULL."""

    key: Decode
    value: Decode

    def __call__(self, node: Node) -> list[tuple[Any, Any]] | None:
        if isinstance(node, dict):
            return list({self.key(key): self.value(value) for key, value in node.items()}.items())
        if isinstance(node, str) and not node.strip():
            return None
        raise _no_cast(node, "org.openx.data.jsonserde.json.JSONObject")


class OpenXRow:
    """An object by its keys, or an array by position; a blank text and an empty array are NULL."""

    def __init__(self, fields: Mapping[str, Decode], options: OpenXOptions) -> None:
        self._fields = dict(fields)
        self._keys = {name: _keys_of(name, options) for name in fields}
        self._has_dots = options.has_dots

    def __call__(self, node: Node) -> dict[str, Any] | None:
        """The fields' values. Errors: UnreadableError."""
        if isinstance(node, dict):
            return {name: decode(self.find(node, name)) for name, decode in self._fields.items()}
        if isinstance(node, list):
            if not node:
                return None
            padded = [*node, *[None] * (len(self._fields) - len(node))]
            return {name: decode(one) for (name, decode), one in zip(self._fields.items(), padded, strict=False)}
        if isinstance(node, str) and not node.strip():
            return None
        raise _no_cast(node, "org.openx.data.jsonserde.json.JSONObject")

    def find(self, node: dict[str, Node], name: str) -> Node:
        """The value of a field: by its key, or the last of several that is there, or with dots for underscores."""
        keys = self._keys[name]
        if len(keys) > 1:
            return next((node[key] for key in reversed(keys) if key in node), None)
        if keys[0] in node or not self._has_dots:
            return node.get(keys[0])
        return next((value for key, value in node.items() if "." in key and key.replace(".", "_") == name), None)


def _keys_of(name: str, options: OpenXOptions) -> list[str]:
    key = options.mappings.get(name, name)
    if options.is_case_insensitive:
        key = key.lower()
    return [one.strip() for one in key.split("|")] if "|" in key else [key]
