"""Commits to Iceberg tables put together by hand, by the public specification: what pyiceberg does not write.

https://iceberg.apache.org/spec/
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.table import Table
from pyroaring import BitMap

DATA, POSITIONS, EQUALITY = 0, 1, 2
PATH_ID, ROW_ID = 2147483546, 2147483545

_numbers = count(1)


def _optional(name: str, type_: Any, field_id: int) -> dict[str, Any]:
    return {"name": name, "type": ["null", type_], "default": None, "field-id": field_id}


def _required(name: str, type_: Any, field_id: int) -> dict[str, Any]:
    return {"name": name, "type": type_, "field-id": field_id}


def _entry_schema(partition: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    data_file = [
        _required("content", "int", 134),
        _required("file_path", "string", 100),
        _required("file_format", "string", 101),
        _required("partition", {"type": "record", "name": "r102", "fields": list(partition)}, 102),
        _required("record_count", "long", 103),
        _required("file_size_in_bytes", "long", 104),
        _optional("equality_ids", {"type": "array", "items": "int", "element-id": 136}, 135),
        _optional("referenced_data_file", "string", 143),
        _optional("content_offset", "long", 144),
        _optional("content_size_in_bytes", "long", 145),
    ]
    fields = [
        _required("status", "int", 0),
        _optional("snapshot_id", "long", 1),
        _optional("sequence_number", "long", 3),
        _optional("file_sequence_number", "long", 4),
        _required("data_file", {"type": "record", "name": "r2", "fields": data_file}, 2),
    ]
    return {"type": "record", "name": "manifest_entry", "fields": fields}


_COUNTS = (("added_files_count", "int", 504), ("existing_files_count", "int", 505), ("deleted_files_count", "int", 506))
_ROWS = (("added_rows_count", "long", 512), ("existing_rows_count", "long", 513), ("deleted_rows_count", "long", 514))
_MANIFEST_FILE = {
    "type": "record",
    "name": "manifest_file",
    "fields": [
        _required("manifest_path", "string", 500),
        _required("manifest_length", "long", 501),
        _required("partition_spec_id", "int", 502),
        _required("content", "int", 517),
        _required("sequence_number", "long", 515),
        _required("min_sequence_number", "long", 516),
        _required("added_snapshot_id", "long", 503),
        *(_required(*one) for one in (*_COUNTS, *_ROWS)),
    ],
}


@dataclass(frozen=True)
class File:
    """A file to add: of rows, or of deletes."""

    content: int
    path: Path
    rows: int
    format: str = "PARQUET"
    partition: Mapping[str, Any] = field(default_factory=dict)
    equality_ids: Sequence[int] | None = None
    about: str | None = None
    place: tuple[int, int] | None = None

    @property
    def uri(self) -> str:
        return f"file://{self.path}"


class HandMade:
    """A table whose further commits are made here."""

    def __init__(self, table: Table) -> None:
        self.folder = Path(table.location().removeprefix("file://"))
        self.metadata_path = Path(table.metadata_location.removeprefix("file://"))
        self.metadata = json.loads(self.metadata_path.read_text())

    def path(self, name: str) -> Path:
        """A new place for a file."""
        (self.folder / "data").mkdir(exist_ok=True)
        return self.folder / "data" / f"{next(_numbers)}-{name}"

    def commit(self, files: Sequence[File], *, spec_id: int = 0, partition: Sequence[Mapping[str, Any]] = ()) -> None:
        """A snapshot with these files beside those of the last; all are of one partition spec."""
        metadata, number = self.metadata, next(_numbers)
        sequence, snapshot = metadata["last-sequence-number"] + 1, 10_000 + number
        manifests = self._manifests()
        for content in (DATA, 1):
            members = [one for one in files if min(one.content, 1) == content]
            if members:
                path = self.folder / "metadata" / f"{number}-{content}.avro"
                self._write_manifest(path, members, snapshot, spec_id, partition)
                manifests.append(_manifest(path, content, sequence, snapshot, spec_id, members))
        listed = self.folder / "metadata" / f"snap-{number}.avro"
        with listed.open("wb") as out:
            fastavro.writer(
                out, _MANIFEST_FILE, manifests, metadata={"format-version": str(metadata["format-version"])}
            )
        parent = metadata.get("current-snapshot-id")
        at = metadata["last-updated-ms"] + 1
        metadata["snapshots"] = [*metadata.get("snapshots", ()), {
            "snapshot-id": snapshot,
            **({} if parent in (None, -1) else {"parent-snapshot-id": parent}),
            "sequence-number": sequence,
            "timestamp-ms": at,
            "manifest-list": f"file://{listed}",
            "summary": {"operation": "overwrite"},
            "schema-id": metadata["current-schema-id"],
            **({"first-row-id": 0, "added-rows": 0} if metadata["format-version"] == 3 else {}),
        }]  # fmt: skip
        metadata |= {"last-sequence-number": sequence, "last-updated-ms": at, "current-snapshot-id": snapshot}
        metadata["refs"] = {"main": {"snapshot-id": snapshot, "type": "branch"}}
        log = [*metadata.get("snapshot-log", ()), {"snapshot-id": snapshot, "timestamp-ms": at}]
        metadata["snapshot-log"] = log
        self.save()

    def save(self) -> None:
        """Write the metadata as a new version."""
        self.metadata_path = self.folder / "metadata" / f"{next(_numbers) + 100:05}-hand.metadata.json"
        self.metadata_path.write_text(json.dumps(self.metadata))

    def register(self, iceberg: Any, name: str = "t") -> None:
        """Let the session see the table as it is now."""
        iceberg.session.execute(
            f"CALL system.lake.register_table('default', '{name}', 'file://{self.folder}', "
            f"'{self.metadata_path.name}', true)"
        )

    def _manifests(self) -> list[Any]:
        current = self.metadata.get("current-snapshot-id")
        listed = [one["manifest-list"] for one in self.metadata.get("snapshots", ()) if one["snapshot-id"] == current]
        if not listed:
            return []
        with Path(listed[0].removeprefix("file://")).open("rb") as stream:
            return [
                {key: value for key, value in one.items() if key != "partitions"} for one in fastavro.reader(stream)
            ]

    def _write_manifest(
        self, path: Path, files: Sequence[File], snapshot: int, spec_id: int, partition: Sequence[Mapping[str, Any]]
    ) -> None:
        schema = next(one for one in self.metadata["schemas"] if one["schema-id"] == self.metadata["current-schema-id"])
        spec = next(one for one in self.metadata["partition-specs"] if one["spec-id"] == spec_id)
        about = {
            "schema": json.dumps(schema),
            "partition-spec": json.dumps(spec["fields"]),
            "partition-spec-id": str(spec_id),
            "format-version": str(self.metadata["format-version"]),
            "content": "deletes" if files[0].content else "data",
        }
        with path.open("wb") as out:
            fastavro.writer(out, _entry_schema(partition), [_entry(one, snapshot) for one in files], metadata=about)


def _entry(file: File, snapshot: int) -> dict[str, Any]:
    offset, size = file.place or (None, None)
    return {
        "status": 1,
        "snapshot_id": snapshot,
        "data_file": {
            "content": file.content,
            "file_path": file.uri,
            "file_format": file.format,
            "partition": dict(file.partition),
            "record_count": file.rows,
            "file_size_in_bytes": file.path.stat().st_size,
            "equality_ids": file.equality_ids,
            "referenced_data_file": file.about,
            "content_offset": offset,
            "content_size_in_bytes": size,
        },
    }


def _manifest(
    path: Path, content: int, sequence: int, snapshot: int, spec_id: int, files: Sequence[File]
) -> dict[str, Any]:
    counts = {"added_files_count": len(files), "added_rows_count": sum(one.rows for one in files)}
    return {
        **dict.fromkeys((name for name, *_ in (*_COUNTS, *_ROWS)), 0),
        **counts,
        "manifest_path": f"file://{path}",
        "manifest_length": path.stat().st_size,
        "partition_spec_id": spec_id,
        "content": content,
        "sequence_number": sequence,
        "min_sequence_number": sequence,
        "added_snapshot_id": snapshot,
    }


# Files -----------------------------------------------------------------------------------------------------


def with_ids(table: pa.Table, ids: Sequence[int]) -> pa.Table:
    """The table with a field id for each column, as Parquet keeps them."""
    fields = [
        one.with_metadata({"PARQUET:field_id": str(number)}) for one, number in zip(table.schema, ids, strict=True)
    ]
    return table.cast(pa.schema(fields))


def data_file(made: HandMade, table: pa.Table, ids: Sequence[int], **given: Any) -> File:
    """A Parquet file of rows; ``rows_per_group`` cuts it."""
    path = made.path("data.parquet")
    pq.write_table(with_ids(table, ids), path, row_group_size=given.pop("rows_per_group", None))
    return File(DATA, path, table.num_rows, **given)


def position_deletes(made: HandMade, rows: Sequence[tuple[str, int]], **given: Any) -> File:
    """A file that deletes rows by data file and number."""
    table = pa.table({"file_path": [uri for uri, _ in rows], "pos": pa.array([row for _, row in rows], pa.int64())})
    path = made.path("positions.parquet")
    pq.write_table(with_ids(table, (PATH_ID, ROW_ID)), path)
    return File(POSITIONS, path, len(rows), **given)


def equality_deletes(made: HandMade, table: pa.Table, ids: Sequence[int], **given: Any) -> File:
    """A file that deletes the rows that have these values."""
    path = made.path("equality.parquet")
    pq.write_table(with_ids(table, ids), path)
    return File(EQUALITY, path, table.num_rows, equality_ids=given.pop("equality_ids", list(ids)), **given)


def vector_blob(rows: Sequence[int]) -> bytes:
    """A deletion vector as Iceberg and Delta keep it: length, magic, bitmaps by their high bits, checksum."""
    groups: dict[int, list[int]] = {}
    for row in sorted(rows):
        groups.setdefault(row >> 32, []).append(row & 0xFFFFFFFF)
    bitmaps = len(groups).to_bytes(8, "little")
    for high, low in groups.items():
        bitmaps += high.to_bytes(4, "little") + BitMap(low).serialize()
    content = b"\xd1\xd3\x39\x64" + bitmaps
    return len(content).to_bytes(4, "big") + content + zlib.crc32(content).to_bytes(4, "big")


def deletion_vectors(made: HandMade, about: Mapping[str, Sequence[int]], **given: Any) -> list[File]:
    """A Puffin file with a vector for each data file."""
    path = made.path("vectors.puffin")
    content, blobs, places = b"PFA1", [], []
    for uri, rows in about.items():
        blob = vector_blob(rows)
        places.append((uri, len(content), len(blob), len(rows)))
        blobs.append({
            "type": "deletion-vector-v1", "fields": [], "snapshot-id": -1, "sequence-number": -1,
            "offset": len(content), "length": len(blob),
            "properties": {"referenced-data-file": uri, "cardinality": str(len(rows))},
        })  # fmt: skip
        content += blob
    footer = json.dumps({"blobs": blobs, "properties": {}}).encode()
    content += b"PFA1" + footer + len(footer).to_bytes(4, "little") + bytes(4) + b"PFA1"
    path.write_bytes(content)
    return [
        File(POSITIONS, path, rows, "PUFFIN", about=uri, place=(offset, size), **given)
        for uri, offset, size, rows in places
    ]
