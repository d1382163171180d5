"""MATCH_RECOGNIZE: a relation of the matches of a row pattern.

https://trino.io/docs/current/sql/match-recognize.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from owlake.analysis.coercions import coerce, null_of
from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.pattern_lowering import Columns, Pointers, definition
from owlake.analysis.pattern_scope import PatternContext, PatternScope, label_of
from owlake.analysis.pattern_syntax import Syntax, read, refuse_nesting
from owlake.analysis.scope import Scope, ScopedRelation, ScopeField, reference
from owlake.dialect.nodes import patterns as pattern_nodes
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.dialect.traversal import walk
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.patterns import (
    Definition,
    MatchNumber,
    MatchNumberPointer,
    Navigation,
    PatternAggregation,
    PatternRecognition,
    Place,
    Pointer,
    PositionPointer,
    RowLabel,
    order_of,
)
from owlake.ir.relations import Filter, Project, Relation, Window
from owlake.ir.rewriting import rewrite
from owlake.types.comparison import is_comparable, is_orderable
from owlake.types.model import BIGINT, BOOLEAN, UNKNOWN, VARCHAR

if TYPE_CHECKING:
    from owlake.analysis.relations import RelationAnalyzer


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its name and value over the rows of a match."""

    name: str
    value: ir.Expression


def match_recognize(relations: RelationAnalyzer, node: nodes.PatternRecognition, outer: Scope) -> ScopedRelation:
    """The relation; its columns are the partition's, with ALL ROWS those of the order, measures, all others."""
    scoped = relations.analyze(node.input, outer)
    analyzer = ExpressionAnalyzer(relations.context, Scope(scoped.fields, outer), relations.queries)
    partition_by = [_column(analyzer, one, "PARTITION BY") for one in node.partition_by]
    order_by = [_column(analyzer, one.key, "ORDER BY") for one in node.order_by]
    _check_mode(node)
    refuse_nesting(*(one.expression for one in node.measures), *(one.condition for one in node.definitions))
    syntax = read(node.pattern, node.subsets, node.definitions, node.skip_to)
    fields = [one for one in scoped.fields if not one.hidden]
    measures = analyzed_measures(analyzer, fields, outer, syntax, node.measures)
    columns = Columns()
    definitions = analyzed_definitions(analyzer, fields, outer, syntax, node.definitions, columns)
    keys = tuple(
        ir.SortKey(one.value, item.ascending, item.nulls_first)
        for one, item in zip(order_by, node.order_by, strict=True)
    )
    for key in keys:
        columns.index(key.value)
    places = {key.value: columns.index(key.value) for key in keys}
    shown = [] if node.rows_per_match == "ONE" else _rest(fields, partition_by, order_by)
    building = _Building(node, scoped, syntax, partition_by, columns, definitions)
    return building.relation(order_of(keys, places), measures, order_by, shown)


def _column(analyzer: ExpressionAnalyzer, node: Node, clause: str) -> ScopeField:
    """A column of the input, by name."""
    value = analyzer.analyze(node)
    found = [one for one in analyzer.scope.fields if one.value == value]
    if not found or not isinstance(value, ir.Reference):
        from owlake.dialect.formatter import format_expression  # noqa: PLC0415  (only errors need it)

        text = f"Expected column reference. Actual: {format_expression(node)}"
        raise error("INVALID_COLUMN_REFERENCE", text, node.position)
    if clause == "PARTITION BY" and not is_comparable(value.type):
        text = f"{value.type} is not comparable, and therefore cannot be used in PARTITION BY"
        raise error("TYPE_MISMATCH", text, node.position)
    if clause == "ORDER BY" and not is_orderable(value.type):
        text = f"{value.type} is not orderable, and therefore cannot be used in ORDER BY"
        raise error("TYPE_MISMATCH", text, node.position)
    return found[0]


def _check_mode(node: nodes.PatternRecognition) -> None:
    if node.search is not None:
        text = f"Pattern search modifier: {node.search} is not allowed in MATCH_RECOGNIZE clause"
        raise error("NOT_SUPPORTED", text, node.position)
    excluded = [one for one in walk(node.pattern) if isinstance(one, pattern_nodes.ExcludedPattern)]
    if excluded and node.rows_per_match == "ALL WITH UNMATCHED":
        text = "Pattern exclusion syntax is not allowed when ALL ROWS PER MATCH WITH UNMATCHED ROWS is specified"
        raise error("INVALID_ROW_PATTERN", text, excluded[0].position)


def _rest(fields: Sequence[ScopeField], *before: Sequence[ScopeField]) -> list[ScopeField]:
    """The columns of the input that are not shown before."""
    shown = [one.value for part in before for one in part]
    return [one for one in fields if one.value not in shown]


# MEASURES and DEFINE ------------------------------------------------------------------------------------


def analyzed_measures(
    analyzer: ExpressionAnalyzer,
    fields: Sequence[ScopeField],
    outer: Scope | None,
    syntax: Syntax,
    measures: Sequence[pattern_nodes.MeasureDefinition],
) -> list[Measure]:
    """The measures over rows of a match."""
    found = []
    for one in measures:
        context = PatternContext(syntax.labels, in_define=False)
        inside = analyzer.in_pattern(PatternScope(fields, outer, context), context)
        found.append(Measure(one.name.value, inside.analyze(one.expression)))
    return found


def analyzed_definitions(
    analyzer: ExpressionAnalyzer,
    fields: Sequence[ScopeField],
    outer: Scope | None,
    syntax: Syntax,
    definitions: Sequence[pattern_nodes.VariableDefinition],
    columns: Columns,
) -> tuple[Definition, ...]:
    """The conditions of labels over values that the operator looks up; what they need is collected."""
    found = []
    for one in definitions:
        context = PatternContext(syntax.labels, in_define=True)
        inside = analyzer.in_pattern(PatternScope(fields, outer, context), context)
        condition = inside.analyze(one.condition)
        if condition.type not in (BOOLEAN, UNKNOWN):
            text = f"Expression defining a label must be boolean (actual type: {condition.type})"
            raise error("TYPE_MISMATCH", text, one.condition.position)
        found.append(definition(label_of(one.name), coerce(condition, BOOLEAN), columns))
    return tuple(found)


# The relation -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Building:
    node: nodes.PatternRecognition
    scoped: ScopedRelation
    syntax: Syntax
    partition_by: Sequence[ScopeField]
    columns: Columns
    definitions: tuple[Definition, ...]

    def relation(
        self,
        order: tuple[tuple[int, bool, bool], ...],
        measures: Sequence[Measure],
        order_by: Sequence[ScopeField],
        rest: Sequence[ScopeField],
    ) -> ScopedRelation:
        all_rows = self.node.rows_per_match != "ONE"
        pointers = Pointers(self.columns)
        has_aggregates = any(isinstance(part, PatternAggregation) for one in measures for part in ir.walk(one.value))
        windows = _Windows(self.columns, pointers) if all_rows and has_aggregates else None
        values = [pointers.lowered(windows.lifted(one.value) if windows else one.value) for one in measures]
        keys = [(ir.Field(str(one.name), one.value.type), one.value) for one in self.partition_by]
        first = order_by if all_rows else ()
        shown = [*first, *rest]
        passed = [(ir.Field(str(one.name), one.value.type), self.columns.index(one.value)) for one in shown]
        extra = windows.passed if windows else ()
        excluded = ir.Field("excluded", BOOLEAN) if windows else None
        fields = (
            *(field for field, _ in keys),
            *(field for field, _ in (*passed, *extra)),
            *(field for field, _ in pointers.assignments),
            *((excluded,) if excluded else ()),
        )
        relation: Relation = PatternRecognition(
            fields,
            self.scoped.relation,
            tuple(keys),
            tuple(self.columns.assignments),
            order,
            self.syntax.pattern,
            self.definitions,
            self.node.rows_per_match,
            self.syntax.skip,
            (*passed, *extra),
            pointers.assignments,
            excluded,
        )
        if windows is not None and excluded is not None:
            relation = windows.over(relation, [field for field, _ in keys], excluded)
        outputs = [
            *((str(field.name), reference(field)) for field, _ in keys),
            *((str(field.name), reference(field)) for field, _ in passed[: len(first)]),
            *((one.name, value) for one, value in zip(measures, values, strict=True)),
            *((str(field.name), reference(field)) for field, _ in passed[len(first) :]),
        ]
        assignments = tuple((ir.Field(name, value.type), value) for name, value in outputs)
        project = Project(tuple(field for field, _ in assignments), relation, assignments)
        named = tuple(ScopeField(field.name.lower(), (), reference(field)) for field, _ in assignments)
        return ScopedRelation(project, named)


class _Windows:
    """Aggregates of ALL ROWS PER MATCH: as windows over the rows of each match."""

    def __init__(self, columns: Columns, pointers: Pointers) -> None:
        self._columns = columns
        self._pointers = pointers
        self._number = pointers.field(MatchNumberPointer(), BIGINT)
        self._position = pointers.field(PositionPointer(), BIGINT)
        self._label = pointers.field(Pointer(None, Place()), VARCHAR)
        self._passed: dict[int, ir.Field] = {}
        self.calls: list[tuple[ir.Field, ir.WindowCall]] = []
        self._known: dict[ir.Expression, ir.Field] = {}

    @property
    def passed(self) -> tuple[tuple[ir.Field, int], ...]:
        """Columns of the rows that the windows are over."""
        return tuple((field, index) for index, field in self._passed.items())

    def lifted(self, value: ir.Expression) -> ir.Expression:
        """The value with aggregates as columns."""
        return rewrite(value, self._lift, descend=lambda part: not isinstance(part, PatternAggregation | Navigation))

    def over(self, relation: Relation, partition: Sequence[ir.Field], excluded: ir.Field) -> Relation:
        """The relation's rows with the aggregates, without rows that are left out of the output."""
        by = (*(reference(field) for field in partition), reference(self._number))
        order = (ir.SortKey(reference(self._position), ascending=True, nulls_first=False),)
        calls = tuple((field, replace(call, partition_by=by, order_by=order)) for field, call in self.calls)
        window = Window((*relation.fields, *(field for field, _ in calls)), relation, calls)
        return Filter(window.fields, window, ir.Not(BOOLEAN, reference(excluded)))

    def _lift(self, part: ir.Expression) -> ir.Expression:
        if not isinstance(part, PatternAggregation):
            return part
        if part not in self._known:
            field = ir.Field(part.function.name, part.type)
            self._known[part] = field
            self.calls.append((field, self._call(part)))
        matched = ir.Not(BOOLEAN, ir.IsNull(BOOLEAN, reference(self._number)))
        return ir.Case(part.type, ((matched, reference(self._known[part])),), null_of(part.type))

    def _call(self, part: PatternAggregation) -> ir.WindowCall:
        arguments = tuple(rewrite(argument, self._of_row) for argument in part.arguments)
        label = reference(self._label)
        filter_: ir.Expression = ir.Not(BOOLEAN, ir.IsNull(BOOLEAN, label))
        if part.labels is not None:
            names = tuple(ir.Constant(VARCHAR, name) for name in sorted(part.labels))
            filter_ = ir.InList(BOOLEAN, label, names)
        end = "CURRENT ROW" if part.running else "UNBOUNDED FOLLOWING"
        frame = ir.Frame("ROWS", ("UNBOUNDED PRECEDING", None), (end, None))
        return ir.WindowCall(part.type, part.function, arguments, (), (), frame, filter=filter_)

    def _of_row(self, part: ir.Expression) -> ir.Expression:
        """What an argument of an aggregate is in the operator's output."""
        match part:
            case RowLabel():
                return reference(self._label)
            case MatchNumber():
                return reference(self._number)
            case ir.Reference():
                index = self._columns.index(part)
                return reference(self._passed.setdefault(index, ir.Field(part.field.name, part.type)))
            case _:
                return part
