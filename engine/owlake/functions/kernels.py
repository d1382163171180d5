"""Support for Arrow kernels: nulls, constants, per-value functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pyarrow as pa


def per_value(function: Callable[..., Any]) -> Callable[..., list[Any]]:
    """A kernel that applies a Python function to each row's values; a NULL among them gives NULL."""

    @wraps(function)
    def kernel(*arguments: pa.Array | pa.Scalar) -> list[Any]:
        length = next(len(one) for one in arguments if isinstance(one, pa.Array | pa.ChunkedArray))
        columns: list[Iterable[Any]] = [
            one.to_pylist() if not isinstance(one, pa.Scalar) else [one.as_py()] * length for one in arguments
        ]
        return [None if None in values else function(*values) for values in zip(*columns, strict=True)]

    return kernel
