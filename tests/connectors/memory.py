"""A connector that can do everything: tables in memory, catalogs that are attached, operations, a table function."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import (
    Aggregation,
    Batches,
    Capability,
    Column,
    Connector,
    ConnectorContext,
    ConnectorFactory,
    Constraint,
    Domain,
    Part,
    Property,
    Scan,
    Table,
    arrow_type,
    error,
    hookimpl,
    operation,
    table_function,
    types,
)

_AGGREGATES = {"count": "count", "sum": "sum", "min": "min", "max": "max"}


@dataclass
class Stored:
    """The rows of a table, and what was asked of it."""

    columns: tuple[Column, ...]
    rows: pa.Table
    scans: list[Scan]


class MemoryTable(Table):
    """A table over stored rows; it applies everything that it is asked to."""

    capabilities = frozenset(Capability)

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self.columns = stored.columns

    def scan(self, scan: Scan) -> Batches:
        """The rows as they are now."""
        self._stored.scans.append(scan)
        return iter(self._result(scan).to_batches(max_chunksize=2))

    def parts(self, scan: Scan, most: int) -> Sequence[Part]:
        """Every ``most``-th row."""
        if scan.aggregation is not None or scan.limit is not None:
            return [lambda: self.scan(scan)]
        self._stored.scans.append(scan)
        whole = self._result(scan)
        numbers = pa.array(range(whole.num_rows))
        return (
            [_part(whole.filter(pc.equal(pc.bit_wise_and(numbers, 1), one))) for one in range(2)]
            if most > 1
            else [_part(whole)]
        )

    def exact(self, constraint: Constraint) -> frozenset[str]:
        """Everything."""
        return frozenset(constraint)

    def aggregates(self, aggregation: Aggregation) -> bool:
        """What pyarrow computes as Trino does."""
        return all(one.function in _AGGREGATES and not one.distinct for one in aggregation.measures)

    def insert(self, batches: Batches) -> int:
        """All or nothing: the rows are taken over once the last has come."""
        added = pa.Table.from_batches(list(batches), self._stored.rows.schema)
        self._stored.rows = pa.concat_tables([self._stored.rows, added])
        return int(added.num_rows)

    def explain(self, scan: Scan) -> Mapping[str, str]:
        """What is left to the table."""
        pushed = [*sorted(scan.constraint), *(["limit"] if scan.limit is not None else [])]
        return {"pushed": ", ".join(pushed + (["groups"] if scan.aggregation else []))}

    def _result(self, scan: Scan) -> pa.Table:
        rows = self._stored.rows
        for name, domain in scan.constraint.items():
            rows = rows.filter(_admitted(rows.column(name), domain))
        if scan.aggregation is not None:
            return _groups(rows, scan.aggregation)
        return (
            rows.select(list(scan.columns))[: scan.limit] if scan.limit is not None else rows.select(list(scan.columns))
        )


def _part(rows: pa.Table) -> Part:
    return lambda: iter(rows.to_batches(max_chunksize=2))


def _admitted(values: pa.ChunkedArray, domain: Domain) -> pa.ChunkedArray:
    found = pc.and_(pc.is_null(values), domain.null_allowed)
    if domain.values is not None:
        within = pc.is_in(values, pa.array(list(domain.values), values.type))
        return pc.or_(found, pc.and_(within, pc.is_valid(values)))
    for one in domain.ranges or ():
        within = pc.is_valid(values)
        for bound, inclusive, strict, loose in (
            (one.low, one.low_inclusive, pc.greater, pc.greater_equal),
            (one.high, one.high_inclusive, pc.less, pc.less_equal),
        ):
            if bound is not None:
                compared = (loose if inclusive else strict)(values, pa.scalar(bound, values.type))
                within = pc.and_(within, pc.fill_null(compared, False))
        found = pc.or_(found, within)
    return found


def _groups(rows: pa.Table, aggregation: Aggregation) -> pa.Table:
    calls: list[Any] = [
        ([], "count_all") if one.column is None else (one.column, _AGGREGATES[one.function])
        for one in aggregation.measures
    ]
    grouped = rows.group_by(list(aggregation.keys), use_threads=False).aggregate(calls)
    names = [*aggregation.keys, *(one.name for one in aggregation.measures)]
    found = {name: grouped.column(place) for place, name in enumerate([*grouped.column_names])}
    ordered = [grouped.column(key) for key in aggregation.keys]
    ordered += [
        found["count_all"] if one.column is None else found[f"{one.column}_{_AGGREGATES[one.function]}"]
        for one in aggregation.measures
    ]
    return pa.table(ordered, names=names)


_MORNING = datetime.fromisoformat("2024-01-01 00:00:00.000001")
_LONG_AGO = datetime.fromisoformat("1950-01-01")

EVERY_TYPE = {
    "id": (types.BIGINT, [1, 2, 3, 4, None]),
    "small": (types.SMALLINT, [1, 1, None, -5, 7]),
    "flag": (types.BOOLEAN, [True, False, None, True, False]),
    "price": (types.Decimal(10, 2), [Decimal("1.50"), Decimal("-3.00"), None, Decimal("0.00"), Decimal("99.99")]),
    "ratio": (types.DOUBLE, [0.5, -0.0, None, 1e300, 2.5]),
    "name": (types.VARCHAR, ["a", "", None, "Z", "é'"]),
    "day": (types.DATE, [date(2024, 2, 29), None, date(1969, 12, 31), date(2024, 2, 29), date(9999, 12, 31)]),
    "at": (types.Timestamp(6), [_MORNING, None, _LONG_AGO, None, None]),
}


class MemoryConnector(Connector):
    """Tables that live as long as the home is open."""

    def __init__(self, context: ConnectorContext) -> None:
        self._lock = threading.Lock()
        self._greeting = str(context.properties["greeting"])
        self.closed = False
        columns = tuple(Column(name, type_) for name, (type_, _) in EVERY_TYPE.items())
        rows = pa.table(
            {name: pa.array(values, arrow_type(type_)) for name, (type_, values) in EVERY_TYPE.items()},
        )
        self.stored = {"every_type": Stored(columns, rows, []), "empty": Stored(columns, rows[:0], [])}

    def table_names(self, schema: str) -> Sequence[str]:
        """All of them, in one schema."""
        return list(self.stored) if schema == "default" else []

    def table(self, schema: str, name: str) -> Table | None:
        """The table."""
        return MemoryTable(self.stored[name]) if name in self.table_names(schema) else None

    @operation
    def greet(self, name: str, times: int = 1) -> str:
        """Say hello."""
        if times < 0:
            raise error("InvalidParameterValueException", f"times is {times}: it cannot be negative")
        return " ".join([f"{self._greeting} {name}"] * times)

    @table_function
    def numbers(self, count: int) -> Table:
        """The first whole numbers."""
        column = Column("number", types.BIGINT)
        rows = pa.table({"number": pa.array(range(count), pa.int64())})
        return MemoryTable(Stored((column,), rows, []))

    def close(self) -> None:
        """Nothing to give back but the memory."""
        self.closed = True


FACTORY = ConnectorFactory(
    "memory",
    MemoryConnector,
    "Tables in memory",
    properties=(Property("greeting", "What greet begins with", default="hello"),),
)


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """A kind of connector whose catalogs are attached, and one that is there."""
    return [FACTORY, ConnectorFactory("memories", FACTORY.create, "Tables in memory", FACTORY.properties, "memories")]
