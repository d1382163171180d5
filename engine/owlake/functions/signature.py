"""Signatures: what a function takes and gives, with variables for types, lengths and precisions.

A signature is written as Trino's documentation writes it::

    array_position(array(T:comparable), T) -> bigint
    lower(varchar(x)) -> varchar(x)
    concat(varchar...) -> varchar
    filter(array(T), function(T,boolean)) -> array(T)

Single capital letters are type variables (``T:comparable``, ``T:orderable`` bound what they may be), small
letters inside a type's parentheses are numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from owlake.types.model import (
    PRIMITIVES,
    Array,
    Char,
    Decimal,
    Function,
    Map,
    QDigest,
    Row,
    RowField,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
)


def _char(length: int | None) -> Char:
    """A char; the shortest that holds something where a NULL says nothing about the length."""
    return Char(1 if length is None else length)


def _decimal(precision: int | None, scale: int | None) -> Decimal:
    """A decimal; the shortest where a NULL says nothing about the digits."""
    return Decimal(1 if precision is None else precision, 0 if scale is None else scale)


def _of_precision(kind: Callable[[int], Type]) -> Callable[[int | None], Type]:
    """The type with no digits of a second where a NULL says nothing about them."""
    return lambda precision: kind(0 if precision is None else precision)


NUMBERED: dict[str, Callable[..., Type]] = {
    "varchar": Varchar,
    "char": _char,
    "decimal": _decimal,
    "time": _of_precision(Time),
    "time with time zone": _of_precision(TimeWithTimeZone),
    "timestamp": _of_precision(Timestamp),
    "timestamp with time zone": _of_precision(TimestampWithTimeZone),
}
"""Types whose parameters are numbers, by base name."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A type in a signature.

    ``name`` is a base name, or a type variable if ``is_variable``. ``arguments`` are patterns, numbers or the
    names of number variables. ``names`` are the field names of a row pattern.
    """

    name: str
    arguments: tuple[Pattern | int | str, ...] = ()
    is_variable: bool = False
    names: tuple[str | None, ...] = ()

    def __str__(self) -> str:
        if not self.arguments:
            return self.name
        if self.name == "row":
            parts = [
                f"{name} {argument}" if name else str(argument)
                for name, argument in zip(self.names, self.arguments, strict=True)
            ]
            return f"row({', '.join(parts)})"
        base, _, zone = self.name.partition(" with ")
        separator = ", " if base == "map" else ","
        text = f"{base}({separator.join(str(argument) for argument in self.arguments)})"
        return f"{text} with {zone}" if zone else text


@dataclass(frozen=True, slots=True)
class Signature:
    """A name, patterns for the arguments, a pattern for the result."""

    name: str
    arguments: tuple[Pattern, ...]
    result: Pattern
    variadic: bool = False
    constraints: Mapping[str, str] | None = None

    def __str__(self) -> str:
        arguments = ", ".join(str(argument) for argument in self.arguments)
        return f"{self.name}({arguments}{'...' if self.variadic else ''})"

    @property
    def is_generic(self) -> bool:
        """Whether any part depends on the call."""
        return any(_is_generic(pattern) for pattern in self.arguments)

    def spread(self, count: int) -> tuple[Pattern, ...] | None:
        """The patterns for a call with ``count`` arguments, or None if it takes another number."""
        if not self.variadic:
            return self.arguments if len(self.arguments) == count else None
        fixed = len(self.arguments) - 1
        return self.arguments[:fixed] + self.arguments[-1:] * (count - fixed) if count >= fixed else None


def _is_generic(pattern: Pattern) -> bool:
    return pattern.is_variable or any(
        isinstance(argument, str) or (isinstance(argument, Pattern) and _is_generic(argument))
        for argument in pattern.arguments
    )


# Reading ------------------------------------------------------------------------------------------------

_WORD = re.compile(r"\s*([A-Za-z_$][\w$ ]*[\w$]|[A-Za-z_$]|\d+|\.\.\.|->|[(),:])")


@cache
def parse_signature(text: str) -> Signature:
    """The signature that a text like ``lower(varchar(x)) -> varchar(x)`` means."""
    return _Reader(text).signature()


class _Reader:
    def __init__(self, text: str) -> None:
        self._words: list[str] = _WORD.findall(text)
        self._at = 0
        self._constraints: dict[str, str] = {}

    def signature(self) -> Signature:
        name = self._next()
        self._expect("(")
        arguments: list[Pattern] = []
        variadic = False
        while self._peek() != ")":
            arguments.append(self._pattern())
            if self._peek() == "...":
                self._next()
                variadic = True
            if self._peek() == ",":
                self._next()
        self._expect(")")
        self._expect("->")
        return Signature(name, tuple(arguments), self._pattern(), variadic, self._constraints)

    def _pattern(self) -> Pattern:
        name = self._next()
        if len(name) == 1 and name.isupper():
            if self._peek() == ":":
                self._next()
                self._constraints[name] = self._next()
            return Pattern(name, is_variable=True)
        if self._peek() != "(":
            return Pattern(name)
        self._next()
        arguments: list[Pattern | int | str] = []
        names: list[str | None] = []
        while self._peek() != ")":
            field, argument = self._argument(name)
            arguments.append(argument)
            names.append(field)
            if self._peek() == ",":
                self._next()
        self._next()
        if self._peek() == "with time zone":
            name = f"{name} {self._next()}"
        return Pattern(name, tuple(arguments), names=tuple(names) if name == "row" else ())

    def _argument(self, owner: str) -> tuple[str | None, Pattern | int | str]:
        word = self._peek()
        if word.isdigit():
            return None, int(self._next())
        if owner in NUMBERED:
            return None, self._next()
        if owner == "row" and " " in word and word not in PRIMITIVES:
            field, _, rest = word.partition(" ")
            self._words[self._at] = rest
            return field, self._pattern()
        return None, self._pattern()

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _next(self) -> str:
        self._at += 1
        return self._words[self._at - 1]

    def _expect(self, word: str) -> None:
        found = self._next()
        if found != word:
            message = f"expected {word!r}, found {found!r} in {''.join(self._words)}"
            raise ValueError(message)


# Meaning ------------------------------------------------------------------------------------------------


def substitute(pattern: Pattern, variables: Mapping[str, Type | int | None]) -> Type:
    """The type that a pattern means under the variables; KeyError for one that is not bound."""
    if pattern.is_variable:
        found = variables[pattern.name]
        assert isinstance(found, Type)
        return found
    if pattern.name in NUMBERED:
        return NUMBERED[pattern.name](*(_number(argument, variables) for argument in pattern.arguments))
    inner = [substitute(argument, variables) for argument in pattern.arguments if isinstance(argument, Pattern)]
    return _build(pattern, inner)


def _number(argument: Pattern | int | str, variables: Mapping[str, Type | int | None]) -> int | None:
    if isinstance(argument, int):
        return argument
    found = variables.get(str(argument))
    assert not isinstance(found, Type)
    return found


def _build(pattern: Pattern, inner: list[Type]) -> Type:
    match pattern.name:
        case "array":
            return Array(inner[0])
        case "map":
            return Map(inner[0], inner[1])
        case "qdigest":
            return QDigest(inner[0])
        case "function":
            return Function(tuple(inner[:-1]), inner[-1])
        case "row":
            return Row(tuple(RowField(name, type_) for name, type_ in zip(pattern.names, inner, strict=True)))
        case name:
            return PRIMITIVES[name.lower()]


def inner_types(type_: Type) -> tuple[Type, ...]:
    """The types inside a type: of an array its element, of a row its fields."""
    match type_:
        case Array() | QDigest():
            return (type_.element,)
        case Map():
            return (type_.key, type_.value)
        case Row():
            return tuple(field.type for field in type_.fields)
        case _:
            return ()


def numbers_of(type_: Type) -> tuple[int | None, ...]:
    """The numbers of a type: of a decimal precision and scale, of a varchar its length."""
    match type_:
        case Decimal():
            return (type_.precision, type_.scale)
        case Varchar() | Char():
            return (type_.length,)
        case Time() | TimeWithTimeZone() | Timestamp() | TimestampWithTimeZone():
            return (type_.precision,)
        case _:
            return ()
