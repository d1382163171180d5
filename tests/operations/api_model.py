"""Operations held against AWS's own description of an API, as botocore has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import Shape as ApiShape
from botocore.model import StructureShape

from owlake.operations.constraints import Bounds, Length, Pattern, ValueConstraint
from owlake.operations.shapes import Choice, ListOf, MapOf, Member, Shape, Structure


def differences(path: str, members: tuple[Member, ...], api: Any) -> Iterator[str]:
    """How parameters differ from the API's: names, which are required, constraints."""
    there = {} if api is None else api.members
    found = {one.api_name: one for one in members}
    for name in sorted(set(found) ^ set(there)):
        yield f"{path}.{name} is {'ours alone' if name in found else 'missing'}"
    for name, shape in there.items():
        one = found.get(name)
        if one is None:
            continue
        if one.required != (name in api.required_members):
            yield f"{path}.{name}: required"
        yield from _of_shape(f"{path}.{name}", one.shape, shape)


def _of_shape(path: str, ours: Shape, api: ApiShape) -> Iterator[str]:
    metadata = api.metadata
    expected: list[ValueConstraint] = []
    if api.type_name in ("string", "blob", "list", "map") and ("min" in metadata or "max" in metadata):
        expected.append(Length(metadata.get("min"), metadata.get("max")))
    if api.type_name in ("integer", "long") and ("min" in metadata or "max" in metadata):
        expected.append(Bounds(metadata.get("min"), metadata.get("max")))
    if list(map(_shown, ours.constraints)) != [*expected, *([metadata["pattern"]] if "pattern" in metadata else [])]:
        yield f"{path}: {ours.constraints} is not {expected}, {metadata.get('pattern')}"
    match ours:
        case Choice():
            if set(ours.values) != set(metadata.get("enum", ())):
                yield f"{path}: {ours.values}"
        case ListOf():
            yield from _of_shape(f"{path}[]", ours.element, api.member)  # type: ignore[attr-defined]
        case MapOf():
            yield from _of_shape(f"{path}.key", ours.key, api.key)  # type: ignore[attr-defined]
            yield from _of_shape(f"{path}.value", ours.value, api.value)  # type: ignore[attr-defined]
        case Structure():
            yield from differences(path, ours.members, api)


def _shown(constraint: ValueConstraint) -> ValueConstraint | str:
    """A constraint; a pattern as the service writes it."""
    return constraint.shown or constraint.text if isinstance(constraint, Pattern) else constraint


def missing(path: str, ours: Structure, api: StructureShape) -> Iterator[str]:
    """What a response has that the API's has not, and the other way round."""
    found = {one.api_name: one.shape for one in ours.members}
    for name in set(found) - set(api.members):
        yield f"{path}.{name} is ours alone"
    for name, shape in api.members.items():
        here = f"{path}.{name}"
        if name not in found:
            yield f"{here} is missing"
            continue
        one = found[name]
        if isinstance(one, ListOf) and isinstance(one.element, Structure):
            yield from missing(f"{here}[]", one.element, shape.member)
        elif isinstance(one, Structure):
            yield from missing(here, one, shape)
