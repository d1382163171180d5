"""An HTTP endpoint as the destination: the documented request, and what counts as its answer.

https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
"""

from __future__ import annotations

import base64
import gzip
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from owlake.spi import DeliveryBuffer, DeliveryDestination, DeliveryError, DeliveryFailure, DeliveryReceipt
from owlake_connectors.firehose.error_records import ErrorType
from owlake_connectors.firehose.shapes import HttpEndpointDestinationConfiguration

_TIMEOUT = 180
_LARGEST_RESPONSE = 1 << 20
_INVALID = "HttpEndpoint.InvalidResponseFromDestination"
_SHOWN = 1000
"""So much of a response is in the error's text."""


class HttpEndpoint(DeliveryDestination):
    """Delivers each buffer by one request."""

    error_type = ErrorType.HTTP
    metric = "HttpEndpoint"

    def __init__(self, configuration: HttpEndpointDestinationConfiguration) -> None:
        self._configuration = configuration

    def deliver(self, buffer: DeliveryBuffer) -> DeliveryReceipt:
        """Post the records; 200 with the request's id is the receipt."""
        body = _body(buffer)
        headers = self._headers(buffer)
        options = self._configuration.request_configuration
        if options is not None and options.content_encoding == "GZIP":
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        request = urllib.request.Request(  # noqa: S310  (the configuration allows http and https only)
            self._configuration.endpoint_configuration.url, body, headers
        )
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as response:
                _check(response.status, response.read(_LARGEST_RESPONSE + 1), buffer.id)
        except urllib.error.HTTPError as problem:
            with problem:
                raise _refused(problem.code, problem.read(_SHOWN)) from problem
        except OSError as problem:
            raise _not_reached(problem) from problem
        except HTTPException as problem:
            raise DeliveryError(_INVALID, f"The response is not one of HTTP: {problem}") from problem
        return DeliveryReceipt(len(body))

    def details(self, buffer: DeliveryBuffer, place: int) -> Mapping[str, Any]:
        """An id by which the record can be told from others."""
        return {"subsequenceNumber": 0, "dataId": f"{buffer.id}.{place}"}

    def _headers(self, buffer: DeliveryBuffer) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "X-Amz-Firehose-Protocol-Version": "1.0",
            "X-Amz-Firehose-Request-Id": buffer.id,
            "X-Amz-Firehose-Source-Arn": buffer.stream_arn,
        }
        access_key = self._configuration.endpoint_configuration.access_key
        if access_key is not None:
            headers["X-Amz-Firehose-Access-Key"] = access_key
        options = self._configuration.request_configuration
        if options is not None and options.common_attributes:
            attributes = {one.attribute_name: one.attribute_value for one in options.common_attributes}
            headers["X-Amz-Firehose-Common-Attributes"] = json.dumps({"commonAttributes": attributes})
        return headers


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What an endpoint answers is its answer: it is not asked elsewhere, and without the records."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _body(buffer: DeliveryBuffer) -> bytes:
    """The request's body. Its time is that of the attempt."""
    records = [{"data": base64.b64encode(one).decode()} for batch in buffer.batches for one in batch.data.to_pylist()]
    content = {"requestId": buffer.id, "timestamp": int(buffer.now.timestamp() * 1000), "records": records}
    return json.dumps(content, separators=(",", ":")).encode()


def _check(status: int, body: bytes, request_id: str) -> None:
    """Only 200 with the request's own id, and a time, is an answer. Errors: DeliveryError."""
    if status != HTTPStatus.OK:
        raise _refused(status, body)
    if len(body) > _LARGEST_RESPONSE:
        raise DeliveryError("HttpEndpoint.ResponseTooLarge", "The response has more than 1 MiB")
    try:
        answer = json.loads(body)
        is_valid = answer["requestId"] == request_id and isinstance(answer["timestamp"], int)
    except (ValueError, KeyError, TypeError):
        is_valid = False
    if not is_valid:
        text = "The response is not recognized: it must have the requestId of the request, and a timestamp"
        raise DeliveryError(_INVALID, text)


def _refused(status: int, body: bytes) -> DeliveryError:
    """Another status. 413 is for ever: the records are not even kept."""
    said = body[:_SHOWN].decode(errors="replace")
    text = f"The following response was received from the endpoint destination. {status}: {said}"
    failure = DeliveryFailure.DISCARD if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else DeliveryFailure.RETRY
    return DeliveryError("HttpEndpoint.DestinationException", text, failure)


def _not_reached(problem: OSError) -> DeliveryError:
    reason = problem.reason if isinstance(problem, urllib.error.URLError) else problem
    code = "ConnectionFailed"
    if isinstance(reason, TimeoutError):
        code = "RequestTimeout"
    elif isinstance(reason, ConnectionResetError):
        code = "ConnectionReset"
    return DeliveryError(f"HttpEndpoint.{code}", str(reason))
