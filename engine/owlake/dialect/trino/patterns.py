"""Row patterns: MATCH_RECOGNIZE, and the same clauses inside window frames."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.base import Expression, Position
from owlake.dialect.nodes.patterns import (
    EmptyPattern,
    ExcludedPattern,
    MeasureDefinition,
    PatternAlternation,
    PatternAnchor,
    PatternConcatenation,
    PatternPermutation,
    PatternVariable,
    QuantifiedPattern,
    RowPattern,
    SkipTo,
    SubsetDefinition,
    VariableDefinition,
)
from owlake.dialect.nodes.relations import PatternRecognition, Relation
from owlake.dialect.tokens import INTEGER
from owlake.dialect.trino import expressions, windows
from owlake.dialect.trino.literals import whole_number
from owlake.dialect.trino.names import identifier, identifiers

_PRIMARY_STARTS = NAMES | {"(", "^", "$", "{-"}
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def match_recognize(cursor: Cursor, position: Position, relation: Relation) -> PatternRecognition:
    """``relation MATCH_RECOGNIZE (...)``, with the relation read."""
    cursor.expect("MATCH_RECOGNIZE", "(")
    partition_by: tuple[Expression, ...] = ()
    if cursor.accept("PARTITION"):
        cursor.expect("BY")
        partition_by = expressions.expressions(cursor)
    order_by = windows.order_by(cursor)
    measure_definitions = measures(cursor)
    rows = _rows_per_match(cursor)
    skip = skip_to(cursor)
    mode = search(cursor)
    row_pattern = pattern(cursor)
    if row_pattern is None:
        cursor.fail()
    subset_definitions = subsets(cursor)
    if cursor.kind != "DEFINE":
        cursor.fail("DEFINE")
    variables = definitions(cursor)
    cursor.expect(")")
    return PatternRecognition(
        position,
        relation,
        partition_by,
        order_by,
        measure_definitions,
        rows,
        skip,
        mode,
        row_pattern,
        subset_definitions,
        variables,
    )


def measures(cursor: Cursor) -> tuple[MeasureDefinition, ...]:
    """``MEASURES e AS name, ...``, or nothing."""
    if not cursor.accept("MEASURES"):
        return ()
    items = [_measure(cursor)]
    while cursor.accept(","):
        items.append(_measure(cursor))
    return tuple(items)


def _measure(cursor: Cursor) -> MeasureDefinition:
    position = cursor.position
    value = expressions.expression(cursor)
    cursor.expect("AS")
    return MeasureDefinition(position, value, identifier(cursor))


def _rows_per_match(cursor: Cursor) -> str:
    if cursor.accept("ONE"):
        cursor.expect("ROW", "PER", "MATCH")
        return "ONE"
    if not cursor.accept("ALL"):
        return "ONE"
    cursor.expect("ROWS", "PER", "MATCH")
    if cursor.accept("OMIT"):
        cursor.expect("EMPTY", "MATCHES")
        return "ALL OMIT EMPTY"
    if cursor.accept("WITH"):
        cursor.expect("UNMATCHED", "ROWS")
        return "ALL WITH UNMATCHED"
    if cursor.accept("SHOW"):
        cursor.expect("EMPTY", "MATCHES")
    return "ALL SHOW EMPTY"


def skip_to(cursor: Cursor) -> SkipTo | None:
    """``AFTER MATCH SKIP ...``, or nothing."""
    if not cursor.accept("AFTER"):
        return None
    cursor.expect("MATCH")
    position = cursor.position
    cursor.expect("SKIP")
    if cursor.expect_one_of("TO", "PAST") == "PAST":
        cursor.expect("LAST", "ROW")
        return SkipTo(position, "PAST LAST")
    kind, following = cursor.kind, cursor.peek()
    cursor.note("NEXT", "FIRST", "LAST")
    if kind == "NEXT" and following == "ROW":
        cursor.expect("NEXT", "ROW")
        return SkipTo(position, "NEXT ROW")
    names_label = following in NAMES and not (following == "PATTERN" and cursor.peek(2) == "(")
    if kind in ("FIRST", "LAST") and names_label:
        cursor.advance()
        return SkipTo(position, kind, identifier(cursor))
    return SkipTo(position, "LAST", identifier(cursor))


def search(cursor: Cursor) -> str | None:
    """``INITIAL`` or ``SEEK``, or nothing."""
    for mode in ("INITIAL", "SEEK"):
        if cursor.accept(mode):
            return mode
    return None


def pattern(cursor: Cursor) -> RowPattern | None:
    """``PATTERN (...)``, or nothing."""
    if not cursor.accept("PATTERN"):
        return None
    cursor.expect("(")
    result = _alternation(cursor)
    cursor.expect(")")
    return result


def _alternation(cursor: Cursor) -> RowPattern:
    position = cursor.position
    terms = [_concatenation(cursor)]
    while cursor.accept("|"):
        terms.append(_concatenation(cursor))
    return terms[0] if len(terms) == 1 else PatternAlternation(position, tuple(terms))


def _concatenation(cursor: Cursor) -> RowPattern:
    position = cursor.position
    terms = [_quantified(cursor)]
    while cursor.kind in _PRIMARY_STARTS:
        terms.append(_quantified(cursor))
    cursor.note("<identifier>", "(", "^", "$", "{-", "PERMUTE")
    return terms[0] if len(terms) == 1 else PatternConcatenation(position, tuple(terms))


def _quantified(cursor: Cursor) -> RowPattern:
    position = cursor.position
    term = _primary(cursor)
    kind = cursor.kind
    if kind in _QUANTIFIERS:
        cursor.advance()
        at_least, at_most = _QUANTIFIERS[kind]
    elif kind == "{":
        at_least, at_most = _range(cursor)
    else:
        cursor.note("*", "+", "?", "{")
        return term
    reluctant = cursor.accept("?")
    return QuantifiedPattern(position, term, at_least, at_most, greedy=not reluctant)


def _range(cursor: Cursor) -> tuple[int, int | None]:
    cursor.expect("{")
    if cursor.accept(","):
        at_least = 0
    else:
        at_least = whole_number(cursor)
        if cursor.accept("}"):
            return at_least, at_least
        cursor.expect(",")
    at_most = whole_number(cursor) if cursor.kind == INTEGER else None
    cursor.note(INTEGER)
    cursor.expect("}")
    return at_least, at_most


def _primary(cursor: Cursor) -> RowPattern:
    position = cursor.position
    cursor.note("(", "^", "$", "{-", "PERMUTE")
    if cursor.kind in ("^", "$"):
        return PatternAnchor(position, at_start=cursor.kinds[cursor.advance()] == "^")
    if cursor.accept("{-"):
        excluded = _alternation(cursor)
        cursor.expect("-}")
        return ExcludedPattern(position, excluded)
    if cursor.kind == "PERMUTE" and cursor.peek() == "(":
        cursor.expect("PERMUTE", "(")
        terms = [_alternation(cursor)]
        while cursor.accept(","):
            terms.append(_alternation(cursor))
        cursor.expect(")")
        return PatternPermutation(position, tuple(terms))
    if cursor.accept("("):
        if cursor.accept(")"):
            return EmptyPattern(position)
        grouped = _alternation(cursor)
        cursor.expect(")")
        return grouped
    return PatternVariable(position, identifier(cursor))


def subsets(cursor: Cursor) -> tuple[SubsetDefinition, ...]:
    """``SUBSET u = (A, B), ...``, or nothing."""
    if not cursor.accept("SUBSET"):
        return ()
    items = [_subset(cursor)]
    while cursor.accept(","):
        items.append(_subset(cursor))
    return tuple(items)


def _subset(cursor: Cursor) -> SubsetDefinition:
    position = cursor.position
    name = identifier(cursor)
    cursor.expect("=")
    return SubsetDefinition(position, name, identifiers(cursor))


def definitions(cursor: Cursor) -> tuple[VariableDefinition, ...]:
    """``DEFINE A AS condition, ...``, or nothing."""
    if not cursor.accept("DEFINE"):
        return ()
    items = [_definition(cursor)]
    while cursor.accept(","):
        items.append(_definition(cursor))
    return tuple(items)


def _definition(cursor: Cursor) -> VariableDefinition:
    position = cursor.position
    name = identifier(cursor)
    cursor.expect("AS")
    return VariableDefinition(position, name, expressions.expression(cursor))
