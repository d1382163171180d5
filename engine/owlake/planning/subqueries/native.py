"""The subqueries that DataFusion decorrelates itself, rightly and fast."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.walking import relations_in
from owlake.planning.comparisons import has_hidden_differences, is_nested
from owlake.planning.predicates import split
from owlake.planning.subqueries.domains import outer_references
from owlake.types.model import DOUBLE, REAL, Type


def is_native(part: ir.Expression, outside: Sequence[ir.Field]) -> bool:
    """Whether DataFusion runs the subquery over an input with these fields.

    Without correlation: a scalar subquery, and EXISTS and IN as conditions. With it: those conditions where the
    outside is only referred to in filters, and scalar aggregates correlated by equality.
    """
    match part:
        case ir.ScalarSubquery():
            if not outer_references(part.relation, outside):
                return _is_plain(part.relation)
            return _is_correlated_aggregate(part.relation, outside)
        case ir.InSubquery() if not refers(part.value, outside):
            # DataFusion forgets of a constant NOT IN that it is NULL where the subquery has a NULL.
            return False
        case ir.Exists() | ir.InSubquery():
            if not outer_references(part.relation, outside):
                return True
            return _is_filtered(part.relation, outside)
        case _:
            return False


def _is_plain(relation: nodes.Relation) -> bool:
    """One row, always: DataFusion believes what the columns of a scalar subquery say of NULL, also without rows."""
    while isinstance(relation, nodes.Project):
        relation = relation.input
    match relation:
        case nodes.Aggregate():
            return not relation.keys and relation.grouping_sets is None
        case _:
            return isinstance(relation, nodes.SingleRow)


def _is_correlated_aggregate(relation: nodes.Relation, outside: Sequence[ir.Field]) -> bool:
    """One aggregated row a key: projections over an aggregate without GROUP BY over filters by equality."""
    while isinstance(relation, nodes.Project):
        if any(refers(value, outside) for _, value in relation.assignments):
            return False
        relation = relation.input
    if not isinstance(relation, nodes.Aggregate) or relation.keys or relation.grouping_sets is not None:
        return False
    if any(refers(call, outside) for _, call in relation.aggregations):
        return False
    if _is_over_nothing(relation.input):
        return False
    return _is_filtered(relation.input, outside, only_equality=True) and _has_plain_keys(relation.input, outside)


def _has_plain_keys(relation: nodes.Relation, outside: Sequence[ir.Field]) -> bool:
    """Whether the inner sides of the equalities are columns, in SQL too: DataFusion groups by no expression on them.

    Equal floating-point numbers are no plain equality in SQL: NaN is to equal nothing.
    """
    while isinstance(relation, nodes.Project | nodes.Filter):
        if isinstance(relation, nodes.Filter):
            for conjunct in split(relation.predicate):
                if not refers(conjunct, outside):
                    continue
                assert isinstance(conjunct, ir.Comparison)
                inner = conjunct.right if refers(conjunct.left, outside) else conjunct.left
                if not isinstance(inner, ir.Reference) or not _is_plainly_equal(inner.type):
                    return False
        relation = relation.input
    return True


def _is_plainly_equal(type_: Type) -> bool:
    return not (is_nested(type_) or has_hidden_differences(type_) or type_ in (DOUBLE, REAL))


def _is_over_nothing(relation: nodes.Relation) -> bool:
    """Whether the aggregate is over the one row of no FROM: DataFusion leaves such a subquery as it stands."""
    while isinstance(relation, nodes.Filter | nodes.Project):
        relation = relation.input
    return isinstance(relation, nodes.SingleRow)


def _is_filtered(relation: nodes.Relation, outside: Sequence[ir.Field], *, only_equality: bool = False) -> bool:
    """Projections and filters over something without correlation; the filters alone may refer to the outside."""
    while True:
        match relation:
            case nodes.Project():
                if any(refers(value, outside) for _, value in relation.assignments):
                    return False
                relation = relation.input
            case nodes.Filter():
                for conjunct in split(relation.predicate):
                    if not refers(conjunct, outside):
                        continue
                    if any(True for one in ir.walk(conjunct) for _ in relations_in(one)):
                        return False
                    if only_equality and not is_equality(conjunct, outside):
                        return False
                relation = relation.input
            case nodes.Aggregate() if only_equality:
                # A condition on groups is pulled up to where DataFusion does not know their names.
                return False
            case _:
                return not outer_references(relation, outside)


def is_correlated_by_equality(relation: nodes.Relation, outside: Sequence[ir.Field]) -> bool:
    """Whether the relation refers to the outside only in filters over it, and there only by ``inner = outer``."""
    return _is_filtered(relation, outside, only_equality=True)


def is_equality(conjunct: ir.Expression, outside: Sequence[ir.Field]) -> bool:
    """``inner = outer``, each side of one world."""
    if not isinstance(conjunct, ir.Comparison) or conjunct.operator != "=":
        return False
    left, right = refers(conjunct.left, outside), refers(conjunct.right, outside)
    return left != right


def refers(expression: ir.Expression, outside: Sequence[ir.Field]) -> bool:
    """Whether the expression has a field of the outside in it, its subqueries among it."""
    known = set(outside)
    return any(
        (isinstance(part, ir.Reference) and part.field in known)
        or any(outer_references(one, outside) for one in relations_in(part))
        for part in ir.walk(expression)
    )
