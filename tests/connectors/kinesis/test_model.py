"""The operations against AWS's own description of the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape as ApiShape
from botocore.model import StructureShape

from owlake.operations.constraints import Bounds, Length, Pattern
from owlake.operations.declaration import operations_of
from owlake.operations.names import pascal_case
from owlake.operations.shapes import Choice, ListOf, MapOf, Member, Shape, Structure
from owlake.operations.signature import Signature, signature_of
from owlake_connectors.kinesis.connector import KinesisConnector

DEFAULTED = {"UpdateShardCount.ScalingType"}
"""What the API requires although it has one value only."""

MODEL = botocore.session.Session().get_service_model("kinesis")


def _signatures() -> dict[str, Signature]:
    class Bare(KinesisConnector):
        def __init__(self) -> None:
            pass

    return {pascal_case(one.name): signature_of(one) for one in operations_of(Bare())}


SIGNATURES = _signatures()
CALLED = sorted(set(SIGNATURES) & set(MODEL.operation_names))
"""Others are owlake's own."""


def test_every_operation_of_streams_is_there() -> None:
    theirs = {name for name in MODEL.operation_names if "Queue" not in name and "Channel" not in name}
    assert set(CALLED) == theirs


def _is_absent(path: str) -> bool:
    return any(word in path for word in ("Channel", "Queue", "SummaryOutput.StreamId", "Summary.StreamId"))


@pytest.mark.parametrize("name", CALLED)
def test_parameters_are_the_models_with_its_constraints(name: str) -> None:
    api = MODEL.operation_model(name).input_shape
    assert list(_differences(name, SIGNATURES[name].parameters, api)) == []


@pytest.mark.parametrize("name", CALLED)
def test_responses_have_the_models_members(name: str) -> None:
    api, ours = MODEL.operation_model(name).output_shape, SIGNATURES[name].result.shape
    if api is None:
        assert ours is None
        return
    assert isinstance(ours, Structure)
    if api.event_stream_name is not None:
        stream = api.members[api.event_stream_name]
        assert SIGNATURES[name].result.api_name == api.event_stream_name
        api = stream.members[ours.python.__name__]
    assert list(_missing(name, ours, api)) == []


def _differences(path: str, members: tuple[Member, ...], api: Any) -> Iterator[str]:
    there = {} if api is None else api.members
    found = {one.api_name: one for one in members}
    if set(found) ^ set(there):
        yield f"{path}: {set(found) ^ set(there)}"
    for name, shape in there.items():
        one = found.get(name)
        if one is None:
            continue
        if one.required != (name in api.required_members) and f"{path}.{name}" not in DEFAULTED:
            yield f"{path}.{name}: required"
        yield from _of_shape(f"{path}.{name}", one.shape, shape)


def _of_shape(path: str, ours: Shape, api: ApiShape) -> Iterator[str]:
    metadata = api.metadata
    expected = []
    if api.type_name in ("string", "blob", "list", "map") and ("min" in metadata or "max" in metadata):
        expected.append(Length(metadata.get("min"), metadata.get("max")))
    if api.type_name in ("integer", "long") and ("min" in metadata or "max" in metadata):
        expected.append(Bounds(metadata.get("min"), metadata.get("max")))
    if "pattern" in metadata:
        expected.append(Pattern(metadata["pattern"]))
    if list(ours.constraints) != expected:
        yield f"{path}: {ours.constraints} is not {expected}"
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
            yield from _differences(path, ours.members, api)


def _missing(path: str, ours: Structure, api: StructureShape) -> Iterator[str]:
    found = {one.api_name: one.shape for one in ours.members}
    for name in set(found) - set(api.members):
        yield f"{path}.{name} is ours alone"
    for name, shape in api.members.items():
        here = f"{path}.{name}"
        if name not in found:
            if not _is_absent(here):
                yield f"{here} is missing"
            continue
        one = found[name]
        if isinstance(one, ListOf) and isinstance(one.element, Structure):
            yield from _missing(f"{here}[]", one.element, shape.member)
        elif isinstance(one, Structure):
            yield from _missing(here, one, shape)
