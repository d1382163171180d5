"""Files for classifiers and crawlers, without a lake."""

from __future__ import annotations

import pyarrow as pa

from owlake.lake.model import DataFile
from owlake_connectors.glue.crawlers.classification.found import Classified
from owlake_connectors.glue.crawlers.classification.pipeline import classify
from owlake_connectors.glue.crawlers.classification.sample import Sample, read_sample
from owlake_connectors.glue.crawlers.inference.types import type_text


class Files:
    """A storage of one file."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def open_input(self, uri: str) -> pa.NativeFile:  # noqa: ARG002
        return pa.BufferReader(self._content)


def sample_of(content: str | bytes, name: str = "file", *, size: int = 1 << 20) -> Sample:
    data = content.encode() if isinstance(content, str) else content
    return read_sample(DataFile(f"s3://b/{name}", len(data), 0), Files(data), size=size)


def classified(content: str | bytes, name: str = "file") -> Classified | None:
    return classify(sample_of(content, name))


def columns(found: Classified | None) -> str:
    """``name:type`` of every column, as text."""
    assert found is not None
    return ", ".join(f"{one.name}:{type_text(one.type)}" for one in found.columns)
