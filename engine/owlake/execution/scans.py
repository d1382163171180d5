"""Scans registered with DataFusion: files that it reads itself, and streams of ours."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from owlake.lake import protobuf
from owlake.lake.model import FILE_COLUMN, DatasetScan, FileScan, NativeScan
from owlake.lake.uris import encoded

if TYPE_CHECKING:
    from datafusion import DataFrame, SessionContext

_PATHS_FIELD = 2
"""The field number of the repeated paths in a listing scan (datafusion.proto, ListingTableScanNode)."""


def register_scan(context: SessionContext, name: str, scan: FileScan) -> None:
    """Make a scan a table of the context."""
    if isinstance(scan, DatasetScan):
        context.register_dataset(name, scan.dataset)
    else:
        context.register_table(name, _native(context, scan))


def misleads(scan: FileScan) -> bool:
    """Whether statistics of the scan's files would mislead DataFusion.

    Least and greatest values leave NaN out; where they are the same, DataFusion takes them for the value of every row.
    """
    return isinstance(scan, NativeScan) and any(pa.types.is_floating(field.type) for field in scan.schema)


def _native(context: SessionContext, scan: NativeScan) -> DataFrame:
    """A listing scan over explicit files.

    DataFusion's Python face takes one path, so a plan over the first file is made and its list of paths
    exchanged in the plan's serialized form.
    """
    if scan.format == "avro":
        return _avro(context, scan)
    from datafusion import LogicalPlan  # noqa: PLC0415

    # DataFusion decodes the URLs that it is given: %2F in a file's name would become a slash, and the file be missed.
    paths = [encoded(file.uri) for file in scan.files]
    first = _read(context, scan, paths[0])
    if len(paths) == 1:
        return first
    plan = LogicalPlan.from_bytes(context, with_paths(first.logical_plan().to_bytes(), paths))
    return context.create_dataframe_from_logical_plan(plan)


def _read(context: SessionContext, scan: NativeScan, path: str) -> DataFrame:
    options: dict[str, Any] = dict(scan.options)
    read = {"parquet": context.read_parquet, "csv": context.read_csv, "json": context.read_json}[scan.format]
    return read(path, schema=scan.schema, file_extension="", **options)


def _avro(context: SessionContext, scan: NativeScan) -> DataFrame:
    """A scan for each file: DataFusion's Python build cannot read the serialized form of one over Avro files."""
    from datafusion import literal  # noqa: PLC0415

    frames = [
        context.read_avro(encoded(file.uri), schema=scan.schema, file_extension="").with_column(
            FILE_COLUMN, literal(file.uri)
        )
        for file in scan.files
    ]
    return reduce(lambda all_, one: all_.union(one), frames)


def with_paths(plan: bytes, paths: Iterable[str]) -> bytes:
    """A serialized listing scan with other paths.

    The plan is one message field that holds the scan; the scan's paths are one of its fields, repeated.
    """
    (whole,) = protobuf.fields(plan)
    assert isinstance(whole.value, bytes)
    kept = [protobuf.text(_PATHS_FIELD, path) for path in paths]
    kept += [field.raw for field in protobuf.fields(whole.value) if field.number != _PATHS_FIELD]
    return protobuf.text(whole.number, b"".join(kept))
