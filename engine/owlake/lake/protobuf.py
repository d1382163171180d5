"""Protobuf's wire format, as far as messages of others are read, changed or written here.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


class Field(NamedTuple):
    """A field of a message: its number, its value (bytes, or a number where it is a varint), and both as written."""

    number: int
    value: int | bytes
    raw: bytes


def fields(message: bytes) -> Iterator[Field]:
    """The fields of a message, in order."""
    position = 0
    while position < len(message):
        begin = position
        key, position = _varint(message, position)
        value, position = _value(message, position, key & 7)
        yield Field(key >> 3, value, message[begin:position])


def number(of: int, value: int) -> bytes:
    """A field that holds a number."""
    return varint(of << 3 | _VARINT) + varint(value)


def text(of: int, value: str | bytes) -> bytes:
    """A field that holds a text, or another message."""
    content = value.encode() if isinstance(value, str) else value
    return varint(of << 3 | _LENGTH) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """A number, seven bits a byte."""
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _value(data: bytes, position: int, wire_type: int) -> tuple[int | bytes, int]:
    if wire_type == _VARINT:
        return _varint(data, position)
    if wire_type == _LENGTH:
        length, position = _varint(data, position)
    else:
        length = {_FIXED64: 8, _FIXED32: 4}[wire_type]
    return data[position : position + length], position + length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position
