"""Expressions of row patterns made of what the operator gives: values at rows of the match, by pointer.

Trino looks up columns, not expressions: ``PREV(a + b)`` is ``PREV(a) + PREV(b)``. So what remains of an expression
once its columns are pointers is an ordinary expression over them.
"""

from __future__ import annotations

from dataclasses import replace

from owlake.analysis.scope import reference
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.patterns import (
    AggregatePointer,
    AnyPointer,
    Definition,
    MatchNumber,
    MatchNumberPointer,
    Navigation,
    PatternAggregation,
    Place,
    Pointer,
    RowLabel,
)
from owlake.ir.relations import Assignment
from owlake.ir.rewriting import rewrite, rewrite_relation
from owlake.ir.walking import all_expressions, relations_in
from owlake.types.model import BIGINT, Type

_PATTERN = (Navigation, MatchNumber, PatternAggregation)


class Columns:
    """The columns that the operator collects, each once."""

    def __init__(self) -> None:
        self._known: dict[ir.Expression, int] = {}
        self.assignments: list[Assignment] = []

    def index(self, value: ir.Expression) -> int:
        """The column of a value that each row of the input has."""
        if value not in self._known:
            self._known[value] = len(self.assignments)
            self.assignments.append((ir.Field("part", value.type), value))
        return self._known[value]


class Pointers:
    """The pointers of some expressions, each with the field that stands for its value."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._fields: dict[AnyPointer, ir.Field] = {}

    @property
    def assignments(self) -> tuple[tuple[ir.Field, AnyPointer], ...]:
        """The fields and what they hold."""
        return tuple((field, pointer) for pointer, field in self._fields.items())

    def lowered(self, expression: ir.Expression) -> ir.Expression:
        """The expression over fields of pointers."""
        return rewrite(expression, self._replaced, descend=lambda part: not isinstance(part, _PATTERN))

    def field(self, pointer: AnyPointer, type_: Type) -> ir.Field:
        """The field of a pointer."""
        if pointer not in self._fields:
            self._fields[pointer] = ir.Field("at", type_)
        return self._fields[pointer]

    def _replaced(self, part: ir.Expression) -> ir.Expression:
        pointer = self._pointer(part)
        if pointer is not None:
            return reference(self.field(pointer, part.type))
        if any(_has_pattern(one) for relation in relations_in(part) for one in all_expressions(relation)):
            relation = part.relation  # type: ignore[attr-defined]
            return replace(part, relation=rewrite_relation(relation, self._replaced))  # type: ignore[call-arg]
        return part

    def _pointer(self, part: ir.Expression) -> AnyPointer | None:
        match part:
            case Navigation(leaf=RowLabel()):
                return Pointer(None, part.place)
            case Navigation():
                return Pointer(self._columns.index(part.leaf), part.place)
            case MatchNumber():
                return MatchNumberPointer()
            case PatternAggregation():
                return self._aggregate(part)
            case _:
                return None

    def _aggregate(self, call: PatternAggregation) -> AggregatePointer:
        if call.function.collected is None:
            text = f"Aggregation function {call.function.name} in row pattern recognition is not supported yet"
            raise error("NOT_SUPPORTED", text)
        parameters: dict[int | ir.Expression, ir.Field] = {}

        def parameter(part: ir.Expression) -> ir.Expression:
            key: int | ir.Expression
            if isinstance(part, RowLabel | MatchNumber):
                key = part
            elif isinstance(part, ir.Reference):
                key = self._columns.index(part)
            else:
                return part
            return reference(parameters.setdefault(key, ir.Field("part", part.type)))

        arguments: list[ir.Expression] = []
        for argument in call.arguments:
            simple = not any(isinstance(part, RowLabel | MatchNumber) for part in ir.walk(argument))
            if simple and not isinstance(argument, ir.Constant):
                # The same in each row, however it is matched: a column.
                index = self._columns.index(argument)
                field = parameters.setdefault(index, ir.Field("part", argument.type))
                arguments.append(reference(field))
            else:
                arguments.append(rewrite(argument, parameter))
        kept = tuple((field, key) for key, field in parameters.items())
        return AggregatePointer(call.function, call.type, tuple(arguments), kept, call.labels)  # type: ignore[arg-type]


def definition(label: str, condition: ir.Expression, columns: Columns) -> Definition:
    """A condition of DEFINE over parameters of its own.

    What hangs on neither the match nor its rows, such as an outer query's column, is collected with each row.
    """
    condition = _with_columns_for_subqueries(condition)
    pointers = Pointers(columns)
    condition = pointers.lowered(condition)
    known = {field for field, _ in pointers.assignments}
    lambdas = {one for part in ir.walk(condition) if isinstance(part, ir.Lambda) for one in part.parameters}

    def here(part: ir.Expression) -> ir.Expression:
        if not isinstance(part, ir.Reference) or part.field in known or part.field in lambdas:
            return part
        return reference(pointers.field(Pointer(columns.index(part), Place()), part.type))

    condition = rewrite(condition, here)
    if not pointers.assignments and condition != ir.TRUE:
        pointers.field(MatchNumberPointer(), BIGINT)
    return Definition(label, condition, pointers.assignments)


def _with_columns_for_subqueries(condition: ir.Expression) -> ir.Expression:
    """Subqueries are worked out for each row of the input: as columns, at the place that they ask about."""

    def column(part: ir.Expression) -> ir.Expression:
        if not any(True for _ in relations_in(part)):
            return part
        if any(_has_pattern(one) for relation in relations_in(part) for one in all_expressions(relation)):
            raise error("NOT_SUPPORTED", "Correlated subqueries in DEFINE are not supported")
        places = {one.place for one in ir.walk(part) if isinstance(one, Navigation)}
        if len(places) > 1 or any(
            isinstance(one, MatchNumber | PatternAggregation | RowLabel) for one in ir.walk(part)
        ):
            raise error("NOT_SUPPORTED", "IN with a subquery over several rows of a match is not supported")
        leaf = rewrite(part, lambda one: one.leaf if isinstance(one, Navigation) else one)
        return Navigation(part.type, leaf, places.pop() if places else Place())

    return rewrite(condition, column)


def _has_pattern(part: ir.Expression) -> bool:
    return isinstance(part, _PATTERN)
