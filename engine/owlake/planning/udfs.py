"""Arrow kernels as functions of DataFusion: one exact signature each, named after what they are.

DataFusion coerces arguments silently to whatever a function declares, so a kernel for ``array(T)`` is
instantiated for the types of each call. Arguments that are constants are bound into the instance: they reach
the kernel as ``pyarrow.Scalar`` and are not expanded to columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

Kernel = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class KernelFunction:
    """A kernel under one signature.

    ``constants`` are (argument index, scalar) of the arguments bound in; ``arguments`` are the Arrow types of
    the others, in order.
    """

    kernel: Kernel
    arguments: tuple[pa.DataType, ...]
    result: pa.DataType
    constants: tuple[tuple[int, pa.Scalar], ...] = ()
    deterministic: bool = True

    def __call__(self, *arrays: pa.Array) -> pa.Array:
        """The kernel over the arguments that are not bound, the bound ones put in their places."""
        values: list[Any] = list(arrays)
        for index, scalar in self.constants:
            values.insert(index, scalar)
        return _array(self.kernel(*values), len(arrays[0]), self.result)


def _array(value: Any, length: int, type_: pa.DataType) -> pa.Array:
    if isinstance(value, list):
        return pa.array(value, type_)
    if isinstance(value, pa.ChunkedArray):
        value = value.combine_chunks()
    if isinstance(value, pa.Scalar):
        value = pa.repeat(value, length) if value.type == type_ else pa.repeat(value.cast(type_), length)
    return value if value.type == type_ else value.cast(type_)


class KernelFunctions:
    """The kernels of one plan, each under the name that the SQL calls it by."""

    def __init__(self, statement: int) -> None:
        self._statement = statement
        self._names: dict[tuple[Any, ...], str] = {}
        self.by_name: dict[str, KernelFunction] = {}

    def name(
        self,
        kernel: Kernel,
        arguments: Sequence[pa.DataType],
        result: pa.DataType,
        constants: Sequence[tuple[int, pa.Scalar]],
        *,
        deterministic: bool = True,
    ) -> str:
        """The function's name in SQL; the same kernel, signature and constants are one function."""
        bound = tuple((index, scalar.type, scalar.as_py() if scalar.is_valid else None) for index, scalar in constants)
        key = (kernel, tuple(arguments), result, str(bound))
        if key not in self._names:
            name = f"{kernel.__name__.strip('_')}_{self._statement}_{len(self._names)}"
            self._names[key] = name
            self.by_name[name] = KernelFunction(kernel, tuple(arguments), result, tuple(constants), deterministic)
        return self._names[key]
