"""Compaction: small files of a table merged into fewer, while others read and write it.

Files stay in their folder, and where the table is bucketed in their bucket. What is merged is published like any
write, and the files that it is made of are marked as replaced in the same transaction: a reader sees the ones or the
others. They are deleted when no reader can want them any more (``removal``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from owlake.catalog.errors import ConcurrentModification
from owlake.catalog.model import StorageDescriptor, Table
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.transaction import Transaction
from owlake.catalog.writes import Write
from owlake.errors import error
from owlake.execution.executor import Executor
from owlake.lake import projection, uris
from owlake.lake.buckets import bucket_file_name, bucket_number, is_bucketed, is_sparks
from owlake.lake.model import DataFile
from owlake.lake.partitions import name_of
from owlake.lake.publish import publish
from owlake.lake.writing import TARGET_FILE_SIZE, Manifest, WrittenFile
from owlake.lake.writing.ahead import read_ahead
from owlake.lake.writing.finishing import Finishing
from owlake.upkeep.lake_tables import Content, contents, executor_of, table_called
from owlake.upkeep.merging import Mergeable, Merger, PieceWriter, merger_of
from owlake.upkeep.model import CompactedPartition
from owlake.upkeep.removal import schedule_removal

if TYPE_CHECKING:
    from owlake.home import Home

SMALL = 0.75
"""A file below this part of the target size is small."""
_BYTES_AT_ONCE = 1 << 30
_FILES_AT_ONCE = 2000
_PARTITIONS_AT_ONCE = 100
"""What is merged in one write: its marks are one transaction, its files all lost if it fails."""


@dataclass(frozen=True, slots=True)
class _Merge:
    """Files of one folder and bucket that become fewer."""

    files: Mergeable
    merger: Merger
    folder: str
    bucket: int | None

    @property
    def size(self) -> int:
        """Their bytes."""
        return sum(file.size for file in self.files.files)


@dataclass(frozen=True, slots=True)
class _Work:
    """A partition and what is to be merged in it."""

    content: Content
    merges: tuple[_Merge, ...]

    @property
    def sources(self) -> dict[str, DataFile]:
        """The files that are merged, by URI."""
        return {file.uri: file for merge in self.merges for file in merge.files.files}

    @property
    def size(self) -> int:
        """The bytes that are merged."""
        return sum(merge.size for merge in self.merges)


def compact(
    home: Home,
    written_name: str,
    *,
    where: str | None = None,
    target_size: int = TARGET_FILE_SIZE,
    dry_run: bool = False,
    check: Callable[[], None] = lambda: None,
) -> list[CompactedPartition]:
    """Merge the small files of a table, in the partitions that the condition lets through. ``check`` may raise.

    Errors: those of names and conditions; NOT_SUPPORTED for tables whose files cannot be merged;
    HIVE_CONCURRENT_MODIFICATION_DETECTED where the table is being compacted already; HIVE_BAD_DATA for broken files.
    """
    table = table_called(home, written_name)
    with executor_of(home) as executor:
        if dry_run:
            return [_planned(table, work, target_size) for work in _plan(home, table, where, target_size, executor)]
        with _alone(home, table):
            works = _plan(home, table, where, target_size, executor)
            compaction = _Compaction(home, table, target_size, check)
            return [row for chunk in _chunks(works) for row in compaction.run(chunk)]


@contextmanager
def _alone(home: Home, table: Table) -> Iterator[None]:
    # What a process that died was at is nobody's any more.
    home.sweep()
    marker = home.metastore.begin_compaction(table.database, table.name)
    try:
        yield
    finally:
        home.metastore.end_compaction(marker)


# Planning -------------------------------------------------------------------------------------------------


def _plan(home: Home, table: Table, where: str | None, target_size: int, executor: Executor) -> Iterator[_Work]:
    """The partitions, looked into as they are asked for: what is known of very many files takes room."""
    if table.storage.bucket_columns and not is_bucketed(table):
        raise error("NOT_SUPPORTED", "Tables bucketed by Hive's second hash (bucketing_version 2) cannot be compacted")
    mergers: dict[int, Merger] = {}
    for content in contents(home, table, where, executor):
        stored = content.partition.storage
        # Partitions share what they have in common.
        key = id(stored.serde)
        if key not in mergers:
            properties = {**table.parameters, **stored.parameters, **stored.serde.parameters}
            mergers[key] = merger_of(stored, properties, home.storage, executor)
        yield _Work(content, tuple(_merges(table, content.files, mergers[key], target_size)))


def _merges(table: Table, files: Sequence[DataFile], merger: Merger, target_size: int) -> Iterator[_Merge]:
    small = [file for file in files if file.size < target_size * SMALL]
    places: dict[tuple[str, int | None], list[DataFile]] = {}
    for file in small:
        bucket = None
        if table.storage.bucket_columns:
            bucket = bucket_number(file.uri)
            if bucket is None or bucket >= table.storage.number_of_buckets:
                # Nobody knows what is in it.
                continue
        places.setdefault((file.uri.rpartition("/")[0], bucket), []).append(file)
    for (folder, bucket), members in places.items():
        if len(members) > 1:
            for kind in merger.kinds(members):
                if len(kind.files) > 1:
                    yield _Merge(kind, merger, folder, bucket)


def _planned(table: Table, work: _Work, target_size: int) -> CompactedPartition:
    made = sum(max(1, -(-merge.size // target_size)) for merge in work.merges)
    files = len(work.content.files)
    size = sum(file.size for file in work.content.files)
    state = "PLANNED" if work.merges else "UNCHANGED"
    name = name_of(table, work.content.partition)
    return CompactedPartition(name, state, files, files - len(work.sources) + made, size, size)


def _chunks(works: Iterable[_Work]) -> Iterator[list[_Work]]:
    """The partitions in their order, as many at a time as are published together."""
    chunk: list[_Work] = []
    for work in works:
        chunk.append(work)
        files, size = sum(len(one.sources) for one in chunk), sum(one.size for one in chunk)
        if len(chunk) >= _PARTITIONS_AT_ONCE or files >= _FILES_AT_ONCE or size >= _BYTES_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


# Merging --------------------------------------------------------------------------------------------------


class _Compaction:
    """Merges the files of one table, some partitions at a time."""

    def __init__(self, home: Home, table: Table, target_size: int, check: Callable[[], None]) -> None:
        self._home = home
        self._table = table
        self._target_size = target_size
        self._check = check

    def run(self, works: Sequence[_Work]) -> list[CompactedPartition]:
        """Merge what is to be merged and publish it."""
        self._check()
        busy = [work for work in works if work.merges]
        published = _Published()
        if busy:
            manifest = publish(
                self._home.metastore,
                self._home.storage,
                database=self._table.database,
                table=self._table.name,
                locations=sorted({merge.folder for work in busy for merge in work.merges}),
                write_files=lambda write: self._write(write, busy, published),
                apply=lambda transaction, manifest: self._apply(transaction, busy, manifest, published),
            )
            schedule_removal(self._home)
            published.count(manifest)
        return [self._row(work, published) for work in works]

    def _write(self, write: Write, works: Sequence[_Work], published: _Published) -> Manifest:
        published.write = write
        files = _MergedFiles(self._home, write, self._target_size, is_sparks(self._table))
        try:
            for work in works:
                for merge in work.merges:
                    self._merge(merge, work, files)
            manifest = Manifest(files.finished())
        finally:
            files.stop()
        published.changed = {work.content.partition.values for work in works if self._has_changed(work)}
        return manifest

    def _merge(self, merge: _Merge, work: _Work, files: _MergedFiles) -> None:
        rows = 0
        with closing(read_ahead(merge.merger.pieces(merge.files))) as pieces:
            for piece in pieces:
                self._check()
                rows += merge.merger.rows_of(piece)
                files.add(piece, merge, work)
        files.end()
        if merge.files.rows is not None and rows != merge.files.rows:
            text = f"{rows} of {merge.files.rows} rows were read of {len(merge.files.files)} files in {merge.folder}"
            raise error("GENERIC_INTERNAL_ERROR", text, hint="Nothing was changed.")

    def _has_changed(self, work: _Work) -> bool:
        """Whether one of the files is another one now, or gone."""
        sources = work.sources
        folders = {merge.folder for merge in work.merges}
        now = {file.uri: file for folder in folders for file in self._home.storage.list_files(folder)}
        return any(now.get(uri) != file for uri, file in sources.items())

    def _apply(
        self, transaction: Transaction, works: Sequence[_Work], manifest: Manifest, published: _Published
    ) -> None:
        """Put the new files in the place of the old ones, in those partitions that are as they were."""
        assert published.write is not None
        table = transaction.find_table(self._table.database, self._table.name)
        if table is None or not _is_stored_alike(table.storage, self._table.storage):
            name = f"{self._table.database}.{self._table.name}"
            text = f"Table {name} was {'dropped' if table is None else 'altered'} while it was compacted"
            raise ConcurrentModification(text)
        replaced: dict[str, tuple[int, int]] = {}
        for work in works:
            values = work.content.partition.values
            sources = work.sources
            if values not in published.changed and self._is_as_planned(transaction, work):
                replaced.update((uri, (file.size, file.modified)) for uri, file in sources.items())
            else:
                published.changed.add(values)
        # What was made of the others is seen by nobody, and goes when the old files go.
        useless = {one.file.uri: None for one in manifest.files if one.partition in published.changed}
        transaction.replace_files(published.write.number, {**replaced, **useless})

    def _is_as_planned(self, transaction: Transaction, work: _Work) -> bool:
        partition = work.content.partition
        if self._table.partition_keys and not projection.is_enabled(self._table):
            values = tuple(DEFAULT_PARTITION if value is None else value for value in partition.values)
            found = transaction.find_partition(self._table.database, self._table.name, values)
            if found is None or not _is_stored_alike(found.storage, partition.storage):
                return False
        sources = work.sources
        replaced = transaction.replaced_of(sources)
        return not any(
            known is None or known == (sources[uri].size, sources[uri].modified) for uri, known in replaced.items()
        )

    def _row(self, work: _Work, published: _Published) -> CompactedPartition:
        values = work.content.partition.values
        name = name_of(self._table, work.content.partition)
        files, size = len(work.content.files), sum(file.size for file in work.content.files)
        if not work.merges:
            return CompactedPartition(name, "UNCHANGED", files, files, size, size)
        if values in published.changed:
            return CompactedPartition(name, "SKIPPED", files, files, size, size)
        files_after = files - len(work.sources) + published.files[values]
        size_after = size - work.size + published.sizes[values]
        return CompactedPartition(name, "COMPACTED", files, files_after, size, size_after)


class _Published:
    """What became of a chunk of partitions."""

    def __init__(self) -> None:
        self.write: Write | None = None
        self.changed: set[tuple[str | None, ...]] = set()
        self.files: Counter[tuple[str | None, ...]] = Counter()
        self.sizes: Counter[tuple[str | None, ...]] = Counter()

    def count(self, manifest: Manifest) -> None:
        """Count the files that were written."""
        for written in manifest.files:
            self.files[written.partition] += 1
            self.sizes[written.partition] += written.file.size


def _is_stored_alike(one: StorageDescriptor, other: StorageDescriptor) -> bool:
    """Whether files may be merged the same way. Columns do not matter: nobody looks at them."""
    return (one.location, one.input_format, one.serde, one.number_of_buckets, one.bucket_columns, one.sort_columns) == (
        other.location,
        other.input_format,
        other.serde,
        other.number_of_buckets,
        other.bucket_columns,
        other.sort_columns,
    )


class _MergedFiles:
    """The files that are written, one after the other."""

    def __init__(self, home: Home, write: Write, target_size: int, is_sparks: bool) -> None:
        self._storage = home.storage
        self._write = write
        self._target_size = target_size
        self._is_sparks = is_sparks
        self._finishing = Finishing()
        self._open: tuple[PieceWriter, WrittenFile] | None = None
        self._begun = 0
        self._rows = 0

    def add(self, piece: object, merge: _Merge, work: _Work) -> None:
        """Add a piece to the file that is open, or to a new one."""
        if self._open is None:
            uri = uris.join(merge.folder, self._name(merge))
            self._begun += 1
            file = merge.merger.begin(merge.files, self._storage, uri)
            self._open = file, WrittenFile(DataFile(uri, 0, 0), 0, work.content.partition.values, merge.bucket)
        writer, _ = self._open
        writer.write(piece)
        self._rows += merge.merger.rows_of(piece)
        if writer.size >= self._target_size:
            self.end()

    def end(self) -> None:
        """Let the next piece begin a file."""
        if self._open is not None:
            writer, written = self._open
            self._open = None
            self._finishing.add(writer, written)

    def finished(self) -> tuple[WrittenFile, ...]:
        """All of them."""
        return self._finishing.files()

    def stop(self) -> None:
        """Let go of what is not finished."""
        if self._open is not None:
            self._open[0].abandon()
        self._finishing.stop()

    def _name(self, merge: _Merge) -> str:
        ending = merge.merger.ending(merge.files)
        if merge.bucket is None:
            return f"{self._write.token}_{self._begun:05}{ending}"
        name = bucket_file_name(merge.bucket, self._write.token, self._begun, is_sparks=self._is_sparks)
        return f"{name}{ending}"
