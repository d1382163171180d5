"""Aggregate calls to DataFusion SQL, in groups and over windows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from owlake.ir import expressions as ir
from owlake.planning.char_order import in_order
from owlake.planning.expressions import ExpressionPrinter
from owlake.planning.sites import Site
from owlake.planning.udfs import LambdaFunction
from owlake.types.arrow import arrow_type
from owlake.types.model import Array, Row, RowField, Type

if TYPE_CHECKING:
    from owlake.functions.segment_order import Direction
    from owlake.functions.segments import SegmentKernel
    from owlake.planning.udfs import Kernel

Argument = tuple[str, Type]
"""The SQL of a value and its type."""


class AggregateSite(Site):
    """An aggregate call on its way to SQL: its DISTINCT, ORDER BY, FILTER and OVER go with each native aggregate."""

    def __init__(
        self, printer: ExpressionPrinter, node: ir.Aggregation, over: str = "", *, slides: bool = False
    ) -> None:
        super().__init__(printer, node.type, node.arguments)
        self.distinct = node.distinct
        self.order_by = node.order_by
        self.filter = node.filter
        self.over = over
        """The window's specification with the word OVER; empty in a group."""
        self.slides = slides
        """Whether rows leave the window's frame: some native aggregates cannot take a row back."""

    def aggregate(
        self, name: str, arguments: str, *, order_by: str | None = None, where: str | None = None, distinct: bool = True
    ) -> str:
        """A native aggregate over SQL arguments with what the call says besides.

        ``where`` is added to the call's own condition. ``distinct`` false leaves the call's DISTINCT out, for
        aggregates that it does not change.
        """
        words = "DISTINCT " if self.distinct and distinct else ""
        order = f" ORDER BY {order_by}" if order_by else ""
        return f"{name}({words}{arguments}{order}){self._where(where)}{self.over}"

    def first(self, value: str, order_by: str = "", where: str | None = None) -> str:
        """The first value in the call's order, or in one that is given."""
        keys = order_by or self._printer.sort_keys(self.order_by)
        return self.aggregate("first_value", value, order_by=keys, where=where, distinct=False)

    def collected(
        self,
        kernel: SegmentKernel,
        arguments: Sequence[Argument],
        constants: Sequence[ir.Expression | Argument] = (),
        *,
        where: str | None = None,
    ) -> str:
        """A kernel over the rows of each group, in the call's order and distinct if the call says so.

        ``constants`` are one value a group: constants, or native aggregates.
        """
        ordered = [in_order(key.value) for key in self.order_by]
        keys = [(self._printer.sql(key), key.type) for key in ordered]
        columns = list(dict.fromkeys([*arguments, *keys]))
        order = tuple((key.ascending, key.nulls_first) for key in self.order_by)
        places = tuple(columns.index(one) for one in (*arguments, *keys))
        finish = _finishing(kernel, places[: len(arguments)], places[len(arguments) :], order, self.distinct)
        if len(columns) == 1 and not pa.types.is_struct(arrow_type(columns[0][1])):
            sql, element = columns[0]
        else:
            element = Row(tuple(RowField(f"f{index}", type_) for index, (_, type_) in enumerate(columns)))
            parts = (f"'f{index}', {value}" for index, (value, _) in enumerate(columns))
            sql = f"named_struct({', '.join(parts)})"
        lists = self.aggregate("array_agg", sql, where=where, distinct=False)
        return self.kernel(finish, [(lists, Array(element)), *constants], self.type)

    def _where(self, extra: str | None) -> str:
        conditions = [self._printer.sql(self.filter)] if self.filter is not None else []
        conditions.extend([extra] if extra else [])
        return f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""


_ROWS_AT_ONCE = 32_768
"""Columns of so many rows stay in the processor's cache, and their memory is used again and again."""


@lru_cache(maxsize=1000)
def _finishing(
    kernel: SegmentKernel, rows: tuple[int, ...], keys: tuple[int, ...], order: tuple[Direction, ...], distinct: bool
) -> Kernel:
    """The kernel over lists as DataFusion collects them: ``rows`` and ``keys`` are places of columns in them."""

    def finish(lists: Any, *constants: Any) -> Any:
        from owlake.functions import segments as of  # noqa: PLC0415  (numpy, on use)

        if any(isinstance(one, LambdaFunction) for one in constants):
            # A lambda is asked step by step: the more rows at once, the less often.
            return whole(of, lists, constants)
        found = []
        for start, length in of.pieces(lists, _ROWS_AT_ONCE):
            given = [one if isinstance(one, pa.Scalar) else one.slice(start, length) for one in constants]
            found.append(whole(of, lists.slice(start, length), given))
        return found[0] if len(found) == 1 else pa.concat_arrays(found)

    def whole(of: ModuleType, lists: Any, constants: Sequence[Any]) -> Any:
        found = of.segments_of(lists)
        if distinct:
            found = found.taken(of.distinct(found, rows).first)
        if order:
            from owlake.functions.segment_order import order_of  # noqa: PLC0415  (numpy, on use)

            by = [(found.columns[place], direction) for place, direction in zip(keys, order, strict=True)]
            found = found.taken(order_of(found, by))
        return kernel(found.with_columns(*(found.columns[place] for place in rows)), *constants)

    finish.__name__ = kernel.__name__
    return finish
