"""GROUP BY: keys, and the sets of them that ROLLUP, CUBE and GROUPING SETS mean."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from owlake.analysis.aggregation import refuse_aggregates
from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.literals import is_literal_number
from owlake.analysis.ordering import ordinal
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Expression as Node
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.likeness import likeness
from owlake.types.comparison import is_comparable

_MAX_GROUPING_SETS = 2048
_MAX_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Grouping:
    """The keys of a GROUP BY; ``sets`` holds each grouping set's keys by index, None for one set of all."""

    keys: tuple[ir.Expression, ...]
    sets: tuple[tuple[int, ...], ...] | None


def grouping(
    analyzer: ExpressionAnalyzer, group_by: nodes.GroupBy | None, outputs: Sequence[ir.Expression]
) -> Grouping:
    """What GROUP BY says; whole numbers in it mean columns of the select list."""
    if group_by is None:
        return Grouping((), None)
    _refuse_too_many(group_by)
    keys = _Keys(analyzer, outputs)
    alternatives = [_alternatives(element, keys) for element in group_by.elements]
    if all(len(sets) == 1 for sets in alternatives) and all(one.kind == "SIMPLE" for one in group_by.elements):
        return Grouping(tuple(keys.values), None)
    combined = [tuple(dict.fromkeys(key for part in choice for key in part)) for choice in product(*alternatives)]
    if group_by.distinct:
        combined = list({frozenset(one): one for one in combined}.values())
    return Grouping(tuple(keys.values), tuple(combined))


def _refuse_too_many(group_by: nodes.GroupBy) -> None:
    """Counted, not made: a CUBE has two for every key more."""
    count = 1
    for element in group_by.elements:
        count *= {"SIMPLE": 1, "ROLLUP": len(element.sets) + 1, "CUBE": 2 ** len(element.sets)}.get(
            element.kind, len(element.sets)
        )
    if count > _MAX_GROUPING_SETS:
        written = f"more than {_MAX_COUNT}" if count > _MAX_COUNT else str(count)
        text = f"GROUP BY has {written} grouping sets but can contain at most {_MAX_GROUPING_SETS}"
        raise error("TOO_MANY_GROUPING_SETS", text, group_by.position)


class _Keys:
    """The keys seen so far; the same value twice is one key."""

    def __init__(self, analyzer: ExpressionAnalyzer, outputs: Sequence[ir.Expression]) -> None:
        self._analyzer = analyzer
        self._outputs = outputs
        self.values: list[ir.Expression] = []
        self._places: dict[Hashable, int] = {}

    def index(self, node: Node) -> int:
        value = self._analyzer.analyze(node)
        if is_literal_number(value):
            assert isinstance(value, ir.Constant)
            value = ordinal(value.value, self._outputs, "GROUP BY", node.position)
        refuse_aggregates(value, "GROUP BY clause", node)
        if not is_comparable(value.type):
            text = f"{value.type} is not comparable, and therefore cannot be used in GROUP BY"
            raise error("TYPE_MISMATCH", text, node.position)
        place = self._places.setdefault(likeness(value), len(self.values))
        if place == len(self.values):
            self.values.append(value)
        return place


def _alternatives(element: nodes.GroupingElement, keys: _Keys) -> list[tuple[int, ...]]:
    sets = [tuple(keys.index(node) for node in written) for written in element.sets]
    match element.kind:
        case "ROLLUP":
            return [_flat(sets[:end]) for end in range(len(sets), -1, -1)]
        case "CUBE":
            return [_flat(choice) for size in range(len(sets), -1, -1) for choice in combinations(sets, size)]
        case _:
            return sets


def _flat(sets: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(key for one in sets for key in one))
