"""Window calls over frames that DataFusion does not have, given to the operator for frames.

In SQL::

    SELECT a, first_value(b) IGNORE NULLS OVER (PARTITION BY p ORDER BY a ROWS n PRECEDING) FROM t
    SELECT unnest(frame(array_agg(named_struct('a', a, 'b', b, 'n', n)))) FROM t GROUP BY p
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from owlake.analysis.coercions import coerce
from owlake.errors import error
from owlake.functions.registry import REGISTRY, Function, Kind
from owlake.functions.signature import parse_signature
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.operators.aggregates import Aggregate, Argument
from owlake.operators.framing import Bound, FramedCall, Neighbour, Value, framer
from owlake.planning.aggregates import AggregateSite
from owlake.planning.sites import scalar
from owlake.types.arrow import arrow_type
from owlake.types.coercion import common_super_type
from owlake.types.model import BIGINT, Array, Row, RowField, is_integer

_VALUES = frozenset({"first_value", "last_value", "nth_value"})
_NEIGHBOURS = frozenset({"lag", "lead"})
_OFFSETS = ("PRECEDING", "FOLLOWING")


def framed_apart(node: nodes.Window) -> nodes.Relation:
    """The window with the calls that need it worked out below by the operator."""
    framed = [one for one in node.calls if _needs_operator(one[1])]
    if not framed:
        return node
    relation = node.input
    while framed:
        first = framed[0][1]
        same = [one for one in framed if (one[1].partition_by, one[1].order_by) == (first.partition_by, first.order_by)]
        relation = _framed(relation, same)
        framed = [one for one in framed if one not in same]
    rest = tuple(one for one in node.calls if not _needs_operator(one[1]))
    if not rest:
        return relation
    return nodes.Window((*relation.fields, *(field for field, _ in rest)), relation, rest)


def _needs_operator(call: ir.WindowCall) -> bool:
    if call.function.name in _NEIGHBOURS:
        return any(not _is_place(one, least=0) for one in call.arguments[1:2]) or len(call.arguments) > 2
    if call.function.kind is not Kind.AGGREGATE and call.function.name not in _VALUES:
        return False
    if call.function.name == "nth_value" and not _is_place(call.arguments[1], least=1):
        return True
    if call.ignore_nulls and call.function.name in _VALUES:
        return True
    frame = call.frame
    if frame is None:
        return False
    bounds = [(kind, value) for kind, value in (frame.start, frame.end) if kind in _OFFSETS]
    return any(not _is_native(call, frame, value) for _, value in bounds) or _is_reversed(frame)


def _is_place(value: ir.Expression, *, least: int) -> bool:
    """Whether an offset is a constant that there can be."""
    return isinstance(value, ir.Constant) and value.value is not None and value.value >= least


def _is_native(call: ir.WindowCall, frame: ir.Frame, value: ir.Expression | None) -> bool:
    """Whether DataFusion has an offset: a constant in the sort key's own terms."""
    if not isinstance(value, ir.Constant) or value.value is None or value.value < 0:
        return False
    if frame.unit != "RANGE":
        return bool(value.value < 2**32)
    key = call.order_by[0].value.type
    if key == value.type:
        return is_integer(key)
    return key.base in ("date", "timestamp") and value.type.base.startswith("interval")


def _is_reversed(frame: ir.Frame) -> bool:
    """Whether the frame's end may stand before its start; it is empty then."""
    if frame.start[0] != frame.end[0] or frame.start[0] not in _OFFSETS:
        return False
    one, other = (ir.constant_value(value) for _, value in (frame.start, frame.end) if value is not None)
    if one is None or other is None:
        return True
    return bool(one < other) if frame.start[0] == "PRECEDING" else bool(one > other)


# The operator -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Columns:
    """What is collected of each row, each once."""

    values: list[ir.Expression]

    def index(self, value: ir.Expression) -> int:
        if value not in self.values:
            self.values.append(value)
        return self.values.index(value)


def _framed(relation: nodes.Relation, calls: Sequence[tuple[ir.Field, ir.WindowCall]]) -> nodes.Relation:
    columns = _Columns([])
    passed = [columns.index(ir.Reference(field.type, field)) for field in relation.fields]
    first = calls[0][1]
    order = tuple((columns.index(key.value), key.ascending, key.nulls_first) for key in first.order_by)
    framed = tuple(_call(call, columns) for _, call in calls)
    given = (*relation.fields, *(field for field, _ in calls))
    rows = Array(Row(tuple(RowField(None, field.type) for field in given)))
    lists = ir.Field("rows", rows)
    keys = tuple((ir.Field("key", value.type), value) for value in first.partition_by)
    call = ir.Aggregation(rows, _operator(order, passed, framed), tuple(columns.values))
    groups = nodes.Aggregate((*(field for field, _ in keys), lists), relation, keys, ((lists, call),))
    # The fields below keep their names above: they hold the same values.
    item = (ir.Reference(rows, lists), given)
    unnested = nodes.Unnest((*groups.fields, *given), groups, (item,), None, outer=False)
    return nodes.Project(given, unnested, tuple((field, ir.Reference(field.type, field)) for field in given))


def _operator(
    order: tuple[tuple[int, bool, bool], ...], passed: Sequence[int], calls: tuple[FramedCall, ...]
) -> Function:
    kernel = framer(order, passed, calls)

    def implementation(site: AggregateSite) -> str:
        element = Row(tuple(RowField(None, value.type) for value in site.arguments))
        parts = (f"'field{index}', {site.sql(index)}" for index in range(len(site.arguments)))
        lists = site.aggregate("array_agg", f"named_struct({', '.join(parts)})")
        return site.kernel(kernel, [(lists, Array(element))], site.type)

    signature = parse_signature("$frame() -> boolean")
    return Function("$frame", Kind.AGGREGATE, "", signature, "", implementation)  # type: ignore[arg-type]


def _call(call: ir.WindowCall, columns: _Columns) -> FramedCall:
    frame = call.frame or ir.Frame("RANGE", ("UNBOUNDED PRECEDING", None), ("CURRENT ROW", None))
    where = None if call.filter is None else columns.index(call.filter)
    ascending = not call.order_by or call.order_by[0].ascending
    start, end = (_bound(call, frame, *bound, columns) for bound in (frame.start, frame.end))
    return FramedCall(frame.unit, start, end, ascending, _function(call, columns, where))


def _bound(call: ir.WindowCall, frame: ir.Frame, kind: str, offset: ir.Expression | None, columns: _Columns) -> Bound:
    if offset is None:
        return Bound(kind)
    if frame.unit != "RANGE":
        return Bound(kind, columns.index(coerce(offset, BIGINT)))
    key = call.order_by[0]
    backwards = (kind == "PRECEDING") == key.ascending
    value = _arithmetic("$subtract" if backwards else "$add", key.value, offset)
    common = common_super_type(value.type, key.value.type)
    assert common is not None
    return Bound(
        kind, columns.index(offset), columns.index(coerce(value, common)), columns.index(coerce(key.value, common))
    )


def _arithmetic(name: str, left: ir.Expression, right: ir.Expression) -> ir.Expression:
    resolved = REGISTRY.resolve(name, (left.type, right.type))
    arguments = tuple(coerce(one, type_) for one, type_ in zip((left, right), resolved.arguments, strict=True))
    return ir.Call(resolved.result(arguments), resolved.function, arguments)


def _function(call: ir.WindowCall, columns: _Columns, where: int | None) -> Value | Neighbour | Aggregate:
    name = call.function.name
    if name in _VALUES:
        place = columns.index(call.arguments[1]) if name == "nth_value" else None
        column = columns.index(call.arguments[0])
        return Value(column, 0, place, name == "last_value", not call.ignore_nulls, where)
    if name in _NEIGHBOURS:
        column, offset, *default = (columns.index(one) for one in (*call.arguments, ir.Constant(BIGINT, 1)))
        has_default = len(call.arguments) > 2
        return Neighbour(column, offset, name == "lead", default[0] if has_default else None, not call.ignore_nulls)
    how = call.function.collected
    if how is None:
        raise error("NOT_SUPPORTED", f"Function {name} over such a window frame is not supported yet")
    arguments: list[Argument] = [
        scalar(one) if isinstance(one, ir.Constant) else columns.index(one) for one in call.arguments
    ]
    return Aggregate(how.kernel, how.rows, how.nulls, tuple(arguments), arrow_type(call.type), None, where, framed=True)
