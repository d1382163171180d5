"""What Athena's API refuses, in its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from owlake.errors import OwlakeError, error

WORKGROUP_NAME = re.compile(r"[a-zA-Z0-9._-]{1,128}")


def invalid_request(message: str) -> OwlakeError:
    """The API's InvalidRequestException."""
    return error("InvalidRequestException", message)


def violated(member: str, constraint: str) -> OwlakeError:
    """A value that the API's model does not allow."""
    text = f"1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {constraint}"
    return invalid_request(text)


def check_length(member: str, value: str, least: int, most: int) -> None:
    """Errors: InvalidRequestException for a text of another length."""
    if len(value) < least:
        raise violated(member, f"have length greater than or equal to {least}")
    if len(value) > most:
        raise violated(member, f"have length less than or equal to {most}")


def check_workgroup_name(member: str, value: str) -> None:
    """Errors: InvalidRequestException for what is no name of a workgroup."""
    if not WORKGROUP_NAME.fullmatch(value):
        raise violated(member, f"satisfy regular expression pattern: {WORKGROUP_NAME.pattern}")


def check_one_of(member: str, value: str, allowed: Sequence[str]) -> None:
    """Errors: InvalidRequestException for another value."""
    if value not in allowed:
        raise violated(member, f"satisfy enum value set: [{', '.join(allowed)}]")
