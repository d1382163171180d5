"""Holding the arguments of an operation to the constraints of its parameters, in the words of AWS's services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import Any

from owlake.errors import OwlakeError, error
from owlake.operations.columns import Columns
from owlake.operations.constraints import Length, ValueConstraint
from owlake.operations.shapes import Choice, ListOf, MapOf, Member, Shape, Structure

_MOST = 10


def check_values(members: Sequence[Member], values: Mapping[str, Any]) -> None:
    """Refuse values (by their names in Python) that the constraints of these members do not allow.

    Errors: ValidationException, with ten findings at most.
    """
    found = list(islice(_of_members(members, values, ""), _MOST))
    if found:
        raise violations(found)


def violations(findings: Sequence[str]) -> OwlakeError:
    """What a service says of values that its model does not allow."""
    plural = "s" if len(findings) > 1 else ""
    return error("ValidationException", f"{len(findings)} validation error{plural} detected: {'; '.join(findings)}")


def finding(path: str, value: Any, must: str) -> str:
    """One of them: ``Value '' at 'streamName' failed to satisfy constraint: Member must ...``."""
    return f"Value {_quoted(value)} at '{path}' failed to satisfy constraint: Member must {must}"


def _of_members(members: Sequence[Member], values: Mapping[str, Any], path: str) -> Iterator[str]:
    for one in members:
        value = values.get(one.attribute)
        if value is not None:
            yield from _of(one.shape, value, f"{path}{one.api_name[:1].lower()}{one.api_name[1:]}")


def _of(shape: Shape, value: Any, path: str) -> Iterator[str]:
    for constraint in shape.constraints:
        for must in constraint.findings(value):
            yield finding(path, value, must)
    match shape:
        case Choice() if not _is_among(shape, value):
            yield finding(path, value, _among(shape))
        case Structure() if shape.is_constrained:
            inside = {one.attribute: getattr(value, one.attribute) for one in shape.members}
            yield from _of_members(shape.members, inside, f"{path}.")
        case ListOf() if isinstance(value, Columns) and _all_hold(shape.structure, value):
            return
        case ListOf() if isinstance(shape.element, Structure) and shape.element.is_constrained:
            for number, item in enumerate(value, 1):
                yield from _of(shape.element, item, f"{path}.{number}.member")
        case ListOf():
            yield from _of_each(shape.element, value, value, path, "Member")
        case MapOf():
            yield from _of_each(shape.key, list(value), value, path, "Map keys")
            yield from _of_each(shape.value, list(value.values()), value, path, "Map value")


def _all_hold(structure: Structure, value: Columns[Any]) -> bool:
    return all(
        _holds_for(constraint, column)
        for member in structure.members
        if (column := value.columns.get(member.attribute)) is not None
        for constraint in member.shape.constraints
    ) and not any(isinstance(member.shape, Choice) for member in structure.members)


def _holds_for(constraint: ValueConstraint, column: Sequence[Any]) -> bool:
    try:
        return constraint.all_hold(column)
    except TypeError:
        # There are some that are None.
        return constraint.all_hold([one for one in column if one is not None])


def _of_each(shape: Shape, items: Sequence[Any], value: Any, path: str, what: str) -> Iterator[str]:
    """Of texts in a list or map it is said once what they must be."""
    for constraint in shape.constraints:
        if isinstance(constraint, Length) and any(next(constraint.findings(item), None) for item in items):
            yield _finding_of_each(path, value, what, constraint.of_each())
    if isinstance(shape, Choice) and not all(_is_among(shape, item) for item in items):
        yield _finding_of_each(path, value, what, f"Member must {_among(shape)}")


def _finding_of_each(path: str, value: Any, what: str, must: str) -> str:
    told = f"{what} must satisfy constraint: [{must}]"
    return f"Value {_quoted(value)} at '{path}' failed to satisfy constraint: {told}"


def _is_among(shape: Choice, value: Any) -> bool:
    return value is None or isinstance(value, Enum) or value in shape.values


def _among(shape: Choice) -> str:
    return f"satisfy enum value set: [{', '.join(shape.values)}]"


def _quoted(value: Any) -> str:
    return "null" if value is None else f"'{_shown(value)}'"


def _shown(value: Any) -> str:
    match value:
        case bytes():
            return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
        case Mapping():
            return "{" + ", ".join(f"{key}={_shown(one)}" for key, one in value.items()) + "}"
        case Columns():
            return f"[{', '.join([value.kind.__name__] * len(value))}]"
        case list() | tuple():
            return f"[{', '.join(map(_shown, value))}]"
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value)
        case _:
            return str(value)
