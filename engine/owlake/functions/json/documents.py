"""JSON texts as Python values and back, with the texts that Jackson (Trino's JSON library) writes.

A value is None, bool, int, str, list, dict, or a ``Double``: a number that has a point or an exponent. The work is
msgspec's, whose grammar is as strict as Jackson's; what differs is mended here: how Java writes doubles and control
characters, the order of keys, lone surrogates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.types.rendering import double_text

Value = Any
"""None, bool, int, Double, str, list or dict."""

MAX_DEPTH = 2000
"""Deeper texts would need more stack than a thread of the engine has."""


class NotJsonError(ValueError):
    """The text is no JSON document."""


class Double(float):
    """A number that is a double to Jackson; its own class, so that its text is written as Java writes it."""

    __slots__ = ()


class NumberText(str):
    """A number with a point or an exponent, digit by digit as written: decimals are read from it."""

    __slots__ = ()


class ExactNumber(str):
    """The text of a number that is written as it stands."""

    __slots__ = ()


_READER = msgspec.json.Decoder(float_hook=Double)
_TEXT_READER = msgspec.json.Decoder(float_hook=NumberText)


@lru_cache(maxsize=4096)
def _java_double(text: str) -> msgspec.Raw:
    return msgspec.Raw(json_double(float(text)).encode())


_NORMALIZER = msgspec.json.Decoder(float_hook=_java_double)


def json_double(value: float) -> str:
    """A double as Jackson writes it; what is no number in quotes."""
    text = double_text(value)
    return text if text[-1].isdigit() else f'"{text}"'


def _written(value: Any) -> msgspec.Raw:
    return msgspec.Raw((value if isinstance(value, ExactNumber) else json_double(float(value))).encode())


_WRITER = msgspec.json.Encoder(enc_hook=_written)
_SORTING_WRITER = msgspec.json.Encoder(enc_hook=_written, order="sorted")


def read(text: str | bytes) -> Value:
    """The value of a document.

    Errors: NotJsonError.
    """
    return _read(_READER, text)


def read_value(text: msgspec.Raw) -> Value:
    """The value of a part of a document, which is known to be right.

    Errors: msgspec.DecodeError for lone surrogates.
    """
    return _READER.decode(text)


def read_exactly(text: str | bytes) -> Value:
    """The value of a document, with ``NumberText`` where ``read`` gives a Double.

    Errors: NotJsonError.
    """
    return _read(_TEXT_READER, text)


def _read(reader: msgspec.json.Decoder[Any], text: str | bytes) -> Value:
    check_depth(text)
    try:
        return reader.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read_surrogates(reader, text)


def _read_surrogates(reader: msgspec.json.Decoder[Any], text: str | bytes) -> Value:
    """A document with lone surrogates, which msgspec refuses and Java does not mind."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if "\\u" not in text:
        raise NotJsonError
    number = Double if reader is _READER else NumberText
    decoder = json.JSONDecoder(parse_float=number, parse_constant=_refuse_constant)
    try:
        return decoder.decode(text)
    except ValueError as problem:
        raise NotJsonError from problem


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def check_depth(text: str | bytes) -> None:
    """Refuse a document that is nested too deeply to read.

    Errors: NOT_SUPPORTED.
    """
    if len(text) <= MAX_DEPTH:
        return
    shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
    if shown.count("[") + shown.count("{") > MAX_DEPTH and _depth(shown) > MAX_DEPTH:
        raise error("NOT_SUPPORTED", f"JSON nested deeper than {MAX_DEPTH} levels is not supported")


def check_depths(texts: pa.Array) -> None:
    """The same for a column: only what is long can be deep.

    Errors: NOT_SUPPORTED.
    """
    for text in texts.filter(pc.greater(pc.binary_length(texts), MAX_DEPTH)).to_pylist():
        check_depth(text)


_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


def _depth(text: str) -> int:
    deepest = depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


def write(value: Value) -> str:
    """The value's text, its keys in their order.

    Errors: NotJsonError for text with a lone surrogate.
    """
    return _java_text(_encoded(_WRITER, value))


def write_string(text: str) -> str:
    """A string in quotes."""
    return _java_text(_WRITER.encode(text))


def normal_text(text: str) -> str:
    """What json_parse makes of a document: no blanks, keys in order, numbers as Java writes them.

    Of keys that come twice the last one stays.

    Errors: NotJsonError.
    """
    check_depth(text)
    try:
        value = _NORMALIZER.decode(text)
    except msgspec.DecodeError as problem:
        raise NotJsonError from problem
    found = _SORTING_WRITER.encode(value)
    if _ASTRAL.search(found):
        found = _WRITER.encode(_in_java_order(value))
    return _java_text(found)


def normal_texts(texts: pa.Array) -> pa.Array:
    """The same for a column: all values are written at once, a line each.

    Errors: NotJsonError for any of them.
    """
    check_depths(texts)
    present = texts.drop_null().to_pylist()
    try:
        parts = (present[start : start + _AT_ONCE] for start in range(0, len(present), _AT_ONCE))
        lines = b"".join(map(_normal_lines, parts))
    except msgspec.DecodeError as problem:
        raise NotJsonError from problem
    if b"\\u" in lines or _ASTRAL.search(lines):
        return pa.array([None if text is None else normal_text(text) for text in texts.to_pylist()], pa.string())
    return _lines(lines, np.asarray(texts.is_valid()))


_AT_ONCE = 256
"""So few values are gone again before the garbage collector looks at them for longer."""


def _normal_lines(texts: Sequence[str]) -> bytes:
    return _SORTING_WRITER.encode_lines([_NORMALIZER.decode(text) for text in texts])


_NEWLINE = ord("\n")


def _lines(lines: bytes, present: npt.NDArray[np.bool_]) -> pa.Array:
    """The lines as texts, without their ends; NULL where there is none."""
    data = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(data == _NEWLINE)
    offsets = np.zeros(len(present) + 1, np.int32)
    offsets[1:] = np.append(0, ends - np.arange(len(ends)))[np.cumsum(present)]
    content = pa.py_buffer(lines.replace(b"\n", b""))
    bitmap = None if present.all() else pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), len(present), [bitmap, pa.py_buffer(offsets), content])


_ASTRAL = re.compile(rb"[\xf0-\xf4]")


def _in_java_order(value: Value) -> Value:
    """Java sorts strings by UTF-16: what lies beyond the first plane comes before its end."""
    if isinstance(value, dict):
        return {key: _in_java_order(value[key]) for key in sorted(value, key=java_order)}
    return [_in_java_order(item) for item in value] if isinstance(value, list) else value


def java_order(text: str) -> bytes:
    """The key by which Java sorts strings."""
    return text.encode("utf-16-be", "surrogatepass")


def _encoded(writer: msgspec.json.Encoder, value: Value) -> bytes:
    try:
        return writer.encode(value)
    except UnicodeEncodeError as problem:
        raise NotJsonError from problem


_ESCAPE = re.compile(r"\\(?:u(....)|.)")


def _java_text(encoded: bytes) -> str:
    """Jackson writes the escapes of control characters with capital digits."""
    text = encoded.decode()
    if "\\u" not in text:
        return text
    return _ESCAPE.sub(lambda found: f"\\u{found[1].upper()}" if found[1] else found[0], text)
