"""Rows added exactly once: who must not add the same ones twice gives them a key.

The transaction that makes the rows seen keeps the key. Who died before it heard of that asks with the same one, and is
told what was done. When it has written down itself that the rows are there the key is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Append:
    """Rows that were added.

    Attributes:
        bytes: The size of their files.
        note: What was to be kept with them.
    """

    rows: int
    bytes: int
    note: str = ""
