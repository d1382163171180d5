"""A statement while it runs: waited for, counted, and stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from owlake.errors import OwlakeError, cancelled
from owlake.execution.stream import ResultStream
from owlake.properties import SessionProperties
from owlake.queries.cost import cost_usd
from owlake.queries.history import History
from owlake.queries.model import Progress, QueryExecution
from owlake.queries.results.places import result_place, writes_files
from owlake.queries.terms import Terms

if TYPE_CHECKING:
    from owlake.statements.reuse import Reuse

T = TypeVar("T")


@dataclass(slots=True, weakref_slot=True)
class Running:
    """One statement while it runs: what it was given, and what it has done so far.

    Attributes:
        parameter_rows: Many rows of parameters, of an INSERT that is run once for all of them.
        started: When it began, on the machine's own clock.
        kind: The SubstatementType of what is run: of the prepared statement, for EXECUTE.
        prepared_text: Of the prepared statement, for EXECUTE.
        reuse: Keeps the rows for later executions, where they may be given again.
        handed_over: Records the end of a statement whose rows somebody takes when he likes; None while it starts.
    """

    execution: QueryExecution
    terms: Terms
    properties: SessionProperties
    parameters: tuple[Any, ...]
    started: float
    history: History
    parameter_rows: Sequence[tuple[Any, ...]] | None = None
    kind: str = ""
    prepared_text: str = ""
    reuse: Reuse | None = None
    rows: int = 0
    streams: list[ResultStream] = field(default_factory=list)
    handed_over: Callable[[OwlakeError], None] | None = None
    _stopped: Callable[[], OwlakeError] | None = None
    _waiting: Future[Any] | None = None

    @property
    def bytes_scanned(self) -> int:
        """Bytes read so far by all of its queries."""
        return sum(stream.bytes_scanned for stream in tuple(self.streams))

    def progress(self) -> Progress:
        """What it has done so far; may be asked from any thread."""
        scanned, execution = self.bytes_scanned, self.execution
        return Progress(self.rows, scanned, cost_usd(scanned, execution.statement_type, execution.substatement_type))

    def stop(self, reason: Callable[[], OwlakeError] = cancelled) -> None:
        """Stop the statement, whatever it is at; may be called from any thread. The first reason counts."""
        if self._stopped is None:
            self._stopped = reason
        waiting = self._waiting
        if waiting is not None:
            waiting.cancel()
        for stream in tuple(self.streams):
            stream.cancel(self._stopped)

    def kill(self, reason: Callable[[], OwlakeError]) -> None:
        """Stop the statement, and record that it has ended: whoever has its rows may never ask for another."""
        self.stop(reason)
        if self.handed_over is not None:
            self.handed_over(reason())

    def check(self) -> None:
        """Raise the reason for which the statement was stopped, if it was, or has to be now."""
        exceeded = self._exceeded()
        if exceeded is not None:
            self.stop(exceeded)
        if self._stopped is not None:
            raise self._stopped()

    def keep_limit(self) -> None:
        """End the statement if it has scanned more bytes than it may."""
        exceeded = self._exceeded()
        if exceeded is not None:
            self.kill(exceeded)

    def end_if_asked(self) -> None:
        """End the statement if another process asked for that."""
        message = self.history.asked_to_stop(self.execution.id) if self._stopped is None else None
        if message is not None:
            self.kill(partial(cancelled, message))

    def _exceeded(self) -> Callable[[], OwlakeError] | None:
        limits = self.terms.scan_limits
        if not limits or self._stopped is not None:
            return None
        scanned = self.bytes_scanned
        return next((limit.exceeded for limit in limits if scanned > limit.bytes), None)

    def wait(self, work: Future[T]) -> T:
        """The result of work that another thread does; a stop ends the wait at once.

        Errors: the reason for the stop.
        """
        self._waiting = work
        try:
            self.check()
            return work.result()
        except CancelledError:
            reason = self._stopped or cancelled
            raise reason() from None
        finally:
            self._waiting = None

    def runs(self, kind: str) -> None:
        """It is known what kind of statement is run, and with that where its result will be."""
        self.kind = kind
        if self.terms.writes_results or writes_files(kind):
            self.execution.output_location = result_place(self.terms.output_location, self.execution.id, kind)

    def planned(self) -> None:
        """Planning is over: the time so far was spent on it."""
        self.execution.planning_time = time.monotonic() - self.started
