"""Values that are given to operations: from SQL, from JSON and from boto3's arguments to what Python declares."""

from __future__ import annotations

import base64
import binascii
import decimal
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any

from owlake.functions.json.documents import MAX_DEPTH
from owlake.operations.columns import Columns
from owlake.operations.shapes import Choice, Document, ListOf, MapOf, Member, Scalar, Shape, Structure
from owlake.types.model import INTEGER_BITS, Decimal, Timestamp, Varchar


class Source(Enum):
    """Where values come from: it decides what else stands for bytes and moments, and how members are called."""

    TYPED = "typed"
    """SQL or Python: every value has its class."""
    DOCUMENT = "document"
    """JSON: bytes are base64, dates and moments ISO 8601."""
    API = "api"
    """boto3: members by the API's names, moments also as text."""


class JsonText(str):
    """The text of a JSON value, as SQL gives it."""

    __slots__ = ()


class Mismatch(Exception):  # noqa: N818  (becomes the error of a door)
    """A value is not what its parameter takes: ``tags[0].key must be varchar, not bigint``.

    Attributes:
        path: Where the value stands.
        text: What is wrong with it.
    """

    def __init__(self, path: str, text: str) -> None:
        super().__init__(f"{path} {text}")
        self.path = path
        self.text = text


def read(shape: Shape, value: Any, path: str, source: Source = Source.TYPED) -> Any:
    """The value as the operation takes it. Errors: Mismatch."""
    if value is None:
        if shape.nullable or isinstance(shape, Document):
            return None
        raise Mismatch(path, "cannot be null")
    if isinstance(value, JsonText):
        return _read_text(shape, value, path)
    match shape:
        case Scalar():
            return _scalar(shape, value, path, source)
        case Choice():
            return _choice(shape, value, path, source)
        case ListOf() if isinstance(value, Columns) and value.kind is shape.structure.python:
            return value
        case ListOf():
            items = _instance(value, Sequence, shape, path)
            found = [read(shape.element, item, f"{path}[{index}]", source) for index, item in enumerate(items)]
            return _columns(shape.structure, found) if shape.columnar else found
        case MapOf():
            return _map(shape, value, path, source)
        case Structure():
            return _structure(shape, value, path, source)
        case _:
            check_depth(value, path)
            return _plain(value)


def _columns(structure: Structure, items: Sequence[Any]) -> Columns[Any]:
    return Columns.of(structure.python, [one.attribute for one in structure.members], items)


def check_depth(value: Any, path: str) -> None:
    """Refuse a document that nests deeper than those of SQL: reading it would take all of the stack."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for one in level if isinstance(one, Mapping | list | tuple) for item in _items(one)]
        if not level:
            return
    raise Mismatch(path, f"must not nest deeper than {MAX_DEPTH} levels")


def _items(value: Mapping[Any, Any] | list[Any] | tuple[Any, ...]) -> Iterable[Any]:
    return value.values() if isinstance(value, Mapping) else value


def _read_text(shape: Shape, text: JsonText, path: str) -> Any:
    try:
        value = json.loads(text, parse_float=decimal.Decimal, object_pairs_hook=lambda pairs: _object(pairs, path))
    except ValueError as problem:
        raise Mismatch(path, f"must be JSON: {problem}") from None
    return read(shape, value, path, Source.DOCUMENT)


def _object(pairs: list[tuple[str, Any]], path: str) -> dict[str, Any]:
    """A JSON object, unless a value of it would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Mismatch(path, f"must not have members of the same name: {', '.join(repr(name) for name, _ in pairs)}")
    return found


# Scalars ------------------------------------------------------------------------------------------------


def _scalar(shape: Scalar, value: Any, path: str, source: Source) -> Any:
    if source is not Source.TYPED and shape.python in _FROM_TEXT and not isinstance(value, shape.python):
        return _from_text(shape, value, path, source)
    read_one = _SCALARS[shape.python]
    found = read_one(value, shape)
    if found is None:
        raise wrong(shape, value, path)
    return found


def _text(value: Any, shape: Shape) -> str | None:
    if not isinstance(value, str):
        return None
    length = shape.type.length if isinstance(shape.type, Varchar) else None
    return value if length is None or len(value) <= length else None


def _integer(value: Any, shape: Shape) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    bits = INTEGER_BITS[shape.type]
    return value if -(1 << bits - 1) <= value < 1 << bits - 1 else None


def _float(value: Any, _: Shape) -> float | None:
    is_number = isinstance(value, int | float | decimal.Decimal) and not isinstance(value, bool)
    return float(value) if is_number else None


def _decimal(value: Any, shape: Shape) -> decimal.Decimal | None:
    type_ = shape.type
    if isinstance(value, bool) or not isinstance(value, int | decimal.Decimal) or not isinstance(type_, Decimal):
        return None
    exact = decimal.Decimal(value)
    if not exact.is_finite() or abs(exact) >= decimal.Decimal(10) ** (type_.precision - type_.scale):
        return None
    with decimal.localcontext(prec=2 * Decimal.MAX_PRECISION):
        held = exact.quantize(decimal.Decimal(1).scaleb(-type_.scale))
    return exact if held == exact else None


def _moment(value: Any, shape: Shape) -> datetime | None:
    if not isinstance(value, date):
        return None
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    if isinstance(shape.type, Timestamp):
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _exactly(kind: type, *without: type) -> Callable[[Any, Shape], Any]:
    return lambda value, _: value if isinstance(value, kind) and not isinstance(value, without) else None


_SCALARS: Mapping[type, Callable[[Any, Shape], Any]] = {
    str: _text,
    int: _integer,
    float: _float,
    bool: _exactly(bool),
    decimal.Decimal: _decimal,
    bytes: lambda value, _: bytes(value) if isinstance(value, bytes | bytearray | memoryview) else None,
    date: _exactly(date, datetime),
    datetime: _moment,
    timedelta: _exactly(timedelta),
}


def _from_text(shape: Scalar, value: Any, path: str, source: Source) -> Any:
    """Bytes, dates and moments in the forms that JSON and boto3 have for them."""
    try:
        if source is Source.API and shape.python is bytes:
            return _blob(value)
        if shape.python is datetime and isinstance(value, int | float | decimal.Decimal):
            return _moment(datetime.fromtimestamp(float(value), UTC), shape)
        if isinstance(value, str):
            return _FROM_TEXT[shape.python](value, shape)
    except (ValueError, OverflowError, OSError, binascii.Error) as problem:
        raise Mismatch(path, f"must be {shape.type}: {problem}") from None
    raise wrong(shape, value, path)


def _blob(value: Any) -> bytes:
    content = value.read() if hasattr(value, "read") else value
    return content.encode() if isinstance(content, str) else bytes(content)


_FROM_TEXT: Mapping[type, Callable[[str, Shape], Any]] = {
    bytes: lambda text, _: base64.b64decode(text, validate=True),
    date: lambda text, _: date.fromisoformat(text),
    datetime: lambda text, shape: _moment(datetime.fromisoformat(text), shape),
}


def _choice(shape: Choice, value: Any, path: str, source: Source) -> Any:
    text = value.value if shape.enum is not None and isinstance(value, shape.enum) else value
    if not isinstance(text, str):
        raise wrong(shape, value, path)
    if text not in shape.values:
        if source is Source.API:
            # It is refused with all else that the API's model does not allow.
            return text
        raise Mismatch(path, f"must be one of {', '.join(shape.values)}, not {text!r}")
    return shape.enum(text) if shape.enum is not None else text


# Nested values ------------------------------------------------------------------------------------------


def _map(shape: MapOf, value: Any, path: str, source: Source) -> dict[str, Any]:
    items = _instance(value, Mapping, shape, path)
    for key in items:
        if not isinstance(key, str):
            raise Mismatch(path, f"must have keys of varchar, not {key!r:.100}")
    return {key: read(shape.value, one, f"{path}.{key}", source) for key, one in items.items()}


def _structure(shape: Structure, value: Any, path: str, source: Source) -> Any:
    if isinstance(value, shape.python):
        return value
    given = dict(_members(shape, value, path, source))
    values = {}
    for member in shape.members:
        place = f"{path}.{member.name if source is not Source.API else member.api_name}"
        found = given.get(member.name)
        if found is not None:
            values[member.attribute] = read(member.shape, found, place, source)
        elif member.required:
            raise Mismatch(place, "is missing")
        else:
            values[member.attribute] = member.left_out()
    try:
        return shape.python(**values)
    except ValueError as problem:
        raise Mismatch(path, f"is not valid: {problem}") from problem


def _members(shape: Structure, value: Any, path: str, source: Source) -> Iterator[tuple[str, Any]]:
    """What is given for each member, by its name in SQL."""
    if isinstance(value, tuple) and source is Source.TYPED:
        if len(value) != len(shape.members):
            raise Mismatch(path, f"must have {len(shape.members)} fields, not {len(value)}")
        yield from zip((member.name for member in shape.members), value, strict=True)
        return
    seen = set()
    for key, one in _instance(value, Mapping, shape, path).items():
        member = named_member(shape, key, path, source)
        if member.name in seen:
            raise Mismatch(f"{path}.{member.name}", "is given twice")
        seen.add(member.name)
        yield member.name, one


def named_member(shape: Structure, key: Any, path: str, source: Source = Source.TYPED) -> Member:
    """The member that a key means: by either of its names, without case; the API's is exact."""
    for one in shape.members:
        if key == one.api_name or (source is not Source.API and str(key).lower() in (one.name, one.api_name.lower())):
            return one
    names = ", ".join(one.name for one in shape.members)
    raise Mismatch(path, f"has no member {key}: there are {names}")


def _plain(value: Any) -> Any:
    """A document as ``json.loads`` gives it by default."""
    match value:
        case decimal.Decimal():
            return float(value)
        case Mapping():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case _:
            return value


def _instance(value: Any, kind: type, shape: Shape, path: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, str | bytes | bytearray | memoryview):
        raise wrong(shape, value, path)
    return value


def wrong(shape: Shape, value: Any, path: str) -> Mismatch:
    """What is said of a value of another type."""
    return Mismatch(path, f"must be {shape.type}, not {value!r:.100}")
