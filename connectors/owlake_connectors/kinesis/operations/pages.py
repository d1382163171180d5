"""Lists a page at a time: the tokens of what comes next, good for five minutes."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from owlake.spi import from_microseconds, to_microseconds
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.iterators import LIFETIME


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where a list goes on: behind an item of a resource."""

    resource: str
    after: str
    filter: Any = None


def write_page_token(resource: str, after: str, now: datetime, filter_: Any = None) -> str:
    """The token of the next page."""
    return base64.b64encode(json.dumps([resource, after, to_microseconds(now), filter_]).encode()).decode()


def read_page_token(token: str, now: datetime) -> PageToken:
    """Where a token says that a list goes on. Errors: InvalidArgumentException, ExpiredNextTokenException."""
    try:
        resource, after, issued, filter_ = json.loads(base64.b64decode(token, validate=True))
        moment = from_microseconds(issued)
    except (binascii.Error, ValueError, TypeError):
        raise errors.invalid_argument("Invalid NextToken.") from None
    if now - moment > LIFETIME:
        raise errors.expired_token(moment, now)
    return PageToken(resource, after, filter_)
