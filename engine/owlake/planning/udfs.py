"""Arrow kernels as functions of DataFusion: one exact signature each, named after what they are.

DataFusion coerces arguments silently to whatever a function declares, so a kernel for ``array(T)`` is
instantiated for the types of each call. Arguments that are constants are bound into the instance: they reach
the kernel as ``pyarrow.Scalar`` and are not expanded to columns. Lambdas reach it as ``LambdaFunction``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from owlake.types.arrow import counted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Kernel = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class LambdaBody:
    """The body of a lambda as SQL over columns of its own: its parameters, then what it captures from around it.

    ``columns`` are their names and types; the last ``captured`` of them are the captured ones.
    """

    sql: str
    columns: tuple[tuple[str, pa.DataType], ...]
    captured: int
    result: pa.DataType


EvaluateBody = Callable[[LambdaBody, Sequence[pa.Array]], pa.Array]
"""Evaluates a body over its columns; the engine's own work, which kernels may ask for."""


@dataclass(frozen=True, slots=True)
class LambdaFunction:
    """A lambda as a kernel sees it: something to call with columns of parameter values.

    ``captured`` are the columns around it, with a value for each row of the kernel's call.
    """

    body: LambdaBody
    captured: tuple[pa.Array, ...]
    evaluate: EvaluateBody

    def __call__(self, rows: npt.NDArray[np.int64], *parameters: pa.Array) -> pa.Array:
        """The body's values for columns of parameters; ``rows`` tells which row of the call each of them is of."""
        if len(rows) == 0:
            return pa.array([], self.body.result)
        if not self.captured:
            # ``x -> x`` is what reduce mostly ends with.
            same = self.body.sql == self.body.columns[0][0] and parameters[0].type == self.body.result
            return parameters[0] if same else self.evaluate(self.body, parameters)
        places = pa.array(rows)
        columns = [*parameters, *(column.take(places) for column in self.captured)]
        return self.evaluate(self.body, columns)

    def slice(self, start: int, length: int) -> LambdaFunction:
        """The lambda as it stands in some of the rows."""
        return replace(self, captured=tuple(column.slice(start, length) for column in self.captured))


@dataclass(frozen=True, slots=True)
class KernelFunction:
    """A kernel under one signature.

    ``constants`` are (argument index, scalar) of the arguments bound in, ``lambdas`` (argument index, body) of
    those that are lambdas; ``arguments`` are the Arrow types of the others, in order, and behind them of what the
    lambdas capture.
    """

    kernel: Kernel
    arguments: tuple[pa.DataType, ...]
    result: pa.DataType
    constants: tuple[tuple[int, pa.Scalar], ...] = ()
    lambdas: tuple[tuple[int, LambdaBody], ...] = ()
    deterministic: bool = True

    def call(self, arrays: Sequence[pa.Array], evaluate: EvaluateBody) -> pa.Array:
        """The kernel over the arguments that are columns, the others put in their places."""
        bound: list[tuple[int, Any]] = list(self.constants)
        first = len(arrays) - sum(body.captured for _, body in self.lambdas)
        values: list[Any] = list(arrays[:first])
        for index, body in self.lambdas:
            bound.append((index, LambdaFunction(body, tuple(arrays[first : first + body.captured]), evaluate)))
            first += body.captured
        for index, value in sorted(bound, key=itemgetter(0)):
            values.insert(index, value)
        return _array(self.kernel(*values), len(arrays[0]), self.result)


def _array(value: Any, length: int, type_: pa.DataType) -> pa.Array:
    if isinstance(value, list):
        return pa.array(value, type_)
    if isinstance(value, pa.ChunkedArray):
        value = value.combine_chunks()
    if isinstance(value, pa.Scalar):
        value = pa.repeat(value, length)
    return retyped(value, type_)


def retyped(values: pa.Array, type_: pa.DataType) -> pa.Array:
    """The values in the type wanted; the fields of structs by their place, where Arrow goes by their names."""
    source = values.type
    if source == type_:
        return values
    if pa.types.is_null(type_):
        return pa.nulls(len(values))
    mask = values.is_null() if values.null_count else None
    if pa.types.is_struct(source) and pa.types.is_struct(type_):
        parts = [retyped(part, field.type) for part, field in zip(values.flatten(), type_, strict=True)]
        return pa.StructArray.from_arrays(parts, fields=list(type_), mask=mask)
    if pa.types.is_list(source) and pa.types.is_list(type_):
        from owlake.functions.lists import elements_of, lists  # noqa: PLC0415  (rarely needed)

        rows = elements_of(values)
        nulls = None if mask is None else mask.to_numpy(zero_copy_only=False)
        return lists(rows.with_columns(retyped(rows.columns[0], type_.value_type)), nulls)
    return values.cast(type_)


def _value(scalar: pa.Scalar) -> object:
    """The value of a constant; dates and timestamps, which have years that Python has not, as numbers."""
    type_ = counted(scalar.type)
    return scalar.as_py() if type_ == scalar.type else pa.repeat(scalar, 1).cast(type_)[0].as_py()


class KernelFunctions:
    """The kernels of one plan, each under the name that the SQL calls it by.

    ``owner``, a number or a word, keeps the names apart from those of other plans.
    """

    def __init__(self, owner: int | str) -> None:
        self._owner = owner
        self._names: dict[tuple[Any, ...], str] = {}
        self.by_name: dict[str, KernelFunction] = {}

    def name(
        self,
        kernel: Kernel,
        arguments: Sequence[pa.DataType],
        result: pa.DataType,
        constants: Sequence[tuple[int, pa.Scalar]],
        lambdas: Sequence[tuple[int, LambdaBody]] = (),
        *,
        deterministic: bool = True,
    ) -> str:
        """The function's name in SQL; the same kernel, signature, constants and lambdas are one function."""
        bound = tuple((index, scalar.type, _value(scalar)) for index, scalar in constants)
        key = (kernel, tuple(arguments), result, str(bound), tuple(lambdas))
        if key not in self._names:
            name = f"{kernel.__name__.strip('_')}_{self._owner}_{len(self._names)}"
            self._names[key] = name
            self.by_name[name] = KernelFunction(
                kernel, tuple(arguments), result, tuple(constants), tuple(lambdas), deterministic
            )
        return self._names[key]
