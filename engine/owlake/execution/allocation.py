"""What the C library does with memory that kernels let go of."""

from __future__ import annotations

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's ``mallopt``."""

_KEPT = 32 << 20
_MAPPED = 16 << 20


@cache
def keep_freed_memory() -> None:
    """Have numpy's arrays take memory that earlier ones let go of, once for the process.

    Kernels make and drop arrays of a few megabytes for each batch. As it stands, glibc gives such memory back to the
    system each time and asks for it anew, and to have its pages cleared takes kernels up to twice the time. Other C
    libraries have no such settings, and are left as they are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_TRIM_THRESHOLD, _KEPT)
    mallopt(_MMAP_THRESHOLD, _MAPPED)
