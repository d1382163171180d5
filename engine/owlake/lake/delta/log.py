"""One version of a Delta table: its log, read with delta-rs.

https://github.com/delta-io/delta/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from owlake.errors import OwlakeError, error
from owlake.lake import uris
from owlake.lake.delta.columns import columns_of
from owlake.lake.model import DELTA_LAKE, DataFile
from owlake.lake.open_tables.bounds import Bounds
from owlake.lake.open_tables.contents import Count, Positions, TableFile
from owlake.lake.open_tables.fields import TableField
from owlake.lake.open_tables.locations import normal
from owlake.lake.storage import Storage

_REMEMBERED = 32
_READER_FEATURES = frozenset(
    {"columnMapping", "deletionVectors", "timestampNtz", "typeWidening", "v2Checkpoint", "vacuumProtocolCheck"}
)


@dataclass(frozen=True, slots=True, eq=False)
class DeltaFile:
    """A file of the version: values of its partition by column, bounds of its columns by their stored names."""

    table_file: TableFile
    modified: int
    partition: Mapping[str, Any]
    bounds: Mapping[str, Bounds]


@dataclass(frozen=True)
class DeltaVersion:
    """A version of a table: ``name`` is ``database.table``."""

    name: str
    location: str
    version: int
    columns: tuple[TableField, ...]
    partition_columns: tuple[str, ...]
    configuration: Mapping[str, str]
    table: Any = field(repr=False, compare=False)

    @cached_property
    def files(self) -> tuple[DeltaFile, ...]:
        """Every file. Errors: DELTA_LAKE_INVALID_SCHEMA."""
        with _log_of(self.name):
            actions = pa.table(self.table.get_add_actions(flatten=False)).to_pylist()
            deleted = self._deleted()
        return tuple(self._file(one, deleted) for one in actions)

    def _deleted(self) -> Mapping[str, Positions]:
        """The numbers of deleted rows, by file."""
        features = self.table.protocol().reader_features or ()
        if "deletionVectors" not in features:
            return {}
        found: dict[str, Positions] = {}
        for batch in pa.RecordBatchReader.from_stream(self.table.deletion_vectors()):
            for path, kept in zip(batch.column(0), batch.column(1), strict=True):
                mask = kept.values.to_numpy(zero_copy_only=False)
                found[unquote(path.as_py())] = np.flatnonzero(~mask).astype(np.int64)
        return found

    def _file(self, action: Mapping[str, Any], deleted: Mapping[str, Positions]) -> DeltaFile:
        path = unquote(action["path"])
        uri = normal(path) if "://" in path or path.startswith("/") else f"{self.location.rstrip('/')}/{path}"
        positions = deleted.get(path if "://" in path else f"{unquote(self.table.table_uri)}{path}")
        gone = None if positions is None else _Deleted(positions)
        data_file = DataFile(uri, action["size_bytes"], action["modification_time"] * 1_000_000)
        partition = {name.lower(): value for name, value in (action.get("partition") or {}).items()}
        file = TableFile(data_file, "parquet", DELTA_LAKE, deleted=gone)
        return DeltaFile(file, action["modification_time"], partition, _bounds(action))


@dataclass(frozen=True, slots=True)
class _Deleted:
    """See ``owlake.lake.open_tables.contents.DeletedRows``."""

    rows: Positions

    def positions(self, _: Count) -> Positions:
        """Their numbers: the log's reader has them already."""
        return self.rows


def _bounds(action: Mapping[str, Any]) -> dict[str, Bounds]:
    lows, highs, nulls = (action.get(key) or {} for key in ("min", "max", "null_count"))
    return {
        name: Bounds(lows.get(name), highs.get(name), nulls.get(name), action.get("num_records"))
        for name in {*lows, *highs, *nulls}
        if not isinstance(nulls.get(name), Mapping)
    }


def load(
    storage: Storage, name: str, location: str, *, version: int | None = None, moment: datetime | None = None
) -> DeltaVersion:
    """The newest version of the table at a location, or an older one.

    Errors: DELTA_LAKE_INVALID_SCHEMA, NOT_SUPPORTED, INVALID_ARGUMENTS for versions that there are not.
    """
    # Whoever commits changes the listing; a plan that was made for it is made again.
    listed = frozenset(storage.list_files(uris.join(location, "_delta_log")))
    if version is not None or moment is not None:
        return _older(_read(storage, name, location), version, moment)
    return _KNOWN.get(listed, storage, name, location)


def _older(newest: DeltaVersion, version: int | None, moment: datetime | None) -> DeltaVersion:
    try:
        newest.table.load_as_version(version if version is not None else moment)
    except (DeltaError, TableNotFoundError, OverflowError) as problem:
        asked = f"version {version}" if version is not None else f"version at or before {moment}"
        raise error("INVALID_ARGUMENTS", f"Delta Lake table {newest.name} has no {asked}") from problem
    return _described(newest.name, newest.location, newest.table)


def _read(storage: Storage, name: str, location: str) -> DeltaVersion:
    path = storage.local_path(location)
    with _log_of(name):
        if path is not None and not (path / "_delta_log").is_dir():
            raise _no_log(name)
        where = str(path) if path is not None else uris.parse(location).folder_uri
        table = DeltaTable(where, storage_options=None if path is not None else _options(storage))
        return _described(name, str(uris.parse(location)), table)


def _described(name: str, location: str, table: DeltaTable) -> DeltaVersion:
    protocol, configuration = table.protocol(), table.metadata().configuration
    unknown = sorted(set(protocol.reader_features or ()) - _READER_FEATURES)
    if unknown:
        raise error("NOT_SUPPORTED", f"Unsupported reader features in Delta Lake table {name}: {', '.join(unknown)}")
    schema = json.loads(table.schema().to_json())
    mode = configuration.get("delta.columnMapping.mode", "none") if protocol.min_reader_version > 1 else "none"
    columns = columns_of(schema, mode)
    partition = tuple(one.lower() for one in table.metadata().partition_columns)
    return DeltaVersion(name, location, table.version(), columns, partition, configuration, table)


def _options(storage: Storage) -> dict[str, str]:
    endpoint = storage.endpoint
    assert endpoint is not None, "a location that is not on disk is on a server"
    given = {
        "AWS_ENDPOINT_URL": endpoint.endpoint_url,
        "AWS_REGION": endpoint.region,
        "AWS_ACCESS_KEY_ID": endpoint.access_key,
        "AWS_SECRET_ACCESS_KEY": endpoint.secret_key,
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": str(not endpoint.path_style).lower(),
        "AWS_ALLOW_HTTP": str((endpoint.endpoint_url or "").startswith("http://")).lower(),
    }
    return {key: value for key, value in given.items() if value is not None}


@contextmanager
def _log_of(name: str) -> Iterator[None]:
    """What delta-rs raises while it reads a log, as the errors of the table."""
    try:
        yield
    except OwlakeError:
        raise
    except TableNotFoundError as problem:
        raise _no_log(name) from problem
    except (DeltaError, pa.ArrowException, OSError, ValueError, KeyError, TypeError) as problem:
        reason = str(problem).splitlines()[0]
        if "Unsupported" in reason:
            # A version of readers, or a feature, that nobody here knows.
            raise error("NOT_SUPPORTED", f"Delta Lake table {name} cannot be read: {reason}") from problem
        raise error("DELTA_LAKE_INVALID_SCHEMA", f"Error getting snapshot for {name}", hint=reason) from problem


def _no_log(name: str) -> OwlakeError:
    return error("DELTA_LAKE_INVALID_SCHEMA", f"Metadata not found in transaction log for {name}")


class _Known:
    """Versions that were read before, by what their logs list. Bounded, for all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[tuple[str, frozenset[DataFile]], DeltaVersion] = OrderedDict()

    def get(self, listed: frozenset[DataFile], storage: Storage, name: str, location: str) -> DeltaVersion:
        key = (name, listed)
        with self._lock:
            if listed and key in self._found:
                return self._found[key]
        found = _read(storage, name, location)
        with self._lock:
            self._found[key] = found
            if len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
        return found


_KNOWN = _Known()
