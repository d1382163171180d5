"""Checks of arguments in front of native functions that fail otherwise, or not at all, where Trino fails."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pyarrow as pa

from owlake.errors import error
from owlake.functions.registry import CallSite
from owlake.types.model import BOOLEAN


def checked(site: CallSite, condition: str, message: str, sql: str) -> str:
    """``sql``, but INVALID_FUNCTION_ARGUMENT with this message where the condition holds; NULL there under TRY."""
    if site.safe:
        return f"CASE WHEN {condition} THEN NULL ELSE {sql} END"
    failure = site.kernel(_failing(message), [(f"({condition})", BOOLEAN)], site.type)
    return f"CASE WHEN {condition} THEN {failure} ELSE {sql} END"


@cache
def _failing(message: str) -> Callable[[Any], pa.Array]:
    def fail(rows: Any) -> pa.Array:
        if len(rows):
            raise error("INVALID_FUNCTION_ARGUMENT", message)
        return pa.nulls(0)

    # Not to be worked out ahead of the condition that it stands under.
    fail.deterministic = False  # type: ignore[attr-defined]
    return fail
