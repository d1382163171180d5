"""Kernels as functions of DataFusion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.execution.errors import KernelError
from owlake.planning.udfs import EvaluateBody, KernelFunction
from owlake.runtime.gate import GATE


def user_function(name: str, kernel: KernelFunction, evaluate: EvaluateBody) -> Any:
    """The kernel as a function to register; ``evaluate`` is what its lambdas are evaluated by."""
    from datafusion import udf  # noqa: PLC0415

    from owlake.execution.allocation import keep_freed_memory  # noqa: PLC0415  (for kernels alone)

    keep_freed_memory()
    volatility = "immutable" if kernel.deterministic else "volatile"
    return udf(_carrying_errors(kernel, evaluate), list(kernel.arguments), kernel.result, volatility, name)


def _carrying_errors(kernel: KernelFunction, evaluate: EvaluateBody) -> Callable[..., pa.Array]:
    def call(*arrays: pa.Array) -> pa.Array:
        try:
            with GATE:
                return kernel.call(arrays, evaluate)
        except OwlakeError as problem:
            raise KernelError(problem) from None
        except (ArithmeticError, ValueError, TypeError, pa.ArrowException) as problem:
            text = f"{kernel.kernel.__name__}: {problem}"
            raise KernelError(error("GENERIC_INTERNAL_ERROR", text)) from problem

    return call
