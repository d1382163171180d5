"""The statement that ``cursor.callproc`` runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def call_text(procedure: str, arguments: Sequence[Any] | Mapping[str, Any]) -> str:
    """A CALL with a ``?`` for each argument; those of a mapping by their names."""
    if isinstance(arguments, Mapping):
        marks = ", ".join(f"{_name(name)} => ?" for name in arguments)
    else:
        marks = ", ".join("?" for _ in arguments)
    # A name that has quotes already is written as it should be.
    written = procedure if '"' in procedure else ".".join(map(_name, procedure.split(".")))
    return f"CALL {written}({marks})"


def _name(name: str) -> str:
    from owlake.dialect.keywords import RESERVED  # noqa: PLC0415

    if _PLAIN.fullmatch(name) and name.upper() not in RESERVED:
        return name
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
