"""``t$partitions``: the partitions of a snapshot, with what the metadata says of the columns in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pyiceberg.conversions import from_bytes
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.manifest import ManifestEntry
from pyiceberg.partitioning import PartitionField
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import NestedField, PrimitiveType

from owlake.lake.iceberg.columns import trino_type
from owlake.lake.iceberg.contents import plain_value
from owlake.lake.iceberg.descriptions import Description, Rows
from owlake.lake.iceberg.plan import find_files
from owlake.lake.iceberg.table import IcebergTable
from owlake.types.model import BIGINT, Row, RowField, Type


def partitions_table(table: IcebergTable) -> Description:
    """The table, whose columns depend on how the table is and was partitioned, and on its columns."""
    fields, columns = _partition_fields(table), _measured_columns(table)
    partition = [RowField(one.name, trino_type(type_)) for one, type_ in fields.values()]
    measured = [RowField(one.name, _measures(trino_type(one.field_type))) for one in columns]
    shown: list[tuple[str, Type]] = [("partition", Row(tuple(partition)))] if partition else []
    shown += [("record_count", BIGINT), ("file_count", BIGINT), ("total_size", BIGINT)]
    shown += [("data", Row(tuple(measured)))] if measured else []
    return Description(tuple(shown), lambda of: _rows(of, fields, columns))


def _measures(type_: Type) -> Row:
    return Row(
        (RowField("min", type_), RowField("max", type_), RowField("null_count", BIGINT), RowField("nan_count", BIGINT))
    )


def _partition_fields(table: IcebergTable) -> dict[int, tuple[PartitionField, Any]]:
    """The fields of all specs by their id, with their types. Those of dropped columns have none."""
    found = {}
    for spec in table.metadata.specs().values():
        for one in spec.fields:
            source = {field.field_id: field for field in table.schema.fields}.get(one.source_id)
            if source is not None and isinstance(source.field_type, PrimitiveType):
                found[one.field_id] = (one, one.transform.result_type(source.field_type))
    return found


def _measured_columns(table: IcebergTable) -> list[NestedField]:
    """Primitive columns that are not the same in all of a partition."""
    spec = table.metadata.specs()[table.metadata.default_spec_id]
    same = {one.source_id for one in spec.fields if isinstance(one.transform, IdentityTransform)}
    return [
        one for one in table.schema.fields if isinstance(one.field_type, PrimitiveType) and one.field_id not in same
    ]


def _rows(table: IcebergTable, fields: Mapping[int, tuple[PartitionField, Any]], columns: list[NestedField]) -> Rows:
    groups: dict[tuple[object, ...], list[ManifestEntry]] = {}
    for entry in find_files(table, AlwaysTrue(), parallel=False).data:
        spec = table.metadata.specs()[entry.data_file.spec_id]
        values = {one.field_id: entry.data_file.partition[place] for place, one in enumerate(spec.fields)}
        key = tuple(plain_value(type_, values.get(field_id)) for field_id, (_, type_) in fields.items())
        groups.setdefault(key, []).append(entry)
    names = [one.name for one, _ in fields.values()]
    for key, entries in groups.items():
        files = [entry.data_file for entry in entries]
        shown: list[object] = [dict(zip(names, key, strict=True))] if names else []
        shown += [sum(one.record_count for one in files), len(files), sum(one.file_size_in_bytes for one in files)]
        shown += [{one.name: _measured(one, entries) for one in columns}] if columns else []
        yield tuple(shown)


def _measured(column: NestedField, entries: Iterable[ManifestEntry]) -> dict[str, Any] | None:
    files = [entry.data_file for entry in entries]
    lowest = list(_known(column, [one.lower_bounds for one in files]))
    highest = list(_known(column, [one.upper_bounds for one in files]))
    nulls = [(one.null_value_counts or {}).get(column.field_id) for one in files]
    nans = [(one.nan_value_counts or {}).get(column.field_id) for one in files]
    if None in nulls and not lowest and not highest:
        return None
    return {
        # A file without bounds may hold anything.
        "min": plain_value(column.field_type, min(lowest)) if len(lowest) == len(files) else None,
        "max": plain_value(column.field_type, max(highest)) if len(highest) == len(files) else None,
        "null_count": None if None in nulls else sum(one for one in nulls if one is not None),
        "nan_count": None if None in nans else sum(one for one in nans if one is not None),
    }


def _known(column: NestedField, bounds: Iterable[Mapping[int, bytes] | None]) -> Iterator[Any]:
    for one in bounds:
        found = (one or {}).get(column.field_id)
        if found is not None:
            yield from_bytes(column.field_type, found)
