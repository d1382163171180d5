"""Files as memory: read by whoever looks at them, and kept by nobody."""

from __future__ import annotations

import mmap
import os
from pathlib import Path


def mapped(path: Path, length: int) -> mmap.mmap | bytes:
    """The first bytes of a file; it may shrink later only behind them."""
    if length == 0:
        return b""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return mmap.mmap(descriptor, length, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)
