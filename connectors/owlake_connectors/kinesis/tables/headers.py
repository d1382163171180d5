"""The header of the Glue schema registry: a version, a compression, and the id of the schema version.

https://github.com/awslabs/aws-glue-schema-registry
"""

from __future__ import annotations

import uuid
import zlib

import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import DecodedRecords, RecordFormat

_VERSION, _PLAIN, _ZLIB = 3, 0, 5
_SIZE = 18
"""The 16 bytes of the id are the last."""


def header_of(version_id: str) -> bytes:
    """The header of records that are not compressed."""
    return bytes([_VERSION, _PLAIN]) + uuid.UUID(version_id).bytes


def has_header(record: bytes) -> bool:
    """Whether a record begins as one with a header does."""
    return len(record) >= _SIZE and record[0] == _VERSION and record[1] in (_PLAIN, _ZLIB)


def schema_version_id(record: bytes) -> str:
    """The id in a record's header."""
    return str(uuid.UUID(bytes=record[2:_SIZE]))


def content(record: bytes) -> bytes:
    """What follows the header, as it was before it was compressed. Errors: ValueError."""
    if record[1] == _PLAIN:
        return record[_SIZE:]
    try:
        return zlib.decompress(record[_SIZE:])
    except zlib.error as problem:
        text = f"not compressed as its header says: {problem}"
        raise ValueError(text) from problem


class Headed:
    """Records of a text format, which never begin as the header does: read with it and without."""

    def __init__(self, inner: RecordFormat) -> None:
        self._inner = inner

    def decode(self, records: pa.BinaryArray) -> DecodedRecords:
        """The columns of records."""
        if not pc.any(pc.starts_with(records, bytes([_VERSION]))).as_py():
            return self._inner.decode(records)
        return self._inner.decode(pa.array([_bare(one) for one in records.to_pylist()], pa.binary()))

    def encode(self, rows: pa.RecordBatch) -> pa.BinaryArray:
        """Records without header."""
        return self._inner.encode(rows)


def _bare(record: bytes) -> bytes:
    if not has_header(record):
        return record
    try:
        return content(record)
    except ValueError:
        # It cannot be read as it is either, and the error says so.
        return record
