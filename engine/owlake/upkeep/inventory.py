"""What lies in the folders of tables: every file with what is known of it, and partitions summed up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from owlake.catalog.model import StorageDescriptor, Table
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.snapshot import Snapshot
from owlake.catalog.writes import parse_write_token
from owlake.errors import OwlakeError
from owlake.lake import uris
from owlake.lake.buckets import bucket_number
from owlake.lake.formats.remembered import Remembered
from owlake.lake.listing import is_hidden
from owlake.lake.model import DataFile, TablePartition
from owlake.lake.partitions import name_of, partitions
from owlake.lake.storage import Storage
from owlake.lake.writing import TARGET_FILE_SIZE
from owlake.upkeep.compaction import SMALL
from owlake.upkeep.model import FileEntry, FileState, PartitionEntry, StatisticsEntry, Wanted

if TYPE_CHECKING:
    from owlake.home import Home

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMATS = {
    "ParquetHiveSerDe": "PARQUET", "OrcSerde": "ORC", "AvroSerDe": "AVRO", "LazySimpleSerDe": "TEXTFILE",
    "OpenCSVSerde": "OPENCSV", "RegexSerDe": "REGEX", "GrokSerDe": "GROK", "JsonSerDe": "JSON", "IonHiveSerDe": "ION",
    "CloudTrailSerde": "CLOUDTRAIL",
}  # fmt: skip
"""What a SerDe's files are called, by the last part of its name."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A partition of a table, with the files in its folder."""

    table: Table
    partition: TablePartition
    name: str
    files: Sequence[DataFile]

    @property
    def format(self) -> str:
        """What the files are called by their SerDe."""
        return format_name(self.partition.storage)


def list_files(home: Home, wanted: Wanted) -> Iterator[FileEntry]:
    """Every file in the folders of the tables, seen or not."""
    with home.metastore.snapshot() as snapshot:
        for place in _places(home, snapshot, wanted):
            states = [_state(file, place.partition, snapshot) for file in place.files]
            counts = _counts(home.storage, place, states) if wanted.counted else [None] * len(states)
            for file, state, count in zip(place.files, states, counts, strict=True):
                yield FileEntry(
                    table_schema=place.table.database,
                    table_name=place.table.name,
                    partition=place.name,
                    path=file.uri,
                    size=file.size,
                    modified=_EPOCH + timedelta(microseconds=file.modified // 1000),
                    format=place.format,
                    rows=count.rows if count else None,
                    row_groups=count.groups if count else None,
                    bucket=bucket_number(file.uri) if place.table.storage.bucket_columns else None,
                    write_number=_write_number(file, snapshot),
                    state=state,
                )


def list_partitions(home: Home, wanted: Wanted) -> Iterator[PartitionEntry]:
    """The partitions of the tables, with what readers see of their files."""
    with home.metastore.snapshot() as snapshot:
        for place in _places(home, snapshot, wanted):
            states = [_state(file, place.partition, snapshot) for file in place.files]
            seen = [file for file, state in zip(place.files, states, strict=True) if state is FileState.VISIBLE]
            rows = None
            if wanted.counted:
                counts = [count for count in _counts(home.storage, place, states) if count is not None]
                rows = sum(count.rows for count in counts) if len(counts) == len(seen) else None
            modified = max((file.modified for file in seen), default=None)
            yield PartitionEntry(
                table_schema=place.table.database,
                table_name=place.table.name,
                partition=place.name,
                location=place.partition.storage.location,
                format=place.format,
                files=len(seen),
                small_files=sum(file.size < TARGET_FILE_SIZE * SMALL for file in seen),
                bytes=sum(file.size for file in seen),
                rows=rows,
                modified=None if modified is None else _EPOCH + timedelta(microseconds=modified // 1000),
            )


def list_statistics(home: Home, wanted: Wanted) -> Iterator[StatisticsEntry]:
    """What ANALYZE found of the columns of the tables, each table as a whole before its partitions."""
    with home.metastore.snapshot() as snapshot:
        for table in list(snapshot.list_tables(wanted.schemas, wanted.tables)):
            known = snapshot.list_statistics(table.database, table.name)
            only = Wanted((table.database,), (table.name,))
            seen = _seen_files(home, snapshot, only) if known and wanted.compared else None
            for one in known:
                name = None
                if one.values is not None:
                    values = tuple(None if value == DEFAULT_PARTITION else value for value in one.values)
                    name = name_of(table, TablePartition(values, table.storage))
                if wanted.partitions is not None and name not in wanted.partitions:
                    continue
                stale = None
                if seen is not None and one.files is not None:
                    stale = seen.get(name, (0, 0, 0)) != (one.files, one.bytes, one.modified)
                for column in one.columns.values():
                    yield StatisticsEntry(table.database, table.name, name, one.rows, column, stale)


def _seen_files(home: Home, snapshot: Snapshot, wanted: Wanted) -> dict[str | None, tuple[int, int, int]]:
    """Files, bytes and last modification of each partition by name, and of all together."""
    found: dict[str | None, tuple[int, int, int]] = {}
    for place in _places(home, snapshot, wanted):
        seen = [file for file in place.files if _state(file, place.partition, snapshot) is FileState.VISIBLE]
        size, last = sum(file.size for file in seen), max((file.modified for file in seen), default=0)
        found[place.name] = len(seen), size, last
    totals = list(found.values())
    files, sizes, lasts = zip(*totals, strict=True) if totals else ((), (), (0,))
    found[None] = sum(files), sum(sizes), max(lasts)
    return found


def format_name(stored: StorageDescriptor) -> str:
    """What files with this SerDe are called: PARQUET, JSON; the SerDe's own last name where it has no other."""
    last = stored.serde.library.rpartition(".")[2]
    return _FORMATS.get(last, last)


def _places(home: Home, snapshot: Snapshot, wanted: Wanted) -> Iterator[_Place]:
    now = home.clock.now()
    for table in list(snapshot.list_tables(wanted.schemas, wanted.tables)):
        if table.is_view or table.open_format is not None:
            continue
        for partition in _partitions(table, snapshot, lambda: now):
            name = name_of(table, partition) if partition.values or not table.partition_keys else ""
            if wanted.partitions is None or name in wanted.partitions:
                files = sorted(home.storage.list_files(partition.storage.location), key=lambda file: file.uri)
                yield _Place(table, partition, name, files)


def _partitions(table: Table, snapshot: Snapshot, clock: Callable[[], datetime]) -> Iterable[TablePartition]:
    try:
        return partitions(table, {}, snapshot, clock)
    except OwlakeError:
        # A projection that only a condition makes finite: all of it is one.
        return [TablePartition((), table.storage)]


def _state(file: DataFile, partition: TablePartition, snapshot: Snapshot) -> FileState:
    folder = uris.parse(partition.storage.location).folder_uri
    if is_hidden(file.uri[len(folder) :]):
        return FileState.IGNORED
    fingerprint = (file.size, file.modified)
    if snapshot.is_visible(file.uri, fingerprint):
        return FileState.VISIBLE
    number = _write_number(file, snapshot)
    if number is not None and (number in snapshot.register.hidden or number > snapshot.register.last_number):
        return FileState.UNCOMMITTED
    return FileState.REPLACED


def _write_number(file: DataFile, snapshot: Snapshot) -> int | None:
    token = parse_write_token(uris.name_of(file.uri))
    return token[1] if token is not None and token[0] == snapshot.register.home_id else None


# Rows -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Count:
    """What a file's footer says: its rows, and its row groups or stripes."""

    rows: int
    groups: int


def _counts(storage: Storage, place: _Place, states: Sequence[FileState]) -> list[_Count | None]:
    """Of each file that readers see, where its format says; None for the others."""
    look = _LOOKS.get(place.format)
    if look is None:
        return [None] * len(states)
    seen = [file for file, state in zip(place.files, states, strict=True) if state is FileState.VISIBLE]
    found = dict(zip((file.uri for file in seen), look.of_all(storage, seen), strict=True))
    return [found.get(file.uri) for file in place.files]


def _of_parquet(storage: Storage, file: DataFile) -> _Count | None:
    import pyarrow as pa  # noqa: PLC0415  (only where rows are asked for)
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (as above)

    try:
        with storage.open_input(file.uri) as stream:
            metadata = ParquetFile(stream).metadata
            return _Count(metadata.num_rows, metadata.num_row_groups)
    except (pa.ArrowException, OSError, OwlakeError):
        # Who reads the table will say what is wrong with it.
        return None


def _of_orc(storage: Storage, file: DataFile) -> _Count | None:
    from owlake.lake.formats.orc import footers  # noqa: PLC0415  (as above)

    try:
        (footer,) = footers(storage, [file])
    except OwlakeError:
        return None
    return _Count(footer.rows, footer.stripes)


_LOOKS: dict[str, Remembered[_Count | None]] = {"PARQUET": Remembered(_of_parquet), "ORC": Remembered(_of_orc)}
