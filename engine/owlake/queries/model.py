"""A query execution: one run of one statement, as Athena's GetQueryExecution tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from owlake.errors import OwlakeError, QueryWarning
from owlake.queries.cost import cost_usd


class State(Enum):
    """Where an execution stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a statement has done so far: rows given, bytes scanned, and their price in USD."""

    rows: int = 0
    bytes_scanned: int = 0
    cost: float = 0.0


@dataclass(slots=True)
class QueryExecution:
    """The execution's record. It changes while the statement runs; times are UTC, durations seconds."""

    id: str
    query: str
    statement_type: str
    substatement_type: str
    catalog: str | None
    database: str | None
    principal: str
    submitted: datetime
    workgroup: str = "primary"
    state: State = State.RUNNING
    completed: datetime | None = None
    planning_time: float = 0.0
    engine_time: float = 0.0
    rows: int = 0
    bytes_scanned: int = 0
    error: OwlakeError | None = None
    warnings: list[QueryWarning] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """The price in USD so far."""
        return cost_usd(
            self.bytes_scanned, self.statement_type, self.substatement_type, failed=self.state is State.FAILED
        )
