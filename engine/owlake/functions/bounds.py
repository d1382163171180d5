"""What integers an expression can be: where a result always fits its type, no check is needed."""

from __future__ import annotations

from owlake.types.model import INTEGER_BITS, Type

Bounds = tuple[int, int]

INTEGER_RANGES: dict[Type, Bounds] = {
    type_: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for type_, bits in INTEGER_BITS.items()
}
"""The least and greatest value of each integer type."""


def bounds_of(symbol: str, left: Bounds | None, right: Bounds | None) -> Bounds | None:
    """The bounds of ``left symbol right``, or None where nothing is known."""
    if left is None or right is None:
        return None
    match symbol:
        case "+":
            return left[0] + right[0], left[1] + right[1]
        case "-":
            return left[0] - right[1], left[1] - right[0]
        case "*":
            products = [one * other for one in left for other in right]
            return min(products), max(products)
        case _:
            return None
