"""Session properties: what a session may set, with names and defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from owlake.errors import error

DESCRIPTIONS: Mapping[str, str] = {
    "athena_strict": "Athena's limits, reserved words and refusals are errors, not warnings",
    "parse_decimal_literals_as_double": "1.5 is a double, as in Athena; false is Trino's decimal",
    "memory_limit": "Bytes beyond which sorts, joins and aggregates spill to disk",
    "target_partitions": "How many parts of a query run at once; one a core where it is not set",
    "workgroup": "The workgroup that executions are counted in, and whose settings hold",
    "output_location": "The folder of results, s3://bucket/prefix/, where the workgroup does not choose it",
    "result_reuse_max_age": "Minutes, 10080 at most, for which an earlier result of the same query is given again",
    "target_max_file_size": "Bytes at which a file that is written ends and the next one begins; 256MB if not set",
}

MOST_MINUTES = 10_080
"""A week: how old a result may be that is given again."""

_UNITS = {"": 1, "B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?B?)", re.IGNORECASE)
_LEAST_MEMORY = 16 << 20
"""With less, what spills writes a file for every few rows: it takes hours and looks as if it hung."""


@dataclass(frozen=True, slots=True)
class SessionProperties:
    """How a session behaves; ``DESCRIPTIONS`` says what each property is."""

    athena_strict: bool = False
    parse_decimal_literals_as_double: bool = True
    memory_limit: int | None = None
    target_partitions: int | None = None
    workgroup: str = "primary"
    output_location: str | None = None
    target_max_file_size: int | None = None
    result_reuse_max_age: int | None = None

    def with_values(self, values: Mapping[str, Any]) -> SessionProperties:
        """These properties with others set; values may be text.

        Errors: INVALID_SESSION_PROPERTY for an unknown name or a value of another kind.
        """
        known = {one.name for one in fields(self)}
        for name in values:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(known))}."
                raise error("INVALID_SESSION_PROPERTY", f"Session property '{name}' does not exist", hint=hint)
        read: dict[str, Any] = {name: _READERS[name](name, value) for name, value in values.items()}
        return replace(self, **read)


def _boolean(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise _invalid(name, value, "true or false")


def _count(name: str, value: object) -> int | None:
    if value is None:
        return None
    if str(value).isdecimal() and int(str(value)) > 0:
        return int(str(value))
    raise _invalid(name, value, "a whole number above zero")


def _minutes(name: str, value: object) -> int | None:
    if value is None:
        return None
    if str(value).isdecimal() and int(str(value)) <= MOST_MINUTES:
        return int(str(value))
    raise _invalid(name, value, f"minutes, {MOST_MINUTES} at most")


def _bytes(name: str, value: object) -> int | None:
    if value is None:
        return None
    size = bytes_of(str(value))
    if size is None or size < _LEAST_MEMORY:
        raise _invalid(name, value, "a size like 512MB or 4GB, at least 16MB")
    return size


def bytes_of(text: str) -> int | None:
    """The number of bytes that a text such as ``256MB`` says; None if it says none."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    unit = found[2].upper()
    return int(float(found[1]) * _UNITS[unit if unit.endswith("B") or not unit else f"{unit}B"])


def _folder(name: str, value: object) -> str | None:
    if value is None:
        return None
    text = str(value)
    if not text.startswith("s3://") or not text.removeprefix("s3://").strip("/"):
        raise _invalid(name, value, "a folder of a bucket, s3://bucket/prefix/")
    return text if text.endswith("/") else f"{text}/"


def _text(_: str, value: object) -> str:
    return str(value)


def _invalid(name: str, value: object, wanted: str) -> Exception:
    return error("INVALID_SESSION_PROPERTY", f"Session property '{name}' cannot be '{value}'", hint=f"Give {wanted}.")


_READERS = {
    "athena_strict": _boolean,
    "parse_decimal_literals_as_double": _boolean,
    "memory_limit": _bytes,
    "target_partitions": _count,
    "workgroup": _text,
    "output_location": _folder,
    "target_max_file_size": _bytes,
    "result_reuse_max_age": _minutes,
}
