"""The overload that a call means, and Trino's words where there is none or more than one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from owlake.errors import OwlakeError, error
from owlake.functions.binding import ArgumentType, LambdaArgument, LambdaTyper, bind
from owlake.functions.signature import substitute
from owlake.types.model import UNKNOWN, TimestampWithTimeZone, Type

if TYPE_CHECKING:
    from owlake.dialect.nodes.base import Position
    from owlake.functions.registry import Function
    from owlake.ir.expressions import Expression


@dataclass(frozen=True, slots=True)
class Resolved:
    """An overload chosen for a call: the types that its arguments become, and the variables as bound."""

    function: Function
    arguments: tuple[Type, ...]
    variables: Mapping[str, Type | int | None]

    def result(self, arguments: tuple[Expression, ...]) -> Type:
        """The type of the call over these arguments (already coerced)."""
        if self.function.returns:
            return self.function.returns(arguments, self.variables)
        type_ = substitute(self.function.signature.result, self.variables)
        if isinstance(type_, TimestampWithTimeZone) and type_.zone is None:
            for argument in arguments:
                if isinstance(argument.type, TimestampWithTimeZone):
                    return TimestampWithTimeZone(type_.precision, argument.type.zone)
        return type_


def choose(
    candidates: list[Function], types: Sequence[ArgumentType], type_lambda: LambdaTyper | None
) -> list[Resolved]:
    """The overload that the types mean: none where none takes them, more where each of them could be meant.

    As in Trino one that takes them exactly comes first, then the most specific of those that they are coerced to.
    """
    for generic in (False, True):
        exact = _applicable(
            [one for one in candidates if one.signature.is_generic is generic], types, type_lambda, coerce=False
        )
        if exact:
            return exact[:1]
    found = _applicable(candidates, types, type_lambda, coerce=True)
    best = _most_specific(found)
    if len(best) > 1 and UNKNOWN in types:
        # Whichever of them is called, NULL comes of NULL.
        return (_only_unknown_cast(best, types) or best)[:1]
    return best


def _applicable(
    candidates: Iterable[Function], types: Sequence[ArgumentType], type_lambda: LambdaTyper | None, *, coerce: bool
) -> list[Resolved]:
    found = []
    for function in candidates:
        binding = bind(function.signature, types, coerce=coerce, type_lambda=type_lambda)
        if binding is not None:
            found.append(Resolved(function, binding.arguments, binding.variables))
    return found


def _most_specific(found: list[Resolved]) -> list[Resolved]:
    """Those that are no less specific than any other, one of those that are as specific as each other."""
    kept: list[Resolved] = []
    for one in found:
        for index, other in enumerate(kept):
            more = _more_specific(one, other)
            if more:
                kept[index] = one
            if more or _more_specific(other, one):
                break
        else:
            kept.append(one)
    return kept


def _more_specific(one: Resolved, other: Resolved) -> bool:
    """Whether what the one takes could be given to the other."""
    return bind(other.function.signature, one.arguments, coerce=True) is not None


def _only_unknown_cast(found: list[Resolved], types: Sequence[ArgumentType]) -> list[Resolved]:
    return [
        one
        for one in found
        if all(formal == given or str(given) == "unknown" for formal, given in zip(one.arguments, types, strict=True))
    ]


def mismatch(
    name: str, types: Sequence[ArgumentType], candidates: list[Function], position: Position | None
) -> OwlakeError:
    """The error where no overload takes the types."""
    shown = ", ".join("<function>" if isinstance(type_, LambdaArgument) else str(type_) for type_ in types)
    expected = ", ".join(sorted(_describe(function) for function in candidates))
    return error(
        "FUNCTION_NOT_FOUND",
        f"Unexpected parameters ({shown}) for function {name}. Expected: {expected}",
        position,
    )


def ambiguous(chosen: list[Resolved], position: Position | None) -> OwlakeError:
    """The error where several overloads could be meant."""
    shown = "".join(f"\n\t * {_described(one)}" for one in chosen)
    text = f"Could not choose a best candidate operator. Explicit type casts must be added. Candidates are:{shown}"
    return error("AMBIGUOUS_FUNCTION_CALL", text, position)


def _described(resolved: Resolved) -> str:
    return f"{resolved.function.name}({', '.join(map(str, resolved.arguments))})"


def _describe(function: Function) -> str:
    """A candidate as Trino prints it, its constrained type variables behind: ``max(E) E:orderable``."""
    signature = function.signature
    variables = sorted({str(part) for pattern in signature.arguments for part in _variables(pattern)})
    constraints = signature.constraints or {}
    tail = ", ".join(f"{name}:{constraints[name]}" if name in constraints else name for name in variables)
    return f"{signature} {tail}".rstrip()


def _variables(pattern: Any) -> Iterable[str]:
    if pattern.is_variable:
        yield pattern.name
    for argument in pattern.arguments:
        if not isinstance(argument, int | str):
            yield from _variables(argument)
