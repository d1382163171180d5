"""The operations against AWS's own description of the API."""

from __future__ import annotations

import botocore.session
import pytest

from owlake.operations.declaration import operations_of
from owlake.operations.names import pascal_case
from owlake.operations.shapes import Structure
from owlake.operations.signature import Signature, signature_of
from owlake_connectors.firehose.connector import FirehoseConnector
from tests.operations.api_model import differences, missing

MODEL = botocore.session.Session().get_service_model("firehose")
NAMES = sorted(MODEL.operation_names)
_OTHERS = ("Redshift", "Elasticsearch", "Amazonopensearch", "AmazonOpenSearch", "Splunk", "Snowflake", "Iceberg")
"""Destinations that are refused."""
_ABSENT = (
    "MSKSource",
    "DatabaseSource",
    "DirectPutSource",
    "DeliveryStreamType: ",
    "SecretsManager",
    "FailureDescription",
)
"""Other sources; an access key that is kept as a secret; what only a service that fails has."""
_OURS = ("PluginDestination", "TableDestination", "DestinationTable", "Transformation")
_BY_HAND = ("PutRecord.Record.Data: ()", "PutRecordBatch.Records: ()", "PutRecordBatch.Records[]")
"""Held to the model by hand: a batch is put many times a second."""


def _signatures() -> dict[str, Signature]:
    class Bare(FirehoseConnector):
        def __init__(self) -> None:
            pass

    return {pascal_case(one.name): signature_of(one) for one in operations_of(Bare())}


SIGNATURES = _signatures()


def _is_known(difference: str) -> bool:
    """What is other here, as the page of delivery streams says."""
    if difference.startswith(_BY_HAND):
        return True
    return any(f".{word}" in difference for word in (*_ABSENT, *_OTHERS, *_OURS)) or ".Url: " in difference


def test_every_operation_is_there() -> None:
    assert set(NAMES) == set(SIGNATURES) - {"Flush", "UpdateSettings"}


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_the_models_with_its_constraints(name: str) -> None:
    api = MODEL.operation_model(name).input_shape
    assert [one for one in differences(name, SIGNATURES[name].parameters, api) if not _is_known(one)] == []


@pytest.mark.parametrize("name", NAMES)
def test_responses_have_the_models_members(name: str) -> None:
    api, ours = MODEL.operation_model(name).output_shape, SIGNATURES[name].result.shape
    if ours is None:
        assert not getattr(api, "members", None)
        return
    assert isinstance(ours, Structure)
    assert [one for one in missing(name, ours, api) if not _is_known(one)] == []
