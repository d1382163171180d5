"""Row patterns to text."""

from __future__ import annotations

from functools import singledispatch

from owlake.dialect.formatter.expressions import format_expression, joined
from owlake.dialect.nodes import patterns as tree

_QUANTIFIERS = {(0, None): "*", (1, None): "+", (0, 1): "?"}


@singledispatch
def format_pattern(node: tree.RowPattern) -> str:
    """A row pattern as SQL; every choice, sequence and repetition in parentheses."""
    message = f"no text for {type(node).__name__}"
    raise NotImplementedError(message)


@format_pattern.register
def _variable(node: tree.PatternVariable) -> str:
    name = format_expression(node.name)
    # Before a group the word would make a permutation of it.
    return f"({name})" if name.upper() == "PERMUTE" else name


@format_pattern.register
def _empty(_node: tree.EmptyPattern) -> str:
    return "()"


@format_pattern.register
def _anchor(node: tree.PatternAnchor) -> str:
    return "^" if node.at_start else "$"


@format_pattern.register
def _concatenation(node: tree.PatternConcatenation) -> str:
    return "(" + " ".join(map(format_pattern, node.terms)) + ")"


@format_pattern.register
def _alternation(node: tree.PatternAlternation) -> str:
    return "(" + " | ".join(map(format_pattern, node.terms)) + ")"


@format_pattern.register
def _permutation(node: tree.PatternPermutation) -> str:
    return "PERMUTE(" + ", ".join(map(format_pattern, node.terms)) + ")"


@format_pattern.register
def _excluded(node: tree.ExcludedPattern) -> str:
    return "{-" + format_pattern(node.pattern) + "-}"


@format_pattern.register
def _quantified(node: tree.QuantifiedPattern) -> str:
    at_most = "" if node.at_most is None else node.at_most
    quantifier = _QUANTIFIERS.get((node.at_least, node.at_most), f"{{{node.at_least},{at_most}}}")
    return f"({format_pattern(node.pattern)}{quantifier}{'' if node.greedy else '?'})"


def format_skip_to(skip: tree.SkipTo) -> str:
    """``AFTER MATCH SKIP ...``."""
    if skip.label is not None:
        return f"AFTER MATCH SKIP TO {skip.kind} {format_expression(skip.label)}"
    return "AFTER MATCH SKIP TO NEXT ROW" if skip.kind == "NEXT ROW" else "AFTER MATCH SKIP PAST LAST ROW"


def format_measure(measure: tree.MeasureDefinition) -> str:
    """``expression AS name``."""
    return f"{format_expression(measure.expression)} AS {format_expression(measure.name)}"


def format_definition(definition: tree.VariableDefinition) -> str:
    """``A AS condition``."""
    return f"{format_expression(definition.name)} AS {format_expression(definition.condition)}"


def format_subset(subset: tree.SubsetDefinition) -> str:
    """``u = (A, B)``."""
    return f"{format_expression(subset.name)} = ({joined(subset.labels)})"
