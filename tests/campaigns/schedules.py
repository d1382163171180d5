"""Processes that move the clock of one home and run its tasks, killed (kill -9) at random moments.

    python -m tests.campaigns.schedules [--seconds 60] [--seed 1] [--processes 3]

Each advances the clock and schedules tasks, one of them with the scheduler's thread. After every round of kills the
home is opened again and the clock goes where it was sent: every hour must have had its run, and every task that was
scheduled, in its time; a run is repeated at most once for each process that was killed; nobody saw the clock go back.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from owlake.home import Home
from owlake.runtime.tasks import Task, TaskDefinition, TaskState

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


def _say(*words: object) -> None:
    # At once: two threads speak.
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def _register(home: Home) -> None:
    def note(task: Task) -> None:
        now = home.clock.now()
        _say("run", task.name, task.due.isoformat(), now.isoformat())

    home.scheduler.register("note", note)


def work(path: str, seed: int) -> None:
    """One process: says what it has scheduled, what it runs and what time it sees, until it is killed."""
    chance = random.Random(seed)
    with Home.open(path) as home:
        _register(home)
        if seed % 3 == 0:
            home.scheduler.start()
        for number in range(1_000_000):
            _say("time", home.clock.now().isoformat())
            if chance.random() < 0.5:
                name, due = f"t{seed}.{number}", home.clock.now() + chance.randint(0, 3_000) * timedelta(minutes=1)
                home.scheduler.schedule(TaskDefinition(name, "note", "campaign", due=due))
                _say("scheduled", name, due.isoformat())
            else:
                home.scheduler.advance(chance.randint(0, 600) * timedelta(minutes=1))


class Campaign:
    """The home, what happened in it, and what was found wrong."""

    def __init__(self, path: Path, seed: int, processes: int) -> None:
        self.path = path
        self.chance = random.Random(seed)
        self.processes = processes
        self.next_seed = 1
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.scheduled: dict[str, datetime] = {}
        self.runs: Counter[tuple[str, datetime]] = Counter()
        with Home.open(path) as home:
            home.scheduler.set(_BEGIN)
            home.scheduler.schedule(TaskDefinition("hourly", "note", "campaign", schedule="rate(1 hour)"))

    def round(self) -> None:
        """Processes, killed one after the other; then everything is looked at."""
        children = []
        for _ in range(self.processes):
            command = [sys.executable, "-m", "tests.campaigns.schedules", "--worker", str(self.path)]
            command += ["--seed", str(self.next_seed)]
            children.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
            self.next_seed += 1
        time.sleep(self.chance.uniform(1.0, 4.0))
        for child in children:
            time.sleep(self.chance.uniform(0.0, 0.3))
            child.kill()
            self.counts["kills"] += 1
        for child in children:
            self._note(child.communicate()[0])
        self.counts["rounds"] += 1
        self._check()

    def _note(self, output: str) -> None:
        latest = _BEGIN
        for line in output.splitlines():
            match line.split():
                case ["time", now]:
                    self._expect(datetime.fromisoformat(now) >= latest, f"the clock went back to {now} from {latest}")
                    latest = datetime.fromisoformat(now)
                case ["scheduled", name, due]:
                    self.scheduled[name] = datetime.fromisoformat(due)
                case ["run", name, due, now]:
                    self._ran(name, datetime.fromisoformat(due), datetime.fromisoformat(now))
                case _:
                    self.faults.append(line)

    def _ran(self, name: str, due: datetime, now: datetime) -> None:
        self.counts["runs"] += 1
        self.runs[name, due] += 1
        self._expect(due <= now, f"{name} ran at {now}, before it was due")

    def _check(self) -> None:
        with Home.open(self.path) as home:
            home.scheduler.register("note", lambda task: self._ran(task.name, task.due, home.clock.now()))
            # What the dead began, and where they sent the clock.
            home.scheduler.run_due()
            home.scheduler.advance(_HOUR)
            now = home.clock.now()
            self._expect(home.clock.state().target is None, "the clock is still on its way")
            states = {task.name: task.state for task in home.scheduler.tasks()}
            running = [name for name, state in states.items() if state is TaskState.RUNNING]
            self._expect(not running, f"still running: {running}")
            self._expect(states["hourly"] is TaskState.SCHEDULED, f"hourly is {states['hourly']}")
        # A run that was cut off twice is tried again later than it was due.
        hours = {due for name, due in self.runs if name == "hourly"}
        missing = [hour for hour in _hours(now) if hour not in hours]
        self._expect(not missing, f"hours without a run: {missing[:5]}")
        ran = {name for name, _ in self.runs}
        lost = [name for name, due in self.scheduled.items() if due <= now and name not in ran]
        self._expect(not lost, f"never ran: {lost[:5]}")
        repeated = sum(self.runs.values()) - len(self.runs)
        self._expect(repeated <= self.counts["kills"], f"{repeated} runs repeated by {self.counts['kills']} kills")
        self.counts["repeated"] = repeated

    def _expect(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)


def _hours(now: datetime) -> list[datetime]:
    return [_BEGIN + number * _HOUR for number in range(1, (now - _BEGIN) // _HOUR + 1)]


def main(words: list[str]) -> int:
    """Rounds until the time is over, or something is wrong."""
    parser = argparse.ArgumentParser(prog="tests.campaigns.schedules", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--worker", metavar="HOME")
    arguments = parser.parse_args(words)
    if arguments.worker:
        work(arguments.worker, arguments.seed)
        return 0
    with tempfile.TemporaryDirectory() as directory:
        campaign = Campaign(Path(directory) / "home", arguments.seed, arguments.processes)
        end = time.monotonic() + arguments.seconds
        while time.monotonic() < end and not campaign.faults:
            campaign.round()
        print(", ".join(f"{count:,} {name}" for name, count in campaign.counts.items()))
        for fault in campaign.faults:
            print(fault)
    return 1 if campaign.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
