"""The operations against AWS's own description of the API."""

from __future__ import annotations

import botocore.session
import pytest

from owlake.operations.declaration import operations_of
from owlake.operations.names import pascal_case
from owlake.operations.shapes import Structure
from owlake.operations.signature import Signature, signature_of
from owlake_connectors.kinesis.connector import KinesisConnector
from tests.operations.api_model import differences, missing

DEFAULTED = {"UpdateShardCount.ScalingType: required"}
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
    found = differences(name, SIGNATURES[name].parameters, api)
    assert [one for one in found if one not in DEFAULTED] == []


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
    assert [one for one in missing(name, ours, api) if not _is_absent(one)] == []
