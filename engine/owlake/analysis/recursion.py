"""WITH RECURSIVE: a table that refers to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.analysis.coercions import coerce
from owlake.analysis.scope import CommonTables, Scope, ScopedRelation
from owlake.dialect.nodes import relations as nodes
from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir.relations import CommonTable, Project, Relation
from owlake.types.coercion import can_coerce

if TYPE_CHECKING:
    from owlake.analysis.queries import QueryAnalyzer


def recursive_table(queries: QueryAnalyzer, one: nodes.WithQuery, outer: Scope) -> CommonTable:
    """The table: an anchor, and a step that refers to it.

    Errors: MISSING_COLUMN_ALIASES, INVALID_RECURSIVE_REFERENCE, TYPE_MISMATCH where the step's types differ.
    """
    if not one.columns:
        text = "missing column aliases in recursive WITH query"
        raise error("MISSING_COLUMN_ALIASES", text, one.position)
    body = one.query.body
    if not isinstance(body, nodes.SetOperation) or body.operator != "UNION" or len(body.relations) != 2:
        text = "recursive reference outside of the step of a recursive UNION"
        raise error("INVALID_RECURSIVE_REFERENCE", text, one.position)
    if one.query.with_ is not None:
        outer = queries.with_tables(one.query.with_, outer)
    anchor = queries.body(body.relations[0], outer)
    names = queries.column_names(anchor, one.columns, one.position)
    values = [field.value for field in anchor.fields if not field.hidden]
    fields = tuple(ir.Field(str(name), value.type) for name, value in zip(names, values, strict=True))
    assignments = tuple(zip(fields, values, strict=True))
    table = CommonTable(one.name.name, fields, Project(fields, anchor.relation, assignments), tuple(names))
    table.distinct = body.distinct
    inner = Scope((), outer.outer, CommonTables(table, outer.common_tables))
    table.step = _step(queries.body(body.relations[1], inner), fields, one)
    return table


def _step(step: ScopedRelation, fields: tuple[ir.Field, ...], one: nodes.WithQuery) -> Relation:
    visible = [field for field in step.fields if not field.hidden]
    if len(visible) != len(fields):
        text = f"base and step relations of recursion have different number of fields: {len(fields)}, {len(visible)}"
        raise error("TYPE_MISMATCH", text, one.position)
    assignments = []
    for index, (given, wanted) in enumerate(zip(visible, fields, strict=True)):
        if not can_coerce(given.value.type, wanted.type):
            text = (
                f"recursion step relation output type ({given.value.type}) is not coercible to recursion base "
                f"relation output type ({wanted.type}) at column {index + 1}"
            )
            raise error("TYPE_MISMATCH", text, one.position)
        assignments.append((ir.Field(wanted.name, wanted.type), coerce(given.value, wanted.type)))
    return Project(tuple(field for field, _ in assignments), step.relation, tuple(assignments))
