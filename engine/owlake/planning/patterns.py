"""Row patterns to DataFusion SQL: partitions are collected as lists, matched by the operator, and unnested.

In SQL::

    SELECT p, unnest(recognize(array_agg(named_struct('f0', x, 'f1', y)))) FROM t GROUP BY p
"""

from __future__ import annotations

from owlake.functions.registry import Function, Kind
from owlake.functions.signature import parse_signature
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.patterns import (
    AggregatePointer,
    AnyPointer,
    Label,
    MatchNumber,
    Pattern,
    PatternRecognition,
    RowLabel,
)
from owlake.operators.aggregates import LABEL, NUMBER, Aggregate, Argument, Computed
from owlake.operators.conditions import AnyParameter
from owlake.operators.program import compiled
from owlake.operators.quick import quick
from owlake.operators.recognition import Recognition, recognizer
from owlake.planning.aggregates import AggregateSite
from owlake.planning.blocks import Block
from owlake.planning.expressions import Environment
from owlake.planning.relations import RelationPrinter
from owlake.planning.sites import scalar
from owlake.types.arrow import arrow_type
from owlake.types.model import BOOLEAN, Array, Row, RowField
from owlake.types.model import Function as FunctionType


def pattern_recognition(printer: RelationPrinter, node: PatternRecognition, outer: Environment) -> Block:
    """The block of MATCH_RECOGNIZE, or of a window's PATTERN."""
    keys = tuple((field, value) for field, value in node.partition_by)
    given = node.fields[len(keys) :]
    rows = Array(Row(tuple(RowField(None, field.type) for field in given) or (RowField(None, BOOLEAN),)))
    lists = ir.Field("rows", rows)
    collected = tuple(value for _, value in node.collected) or (ir.TRUE,)
    call = ir.Aggregation(rows, _operator(node), collected)
    groups = nodes.Aggregate((*(field for field, _ in keys), lists), node.input, keys, ((lists, call),))
    fields = given or (ir.Field("none", BOOLEAN),)
    item = (ir.Reference(rows, lists), fields)
    return printer.block(nodes.Unnest((*groups.fields, *fields), groups, (item,), None, outer=False), outer)


def _operator(node: PatternRecognition) -> Function:
    """The operator as an aggregate over a partition's rows."""

    def implementation(site: AggregateSite) -> str:
        element = Row(tuple(RowField(None, value.type) for value in site.arguments))
        parts = (f"'field{index}', {site.sql(index)}" for index in range(len(site.arguments)))
        lists = site.aggregate("array_agg", f"named_struct({', '.join(parts)})")
        lowering = _Lowering(node)
        kernel = recognizer(lowering.recognition())
        return site.kernel(kernel, [(lists, Array(element)), *lowering.lambdas], site.type)

    signature = parse_signature("$recognize() -> boolean")
    return Function("$recognize", Kind.AGGREGATE, "", signature, "", implementation)  # type: ignore[arg-type]


class _Lowering:
    """A row pattern as the operator takes it; conditions and arguments become lambdas."""

    def __init__(self, node: PatternRecognition) -> None:
        self._node = node
        self._labels = {name: index for index, name in enumerate(dict.fromkeys(_labels(node.pattern)))}
        self.lambdas: list[ir.Lambda] = []

    def recognition(self) -> Recognition:
        node = self._node
        definitions = []
        for one in node.definitions:
            if one.condition == ir.TRUE or one.label not in self._labels:
                continue
            fields = [field for field, _ in one.parameters]
            parameters = tuple(self._parameter(pointer) for _, pointer in one.parameters)
            body = self._lambda(fields, one.condition)
            definitions.append((self._labels[one.label], body, parameters, quick(one.condition, fields)))
        return Recognition(
            order=node.order_by,
            program=tuple(compiled(node.pattern, self._labels)),
            labels=tuple(self._labels),
            definitions=tuple(definitions),
            rows=node.rows,
            skip=node.skip.kind,
            skip_labels=self._numbers(node.skip.labels),
            passed=tuple(index for _, index in node.passed),
            measures=tuple(self._parameter(pointer) for _, pointer in node.measures),
            shows_excluded=node.excluded is not None,
            frame=node.frame,
            seek=node.seek,
        )

    def _lambda(self, parameters: list[ir.Field], body: ir.Expression) -> int:
        type_ = FunctionType(tuple(field.type for field in parameters), body.type)
        self.lambdas.append(ir.Lambda(type_, tuple(parameters), body))
        return len(self.lambdas) - 1

    def _numbers(self, labels: frozenset[str]) -> frozenset[int]:
        return frozenset(self._labels[name] for name in labels if name in self._labels)

    def _parameter(self, pointer: AnyPointer) -> AnyParameter:
        return self._aggregate(pointer) if isinstance(pointer, AggregatePointer) else pointer

    def _aggregate(self, pointer: AggregatePointer) -> Aggregate:
        how = pointer.function.collected
        assert how is not None
        places = {field: _place(what) for field, what in pointer.parameters}
        return Aggregate(
            how.kernel,
            how.rows,
            how.nulls if pointer.nulls is None else pointer.nulls,
            tuple(self._argument(argument, places) for argument in pointer.arguments),
            arrow_type(pointer.type),
            None if pointer.labels is None else self._numbers(pointer.labels),
            pointer.where,
            pointer.framed,
        )

    def _argument(self, argument: ir.Expression, places: dict[ir.Field, int]) -> Argument:
        if isinstance(argument, ir.Constant):
            return scalar(argument)
        if isinstance(argument, ir.Reference) and places[argument.field] >= 0:
            return places[argument.field]
        used = [field for field in places if any(part == ir.Reference(field.type, field) for part in ir.walk(argument))]
        body = self._lambda(used, argument)
        return Computed(body, tuple(places[field] for field in used))


def _place(what: int | RowLabel | MatchNumber) -> int:
    match what:
        case RowLabel():
            return LABEL
        case MatchNumber():
            return NUMBER
        case int():
            return what


def _labels(pattern: Pattern) -> list[str]:
    """The labels of a pattern, in order."""
    if isinstance(pattern, Label):
        return [pattern.name]
    inner = getattr(pattern, "pattern", None)
    parts = (inner,) if inner is not None else getattr(pattern, "terms", ())
    return [name for part in parts for name in _labels(part)]
