"""WITH RECURSIVE: a table that refers to itself, to the depth that Athena goes.

Where the rows of the step can carry the depth of the row that they come from, the engine below iterates and the
depth is checked as it goes. A step that groups or combines rows cannot; it is written out once for every depth.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from owlake.analysis.coercions import coerce
from owlake.analysis.scope import CommonTables, Scope, ScopedRelation, reference
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Position
from owlake.errors import error
from owlake.functions.operators import MAX_RECURSION_DEPTH
from owlake.functions.registry import REGISTRY
from owlake.ir import expressions as ir
from owlake.ir import relations as tree
from owlake.ir.copying import copied
from owlake.ir.relations import CommonTable, CommonTableReference, Distinct, Project, Relation, SetOperation
from owlake.ir.rewriting import change_all_relations
from owlake.ir.walking import all_relations
from owlake.types.coercion import can_coerce
from owlake.types.model import BIGINT

if TYPE_CHECKING:
    from owlake.analysis.queries import QueryAnalyzer
    from owlake.analysis.recursion_shape import Recursion


def recursive_table(queries: QueryAnalyzer, one: nodes.WithQuery, parts: Recursion, outer: Scope) -> CommonTable:
    """The table: an anchor, and a step that refers to it.

    Errors: TYPE_MISMATCH where the step's types differ.
    """
    anchor = queries.body(parts.anchor, outer)
    names = queries.column_names(anchor, one.columns)
    values = [field.value for field in anchor.fields if not field.hidden]
    fields = tuple(ir.Field(str(name), value.type) for name, value in zip(names, values, strict=True))
    base = Project(fields, anchor.relation, tuple(zip(fields, values, strict=True)))
    table = CommonTable(one.name.name, fields, base, tuple(names))
    inner = Scope((), outer.outer, CommonTables(table, outer.common_tables))
    step = _step(queries.body(parts.step, inner), fields, parts.step.position)
    rows = _iterated(table, step) or _written_out(table, step)
    if parts.distinct:
        rows = Distinct(rows.fields, rows)
    return CommonTable(one.name.name, rows.fields, rows, tuple(names))


def _step(step: ScopedRelation, fields: tuple[ir.Field, ...], position: Position) -> Project:
    visible = [field for field in step.fields if not field.hidden]
    if len(visible) != len(fields):
        text = f"base and step relations of recursion have different number of fields: {len(fields)}, {len(visible)}"
        raise error("TYPE_MISMATCH", text, position)
    assignments = []
    for index, (given, wanted) in enumerate(zip(visible, fields, strict=True)):
        if not can_coerce(given.value.type, wanted.type):
            text = (
                f"recursion step relation output type ({given.value.type}) is not coercible to recursion base "
                f"relation output type ({wanted.type}) at column {index + 1}"
            )
            raise error("TYPE_MISMATCH", text, position)
        assignments.append((ir.Field(wanted.name, wanted.type), coerce(given.value, wanted.type)))
    return Project(tuple(field for field, _ in assignments), step.relation, tuple(assignments))


# Iterated by the engine ---------------------------------------------------------------------------------


def _iterated(table: CommonTable, step: Project) -> Relation | None:
    """The rows of a recursive table, whose depth is checked; None where the step cannot carry it."""
    depth = ir.Field("depth", BIGINT)
    counted = CommonTable(table.name, (*table.fields, depth), _with(table.relation, depth, 0), table.names)
    carried = _carried(step, table, counted)
    if carried is None or _refers(carried[0], table):
        return None
    below, found = carried
    last = ir.Field("depth", BIGINT)
    deeper = ir.Call(BIGINT, REGISTRY.resolve("$deeper", (BIGINT,)).function, (reference(found),))
    kept = tuple((ir.Field(field.name, field.type), reference(field)) for field in step.fields)
    counted.step = Project((*(field for field, _ in kept), last), below, (*kept, (last, deeper)))
    use = tuple(ir.Field(field.name, field.type) for field in counted.fields)
    rows = CommonTableReference(use, counted)
    # The depth is asked for, so that it is worked out.
    there = ir.Comparison(ir.TRUE.type, ">=", reference(use[-1]), ir.Constant(BIGINT, 0))
    filtered = tree.Filter(use, rows, there)
    return Project(use[:-1], filtered, tuple((field, reference(field)) for field in use[:-1]))


Carried = tuple[Relation, ir.Field]
"""A relation, and its column that holds the depth."""


def _carried(relation: Relation, table: CommonTable, counted: CommonTable) -> Carried | None:
    """The relation over the counted table, passing the depth of its rows on; None where it cannot."""
    match relation:
        case CommonTableReference() if relation.table is table:
            depth = ir.Field("depth", BIGINT)
            return CommonTableReference((*relation.fields, depth), counted), depth
        case tree.Project():
            return _through(relation, table, counted)
        case tree.Join():
            return _joined(relation, table, counted)
        case tree.Filter() | tree.Sort() | tree.Unnest():
            below = _carried(relation.input, table, counted)
            if below is None:
                return None
            new = relation.fields[len(relation.input.fields) :]
            return replace(relation, fields=(*below[0].fields, *new), input=below[0]), below[1]
        case _:
            return None


def _through(relation: Project, table: CommonTable, counted: CommonTable) -> Carried | None:
    below = _carried(relation.input, table, counted)
    if below is None:
        return None
    depth = ir.Field("depth", BIGINT)
    assignments = (*relation.assignments, (depth, reference(below[1])))
    return Project((*relation.fields, depth), below[0], assignments), depth


def _joined(relation: tree.Join, table: CommonTable, counted: CommonTable) -> Carried | None:
    """Through the side that has the table, unless the join fills that side's columns with NULL."""
    if relation.kind in ("INNER", "CROSS", "LEFT"):
        left = _carried(relation.left, table, counted)
        if left is not None:
            return replace(relation, fields=(*left[0].fields, *relation.right.fields), left=left[0]), left[1]
    if relation.kind in ("INNER", "CROSS", "RIGHT"):
        right = _carried(relation.right, table, counted)
        if right is not None:
            fields = (*relation.left.fields, *right[0].fields)
            return replace(relation, fields=fields, right=right[0]), right[1]
    return None


def _refers(relation: Relation, table: CommonTable) -> bool:
    return any(isinstance(one, CommonTableReference) and one.table is table for one in all_relations(relation))


def _with(relation: Relation, depth: ir.Field, value: int) -> Relation:
    kept = tuple((field, reference(field)) for field in relation.fields)
    assignments = (*kept, (depth, ir.Constant(BIGINT, value)))
    return Project((*relation.fields, depth), relation, assignments)


# Written out --------------------------------------------------------------------------------------------


def _written_out(table: CommonTable, step: Project) -> Relation:
    """The rows of every depth, one after the other; a row beyond the last is an error."""
    levels = [table.relation]
    for _ in range(MAX_RECURSION_DEPTH + 1):
        levels.append(copied(_over(step, table, levels[-1])))
    depth = ir.Call(
        BIGINT, REGISTRY.resolve("$deeper", (BIGINT,)).function, (ir.Constant(BIGINT, MAX_RECURSION_DEPTH),)
    )
    return _union(table, (*levels[:-1], _checked(levels[-1], depth)))


def _union(table: CommonTable, inputs: tuple[Relation, ...]) -> Relation:
    fields = tuple(ir.Field(field.name, field.type) for field in table.fields)
    return SetOperation(fields, "UNION", distinct=False, inputs=inputs)


def _over(step: Relation, table: CommonTable, rows: Relation) -> Relation:
    """The step with the rows of the depth before in the place of its table."""

    def replaced(relation: Relation) -> Relation:
        if not isinstance(relation, CommonTableReference) or relation.table is not table:
            return relation
        fresh = copied(rows)
        pairs = zip(relation.fields, fresh.fields, strict=True)
        # Without the limit every depth's expressions would be put into those of the next.
        fresh = tree.Limit(fresh.fields, fresh, tree.NO_LIMIT)
        return Project(relation.fields, fresh, tuple((field, reference(below)) for field, below in pairs))

    return change_all_relations(step, replaced, into_tables=False)


def _checked(relation: Relation, depth: ir.Expression) -> Relation:
    """No rows, or an error."""
    there = ir.Comparison(ir.TRUE.type, "<", depth, ir.Constant(BIGINT, 0))
    # Behind a limit the condition is not asked of the rows that these are made of.
    first = tree.Limit(relation.fields, relation, 1)
    return tree.Filter(relation.fields, first, there)
