"""Signatures bound to the types of a call, as Trino binds them: exactly, or with coercions.

What an argument says of the signature's variables is learnt one argument after the other; lambdas come last, for their
parameters are known by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from owlake.functions.signature import NUMBERED, Pattern, Signature, inner_types, numbers_of, substitute
from owlake.types.coercion import can_coerce, common_super_type
from owlake.types.comparison import is_comparable, is_orderable
from owlake.types.model import (
    DATE,
    UNKNOWN,
    Char,
    Decimal,
    Function,
    Row,
    Time,
    Timestamp,
    TimestampWithTimeZone,
    TimeWithTimeZone,
    Type,
    Varchar,
)

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
