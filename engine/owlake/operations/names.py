"""The names of parameters and fields: snake_case in SQL and Python, PascalCase in AWS's APIs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """The API's spelling where ``pascal_case`` does not find it: ``Annotated[str, Name("StreamARN")]``."""

    value: str


def pascal_case(name: str) -> str:
    """``stream_name`` as ``StreamName``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def sql_name(name: str) -> str:
    """A name of Python's as SQL has it: lower case, without the underscore that keeps ``from_`` from being a word."""
    return name.rstrip("_").lower()
