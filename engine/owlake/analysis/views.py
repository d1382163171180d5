"""Views in queries: the stored text analysed where it was created, checked against what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.analysis.coercions import coerce
from owlake.analysis.context import TableName, View
from owlake.analysis.scope import Scope, ScopedRelation, ScopeField, reference
from owlake.analysis.types import resolve_type
from owlake.dialect.nodes.base import Position
from owlake.errors import OwlakeError, error
from owlake.ir import expressions as ir
from owlake.ir.relations import Project
from owlake.types.coercion import can_coerce
from owlake.types.model import Type

if TYPE_CHECKING:
    from owlake.analysis.queries import QueryAnalyzer


def expand(queries: QueryAnalyzer, view: View, name: TableName, position: Position) -> ScopedRelation:
    """The view's rows.

    Errors: VIEW_IS_RECURSIVE, VIEW_IS_STALE where its columns changed below it, INVALID_VIEW where its text
    does not parse or analyse any more.
    """
    if str(name) in queries.views:
        raise error("VIEW_IS_RECURSIVE", f"View '{name}' is recursive", position)
    from owlake.dialect.parser import parse_query, parse_type  # noqa: PLC0415  (only views hold text)

    try:
        query = parse_query(view.text)
    except OwlakeError as problem:
        text = f"Failed parsing stored view '{name}': {problem}"
        raise error("INVALID_VIEW", text, position) from problem
    inner = queries.for_view(view.catalog, view.schema, str(name))
    try:
        scoped = inner.query(query, Scope())
    except OwlakeError as problem:
        if problem.code in ("VIEW_IS_RECURSIVE", "VIEW_IS_STALE", "PERMISSION_DENIED"):
            raise
        text = f"Failed analyzing stored view '{name}': {problem}"
        raise error("INVALID_VIEW", text, position) from problem
    wanted = [(column, resolve_type(parse_type(type_))) for column, type_ in view.columns]
    found = [field for field in scoped.fields if not field.hidden]
    _check_not_stale(name, wanted, found, position)
    assignments = tuple(
        (ir.Field(column, type_), coerce(field.value, type_))
        for (column, type_), field in zip(wanted, found, strict=True)
    )
    relation = Project(tuple(field for field, _ in assignments), scoped.relation, assignments)
    qualifier = (name.catalog, name.schema, name.table)
    fields = tuple(ScopeField(field.name.lower(), qualifier, reference(field)) for field, _ in assignments)
    return ScopedRelation(relation, fields)


def _check_not_stale(
    name: TableName, wanted: list[tuple[str, Type]], found: list[ScopeField], position: Position
) -> None:
    reason = _stale_reason(wanted, found)
    if reason:
        text = f"View '{name}' is stale or in invalid state: {reason}; it must be re-created"
        raise error("VIEW_IS_STALE", text, position)


def _stale_reason(wanted: list[tuple[str, Type]], found: list[ScopeField]) -> str | None:
    if len(wanted) != len(found):
        return (
            f"stored view column count ({len(wanted)}) does not match column count derived from the view query "
            f"analysis ({len(found)})"
        )
    for index, ((column, type_), field) in enumerate(zip(wanted, found, strict=True)):
        if field.name is None:
            return f"a column of type {field.value.type} projected from query view at position {index} has no name"
        if field.name != column.lower():
            return (
                f"column [{field.name}] of type {field.value.type} projected from query view at position {index} "
                f"has a different name from column [{column}] of type {type_} stored in view definition"
            )
        if not can_coerce(field.value.type, type_):
            return (
                f"column [{field.name}] of type {field.value.type} projected from query view at position {index} "
                f"cannot be coerced to column [{column}] of type {type_} stored in view definition"
            )
    return None
