"""Time travel: the snapshot that a version or a moment of a statement means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pyiceberg.table.snapshots import Snapshot

from owlake.errors import error
from owlake.lake.iceberg.table import IcebergTable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def snapshot_of_version(table: IcebergTable, value: int | str) -> Snapshot:
    """The snapshot of this id, or that a tag or branch of this name points to. Errors: INVALID_ARGUMENTS."""
    snapshot_id = value
    if isinstance(value, str):
        reference = table.metadata.refs.get(value)
        if reference is None:
            raise error("INVALID_ARGUMENTS", f"Cannot find snapshot with reference name: {value}")
        snapshot_id = reference.snapshot_id
    found = table.metadata.snapshot_by_id(int(snapshot_id))
    if found is None:
        raise error("INVALID_ARGUMENTS", f"Iceberg snapshot ID does not exists: {snapshot_id}")
    return found


def snapshot_of_moment(table: IcebergTable, moment: datetime) -> Snapshot:
    """The snapshot that was the table's at a moment. Errors: INVALID_ARGUMENTS."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    # The log says which snapshot was the table's at which time: one that was rolled back is not.
    past = [entry for entry in table.metadata.snapshot_log if entry.timestamp_ms <= milliseconds]
    found = table.metadata.snapshot_by_id(past[-1].snapshot_id) if past else None
    if found is None:
        shown = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        raise error("INVALID_ARGUMENTS", f"No version history table {table.name} at or before {shown}")
    return found
