"""Every property test with examples of its own, other ones each time.

    python -m tests.campaigns.properties [--rounds 3]

The test suite draws the same examples every time; here a failure prints the blob that reproduces it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

_TESTS = Path(__file__).parent.parent


def main() -> int:
    """Run them ``--rounds`` times; the exit status is 1 once a round failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="how often")
    arguments = parser.parse_args()
    files = sorted(str(path) for path in _TESTS.rglob("test_*.py") if "hypothesis" in path.read_text(encoding="utf-8"))
    environment = {**os.environ, "OWLAKE_HYPOTHESIS": "random"}
    failed = 0
    for number in range(arguments.rounds):
        print(f"round {number + 1}: {len(files)} files", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", *files]
        failed += subprocess.run(command, env=environment, check=False).returncode != 0
    print(f"{arguments.rounds - failed} of {arguments.rounds} rounds passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
