"""What is wrong with the arguments of a client's method, all of it at once, in botocore's words."""

from __future__ import annotations

import decimal
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from owlake.operations.columns import Columns
from owlake.operations.reading import Mismatch, Source, check_depth, read
from owlake.operations.shapes import Document, ListOf, MapOf, Member, Scalar, Shape, Structure

_VALID_TYPES: Mapping[type, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (float, decimal.Decimal, int),
    bool: (bool,),
    decimal.Decimal: (decimal.Decimal, int),
    timedelta: (timedelta,),
}
_NAMED_TYPES: Mapping[type, tuple[str, ...]] = {
    bytes: (str(bytes), str(bytearray), "file-like object"),
    datetime: (str(datetime), "timestamp-string"),
    date: (str(date), "timestamp-string"),
}


def problems(members: Sequence[Member], arguments: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """A line for each problem: what is missing first, then what is unknown or of a wrong type."""
    known = {member.api_name: member for member in members}
    place = path.lstrip(".") or "input"
    for member in members:
        if member.required and member.api_name not in arguments:
            yield f'Missing required parameter in {place}: "{member.api_name}"'
    for name in arguments:
        if name not in known:
            yield f'Unknown parameter in {place}: "{name}", must be one of: {", ".join(known)}'
    for name, value in arguments.items():
        if name in known:
            yield from _problems_of(known[name].shape, value, f"{path}.{name}")


def _problems_of(shape: Shape, value: Any, path: str) -> Iterator[str]:
    match shape:
        case Structure() if isinstance(value, Mapping):
            yield from problems(shape.members, value, path)
        case ListOf() if isinstance(value, Columns):
            return
        case ListOf() if isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from _problems_of_item(shape.element, item, f"{path}[{index}]")
        case MapOf() if isinstance(value, Mapping):
            for key, item in value.items():
                if not isinstance(key, str):
                    yield _invalid_type(f"{path} (key: {key})", key, (str(str),))
                yield from _problems_of_item(shape.value, item, f"{path}.{key}")
        case Structure() | MapOf():
            yield _invalid_type(path, value, (str(dict),))
        case ListOf():
            yield _invalid_type(path, value, (str(list), str(tuple)))
        case Document():
            yield from _problems_of_document(value, path)
        case Scalar() if shape.python in _NAMED_TYPES:
            if not _reads(shape, value):
                yield _invalid_type(path, value, _NAMED_TYPES[shape.python])
        case _:
            yield from _problems_of_plain(shape, value, path)


def _problems_of_item(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """As of a parameter, but an item cannot be left out: None is one where it may be."""
    if value is not None or not shape.nullable:
        yield from _problems_of(shape, value, path)


def _problems_of_plain(shape: Shape, value: Any, path: str) -> Iterator[str]:
    valid = _VALID_TYPES[shape.python] if isinstance(shape, Scalar) else (str,)
    if not isinstance(value, valid) or (isinstance(value, bool) and bool not in valid):
        yield _invalid_type(path, value, tuple(map(str, valid)))


def _problems_of_document(value: Any, path: str) -> Iterator[str]:
    try:
        check_depth(value, "it")
        json.dumps(value)
    except (TypeError, ValueError, Mismatch) as problem:
        yield f"Invalid parameter {path.lstrip('.')} must be json serializable: {problem}"


def _reads(shape: Scalar, value: Any) -> bool:
    if shape.python is bytes:
        # A file is read once, when it is used.
        return isinstance(value, bytes | bytearray | str) or hasattr(value, "read")
    try:
        read(shape, value, "", Source.API)
    except Mismatch:
        return False
    return True


def _invalid_type(path: str, value: Any, valid: Sequence[str]) -> str:
    name = path.lstrip(".")
    return f"Invalid type for parameter {name}, value: {value}, type: {type(value)}, valid types: {', '.join(valid)}"
