"""The request that an endpoint gets, and what becomes of records that it does not take.

https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
"""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Callable, Iterator
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
                self.wfile.write(json.dumps({"requestId": said["requestId"], "timestamp": 1}).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


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


def test_the_request(firehose: Any, endpoint: Endpoint) -> None:
    create(firehose, endpoint)
    firehose.flush(DeliveryStreamName="clicks")
    ((headers, body),) = endpoint.requests
    assert [base64.b64decode(one["data"]) for one in body["records"]] == [b"hello"]
    assert body["timestamp"] == 1772600767000
    named = {name.lower(): value for name, value in headers.items()}
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
