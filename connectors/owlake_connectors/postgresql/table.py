"""Relations of a database: tables and views, and the queries of ``TABLE(catalog.system.query(...))``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

import pyarrow as pa

from owlake.spi import Aggregation, Batches, Capability, Constraint, Part, Scan, Table, Type, arrow_type
from owlake_connectors.postgresql import query
from owlake_connectors.postgresql.columns import RemoteColumn
from owlake_connectors.postgresql.connections import Cancellation, Connections, RemoteRows, stream
from owlake_connectors.postgresql.rows import converted
from owlake_connectors.postgresql.snapshot import Snapshot

_PAGES_WORTH_SPLITTING = 2_000
"""16 MB: below, opening another connection costs more than it gains."""

_TEMPORARY = "owlake_rows"


class Relation(Table):
    """What can stand in PostgreSQL's FROM, read only."""

    capabilities = frozenset({Capability.FILTER, Capability.LIMIT, Capability.AGGREGATE})

    def __init__(self, connections: Connections, relation: str, columns: Sequence[RemoteColumn]) -> None:
        self._connections = connections
        self._relation = relation
        self._remote = {column.name: column for column in columns}
        self.columns = tuple(column.column for column in columns)

    def exact(self, constraint: Constraint) -> frozenset[str]:
        """Those whose comparisons mean the same in both."""
        return query.exact_columns(self._remote, constraint)

    def aggregates(self, aggregation: Aggregation) -> bool:
        """Counts, extremes and exact sums over keys that are equal in both."""
        return all(query.groups_alike(self._remote[key]) for key in aggregation.keys) and all(
            query.can_measure(self._remote, measure) for measure in aggregation.measures
        )

    def scan(self, scan: Scan) -> Batches:
        """One query, streamed."""
        return self._rows(lambda cancellation: self._read(scan, cancellation))

    def explain(self, scan: Scan) -> Mapping[str, str]:
        """The query."""
        return {"remote query": query.select(self._relation, self._remote, scan)}

    def _rows(self, read: Callable[[Cancellation], Iterator[pa.RecordBatch]]) -> RemoteRows:
        cancellation = Cancellation()
        return RemoteRows(read(cancellation), cancellation)

    def _read(
        self, scan: Scan, cancellation: Cancellation, conditions: Sequence[str] = (), before: tuple[str, ...] = ()
    ) -> Iterator[pa.RecordBatch]:
        text = query.select(self._relation, self._remote, scan, conditions)
        with self._connections.connection() as connection:
            yield from converted(stream(connection, text, cancellation, before), self._types(scan))
            if before:
                with connection.cursor() as cursor:
                    cursor.execute("COMMIT")

    def _types(self, scan: Scan) -> dict[str, Type]:
        measures = {one.name: one.type for one in scan.aggregation.measures} if scan.aggregation is not None else {}
        return {name: measures[name] if name in measures else self._remote[name].type for name in scan.columns}


class StoredTable(Relation):
    """A table or view: it can be written where the server lets it be, and read in parts where it is large.

    ``pages`` are those of 8 KB that it has on the server's disk, as that last counted; 0 for what is no plain table.
    """

    capabilities = Relation.capabilities | {Capability.PARTS, Capability.INSERT}

    def __init__(
        self, connections: Connections, relation: str, columns: Sequence[RemoteColumn], pages: int, parts: int
    ) -> None:
        super().__init__(connections, relation, columns)
        self._pages = pages
        self._parts = parts

    def parts(self, scan: Scan, most: int) -> Sequence[Part]:
        """Ranges of pages, all of one snapshot of the database; a small scan, or one with a limit, is one part."""
        wanted = self._parts or most
        if wanted < 2 or scan.limit is not None or scan.aggregation or self._pages < _PAGES_WORTH_SPLITTING:
            return [lambda: self.scan(scan)]
        ranges = _page_ranges(self._pages, wanted)
        snapshot = Snapshot(self._connections, len(ranges))
        reads = [partial(self._read_part, scan, condition, snapshot) for condition in ranges]
        return [partial(self._rows, read) for read in reads]

    def _read_part(
        self, scan: Scan, condition: str, snapshot: Snapshot, cancellation: Cancellation
    ) -> Iterator[pa.RecordBatch]:
        with snapshot.shared() as begin:
            yield from self._read(scan, cancellation, (condition,), begin)

    def insert(self, batches: Batches) -> int:
        """Through a temporary table, in one transaction: the server converts to its own types there."""
        columns = list(self._remote.values())
        schema = pa.schema([(column.name, arrow_type(column.type)) for column in columns])
        rows = _Counted(batches)
        with self._connections.connection() as connection, connection.cursor() as cursor:
            cursor.execute("BEGIN")
            reader = pa.RecordBatchReader.from_batches(schema, iter(rows))
            cursor.adbc_ingest(_TEMPORARY, reader, mode="create", temporary=True)
            names = ", ".join(query.quoted(column.remote) for column in columns)
            values = ", ".join(query.written(column) for column in columns)
            cursor.execute(f"INSERT INTO {self._relation} ({names}) SELECT {values} FROM pg_temp.{_TEMPORARY}")
            cursor.execute(f"DROP TABLE pg_temp.{_TEMPORARY}")
            cursor.execute("COMMIT")
        return rows.count


class _Counted:
    """Batches, counted as they pass."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self.count = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            self.count += batch.num_rows
            yield batch


def _page_ranges(pages: int, parts: int) -> list[str]:
    """Conditions for ranges of a table's pages that together are all of it; the last goes on to where it ends."""
    bounds = [pages * place // parts for place in range(1, parts)]
    first = f"ctid < '({bounds[0]},0)'"
    between = [f"ctid >= '({low},0)' AND ctid < '({high},0)'" for low, high in pairwise(bounds)]
    return [first, *between, f"ctid >= '({bounds[-1]},0)'"]
