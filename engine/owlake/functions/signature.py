"""Signatures: what a function takes and gives, with variables for types, lengths and precisions.

A signature is written as Trino's documentation writes it::

    array_position(array(T:comparable), T) -> bigint
    lower(varchar(x)) -> varchar(x)
    concat(varchar...) -> varchar
    filter(array(T), function(T,boolean)) -> array(T)

Single capital letters are type variables (``T:comparable``, ``T:orderable`` bound what they may be), small
letters inside a type's parentheses are numbers. Overloads are bound as Trino binds them: exactly first,
then with coercions, the most specific candidate winning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from owlake.types.coercion import can_coerce, common_super_type
from owlake.types.comparison import is_comparable, is_orderable
from owlake.types.model import (
    DATE,
    PRIMITIVES,
    UNKNOWN,
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


# Binding ------------------------------------------------------------------------------------------------

LambdaTyper = Callable[[int, tuple[Type, ...]], Type | None]
"""Types a lambda argument: its index and the types of its parameters to the type of its body."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A signature bound to a call: the types that the arguments are coerced to, and the result's."""

    arguments: tuple[Type, ...]
    variables: Mapping[str, Type | int | None]


class LambdaArgument:
    """Stands among argument types for a lambda, whose type depends on the others'."""

    def __init__(self, parameters: int) -> None:
        self.parameters = parameters


ArgumentType = Type | LambdaArgument


def bind(
    signature: Signature,
    types: Sequence[ArgumentType],
    *,
    coerce: bool,
    type_lambda: LambdaTyper | None = None,
) -> Binding | None:
    """The binding of a signature to argument types, or None if it does not take them."""
    patterns = signature.spread(len(types))
    if patterns is None or (not types and signature.is_generic):
        return None
    binder = _Binder(signature.constraints or {}, coerce=coerce)
    for pattern, type_ in zip(patterns, types, strict=True):
        if isinstance(type_, LambdaArgument):
            if pattern.name != "function" or len(pattern.arguments) != type_.parameters + 1:
                return None
        elif not binder.learn(pattern, type_):
            return None
    for index, (pattern, type_) in enumerate(zip(patterns, types, strict=True)):
        if isinstance(type_, LambdaArgument) and not binder.learn_lambda(pattern, index, type_lambda):
            return None
    binding = binder.finish(patterns, types)
    if binding is None or not all(
        _gives_what_is_bound(pattern, index, formal, type_lambda)
        for index, (pattern, formal) in enumerate(zip(patterns, binding.arguments, strict=True))
    ):
        return None
    return binding


def _gives_what_is_bound(pattern: Pattern, index: int, formal: Type, type_lambda: LambdaTyper | None) -> bool:
    """A lambda's result is not coerced to a type variable: ``reduce`` whose step gives another type is none."""
    if not isinstance(formal, Function) or type_lambda is None:
        return True
    result = pattern.arguments[-1]
    assert isinstance(result, Pattern)
    return not result.is_variable or type_lambda(index, formal.arguments) in (formal.result, UNKNOWN)


class _Binder:
    def __init__(self, constraints: Mapping[str, str], *, coerce: bool) -> None:
        self._constraints = constraints
        self._coerce = coerce
        self.variables: dict[str, Type | int | None] = {}

    def learn(self, pattern: Pattern, type_: Type) -> bool:
        """Take from one argument what it says about the variables; False if it cannot fit at all."""
        if pattern.is_variable:
            return self._learn_type(pattern.name, type_)
        if type_ == UNKNOWN and self._coerce:
            return self._learn_unknown(pattern)
        if pattern.name != type_.base:
            return self._learn_coerced(pattern, type_)
        return self._learn_inside(pattern, type_)

    def _learn_unknown(self, pattern: Pattern) -> bool:
        """A NULL fits everything; what nothing else says more of is unknown then."""
        if pattern.is_variable:
            self.variables.setdefault(pattern.name, UNKNOWN)
        elif pattern.name not in NUMBERED:
            for argument in pattern.arguments:
                assert isinstance(argument, Pattern)
                self._learn_unknown(argument)
        elif pattern.name not in ("varchar", "char"):
            for number, least in zip(pattern.arguments, numbers_of(_FLOORS[pattern.name]), strict=True):
                if isinstance(number, str):
                    self.variables.setdefault(number, least)
        return True

    def _learn_coerced(self, pattern: Pattern, type_: Type) -> bool:
        if not self._coerce:
            return False
        if not pattern.arguments:
            return can_coerce(type_, substitute(pattern, {}))
        if pattern.name in NUMBERED:
            widest = _narrowest_of_base(type_, pattern.name)
            return widest is not None and self._learn_inside(pattern, widest)
        return False

    def _learn_inside(self, pattern: Pattern, type_: Type) -> bool:
        if not pattern.arguments:
            return self._coerce or substitute(pattern, {}) == type_
        if pattern.name in NUMBERED:
            return all(
                self._learn_number(argument, number)
                for argument, number in zip(pattern.arguments, numbers_of(type_), strict=True)
            )
        inner = inner_types(type_)
        if len(inner) != len(pattern.arguments):
            return False
        return all(
            isinstance(argument, Pattern) and self.learn(argument, part)
            for argument, part in zip(pattern.arguments, inner, strict=True)
        )

    def _learn_type(self, name: str, type_: Type) -> bool:
        known = self.variables.get(name)
        if known is None or known == type_:
            self.variables[name] = type_
            return True
        assert isinstance(known, Type)
        common = common_super_type(known, type_)
        if common is None or (not self._coerce and UNKNOWN not in (known, type_)):
            return False
        self.variables[name] = common
        return True

    def _learn_number(self, argument: Pattern | int | str, number: int | None) -> bool:
        if isinstance(argument, int):
            return self._coerce or argument == number
        assert isinstance(argument, str)
        if argument not in self.variables:
            self.variables[argument] = number
            return True
        known = self.variables[argument]
        if known == number:
            return True
        if not self._coerce:
            return False
        assert not isinstance(known, Type)
        self.variables[argument] = None if known is None or number is None else max(known, number)
        return True

    def learn_lambda(self, pattern: Pattern, index: int, type_lambda: LambdaTyper | None) -> bool:
        *parameters, result = pattern.arguments
        try:
            types = tuple(substitute(parameter, self.variables) for parameter in parameters)  # type: ignore[arg-type]
        except KeyError:
            return False
        found = type_lambda(index, types) if type_lambda else None
        if found is None or not isinstance(result, Pattern):
            return False
        # A lambda's body is coerced to what the signature wants, also in exact binding.
        if not result.is_variable and can_coerce(found, substitute(result, self.variables)):
            return True
        return self.learn(result, found)

    def finish(self, patterns: Sequence[Pattern], types: Sequence[ArgumentType]) -> Binding | None:
        for name, constraint in self._constraints.items():
            bound = self.variables.get(name)
            if isinstance(bound, Type) and not _CONSTRAINTS[constraint](bound):
                return None
        try:
            formal = tuple(substitute(pattern, self.variables) for pattern in patterns)
        except KeyError:
            return None
        formal = tuple(
            wanted if pattern.is_variable else _keep_zone(wanted, given)
            for pattern, wanted, given in zip(patterns, formal, types, strict=True)
        )
        for wanted, given in zip(formal, types, strict=True):
            if isinstance(given, LambdaArgument):
                continue
            if not (can_coerce(given, wanted) if self._coerce else given == wanted):
                return None
        return Binding(formal, self.variables)


def _keep_zone(wanted: Type, given: ArgumentType) -> Type:
    """A zone that is known stays known: signatures do not speak of zones."""
    if isinstance(wanted, TimestampWithTimeZone):
        if isinstance(given, TimestampWithTimeZone):
            return TimestampWithTimeZone(wanted.precision, given.zone)
        if given in (DATE, UNKNOWN) or isinstance(given, Timestamp):
            return TimestampWithTimeZone(wanted.precision, "UTC")
    return wanted


_CONSTRAINTS: dict[str, Callable[[Type], bool]] = {
    "comparable": is_comparable,
    "orderable": is_orderable,
    "row": lambda type_: isinstance(type_, Row),
}


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


_FLOORS: dict[str, Type] = {
    "varchar": Varchar(0),
    "char": Char(0),
    "decimal": Decimal(1, 0),
    "time": Time(0),
    "time with time zone": TimeWithTimeZone(0),
    "timestamp": Timestamp(0),
    "timestamp with time zone": TimestampWithTimeZone(0, "UTC"),
}


def _narrowest_of_base(type_: Type, base: str) -> Type | None:
    """The narrowest type of a base that ``type_`` turns into: integer to decimal(10,0), date to timestamp(0)."""
    common = common_super_type(type_, _FLOORS[base])
    return common if common is not None and common.base == base else None
