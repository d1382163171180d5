"""Calls on their way to SQL: what the implementations of functions may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from owlake.ir import expressions as ir
from owlake.ir.walking import captures, is_deterministic
from owlake.planning import text
from owlake.planning.casts import cast_sql
from owlake.planning.udfs import Kernel, LambdaBody
from owlake.types.arrow import arrow_type
from owlake.types.model import Decimal, Type

if TYPE_CHECKING:
    from owlake.planning.expressions import ExpressionPrinter


class Site:
    """A call on its way to SQL; see ``owlake.functions.registry.CallSite``."""

    def __init__(
        self, printer: ExpressionPrinter, type_: Type, arguments: tuple[ir.Expression, ...], *, absorbing: bool = False
    ) -> None:
        self._printer = printer
        self._argument = printer.evaluated if absorbing else printer.sql
        self.type = type_
        self.arguments = arguments
        self.safe = printer.safe

    def sql(self, index: int) -> str:
        """The SQL of an argument."""
        return self._argument(self.arguments[index])

    def render(self, expression: ir.Expression) -> str:
        """The SQL of an expression that the implementation built."""
        return self._printer.sql(expression)

    def cast(self, sql: str, source: Type, target: Type) -> str:
        """The SQL of a value converted between types."""
        return cast_sql(self, sql, source, target, safe=self.safe)

    def kernel(self, kernel: Kernel, arguments: Sequence[ir.Expression | tuple[str, Type]], type_: Type) -> str:
        """The SQL of a call of an Arrow kernel."""
        deterministic = getattr(kernel, "deterministic", True)
        if self.safe:
            kernel = _tolerant(kernel, arrow_type(type_))
        columns: list[tuple[str, Type]] = []
        captured: list[tuple[str, Type]] = []
        constants: list[tuple[int, pa.Scalar]] = []
        lambdas: list[tuple[int, LambdaBody]] = []
        for index, argument in enumerate(arguments):
            if isinstance(argument, ir.Constant):
                constants.append((index, scalar(argument)))
            elif isinstance(argument, ir.Lambda):
                lambdas.append((index, self._printer.body(argument)))
                captured.extend((self._printer.environment[field], field.type) for field in captures(argument))
                deterministic = deterministic and is_deterministic(argument.body)
            elif isinstance(argument, tuple):
                columns.append(argument)
            else:
                columns.append((self._printer.sql(argument), argument.type))
        if not columns:
            # A function needs a column to know how many rows there are.
            argument = arguments[constants.pop(0)[0]]
            assert isinstance(argument, ir.Constant)
            columns.append((self._printer.sql(argument), argument.type))
        columns += captured
        types = [arrow_type(one) for _, one in columns]
        result = arrow_type(type_)
        name = self._printer.kernels.name(kernel, types, result, constants, lambdas, deterministic=deterministic)
        return f"{name}({', '.join(exactly(sql, type_) for sql, type_ in columns)})"


def absorbs(call: ir.Call) -> bool:
    """Whether one of the arguments may decide the result, so that DataFusion leaves out the others."""
    name = call.function.name
    return name in _BITWISE or any(
        ir.constant_value(argument) in _DECIDING.get(name, ()) for argument in call.arguments
    )


_DECIDING: dict[str, tuple[int, ...]] = {"$multiply": (0,), "$bounded_multiply": (0,), "$modulus": (1,), "mod": (1,)}
_BITWISE = frozenset(("bitwise_and", "bitwise_or"))


def exactly(sql: str, type_: Type) -> str:
    """A decimal in its own precision: DataFusion's sums have fewer digits than Trino's, and are not coerced."""
    return text.cast_text(sql, type_) if isinstance(type_, Decimal) else sql


@cache
def _tolerant(kernel: Kernel, result: pa.DataType) -> Kernel:
    from owlake.functions.kernels import tolerant  # noqa: PLC0415  (only under TRY)

    return tolerant(kernel, result)


def scalar(constant: ir.Constant) -> pa.Scalar:
    """A constant as Arrow holds it."""
    type_ = arrow_type(constant.type)
    value: Any = constant.value
    if pa.types.is_struct(type_) and value is not None:
        value = dict(zip((type_.field(0).name, type_.field(1).name), value, strict=True))
    if pa.types.is_temporal(type_) and value is not None:
        width = pa.int32() if type_.bit_width == 32 else pa.int64()
        return pa.scalar(value, width).cast(type_) if not pa.types.is_duration(type_) else pa.scalar(value, type_)
    return pa.scalar(value, type_)
