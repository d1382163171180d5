"""Rows added exactly once: who must not add the same ones twice gives them a number.

The transaction that makes the rows seen keeps their number. Who died before it heard of that asks with the same
number, and is told what was done. When an owner has written down itself that its appends are done they are forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppendKey:
    """What an owner calls an append: owners have names of their own, and count upwards."""

    owner: str
    number: int


@dataclass(frozen=True, slots=True)
class Append:
    """Rows that were added.

    Attributes:
        bytes: The size of their files.
        note: What the owner kept with them.
    """

    rows: int
    bytes: int
    note: str = ""
