"""Arithmetic that cannot leave its type, because the files say how great the numbers in them are.

Trino's arithmetic on decimals and whole numbers is an error where it leaves 38 digits or 64 bits. To notice that, it
must be done in a wider type, which takes twice as long. Most of it cannot come near: prices below a million, times a
discount below one, would have to be added up for ages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal as Number

from owlake.functions.registry import REGISTRY
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.rewriting import change_all_relations, change_expressions, rewrite
from owlake.ir.walking import all_relations, expressions_of
from owlake.types.model import BIGINT, INTEGER_BITS, Decimal, Type

_ARITHMETIC = frozenset(("$add", "$subtract", "$multiply"))
_ROOM = {"sum": 10, "avg": 14}
"""The digits that a decimal aggregate needs beside those of its values, for as many rows as there may be."""
_LONGEST_CHAIN = 32

_ROWS = 10**12
"""More rows than anybody adds up in one group."""

Greatest = Callable[[nodes.Scan, str], "int | None"]
"""The greatest magnitude of a column of a scan, if that is known."""


def bound_arithmetic(relation: nodes.Relation, greatest: Greatest) -> nodes.Relation:
    """The relation with the arithmetic that cannot leave its type marked as such: it needs no check."""
    if not any(_is_checked(part) for part in _parts(relation)):
        return relation
    magnitudes = _Magnitudes(relation, greatest)
    return change_all_relations(relation, lambda one: change_expressions(one, magnitudes.unchecked))


def _parts(relation: nodes.Relation) -> Iterator[ir.Expression]:
    """Every part of every expression of a statement, WITH queries too."""
    for one in all_relations(relation):
        for expression in expressions_of(one):
            yield from ir.walk(expression)


def _is_checked(part: ir.Expression) -> bool:
    """Whether computing the part takes a wider type than its own."""
    match part:
        case ir.Aggregation():
            return bool(part.arguments) and _needs_room(part.function.name, part.arguments[0].type)
        case ir.Call():
            if part.function.name not in _ARITHMETIC:
                return False
            left, right = (one.type for one in part.arguments)
            if isinstance(left, Decimal) and isinstance(right, Decimal):
                return _digits(part.function.name, left, right) > Decimal.MAX_PRECISION
            return part.type in INTEGER_BITS
        case _:
            return False


def _needs_room(aggregate: str, type_: Type) -> bool:
    """Whether an aggregate of values of the type is computed in a wider one: see ``owlake.functions.aggregate``."""
    room = _ROOM.get(aggregate)
    if room is None:
        return False
    if isinstance(type_, Decimal):
        return type_.precision > Decimal.MAX_PRECISION - room
    return aggregate == "sum" and type_ == BIGINT


def _digits(name: str, left: Decimal, right: Decimal) -> int:
    if name == "$multiply":
        return left.precision + right.precision
    scale = max(left.scale, right.scale)
    return 1 + scale + max(left.precision - left.scale, right.precision - right.scale)


def _limit(type_: Type) -> int:
    """What a result of the type must be below; a decimal one has as many digits as there are."""
    if isinstance(type_, Decimal):
        return int(10 ** (Decimal.MAX_PRECISION - type_.scale))
    return 1 << (INTEGER_BITS[type_] - 1)


def _is_long(part: ir.Expression) -> bool:
    """Whether the part is the end of a long chain: those are computed in another way."""
    steps = 0
    while isinstance(part, ir.Call) and part.arguments and steps <= _LONGEST_CHAIN:
        part = part.arguments[0]
        steps += 1
    return steps > _LONGEST_CHAIN


def _capacity(type_: Type) -> int | None:
    """The greatest magnitude that the type can hold."""
    if isinstance(type_, Decimal):
        return int(10 ** (type_.precision - type_.scale))
    bits = INTEGER_BITS.get(type_)
    return None if bits is None else 1 << (bits - 1)


class _Magnitudes:
    """How great the numbers in the fields of a statement can be."""

    def __init__(self, relation: nodes.Relation, greatest: Greatest) -> None:
        self._greatest = greatest
        self._sources: dict[ir.Field, Callable[[], int | None]] = {}
        self._known: dict[ir.Field, int | None] = {}
        self._found: dict[int, tuple[ir.Expression, int | None]] = {}
        """What was found of expressions, by their identities: the parts of a long sum are asked for again and again."""
        for one in all_relations(relation):
            self._learn(one)

    def unchecked(self, expression: ir.Expression) -> ir.Expression:
        """The expression without the checks that it does not need."""
        return rewrite(expression, self._bounded)

    def _bounded(self, part: ir.Expression) -> ir.Expression:
        """The part, without a check if it needs none."""
        if not _is_checked(part) or _is_long(part):
            return part
        assert isinstance(part, ir.Aggregation | ir.Call)
        if isinstance(part, ir.Aggregation):
            found, rows = self.of(part.arguments[0]), _ROWS
        else:
            found, rows = self._of_call(part), 1
        if found is None or found * rows >= _limit(part.type):
            return part
        name = f"$bounded_{part.function.name.removeprefix('$')}"
        types = [argument.type for argument in part.arguments]
        return replace(part, function=REGISTRY.resolve(name, types).function)

    def of(self, value: ir.Expression) -> int | None:
        """A whole number that the value is not beyond; None where nothing is known, not even by its type."""
        known = self._found.get(id(value))
        if known is None:
            known = self._found[id(value)] = (value, self._of_value(value))
        return known[1]

    def _of_value(self, value: ir.Expression) -> int | None:
        capacity = _capacity(value.type)
        if capacity is None:
            return None
        found = self._computed(value)
        return capacity if found is None else min(found, capacity)

    def _computed(self, value: ir.Expression) -> int | None:
        match value:
            case ir.Constant():
                return _of_number(value.value)
            case ir.Reference():
                return self._of_field(value.field)
            case ir.Cast():
                found = self.of(value.value)
                # A scale that is cut rounds.
                return None if found is None else found + 1
            case ir.Case():
                return self._most(*(result for _, result in value.branches), value.default)
            case ir.Coalesce():
                return self._most(*value.terms)
            case ir.Call():
                return self._of_call(value)
            case _:
                return None

    def _of_call(self, call: ir.Call) -> int | None:
        found = [self.of(one) for one in call.arguments]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return None
        match call.function.name:
            case "$add" | "$subtract" | "$bounded_add" | "$bounded_subtract":
                return sum(known)
            case "$multiply" | "$bounded_multiply":
                return math.prod(known)
            case "$negate" | "abs":
                return known[0]
            case _:
                return None

    def _most(self, *values: ir.Expression) -> int | None:
        found = [self.of(one) for one in values]
        known = [one for one in found if one is not None]
        return max(known) if len(known) == len(found) else None

    def _of_field(self, field: ir.Field) -> int | None:
        if field not in self._known:
            source = self._sources.get(field)
            # What refers to itself is known by its type alone.
            self._known[field] = _capacity(field.type)
            self._known[field] = source() if source is not None else None
        return self._known[field]

    def _learn(self, relation: nodes.Relation) -> None:
        match relation:
            case nodes.Scan():
                for field, column in zip(relation.fields, relation.columns, strict=True):
                    self._sources[field] = lambda scan=relation, column=column: self._greatest(scan, column)  # type: ignore[misc]
            case nodes.Project():
                for field, value in relation.assignments:
                    self._sources[field] = lambda value=value: self.of(value)  # type: ignore[misc]
            case nodes.Aggregate():
                for field, value in relation.keys:
                    self._sources[field] = lambda value=value: self.of(value)  # type: ignore[misc]
            case nodes.SetOperation():
                for index, field in enumerate(relation.fields):
                    same = [one.fields[index] for one in relation.inputs]
                    self._sources[field] = lambda same=same: self._most(*map(_reference, same))  # type: ignore[misc]
            case nodes.CommonTableReference() if relation.table.step is None:
                for field, inner in zip(relation.fields, relation.table.relation.fields, strict=True):
                    self._sources[field] = lambda inner=inner: self.of(_reference(inner))  # type: ignore[misc]
            case _:
                return


def _of_number(value: object) -> int | None:
    match value:
        case None:
            return 0
        case int():
            return abs(value)
        case Number():
            return math.ceil(abs(value))
        case _:
            return None


def _reference(field: ir.Field) -> ir.Reference:
    return ir.Reference(field.type, field)
