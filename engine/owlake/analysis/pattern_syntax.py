"""The clauses that MATCH_RECOGNIZE and windows with PATTERN share: labels, subsets, pattern, skip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from owlake.analysis.pattern_scope import label_of
from owlake.dialect.nodes import patterns as nodes
from owlake.dialect.nodes.base import Identifier, Node
from owlake.dialect.traversal import walk
from owlake.errors import error
from owlake.ir import patterns as ir

_MAX_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Syntax:
    """The clauses as read: ``labels`` by lower-case name, each with the labels of rows that it stands for."""

    pattern: ir.Pattern
    labels: dict[str, frozenset[str]]
    skip: ir.Skip


def read(
    pattern: nodes.RowPattern,
    subsets: Sequence[nodes.SubsetDefinition],
    definitions: Sequence[nodes.VariableDefinition],
    skip: nodes.SkipTo | None,
) -> Syntax:
    """The clauses, checked against each other.

    Errors: INVALID_LABEL, NUMERIC_VALUE_OUT_OF_RANGE, INVALID_RANGE.
    """
    names = [one.name for one in walk(pattern) if isinstance(one, nodes.PatternVariable)]
    labels = {name.name: frozenset({label_of(name)}) for name in names}
    primary = frozenset(labels)
    labels |= _subsets(subsets, labels)
    _check_definitions(definitions, primary)
    _check_quantifiers(pattern)
    return Syntax(_pattern(pattern), labels, _skip(skip, labels))


def _subsets(subsets: Sequence[nodes.SubsetDefinition], labels: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for subset in subsets:
        name = subset.name.name
        if name in labels:
            text = f"union pattern variable name: {subset.name.value} is a duplicate of primary pattern variable name"
            raise error("INVALID_LABEL", text, subset.name.position)
        if name in found:
            text = f"union pattern variable name: {subset.name.value} is declared twice"
            raise error("INVALID_LABEL", text, subset.name.position)
        for one in subset.labels:
            if one.name not in labels:
                text = f"subset element: {one.value} is not a primary pattern variable"
                raise error("INVALID_LABEL", text, one.position)
        found[name] = frozenset().union(*(labels[one.name] for one in subset.labels))
    return found


def _check_definitions(definitions: Sequence[nodes.VariableDefinition], primary: frozenset[str]) -> None:
    seen: set[str] = set()
    for one in definitions:
        if one.name.name not in primary:
            text = f"defined variable: {one.name.value} is not a primary pattern variable"
            raise error("INVALID_LABEL", text, one.name.position)
        if one.name.name in seen:
            text = f"pattern variable with name: {one.name.value} is defined twice"
            raise error("INVALID_LABEL", text, one.name.position)
        seen.add(one.name.name)
        final = [each for each in walk(one.condition) if getattr(each, "processing_mode", None) == "FINAL"]
        if final:
            text = "FINAL semantics is not supported in DEFINE clause"
            raise error("INVALID_PROCESSING_MODE", text, final[0].position)


def _check_quantifiers(pattern: nodes.RowPattern) -> None:
    for one in walk(pattern):
        if not isinstance(one, nodes.QuantifiedPattern):
            continue
        if one.at_least > _MAX_COUNT:
            text = f"Pattern quantifier lower bound must not exceed {_MAX_COUNT}"
            raise error("NUMERIC_VALUE_OUT_OF_RANGE", text, one.position)
        if one.at_most is None:
            continue
        if one.at_most < 1:
            text = "Pattern quantifier upper bound must be greater than or equal to 1"
            raise error("NUMERIC_VALUE_OUT_OF_RANGE", text, one.position)
        if one.at_most > _MAX_COUNT:
            text = f"Pattern quantifier upper bound must not exceed {_MAX_COUNT}"
            raise error("NUMERIC_VALUE_OUT_OF_RANGE", text, one.position)
        if one.at_least > one.at_most:
            raise error("INVALID_RANGE", "Pattern quantifier lower bound must not exceed upper bound", one.position)


def refuse_nesting(*nodes_: Node) -> None:
    """NESTED_ROW_PATTERN_RECOGNITION for a row pattern inside MEASURES or DEFINE."""
    from owlake.dialect.nodes.relations import PatternRecognition  # noqa: PLC0415  (relations hold patterns)

    for outer in nodes_:
        for one in walk(outer):
            if isinstance(one, nodes.RowPattern | PatternRecognition):
                text = "nested row pattern recognition in row pattern recognition"
                raise error("NESTED_ROW_PATTERN_RECOGNITION", text, one.position)


def _skip(skip: nodes.SkipTo | None, labels: dict[str, frozenset[str]]) -> ir.Skip:
    if skip is None:
        return ir.Skip("PAST LAST")
    if skip.label is None:
        return ir.Skip(skip.kind)
    return ir.Skip(skip.kind, _known(skip.label, labels))


def _known(label: Identifier, labels: dict[str, frozenset[str]]) -> frozenset[str]:
    if label.name not in labels:
        text = f"{label.value} is not a primary or union pattern variable"
        raise error("INVALID_LABEL", text, label.position)
    return labels[label.name]


def _pattern(node: nodes.RowPattern) -> ir.Pattern:
    match node:
        case nodes.PatternVariable():
            return ir.Label(label_of(node.name))
        case nodes.EmptyPattern():
            return ir.Sequence(())
        case nodes.PatternAnchor():
            return ir.Anchor(node.at_start)
        case nodes.PatternConcatenation():
            return ir.Sequence(tuple(_pattern(term) for term in node.terms))
        case nodes.PatternAlternation():
            return ir.Choice(tuple(_pattern(term) for term in node.terms))
        case nodes.PatternPermutation():
            terms = [_pattern(term) for term in node.terms]
            return ir.Choice(tuple(ir.Sequence(order) for order in permutations(terms)))
        case nodes.ExcludedPattern():
            return ir.Excluded(_pattern(node.pattern))
        case nodes.QuantifiedPattern():
            return ir.Repeat(_pattern(node.pattern), node.at_least, node.at_most, node.greedy)
        case _:
            raise error("NOT_SUPPORTED", f"{type(node).__name__} is not supported", node.position)
