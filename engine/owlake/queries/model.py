"""A query execution: one run of one statement, as Athena's GetQueryExecution tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from owlake.errors import OwlakeError, QueryWarning, cancelled
from owlake.queries.cost import cost_usd
from owlake.queries.results.places import MANIFEST


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


def state_after(problem: OwlakeError) -> State:
    """The state of an execution that ended with this error: what was stopped has not failed."""
    stopped = problem.code in ("USER_CANCELED", "EXCEEDED_SCAN_LIMIT")
    return State.CANCELLED if stopped else State.FAILED


@dataclass(slots=True)
class QueryExecution:
    """The execution's record. It changes while the statement runs; times are UTC, durations seconds.

    Attributes:
        result_reuse_max_age: Minutes for which an earlier result could be given again; None where nobody wanted that.
        output_location: The file of its result, whether it has come to that or not; what the names of its manifest and
            metadata begin with, where it writes files. Empty where nobody wants results written.
    """

    id: str
    query: str
    statement_type: str
    substatement_type: str
    catalog: str | None
    database: str | None
    principal: str
    submitted: datetime
    workgroup: str = "primary"
    output_location: str = ""
    state: State = State.RUNNING
    completed: datetime | None = None
    planning_time: float = 0.0
    engine_time: float = 0.0
    rows: int = 0
    bytes_scanned: int = 0
    reused_previous_result: bool = False
    result_reuse_max_age: int | None = None
    error: OwlakeError | None = None
    warnings: list[QueryWarning] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """The price in USD so far; what was computed before is free."""
        if self.reused_previous_result:
            return 0.0
        return cost_usd(
            self.bytes_scanned, self.statement_type, self.substatement_type, failed=self.state is State.FAILED
        )

    @property
    def data_manifest_location(self) -> str | None:
        """Where the files are listed that it wrote; None where it wrote none."""
        has_written = self.state is State.SUCCEEDED and self.rows and self.output_location
        is_list = not self.output_location.endswith((".csv", ".txt"))
        return self.output_location + MANIFEST if has_written and is_list else None

    @property
    def state_change_reason(self) -> str | None:
        """Athena's text for why it failed or was cancelled."""
        if self.error is None:
            return cancelled().message if self.state is State.CANCELLED else None
        return self.error.message if self.error.code == "USER_CANCELED" else str(self.error)
