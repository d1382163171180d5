"""What a statement costs that asks for nothing: warm in a session, cold as a command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import owlake
from tests.benchmarks.measuring import Line, Setting, best_of, milliseconds

_WARM = 2.0
_COLD = 0.40
_MEMORY = 160.0
_TIMES = 50

_BARE = "import datafusion; datafusion.SessionContext().sql('SELECT 1').collect()"
_MEASURED = """
import sys
from owlake_shell.main import main
status = main(sys.argv[1:])
from tests.benchmarks.measuring import anonymous_memory
print(anonymous_memory(), file=sys.stderr)
"""


def run(setting: Setting) -> Iterator[Line]:
    """The three lines."""
    home = str(setting.scratch / "home")
    with owlake.connect(home) as connection:
        connection.execute("SELECT 1").fetchall()
        (warm,) = best_of(setting, lambda: [connection.execute("SELECT 1").fetchall() for _ in range(_TIMES)])
    yield Line("warm SELECT 1", warm / _TIMES * 1000, "ms", _WARM, f"{_TIMES} of them in a session")
    command = [sys.executable, "-m", "owlake_shell.main", "--home", home, "-c", "SELECT 1"]
    cold, bare, empty = _cheapest(setting, command, [sys.executable, "-c", _BARE], [sys.executable, "-c", "pass"])
    detail = f"DataFusion alone {milliseconds(bare)}, Python alone {milliseconds(empty)}"
    yield Line("cold SELECT 1", cold, "s", _COLD, detail)
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, "--home", home, "-c", "SELECT 1"],
        env=_environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    yield Line("memory of SELECT 1", int(done.stderr.split()[-1]) / 1e6, "MB", _MEMORY, "anonymous")


def _environment() -> dict[str, str]:
    """As installed: with what Python keeps of compiled modules."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path)}


def _cheapest(setting: Setting, *commands: list[str]) -> list[float]:
    """The least seconds of each command; what its processes spent where the setting's clock counts that."""
    taken: list[list[float]] = [[] for _ in commands]
    for _ in range(setting.rounds):
        for command, seconds in zip(commands, taken, strict=True):
            started = time.perf_counter()
            spent = os.times()
            subprocess.run(command, env=_environment(), check=True, stdout=subprocess.DEVNULL)
            after = os.times()
            by_cores = after.children_user + after.children_system - spent.children_user - spent.children_system
            seconds.append(time.perf_counter() - started if setting.clock is time.perf_counter else by_cores)
    return [min(seconds) for seconds in taken]
