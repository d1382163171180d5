"""Lists a page at a time, as Glue's API gives them."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

from owlake.spi import OwlakeError, error

T = TypeVar("T")


def page(
    found: Sequence[T], max_results: int | None, next_token: str | None, *, most: int
) -> tuple[list[T], str | None]:
    """The items from the token's place on, and the token of the next page if there is one.

    Errors: InvalidInputException for a token that is none.
    """
    size = min(max_results or most, most)
    start = 0 if not next_token else read_number(next_token)
    end = start + size
    return list(found[start:end]), write_number(end) if end < len(found) else None


def write_number(number: int) -> str:
    """The token of a page that begins at a number."""
    return base64.b64encode(b"%d" % number).decode()


def read_number(token: str) -> int:
    """The number of a token. Errors: InvalidInputException."""
    try:
        return int(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        raise _no_token(token) from None


def page_after(
    names: Sequence[str], max_results: int | None, next_token: str | None, *, most: int
) -> tuple[list[str], str | None]:
    """As ``page``, of sorted names: the page begins behind the last name that was given, whatever came and went."""
    start = 0 if not next_token else bisect_right(names, _name(next_token))
    found = list(names[start : start + min(max_results or most, most)])
    more = found and start + len(found) < len(names)
    return found, base64.b64encode(found[-1].encode()).decode() if more else None


def _name(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        raise _no_token(token) from None


def _no_token(token: str) -> OwlakeError:
    return error("InvalidInputException", f"Invalid continuation token: {token}")
