"""A plan: everything that execution needs to run one query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from owlake.catalog.model import StorageDescriptor
from owlake.ir import expressions as ir
from owlake.ir.relations import ScanIdentity
from owlake.ir.sources import TableSource
from owlake.lake.model import FileScan
from owlake.planning.udfs import KernelFunction
from owlake.types.arrow import arrow_type
from owlake.types.model import Type

if TYPE_CHECKING:
    from owlake.planning.join_order import ScanEstimate


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result: its header as Athena shows it, and its type.

    ``athena_type`` is what Athena calls the type where that is no Trino type: the Hive side's ``string``.
    """

    name: str
    type: Type
    athena_type: str | None = None


@dataclass(frozen=True, slots=True)
class TableRequest:
    """A table that a query reads, and its columns under the conditions that all rows that matter satisfy.

    ``stored`` are the ways in which its partitions are stored.
    """

    source: TableSource
    fields: Mapping[str, ir.Field]
    conjuncts: tuple[ir.Expression, ...]
    stored: tuple[StorageDescriptor, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """DataFusion SQL, and what it refers to.

    ``scans`` and ``tables`` are registered under their names for the run; ``kernels`` likewise as functions. The
    SQL gives its columns in the order of ``columns``, in types that convert to theirs. ``explained`` is what other
    sources than files say of how they are read; ``requests`` what the query wants of each table, by its scan's name;
    ``estimates`` what was known of tables when it was made.
    """

    sql: str
    columns: tuple[ResultColumn, ...]
    scans: Mapping[str, FileScan] = field(default_factory=dict)
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    kernels: Mapping[str, KernelFunction] = field(default_factory=dict)
    explained: Mapping[ScanIdentity, Mapping[str, str]] = field(default_factory=dict)
    requests: Mapping[str, TableRequest] = field(default_factory=dict)
    estimates: Mapping[ScanIdentity, ScanEstimate | None] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the result."""
        return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in self.columns])
