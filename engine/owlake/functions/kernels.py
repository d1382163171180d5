"""Support for Arrow kernels: nulls, constants, per-value functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pyarrow as pa

from owlake.errors import OwlakeError


def tolerant(kernel: Callable[..., Any], result: pa.DataType) -> Callable[..., Any]:
    """The kernel with NULL for the rows that it fails on: asked as a whole first, then row by row."""

    def call(*arguments: Any) -> Any:
        try:
            return kernel(*arguments)
        except OwlakeError as problem:
            if problem.code not in CAUGHT_BY_TRY:
                raise
        length = next(len(one) for one in arguments if isinstance(one, pa.Array))
        return pa.concat_arrays([_one(kernel, arguments, row, result) for row in range(length)])

    call.__name__ = kernel.__name__
    return call


CAUGHT_BY_TRY = frozenset(
    {"DIVISION_BY_ZERO", "INVALID_CAST_ARGUMENT", "INVALID_FUNCTION_ARGUMENT", "NUMERIC_VALUE_OUT_OF_RANGE"}
)
"""The errors that TRY turns into NULL (https://trino.io/docs/current/functions/conditional.html#try)."""


def _one(kernel: Callable[..., Any], arguments: tuple[Any, ...], row: int, result: pa.DataType) -> pa.Array:
    values = [one if isinstance(one, pa.Scalar) else one.slice(row, 1) for one in arguments]
    try:
        found = kernel(*values)
    except OwlakeError as problem:
        if problem.code in CAUGHT_BY_TRY:
            return pa.nulls(1, result)
        raise
    if isinstance(found, pa.Scalar):
        found = pa.repeat(found, 1)
    elif isinstance(found, list):
        found = pa.array(found, result)
    return found if found.type == result else found.cast(result)


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
