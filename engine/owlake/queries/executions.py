"""The query executions of a home: looked up, and ended from outside."""

from __future__ import annotations

from functools import partial

from owlake.errors import cancelled, error
from owlake.queries.history import History
from owlake.queries.model import QueryExecution, State
from owlake.queries.watch import WATCH


class QueryExecutions:
    """Acts on executions of any session and any process of the home."""

    def __init__(self, history: History) -> None:
        self._history = history

    def kill(self, query_id: str, message: str | None = None) -> None:
        """End an execution that runs: whoever waits for it gets USER_CANCELED with the message.

        One of another process ends when that process looks next, a fraction of a second later.

        Errors: NOT_FOUND, NOT_SUPPORTED if it has ended already.
        """
        if self._find(query_id).state is not State.RUNNING:
            raise error("NOT_SUPPORTED", f"Target query is not running: {query_id}")
        said = f"Message: {message}" if message else "No message provided."
        self._end(query_id, f"Query killed. {said}")

    def stop(self, query_id: str) -> None:
        """End an execution in the way of its own user; nothing happens to one that has ended.

        Errors: NOT_FOUND.
        """
        if self._find(query_id).state is State.RUNNING:
            self._end(query_id, cancelled().message)

    def _find(self, query_id: str) -> QueryExecution:
        found = self._history.find([query_id]).get(query_id)
        if found is None:
            raise error("NOT_FOUND", f"Target query not found: {query_id}")
        return found

    def _end(self, query_id: str, reason: str) -> None:
        if not WATCH.kill(query_id, partial(cancelled, reason)):
            self._history.ask_to_stop(query_id, reason)
