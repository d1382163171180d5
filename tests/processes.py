"""Child processes that run the code of this tree, whatever is installed."""

from __future__ import annotations

import os
import sys

OF_THIS_TREE = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
"""The environment of such a process."""
