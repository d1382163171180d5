"""An HTTP endpoint as the destination: the documented request, and what counts as its answer.

https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
"""

from __future__ import annotations

import base64
import gzip
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from owlake_connectors.firehose.model import DeliveryStream
from owlake_connectors.firehose.shapes import HttpEndpointDestinationConfiguration

MOST_RECORDS = 10_000
"""What a request has at most."""

_TIMEOUT = 180
_LARGEST_RESPONSE = 1 << 20


class EndpointError(Exception):
    """A request that was not taken.

    Attributes:
        is_final: Whether another attempt is in vain, and the records are not to be kept either.
    """

    def __init__(self, code: str, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.is_final = is_final


def post(
    stream: DeliveryStream,
    configuration: HttpEndpointDestinationConfiguration,
    request_id: str,
    records: Sequence[bytes],
    now: datetime,
) -> int:
    """Deliver records by one request; the bytes of its body. Errors: EndpointError."""
    body = json.dumps(
        {
            "requestId": request_id,
            "timestamp": int(now.timestamp() * 1000),
            "records": [{"data": base64.b64encode(one).decode()} for one in records],
        },
        separators=(",", ":"),
    ).encode()
    options = configuration.request_configuration
    headers = _headers(stream, configuration, request_id)
    if options is not None and options.content_encoding == "GZIP":
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    request = urllib.request.Request(  # noqa: S310  (the configuration allows http and https only)
        configuration.endpoint_configuration.url, body, headers
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
            _check(response.status, response.read(_LARGEST_RESPONSE + 1), request_id)
    except urllib.error.HTTPError as problem:
        raise _refused(problem.code, problem.read(_LARGEST_RESPONSE)) from problem
    except TimeoutError as problem:
        raise EndpointError("HttpEndpoint.RequestTimeout", str(problem)) from problem
    except ConnectionResetError as problem:
        raise EndpointError("HttpEndpoint.ConnectionReset", str(problem)) from problem
    except OSError as problem:
        raise EndpointError("HttpEndpoint.ConnectionFailed", str(problem)) from problem
    return len(body)


def _headers(
    stream: DeliveryStream, configuration: HttpEndpointDestinationConfiguration, request_id: str
) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "X-Amz-Firehose-Protocol-Version": "1.0",
        "X-Amz-Firehose-Request-Id": request_id,
        "X-Amz-Firehose-Source-Arn": stream.arn,
    }
    if configuration.endpoint_configuration.access_key is not None:
        headers["X-Amz-Firehose-Access-Key"] = configuration.endpoint_configuration.access_key
    options = configuration.request_configuration
    if options is not None and options.common_attributes:
        attributes = {one.attribute_name: one.attribute_value for one in options.common_attributes}
        headers["X-Amz-Firehose-Common-Attributes"] = json.dumps({"commonAttributes": attributes})
    return headers


def _check(status: int, body: bytes, request_id: str) -> None:
    """Only 200 with the request's own id, and a time, is an answer."""
    if status != HTTPStatus.OK:
        raise _refused(status, body)
    if len(body) > _LARGEST_RESPONSE:
        raise EndpointError("HttpEndpoint.ResponseTooLarge", "The response has more than 1 MiB")
    try:
        answer = json.loads(body)
        is_valid = answer["requestId"] == request_id and isinstance(answer["timestamp"], int)
    except (ValueError, KeyError, TypeError):
        is_valid = False
    if not is_valid:
        text = "The response is not recognized: it must have the requestId of the request, and a timestamp"
        raise EndpointError("HttpEndpoint.InvalidResponseFromDestination", text)


def _refused(status: int, body: bytes) -> EndpointError:
    try:
        said = json.loads(body)["errorMessage"]
    except (ValueError, KeyError, TypeError):
        said = ""
    text = f"The endpoint answered {status}{': ' if said else ''}{said}"
    is_final = status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return EndpointError("HttpEndpoint.DestinationException", text, is_final=is_final)
