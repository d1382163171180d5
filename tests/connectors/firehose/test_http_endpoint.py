"""The request that an endpoint gets, and what becomes of records that it does not take.

https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
"""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from owlake.dbapi import Connection
from tests.connectors.firehose.conftest import advance, lake


class Endpoint:
    """Notes requests, and answers with a status."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], Any]] = []
        self.status = 200
        self.answer: Callable[[Any], bytes] = lambda said: json.dumps(
            {"requestId": said["requestId"], "timestamp": 1}
        ).encode()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                said = json.loads(body)
                outer.requests.append((dict(self.headers), said))
                self.send_response(outer.status)
                self.end_headers()
                with suppress(BrokenPipeError, ConnectionResetError):
                    self.wfile.write(outer.answer(said))

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    opened = Endpoint()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()


def create(firehose: Any, endpoint: Endpoint, **more: Any) -> None:
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {
                "Url": f"http://127.0.0.1:{endpoint.server.server_port}/in",
                "AccessKey": "secret",
            },
            "RequestConfiguration": {
                "ContentEncoding": "GZIP",
                "CommonAttributes": [{"AttributeName": "a", "AttributeValue": "b"}],
            },
            "S3Configuration": lake(),
            **more,
        },
    )
    firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"hello"})


def deliveries(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT state, error_code, error_message FROM firehose.system.deliveries WHERE kind = 'records'"
    ).fetchall()


def test_the_request(firehose: Any, endpoint: Endpoint) -> None:
    create(firehose, endpoint)
    firehose.flush(DeliveryStreamName="clicks")
    ((headers, body),) = endpoint.requests
    assert [base64.b64decode(one["data"]) for one in body["records"]] == [b"hello"]
    assert body["timestamp"] == 1772600767000
    named = {name.lower(): value for name, value in headers.items()}
    assert set(body) == {"requestId", "timestamp", "records"}
    assert named["content-type"] == "application/json"
    assert named["content-encoding"] == "gzip"
    assert named["x-amz-firehose-request-id"] == body["requestId"]
    assert named["x-amz-firehose-protocol-version"] == "1.0"
    assert named["x-amz-firehose-source-arn"].endswith("deliverystream/clicks")
    assert named["x-amz-firehose-access-key"] == "secret"
    assert json.loads(named["x-amz-firehose-common-attributes"]) == {"commonAttributes": {"a": "b"}}


def test_an_endpoint_that_refuses_is_tried_again_and_then_the_records_are_kept(
    connection: Connection, firehose: Any, endpoint: Endpoint, objects: Callable[[], dict[str, bytes]]
) -> None:
    endpoint.status = 500
    create(firehose, endpoint, RetryOptions={"DurationInSeconds": 60})
    firehose.flush(DeliveryStreamName="clicks")
    advance(connection, 30)
    assert len(endpoint.requests) > 2
    assert len({body["requestId"] for _, body in endpoint.requests}) == 1
    assert objects() == {}
    advance(connection, 600)
    ((name, content),) = objects().items()
    assert name.startswith("http-endpoint-failed/2026/03/04/05/clicks-1-")
    said = json.loads(content)
    assert base64.b64decode(said["rawData"]) == b"hello"
    assert said["errorCode"] == "HttpEndpoint.DestinationException"


def test_an_endpoint_that_comes_back_gets_the_records(
    connection: Connection, firehose: Any, endpoint: Endpoint, objects: Callable[[], dict[str, bytes]]
) -> None:
    endpoint.status = 503
    create(firehose, endpoint)
    firehose.flush(DeliveryStreamName="clicks")
    endpoint.status = 200
    advance(connection, 10)
    assert len(endpoint.requests) == 2
    advance(connection, 600)
    assert objects() == {}
    assert len(endpoint.requests) == 2


def test_a_request_without_any_of_what_may_be_left_out(firehose: Any, endpoint: Endpoint) -> None:
    url = {"Url": f"http://127.0.0.1:{endpoint.server.server_port}/in?a=b"}
    create(firehose, endpoint, EndpointConfiguration=url, RequestConfiguration={"ContentEncoding": "NONE"})
    firehose.flush(DeliveryStreamName="clicks")
    ((headers, body),) = endpoint.requests
    assert body["records"] == [{"data": base64.b64encode(b"hello").decode()}]
    named = {name.lower() for name in headers}
    left_out = {"content-encoding", "x-amz-firehose-access-key", "x-amz-firehose-common-attributes"}
    assert not left_out & named


@pytest.mark.parametrize(
    ("status", "answer", "code", "text"),
    [
        (
            500,
            lambda said: json.dumps({"requestId": said["requestId"], "timestamp": 1, "errorMessage": "down"}).encode(),
            "HttpEndpoint.DestinationException",
            "The following response was received from the endpoint destination. 500: ",
        ),
        # Every other status of success is none.
        (202, None, "HttpEndpoint.DestinationException", "endpoint destination. 202: "),
        (301, None, "HttpEndpoint.DestinationException", "endpoint destination. 301: "),
        (200, lambda _: b"fine", "HttpEndpoint.InvalidResponseFromDestination", "is not recognized"),
        (200, lambda _: b"{}", "HttpEndpoint.InvalidResponseFromDestination", "is not recognized"),
        (
            200,
            lambda _: b'{"requestId": "another", "timestamp": 1}',
            "HttpEndpoint.InvalidResponseFromDestination",
            "is not recognized",
        ),
        (
            200,
            lambda said: json.dumps({"requestId": said["requestId"]}).encode(),
            "HttpEndpoint.InvalidResponseFromDestination",
            "is not recognized",
        ),
        (200, lambda _: b" " * ((1 << 20) + 1), "HttpEndpoint.ResponseTooLarge", "more than 1 MiB"),
    ],
)
def test_answers_that_are_none(
    connection: Connection,
    firehose: Any,
    endpoint: Endpoint,
    status: int,
    answer: Callable[[Any], bytes] | None,
    code: str,
    text: str,
) -> None:
    endpoint.status = status
    endpoint.answer = answer or endpoint.answer
    create(firehose, endpoint)
    firehose.flush(DeliveryStreamName="clicks")
    ((state, found, message),) = deliveries(connection)
    assert (state, found) == ("PLANNED", code)
    assert text in message


def test_nobody_answers(connection: Connection, firehose: Any, endpoint: Endpoint) -> None:
    create(firehose, endpoint, EndpointConfiguration={"Url": "http://127.0.0.1:1/"})
    firehose.flush(DeliveryStreamName="clicks")
    assert deliveries(connection)[0][:2] == ("PLANNED", "HttpEndpoint.ConnectionFailed")


def test_what_is_too_large_for_the_endpoint_is_not_kept(
    connection: Connection, firehose: Any, endpoint: Endpoint, objects: Callable[[], dict[str, bytes]]
) -> None:
    endpoint.status = 413
    create(firehose, endpoint)
    firehose.flush(DeliveryStreamName="clicks")
    advance(connection, 1000)
    assert len(endpoint.requests) == 1
    assert objects() == {}
    assert deliveries(connection)[0][:2] == ("DISCARDED", "HttpEndpoint.DestinationException")


def test_all_data_are_backed_up_where_they_are_to_be(
    firehose: Any, endpoint: Endpoint, objects: Callable[[], dict[str, bytes]]
) -> None:
    create(firehose, endpoint, S3BackupMode="AllData")
    firehose.flush(DeliveryStreamName="clicks")
    assert objects() == {"2026/03/04/05/clicks-1-2026-03-04-05-06-07-*": b"hello"}


def test_the_line_of_a_record_that_was_not_taken(
    firehose: Any, endpoint: Endpoint, objects: Callable[[], dict[str, bytes]]
) -> None:
    endpoint.status = 400
    endpoint.answer = lambda _: b"no"
    create(firehose, endpoint, RetryOptions={"DurationInSeconds": 0})
    firehose.flush(DeliveryStreamName="clicks")
    ((name, content),) = objects().items()
    assert name == "http-endpoint-failed/2026/03/04/05/clicks-1-2026-03-04-05-06-07-*"
    ((_, body),) = endpoint.requests
    assert json.loads(content) == {
        "attemptsMade": 1,
        "arrivalTimestamp": 1772600767000,
        "errorCode": "HttpEndpoint.DestinationException",
        "errorMessage": "The following response was received from the endpoint destination. 400: no",
        "attemptEndingTimestamp": 1772600767000,
        "rawData": base64.b64encode(b"hello").decode(),
        "subsequenceNumber": 0,
        "dataId": f"{body['requestId']}.0",
    }


def test_a_request_has_no_more_records_than_it_may(connection: Connection, firehose: Any, endpoint: Endpoint) -> None:
    create(firehose, endpoint)
    connection.execute(
        "INSERT INTO firehose.delivery.clicks SELECT CAST('x' AS varbinary) FROM UNNEST(sequence(1, 10000)) AS s(n)"
    )
    firehose.flush(DeliveryStreamName="clicks")
    assert [len(body["records"]) for _, body in endpoint.requests] == [10_000, 1]
    assert len({body["requestId"] for _, body in endpoint.requests}) == 2


def test_a_buffer_is_no_larger_than_a_request_may_be(firehose: Any, endpoint: Endpoint) -> None:
    hints = {"SizeInMBs": 65, "IntervalInSeconds": 60}
    with pytest.raises(Exception, match=r"bufferingHints\.sizeInMBs.*less than or equal to 64"):
        create(firehose, endpoint, BufferingHints=hints)


def test_an_endpoint_has_an_interval_of_its_own(connection: Connection, firehose: Any, endpoint: Endpoint) -> None:
    create(firehose, endpoint, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 60})
    advance(connection, 59)
    assert endpoint.requests == []
    advance(connection, 1)
    assert len(endpoint.requests) == 1
