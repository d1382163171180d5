"""BSON: documents one after the other, as ``mongodump`` writes them, read by pymongo's own package where it is there.

Athena has no SerDe for them, so that tables have none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from owlake_connectors.glue.crawlers.classification.found import Classified, Layout, estimated_records
from owlake_connectors.glue.crawlers.classification.sample import SAMPLE_RECORDS, Sample, UnreadableFileError
from owlake_connectors.glue.crawlers.inference.documents import Documents
from owlake_connectors.glue.crawlers.inference.types import BIGINT, BINARY, TIMESTAMP, FoundType

LAYOUT = Layout("bson", None)
_SMALLEST, _LARGEST = 5, 16 << 20
"""What a document has at least, its length and an end; and what MongoDB takes at most."""
_LENGTH = struct.Struct("<i")
_LAST_KIND = 0x13
_LEAST_KEY = 0xFF
_GREATEST_KEY = 0x7F


def classify(sample: Sample) -> Classified | None:
    """A file of BSON's documents."""
    pieces = list(_pieces(sample.data))
    if not pieces or not _begins_well(pieces[0]):
        return None
    try:
        import bson  # noqa: PLC0415  (an extra)
    except ImportError as problem:
        raise UnreadableFileError("BSON files need the extra: pip install 'owlake[bson]'") from problem
    try:
        rows = [bson.decode(one) for one in pieces]
    except Exception as problem:  # of the package's own classes, and of others
        raise UnreadableFileError(f"The BSON file is damaged: {problem}") from problem
    used = sum(map(len, pieces))
    if sample.is_whole and used < len(sample.data) and len(pieces) < SAMPLE_RECORDS:
        raise UnreadableFileError("The BSON file is damaged: its last document is not whole")
    columns = _BsonDocuments().columns(rows)
    return Classified(LAYOUT, columns, estimated_records(sample, len(rows), used)) if columns else None


def _pieces(data: bytes) -> Iterator[bytes]:
    """The documents that are whole, as their lengths tell."""
    place = count = 0
    while place + _SMALLEST <= len(data) and count < SAMPLE_RECORDS:
        (length,) = _LENGTH.unpack_from(data, place)
        end = place + length
        if not _SMALLEST <= length <= _LARGEST or end > len(data) or data[end - 1]:
            return
        yield data[place:end]
        place, count = end, count + 1


def _begins_well(piece: bytes) -> bool:
    """Whether the first element has a kind that there is: other files may begin with a length too."""
    kind = piece[4]
    return len(piece) > _SMALLEST and (0 < kind <= _LAST_KIND or kind in (_LEAST_KEY, _GREATEST_KEY))


class _BsonDocuments(Documents):
    """As JSON's, with BSON's own types; ids, regular expressions and code are text."""

    def type_of(self, value: Any) -> FoundType:
        """The type of a value."""
        match value:
            case datetime():
                return TIMESTAMP
            case bytes():
                return BINARY
            case _ if type(value).__name__ == "Int64":
                return BIGINT
            case Mapping():
                return super().type_of(dict(value))
        return super().type_of(value)
