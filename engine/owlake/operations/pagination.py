"""Pages of clients: operations that take a ``NextToken`` and give the next one, as boto3's paginators ask them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from owlake.operations.client_errors import error_class
from owlake.operations.shapes import ListOf, Structure
from owlake.operations.signature import Signature

_TOKEN = "NextToken"  # noqa: S105  (a place in a list)
_LIMITS = ("MaxResults", "Limit", "MaxItems", "PageSize")

Call = Callable[..., dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Paging:
    """How an operation gives its pages: where the items are, and what limits their number, if anything does."""

    result_keys: tuple[str, ...]
    limit_key: str | None


def paging_of(signature: Signature) -> Paging | None:
    """How the operation gives pages; None where it gives everything at once."""
    parameters = [one.api_name for one in signature.parameters]
    result = signature.result.shape
    if not isinstance(result, Structure) or _TOKEN not in parameters:
        return None
    keys = tuple(one.api_name for one in result.members if isinstance(one.shape, ListOf))
    if not keys or _TOKEN not in [one.api_name for one in result.members]:
        return None
    return Paging(keys, next((name for name in _LIMITS if name in parameters), None))


class Paginator:
    """Asks an operation page by page."""

    def __init__(self, call: Call, paging: Paging) -> None:
        self._call = call
        self._paging = paging

    def paginate(self, **arguments: Any) -> PageIterator:
        """The pages of a call; ``PaginationConfig`` may have MaxItems, PageSize and StartingToken."""
        config = dict(arguments.pop("PaginationConfig", None) or {})
        page_size = config.get("PageSize")
        if page_size is not None and self._paging.limit_key is not None:
            arguments[self._paging.limit_key] = int(page_size)
        limit = config.get("MaxItems")
        return PageIterator(
            self._call, self._paging, arguments, None if limit is None else int(limit), config.get("StartingToken")
        )


class PageIterator:
    """The pages of one call, each asked for when it is wanted; they can be gone through again.

    ``resume_token`` is where ``MaxItems`` ended them: the StartingToken of what comes after.
    """

    def __init__(
        self, call: Call, paging: Paging, arguments: Mapping[str, Any], limit: int | None, start: str | None
    ) -> None:
        self.resume_token: str | None = None
        self._call = call
        self._paging = paging
        self._arguments = arguments
        self._limit = limit
        self._start = start

    @property
    def result_keys(self) -> tuple[str, ...]:
        """Where the items are."""
        return self._paging.result_keys

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self.resume_token = None
        token, skipped = _read_token(self._start)
        left = self._limit
        while True:
            page = self._page(token)
            items = page[self._key][skipped:]
            if left is not None and len(items) > left:
                page[self._key] = items[:left]
                self.resume_token = _write_token(token, skipped + left)
                yield page
                return
            page[self._key] = items
            yield page
            left = None if left is None else left - len(items)
            following = page.get(_TOKEN)
            if not following:
                return
            if left == 0:
                self.resume_token = following
                return
            if following == token:
                raise error_class("PaginationError")(message=f"The same next token was received twice: {token}")
            token, skipped = following, 0

    def build_full_result(self) -> dict[str, Any]:
        """All pages as one response."""
        found: dict[str, Any] = {key: [] for key in self._paging.result_keys}
        for page in self:
            for key in self._paging.result_keys:
                found[key] += page.get(key, [])
        if self.resume_token is not None:
            found[_TOKEN] = self.resume_token
        return found

    @property
    def _key(self) -> str:
        return self._paging.result_keys[0]

    def _page(self, token: str | None) -> dict[str, Any]:
        page = self._call(**self._arguments, **({} if token is None else {_TOKEN: token}))
        page.setdefault(self._key, [])
        return page


def _write_token(token: str | None, skipped: int) -> str:
    """Where a page was cut, as botocore writes it."""
    return base64.b64encode(json.dumps({_TOKEN: token, "boto_truncate_amount": skipped}).encode()).decode()


def _read_token(token: str | None) -> tuple[str | None, int]:
    """A token of the service's, or one of a page that was cut."""
    if token is None:
        return None, 0
    try:
        found = json.loads(base64.b64decode(token, validate=True))
        return found[_TOKEN], int(found["boto_truncate_amount"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        return token, 0
