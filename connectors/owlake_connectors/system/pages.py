"""Lists a page at a time, as Athena's API gives them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from owlake.spi import athena

T = TypeVar("T")

_MOST = 50


def page(
    found: Callable[[int, int], Sequence[T]], max_results: int | None, next_token: str | None, *, least: int = 1
) -> tuple[list[T], str | None]:
    """The items from the token's place on, and the token of the next page if there is one.

    ``found`` gives as many items as it is told, from a place on. Errors: InvalidRequestException.
    """
    if max_results is not None and max_results < least:
        raise athena.violated("maxResults", f"have value greater than or equal to {least}")
    if max_results is not None and max_results > _MOST:
        raise athena.violated("maxResults", f"have value less than or equal to {_MOST}")
    size = max_results or _MOST
    start = 0 if next_token is None else _place(next_token)
    items = list(found(start, size + 1))
    following = base64.b64encode(b"%d" % (start + size)).decode() if len(items) > size else None
    return items[:size], following


def sliced(items: Sequence[T]) -> Callable[[int, int], Sequence[T]]:
    """The pages of what is all there."""
    return lambda start, most: items[start : start + most]


def check_batch(member: str, ids: Sequence[str]) -> None:
    """Errors: InvalidRequestException for none and for more than fifty."""
    if not ids:
        raise athena.violated(member, "have length greater than or equal to 1")
    if len(ids) > _MOST:
        raise athena.violated(member, f"have length less than or equal to {_MOST}")


def _place(token: str) -> int:
    try:
        return int(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        raise athena.invalid_request(f"The nextPageToken is malformed: {token}") from None
