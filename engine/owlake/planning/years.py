"""Conditions on the year of a date as conditions on the date, which files are chosen by.

In SQL::

year(d) = 2020
d >= DATE '2020-01-01' AND d < DATE '2021-01-01'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.ir import expressions as ir
from owlake.types.model import DATE, Timestamp
from owlake.types.text import MICROSECONDS_OF_A_DAY, days_from_civil

if TYPE_CHECKING:
    from owlake.planning.expressions import ExpressionPrinter

_REVERSED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LAST_YEAR = 290_000
"""Up to it, and back to its like before the common era, timestamps have whole years."""


def year_range(printer: ExpressionPrinter, operator: str, left: ir.Expression, right: ir.Expression) -> str | None:
    """``year(x) operator constant`` as a range of ``x``; None for any other comparison."""
    if isinstance(left, ir.Constant):
        left, right, operator = right, left, _REVERSED.get(operator, "")
    if not isinstance(left, ir.Call) or left.function.name != "year" or not isinstance(right, ir.Constant):
        return None
    moment, year = left.arguments[0], right.value
    if not isinstance(moment, ir.Reference) or not (moment.type == DATE or isinstance(moment.type, Timestamp)):
        return None
    if operator not in _REVERSED or not isinstance(year, int) or abs(year) >= _LAST_YEAR:
        return None
    unit = 1 if moment.type == DATE else MICROSECONDS_OF_A_DAY
    sql = printer.sql(moment)
    start, end = (
        printer.sql(ir.Constant(moment.type, days_from_civil(first, 1, 1) * unit)) for first in (year, year + 1)
    )
    return {
        "=": f"({sql} >= {start} AND {sql} < {end})",
        "<>": f"({sql} < {start} OR {sql} >= {end})",
        "<": f"({sql} < {start})",
        "<=": f"({sql} < {end})",
        ">": f"({sql} >= {end})",
        ">=": f"({sql} >= {start})",
    }[operator]
