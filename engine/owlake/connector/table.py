"""A connector's table: its columns, and how its rows are read and written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

import pyarrow as pa

from owlake.errors import error
from owlake.ir.sources import SourceColumn
from owlake.lake.model import Constraint
from owlake.types.model import Type

Column = SourceColumn
"""A column: its name in lower case, its Trino type, a comment. Names of hidden ones start with ``$``."""

Batches = Iterable[pa.RecordBatch]
"""Rows, as they come. A generator is closed when no more of them are wanted.

An iterator that waits long for its source may have a method ``cancel``: when the statement is cancelled, killed or let
go of, it is called on another thread than the one that waits.
"""

Part = Callable[[], Batches]
"""Reads a part of a scan."""


class Capability(Enum):
    """What a table can do beside being read. The engine asks for nothing that is not declared."""

    FILTER = "filter"
    """``exact`` says which conditions the scan applies itself."""
    LIMIT = "limit"
    """A scan with a limit gives no more rows than that."""
    AGGREGATE = "aggregate"
    """``aggregates`` may take groups over."""
    PARTS = "parts"
    """``parts`` splits a scan into several that are read at the same time."""
    INSERT = "insert"
    """``insert`` adds rows."""


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate of a column over each group: ``count``, ``sum``, ``min``, ``max`` or ``avg``.

    Attributes:
        name: What its column is called in the scan's batches.
        column: The column that it is over; None is ``count(*)``.
        type: The type of the result.
        distinct: Over different values only.
    """

    name: str
    function: str
    column: str | None
    type: Type
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Groups of rows: by these columns (none is one group of all rows), with these measures."""

    keys: tuple[str, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What a query wants of a table.

    Attributes:
        columns: The columns to give, in any order; at least one. Of an aggregation, its keys and its measures.
        constraint: For some columns, what the rows that matter have there. Values are Python's: ``datetime`` with its
            zone for timestamps with time zone, ``bytes`` for varbinary. A scan may use it to give fewer rows, and
            must where ``exact`` said so; the engine applies all other conditions itself.
        limit: As many rows are enough. Only set where every condition is applied by the scan.
        aggregation: Give groups instead of rows.
    """

    columns: tuple[str, ...]
    constraint: Constraint = field(default_factory=dict)
    limit: int | None = None
    aggregation: Aggregation | None = None


@dataclass(frozen=True, slots=True)
class Inserted:
    """What an INSERT answers beside the number of its rows: for a stream, where each one went.

    Attributes:
        rows: How many rows there were.
        columns: The columns of the answer.
        batches: The answer, taken as it is fetched; the rows are there whether it is or not.
    """

    rows: int
    columns: Sequence[Column]
    batches: Batches


class Table(ABC):
    """A table of a connector. Two things are required: ``columns`` and ``scan``.

    One is made for each statement that names it, so it may remember what it found out.
    """

    capabilities: ClassVar[frozenset[Capability]] = frozenset()

    columns: Sequence[Column]
    """Every column, hidden ones last: an attribute of the class or the instance, or a property."""

    @abstractmethod
    def scan(self, scan: Scan) -> Batches:
        """The rows, in batches with at least the wanted columns, each in the Arrow type that ``arrow_type`` says.

        Called when the query runs, on a thread of the engine, perhaps more than once (a self-join). Rows are pulled as
        the query needs them, so yield batches as they come: what is read ahead is read in vain under LIMIT. An error
        ends the query and names the catalog; ``owlake.spi.error`` gives it a code of its own.
        """

    def exact(self, constraint: Constraint) -> frozenset[str]:  # noqa: ARG002
        """FILTER: the columns of the constraint to which a scan applies it fully.

        Their conditions are not applied again: say so only if equality, order and NULL mean there what they mean in
        Trino.
        """
        return frozenset()

    def aggregates(self, aggregation: Aggregation) -> bool:  # noqa: ARG002
        """AGGREGATE: whether a scan can give these groups with exactly Trino's values."""
        return False

    def parts(self, scan: Scan, most: int) -> Sequence[Part]:  # noqa: ARG002
        """PARTS: the scan in parts, about as many as ``most``, which are read on threads of their own."""
        return [lambda: self.scan(scan)]

    def insert(self, batches: Batches) -> int | Inserted:  # noqa: ARG002
        """INSERT: add the rows, all of them or none; how many there were, and what the statement answers if anything.

        Batches have every column that is not hidden, in order. An error of a table that cannot take rows back says how
        many it has taken.
        """
        raise error("NOT_SUPPORTED", "This connector does not support inserts")

    def explain(self, scan: Scan) -> Mapping[str, str]:  # noqa: ARG002
        """What EXPLAIN shows beside the table's name: ``{"query": "SELECT ..."}`` for one in another database."""
        return {}
