"""Lists a page at a time, as Glue's API gives them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from owlake.spi import error

T = TypeVar("T")


def page(
    found: Sequence[T], max_results: int | None, next_token: str | None, *, most: int
) -> tuple[list[T], str | None]:
    """The items from the token's place on, and the token of the next page if there is one.

    Errors: InvalidInputException for a token that is none.
    """
    size = min(max_results or most, most)
    start = 0 if not next_token else _place(next_token)
    end = start + size
    return list(found[start:end]), base64.b64encode(b"%d" % end).decode() if end < len(found) else None


def _place(token: str) -> int:
    try:
        return int(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        raise error("InvalidInputException", f"Invalid continuation token: {token}") from None
