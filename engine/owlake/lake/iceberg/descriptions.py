"""What the metadata of an Iceberg table says, as rows: ``t$snapshots``, ``t$files``, ...; Trino's names and columns.

https://trino.io/docs/current/connector/iceberg.html#metadata-tables,
https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pyiceberg.conversions import from_bytes
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.manifest import FileFormat, ManifestEntry, ManifestFile
from pyiceberg.table.snapshots import ancestors_of
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import IcebergType

from owlake.lake.iceberg.plan import find_files, manifests_of
from owlake.lake.iceberg.table import IcebergTable
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    INTEGER,
    VARBINARY,
    VARCHAR,
    Array,
    Map,
    Row,
    RowField,
    TimestampWithTimeZone,
    Type,
)

Rows = Iterator[tuple[object, ...]]
Columns = tuple[tuple[str, Type], ...]

MOMENT = TimestampWithTimeZone(3, "UTC")
_COUNTS, _BOUNDS = Map(INTEGER, BIGINT), Map(INTEGER, VARCHAR)


@dataclass(frozen=True, slots=True)
class Description:
    """One of the metadata tables: its columns, and its rows, read when they are asked for."""

    columns: Columns
    rows: Callable[[IcebergTable], Rows]


def description_of(kind: str, table: IcebergTable) -> Description | None:
    """The metadata table of this name; None if there is no such."""
    if kind == "partitions":
        from owlake.lake.iceberg.partitions import partitions_table  # noqa: PLC0415  (its columns are the table's)

        return partitions_table(table)
    return _DESCRIPTIONS.get(kind)


def moment(milliseconds: int) -> datetime:
    """A time as metadata has it."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def all_entries(table: IcebergTable) -> list[ManifestEntry]:
    """Every live file of the snapshot, deletes too."""
    found = find_files(table, AlwaysTrue(), parallel=False)
    return [*found.data, *found.positions, *found.equality]


# One function a table --------------------------------------------------------------------------------------


def _properties(table: IcebergTable) -> Rows:
    yield from sorted(table.metadata.properties.items())


def _history(table: IcebergTable) -> Rows:
    current = table.metadata.current_snapshot()
    ancestors = {one.snapshot_id for one in ancestors_of(current, table.metadata)}
    for entry in table.metadata.snapshot_log:
        snapshot = table.metadata.snapshot_by_id(entry.snapshot_id)
        parent = snapshot.parent_snapshot_id if snapshot is not None else None
        yield moment(entry.timestamp_ms), entry.snapshot_id, parent, entry.snapshot_id in ancestors


def _snapshots(table: IcebergTable) -> Rows:
    for one in table.metadata.snapshots:
        summary = one.summary
        operation = None if summary is None else summary.operation.value
        shown = None if summary is None else sorted(summary.additional_properties.items())
        at = moment(one.timestamp_ms)
        yield at, one.snapshot_id, one.parent_snapshot_id, operation, one.manifest_list, shown


def _refs(table: IcebergTable) -> Rows:
    for name, one in table.metadata.refs.items():
        kind = str(one.snapshot_ref_type.value).upper()
        limits = (one.max_ref_age_ms, one.min_snapshots_to_keep, one.max_snapshot_age_ms)
        yield name, kind, one.snapshot_id, *limits


def _metadata_log(table: IcebergTable) -> Rows:
    entries = [(one.timestamp_ms, one.metadata_file) for one in table.metadata.metadata_log]
    for at, file in (*entries, (table.metadata.last_updated_ms, table.metadata_location)):
        past = [one for one in table.metadata.snapshot_log if one.timestamp_ms <= at]
        latest = table.metadata.snapshot_by_id(past[-1].snapshot_id) if past else None
        of_latest = (None, None, None)
        if latest is not None:
            of_latest = (latest.snapshot_id, latest.schema_id, latest.sequence_number)
        yield moment(at), file, *of_latest


def _manifests(table: IcebergTable) -> Rows:
    for one in manifests_of(table) if table.snapshot is not None else ():
        yield (
            one.manifest_path,
            one.manifest_length,
            one.partition_spec_id,
            one.added_snapshot_id,
            one.added_files_count,
            one.added_rows_count,
            one.existing_files_count,
            one.existing_rows_count,
            one.deleted_files_count,
            one.deleted_rows_count,
            list(_summaries(table, one)),
        )


def _summaries(table: IcebergTable, manifest: ManifestFile) -> Iterator[Mapping[str, Any]]:
    spec = table.metadata.specs()[manifest.partition_spec_id]
    types = spec.partition_type(table.schema).fields
    for field, typed, summary in zip(spec.fields, types, manifest.partitions or (), strict=False):

        def shown(bound: bytes | None, of: tuple[Any, IcebergType] = (field.transform, typed.field_type)) -> str | None:
            transform, type_ = of
            return None if bound is None else str(transform.to_human_string(type_, from_bytes(type_, bound)))

        yield {
            "contains_null": summary.contains_null,
            "contains_nan": summary.contains_nan,
            "lower_bound": shown(summary.lower_bound),
            "upper_bound": shown(summary.upper_bound),
        }


def _files(table: IcebergTable) -> Rows:
    types = {field_id: table.schema.find_type(field_id) for field_id in table.schema.field_ids}
    for entry in all_entries(table):
        file = entry.data_file
        yield (
            file.content.value,
            file.file_path,
            FileFormat(file.file_format).name,
            file.record_count,
            file.file_size_in_bytes,
            _pairs(file.column_sizes),
            _pairs(file.value_counts),
            _pairs(file.null_value_counts),
            _pairs(file.nan_value_counts),
            _bounds(file.lower_bounds, types),
            _bounds(file.upper_bounds, types),
            file.key_metadata,
            file.split_offsets,
            file.equality_ids,
        )


def _pairs(counts: Mapping[int, int] | None) -> Sequence[tuple[int, int]] | None:
    return None if counts is None else sorted(counts.items())


def _bounds(bounds: Mapping[int, bytes] | None, types: Mapping[int, IcebergType]) -> Sequence[tuple[int, str]] | None:
    """The bounds of columns that there still are, as text."""
    if bounds is None:
        return None
    known = ((key, bound, types[key]) for key, bound in sorted(bounds.items()) if key in types)
    return [(key, IdentityTransform().to_human_string(type_, from_bytes(type_, bound))) for key, bound, type_ in known]


_SUMMARY = Row(
    (
        RowField("contains_null", BOOLEAN),
        RowField("contains_nan", BOOLEAN),
        RowField("lower_bound", VARCHAR),
        RowField("upper_bound", VARCHAR),
    )
)

_DESCRIPTIONS: Mapping[str, Description] = {
    "properties": Description((("key", VARCHAR), ("value", VARCHAR)), _properties),
    "history": Description(
        (
            ("made_current_at", MOMENT),
            ("snapshot_id", BIGINT),
            ("parent_id", BIGINT),
            ("is_current_ancestor", BOOLEAN),
        ),
        _history,
    ),
    "snapshots": Description(
        (
            ("committed_at", MOMENT),
            ("snapshot_id", BIGINT),
            ("parent_id", BIGINT),
            ("operation", VARCHAR),
            ("manifest_list", VARCHAR),
            ("summary", Map(VARCHAR, VARCHAR)),
        ),
        _snapshots,
    ),
    "refs": Description(
        (
            ("name", VARCHAR),
            ("type", VARCHAR),
            ("snapshot_id", BIGINT),
            ("max_reference_age_in_ms", BIGINT),
            ("min_snapshots_to_keep", INTEGER),
            ("max_snapshot_age_in_ms", BIGINT),
        ),
        _refs,
    ),
    "metadata_log_entries": Description(
        (
            ("timestamp", MOMENT),
            ("file", VARCHAR),
            ("latest_snapshot_id", BIGINT),
            ("latest_schema_id", INTEGER),
            ("latest_sequence_number", BIGINT),
        ),
        _metadata_log,
    ),
    "manifests": Description(
        (
            ("path", VARCHAR),
            ("length", BIGINT),
            ("partition_spec_id", INTEGER),
            ("added_snapshot_id", BIGINT),
            ("added_data_files_count", INTEGER),
            ("added_rows_count", BIGINT),
            ("existing_data_files_count", INTEGER),
            ("existing_rows_count", BIGINT),
            ("deleted_data_files_count", INTEGER),
            ("deleted_rows_count", BIGINT),
            ("partition_summaries", Array(_SUMMARY)),
        ),
        _manifests,
    ),
    "files": Description(
        (
            ("content", INTEGER),
            ("file_path", VARCHAR),
            ("file_format", VARCHAR),
            ("record_count", BIGINT),
            ("file_size_in_bytes", BIGINT),
            ("column_sizes", _COUNTS),
            ("value_counts", _COUNTS),
            ("null_value_counts", _COUNTS),
            ("nan_value_counts", _COUNTS),
            ("lower_bounds", _BOUNDS),
            ("upper_bounds", _BOUNDS),
            ("key_metadata", VARBINARY),
            ("split_offsets", Array(BIGINT)),
            ("equality_ids", Array(INTEGER)),
        ),
        _files,
    ),
}
