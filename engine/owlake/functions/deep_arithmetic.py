"""Integer arithmetic nested deeper than the engine below can plan: one kernel for the whole of it.

DataFusion's physical planner takes twice as long for each checked operation inside another; a sum of a dozen columns
takes seconds. The kernel checks every step as Trino does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import OwlakeError, error
from owlake.functions.registry import CallSite
from owlake.ir.expressions import Call, Expression
from owlake.types.model import Type

MOST_NESTED = 5
"""So many operations inside each other are planned in no time."""

_OPERATIONS: dict[str, tuple[Callable[[Any, Any], Any], str, str]] = {
    "$add": (pc.add_checked, "addition", "+"),
    "$subtract": (pc.subtract_checked, "subtraction", "-"),
    "$multiply": (pc.multiply_checked, "multiplication", "*"),
}


@dataclass(frozen=True, slots=True)
class _Step:
    """An operation on two values: places of arguments from 0 on, or of earlier steps from -1 down."""

    name: str
    left: int
    right: int


def by_kernel(site: CallSite, name: str) -> str | None:
    """The SQL of a call of the kernel; None where the arithmetic is not so deep."""
    if not any(_depth(argument, site.type) >= MOST_NESTED for argument in site.arguments):
        return None
    arguments: dict[Expression, int] = {}
    steps: list[_Step] = []
    _flatten(name, site.arguments, site.type, arguments, steps)
    return site.kernel(_kernel(tuple(steps), site.type), list(arguments), site.type)


def _is_step(expression: Expression, type_: Type) -> bool:
    return isinstance(expression, Call) and expression.type == type_ and expression.function.name in _OPERATIONS


def _depth(expression: Expression, type_: Type) -> int:
    """How many operations lie inside each other, counted no further than is asked."""
    level, depth = [expression], 0
    while depth < MOST_NESTED:
        level = [inner for one in level if _is_step(one, type_) for inner in one.arguments]  # type: ignore[attr-defined]
        if not level:
            break
        depth += 1
    return depth


def _flatten(
    name: str, operands: tuple[Expression, ...], type_: Type, arguments: dict[Expression, int], steps: list[_Step]
) -> int:
    """Add the operation's steps, those of its operands first; the place of its result."""
    places = []
    for operand in operands:
        if _is_step(operand, type_):
            assert isinstance(operand, Call)
            places.append(_flatten(operand.function.name, operand.arguments, type_, arguments, steps))
        else:
            places.append(arguments.setdefault(operand, len(arguments)))
    steps.append(_Step(name, *places))
    return -len(steps)


def _kernel(steps: tuple[_Step, ...], type_: Type) -> Callable[..., pa.Array]:
    def checked_arithmetic(*values: pa.Array | pa.Scalar) -> pa.Array:
        results: list[Any] = []
        for step in steps:
            left, right = (values[place] if place >= 0 else results[-place - 1] for place in (step.left, step.right))
            operation = _OPERATIONS[step.name][0]
            try:
                results.append(operation(left, right))
            except pa.ArrowInvalid as problem:
                raise _overflow(step.name, left, right, type_) from problem
        return results[-1]

    return checked_arithmetic


def _overflow(name: str, left: Any, right: Any, type_: Type) -> OwlakeError:
    """Trino's text, with the first two numbers that do not fit."""
    operation, word, symbol = _OPERATIONS[name]
    rows = next(len(one) for one in (left, right) if isinstance(one, pa.Array))
    for row in range(rows):
        pair = [one[row] if isinstance(one, pa.Array) else one for one in (left, right)]
        try:
            operation(*pair)
        except pa.ArrowInvalid:
            text = f"{type_} {word} overflow: {pair[0]} {symbol} {pair[1]}"
            return error("NUMERIC_VALUE_OUT_OF_RANGE", text)
    return error("NUMERIC_VALUE_OUT_OF_RANGE", f"{type_} {word} overflow")
