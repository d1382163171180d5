"""Where a WITH RECURSIVE query may refer to itself: once, in FROM of the step, where no join or set operation loses it.

https://trino.io/docs/current/sql/select.html#with-recursive-clause
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Node
from owlake.dialect.nodes.patterns import RowPattern
from owlake.dialect.traversal import walk
from owlake.errors import OwlakeError, error


@dataclass(frozen=True, slots=True)
class Recursion:
    """A query that refers to itself: what it begins with, and the step that is taken from each row."""

    anchor: nodes.QueryBody
    step: nodes.QueryBody
    distinct: bool


def recursion_of(one: nodes.WithQuery) -> Recursion | None:
    """The parts of a recursive query; None for one that does not refer to itself.

    Errors: MISSING_COLUMN_ALIASES, NESTED_RECURSIVE, NESTED_ROW_PATTERN_RECOGNITION, INVALID_RECURSIVE_REFERENCE,
    INVALID_LIMIT_CLAUSE; NOT_SUPPORTED for clauses about the whole.
    """
    _refuse_nesting(one)
    found = _split(one)
    if found is None:
        for reference in _references(one.query, one):
            raise _misplaced(reference, "recursive reference not allowed in this context")
        return None
    _check_clauses(one.query)
    return found


def _refuse_nesting(one: nodes.WithQuery) -> None:
    inside = list(walk(one.query))
    for node in inside:
        if isinstance(node, nodes.PatternRecognition | RowPattern):
            text = "nested row pattern recognition in recursive query"
            raise error("NESTED_ROW_PATTERN_RECOGNITION", text, node.position)
    if not one.columns:
        raise error("MISSING_COLUMN_ALIASES", "missing column aliases in recursive WITH query", one.position)
    for node in inside:
        if isinstance(node, nodes.With) and node.recursive:
            raise error("NESTED_RECURSIVE", "nested recursive WITH query", node.position)


def _split(one: nodes.WithQuery) -> Recursion | None:
    body = one.query.body
    if not isinstance(body, nodes.SetOperation) or body.operator != "UNION":
        return None
    *first, step = body.relations
    anchor = first[0] if len(first) == 1 else replace(body, relations=tuple(first))
    for reference in _references(anchor, one):
        raise _misplaced(reference, "WITH table name is referenced in the base relation of recursion")
    references = list(_references(step, one))
    if not references:
        return None
    if len(references) > 1:
        text = "multiple recursive references in the step relation of recursion"
        raise _misplaced(references[1], text)
    _check_from(_from(step, references[0], one), one)
    return Recursion(anchor, step, body.distinct)


def _from(step: nodes.QueryBody, reference: nodes.Table, one: nodes.WithQuery) -> nodes.Relation:
    """The FROM clause of the step, which has the reference in it."""
    specification = step
    while isinstance(specification, nodes.Query):
        if specification.limit is not None:
            text = "FETCH FIRST / LIMIT clause in the step relation of recursion"
            raise error("INVALID_LIMIT_CLAUSE", text, specification.limit.position)
        specification = specification.body
    from_ = specification.from_ if isinstance(specification, nodes.QuerySpecification) else None
    if from_ is None or not any(True for _ in _references(from_, one)):
        text = "recursive reference outside of FROM clause of the step relation of recursion"
        raise _misplaced(reference, text)
    return from_


def _check_from(from_: nodes.Relation, one: nodes.WithQuery) -> None:
    for node in walk(from_):
        match node:
            case nodes.Join(kind="RIGHT" | "FULL" as kind):
                _refuse(node.left, one, f"in left source of {kind} join")
            case nodes.SetOperation(operator="INTERSECT", distinct=False):
                _refuse(node, one, "in INTERSECT ALL")
            case nodes.SetOperation(operator="EXCEPT"):
                how = "DISTINCT" if node.distinct else "ALL"
                for right in node.relations[1:]:
                    _refuse(right, one, f"in right relation of EXCEPT {how}")
                if not node.distinct:
                    _refuse(node.relations[0], one, "in left relation of EXCEPT ALL")
            case _:
                pass
        if isinstance(node, nodes.Join) and node.kind in ("LEFT", "FULL"):
            _refuse(node.right, one, f"in right source of {node.kind} join")


def _check_clauses(query: nodes.Query) -> None:
    """What is about the whole of a recursive query has no meaning in Trino: neither the step's nor the result's."""
    if query.with_ is not None:
        raise error("NOT_SUPPORTED", "immediate WITH clause in recursive query", query.with_.position)
    if query.order_by:
        raise error("NOT_SUPPORTED", "immediate ORDER BY clause in recursive query", query.order_by[0].position)
    if query.offset is not None:
        raise error("NOT_SUPPORTED", "immediate OFFSET clause in recursive query", query.position)
    if query.limit is not None:
        text = "immediate FETCH FIRST / LIMIT clause in recursive query"
        raise error("INVALID_LIMIT_CLAUSE", text, query.limit.position)


def _references(root: Node, one: nodes.WithQuery) -> Iterator[nodes.Table]:
    """The uses of the query's name; inside of a query that gives the name to another, all are of that one."""
    inner = (node for node in walk(root) if isinstance(node, nodes.Query) and _shadows(node, one))
    others = {id(table) for query in inner for table in walk(query) if isinstance(table, nodes.Table)}
    for node in walk(root):
        if isinstance(node, nodes.Table) and node.name.names == (one.name.name,) and id(node) not in others:
            yield node


def _shadows(query: nodes.Query, one: nodes.WithQuery) -> bool:
    return query.with_ is not None and any(inner.name.name == one.name.name for inner in query.with_.queries)


def _refuse(relation: Node, one: nodes.WithQuery, where: str) -> None:
    for reference in _references(relation, one):
        raise _misplaced(reference, f"recursive reference {where}")


def _misplaced(reference: nodes.Table, text: str) -> OwlakeError:
    return error("INVALID_RECURSIVE_REFERENCE", text, reference.position)
