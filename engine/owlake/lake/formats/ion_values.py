"""Values of Amazon Ion as a column's type has them.

https://docs.aws.amazon.com/athena/latest/ug/ion-serde.html. Fields are matched without case, or as a path extractor
says; an Ion value of a kind that the column's type does not take is an error, for a number too great only where
``fail_on_overflow`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal as PythonDecimal
from decimal import InvalidOperation
from typing import Any

from owlake.errors import error
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

Node = Any
"""A value as the ``amazon.ion`` package gives it."""
Decode = Callable[[Node], Any]
"""From a value that is not null to what Arrow builds the column of. Errors: UnreadableError."""

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (everything is UTC)
_KINDS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool,), "BOOL"), ((int,), "INT"), ((float,), "FLOAT"), ((PythonDecimal,), "DECIMAL"), ((datetime,), "TIMESTAMP"),
    ((str,), "STRING"), ((bytes,), "BLOB"), ((Mapping,), "STRUCT"), ((list, tuple), "LIST"),
)  # fmt: skip
"""What Ion calls the kinds of values; a ``bool`` is an ``int`` too, and comes first."""


class UnreadableError(Exception):
    """A value that its column cannot take."""


@dataclass(frozen=True, slots=True)
class FieldRules:
    """How the fields of structs are found."""

    is_case_sensitive: bool

    def find(self, struct: Mapping[Any, Node], name: str) -> Node:
        """The last of the fields with this name; None without one."""
        if name in struct and self.is_case_sensitive:
            return struct[name]
        wanted = name if self.is_case_sensitive else name.lower()
        found = None
        for key, value in struct.items():
            text = str(key)
            if (text if self.is_case_sensitive else text.lower()) == wanted:
                found = value
        return found


def kind_of(value: Node) -> str:
    """What Ion calls a value of this kind."""
    return next((name for types, name in _KINDS if isinstance(value, types)), "NULL")


def plain(value: Node) -> Node:
    """The value; of a symbol its text, of Ion's booleans Python's."""
    if hasattr(value, "text") and hasattr(value, "sid"):
        return value.text
    return bool(value) if type(value).__name__ == "IonPyBool" else value


def is_null(value: Node) -> bool:
    """Whether it is a null, of whatever type."""
    return value is None or type(value).__name__ == "IonPyNull"


def ion_decoder(type_: Type, rules: FieldRules, *, fails_on_overflow: bool) -> Decode:
    """How a column of the type is read. Errors: NOT_SUPPORTED."""
    match type_:
        case Array(element):
            inner = _or_null(ion_decoder(element, rules, fails_on_overflow=fails_on_overflow))
            return lambda value: [inner(one) for one in _expect(value, type_, list, tuple)]
        case Map(Varchar(), item):
            inner = _or_null(ion_decoder(item, rules, fails_on_overflow=fails_on_overflow))
            return lambda value: [(str(key), inner(one)) for key, one in _expect(value, type_, Mapping).items()]
        case Row(fields):
            decoders = [_or_null(ion_decoder(one.type, rules, fails_on_overflow=fails_on_overflow)) for one in fields]
            named = list(zip(field_names(type_), decoders, strict=True))
            return lambda value: _row(_expect(value, type_, Mapping), named, rules)
    bits = INTEGER_BITS.get(type_)
    if bits is not None:
        return lambda value: _integer(_expect(value, type_, int), bits, type_, fails=fails_on_overflow)
    return _scalar(type_)


def _row(struct: Mapping[Any, Node], fields: Sequence[tuple[str, Decode]], rules: FieldRules) -> dict[str, Any]:
    return {name: decode(rules.find(struct, name)) for name, decode in fields}


def _scalar(type_: Type) -> Decode:
    match type_:
        case Varchar(length):
            return lambda value: str(_expect(value, type_, str))[:length]
        case Char(length):
            return lambda value: str(_expect(value, type_, str))[:length].rstrip(" ")
        case Decimal():
            return lambda value: _decimal(_expect(value, type_, PythonDecimal, int), type_)
        case Timestamp():
            return lambda value: _timestamp(_expect(value, type_, datetime))
        case _ if type_ == DATE:
            return lambda value: _utc(_expect(value, type_, datetime)).date()
        case _ if type_ in (REAL, DOUBLE):
            return lambda value: float(_expect(value, type_, float, PythonDecimal, int))
        case _ if type_ == BOOLEAN:
            return lambda value: bool(_expect(value, type_, bool))
        case _ if type_ == VARBINARY:
            return lambda value: bytes(_expect(value, type_, bytes))
    raise error("NOT_SUPPORTED", f"Unsupported column type of an Ion file: {type_}")


def _or_null(decode: Decode) -> Decode:
    return lambda value: None if is_null(value) else decode(plain(value))


def _expect(value: Node, type_: Type, *kinds: type) -> Any:
    if isinstance(value, kinds) and (bool in kinds or kind_of(value) != "BOOL"):
        return value
    raise UnreadableError(f"Cannot coerce IonType {kind_of(value)} to Trino type {type_}")


def _integer(value: int, bits: int, type_: Type, *, fails: bool) -> int:
    if -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        return int(value)
    if fails:
        raise UnreadableError(f"Ion value {value} does not fit into Trino type {type_}")
    # As Java narrows it.
    low = value & ((1 << bits) - 1)
    return low - (1 << bits) if low >> (bits - 1) else low


def _decimal(value: Any, type_: Decimal) -> PythonDecimal:
    number = PythonDecimal(value)
    try:
        found = number.quantize(PythonDecimal(1).scaleb(-type_.scale))
    except InvalidOperation:
        found = None
    if found is None or found != number or abs(found) >= PythonDecimal(1).scaleb(type_.precision - type_.scale):
        reason = f"does not fit {type_.precision} digits of precision and {type_.scale} of scale!"
        raise UnreadableError(f"Decimal value {value} {reason}")
    return found


def _utc(value: datetime) -> datetime:
    """The instant, without its offset; a value of unknown offset is UTC's."""
    plain = datetime(value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)  # noqa: DTZ001
    offset = value.utcoffset()
    return plain if offset is None else plain - offset


def _timestamp(value: datetime) -> datetime:
    """In milliseconds, halves rounded up."""
    since = _utc(value) - _EPOCH + timedelta(microseconds=500)
    return _EPOCH + since // _MILLISECOND * _MILLISECOND
