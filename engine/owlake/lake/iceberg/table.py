"""One version of an Iceberg table: its metadata file, read with pyiceberg, and what is asked of it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from pyiceberg.exceptions import ValidationError
from pyiceberg.schema import Schema
from pyiceberg.serializers import FromInputFile
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Snapshot

from owlake.errors import OwlakeError, error
from owlake.lake.iceberg.file_io import LakeFileIO
from owlake.lake.storage import Storage

_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class IcebergTable:
    """A version of a table: ``name`` is ``database.table``, ``snapshot`` what is read of it (None: it is empty)."""

    name: str
    metadata: TableMetadata
    metadata_location: str
    io: LakeFileIO
    snapshot: Snapshot | None
    schema: Schema

    def at(self, snapshot: Snapshot) -> IcebergTable:
        """The table as it was, with the schema of then."""
        schema = None if snapshot.schema_id is None else self.metadata.schema_by_id(snapshot.schema_id)
        return IcebergTable(
            self.name, self.metadata, self.metadata_location, self.io, snapshot, schema or self.metadata.schema()
        )


def load(storage: Storage, name: str, metadata_location: str) -> IcebergTable:
    """The table as this metadata file has it. Errors: ICEBERG_MISSING_METADATA, ICEBERG_INVALID_METADATA."""
    io = LakeFileIO(storage, name)
    metadata = _KNOWN.get(storage, io, name, metadata_location)
    return IcebergTable(name, metadata, metadata_location, io, metadata.current_snapshot(), metadata.schema())


def _read(io: LakeFileIO, name: str, location: str) -> TableMetadata:
    try:
        return FromInputFile.table_metadata(io.new_input(location))
    except OwlakeError:
        raise
    except (ValidationError, ValueError, KeyError, TypeError, OSError, EOFError, NotImplementedError) as problem:
        raise invalid(name, location, problem) from problem


def invalid(name: str, location: str, problem: object) -> OwlakeError:
    """Metadata that cannot be read."""
    reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
    return error("ICEBERG_INVALID_METADATA", f"Invalid metadata file for table {name}", hint=f"{location}: {reason}")


class _Known:
    """Metadata files that were read before: none is ever written again. Bounded, for all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[tuple[str, int, int], TableMetadata] = OrderedDict()

    def get(self, storage: Storage, io: LakeFileIO, name: str, location: str) -> TableMetadata:
        file = storage.file(io.new_input(location).location)
        key = (location, file.size, file.modified) if file is not None else None
        with self._lock:
            if key is not None and key in self._found:
                return self._found[key]
        found = _read(io, name, location)
        if key is not None:
            with self._lock:
                self._found[key] = found
                if len(self._found) > _REMEMBERED:
                    self._found.popitem(last=False)
        return found


_KNOWN = _Known()
