"""``connection.client``: methods, errors and responses of the shape that boto3's clients have."""

from __future__ import annotations

import copy
import inspect
import io
import pydoc
import sys
from datetime import UTC, datetime
from decimal import Decimal

import botocore.exceptions
import botocore.model
import botocore.validate
import pytest

import owlake
from owlake.dbapi import Connection
from owlake.operations import client_errors
from tests.operations.example import Example, Mode, Tag


def test_arguments_have_the_names_of_the_api(connection: Connection, streams: Example) -> None:
    client = connection.client("example")
    response = client.create_stream(
        StreamName="clicks", ShardCount=4, Mode="ON_DEMAND", Tags=[{"Key": "a", "Value": "b"}, {"Key": "c"}]
    )
    assert set(response) == {"ResponseMetadata"}
    found = streams.streams["clicks"]
    assert (found.shard_count, found.mode, found.tags) == (4, Mode.ON_DEMAND, [Tag("a", "b"), Tag("c")])


def test_responses_have_the_names_of_the_api_and_no_none(connection: Connection) -> None:
    client = connection.client("example")
    client.create_stream(StreamName="clicks", Tags=[{"Key": "a"}])
    response = client.describe_stream(StreamName="clicks")
    metadata = response.pop("ResponseMetadata")
    assert response == {
        "StreamName": "clicks",
        "StreamARN": "arn:aws:kinesis:::stream/clicks",
        "ShardCount": 1,
        "Mode": "PROVISIONED",
        "Created": datetime(2024, 2, 29, 12, tzinfo=UTC),
        "Tags": [{"Key": "a"}],
    }
    assert set(metadata) == {"RequestId", "HTTPStatusCode", "HTTPHeaders", "RetryAttempts"}
    assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"]) == (200, 0)
    assert metadata["HTTPHeaders"]["x-amzn-requestid"] == metadata["RequestId"]


def test_rows_values_and_nothing_are_responses_too(connection: Connection) -> None:
    client = connection.client("example")
    assert client.count_to(Stop=3)["Items"] == [0, 1, 2]
    assert client.total(Count=3)["TotalCount"] == 3
    assert set(client.find_stream(StreamName="nowhere")) == {"ResponseMetadata"}


def test_blobs_are_bytes_text_or_files(connection: Connection) -> None:
    records = [{"Data": data, "PartitionKey": "p"} for data in (b"\x00", "é", bytearray(b"a"), io.BytesIO(b"b"))]
    response = connection.client("example").put_records(Records=records)
    assert [record["Data"] for record in response["Records"]] == [b"\x00", "é".encode(), b"a", b"b"]


def test_moments_are_datetimes_iso_text_or_seconds(connection: Connection) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    client = connection.client("example")
    for given in (moment, "2024-01-01T00:00:00Z", moment.timestamp(), datetime(2024, 1, 1)):  # noqa: DTZ001
        assert client.instant(Moment=given)["Result"] == "2024-01-01T00:00:00+00:00"


BOTOCORE_SHAPES = {
    "Input": {
        "type": "structure",
        "required": ["StreamName"],
        "members": {
            "StreamName": {"shape": "Text"},
            "ShardCount": {"shape": "Whole"},
            "Real": {"shape": "Real"},
            "Yes": {"shape": "Yes"},
            "Data": {"shape": "Data"},
            "Moment": {"shape": "Moment"},
            "Tags": {"shape": "Tags"},
            "Names": {"shape": "Names"},
        },
    },
    "Text": {"type": "string"},
    "Whole": {"type": "long"},
    "Real": {"type": "double"},
    "Yes": {"type": "boolean"},
    "Data": {"type": "blob"},
    "Moment": {"type": "timestamp"},
    "Tags": {"type": "list", "member": {"shape": "Tag"}},
    "Tag": {
        "type": "structure",
        "required": ["Key"],
        "members": {"Key": {"shape": "Text"}, "Value": {"shape": "Text"}},
    },
    "Names": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Whole"}},
}
"""``Example.validated`` as AWS's models describe it."""


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"StreamName": "a", "Foo": 1},
        {"stream_name": "a"},
        {"StreamName": 5},
        {"StreamName": None},
        {"StreamName": "a", "ShardCount": "1"},
        {"StreamName": "a", "ShardCount": 1.5},
        {"StreamName": "a", "Real": "x"},
        {"StreamName": "a", "Real": Decimal(1)},
        {"StreamName": "a", "Yes": 1},
        {"StreamName": "a", "Data": 1},
        {"StreamName": "a", "Moment": "soon"},
        {"StreamName": "a", "Tags": {"Key": "k"}},
        {"StreamName": "a", "Tags": [{"Value": "v"}]},
        {"StreamName": "a", "Tags": [{"Key": "k"}, {"Key": 1, "X": 2}]},
        {"StreamName": "a", "Tags": ["k"]},
        {"StreamName": "a", "Names": {"a": "b", "c": 1}},
        {"StreamName": "a", "Names": {1: 2}},
        {"StreamName": "a", "Names": []},
        {"Foo": 1, "ShardCount": "x", "Tags": [{}], "Data": None},
    ],
)
def test_arguments_are_validated_in_botocores_words(connection: Connection, arguments: dict) -> None:
    shape = botocore.model.ShapeResolver(BOTOCORE_SHAPES).get_shape_by_name("Input")
    expected = None
    try:
        botocore.validate.validate_parameters(arguments, shape)
    except botocore.exceptions.ParamValidationError as problem:
        expected = str(problem)
    found = None
    try:
        connection.client("example").validated(**arguments)
    except botocore.exceptions.ParamValidationError as problem:
        found = str(problem)
    assert found == expected


def test_documents_are_validated(connection: Connection) -> None:
    with pytest.raises(botocore.exceptions.ParamValidationError, match="Document must be json serializable"):
        connection.client("example").echo(Document=object())


def test_only_keyword_arguments(connection: Connection) -> None:
    with pytest.raises(TypeError, match=r"create_stream\(\) only accepts keyword arguments"):
        connection.client("example").create_stream("clicks")


def test_a_value_that_cannot_be_chosen_is_refused_by_the_service(connection: Connection) -> None:
    client = connection.client("example")
    with pytest.raises(client.exceptions.ValidationException) as caught:
        client.create_stream(StreamName="a", Mode="LATER")
    assert caught.value.response["Error"]["Message"] == (
        "1 validation error detected: Value 'LATER' at 'mode' failed to satisfy constraint:"
        " Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]"
    )


def test_errors_are_those_of_the_service(connection: Connection) -> None:
    client = connection.client("example")
    client.create_stream(StreamName="clicks")
    with pytest.raises(client.exceptions.ResourceInUseException) as caught:
        client.create_stream(StreamName="clicks")
    problem = caught.value
    assert isinstance(problem, botocore.exceptions.ClientError)
    assert problem.operation_name == "CreateStream"
    assert problem.response["Error"] == {
        "Code": "ResourceInUseException",
        "Message": "Stream clicks under account 000000000000 already exists.",
    }
    assert problem.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert str(problem) == (
        "An error occurred (ResourceInUseException) when calling the CreateStream operation: "
        "Stream clicks under account 000000000000 already exists."
    )


def test_errors_are_caught_as_those_of_another_client_and_as_any(connection: Connection) -> None:
    for known in (connection.client("example").exceptions.ResourceNotFoundException, botocore.exceptions.ClientError):
        with pytest.raises(known):
            connection.client("example").describe_stream(StreamName="nowhere")
    exceptions = connection.client("example").exceptions
    assert exceptions.ClientError is botocore.exceptions.ClientError
    assert exceptions.from_code("ResourceNotFoundException") is exceptions.ResourceNotFoundException
    assert not hasattr(exceptions, "resource_not_found")


def test_faults_of_the_connector_name_the_operation(connection: Connection) -> None:
    client = connection.client("example")
    for call, text in ((client.explode, "ZeroDivisionError: oops"), (client.lie, "Result must be bigint")):
        with pytest.raises(botocore.exceptions.ClientError, match=text) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "GENERIC_INTERNAL_ERROR"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    with pytest.raises(botocore.exceptions.ClientError, match="the line broke"):
        client.count_to(Stop=5, FailAt=3)


def test_without_botocore_the_errors_have_the_same_shape(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    client_errors.error_class.cache_clear()
    client_errors.service_error_class.cache_clear()
    try:
        client = connection.client("example")
        with pytest.raises(client.exceptions.ClientError) as caught:
            client.describe_stream(StreamName="nowhere")
        assert type(caught.value).__name__ == "ResourceNotFoundException"
        assert not isinstance(caught.value, botocore.exceptions.ClientError)
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
        assert caught.value.operation_name == "DescribeStream"
        with pytest.raises(client_errors.ParamValidationError, match='input: "StreamName"'):
            client.describe_stream()
    finally:
        client_errors.error_class.cache_clear()
        client_errors.service_error_class.cache_clear()


# Services -----------------------------------------------------------------------------------------------


def test_an_operation_can_be_of_a_service_with_another_name(connection: Connection) -> None:
    assert connection.client("tagging").list_tags()["Items"] == []
    assert "list_tags" not in dir(connection.client("example"))


def test_unknown_services_are_told_what_there_is(connection: Connection) -> None:
    with pytest.raises(owlake.Error) as caught:
        connection.client("exampel")
    said, _, names = caught.value.message.rpartition(": ")
    assert said == "Unknown service: 'exampel'. Valid service names are"
    assert names.split(", ") == sorted(names.split(", "))
    assert {"athena", "example", "system", "tagging"} <= set(names.split(", "))
    assert caught.value.hint == "Did you mean example?"


def test_a_broken_catalog_does_not_take_clients_away(connection: Connection) -> None:
    connection.home.catalogs.create_catalog("down", "broken", {})
    assert connection.client("example").total(Count=1)["TotalCount"] == 1


def test_an_operation_without_types_in_sql_does_not_take_the_others_away(connection: Connection) -> None:
    client = connection.client("example")
    with pytest.raises(AttributeError):
        client.shapeless  # noqa: B018


def test_unknown_methods_are_told_the_nearest(connection: Connection) -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'create_strem'\. Did you mean create_stream"):
        connection.client("example").create_strem(StreamName="a")


def test_a_closed_connection_has_no_services(connection: Connection) -> None:
    client = connection.client("example")
    connection.close()
    with pytest.raises(owlake.InterfaceError):
        client.total(Count=1)
    with pytest.raises(owlake.InterfaceError):
        connection.client("example")


def test_methods_are_found_and_documented(connection: Connection) -> None:
    client = connection.client("example")
    assert {"create_stream", "describe_stream", "get_paginator", "exceptions"} <= set(dir(client))
    assert list(inspect.signature(client.create_stream).parameters)[:2] == ["StreamName", "ShardCount"]
    shown = pydoc.render_doc(client.create_stream, renderer=pydoc.plaintext)
    for text in ("Create a stream.", "It is there at once.", "StreamName (str), required", "default 1", "Response: {}"):
        assert text in shown
    assert "def create_stream" not in shown
    assert "describe_stream" in pydoc.render_doc(client, renderer=pydoc.plaintext)


# Pages --------------------------------------------------------------------------------------------------


@pytest.fixture
def five(connection: Connection):
    client = connection.client("example")
    for name in "abcde":
        client.create_stream(StreamName=name)
    return client


def test_what_has_a_next_token_has_pages(five) -> None:
    assert five.can_paginate("list_streams")
    assert not five.can_paginate("create_stream")
    pages = list(five.get_paginator("list_streams").paginate())
    assert [page["StreamNames"] for page in pages] == [["a", "b"], ["c", "d"], ["e"]]
    assert five.get_paginator("list_streams").paginate().build_full_result() == {"StreamNames": list("abcde")}


def test_page_size_is_the_limit_of_a_request(five) -> None:
    pages = five.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 4})
    assert [page["StreamNames"] for page in pages] == [list("abcd"), ["e"]]


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5])
def test_pages_go_on_where_max_items_ended_them(five, most: int) -> None:
    paginator = five.get_paginator("list_streams")
    found, token = [], None
    for _ in range(10):
        pages = paginator.paginate(PaginationConfig={"MaxItems": most, "StartingToken": token})
        result = pages.build_full_result()
        assert len(result["StreamNames"]) <= most
        found += result["StreamNames"]
        token = result.get("NextToken")
        if token is None:
            break
    assert found == list("abcde")


def test_other_operations_have_no_pages(five) -> None:
    with pytest.raises(botocore.exceptions.OperationNotPageableError):
        five.get_paginator("create_stream")


def test_a_token_that_comes_again_ends_the_pages(five) -> None:
    with pytest.raises(botocore.exceptions.PaginationError, match="The same next token was received twice"):
        list(five.get_paginator("list_in_circles").paginate())


def test_a_client_can_be_copied(connection: Connection) -> None:
    assert copy.copy(connection.client("example")).total(Count=2)["TotalCount"] == 2
