"""Amazon Ion, binary or text with its version marker, read by Amazon's package where it is installed."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal as ExactNumber
from typing import Any

from owlake_connectors.glue.crawlers.classification.found import Classified, Layout, estimated_records
from owlake_connectors.glue.crawlers.classification.sample import SAMPLE_RECORDS, Sample, UnreadableFileError
from owlake_connectors.glue.crawlers.inference.documents import Documents
from owlake_connectors.glue.crawlers.inference.merging import MOST_DIGITS
from owlake_connectors.glue.crawlers.inference.types import (
    BINARY,
    TIMESTAMP,
    Decimal,
    FoundType,
)

LAYOUT = Layout("ion", "ION", serde_parameters=(("serialization.format", "1"),))
_BINARY = b"\xe0\x01\x00\xea"
_TEXT = b"$ion_1_0"


def classify(sample: Sample) -> Classified | None:
    """A file of Ion's values."""
    if not sample.data.startswith((_BINARY, _TEXT)):
        return None
    try:
        from amazon.ion import simpleion  # noqa: PLC0415  (an extra)
    except ImportError as problem:
        raise UnreadableFileError("Ion files need the extra: pip install 'owlake[ion]'") from problem
    rows: list[Mapping[str, Any]] = []
    try:
        stream = io.BytesIO(sample.data)
        for value in simpleion.load(stream, single_value=False, parse_eagerly=False):
            if isinstance(value, Mapping):
                rows.append(value)
            if len(rows) >= SAMPLE_RECORDS:
                break
    except Exception as problem:  # whatever the package raises for a text that was cut, after whole values
        if not rows or sample.is_whole:
            raise UnreadableFileError(f"The Ion file is damaged: {problem}") from problem
    if not rows:
        raise UnreadableFileError("The Ion file has no structs at its top: there are no rows")
    columns = _IonDocuments().columns(rows)
    return Classified(LAYOUT, columns, estimated_records(sample, len(rows), len(sample.data)))


class _IonDocuments(Documents):
    """As JSON's, with Ion's own types."""

    def type_of(self, value: Any) -> FoundType:
        """The type of a value."""
        match value:
            case ExactNumber():
                _, digits, exponent = value.as_tuple()
                scale = max(0, -int(exponent))
                return Decimal(min(MOST_DIGITS, max(len(digits), scale + 1)), min(scale, MOST_DIGITS))
            case datetime():
                return TIMESTAMP
            case bytes():
                return BINARY
            case _ if type(value).__name__ == "IonPyNull":
                return super().type_of(None)
            case _ if type(value).__name__ == "IonPyBool":
                # Python's bool cannot be subclassed: the package's is an int.
                return super().type_of(bool(value))
            case Mapping():
                return super().type_of(dict(value))
        return super().type_of(value)
