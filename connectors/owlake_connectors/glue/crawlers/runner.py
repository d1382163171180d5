"""Crawlers at work: started by hand or by their schedules, as tasks of the home's scheduler; stopped between steps."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from owlake.spi import Home, OwlakeError, Retry, Task, TaskDefinition, check_stopped, error
from owlake_connectors.glue.crawlers.changes import Change
from owlake_connectors.glue.crawlers.crawl import Outcome, Run
from owlake_connectors.glue.crawlers.model import Crawl, Definition, Kept
from owlake_connectors.glue.crawlers.store import CrawlerStore

CRAWL = "glue.crawl"
"""The kind of the tasks: arguments ``crawler``, and ``crawl`` for a run that was begun by hand."""
_GLANCE = 0.2
"""Seconds between two looks at whether somebody stopped the run."""


class StoppedError(Exception):
    """The run is to end."""


class Runner:
    """Starts and runs the crawlers of a home."""

    def __init__(self, home: Home, store: CrawlerStore, catalog: str) -> None:
        self._home = home
        self._store = store
        self._catalog = catalog

    def start(self, kept: Kept) -> None:
        """Let a crawler run: now, where this process runs the home's tasks when statements begin.

        Errors: CrawlerRunningException.
        """
        name = kept.definition.name
        crawl = self._new_crawl(name)
        if not self._store.begin(crawl):
            raise error("CrawlerRunningException", f"Crawler with name {name} has already started")
        arguments = {"crawler": name, "crawl": crawl.id}
        task = TaskDefinition(f"{CRAWL}.{crawl.id}", CRAWL, self._catalog, arguments, retry=Retry(attempts=1))
        self._home.scheduler.schedule(task)
        self._home.scheduler.run_due()

    def stop(self, name: str) -> None:
        """Let a run end. Errors: CrawlerNotRunningException, CrawlerStoppingException."""
        if self._store.move(name, "RUNNING", "STOPPING"):
            return
        if self._store.get(name).state == "STOPPING":
            raise error("CrawlerStoppingException", f"Crawler with name {name} is stopping")
        raise error("CrawlerNotRunningException", f"Crawler with name {name} isn't running")

    def schedule(self, definition: Definition) -> None:
        """Let a crawler run by its schedule. Errors: InvalidInputException for one that is none."""
        name = definition.name
        arguments = {"crawler": name}
        task = TaskDefinition(
            task_name(name), CRAWL, self._catalog, arguments, schedule=definition.schedule, retry=Retry(attempts=1)
        )
        try:
            self._home.scheduler.schedule(task, replace=True)
        except OwlakeError as problem:
            raise error("InvalidInputException", str(problem)) from problem

    def unschedule(self, name: str) -> None:
        """Let a crawler run by hand only."""
        self._home.scheduler.cancel(task_name(name))

    def run(self, task: Task) -> None:
        """A task's work: one run. How it went stands in the run's own row."""
        kept = self._store.find(task.arguments["crawler"])
        if kept is None:
            return
        crawl_id = task.arguments.get("crawl")
        if crawl_id is not None:
            crawl = next((one for one in self._store.crawls(kept.definition.name) if one.id == crawl_id), None)
        else:
            crawl = self._new_crawl(kept.definition.name)
            if not self._store.begin(crawl):
                return
        if crawl is not None and crawl.state == "RUNNING":
            self._run(kept.definition, crawl)

    def rehearse(self, definition: Definition) -> list[Change]:
        """What a run would change. Errors: as a run."""
        return Run(self._home, self._store, definition, Outcome(), check_stopped).plan()

    def _run(self, definition: Definition, crawl: Crawl) -> None:
        outcome = Outcome()
        state, problem, folders = "COMPLETED", None, None
        try:
            run = Run(self._home, self._store, definition, outcome, self._check(definition.name))
            run.plan()
            run.apply()
            folders = outcome.folders.values()
        except (StoppedError, KeyboardInterrupt):
            state = "STOPPED"
        except OwlakeError as caught:
            state, problem = ("STOPPED", None) if caught.code == "USER_CANCELED" else ("FAILED", str(caught))
        except Exception as caught:  # noqa: BLE001  (a run ends in its row, whatever goes wrong)
            state, problem = "FAILED", f"Internal Service Exception: {type(caught).__name__}: {caught}"
        ended = replace(
            crawl,
            state=state,  # type: ignore[arg-type]
            ended=self._home.clock.now(),
            counts=outcome.counts,
            files=outcome.files,
            error=problem,
            problems=outcome.named_problems,
        )
        self._store.end(ended, outcome.decisions, folders)

    def _check(self, name: str) -> Callable[[], None]:
        last = monotonic()

        def check() -> None:
            nonlocal last
            check_stopped()
            if monotonic() - last > _GLANCE:
                last = monotonic()
                if self._store.state(name) != "RUNNING":
                    raise StoppedError

        return check

    def _new_crawl(self, name: str) -> Crawl:
        now = self._home.clock.now()
        seed = f"{name} {now.isoformat()} {len(self._store.crawls(name))}"
        return Crawl(_new_id(seed), name, "RUNNING", now)


def task_name(crawler: str) -> str:
    """The task of a crawler's schedule."""
    return f"glue.crawler.{crawler}"


def _new_id(seed: str) -> str:
    """The id of a run: the same for the same moment of the same crawler, so that rehearsals can be repeated."""
    digits = f"{random.Random(seed).getrandbits(128):032x}"  # noqa: S311  (no secret)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
