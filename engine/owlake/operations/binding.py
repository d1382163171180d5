"""Arguments to parameters: Trino's rules for calls, and typed values as what Python declares.

The procedures of CALL and the table functions of connectors are called alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from owlake.analysis.coercions import coerce
from owlake.dialect.nodes.base import Position
from owlake.errors import OwlakeError, error
from owlake.ir.expressions import Expression
from owlake.operations.reading import JsonText, Mismatch, named_member, read
from owlake.operations.shapes import Choice, Document, ListOf, MapOf, Member, Scalar, Shape, Structure
from owlake.operations.signature import Signature
from owlake.types.casts import can_cast_to_json
from owlake.types.coercion import can_coerce
from owlake.types.model import JSON, UNKNOWN, VARCHAR, Array, Map, Row, Type, Varchar

V = TypeVar("V")

Evaluate = Callable[[Sequence[Expression]], Sequence[Any]]
"""Works out constant expressions: their values as cursors give them."""


@dataclass(frozen=True, slots=True)
class Argument(Generic[V]):
    """An argument as it was written: its name, if it has one, its value, and where it and its value stand."""

    name: str | None
    value: V
    position: Position | None = None
    value_position: Position | None = None


def bind(
    signature: Signature,
    arguments: Sequence[Argument[Any]],
    evaluate: Evaluate,
    position: Position | None = None,
) -> dict[str, Any]:
    """What to call the method with, from arguments that are typed expressions or Python's own values.

    Errors: INVALID_ARGUMENTS, TYPE_MISMATCH, INVALID_PROCEDURE_ARGUMENT; each shows the signature.
    """
    return bound(signature, assign(signature, arguments, position), evaluate)


def assign(
    signature: Signature, arguments: Sequence[Argument[V]], position: Position | None = None
) -> dict[str, Argument[V]]:
    """Each argument to the parameter that it is for; named ones may follow those that stand in their places.

    Trino wants all of them named or none. Errors: INVALID_ARGUMENTS.
    """

    def refused(text: str, place: Position | None = position) -> OwlakeError:
        return error("INVALID_ARGUMENTS", text, place, hint=str(signature))

    placed = next((index for index, one in enumerate(arguments) if one.name is not None), len(arguments))
    if any(one.name is None for one in arguments[placed:]):
        raise refused("Positional arguments must come before named ones")
    if placed > len(signature.parameters):
        raise refused("Too many arguments for procedure")
    given: dict[str, Argument[V]] = {}
    for index, argument in enumerate(arguments):
        name = signature.parameters[index].name if argument.name is None else argument.name
        if name in given:
            raise refused(f"Duplicate procedure argument: {name}", argument.position)
        if signature.parameter(name) is None:
            raise _unknown(signature, name, argument.position)
        given[name] = argument
    for parameter in signature.parameters:
        if parameter.required and parameter.name not in given:
            raise refused(f"Required procedure argument '{parameter.name}' is missing")
    return given


def bound(signature: Signature, given: Mapping[str, Argument[Any]], evaluate: Evaluate) -> dict[str, Any]:
    """The method's keyword arguments: what is given, converted, and defaults for the rest."""
    typed = {
        parameter.name: _typed(signature, parameter, given[parameter.name])
        for parameter in signature.parameters
        if parameter.name in given and isinstance(given[parameter.name].value, Expression)
    }
    evaluated = dict(zip(typed, evaluate(list(typed.values())) if typed else (), strict=True))
    found = {}
    for parameter in signature.parameters:
        argument = given.get(parameter.name)
        if argument is None:
            found[parameter.attribute] = parameter.left_out()
        elif parameter.name in evaluated:
            value = marked(evaluated[parameter.name], typed[parameter.name].type)
            found[parameter.attribute] = _read(signature, parameter, value, argument)
        else:
            found[parameter.attribute] = _read(signature, parameter, argument.value, argument)
    return found


def _unknown(signature: Signature, name: str, position: Position | None) -> OwlakeError:
    near = get_close_matches(name, [parameter.name for parameter in signature.parameters], 1)
    hint = f"Did you mean {near[0]}? {signature}" if near else str(signature)
    return error("INVALID_ARGUMENTS", f"Unknown argument name: {name}", position, hint=hint)


def _read(signature: Signature, parameter: Member, value: Any, argument: Argument[Any]) -> Any:
    if value is None and not parameter.shape.nullable:
        text = f"Procedure argument cannot be null: {parameter.name}"
        raise error("INVALID_PROCEDURE_ARGUMENT", text, argument.value_position, hint=str(signature))
    try:
        return read(parameter.shape, value, parameter.name)
    except Mismatch as problem:
        text = f"Procedure argument {problem}"
        raise error("INVALID_PROCEDURE_ARGUMENT", text, argument.value_position, hint=str(signature)) from None


# Types --------------------------------------------------------------------------------------------------


def _typed(signature: Signature, parameter: Member, argument: Argument[Expression]) -> Expression:
    """The argument in the type that its value is read from."""
    expression = argument.value
    try:
        return coerce(expression, taken_as(parameter.shape, expression.type, parameter.name))
    except Mismatch as problem:
        text = f"Cannot cast type {expression.type} to {parameter.shape.type}"
        nested = f"{problem}. " if problem.path != parameter.name else ""
        raise error("TYPE_MISMATCH", text, argument.value_position, hint=f"{nested}{signature}") from None


def taken_as(shape: Shape, given: Type, path: str) -> Type:
    """The type that a value of the given one is coerced to before it is read.

    Scalars turn into what is declared as Trino coerces. Nested values keep their own form: a structure is a row, a map
    or JSON.

    Errors: Mismatch.
    """
    if given == UNKNOWN:
        return shape.type
    if given == JSON and not isinstance(shape, Scalar | Choice):
        return JSON
    match shape, given:
        case ((Scalar() | Choice()), _) if can_coerce(given, shape.type):
            return shape.type
        case Document(), _ if can_cast_to_json(given):
            return JSON
        case ListOf(), Array():
            return Array(taken_as(shape.element, given.element, f"{path}[]"))
        case MapOf(), Map() if _is_text_key(given):
            return Map(VARCHAR, taken_as(shape.value, given.value, f"{path}.*"))
        case Structure(), Map() if _is_text_key(given):
            return Map(VARCHAR, given.value)
        case Structure(), Row():
            return _row_taken(shape, given, path)
        case _:
            raise Mismatch(path, f"must be {shape.type}, not {given}")


def _is_text_key(type_: Map) -> bool:
    return isinstance(type_.key, Varchar) or type_.key == UNKNOWN


def _row_taken(shape: Structure, given: Row, path: str) -> Row:
    """A row by the names of its fields, if all have one; else by their places."""
    if all(field.name for field in given.fields):
        members = [named_member(shape, field.name, path) for field in given.fields]
        if len({member.name for member in members}) < len(members):
            raise Mismatch(path, "has a field twice")
    elif len(given.fields) != len(shape.members):
        raise Mismatch(path, f"must have {len(shape.members)} fields, not {len(given.fields)}")
    else:
        members = list(shape.members)
    return Row(
        tuple(
            replace(field, type=taken_as(member.shape, field.type, f"{path}.{member.name}"))
            for field, member in zip(given.fields, members, strict=True)
        )
    )


def marked(value: Any, type_: Type) -> Any:
    """The value with its JSON texts marked as such."""
    if value is None:
        return None
    match type_:
        case _ if type_ == JSON:
            return JsonText(value)
        case Array():
            return [marked(item, type_.element) for item in value]
        case Map() if isinstance(value, dict):
            return {key: marked(item, type_.value) for key, item in value.items()}
        case Row() if isinstance(value, dict):
            return {name: marked(value[name], field.type) for name, field in zip(value, type_.fields, strict=True)}
        case Row():
            return tuple(marked(item, field.type) for item, field in zip(value, type_.fields, strict=True))
        case _:
            return value
