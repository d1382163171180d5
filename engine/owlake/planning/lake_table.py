"""Tables of the lake as sources of a query: partitions and files selected, then read with the columns wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from owlake.catalog.model import Table
from owlake.catalog.partition_values import contains
from owlake.catalog.snapshot import Snapshot
from owlake.errors import OwlakeError, error
from owlake.ir import expressions as ir
from owlake.ir.sources import SourceColumn
from owlake.lake.formats.base import FindFormat, check_has_format, no_format
from owlake.lake.listing import list_data_files
from owlake.lake.manifests import SYMLINK_INPUT_FORMAT, named_files
from owlake.lake.model import Constraint, DataFile, Domain, TablePartition
from owlake.lake.partitions import Clock, partitions, typed_values
from owlake.lake.storage import Storage
from owlake.planning.attached_columns import AttachedColumns
from owlake.planning.domains import domain_of, is_exact
from owlake.planning.folding import fold
from owlake.planning.join_order import ScanEstimate
from owlake.planning.partition_filter import Evaluate, matching_partitions
from owlake.planning.scans import PlannedScan, ScanNames, ScanRequest
from owlake.types.hive import parse_hive_type
from owlake.types.model import BIGINT, INTEGER, VARCHAR, TimestampWithTimeZone

HIDDEN_COLUMNS = (
    SourceColumn("$path", VARCHAR, hidden=True),
    SourceColumn("$file_size", BIGINT, hidden=True),
    SourceColumn("$file_modified_time", TimestampWithTimeZone(3, "UTC"), hidden=True),
    SourceColumn("$partition", VARCHAR, hidden=True),
)
"""What every Hive table has beside its columns (https://trino.io/docs/current/connector/hive.html)."""

BUCKET_COLUMN = SourceColumn("$bucket", INTEGER, hidden=True)


def _nothing(_: OwlakeError) -> None:
    """Nobody asks what Athena would do."""


@dataclass(frozen=True, slots=True)
class LakeView:
    """The lake as one statement sees it: files, the catalog's snapshot, what gives the statement's start.

    ``evaluate`` runs a small plan: predicates over partition values are the engine's to judge. ``plugged_format`` finds
    the formats of plugins. ``tolerate`` is told of what Athena refuses.
    """

    storage: Storage
    snapshot: Snapshot
    clock: Clock
    evaluate: Evaluate
    plugged_format: FindFormat = no_format
    tolerate: Callable[[OwlakeError], None] = _nothing


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A Hive table; see ``owlake.ir.sources.TableSource`` and ``owlake.planning.scans.ScanPlanner``."""

    catalog: str
    table: Table
    lake: LakeView = field(compare=False)
    columns: tuple[SourceColumn, ...] = field(compare=False)

    @classmethod
    def of(cls, catalog: str, table: Table, lake: LakeView) -> LakeTable:
        """The table with its columns: data, then partition keys, then hidden ones.

        Errors: HIVE_INVALID_METADATA where a column comes twice.
        """
        keys = {key.name for key in table.partition_keys}
        data = [SourceColumn(one.name, parse_hive_type(one.type), comment=one.comment) for one in table.storage.columns]
        partition_keys = [
            SourceColumn(one.name, parse_hive_type(one.type), comment=one.comment, partition_key=True)
            for one in table.partition_keys
        ]
        names = [column.name for column in (*data, *partition_keys)]
        if len(set(names)) < len(names) or keys & {column.name for column in data}:
            text = f"Hive metadata for table {table.name} is invalid: Table descriptor contains duplicate columns"
            raise error("HIVE_INVALID_METADATA", text)
        hidden = (*HIDDEN_COLUMNS, BUCKET_COLUMN) if table.storage.bucket_columns else HIDDEN_COLUMNS
        return cls(catalog, table, lake, (*data, *partition_keys, *hidden))

    @property
    def schema(self) -> str:
        """The database."""
        return self.table.database

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def select(self, request: ScanRequest) -> LakeSelection:
        """The partitions and files that can hold rows that matter."""
        if self.table.open_format is not None:
            raise error("NOT_SUPPORTED", f"Reading {self.table.open_format} tables is not supported yet")
        check_has_format(self.table.storage)
        fields = dict(zip(request.columns, request.fields, strict=True))
        given = self._about_partitions(request, fields)
        request = replace(request, conjuncts=fold(given, self.lake.evaluate))
        same = dict(zip(request.conjuncts, given, strict=True))
        keys = {key.name: fields[key.name] for key in self.table.partition_keys if key.name in fields}
        constraint = constraint_of(request.conjuncts, keys)
        found = partitions(self.table, constraint, self.lake.snapshot, self.lake.clock)
        on_keys = tuple(one for one in request.conjuncts if _refers_only_to(one, keys.values()))
        inexact = tuple(one for one in on_keys if not any(is_exact(one, key) for key in keys.values()))
        if inexact and found:
            values = [typed_values(self.table, one) for one in found]
            names = [key.name for key in self.table.partition_keys]
            found = matching_partitions(found, values, names, keys, inexact, self.lake.evaluate)
        paths = domain_of(request.conjuncts, fields["$path"]) if "$path" in fields else None
        listed = self._listed(found, paths)
        files = self._in_buckets(request, fields, listed)
        contents = tuple((one, its) for one, its in zip(found, files, strict=True) if its)
        return LakeSelection(self, contents, frozenset(same[one] for one in on_keys))

    def _listed(self, found: Sequence[TablePartition], paths: Domain | None) -> list[tuple[DataFile, ...]]:
        """The files of each partition. Where these are manifests, the files that they name."""
        storage, is_visible = self.lake.storage, self.lake.snapshot.is_visible
        named = [one.storage.input_format == SYMLINK_INPUT_FORMAT for one in found]
        locations = [one.storage.location for one in found]
        if not any(named):
            return list_data_files(storage, locations, is_visible, paths)
        listed = list_data_files(storage, locations, is_visible)
        all_files = [
            named_files(storage, files) if is_manifest else files
            for files, is_manifest in zip(listed, named, strict=True)
        ]
        if paths is None:
            return all_files
        return [tuple(file for file in files if contains(paths, file.uri)) for files in all_files]

    def _about_partitions(self, request: ScanRequest, fields: dict[str, ir.Field]) -> tuple[ir.Expression, ...]:
        """The conditions that can decide about a partition, a file or a bucket."""
        stored = self.table.storage
        names = {*(key.name for key in self.table.partition_keys), *stored.bucket_columns, "$path"}
        deciding = [field for name, field in fields.items() if name in names]
        return tuple(one for one in request.conjuncts if _refers_only_to(one, deciding))

    def _in_buckets(
        self, request: ScanRequest, fields: dict[str, ir.Field], listed: list[tuple[DataFile, ...]]
    ) -> list[tuple[DataFile, ...]]:
        """The files of the buckets that the conditions leave."""
        names = self.table.storage.bucket_columns
        if not names or any(name not in fields for name in names):
            return listed
        domains = {name: domain_of(request.conjuncts, fields[name]) for name in names}
        wanted: dict[str, Domain] = {name: domain for name, domain in domains.items() if domain is not None}
        if len(wanted) < len(names):
            return listed
        from owlake.lake.buckets import prune_buckets  # noqa: PLC0415  (only bucketed tables)

        return [prune_buckets(self.table, wanted, files) for files in listed]


def constraint_of(conjuncts: Sequence[ir.Expression], keys: dict[str, ir.Field]) -> Constraint:
    """What the conditions let each of the named columns be."""
    domains = {name: domain_of(conjuncts, key) for name, key in keys.items()}
    return {name: domain for name, domain in domains.items() if domain is not None}


def _refers_only_to(conjunct: ir.Expression, fields: Iterable[ir.Field]) -> bool:
    known = set(fields)
    references = [part.field for part in ir.walk(conjunct) if isinstance(part, ir.Reference)]
    return bool(references) and all(one in known for one in references)


@dataclass(frozen=True, slots=True)
class LakeSelection:
    """Files to read, by partition."""

    source: LakeTable
    contents: tuple[tuple[TablePartition, tuple[DataFile, ...]], ...]
    satisfied: frozenset[ir.Expression]

    @property
    def files(self) -> tuple[DataFile, ...]:
        """Every file."""
        return tuple(file for _, files in self.contents for file in files)

    def scan(self, columns: Sequence[str], names: ScanNames) -> PlannedScan:
        """How to read these columns; partition keys and hidden ones come from what is known of each file."""
        return self._attached.scan(self.contents, columns, names)

    def magnitude(self, column: str) -> int | None:
        """A whole number that no value of the column is beyond; see ``owlake.planning.scans.Selection``."""
        return self._attached.magnitude(self.contents, column)

    def estimate(self) -> ScanEstimate | None:
        """What ANALYZE has found, in proportion to the bytes that are read: so new files and old ones count alike.

        Or what the catalog was told, where nobody analysed the table.
        """
        table = self.source.table
        known = self.source.lake.snapshot.find_statistics(table.database, table.name)
        if known is None or known.rows is None or known.bytes == 0:
            return None
        read = 1.0 if known.bytes is None else sum(file.size for file in self.files) / known.bytes
        types = {column.name: column.type for column in table.storage.columns}
        columns = {name: one for name, one in known.columns.items() if types.get(name) == one.column_type}
        return ScanEstimate(known.rows * read, columns)

    @property
    def _attached(self) -> AttachedColumns:
        return AttachedColumns(
            self.source.table, self.source.columns, self.source.lake.storage, self.source.lake.plugged_format
        )
