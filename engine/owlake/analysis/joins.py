"""JOIN USING and NATURAL JOIN: columns that both sides have become one."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.analysis.coercions import coerce
from owlake.analysis.operators import compare, logical
from owlake.analysis.scope import ScopedRelation, ScopeField, reference
from owlake.dialect.nodes.base import Identifier, Position
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.relations import Join, Project
from owlake.types.coercion import common_super_type


def natural_columns(left: ScopedRelation, right: ScopedRelation) -> tuple[Identifier, ...]:
    """The columns that both sides have, in the left side's order."""
    theirs = {field.name for field in right.fields if not field.hidden}
    return tuple(
        Identifier(Position(1, 1), field.name)
        for field in left.fields
        if not field.hidden and field.name is not None and field.name in theirs
    )


def join_using(kind: str, left: ScopedRelation, right: ScopedRelation, names: Sequence[Identifier]) -> ScopedRelation:
    """A join on equality of the named columns, which come first and once, without a qualifier.

    Errors: COLUMN_NOT_FOUND, AMBIGUOUS_NAME, DUPLICATE_COLUMN_NAME, TYPE_MISMATCH at the column's place.
    """
    seen: set[str] = set()
    pairs = []
    for name in names:
        if name.name in seen:
            text = f"Column '{name.value}' appears multiple times in USING clause"
            raise error("DUPLICATE_COLUMN_NAME", text, name.position)
        seen.add(name.name)
        pairs.append((_column(left, name, "left"), _column(right, name, "right")))
    equalities = tuple(
        compare("=", one.value, other.value, name.position) for (one, other), name in zip(pairs, names, strict=True)
    )
    condition = logical("AND", equalities) if equalities else None
    if condition is None and kind == "INNER":
        kind = "CROSS"
    fields = (*left.relation.fields, *right.relation.fields)
    relation = Join(fields, kind, left.relation, right.relation, condition)
    merged = [_merged(kind, one, other) for one, other in pairs]
    outputs = [(ir.Field(str(one.name), value.type), value) for (one, _), value in zip(pairs, merged, strict=True)]
    joined = {id(field) for pair in pairs for field in pair}
    rest = tuple(field for field in (*left.fields, *right.fields) if id(field) not in joined)
    assignments = (*outputs, *_passed(fields))
    project = Project(tuple(field for field, _ in assignments), relation, assignments)
    common = tuple(ScopeField(field.name.lower(), (), reference(field)) for field, _ in outputs)
    return ScopedRelation(project, (*common, *rest))


def _passed(fields: Sequence[ir.Field]) -> list[tuple[ir.Field, ir.Expression]]:
    return [(field, reference(field)) for field in fields]


def _column(side: ScopedRelation, name: Identifier, which: str) -> ScopeField:
    found = [field for field in side.fields if field.name == name.name]
    if len(found) > 1:
        raise error("AMBIGUOUS_NAME", f"Column '{name.value}' is ambiguous", name.position)
    if not found:
        text = f"Column '{name.value}' is missing from {which} side of join"
        raise error("COLUMN_NOT_FOUND", text, name.position)
    return found[0]


def _merged(kind: str, left: ScopeField, right: ScopeField) -> ir.Expression:
    """The value of a USING column: from whichever side is there."""
    common = common_super_type(left.value.type, right.value.type)
    assert common is not None
    one, other = coerce(left.value, common), coerce(right.value, common)
    if kind in ("INNER", "LEFT", "CROSS"):
        return one
    if kind == "RIGHT":
        return other
    return ir.Coalesce(common, (one, other))
