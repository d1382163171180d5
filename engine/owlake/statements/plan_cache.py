"""Plans of queries that come again, used again where nothing that they depend on has changed.

A plan depends on the text and the session, on the catalog, on what the storage said of the files, and perhaps on the
time. While a query is planned, a witness notes what was asked of the last two. A plan is used again if the catalog is
in the same version and the storage answers the same questions as before with the same files; one that asked for the
time, or for something that is not of the lake, is not kept. So whoever changes the lake, in this process or another,
through owlake or not, is seen by the next statement.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from owlake.errors import QueryWarning
from owlake.execution.stream import ResultStream
from owlake.lake.model import DataFile, NativeScan
from owlake.lake.storage import Storage
from owlake.planning.plan import Plan

T = TypeVar("T")

_KEPT = 100
_MOST_FILES = 20_000
"""Beyond these, remembering what was listed costs more than planning."""


@dataclass(slots=True)
class Witness:
    """What planning one query asked of the world."""

    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    warnings: list[QueryWarning] = field(default_factory=list)
    tables: tuple[Any, ...] = ()
    """The tables and views that were looked up, by name."""
    asked_for_time: bool = False
    """Whether the query holds the time of its start."""
    listed_by_time: bool = False
    """Whether the time of its start says which partitions there are."""

    @property
    def passing(self) -> bool:
        """Whether the plan holds something that is true now only."""
        return self.asked_for_time or self.listed_by_time

    def clock(self, moment: datetime) -> Callable[[], datetime]:
        """The statement's start, for the query; asking for it is noted."""

        def start() -> datetime:
            self.asked_for_time = True
            return moment

        return start

    def clock_of_the_lake(self, moment: datetime) -> Callable[[], datetime]:
        """The same for what projects partitions."""

        def start() -> datetime:
            self.listed_by_time = True
            return moment

        return start

    def hearing(self, warn: Callable[[QueryWarning], None]) -> Callable[[QueryWarning], None]:
        """Warnings, passed on and noted: they belong to the plan."""

        def noted(warning: QueryWarning) -> None:
            self.warnings.append(warning)
            warn(warning)

        return noted


class WitnessedStorage(Storage):
    """A storage whose answers about files are noted."""

    def __init__(self, storage: Storage, witness: Witness) -> None:
        self.__dict__.update(storage.__dict__)
        self._storage = storage
        self._witness = witness

    def list_files(self, uri: str) -> list[DataFile]:
        """See ``Storage``."""
        return self._noted("list_files", uri, self._storage.list_files(uri))

    def list_folders(self, uri: str) -> list[str]:
        """See ``Storage``."""
        return self._noted("list_folders", uri, self._storage.list_folders(uri))

    def has_files(self, uri: str) -> bool:
        """See ``Storage``."""
        return self._noted("has_files", uri, self._storage.has_files(uri))

    def file(self, uri: str) -> DataFile | None:
        """See ``Storage``."""
        return self._noted("file", uri, self._storage.file(uri))

    def _noted(self, question: str, uri: str, answer: T) -> T:
        self._witness.asked.append((question, uri, answer))
        return answer


@dataclass(slots=True)
class KeptPlan:
    """A plan, what it depends on, whether its result may be given again, and the query that ran by it last."""

    plan: Plan
    version: int
    witness: Witness
    repeats: bool = False
    running: ResultStream | None = None

    @property
    def lasts(self) -> bool:
        """Whether it can be used again: what else it holds than files was true when it was made."""
        scans = all(isinstance(scan, NativeScan) for scan in self.plan.scans.values())
        is_passing = self.witness.passing or self.plan.tables or not scans
        return not is_passing and _answers(self.witness) <= _MOST_FILES


class PlanCache:
    """The plans of one session, the latest hundred; threads may share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, KeptPlan] = OrderedDict()

    def take(self, key: Hashable, version: int, storage: Storage) -> KeptPlan | None:
        """The plan, if it is there and still good. It is out until it is kept again: nobody else starts it meanwhile.

        What it registers has names of its own, which a query that still runs by it has taken.
        """
        kept = self._kept.pop(key, None)
        if kept is None or (kept.running is not None and not kept.running.closed):
            return None
        return kept if kept.version == version and _says_the_same(storage, kept.witness) else None

    def keep(self, key: Hashable, kept: KeptPlan, running: ResultStream) -> None:
        """Remember the plan, if it lasts, and the query that runs by it."""
        if not kept.lasts:
            return
        kept.running = running
        self._kept[key] = kept
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


def _says_the_same(storage: Storage, witness: Witness) -> bool:
    return all(_same(getattr(storage, question)(uri), answer) for question, uri, answer in witness.asked)


def _same(now: Any, before: Any) -> bool:
    if isinstance(before, list) and before and isinstance(before[0], DataFile):
        # Files are listed in no order.
        return len(now) == len(before) and set(now) == set(before)
    return bool(now == before)


def _answers(witness: Witness) -> int:
    return sum(len(answer) for _, _, answer in witness.asked if isinstance(answer, list))
