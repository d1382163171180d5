"""What can be done to the engine itself: executions ended, the clock moved, catalogs attached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from owlake.spi import Home, check_stopped, error, operation


class OfHome:
    """What operations of a home have in common."""

    def __init__(self, home: Home) -> None:
        self._home = home


class Runtime(OfHome):
    """Operations of ``system.runtime``."""

    @operation(schema="runtime")
    def kill_query(self, query_id: str, message: str | None = None) -> None:
        """End an execution that runs, in whatever session or process: it is cancelled, with the message."""
        self._home.executions.kill(query_id, message)

    @operation(schema="runtime")
    def advance_clock(self, duration: timedelta) -> datetime:
        """Move the home's clock forward, running what falls due; a real clock becomes virtual. The time it is then."""
        return self._home.scheduler.advance(duration, check=check_stopped)

    @operation(schema="runtime")
    def set_clock(self, instant: datetime) -> None:
        """Make the home's clock virtual and put it at a moment; forward it runs what falls due."""
        self._home.scheduler.set(instant, check=check_stopped)

    @operation(schema="runtime")
    def reset_clock(self) -> None:
        """Let the home's clock be the machine's again."""
        self._home.scheduler.reset()

    @operation(schema="runtime")
    def run_task(self, name: str) -> None:
        """Run a task now, whenever it is due; one that recurs goes on by its schedule."""
        self._home.scheduler.run_now(name)

    @operation(schema="runtime")
    def cancel_task(self, name: str) -> None:
        """Let a task run no more; a run under way comes to its end."""
        if self._home.scheduler.find(name) is None:
            raise error("NOT_FOUND", f"Task not found: {name}")
        if not self._home.scheduler.cancel(name):
            raise error("NOT_SUPPORTED", f"Task has ended: {name}")


class Metadata(OfHome):
    """Operations of ``system.metadata``."""

    @operation(schema="metadata")
    def create_catalog(
        self, catalog_name: str, connector_name: str, properties: Mapping[str, str] | None = None
    ) -> None:
        """Attach a catalog: every session and process of the home has it at once."""
        self._home.catalogs.create_catalog(catalog_name, connector_name, properties or {})

    @operation(schema="metadata")
    def drop_catalog(self, catalog_name: str) -> None:
        """Detach a catalog that was attached by create_catalog; what it shows is not touched."""
        self._home.catalogs.drop_catalog(catalog_name)
