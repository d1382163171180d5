"""The scheduler of a home: runs its tasks when they are due, and moves its clock.

Tasks run one at a time, in the order of their due times and then of their making, in one process of the home. In a
script and under the DB-API that is when a statement begins; a process that lives long starts a thread.

A clock that is moved runs what falls due on the way, and stands at each task's due time while the task runs. Where it
is to go stands in the catalog, so whoever runs tasks takes it there: the process that asked, or the one that has the
scheduler, or the next one if that dies half-way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from owlake.catalog.sqlite import Store
from owlake.errors import OwlakeError, error
from owlake.runtime.clock import HomeClock
from owlake.runtime.outlook import Outlook, read_outlook
from owlake.runtime.ownership import Ownership

if TYPE_CHECKING:
    # Loaded once there is a task: most homes have none, and every start would pay.
    from owlake.runtime.task_store import TaskStore
    from owlake.runtime.tasks import Handler, Resolve, Task, TaskDefinition, TaskError

_GLANCE = 0.1
"""Seconds between two looks at what other processes changed."""


class Scheduler:
    """Registers who does what kind of work, schedules tasks and runs them. Safe for threads.

    ``resolve`` finds the handler of a task for whose kind none is registered, each time the task is due.
    """

    def __init__(self, store: Store, clock: HomeClock, lock_file: Path, resolve: Resolve | None = None) -> None:
        self._resolve = resolve
        self._clock = clock
        self._store = store
        self._ownership = Ownership(lock_file)
        self._handlers: dict[str, Handler] = {}
        self._turn = threading.Lock()
        self._runner: int | None = None
        self._outlook: Outlook | None = None
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._closed = threading.Event()

    # Tasks ----------------------------------------------------------------------------------------------

    def register(self, kind: str, handler: Handler) -> None:
        """Let a handler do the tasks of this kind, in this process."""
        self._handlers[kind] = handler

    def schedule(self, definition: TaskDefinition, *, replace: bool = False) -> Task:
        """Add a task; ``replace`` puts it in the place of one of its name that is still to run.

        A task may schedule tasks, itself too; then the one to come has its name at once.

        Errors: ALREADY_EXISTS where a task of the name is still to run; ValidationException for a schedule that is
        none, or never comes due; INVALID_ARGUMENTS for arguments that JSON does not have.
        """
        return self.schedule_all((definition,), replace=replace)[0]

    def schedule_all(self, definitions: Iterable[TaskDefinition], *, replace: bool = False) -> tuple[Task, ...]:
        """Add tasks, all of them or, after an error, none. Errors as ``schedule``."""
        added = self._tasks.add(definitions, replace_live=replace)
        self._wake.set()
        return added

    def run_now(self, name: str) -> None:
        """Run a task now, whenever it is due, and once more if it is over; one that recurs goes on by its schedule.

        Where another process or thread runs the tasks, it is that one's to run, and may have run later than now.

        Errors: NOT_FOUND; NOT_SUPPORTED for a task that runs already.
        """
        self._tasks.hasten(name)
        self._wake.set()
        self.run_due()

    def cancel(self, name: str) -> bool:
        """Let a task run no more; whether it was still to. A run under way comes to its end."""
        return self._tasks.cancel(name)

    def cancel_all(self, owner: str) -> None:
        """Let all the tasks of a catalog or plugin run no more: it is gone."""
        self._tasks.cancel_all(owner)

    def tasks(self) -> tuple[Task, ...]:
        """What is to run, and what has run lately, in the order of its making."""
        return self._tasks.tasks()

    def find(self, name: str) -> Task | None:
        """The task of this name."""
        return self._tasks.find(name)

    # Running --------------------------------------------------------------------------------------------

    def run_due(self) -> None:
        """Run what is due by now, unless somebody else does; costs next to nothing where nothing is.

        To be called when a statement begins. Inside a task it does nothing. Errors of tasks stay with the tasks.
        """
        if self._thread is None and self._is_due():
            self._run_all()

    def start(self) -> None:
        """Run tasks as they come due, in a thread, until ``stop``; a second time does nothing."""
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._watch, name="owlake-scheduler", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread, after the task that it runs; a second time does nothing."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping = True
            self._wake.set()
            thread.join()

    def close(self) -> None:
        """Stop, and let go of the catalog."""
        self.stop()
        self._closed.set()
        if "_tasks" in self.__dict__:
            self._tasks.close()

    # The clock ------------------------------------------------------------------------------------------

    def advance(self, duration: timedelta, *, check: Callable[[], object] = lambda: None) -> datetime:
        """Move the clock forward and say where it went; a real clock becomes virtual.

        Everything that falls due on the way has run when it returns. Two who advance at once both count: the sum of
        their durations has passed. ``check`` is asked between tasks: what it raises stops the clock where it stands.

        Errors: INVALID_FUNCTION_ARGUMENT for a negative duration: tasks that ran cannot be unrun; NOT_SUPPORTED inside
        a task; USER_CANCELED where another process stops the clock, or sets it, on its way.
        """
        if duration < timedelta(0):
            problem = f"The clock cannot be advanced by {duration}: it goes forward only"
            raise error("INVALID_FUNCTION_ARGUMENT", problem)
        self._refuse_inside_a_task()
        goal = self._tasks.aim_beyond(duration)
        self._reach(goal, check)
        return goal

    def set(self, instant: datetime, *, check: Callable[[], object] = lambda: None) -> None:
        """Make the clock virtual and put it at ``instant`` (its zone decides; without one it is UTC).

        Forward it goes as with ``advance``. Backward it is put there at once: what has run is not run again, and what
        recurs goes on from there.

        Errors: as ``advance``.
        """
        self._refuse_inside_a_task()
        goal = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
        if self._tasks.aim_at(goal):
            self._reach(goal, check)

    def reset(self) -> None:
        """Make the clock the machine's again. What came due meanwhile runs once.

        Errors: NOT_SUPPORTED inside a task.
        """
        self._refuse_inside_a_task()
        self._tasks.reset_clock()
        self._wake.set()

    def _refuse_inside_a_task(self) -> None:
        if self._runner == threading.get_ident():
            raise error("NOT_SUPPORTED", "A task cannot move the clock: it runs at the time at which it is due")

    def _reach(self, goal: datetime, check: Callable[[], object]) -> None:
        try:
            while not self._arrived(goal):
                check()
                if not self._run_all(check):
                    # Whoever has the turn sees the target, or dies.
                    self._closed.wait(_GLANCE)
        except BaseException:
            self._tasks.give_up(goal)
            raise

    def _arrived(self, goal: datetime) -> bool:
        clock = self._clock.state()
        if clock.instant is not None and clock.instant >= goal:
            return True
        if clock.target is None or clock.target < goal:
            raise error("USER_CANCELED", f"The clock was stopped on its way to {goal}: it is {clock.now()}")
        return False

    # The turn -------------------------------------------------------------------------------------------

    @cached_property
    def _tasks(self) -> TaskStore:
        from owlake.runtime.task_store import TaskStore  # noqa: PLC0415

        return TaskStore(self._store)

    def _is_due(self) -> bool:
        outlook = self._outlook
        if outlook is None or outlook.version != self._store.version():
            outlook = self._outlook = read_outlook(self._store)
        return outlook.is_due

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """A block in which nobody else runs tasks of the home, where it is given True."""
        if not self._turn.acquire(blocking=False):
            yield False
            return
        try:
            if not self._ownership.take():
                yield False
                return
            try:
                self._runner = threading.get_ident()
                yield True
            finally:
                self._runner = None
                self._ownership.give_back()
        finally:
            self._turn.release()

    def _run_all(self, check: Callable[[], object] = lambda: None) -> bool:
        """Run everything that is due, in order; False where somebody else has the turn."""
        with self._alone() as mine:
            if not mine:
                return False
            limit = self._clock.now()
            self._tasks.take_over(limit)
            task = self._tasks.step(None, limit)
            while task is not None:
                problem = self._run(task, check)
                task = self._tasks.step((task, problem), limit)
        return True

    def _run(self, task: Task, check: Callable[[], object]) -> TaskError | None:
        """Do a task's work; the error that it ended with. Who is stopped puts the task back as it was."""
        from owlake.runtime.tasks import TaskError  # noqa: PLC0415

        try:
            check()
        except BaseException:
            self._tasks.give_back(task)
            raise
        try:
            self._handler(task)(task)
        except OwlakeError as problem:
            return TaskError(problem.code, problem.message)
        except KeyboardInterrupt:
            self._tasks.give_back(task)
            raise
        except BaseException as problem:  # noqa: BLE001  (the engine's panics are none of Exception)
            return TaskError("GENERIC_INTERNAL_ERROR", f"{type(problem).__name__}: {problem}")
        return None

    def _handler(self, task: Task) -> Handler:
        handler = self._handlers.get(task.kind)
        if handler is None and self._resolve is not None:
            handler = self._resolve(task)
        if handler is None:
            raise error("NOT_FOUND", f"Nobody does tasks of the kind {task.kind} for {task.owner}")
        return handler

    # The thread -----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        owns = False
        while not self._stopping:
            # The catalog may be locked for long, or its disk full: then later.
            with suppress(OwlakeError, OSError, _Stopped):
                owns = owns or self._ownership.take()
                if owns and self._is_due():
                    self._run_all(self._check_stopping)
            self._wake.wait(self._pause())
            self._wake.clear()
        if owns:
            self._ownership.give_back()

    def _check_stopping(self) -> None:
        if self._stopping:
            raise _Stopped

    def _pause(self) -> float:
        """Seconds until the next task is due, or until the next look at what others changed."""
        outlook = self._outlook
        if outlook is None or outlook.due is None or outlook.clock.is_virtual:
            return _GLANCE
        return min(_GLANCE, max(0.0, (outlook.due - outlook.clock.now()).total_seconds()))


class _Stopped(Exception):  # noqa: N818  (nothing went wrong)
    """The thread is to end."""
