"""Records that hold several, taken apart: JSON values one after the other, or pieces between delimiters.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from owlake_connectors.firehose.processing.records import Outcome, Records

MOST = 500
"""A record with more than this passes as it is."""

_SPACE = " \t\r\n"
_scan = json.JSONDecoder().raw_decode

Split = Callable[[bytes], list[bytes]]


@dataclass(frozen=True, slots=True)
class Deaggregation:
    """A step that takes records apart; one that cannot be passes as it is."""

    split: Split

    def __call__(self, records: Records) -> Outcome:
        """Every piece in place of the record."""
        pieces: list[bytes] = []
        counts: list[int] = []
        for one in records.data.to_pylist():
            found = self.split(one)
            if not 1 <= len(found) <= MOST:
                found = [one]
            pieces += found
            counts.append(len(found))
        keys = None
        if records.keys is not None:
            keys = [key for key, count in zip(records.keys, counts, strict=True) for _ in range(count)]
        origins = np.repeat(records.origins, counts)
        return Outcome(replace(records, data=pa.array(pieces, pa.binary()), origins=origins, keys=keys))


def json_values(data: bytes) -> list[bytes]:
    """The JSON values in a record, each as it is written; none where it is no sequence of such."""
    try:
        text = data.decode()
        found, at = [], _after_space(text, 0)
        while at < len(text):
            _, end = _scan(text, at)
            found.append(text[at:end].encode())
            at = _after_space(text, end)
    except (ValueError, RecursionError):
        return []
    return found


def delimited(delimiter: bytes) -> Split:
    """The pieces between delimiters; what follows the last one is a piece if there is something."""

    def split(data: bytes) -> list[bytes]:
        found = data.split(delimiter)
        return found if found[-1] else found[:-1]

    return split


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
