"""A process that has the scheduler of a home, for tests of two: ``python -m tests.runtime.owner HOME``.

It says what it does on its output, a line each. A task named ``hang`` stays in its run until the process dies.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from owlake.home import Home
from owlake.runtime.tasks import Task


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(path: Path) -> None:
    with Home.open(path) as home:

        def note(task: Task) -> None:
            say(f"{task.name} {home.clock.now().isoformat()}")
            if task.name == "hang":
                threading.Event().wait()

        home.scheduler.register("note", note)
        home.scheduler.start()
        while not home.scheduler._ownership._holds:
            home.scheduler._wake.wait(0.01)
        say("ready")
        for line in sys.stdin:
            say(f"{line.strip()} {home.clock.now().isoformat()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
