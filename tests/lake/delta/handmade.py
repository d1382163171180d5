"""Delta logs put together by hand, by the public protocol: what delta-rs reads and does not write.

https://github.com/delta-io/delta/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def column(name: str, type_: Any, **metadata: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "nullable": True, "metadata": metadata}


def mapped(name: str, type_: Any, field_id: int, physical: str) -> dict[str, Any]:
    """A column that files have by another name, or by its id."""
    given = {"delta.columnMapping.id": field_id, "delta.columnMapping.physicalName": physical}
    return column(name, type_, **given)


class HandMadeLog:
    """A table in a folder; ``commit`` writes its next version."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._version = 0
        (folder / "_delta_log").mkdir(parents=True)

    def commit(self, *actions: Mapping[str, Any]) -> None:
        text = "\n".join(json.dumps(one) for one in actions)
        (self.folder / "_delta_log" / f"{self._version:020}.json").write_text(text)
        self._version += 1

    def create(
        self,
        columns: Sequence[Mapping[str, Any]],
        *actions: Mapping[str, Any],
        reader: int = 1,
        features: Sequence[str] = (),
        partition: Sequence[str] = (),
        **configuration: str,
    ) -> None:
        """The first version."""
        protocol: dict[str, Any] = {"minReaderVersion": reader, "minWriterVersion": 7 if reader == 3 else 5}
        if reader == 3:
            protocol |= {"readerFeatures": list(features), "writerFeatures": list(features)}
        metadata = {
            "id": "5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
            "format": {"provider": "parquet", "options": {}},
            "schemaString": json.dumps({"type": "struct", "fields": list(columns)}),
            "partitionColumns": list(partition),
            "configuration": configuration,
            "createdTime": 1_700_000_000_000,
        }
        self.commit({"protocol": protocol}, {"metaData": metadata}, *actions)

    def add(self, path: str, table: pa.Table, **given: Any) -> dict[str, Any]:
        """A file with these rows, and the action that adds it."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, place)
        action = {
            "path": path,
            "partitionValues": {},
            "size": place.stat().st_size,
            "modificationTime": 1_700_000_000_000,
            "dataChange": True,
        }
        return {"add": {**action, **given}}

    def vector(self, name: str, blob: bytes) -> dict[str, Any]:
        """A deletion vector in a file of its own, and how an action refers to it."""
        identifier = UUID(name)
        (self.folder / f"deletion_vector_{identifier}.bin").write_bytes(b"\x01" + blob)
        return {
            "storageType": "u",
            "pathOrInlineDv": z85(identifier.bytes),
            "offset": 1,
            "sizeInBytes": len(blob) - 8,
            "cardinality": 1,
        }


def z85(content: bytes) -> str:
    """https://rfc.zeromq.org/spec/32/"""
    words = (int.from_bytes(content[start : start + 4], "big") for start in range(0, len(content), 4))
    return "".join(_Z85[word // 85**power % 85] for word in words for power in (4, 3, 2, 1, 0))
