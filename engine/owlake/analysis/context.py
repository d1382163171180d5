"""What analysis needs to know besides the text: who asks, from where, and which tables there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from owlake.analysis.access import ALLOW_ALL, AccessControl
from owlake.dialect.nodes.base import Position
from owlake.errors import OwlakeError, QueryWarning
from owlake.functions.registry import REGISTRY, Registry
from owlake.ir.expressions import Expression
from owlake.ir.sources import TableSource
from owlake.types.model import Type

if TYPE_CHECKING:
    from owlake.operations.binding import Argument
    from owlake.operations.signature import Signature


@dataclass(frozen=True, slots=True)
class TableName:
    """A table's full name."""

    catalog: str
    schema: str
    table: str

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.table}"


@dataclass(frozen=True, slots=True)
class View:
    """A view: the text of its query, where its names are looked up, and the columns it had when created."""

    text: str
    catalog: str | None
    schema: str | None
    columns: tuple[tuple[str, str], ...]
    """Name and Trino type text of each column."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a table: by its id or name (``VERSION``), or the one of a moment (``TIMESTAMP``)."""

    kind: str
    type: Type
    value: Any


class Metadata(Protocol):
    """The catalogs as analysis sees them."""

    def catalog_exists(self, catalog: str) -> bool:
        """Whether there is such a catalog."""

    def schema_exists(self, catalog: str, schema: str) -> bool:
        """Whether the catalog has such a schema."""

    def table(self, name: TableName, version: Version | None = None) -> TableSource | View | None:
        """The table or view of this name as it was in a version, or None."""

    def constants(self, expressions: Sequence[Expression]) -> list[Any]:
        """The values of expressions without columns, as cursors give them."""

    def table_names(self, catalog: str, schema: str) -> list[str]:
        """The tables of a schema: for hints in errors."""

    def schema_names(self, catalog: str) -> list[str]:
        """The schemas of a catalog: for hints in errors."""

    def catalog_names(self) -> list[str]:
        """The catalogs: for hints in errors."""

    def table_function(self, name: TableName) -> Signature | None:
        """How a table function of a connector is called, or None if there is none."""

    def call_table_function(self, name: TableName, arguments: Mapping[str, Argument[Expression]]) -> TableSource:
        """The table that a table function gives, from constant expressions by the names of its parameters."""


@dataclass(frozen=True, slots=True)
class AnalysisContext:
    """Everything that stays the same while one statement is analysed."""

    metadata: Metadata
    catalog: str | None = None
    schema: str | None = None
    principal: str = "owlake"
    clock: Callable[[], datetime] = lambda: datetime(1970, 1, 1, tzinfo=UTC)
    parameters: tuple[Expression, ...] = ()
    decimal_literals_as_double: bool = True
    """Athena's reading of ``1.5``; Trino's own is decimal."""
    strict: bool = False
    access: AccessControl = ALLOW_ALL
    registry: Registry = REGISTRY
    warn: Callable[[QueryWarning], None] = lambda _: None

    @property
    def query_start(self) -> datetime:
        """When the statement began: who asks makes an analysis that is good for this time only."""
        return self.clock()

    def tolerate(self, refusal: OwlakeError) -> None:
        """Athena refuses this: so do we when strict; otherwise the statement goes on, with a warning."""
        if self.strict:
            raise refusal
        self.warning(refusal.code, f"Athena would refuse this: {refusal.message}", refusal.position)

    def warning(self, code: str, message: str, position: Position | None = None) -> None:
        """Say what Athena would answer to something that owlake does."""
        self.warn(QueryWarning(code, message, position))
